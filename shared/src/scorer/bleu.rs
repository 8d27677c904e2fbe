//! BLEU of one sentence, in the two ways that people know.
//!
//! Source: Papineni 2002; `sc.bleu_sacrebleu_sentence` and `sc.bleu_simple` of the reference vectors. Leaves
//! out corpora and several references.

use super::ngram::{self, Overlap, Runs};

/// The longest run of words that counts.
const LONGEST: usize = 4;
/// What stands for a precision of 0 where nothing else smooths it.
const TINY: f64 = 1e-7;

/// What a sentence's BLEU is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bleu {
    /// 0 to 1.
    pub score: f64,
    /// Of runs of 1, 2, 3 and 4 words, smoothed; 0 from the first length that the candidate has no run of.
    pub precisions: [f64; LONGEST],
    /// What short candidates are marked down by: 1 where they are not.
    pub brevity: f64,
}

/// BLEU as `sacrebleu` gives it for a sentence: tokens of `13a`, halving smoothing, only lengths that exist.
pub fn sentence(reference: &str, candidate: &str) -> Bleu {
    let (reference, candidate) = ngram::number(&tokens(reference), &tokens(candidate));
    let overlaps = overlaps(&reference, &candidate);
    let brevity = brevity(reference.len(), candidate.len());
    let mut precisions = [0.0; LONGEST];
    if overlaps.iter().all(|overlap| overlap.shared == 0) {
        return Bleu { score: 0.0, precisions, brevity };
    }
    let (mut smoothing, mut logs, mut lengths) = (1.0, 0.0, 0.0);
    let existing = overlaps.iter().take_while(|overlap| overlap.candidate > 0);
    for (precision, overlap) in precisions.iter_mut().zip(existing) {
        *precision = if overlap.shared == 0 {
            smoothing *= 2.0;
            1.0 / (smoothing * overlap.candidate as f64)
        } else {
            overlap.shared as f64 / overlap.candidate as f64
        };
        logs += libm::log(*precision);
        lengths += 1.0;
    }
    Bleu { score: brevity * libm::exp(logs / lengths), precisions, brevity }
}

/// BLEU over words in lower case between white space, all four lengths, a tiny precision where none is shared.
pub fn simple(reference: &str, candidate: &str) -> f64 {
    let words = |text: &str| text.to_lowercase().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (reference, candidate) = ngram::number(&words(reference), &words(candidate));
    let logs = overlaps(&reference, &candidate).map(|overlap| {
        let precision = overlap.shared as f64 / overlap.candidate.max(1) as f64;
        libm::log(if overlap.shared == 0 { TINY } else { precision })
    });
    brevity(reference.len(), candidate.len()) * libm::exp(logs.iter().sum::<f64>() / LONGEST as f64)
}

fn overlaps(reference: &[u32], candidate: &[u32]) -> [Overlap; LONGEST] {
    let (reference, candidate) = (Runs::of(reference), Runs::of(candidate));
    [1, 2, 3, 4].map(|length| ngram::overlap(&reference, &candidate, length))
}

/// exp(1 − reference / candidate) for a candidate that is shorter than the reference.
fn brevity(reference: usize, candidate: usize) -> f64 {
    if candidate == 0 {
        0.0
    } else if candidate >= reference {
        1.0
    } else {
        libm::exp(1.0 - reference as f64 / candidate as f64)
    }
}

/// Cuts a text as `mteval-v13a` does: signs stand alone; points and commas too, unless between digits; and
/// dashes after digits.
fn tokens(text: &str) -> Vec<String> {
    let text = text.replace("-\n", "").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    let characters: Vec<char> = text.replace("&amp;", "&").chars().collect();
    let digit = |place: Option<usize>| {
        place.and_then(|place| characters.get(place)).is_some_and(char::is_ascii_digit)
    };
    let mut spaced = String::with_capacity(characters.len() * 2);
    for (place, &character) in characters.iter().enumerate() {
        let (after_digit, before_digit) = (digit(place.checked_sub(1)), digit(Some(place + 1)));
        let alone = match character {
            '.' | ',' => !(after_digit && before_digit),
            '-' => after_digit,
            '\'' => false,
            _ => character.is_ascii_punctuation(),
        };
        let edge = if alone { " " } else { "" };
        spaced.extend([edge, character.encode_utf8(&mut [0; 4]), edge]);
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&tokens(text).join("|"));
    }

    #[test]
    fn signs_stand_alone_and_numbers_stay_whole() {
        check("It's 3.5, i.e. \"more\".", expect![[r#"It's|3.5|,|i|.|e|.|"|more|"|."#]]);
        check("well-known 1990-95 &amp; (x)", expect!["well-known|1990|-|95|&|(|x|)"]);
    }

    #[test]
    fn nothing_scores_nothing() {
        assert_eq!(sentence("a", ""), Bleu { score: 0.0, precisions: [0.0; 4], brevity: 0.0 });
        assert_eq!(sentence("", "a").score, 0.0);
        assert_eq!(simple("a", ""), 0.0);
    }
}
