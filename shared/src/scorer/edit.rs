//! How far two sequences are apart: edit distance and longest common subsequence.
//!
//! Both go through the first sequence 64 symbols at a time. Sources: Myers 1999 in Hyyrö's form of 2003 for
//! the distance, Hyyrö 2004 for the subsequence. Leaves out what the symbols are.

/// Counts the least insertions, deletions and replacements that make one sequence the other.
pub fn distance(one: &[u32], other: &[u32]) -> usize {
    if one.is_empty() {
        return other.len();
    }
    let places = Places::of(one);
    // The differences between neighbours in a column of the table: where they are +1, where −1.
    let mut columns = vec![(u64::MAX, 0_u64); places.words];
    let last = 1 << ((one.len() - 1) % 64);
    let mut distance = one.len();
    for &symbol in other {
        let row = places.row(symbol);
        let (mut up, mut down) = (1, 0);
        for (word, (plus, minus)) in columns.iter_mut().enumerate() {
            let here = row.map_or(0, |row| row[word]);
            let equal = here | down;
            let diagonal = ((equal & *plus).wrapping_add(*plus) ^ *plus) | equal | *minus;
            let rises = *minus | !(diagonal | *plus);
            let falls = diagonal & *plus;
            if word + 1 == places.words {
                distance += usize::from(rises & last != 0);
                distance -= usize::from(falls & last != 0);
            }
            let (shifted_rises, shifted_falls) = (rises << 1 | up, falls << 1 | down);
            *plus = shifted_falls | !(diagonal | shifted_rises);
            *minus = shifted_rises & diagonal;
            (up, down) = (rises >> 63, falls >> 63);
        }
    }
    distance
}

/// Gives the length of the longest common subsequence.
pub fn common(one: &[u32], other: &[u32]) -> usize {
    let places = Places::of(one);
    // A zero bit stands for a symbol of the subsequence.
    let mut row = vec![u64::MAX; places.words];
    for &symbol in other {
        let places = places.row(symbol).unwrap_or_default();
        let mut carry = false;
        // A symbol that stands nowhere changes nothing.
        for (bits, here) in row.iter_mut().zip(places) {
            let matched = *bits & here;
            let (sum, first) = bits.overflowing_add(matched);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *bits = sum | (*bits - matched);
        }
    }
    row.iter().map(|bits| bits.count_zeros() as usize).sum()
}

/// Gives 1 for equal sequences and 0 for ones that share nothing: 1 − distance / longer length.
pub fn similarity(one: &[u32], other: &[u32]) -> f64 {
    let longer = one.len().max(other.len());
    if longer == 0 { 1.0 } else { 1.0 - distance(one, other) as f64 / longer as f64 }
}

/// Gives 1 − (length + length − 2·common) / (length + length): replacing counts as two changes.
pub fn ratio(one: &[u32], other: &[u32]) -> f64 {
    let both = one.len() + other.len();
    if both == 0 { 1.0 } else { 2.0 * common(one, other) as f64 / both as f64 }
}

/// Gives the symbols of a text: its Unicode scalar values.
pub fn characters(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

/// Where each symbol stands in a sequence, a bit for each place.
struct Places {
    words: usize,
    symbols: Vec<u32>,
    /// For each symbol in order, its words.
    bits: Vec<u64>,
}

impl Places {
    fn of(sequence: &[u32]) -> Self {
        let mut symbols = sequence.to_vec();
        symbols.sort_unstable();
        symbols.dedup();
        let words = sequence.len().div_ceil(64);
        let mut places = Self { words, bits: vec![0; words * symbols.len()], symbols };
        for (place, symbol) in sequence.iter().enumerate() {
            if let Ok(index) = places.symbols.binary_search(symbol) {
                places.bits[index * words + place / 64] |= 1 << (place % 64);
            }
        }
        places
    }

    fn row(&self, symbol: u32) -> Option<&[u64]> {
        let index = self.symbols.binary_search(&symbol).ok()?;
        self.bits.get(index * self.words..(index + 1) * self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(one: &str, other: &str, expected: Expect) {
        let (one, other) = (characters(one), characters(other));
        let there = (distance(&one, &other), common(&one, &other));
        assert_eq!(there, (distance(&other, &one), common(&other, &one)), "either way round");
        expected.assert_eq(&format!("{} apart, {} in common", there.0, there.1));
    }

    #[test]
    fn nothing_is_as_far_as_the_other_is_long() {
        check("", "", expect!["0 apart, 0 in common"]);
        check("", "abc", expect!["3 apart, 0 in common"]);
    }

    #[test]
    fn the_least_changes_are_counted() {
        check("kitten", "sitting", expect!["3 apart, 4 in common"]);
        check("flaw", "lawn", expect!["2 apart, 3 in common"]);
        check("abc", "abc", expect!["0 apart, 3 in common"]);
    }

    #[test]
    fn sequences_of_more_than_64_symbols_are_as_the_table_says() {
        let texts = [("ab", 130), ("abcde", 200), ("ba", 64), ("a", 65), ("edcab", 129)]
            .map(|(word, length)| characters(word).into_iter().cycle().take(length).collect::<Vec<_>>());
        for one in &texts {
            for other in &texts {
                assert_eq!((distance(one, other), common(one, other)), by_table(one, other));
            }
        }
    }

    /// The textbook tables, for comparison.
    fn by_table(one: &[u32], other: &[u32]) -> (usize, usize) {
        let mut distances: Vec<usize> = (0..=other.len()).collect();
        let mut commons = vec![0; other.len() + 1];
        for (row, symbol) in one.iter().enumerate() {
            let (mut distance_before, mut common_before) = (row, 0);
            distances[0] = row + 1;
            for column in 0..other.len() {
                let equal = *symbol == other[column];
                let (distance_above, common_above) = (distances[column + 1], commons[column + 1]);
                distances[column + 1] = (distance_before + usize::from(!equal))
                    .min(distance_above + 1)
                    .min(distances[column] + 1);
                commons[column + 1] =
                    if equal { common_before + 1 } else { common_above.max(commons[column]) };
                (distance_before, common_before) = (distance_above, common_above);
            }
        }
        (distances[other.len()], commons[other.len()])
    }
}
