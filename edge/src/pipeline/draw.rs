//! Seeded draws: which items a sample takes, and in which order a run goes through them.
//!
//! The same seed gives the same order, so that a prefix of a run is a random sample that can be had again.

use std::collections::BTreeMap;

use shared::canonical;

/// Orders ids at random by a seed: by the hash of seed and id, so that an id's place does not depend on
/// the order in which the others came.
pub fn shuffle<T: AsRef<str>>(seed: &str, ids: &mut [T]) {
    ids.sort_by_cached_key(|id| place(seed, id.as_ref()));
}

fn place(seed: &str, id: &str) -> [u8; 32] {
    canonical::digest(format!("{seed}|{id}").as_bytes())
}

/// A random part of ids that come one after the other: the first ones in the order of [`shuffle`], however many there are.
pub struct Part {
    seed: String,
    most: usize,
    drawn: BTreeMap<[u8; 32], String>,
}

impl Part {
    /// Draws so many at most.
    pub fn of(seed: &str, most: usize) -> Self {
        Self { seed: seed.to_owned(), most, drawn: BTreeMap::new() }
    }

    /// Takes one more into the draw.
    pub fn offer(&mut self, id: String) {
        self.drawn.insert(place(&self.seed, &id), id);
        if self.drawn.len() > self.most {
            self.drawn.pop_last();
        }
    }

    /// Gives what was drawn.
    pub fn ids(self) -> Vec<String> {
        self.drawn.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_order_whatever_came_first() {
        let order = |seed: &str, mut ids: Vec<&'static str>| {
            shuffle(seed, &mut ids);
            ids
        };
        assert_eq!(order("1", vec!["a", "b", "c", "d"]), order("1", vec!["d", "c", "b", "a"]));
        assert_ne!(order("1", vec!["a", "b", "c", "d"]), order("2", vec!["a", "b", "c", "d"]));
    }

    #[test]
    fn a_part_is_the_head_of_the_whole() {
        let all: Vec<_> = (0..50).map(|id| id.to_string()).collect();
        for most in [0, 1, 7, 50, 60] {
            let mut part = Part::of("1", most);
            all.iter().for_each(|id| part.offer(id.clone()));
            let mut shuffled = all.clone();
            shuffle("1", &mut shuffled);
            shuffled.truncate(most);
            assert_eq!(part.ids(), shuffled);
        }
    }
}
