//! Bank accounts by their international number: of the length that its country has, with the right check digits.

use super::Kind;
use super::found::{Found, is_word};

/// Countries with the length of their numbers (the IBAN registry of SWIFT).
const LENGTHS: [(&[u8; 2], usize); 40] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AT", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BR", 29),
    (b"CH", 21),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"EE", 20),
    (b"ES", 24),
    (b"FI", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GI", 23),
    (b"GR", 27),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MT", 31),
    (b"NL", 18),
    (b"NO", 15),
    (b"PL", 28),
    (b"PT", 25),
    (b"RO", 24),
    (b"RS", 22),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"TR", 26),
];

/// Finds a number that begins here, in one piece or in groups of four.
pub(super) fn at(bytes: &[u8], start: usize) -> Option<Found> {
    let head = bytes.get(start..start + 4)?;
    let (country, digits) = head.split_at_checked(2)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (_, length) = LENGTHS.iter().find(|(code, _)| code.as_slice() == country)?;
    let (mut signs, mut end) = (Vec::with_capacity(*length), start);
    while signs.len() < *length {
        let byte = *bytes.get(end)?;
        if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
            signs.push(byte);
        } else if byte != b' ' || !signs.len().is_multiple_of(4) {
            return None;
        }
        end += 1;
    }
    let is_alone = bytes.get(end).is_none_or(|&byte| !is_word(byte));
    (is_alone && is_right(&signs)).then_some(Found { kind: Kind::Iban, start, end })
}

/// Checks by ISO 7064, modulo 97: the first four signs go to the end, letters count from 10.
fn is_right(signs: &[u8]) -> bool {
    let Some((head, rest)) = signs.split_at_checked(4) else { return false };
    let remainder = rest.iter().chain(head).fold(0, |sum, &sign| match sign {
        b'0'..=b'9' => (sum * 10 + u32::from(sign - b'0')) % 97,
        _ => (sum * 100 + u32::from(sign - b'A') + 10) % 97,
    });
    remainder == 1
}
