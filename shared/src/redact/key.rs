//! Keys: what providers and services give out, by how it begins.
//!
//! Leaves out secrets that look like any other word, such as passwords in prose.

use super::Kind;
use super::found::{Found, is_word, run, starts};

/// What follows the beginning of a key.
#[derive(Clone, Copy)]
enum Tail {
    /// At least so many letters and digits.
    Plain(usize),
    /// Exactly so many capitals and digits.
    Capitals(usize),
    /// At least so many letters, digits, hyphens and underscores.
    Words(usize),
    /// Letters, digits, hyphens and underscores that nobody would write as a name.
    Random,
}

/// How keys begin.
const KEYS: [(&[u8], Tail); 50] = [
    (b"sk-ant-", Tail::Words(8)),
    (b"sk-proj-", Tail::Words(8)),
    (b"sk-svcacct-", Tail::Words(8)),
    (b"sk-admin-", Tail::Words(8)),
    (b"sk-or-v1-", Tail::Words(8)),
    (b"sk-", Tail::Random),
    (b"sk_live_", Tail::Plain(10)),
    (b"sk_test_", Tail::Plain(10)),
    (b"rk_live_", Tail::Plain(10)),
    (b"rk_test_", Tail::Plain(10)),
    (b"shpat_", Tail::Plain(20)),
    (b"AIza", Tail::Words(30)),
    (b"AKIA", Tail::Capitals(16)),
    (b"ASIA", Tail::Capitals(16)),
    (b"AGE-SECRET-KEY-1", Tail::Plain(40)),
    (b"GOCSPX-", Tail::Words(20)),
    (b"asy_", Tail::Words(16)),
    (b"dop_v1_", Tail::Plain(30)),
    (b"fw_", Tail::Plain(20)),
    (b"ghp_", Tail::Plain(20)),
    (b"gho_", Tail::Plain(20)),
    (b"ghu_", Tail::Plain(20)),
    (b"ghs_", Tail::Plain(20)),
    (b"ghr_", Tail::Plain(20)),
    (b"github_pat_", Tail::Words(20)),
    (b"glpat-", Tail::Words(16)),
    (b"glsa_", Tail::Words(20)),
    (b"gsk_", Tail::Plain(20)),
    (b"hf_", Tail::Plain(20)),
    (b"lin_api_", Tail::Plain(20)),
    (b"lsv2_pt_", Tail::Words(20)),
    (b"lsv2_sk_", Tail::Words(20)),
    (b"npm_", Tail::Plain(30)),
    (b"ntn_", Tail::Plain(30)),
    (b"nvapi-", Tail::Words(20)),
    (b"pk-lf-", Tail::Words(20)),
    (b"pplx-", Tail::Plain(20)),
    (b"pypi-", Tail::Words(30)),
    (b"r8_", Tail::Plain(20)),
    (b"tvly-", Tail::Words(20)),
    (b"whsec_", Tail::Plain(16)),
    (b"xai-", Tail::Plain(20)),
    (b"xoxa-", Tail::Words(10)),
    (b"xoxb-", Tail::Words(10)),
    (b"xoxe-", Tail::Words(10)),
    (b"xoxp-", Tail::Words(10)),
    (b"xoxr-", Tail::Words(10)),
    (b"xoxs-", Tail::Words(10)),
    (b"xapp-", Tail::Words(10)),
    (b"ya29.", Tail::Words(20)),
];

/// Finds a key that begins here.
pub(super) fn at(bytes: &[u8], start: usize) -> Option<Found> {
    if !may_begin(bytes.get(start..start + 3)?) {
        return None;
    }
    let fitting = KEYS.iter().filter(|(beginning, _)| starts(bytes, start, beginning));
    let mut ends = fitting.filter_map(|(beginning, tail)| tail.end(bytes, start + beginning.len()));
    ends.next().map(|end| Found { kind: Kind::Key, start, end })
}

/// Tells whether any key begins with three bytes, each by itself: nearly all words are passed over by it.
fn may_begin(three: &[u8]) -> bool {
    let fits = |(place, byte): (usize, &u8)| {
        BEGINNINGS.get(usize::from(*byte)).is_some_and(|places| places & (1 << place) != 0)
    };
    three.iter().enumerate().all(fits)
}

