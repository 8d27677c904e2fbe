//! Seeded draws: which items a sample takes, and in which order a run goes through them.
//!
//! The same seed gives the same order, so that a prefix of a run is a random sample that can be had again.

use shared::canonical;

/// Orders ids at random by a seed: by the hash of seed and id, so that an id's place does not depend on
/// the order in which the others came.
pub fn shuffle<T: AsRef<str>>(seed: &str, ids: &mut [T]) {
    ids.sort_by_cached_key(|id| canonical::digest(format!("{seed}|{}", id.as_ref()).as_bytes()));
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
}
