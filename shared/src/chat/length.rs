//! How many messages a conversation may have.
//!
//! Whoever calls a model may send any number, and the call passes and is logged as it is. What is read of it is bounded, and
//! what is to be asked again is refused beyond. Leaves out how long a message may be.

use super::Message;
use crate::mistake::Mistake;

/// The most messages that are read.
pub const MOST_MESSAGES: usize = 10_000;

/// Checks that so many messages may be asked, which stand in this member.
///
/// # Errors
/// Tells both numbers.
pub fn check(messages: usize, member: &str) -> Result<(), Mistake> {
    if messages <= MOST_MESSAGES {
        return Ok(());
    }
    let [has, most] = [messages, MOST_MESSAGES].map(grouped);
    let detail = format!("it has {has} messages; an item may have at most {most}");
    Err(Mistake::new(format!("/{member}"), detail))
}

/// Gives the part of a list that is read: its newest.
pub fn newest<T>(list: &[T]) -> &[T] {
    &list[list.len().saturating_sub(MOST_MESSAGES)..]
}

/// Leaves the newest messages.
pub fn bound(messages: &mut Vec<Message>) {
    messages.drain(..messages.len().saturating_sub(MOST_MESSAGES));
}

/// Writes a number with a comma before each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let parts: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_written_in_threes() {
        let written = [0, 999, 1_000, 12_001, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "999", "1,000", "12,001", "1,234,567"]);
    }
}
