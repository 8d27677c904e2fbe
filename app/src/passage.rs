//! Texts cut into pieces: which words differ from another text, and which the judge quoted.
//!
//! Pure. Leaves out how a piece looks.

mod kept;
mod longest;

use std::ops::Range;

use kept::Stretch;

/// A stretch of a text that is marked in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The other text does not have it here.
    pub differs: Option<Differs>,
    /// The judge quoted it.
    pub quoted: bool,
}

/// Which of two texts has what the other does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// The old one alone.
    Removed,
    /// The new one alone.
    Added,
}

/// A text with what the judge quoted of it.
#[derive(Clone, Copy)]
pub struct Quoted<'a> {
    pub text: &'a str,
    pub quotes: &'a [&'a str],
}

/// Cuts a text at the quotes that occur in it.
pub fn quoted(text: &str, quotes: &[&str]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    cut(text, 0..text.len(), None, &places(text, quotes), &mut pieces);
    pieces
}

/// Where two texts differ, word by word.
#[derive(Debug, Default)]
pub struct Compared {
    /// In bytes, from the beginning of both texts to their end.
    stretches: Vec<Stretch>,
    /// Nothing of them was too long to be compared word by word.
    pub whole: bool,
}

impl Compared {
    /// Compares an old text with a new one.
    pub fn of(old: &str, new: &str) -> Self {
        let (old, new) = (words(old), words(new));
        let kept = kept::of(&old, &new);
        let mut stretches: Vec<Stretch> = Vec::new();
        let (ends_old, ends_new) = (ends(&old), ends(&new));
        let bytes = |ends: &[usize], words: &Range<usize>| {
            let end =
                |place: usize| place.checked_sub(1).and_then(|last| ends.get(last).copied()).unwrap_or(0);
            end(words.start)..end(words.end)
        };
        let cut = kept::stretches(&kept.old, &kept.new);
        for (place, stretch) in cut.iter().enumerate() {
            let between = place > 0 && place + 1 < cut.len();
            let words = old.get(stretch.old.clone()).unwrap_or_default();
            // A space between two changes belongs to them: one reads on more easily so.
            let is_space = between && words.iter().all(|word| word.trim().is_empty());
            let shared = stretch.shared && !is_space;
            let (of_old, of_new) = (bytes(&ends_old, &stretch.old), bytes(&ends_new, &stretch.new));
            match stretches.last_mut().filter(|last| last.shared == shared) {
                Some(last) => (last.old.end, last.new.end) = (of_old.end, of_new.end),
                None => stretches.push(Stretch { old: of_old, new: of_new, shared }),
            }
        }
        Self { stretches, whole: kept.whole }
    }

    /// Cuts the old text at what the new one does not have, and at the quotes that occur in it.
    pub fn old(&self, old: Quoted) -> Vec<Piece> {
        self.one(old, Differs::Removed, |stretch| &stretch.old)
    }

    /// Cuts the new text at what the old one does not have, and at the quotes that occur in it.
    pub fn new_one(&self, new: Quoted) -> Vec<Piece> {
        self.one(new, Differs::Added, |stretch| &stretch.new)
    }

    /// Cuts one of the texts; `at` gives its bytes of a stretch.
    fn one(&self, text: Quoted, differs: Differs, at: impl Fn(&Stretch) -> &Range<usize>) -> Vec<Piece> {
        let (mut pieces, quoted) = (Vec::new(), places(text.text, text.quotes));
        for stretch in &self.stretches {
            let differs = (!stretch.shared).then_some(differs);
            cut(text.text, at(stretch).clone(), differs, &quoted, &mut pieces);
        }
        pieces
    }

    /// Gives both as one text: what is removed stands before what is in its place. Quotes of what both have are those
    /// of the new one.
    pub fn unified(&self, old: Quoted, new: Quoted) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (quoted_old, quoted_new) = (places(old.text, old.quotes), places(new.text, new.quotes));
        for stretch in &self.stretches {
            let differs = (!stretch.shared).then_some(Differs::Added);
            if differs.is_some() {
                cut(old.text, stretch.old.clone(), Some(Differs::Removed), &quoted_old, &mut pieces);
            }
            cut(new.text, stretch.new.clone(), differs, &quoted_new, &mut pieces);
        }
        pieces
    }
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

/// Gives where each word ends, in bytes.
fn ends(words: &[&str]) -> Vec<usize> {
    let mut end = 0;
    let ends = words.iter().map(|word| {
        end += word.len();
        end
    });
    ends.collect()
}

fn places(text: &str, quotes: &[&str]) -> Vec<Range<usize>> {
    let found = quotes.iter().map(|quote| quote.trim()).filter(|quote| !quote.is_empty());
    found.filter_map(|quote| text.find(quote).map(|at| at..at + quote.len())).collect()
}

