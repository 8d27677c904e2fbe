//! How careful a slice is after slices of its shard were lost: something that they had in hand may be what ends them.
//!
//! Pure. An answer that takes all memory or meets a fault of ours ends the instance each time that it comes. So what lost
//! slices had is asked one item at a time, and an item that goes on ending them by itself is given up. An instance is
//! shared, and what one shard has ends the slices of others: hence they rest for different lengths of time between.

/// After so many lost slices in a row a shard asks one item at a time.
pub const ALONE_AFTER: u32 = 3;

/// After so many it gives up the one.
const GIVES_UP_AFTER: u32 = 8;

/// The longest that a shard rests after the first slice of one item that was lost, in milliseconds; twice as long after each
/// that follows.
const FIRST_REST_MS: u32 = 1_000;

/// How careful a slice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caution {
    /// It takes what there is.
    Needless,
    /// It takes one item that its shard had taken before and nothing new, or canaries if there is none.
    Alone,
    /// It gives that up: so many slices in a row were lost.
    GivesUp(u32),
}

impl Caution {
    /// Gives the caution after so many slices were lost in a row.
    pub fn after(losses: u32) -> Self {
        match losses {
            0..ALONE_AFTER => Self::Needless,
            ALONE_AFTER..GIVES_UP_AFTER => Self::Alone,
            _ => Self::GivesUp(losses),
        }
    }

    /// Says why something is given up, if it is to be.
    pub fn gives_up(self) -> Option<String> {
        match self {
            Self::Needless | Self::Alone => None,
            Self::GivesUp(losses) => Some(format!(
                "the service broke down {losses} times in a row while it worked on this; it may take more memory or time than \
                 there is"
            )),
        }
    }
}

/// Gives how long a shard rests at most before it goes on after one more loss, in milliseconds.
pub fn longest_rest_ms(losses: u32) -> u32 {
    match Caution::after(losses) {
        Caution::Needless => 0,
        Caution::Alone | Caution::GivesUp(_) => {
            FIRST_REST_MS << (losses.min(GIVES_UP_AFTER - 1) - ALONE_AFTER)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(losses: impl IntoIterator<Item = u32>, expected: Expect) {
        let each = losses.into_iter().map(|losses| {
            format!("{losses}: {:?}, rests up to {} ms\n", Caution::after(losses), longest_rest_ms(losses))
        });
        expected.assert_eq(&each.collect::<String>());
    }

    #[test]
    fn what_is_lost_again_and_again_is_asked_alone_and_then_given_up() {
        check(
            (0..=9).chain([u32::MAX]),
            expect![[r#"
            0: Needless, rests up to 0 ms
            1: Needless, rests up to 0 ms
            2: Needless, rests up to 0 ms
            3: Alone, rests up to 1000 ms
            4: Alone, rests up to 2000 ms
            5: Alone, rests up to 4000 ms
            6: Alone, rests up to 8000 ms
            7: Alone, rests up to 16000 ms
            8: GivesUp(8), rests up to 16000 ms
            9: GivesUp(9), rests up to 16000 ms
            4294967295: GivesUp(4294967295), rests up to 16000 ms
        "#]],
        );
    }
}
