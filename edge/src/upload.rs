//! Taking in a request's body, and how long that may take.
//!
//! Each piece may be waited for, and the whole has to come at some pace: a client that sends a byte now and then would hold
//! a request open for days. What counts is the time in which a piece is waited for, and not what is done between two of
//! them. Leaves out how large a body may be, and what becomes of the pieces.

use std::pin::pin;

use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};

use crate::ports::{Clock, Secrets};

/// How long the next piece may take when nothing is configured, in milliseconds.
pub const PATIENCE_MS: u64 = 30_000;

/// The slowest pace at which a body may come, in bytes a millisecond: that of a poor mobile line.
const SLOWEST: u64 = 4;

/// A body that comes too slowly, or stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request did not arrive within the time for it")]
pub struct TooSlow;

/// A body on its way in.
#[derive(Debug)]
pub struct Upload<'a, P, S> {
    ports: &'a P,
    pieces: S,
    bytes: usize,
    waited_ms: u64,
}

impl<'a, P, S, T, E> Upload<'a, P, S>
where
    P: Clock + Secrets,
    S: Stream<Item = Result<T, E>> + Unpin,
    T: AsRef<[u8]>,
{
    /// Begins to take in a body of these pieces.
    pub fn of(ports: &'a P, pieces: S) -> Self {
        Self { ports, pieces, bytes: 0, waited_ms: 0 }
    }

    /// Gives the next piece, or how the body broke off; none at its end.
    ///
    /// # Errors
    /// Too slow when it does not come in time.
    pub async fn next(&mut self) -> Result<Option<Result<T, E>>, TooSlow> {
        let patience_ms = self.ports.upload_patience_ms();
        let wait_ms = next_piece_ms(patience_ms, self.bytes, self.waited_ms).ok_or(TooSlow)?;
        let asked_ms = self.ports.ticks_ms();
        let piece = match select(self.pieces.next(), pin!(self.ports.sleep(wait_ms))).await {
            Either::Left((piece, _)) => piece,
            Either::Right(_) => return Err(TooSlow),
        };
        self.waited_ms += self.ports.ticks_ms().saturating_sub(asked_ms);
        if let Some(Ok(piece)) = &piece {
            self.bytes += piece.as_ref().len();
        }
        Ok(piece)
    }

    /// Gives how many bytes have come.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Gives how long the next piece may take after so many bytes have been waited for so many milliseconds; none when the body
/// comes too slowly.
///
/// At first there is as much time as for a piece, and each byte that comes gives more, so that a large body on a slow
/// line comes through.
fn next_piece_ms(patience_ms: u64, bytes: usize, waited_ms: u64) -> Option<u64> {
    let allowed_ms = patience_ms.saturating_add(bytes as u64 / SLOWEST);
    let left_ms = allowed_ms.checked_sub(waited_ms).filter(|left| *left > 0)?;
    Some(left_ms.min(patience_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Sends pieces of so many bytes, one every so many milliseconds, up to 25 MB. Tells when it is too slow.
    fn check(bytes: usize, every_ms: u64, expected: Expect) {
        let (mut sent, mut elapsed_ms) = (0, 0);
        let told = loop {
            match next_piece_ms(PATIENCE_MS, sent, elapsed_ms) {
                None => break format!("too slow after {} s", elapsed_ms / 1000),
                Some(wait_ms) if wait_ms < every_ms => {
                    break format!("given up on after {} s", (elapsed_ms + wait_ms) / 1000);
                }
                Some(_) => (sent, elapsed_ms) = (sent + bytes, elapsed_ms + every_ms),
            }
            if sent >= 25 * 1024 * 1024 {
                break format!("here after {} s", elapsed_ms / 1000);
            }
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn a_byte_now_and_then_is_too_slow() {
        check(1, 1_000, expect!["given up on after 30 s"]);
        check(1, 29_000, expect!["given up on after 30 s"]);
        check(1_000, 1_000, expect!["given up on after 39 s"]);
    }

    #[test]
    fn a_slow_line_is_not() {
        check(4_096, 1_000, expect!["here after 6400 s"]);
        check(64 * 1024, 10_000, expect!["here after 4000 s"]);
        check(1024 * 1024, 1_000, expect!["here after 25 s"]);
    }

    #[test]
    fn what_stands_still_is_given_up_on() {
        check(1024 * 1024, 31_000, expect!["given up on after 30 s"]);
        assert_eq!(next_piece_ms(PATIENCE_MS, 1_000_000_000, 0), Some(PATIENCE_MS));
    }
}
