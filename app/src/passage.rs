//! Texts cut into pieces: which words differ from another text, and which the judge quoted.
//!
//! Pure. Leaves out how a piece looks.

use std::ops::Range;

use similar::algorithms::{DiffHook, myers};

/// A stretch of a text that is marked in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The other text does not have it here.
    pub differs: bool,
    /// The judge quoted it.
    pub quoted: bool,
}

/// Two texts of more words than this are not compared: the time grows with their product.
const MOST_WORDS: usize = 6_000;

/// Cuts a text at the quotes that occur in it.
pub fn quoted(text: &str, quotes: &[&str]) -> Vec<Piece> {
    cut(text, &[], &places(text, quotes))
}

/// Finds where two texts differ, word by word; none when they are too long to compare.
///
/// Gives the stretches of each that the other does not have.
pub fn differences(a: &str, b: &str) -> Option<(Vec<Range<usize>>, Vec<Range<usize>>)> {
    let (old, new) = (words(a), words(b));
    if old.len().max(new.len()) > MOST_WORDS {
        return None;
    }
    let mut found = Found::default();
    // Collecting cannot fail.
    _ = myers::diff(&mut found, &old, 0..old.len(), &new, 0..new.len());
    let (old, new) = (starts(&old), starts(&new));
    let places = |words: &[Range<usize>], starts: &[usize]| {
        let at = |place: usize| starts.get(place).copied().unwrap_or_default();
        joined(words.iter().map(|words| at(words.start)..at(words.end)))
    };
    Some((places(&found.removed, &old), places(&found.added, &new)))
}

/// Makes one stretch of those that touch.
fn joined(stretches: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    stretches.fold(Vec::new(), |mut joined: Vec<Range<usize>>, next| {
        match joined.last_mut().filter(|last| last.end == next.start) {
            Some(last) => last.end = next.end,
            None => joined.push(next),
        }
        joined
    })
}

/// The words that only one of two texts has.
#[derive(Default)]
struct Found {
    removed: Vec<Range<usize>>,
    added: Vec<Range<usize>>,
}

impl DiffHook for Found {
    type Error = ();

    fn delete(&mut self, old_index: usize, old_len: usize, _: usize) -> Result<(), ()> {
        self.removed.push(old_index..old_index + old_len);
        Ok(())
    }

    fn insert(&mut self, _: usize, new_index: usize, new_len: usize) -> Result<(), ()> {
        self.added.push(new_index..new_index + new_len);
        Ok(())
    }
}

/// Cuts a text at stretches that differ and at the quotes that occur in it.
pub fn marked(text: &str, differs: &[Range<usize>], quotes: &[&str]) -> Vec<Piece> {
    cut(text, differs, &places(text, quotes))
}

/// Tells whether a quote occurs in a text.
pub fn occurs(text: &str, quote: &str) -> bool {
    !quote.trim().is_empty() && text.contains(quote.trim())
}

/// Splits into words and the spaces and signs between them; joined, they are the text.
fn words(text: &str) -> Vec<&str> {
    let class = |character: char| match character {
        _ if character.is_alphanumeric() => 0,
        _ if character.is_whitespace() => 1,
        _ => 2,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (place, character) in text.char_indices() {
        let class = class(character);
        if last.is_some_and(|last| last != class || class == 2) {
            words.extend(text.get(start..place));
            start = place;
        }
        last = Some(class);
    }
    words.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    words
}

fn starts(words: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let mut starts = vec![0];
    for word in words {
        at += word.len();
        starts.push(at);
    }
    starts
}

fn places(text: &str, quotes: &[&str]) -> Vec<Range<usize>> {
    let found = quotes.iter().map(|quote| quote.trim()).filter(|quote| !quote.is_empty());
    found.filter_map(|quote| text.find(quote).map(|at| at..at + quote.len())).collect()
}

fn cut(text: &str, differs: &[Range<usize>], quoted: &[Range<usize>]) -> Vec<Piece> {
    let ends = differs.iter().chain(quoted).flat_map(|range| [range.start, range.end]);
    let mut ends: Vec<_> = ends.chain([0, text.len()]).collect();
    ends.sort_unstable();
    ends.dedup();
    let within = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|range| range.contains(&at));
    let pieces = ends.iter().zip(ends.iter().skip(1)).filter_map(|(&from, &to)| {
        let text = text.get(from..to)?.to_owned();
        Some(Piece { text, differs: within(differs, from), quoted: within(quoted, from) })
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(reference: &str, response: &str, quotes: &[&str], expected: Expect) {
        let (only_a, only_b) = differences(reference, response).expect("short texts");
        let show = |pieces: Vec<Piece>| {
            let shown = pieces.into_iter().map(|piece| match (piece.differs, piece.quoted) {
                (false, false) => piece.text,
                (true, false) => format!("[{}]", piece.text),
                (false, true) => format!("<{}>", piece.text),
                (true, true) => format!("<[{}]>", piece.text),
            });
            shown.collect::<String>()
        };
        let shown = [show(marked(reference, &only_a, &[])), show(marked(response, &only_b, quotes))];
        expected.assert_eq(&shown.join(" | "));
    }

    #[test]
    fn words_that_differ_are_marked_on_their_side() {
        check(
            "Refunds take 5 days.",
            "Refunds take about 10 days.",
            &[],
            expect!["Refunds take [5] days. | Refunds take [about 10] days."],
        );
        check("", "new", &[], expect![" | [new]"]);
        check("same", "same", &[], expect!["same | same"]);
    }

    #[test]
    fn quotes_are_marked_across_differences() {
        check("a b c", "a x c", &["x c", "not there"], expect!["a [b] c | a <[x]>< c>"]);
    }

    #[test]
    fn letters_of_every_script_are_words() {
        check(
            "Das Maß für £2",
            "Das Maß gegen £3",
            &["£3"],
            expect!["Das Maß [für] £[2] | Das Maß [gegen] <£><[3]>"],
        );
    }

    #[test]
    fn very_long_texts_are_not_compared() {
        assert_eq!(differences(&"a ".repeat(4_000), "a"), None);
    }
}
