//! Tokens: what follows `Bearer`, and JSON Web Tokens. Also where embedded files end, which hold no words.

use super::Kind;
use super::found::{Found, is_word, run, starts};

/// The fewest bytes of a bearer's token.
const SHORTEST_BEARER: usize = 16;

/// The fewest bytes of the first two parts of a JSON Web Token.
const SHORTEST_PART: usize = 10;

/// Finds a token that begins here, or after the word `Bearer` here.
pub(super) fn at(bytes: &[u8], start: usize) -> Option<Found> {
    let (start, end) = match bytes.get(start)? {
        b'e' => (start, web_token(bytes, start)?),
        b'b' | b'B' => bearer(bytes, start)?,
        _ => return None,
    };
    Some(Found { kind: Kind::Token, start, end })
}

/// Two parts or more, which begin as JSON objects do in base64.
fn web_token(bytes: &[u8], start: usize) -> Option<usize> {
    if !starts(bytes, start, b"eyJ") {
        return None;
    }
    let mut end = run(bytes, start, is_word);
    if end - start < SHORTEST_PART || bytes.get(end) != Some(&b'.') {
        return None;
    }
    let second = end + 1;
    end = run(bytes, second, is_word);
    let is_signed = bytes.get(end) == Some(&b'.') || starts(bytes, second, b"eyJ");
    if end - second < SHORTEST_PART || !is_signed {
        return None;
    }
    // A signature, and of an encrypted one two parts more. A full stop after it is none of it.
    for _ in 0..3 {
        let next = run(bytes, end + 1, is_word);
        if bytes.get(end) != Some(&b'.') || next == end + 1 {
            break;
        }
        end = next;
    }
    Some(end)
}

fn bearer(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    const WORD: &[u8] = b"bearer";
    let after = start + WORD.len();
    if !bytes.get(start..after)?.eq_ignore_ascii_case(WORD) {
        return None;
    }
    let token = run(bytes, after, |byte| byte == b' ');
    if token == after {
        return None;
    }
    let end = run(bytes, token, |byte| is_word(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'='));
    let found = bytes.get(token..end)?;
    let is_token = found.len() >= SHORTEST_BEARER && found.iter().any(u8::is_ascii_digit);
    is_token.then_some((token, end))
}

/// Gives the end of a file that is embedded here as `data:…;base64,…`. What is no type of a file hides nothing.
pub(super) fn end_of_data(bytes: &[u8], start: usize) -> Option<usize> {
    const LONGEST_TYPE: usize = 100;
    const BASE64: &[u8] = b";base64,";
    if !starts(bytes, start, b"data:") {
        return None;
    }
    let rest = bytes.get(start..)?;
    let head = rest.get(..LONGEST_TYPE).unwrap_or(rest);
    let of_type = head.windows(BASE64.len()).position(|window| window == BASE64)?;
    let named = rest.get(b"data:".len()..of_type)?;
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"/+.=;_-".contains(byte);
    if !named.iter().all(is_type) || (!named.is_empty() && !named.contains(&b'/')) {
        return None;
    }
    let comma = start + of_type + BASE64.len();
    Some(run(bytes, comma, |byte| is_word(byte) || matches!(byte, b'+' | b'/' | b'=')))
}