/// Cuts a stretch of a text at the quotes in it.
fn cut(
    text: &str,
    at: Range<usize>,
    differs: Option<Differs>,
    quoted: &[Range<usize>],
    pieces: &mut Vec<Piece>,
) {
    let mut from = at.start;
    while from < at.end {
        let ends = quoted.iter().flat_map(|range| [range.start, range.end]);
        let to = ends.filter(|&end| from < end && end < at.end).min().unwrap_or(at.end);
        let piece = text.get(from..to).unwrap_or_default().to_owned();
        let quoted = quoted.iter().any(|range| range.contains(&from));
        pieces.push(Piece { text: piece, differs, quoted });
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn show(pieces: Vec<Piece>) -> String {
        let shown = pieces.into_iter().map(|piece| {
            let text = match piece.differs {
                None => piece.text,
                Some(Differs::Removed) => format!("[-{}]", piece.text),
                Some(Differs::Added) => format!("[+{}]", piece.text),
            };
            if piece.quoted { format!("<{text}>") } else { text }
        });
        shown.collect()
    }

    fn check(old: &str, new: &str, quotes: &[&str], expected: Expect) {
        let compared = Compared::of(old, new);
        assert!(compared.whole, "short texts");
        let (old, new) = (Quoted { text: old, quotes: &[] }, Quoted { text: new, quotes });
        let shown = [compared.old(old), compared.new_one(new), compared.unified(old, new)].map(show);
        expected.assert_eq(&shown.join(" | "));
    }

    #[test]
    fn words_that_differ_are_marked_on_their_side() {
        check(
            "Refunds take 5 days.",
            "Refunds take about 10 days.",
            &[],
            expect![
                "Refunds take [-5] days. | Refunds take [+about 10] days. | Refunds take [-5][+about 10] days."
            ],
        );
        check("", "new", &[], expect![" | [+new] | [+new]"]);
        check("same", "same", &[], expect!["same | same | same"]);
        check("", "", &[], expect![" |  | "]);
    }

    #[test]
    fn a_space_between_changes_belongs_to_them() {
        check(
            "The quick, brown fox",
            "A slow, red fox",
            &[],
            expect![
                "[-The quick], [-brown] fox | [+A slow], [+red] fox | [-The quick][+A slow], [-brown][+red] fox"
            ],
        );
        check(" a ", " b ", &[], expect![" [-a]  |  [+b]  |  [-a][+b] "]);
    }

    #[test]
    fn quotes_are_marked_across_differences() {
        check("a b c", "a x c", &["x c", "not there"], expect!["a [-b] c | a <[+x]>< c> | a [-b]<[+x]>< c>"]);
    }

    #[test]
    fn letters_of_every_script_are_words() {
        check(
            "Das Maß für £2",
            "Das Maß gegen £3",
            &["£3"],
            expect![
                "Das Maß [-für] £[-2] | Das Maß [+gegen] <£><[+3]> | Das Maß [-für][+gegen] <£>[-2]<[+3]>"
            ],
        );
    }

    /// Gives how much of each text is marked, in bytes, and whether all of them was compared.
    fn marked(old: &str, new: &str) -> (usize, usize, bool) {
        let compared = Compared::of(old, new);
        let bytes = |pieces: Vec<Piece>| {
            pieces.iter().filter(|piece| piece.differs.is_some()).map(|piece| piece.text.len()).sum()
        };
        let whole = |pieces: &[Piece], text: &str| {
            assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        };
        let [of_old, of_new] = [
            compared.old(Quoted { text: old, quotes: &[] }),
            compared.new_one(Quoted { text: new, quotes: &[] }),
        ];
        whole(&of_old, old);
        whole(&of_new, new);
        (bytes(of_old), bytes(of_new), compared.whole)
    }

    /// Joins so many words to sentences.
    fn prose(words: usize, word: impl Fn(usize) -> String) -> String {
        let word = |n: usize| word(n) + if n % 20 == 19 { ".\n" } else { " " };
        (0..words).map(word).collect()
    }

    #[test]
    fn thousands_of_words_that_differ_are_marked() {
        let old = prose(30_000, |n| format!("w{n}"));
        let new = prose(30_000, |n| if n % 10 == 5 { format!("v{n}") } else { format!("w{n}") });
        let changed = (0..30_000).filter(|n| n % 10 == 5).map(|n| format!("v{n}").len()).sum();
        assert_eq!(marked(&old, &new), (changed, changed, true));
    }

    #[test]
    fn what_is_too_long_to_compare_is_changed_whole() {
        let (old, new) = (prose(100_000, |n| format!("a{n}")), prose(100_000, |n| format!("b{n}")));
        let (of_old, of_new, whole) = marked(&old, &new);
        assert!(!whole);
        assert!(of_old > old.len() / 2 && of_new > new.len() / 2);
    }

    #[test]
    fn what_is_too_long_in_one_place_is_compared_in_the_others() {
        let text = |block: &str, word: &str| {
            format!("One {word} here.\n{}One {word} there.\n", prose(20_000, |n| format!("{block}{n}")))
        };
        let (of_old, of_new, whole) = marked(&text("a", "cat"), &text("b", "dog"));
        assert!(!whole);
        assert_eq!(of_old, of_new);
    }
}
