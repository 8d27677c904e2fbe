//! Texts cut into pieces: which words differ from another text, and which the judge quoted.
//!
//! Pure. Leaves out how a piece looks.

use std::ops::Range;

/// A stretch of a text that is marked in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The other text does not have it here.
    pub differs: bool,
    /// The judge quoted it.
    pub quoted: bool,
}

/// Cuts a text at the quotes that occur in it.
pub fn quoted(text: &str, quotes: &[&str]) -> Vec<Piece> {
    cut(text, &[], &places(text, quotes))
}

/// Stretches of a text, in its order, as byte ranges.
pub type Stretches = Vec<Range<usize>>;

/// Finds where two texts differ, word by word; none when they are too long to compare.
///
/// Gives the stretches of each that the other does not have.
pub fn differences(a: &str, b: &str) -> Option<(Stretches, Stretches)> {
    let (old, new) = (words(a), words(b));
    let (kept_old, kept_new) = kept(&old, &new)?;
    Some((others(&old, &kept_old), others(&new, &kept_new)))
}

/// Tells of each word of two texts whether it belongs to what they share: the longest common subsequence.
///
/// None when what lies between their common head and tail is too long to compare.
fn kept(old: &[&str], new: &[&str]) -> Option<(Vec<bool>, Vec<bool>)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let middle = |words: &[&str]| words.len() - head - tail;
    let (rows, columns) = (middle(old), middle(new));
    let mut kept = [rows, columns].map(|middle| {
        let mut kept = vec![true; head];
        kept.resize(head + middle, false);
        kept.resize(head + middle + tail, true);
        kept
    });
    let same = |row: usize, column: usize| old.get(head + row) == new.get(head + column);
    if rows * columns > MOST_PAIRS {
        return None;
    }
    let lengths = common(rows, columns, same);
    let length = |row: usize, column: usize| lengths.get(row * (columns + 1) + column).copied();
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        if same(row, column) {
            for (kept, place) in kept.iter_mut().zip([head + row, head + column]) {
                kept.iter_mut().skip(place).take(1).for_each(|word| *word = true);
            }
            (row, column) = (row + 1, column + 1);
        } else if length(row + 1, column) >= length(row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    let [kept_old, kept_new] = kept;
    Some((kept_old, kept_new))
}

/// The most pairs of words that are compared: a fraction of a second's work.
const MOST_PAIRS: usize = 2_500_000;

/// Gives the lengths of the common subsequences of all tails, row by row; there is one more row and column
/// than words.
fn common(rows: usize, columns: usize, same: impl Fn(usize, usize) -> bool) -> Vec<u16> {
    let mut lengths = vec![0_u16; (rows + 1) * (columns + 1)];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let here = row * (columns + 1) + column;
            let at = |place: usize| lengths.get(place).copied().unwrap_or_default();
            let (down, right) = (here + columns + 1, here + 1);
            let length = if same(row, column) { at(down + 1) + 1 } else { at(down).max(at(right)) };
            if let Some(cell) = lengths.get_mut(here) {
                *cell = length;
            }
        }
    }
    lengths
}

/// Gives the stretches of the words that are not kept. A space that is kept between two of them joins them.
fn others(words: &[&str], kept: &[bool]) -> Vec<Range<usize>> {
    let mut others: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let is_kept = |place: usize| kept.get(place).copied().unwrap_or(true);
    for (place, word) in words.iter().enumerate() {
        let between = place > 0 && !is_kept(place - 1) && !is_kept(place + 1);
        let kept = is_kept(place) && !(between && word.trim().is_empty());
        let end = start + word.len();
        match others.last_mut().filter(|last| last.end == start) {
            _ if kept => {}
            Some(last) => last.end = end,
            None => others.push(start..end),
        }
        start = end;
    }
    others
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

fn places(text: &str, quotes: &[&str]) -> Vec<Range<usize>> {
    let found = quotes.iter().map(|quote| quote.trim()).filter(|quote| !quote.is_empty());
    found.filter_map(|quote| text.find(quote).map(|at| at..at + quote.len())).collect()
}

fn cut(text: &str, differs: &[Range<usize>], quoted: &[Range<usize>]) -> Vec<Piece> {
    let within = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|range| range.contains(&at));
    let ends = || differs.iter().chain(quoted).flat_map(|range| [range.start, range.end]);
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let to = ends().filter(|&end| end > from).min().unwrap_or(text.len());
        let piece = text.get(from..to).unwrap_or_default().to_owned();
        pieces.push(Piece { text: piece, differs: within(differs, from), quoted: within(quoted, from) });
        from = to;
    }
    pieces
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
        assert_eq!(differences(&"a ".repeat(2_000), &"b ".repeat(2_000)), None);
        assert!(differences(&"a ".repeat(9_000), "a ").is_some());
    }
}
