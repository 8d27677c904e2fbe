//! Sets of items, a bit for each: what many slices of many items are compared by.

/// Some of a fixed number of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members(Vec<u64>);

impl Members {
    /// Takes the items of these places, which are below `items`.
    pub fn of(items: usize, places: impl Iterator<Item = usize>) -> Self {
        let mut words = vec![0; items.div_ceil(64)];
        for place in places {
            words[place / 64] |= 1 << (place % 64);
        }
        Self(words)
    }

    /// Gives how many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Gives how many are in both.
    pub fn shared(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(one, other)| u64::from((one & other).count_ones())).sum()
    }

    /// Takes those that are in both.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one & other).collect())
    }

    /// Tells whether nearly the same items are in both: a Jaccard similarity above .8.
    pub fn is_near(&self, other: &Self) -> bool {
        let shared = self.shared(other);
        5 * shared > 4 * (self.count() + other.count() - shared)
    }
}
