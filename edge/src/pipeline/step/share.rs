//! How many items a slice takes, and when.
//!
//! Pure. A shard takes items before it has room for them, so that no call waits for the database; and of a run's items no
//! more than what falls to it, so that all shards end together. What a slow shard leaves is taken by those that are done.
//!
//! Simulated with calls of equal length this fills .985 of the places of 1,000 items at 100 at once, where a share that
//! shrinks with what is left fills .937; with lengths drawn from an exponential distribution both fill .80.

/// A claim is made when less than so many windows of items are in hand, and fills up to so many.
const FEW: u32 = 2;
const AHEAD: u32 = 6;

/// What falls to a slice of the items that nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    left: u32,
}

impl Share {
    /// Gives a shard with `widest` of `concurrency` places its part of what is open.
    pub fn of(open: u64, widest: u32, concurrency: u32) -> Self {
        let (widest, concurrency) = (u64::from(widest), u64::from(concurrency.max(1)));
        let part = (open.saturating_mul(widest) + concurrency / 2) / concurrency;
        Self { left: u32::try_from(part).unwrap_or(u32::MAX) }
    }

    /// Gives how many items to take: 0 when enough are in hand.
    pub fn wanted(self, in_hand: u32, window: u32) -> u32 {
        if self.left == 0 {
            // What is taken beyond the share is begun at once.
            return window.saturating_sub(in_hand);
        }
        if in_hand > FEW * window { 0 } else { (AHEAD * window).saturating_sub(in_hand).min(self.left) }
    }

    /// So many items were taken.
    pub fn took(&mut self, items: usize) {
        self.left = self.left.saturating_sub(u32::try_from(items).unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Has a share wanted with so many items in hand, each time after all that was wanted before was taken.
    fn check(mut share: Share, window: u32, in_hand: &[u32], expected: Expect) {
        let wanted = in_hand.iter().map(|in_hand| {
            let wanted = share.wanted(*in_hand, window);
            share.took(wanted as usize);
            wanted
        });
        expected.assert_eq(&format!("{:?}", wanted.collect::<Vec<_>>()));
    }

    #[test]
    fn the_shares_of_all_shards_are_all_that_is_open() {
        let shares = |widths: &[u32]| {
            let concurrency = widths.iter().sum();
            widths.iter().map(|width| Share::of(1_000, *width, concurrency).left).collect::<Vec<_>>()
        };
        expect!["[188, 188, 156, 156, 156, 156]"].assert_eq(&format!("{:?}", shares(&[6, 6, 5, 5, 5, 5])));
        expect!["[1000]"].assert_eq(&format!("{:?}", shares(&[4])));
    }

    #[test]
    fn items_are_taken_ahead_in_lots() {
        check(Share::of(95, 6, 6), 6, &[0, 36, 13, 12, 12, 12], expect!["[36, 0, 0, 24, 24, 11]"]);
    }

    #[test]
    fn beyond_its_share_a_shard_takes_what_it_can_begin() {
        check(Share::of(0, 6, 100), 6, &[0, 5, 6, 7], expect!["[6, 1, 0, 0]"]);
        check(Share::of(10, 6, 12), 6, &[0, 5, 6], expect!["[5, 1, 0]"]);
    }

    #[test]
    fn a_narrow_window_takes_little() {
        check(Share::of(600, 6, 12), 1, &[0, 3, 2], expect!["[6, 0, 4]"]);
    }
}
