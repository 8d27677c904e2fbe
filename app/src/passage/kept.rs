//! Which words of two texts belong to what they share.
//!
//! Word by word where that is quick. Else by lines and sentences, and word by word within those that differ, the short
//! ones first: a long text with few changes is compared to its last word, and of two that have nothing in common it
//! is soon said that all is changed.

use std::collections::HashMap;
use std::ops::Range;

use super::longest;

/// The most steps of each of the three passes: of all together a fraction of a second's work.
const MOST_STEPS: u64 = 8_000_000;

/// The words of two texts, each told whether the other has it too.
pub struct Kept {
    pub old: Vec<bool>,
    pub new: Vec<bool>,
    /// Nothing was left out for being too long to compare.
    pub whole: bool,
}

impl Kept {
    fn nothing(old: usize, new: usize) -> Self {
        Self { old: vec![false; old], new: vec![false; new], whole: true }
    }

    fn mark(&mut self, old: &[u32], new: &[u32]) {
        let mut work = MOST_STEPS;
        self.whole = longest::mark(old, new, (&mut self.old, &mut self.new), &mut work);
    }
}

/// Compares two texts, given as their words.
pub fn of(old: &[&str], new: &[&str]) -> Kept {
    let mut known = HashMap::new();
    let old_numbers = numbers(&mut known, old.iter().copied());
    let new_numbers = numbers(&mut known, new.iter().copied());
    let mut kept = Kept::nothing(old.len(), new.len());
    kept.mark(&old_numbers, &new_numbers);
    if kept.whole {
        return kept;
    }
    let (old_parts, new_parts) = (parts(old), parts(new));
    by_parts((&old_numbers, &old_parts), (&new_numbers, &new_parts))
}

/// Words by their numbers, with the parts that they belong to.
type Parted<'a> = (&'a [u32], &'a [Range<usize>]);

fn by_parts(old: Parted, new: Parted) -> Kept {
    let mut known = HashMap::new();
    let mut numbers_of = |(words, parts): Parted<'_>| {
        let part = |part: &Range<usize>| words.get(part.clone()).unwrap_or_default().to_vec();
        numbers(&mut known, parts.iter().map(part))
    };
    let (old_numbers, new_numbers) = (numbers_of(old), numbers_of(new));
    let mut of_parts = Kept::nothing(old.1.len(), new.1.len());
    of_parts.mark(&old_numbers, &new_numbers);
    let mut kept = Kept::nothing(old.0.len(), new.0.len());
    let mut blocks = Vec::new();
    for stretch in stretches(&of_parts.old, &of_parts.new) {
        let (a, b) = (joined(old.1, &stretch.old), joined(new.1, &stretch.new));
        if stretch.shared {
            fill(&mut kept.old, &a);
            fill(&mut kept.new, &b);
        } else {
            blocks.push((a, b));
        }
    }
    blocks.sort_by_key(|(a, b)| a.len() + b.len());
    let mut work = MOST_STEPS;
    for (a, b) in blocks {
        let words = (old.0.get(a.clone()).unwrap_or_default(), new.0.get(b.clone()).unwrap_or_default());
        let flags = (kept.old.get_mut(a).unwrap_or_default(), kept.new.get_mut(b).unwrap_or_default());
        kept.whole &= longest::mark(words.0, words.1, flags, &mut work);
    }
    kept
}

/// A stretch of two sequences: what they share, or what one has in the place of the other's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub old: Range<usize>,
    pub new: Range<usize>,
    pub shared: bool,
}

/// Walks along two sequences, by what of each is kept: as many of one as of the other.
pub fn stretches(old: &[bool], new: &[bool]) -> Vec<Stretch> {
    let run = |kept: &[bool], from: usize, wanted: bool| {
        from + kept.iter().skip(from).take_while(|kept| **kept == wanted).count()
    };
    let mut stretches = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        let changed = (run(old, a, false), run(new, b, false));
        if changed != (a, b) {
            stretches.push(Stretch { old: a..changed.0, new: b..changed.1, shared: false });
            (a, b) = changed;
            continue;
        }
        // What is kept goes on until either of them changes.
        let length = (run(old, a, true) - a).min(run(new, b, true) - b);
        stretches.push(Stretch { old: a..a + length, new: b..b + length, shared: true });
        (a, b) = (a + length, b + length);
    }
    stretches
}

/// Gives things numbers: the same things the same.
fn numbers<T: Eq + std::hash::Hash>(
    known: &mut HashMap<T, u32>,
    things: impl Iterator<Item = T>,
) -> Vec<u32> {
    let number = |thing: T| {
        let next = known.len() as u32;
        *known.entry(thing).or_insert(next)
    };
    things.map(number).collect()
}

/// Cuts a text into lines and sentences: each ends with the space that ends it.
fn parts(words: &[&str]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut before) = (0, "");
    for (place, word) in words.iter().enumerate() {
        let ends_line = word.contains('\n');
        let ends_sentence = matches!(before, "." | "!" | "?") && word.trim().is_empty();
        // Some scripts write no space after a sentence.
        if ends_line || ends_sentence || matches!(*word, "。" | "！" | "？") {
            parts.push(start..place + 1);
            start = place + 1;
        }
        before = word;
    }
    if start < words.len() {
        parts.push(start..words.len());
    }
    parts
}

/// Gives the words of some parts that stand one after the other.
fn joined(parts: &[Range<usize>], some: &Range<usize>) -> Range<usize> {
    let of_some = parts.get(some.clone()).unwrap_or_default();
    match (of_some.first(), of_some.last()) {
        (Some(first), Some(last)) => first.start..last.end,
        _ => 0..0,
    }
}

fn fill(kept: &mut [bool], range: &Range<usize>) {
    if let Some(words) = kept.get_mut(range.clone()) {
        words.fill(true);
    }
}
