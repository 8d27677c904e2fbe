//! How alike a response is to another, by the measure that a scorer names.
//!
//! Leaves out the measures themselves.

use std::borrow::Cow;

use serde_json::Value;

use super::{Measure, bleu, edit, json, list, ngram, text};

/// The most characters of a text that is compared character by character, and words that are one by one.
const MOST: usize = 10_000;
/// The most texts of a list that are paired.
const MOST_TEXTS: usize = 200;

/// Why there is no likeness.
#[derive(Debug, PartialEq, Eq)]
pub enum Unlike {
    /// The two cannot be compared, which is nobody's fault.
    Skip(&'static str),
    /// The response is not what has to be compared.
    Fault(&'static str),
}

/// Gives the likeness, 0 to 1, of a candidate to what it should be; both in normal form.
///
/// # Errors
/// Says why there is none.
pub fn of(measure: Measure, reference: &str, candidate: &str) -> Result<f64, Unlike> {
    match measure {
        Measure::JsonDiff | Measure::SameJsonShape | Measure::ListContains => {
            values(measure, reference, candidate)
        }
        Measure::Levenshtein | Measure::FuzzyMatch => {
            let (reference, candidate) =
                (bounded(edit::characters(reference))?, bounded(edit::characters(candidate))?);
            let is_edit = measure == Measure::Levenshtein;
            Ok(if is_edit {
                edit::similarity(&reference, &candidate)
            } else {
                edit::ratio(&reference, &candidate)
            })
        }
        Measure::Chrf => Ok(ngram::chrf(reference, candidate)),
        Measure::NumericDiff => {
            let reference = number(reference).ok_or(Unlike::Skip("what it should be is no number"))?;
            let candidate = number(candidate).ok_or(Unlike::Fault("the response is no number"))?;
            Ok(json::nearness(candidate, reference))
        }
        _ if text::runs_together(reference) || text::runs_together(candidate) => {
            Err(Unlike::Skip("the text has no spaces between words; chrf compares such text"))
        }
        Measure::Bleu => Ok(bleu::sentence(reference, candidate).score.min(1.0)),
        Measure::BleuSimple => Ok(bleu::simple(reference, candidate)),
        Measure::Gleu => Ok(by_words(text::plain_words, ngram::gleu, reference, candidate)),
        Measure::TokenF1 => Ok(by_words(text::answer_words, ngram::token_f1, reference, candidate)),
        Measure::Rouge1 => {
            Ok(by_words(text::words, |one, other| ngram::rouge(one, other, 1).f1, reference, candidate))
        }
        Measure::Rouge2 => {
            Ok(by_words(text::words, |one, other| ngram::rouge(one, other, 2).f1, reference, candidate))
        }
        Measure::RougeL => {
            let (reference, candidate) = ngram::number(&text::words(reference), &text::words(candidate));
            Ok(ngram::rouge_l(&bounded(reference)?, &bounded(candidate)?).f1)
        }
    }
}

fn by_words(
    words: fn(&str) -> Vec<String>,
    measure: fn(&[u32], &[u32]) -> f64,
    reference: &str,
    candidate: &str,
) -> f64 {
    let (reference, candidate) = ngram::number(&words(reference), &words(candidate));
    measure(&reference, &candidate)
}

fn bounded(symbols: Vec<u32>) -> Result<Vec<u32>, Unlike> {
    if symbols.len() <= MOST { Ok(symbols) } else { Err(Unlike::Skip(TOO_LONG)) }
}

const TOO_LONG: &str = "a text is too long to compare: above 10,000 characters or words";

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn values(measure: Measure, reference: &str, candidate: &str) -> Result<f64, Unlike> {
    let reference = json::whole(reference).ok_or(Unlike::Skip("what it should be is no JSON"))?;
    let candidate = json::whole(candidate).ok_or(Unlike::Fault("the response is no JSON"))?;
    match measure {
        Measure::SameJsonShape => Ok(json::shape_likeness(&reference, &candidate)),
        Measure::ListContains => {
            let reference = texts(&reference).ok_or(Unlike::Skip("what it should be is no list"))?;
            lists(&reference, &texts(&candidate).ok_or(Unlike::Fault("the response is no list"))?)
        }
        _ => json::likeness(&candidate, &reference, MOST).ok_or(Unlike::Skip(TOO_LONG)),
    }
}

/// Gives the texts of a list, what is no text as JSON.
fn texts(value: &Value) -> Option<Vec<Vec<u32>>> {
    let text = |value: &Value| {
        value.as_str().map_or_else(|| Cow::Owned(value.to_string()), text::normal).into_owned()
    };
    Some(value.as_array()?.iter().map(|value| edit::characters(&text(value))).collect())
}

/// The best pairing's sum over the longer length; two empty lists are alike.
fn lists(reference: &[Vec<u32>], candidate: &[Vec<u32>]) -> Result<f64, Unlike> {
    let longer = reference.len().max(candidate.len());
    let characters = [reference, candidate].map(|texts| texts.iter().map(Vec::len).sum::<usize>());
    if longer > MOST_TEXTS || characters.into_iter().any(|characters| characters > MOST) {
        return Err(Unlike::Skip("a list is too long to compare: above 200 texts or 10,000 characters"));
    }
    let (rows, columns) =
        if reference.len() <= candidate.len() { (reference, candidate) } else { (candidate, reference) };
    let alike = rows.iter().map(|row| columns.iter().map(|column| edit::similarity(row, column)).collect());
    let sum = list::best_pairing(&alike.collect::<Vec<_>>());
    Ok(if longer == 0 { 1.0 } else { sum / longer as f64 })
}

/// The cosine of the angle between two vectors, at most 1; 0 when one of them has no direction.
///
/// Source: `sc.cosine` of the reference vectors.
pub fn cosine(one: &[f64], other: &[f64]) -> f64 {
    let product =
        |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>();
    let lengths = (product(one, one) * product(other, other)).sqrt();
    if lengths == 0.0 { 0.0 } else { (product(one, other) / lengths).min(1.0) }
}

/// Stretches a cosine so that `least`, below 1, is 0 and 1 stays 1: models place any two texts near each other.
pub fn stretched(cosine: f64, least: f64) -> f64 {
    ((cosine - least) / (1.0 - least)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(measure: Measure, reference: &str, candidate: &str, expected: Expect) {
        expected.assert_eq(&format!("{:?}", of(measure, reference, candidate)));
    }

    #[test]
    fn what_cannot_be_compared_is_skipped_and_a_wrong_kind_is_a_fault() {
        check(Measure::JsonDiff, "no", "{}", expect![[r#"Err(Skip("what it should be is no JSON"))"#]]);
        check(Measure::JsonDiff, "{}", "no", expect![[r#"Err(Fault("the response is no JSON"))"#]]);
        check(Measure::NumericDiff, "100", " 105\n", expect!["Ok(0.975609756097561)"]);
        check(Measure::NumericDiff, "100", "inf", expect![[r#"Err(Fault("the response is no number"))"#]]);
        check(
            Measure::Rouge1,
            "日本語のテスト",
            "日本語テスト",
            expect![[r#"Err(Skip("the text has no spaces between words; chrf compares such text"))"#]],
        );
        check(
            Measure::Levenshtein,
            &"a".repeat(10_001),
            "a",
            expect![[r#"Err(Skip("a text is too long to compare: above 10,000 characters or words"))"#]],
        );
    }

    #[test]
    fn lists_agree_in_any_order() {
        check(Measure::ListContains, r#"["red", "green"]"#, r#"["green", "red"]"#, expect!["Ok(1.0)"]);
        check(Measure::ListContains, r#"["red", 1]"#, r#"["red"]"#, expect!["Ok(0.5)"]);
        check(Measure::ListContains, "[]", "[]", expect!["Ok(1.0)"]);
    }
}
