//! What is found in a text, and the kinds of bytes that tell where a thing begins and ends.

use super::Kind;

/// Something that must not be kept, by its bytes in the text. Both ends stand between characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Tells whether a byte goes on with a name: a letter, a digit, a hyphen or an underscore.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Tells whether a letter ends an escape such as `\n`: text that holds JSON, as the arguments of tools do, has those
/// in front of words.
pub(super) fn is_escape(before: Option<u8>, letter: u8) -> bool {
    before == Some(b'\\') && matches!(letter, b'n' | b'r' | b't')
}

/// Gives where the bytes that fit end, from a place on.
pub(super) fn run(bytes: &[u8], from: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|&byte| !fits(byte)).unwrap_or(rest.len())
}

/// Tells whether the text goes on at a place as given.
pub(super) fn starts(bytes: &[u8], at: usize, with: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(with))
}
