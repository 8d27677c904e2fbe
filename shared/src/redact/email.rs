//! E-mail addresses, found by their sign.

use super::Kind;
use super::found::{Found, is_escape};

/// Ends of names of files and units, which look like the ends of hosts and are none.
const NO_HOSTS: [&str; 16] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "tsx", "css", "json", "html", "service",
    "socket", "timer", "shape",
];

/// Finds the address around the sign `@` at `sign`, which begins at `from` or later.
pub(super) fn at(text: &str, from: usize, sign: usize) -> Option<Found> {
    let start = start_of(text, from, sign)?;
    // `git@host:path` names a repository.
    if text.get(start..sign) == Some("git") {
        return None;
    }
    let rest = text.get(sign + 1..)?;
    let length =
        rest.find(|letter: char| !(is_letter(letter) || matches!(letter, '-' | '.'))).unwrap_or(rest.len());
    let host = rest.get(..length)?.trim_end_matches(['.', '-']);
    is_host(host).then_some(Found { kind: Kind::Email, start, end: sign + 1 + host.len() })
}

fn start_of(text: &str, from: usize, sign: usize) -> Option<usize> {
    let before = text.get(from..sign)?;
    let fits = |letter: char| is_letter(letter) || matches!(letter, '.' | '_' | '%' | '+' | '-' | '\'');
    let length: usize = before.chars().rev().take_while(|letter| fits(*letter)).map(char::len_utf8).sum();
    let name = before.get(before.len() - length..)?;
    let mut start = sign - name.trim_start_matches(['.', '\'', '-', '%', '+']).len();
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).and_then(|place| bytes.get(place)).copied();
    if is_escape(before, *bytes.get(start)?) {
        start += 1;
    }
    Some(start).filter(|&start| start < sign)
}

/// Letters of Latin scripts and digits: in scripts without spaces the words around an address would be taken for it.
fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, 'À'..='ɏ')
}

/// Tells whether a name is one of a host: two parts or more, the last of letters.
fn is_host(host: &str) -> bool {
    let Some((name, last)) = host.rsplit_once('.') else { return false };
    let is_top = last.len() >= 2 && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"));
    let is_known_otherwise = NO_HOSTS.iter().any(|end| last.eq_ignore_ascii_case(end));
    is_top && !is_known_otherwise && name.split('.').all(|part| !part.is_empty() && !part.starts_with('-'))
}
