//! What two sequences share: runs of symbols, and the measures that are made of them.
//!
//! Sources: Lin 2004 (ROUGE), Rajpurkar 2016 (token F1), Popović 2015 (chrF), Wu 2016 (GLEU). Leaves out how a
//! text is cut into words (`text`).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use super::edit;

/// The most bits of a symbol and 1: Unicode scalar values have no more, and six fit a number.
const BITS: usize = 21;
/// How many symbols the longest run has.
const LONGEST: usize = 6;

/// The runs of a sequence, sorted: from each place the six symbols that follow, the first in the highest bits.
///
/// So the shorter runs that they begin with are sorted too. Symbols are counted from 1; 0 is behind the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs(Vec<u128>);

impl Runs {
    /// Takes the runs of a sequence whose symbols are below 2²¹ − 1.
    pub fn of(symbols: &[u32]) -> Self {
        let mut following = 0;
        let mut runs: Vec<u128> = Vec::with_capacity(symbols.len());
        for symbol in symbols.iter().rev() {
            following = following >> BITS | (u128::from(*symbol) + 1) << (BITS * (LONGEST - 1));
            runs.push(following);
        }
        runs.sort_unstable();
        Self(runs)
    }

    /// Gives the runs of a length, 1 to 6, sorted.
    fn long(&self, length: usize) -> impl Iterator<Item = u128> {
        let shorter = self.0.iter().map(move |run| run >> (BITS * (LONGEST - length)));
        shorter.filter(|run| run & ((1 << BITS) - 1) != 0)
    }
}

/// How many runs two sequences share, each counted as often as both have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overlap {
    pub shared: usize,
    /// All runs of the reference.
    pub reference: usize,
    /// All runs of the candidate.
    pub candidate: usize,
}

/// How much of the candidate is in the reference, how much of the reference in the candidate, and both in one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// Counts the shared runs of a length, 1 to 6.
pub fn overlap(reference: &Runs, candidate: &Runs, length: usize) -> Overlap {
    let mut overlap = Overlap::default();
    let (mut ours, mut theirs) = (reference.long(length), candidate.long(length));
    let (mut one, mut other) = (ours.next(), theirs.next());
    while let Some(next) = one.into_iter().chain(other).min() {
        let (of_reference, of_candidate) = (one == Some(next), other == Some(next));
        overlap.reference += usize::from(of_reference);
        overlap.candidate += usize::from(of_candidate);
        overlap.shared += usize::from(of_reference && of_candidate);
        if of_reference {
            one = ours.next();
        }
        if of_candidate {
            other = theirs.next();
        }
    }
    overlap
}

/// Numbers the words of two texts, the same word by the same number.
pub fn number(reference: &[String], candidate: &[String]) -> (Vec<u32>, Vec<u32>) {
    // Of a fixed hasher: the usual one is seeded by chance.
    let mut numbers: HashMap<&str, u32, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    let all = reference.iter().chain(candidate).map(|word| {
        let next = numbers.len() as u32;
        *numbers.entry(word).or_insert(next)
    });
    let mut reference_numbers: Vec<u32> = all.collect();
    let candidate_numbers = reference_numbers.split_off(reference.len());
    (reference_numbers, candidate_numbers)
}

impl Overlap {
    /// Gives the rates; 0 where a side has no runs.
    pub fn rates(self) -> Rates {
        Rates::of(self.shared, self.reference, self.candidate)
    }
}

impl Rates {
    fn of(shared: usize, reference: usize, candidate: usize) -> Self {
        if shared == 0 {
            return Self::default();
        }
        let (precision, recall) = (shared as f64 / candidate as f64, shared as f64 / reference as f64);
        Self { precision, recall, f1: 2.0 * precision * recall / (precision + recall) }
    }
}

/// ROUGE-n: the clipped overlap of runs of n words.
pub fn rouge(reference: &[u32], candidate: &[u32], length: usize) -> Rates {
    overlap(&Runs::of(reference), &Runs::of(candidate), length).rates()
}

/// ROUGE-L: the longest common subsequence of words.
pub fn rouge_l(reference: &[u32], candidate: &[u32]) -> Rates {
    Rates::of(edit::common(reference, candidate), reference.len(), candidate.len())
}

/// Token F1 over bags of words; two empty bags are alike.
pub fn token_f1(reference: &[u32], candidate: &[u32]) -> f64 {
    if reference.is_empty() && candidate.is_empty() { 1.0 } else { rouge(reference, candidate, 1).f1 }
}

/// GLEU: the shared runs of 1 to 4 words over all runs of the side that has more; 0 without runs.
pub fn gleu(reference: &[u32], candidate: &[u32]) -> f64 {
    let (reference, candidate) = (Runs::of(reference), Runs::of(candidate));
    let mut all = Overlap::default();
    for length in 1..=4 {
        let some = overlap(&reference, &candidate, length);
        all.shared += some.shared;
        all.reference += some.reference;
        all.candidate += some.candidate;
    }
    all.shared as f64 / all.reference.max(all.candidate).max(1) as f64
}

/// chrF2: runs of 1 to 6 characters, white space removed, recall counted twice as much as precision.
///
/// Lengths that one side has no runs of are left out of the means, as `sacrebleu` does for single sentences.
pub fn chrf(reference: &str, candidate: &str) -> f64 {
    let bare = |text: &str| {
        let characters = text.chars().filter(|character| !character.is_whitespace());
        Runs::of(&characters.map(u32::from).collect::<Vec<_>>())
    };
    let (reference, candidate) = (bare(reference), bare(candidate));
    let (mut precision, mut recall, mut lengths) = (0.0, 0.0, 0.0);
    for length in 1..=6 {
        let some = overlap(&reference, &candidate, length);
        if some.reference > 0 && some.candidate > 0 {
            precision += some.shared as f64 / some.candidate as f64;
            recall += some.shared as f64 / some.reference as f64;
            lengths += 1.0;
        }
    }
    if precision + recall == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (precision / lengths, recall / lengths);
    5.0 * precision * recall / (4.0 * precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(reference: &str, candidate: &str, expected: Expect) {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (reference, candidate) = number(&words(reference), &words(candidate));
        expected.assert_eq(&format!(
            "f1 {} gleu {} pairs {:?}",
            token_f1(&reference, &candidate),
            gleu(&reference, &candidate),
            overlap(&Runs::of(&reference), &Runs::of(&candidate), 2)
        ));
    }

    #[test]
    fn what_is_repeated_counts_as_often_as_both_have_it() {
        check(
            "b b c",
            "a b b",
            expect!["f1 0.6666666666666666 gleu 0.5 pairs Overlap { shared: 1, reference: 2, candidate: 2 }"],
        );
    }

    /// Source of the values: C.2 of the design.
    #[test]
    fn gleu_pools_runs_of_all_lengths() {
        check(
            "the cat is on the mat",
            "the cat sat on the mat",
            expect!["f1 0.8333333333333334 gleu 0.5 pairs Overlap { shared: 3, reference: 5, candidate: 5 }"],
        );
        check(
            "hi there world",
            "hello world",
            expect![
                "f1 0.4 gleu 0.16666666666666666 pairs Overlap { shared: 0, reference: 2, candidate: 1 }"
            ],
        );
    }

    #[test]
    fn nothing_shares_nothing() {
        check("", "", expect!["f1 1 gleu 0 pairs Overlap { shared: 0, reference: 0, candidate: 0 }"]);
        check("a", "", expect!["f1 0 gleu 0 pairs Overlap { shared: 0, reference: 0, candidate: 0 }"]);
    }
}
