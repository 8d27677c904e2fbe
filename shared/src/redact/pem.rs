//! Private keys in their blocks, from `-----BEGIN … PRIVATE KEY-----` to the end of the block.

use super::Kind;
use super::found::{Found, run, starts};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &str = "-----END ";
const PRIVATE: &[u8] = b"PRIVATE KEY";
const DASHES: &[u8] = b"-----";

/// The most bytes of the words between the dashes.
const LONGEST_NAME: usize = 64;

/// The blocks of a text. Where the next end of a block stands is looked for once, not once for each beginning.
#[derive(Debug)]
pub(super) struct Blocks<'t> {
    text: &'t str,
    end: Next,
    quote: Next,
}

/// Where something stands next.
#[derive(Debug, Clone, Copy)]
enum Next {
    Unknown,
    At(usize),
    Nowhere,
}

impl Next {
    /// Gives the first place after `from`, which must not decrease.
    fn after(&mut self, text: &str, from: usize, what: &str) -> Option<usize> {
        let known = match *self {
            Self::Nowhere => return None,
            Self::At(place) => Some(place).filter(|&place| place >= from),
            Self::Unknown => None,
        };
        let place = known.or_else(|| Some(from + text.get(from..)?.find(what)?));
        *self = place.map_or(Self::Nowhere, Self::At);
        place
    }
}

impl<'t> Blocks<'t> {
    pub(super) fn in_text(text: &'t str) -> Self {
        Self { text, end: Next::Unknown, quote: Next::Unknown }
    }

    /// Finds a private key whose block begins here. One that is cut off ends where its lines do.
    pub(super) fn at(&mut self, start: usize) -> Option<Found> {
        let bytes = self.text.as_bytes();
        let body = starts(bytes, start, BEGIN).then(|| title_end(bytes, start + BEGIN.len()))??;
        // In JSON inside a text a quotation mark ends the string that holds the block.
        let quote = self.quote.after(self.text, body, "\"").unwrap_or(bytes.len());
        let end = match self.end.after(self.text, body, END).filter(|&end| end < quote) {
            Some(end) => title_end(bytes, end + END.len()).unwrap_or(end),
            None => cut_off(bytes, body),
        };
        Some(Found { kind: Kind::Key, start, end })
    }
}

/// Gives the end of the dashes after a title that says it is of a private key.
fn title_end(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let rest = rest.get(..LONGEST_NAME).unwrap_or(rest);
    let dashes = rest.windows(DASHES.len()).position(|window| window == DASHES)?;
    let title = rest.get(..dashes)?;
    let is_private = title.windows(PRIVATE.len()).any(|window| window == PRIVATE);
    is_private.then_some(from + dashes + DASHES.len())
}

/// Takes lines of base64 as long as there are any; a line of prose has spaces.
fn cut_off(bytes: &[u8], from: usize) -> usize {
    const SHORTEST_LINE: usize = 24;
    let mut end = from;
    loop {
        let line = run(bytes, end, |byte| byte.is_ascii_whitespace());
        let line = if starts(bytes, line, b"\\n") { line + 2 } else { line };
        let line_end =
            run(bytes, line, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
        if line_end - line < SHORTEST_LINE {
            return end;
        }
        end = line_end;
    }
}
