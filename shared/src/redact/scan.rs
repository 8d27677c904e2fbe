//! One pass over a text that finds what must not be kept.
//!
//! Each byte is looked at a few times at most, however the text is made. Leaves out what each thing looks like.

use std::borrow::Cow;

use super::found::{Found, is_escape, is_word, run};
use super::pem::Blocks;
use super::{Kind, Kinds, email, iban, key, number, token};

/// Puts the mark of its kind in the place of all that is found; borrows the text when nothing is.
pub(super) fn replaced<'t>(text: &'t str, kinds: &Kinds) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let mut blocks = Blocks::in_text(text);
    let (mut written, mut kept, mut at) = (String::new(), 0, 0);
    while let Some(&byte) = bytes.get(at) {
        let found = match byte {
            b'@' => email::at(text, kept, at),
            b'0'..=b'9' | b'+' | b'(' => number::at(bytes, at),
            b'-' => blocks.at(at),
            b':' => key::after_colon(bytes, at),
            b'A'..=b'Z' | b'a'..=b'z' if is_start(bytes, at) => {
                if let Some(end) = token::end_of_data(bytes, at) {
                    at = end;
                    continue;
                }
                key::at(bytes, at).or_else(|| token::at(bytes, at)).or_else(|| iban::at(bytes, at))
            }
            _ => None,
        };
        match found.filter(|found| kinds.contains(&found.kind)) {
            Some(Found { kind, start, end }) => {
                written.push_str(text.get(kept..start).unwrap_or_default());
                written.push_str(mark(kind));
                (kept, at) = (end, end);
            }
            None => at = next(bytes, at, byte),
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    written.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(written)
}

/// Gives where something may begin next: nothing begins inside a word, but for what has its own sign.
fn next(bytes: &[u8], at: usize, byte: u8) -> usize {
    let before = at.checked_sub(1).and_then(|place| bytes.get(place)).copied();
    if !byte.is_ascii_alphanumeric() || is_escape(before, byte) {
        return at + 1;
    }
    run(bytes, at + 1, |byte| byte.is_ascii_alphanumeric())
}

pub(super) fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Key => "[key]",
        Kind::Token => "[token]",
        Kind::Email => "[email]",
        Kind::Phone => "[phone]",
        Kind::Card => "[card]",
        Kind::Iban => "[iban]",
    }
}

/// Tells whether a word may begin here. Hyphens and underscores belong to the word before them; where there is none, they
/// only stress what comes, as in Markdown.
fn is_start(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let stress =
        before.iter().rev().take_while(|&&byte| !byte.is_ascii_alphanumeric() && is_word(byte)).count();
    match before.split_at(at - stress).0 {
        [.., before, last] if last.is_ascii_alphanumeric() => is_escape(Some(*before), *last),
        [last] => !last.is_ascii_alphanumeric(),
        _ => true,
    }
}