/// For each byte, at which of the first three places of a key it stands, as bits.
const BEGINNINGS: [u8; 256] = beginnings();

#[expect(clippy::indexing_slicing, reason = "runs while it is compiled")]
const fn beginnings() -> [u8; 256] {
    let mut beginnings = [0; 256];
    let mut key = 0;
    while key < KEYS.len() {
        let mut place = 0;
        while place < 3 {
            beginnings[KEYS[key].0[place] as usize] |= 1 << place;
            place += 1;
        }
        key += 1;
    }
    beginnings
}

impl Tail {
    fn end(self, bytes: &[u8], from: usize) -> Option<usize> {
        let alone = |end: usize| bytes.get(end).is_none_or(|&byte| !byte.is_ascii_alphanumeric());
        match self {
            Self::Plain(least) => {
                let end = run(bytes, from, |byte| byte.is_ascii_alphanumeric());
                Some(end).filter(|&end| end - from >= least)
            }
            Self::Capitals(length) => {
                let end = run(bytes, from, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                Some(end).filter(|&end| end - from == length && alone(end))
            }
            Self::Words(least) => Some(run(bytes, from, is_word)).filter(|&end| end - from >= least),
            Self::Random => {
                let end = run(bytes, from, is_word);
                Some(end).filter(|&end| is_random(bytes.get(from..end).unwrap_or_default()))
            }
        }
    }
}

/// Tells a key from a name such as `sk-fading-circle12`, by its digits or by its letters in one long piece.
fn is_random(tail: &[u8]) -> bool {
    let digits = tail.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_mixed = |piece: &[u8]| {
        piece.len() >= 16
            && piece.iter().any(u8::is_ascii_uppercase)
            && piece.iter().any(u8::is_ascii_lowercase)
    };
    (tail.len() >= 8 && digits >= 3) || tail.split(|byte| matches!(byte, b'-' | b'_')).any(is_mixed)
}

/// The fewest bytes of a key that a provider complains about.
const SHORTEST_COMPLAINT: usize = 6;

/// Finds what a colon leads to: the password in an address, and the key that a provider complains about.
pub(super) fn after_colon(bytes: &[u8], colon: usize) -> Option<Found> {
    const COMPLAINT: &[u8] = b"key provided";
    if starts(bytes, colon, b"://") {
        return password(bytes, colon + 3);
    }
    let before = bytes.get(colon.checked_sub(COMPLAINT.len())?..colon)?;
    if !before.eq_ignore_ascii_case(COMPLAINT) {
        return None;
    }
    let start = run(bytes, colon + 1, |byte| matches!(byte, b' ' | b'\'' | b'"' | b'`'));
    let end = run(bytes, start, |byte| is_word(byte) || matches!(byte, b'.' | b'*' | b'+' | b'/' | b'='));
    let sentence = bytes.get(end.saturating_sub(1)) == Some(&b'.');
    let end = if sentence { end - 1 } else { end };
    Some(Found { kind: Kind::Key, start, end }).filter(|_| end >= start + SHORTEST_COMPLAINT)
}

/// The most bytes of name and password in front of a host.
const LONGEST_LOGIN: usize = 256;

/// Finds the password of `https://name:password@host`; a placeholder is none.
fn password(bytes: &[u8], from: usize) -> Option<Found> {
    let rest = bytes.get(from..)?;
    let rest = rest.get(..LONGEST_LOGIN).unwrap_or(rest);
    let stops = |byte: &u8| {
        matches!(byte, b'@' | b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'\\') || byte.is_ascii_whitespace()
    };
    let end = rest.iter().position(stops).filter(|&end| rest.get(end) == Some(&b'@'))?;
    let colon = rest.iter().position(|&byte| byte == b':').filter(|&colon| colon + 1 < end)?;
    if matches!(rest.get(colon + 1), Some(b'$' | b'{' | b'*' | b'%' | b'[')) {
        return None;
    }
    Some(Found { kind: Kind::Key, start: from + colon + 1, end: from + end })
}
