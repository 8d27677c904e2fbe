//! When facts that wait are written. Pure.

/// When a batch is written: when it has so many facts, or its oldest is so many milliseconds old.
#[derive(Debug, Clone, Copy)]
pub struct Lot {
    pub facts: usize,
    pub age_ms: u64,
}

impl Lot {
    /// The age is less than many a model takes for an answer, so that what came together is written before the next comes.
    pub const USUAL: Self = Self { facts: 56, age_ms: 300 };

    /// Gives the first lot of a shard: all begin at once, and none is to write when another does.
    pub fn first(shard: u32, shards: u32) -> Self {
        let of = |whole: u64| (whole * u64::from(shard + 1)).div_ceil(u64::from(shards.max(1))).min(whole);
        Self { facts: of(Self::USUAL.facts as u64) as usize, age_ms: of(Self::USUAL.age_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(shards: u32, expected: Expect) {
        let first = (0..shards).map(|shard| Lot::first(shard, shards));
        expected.assert_eq(
            &first.map(|lot| format!("{}/{}", lot.facts, lot.age_ms)).collect::<Vec<_>>().join(" "),
        );
    }

    #[test]
    fn shards_that_begin_together_write_one_after_the_other() {
        check(1, expect!["56/300"]);
        check(6, expect!["10/50 19/100 28/150 38/200 47/250 56/300"]);
    }
}
