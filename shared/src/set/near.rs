//! Near duplicates: requests that say the same in nearly the same words.
//!
//! A sketch is kept of what the user says in a request, small enough to be compared with every other of a
//! set. Source: Broder 1997, min-wise hashing; the share of equal values estimates the Jaccard similarity
//! of the sets of three-word runs.

use serde::{Deserialize, Serialize};

use crate::canonical::hex;
use crate::chat::{Request, Role};

/// How many values a sketch has: its estimate is off by 0.07 at a similarity of 0.8 (one standard error).
const VALUES: usize = 32;
/// The share of equal values from which two requests count as the same.
const NEAR: f64 = 0.8;
/// How many words stand together.
const RUN: usize = 3;

/// The sketch of a request; as text, eight hexadecimal digits for each value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Sketch([u32; VALUES]);

/// The text is no sketch.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sketch has {} hexadecimal digits", VALUES * 8)]
pub struct NotASketch;

impl Sketch {
    /// Sketches what the user says in a request. System text is left out: it is the same for a whole feature.
    pub fn of(request: &Request) -> Self {
        let said = request.messages.iter().filter(|message| message.role == Role::User);
        let text = said.map(|message| message.content.text().to_lowercase()).collect::<Vec<_>>().join("\n");
        let words: Vec<&str> = text
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let runs: Vec<u64> = words.windows(RUN.min(words.len().max(1))).map(hash).collect();
        let least = |seed: u64| runs.iter().map(|run| mix(run ^ mix(seed)) as u32).min().unwrap_or(u32::MAX);
        Self(std::array::from_fn(|place| least(place as u64 + 1)))
    }

    /// Tells whether two requests say the same in nearly the same words.
    pub fn is_near(&self, other: &Self) -> bool {
        let equal = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        equal as f64 >= NEAR * VALUES as f64
    }
}

/// FNV-1a over the words of a run, with a mark between them.
fn hash(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finaliser of `SplitMix64`: every bit of the result hangs on every bit of the number.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl From<Sketch> for String {
    fn from(sketch: Sketch) -> Self {
        sketch.0.iter().map(|value| hex(&value.to_be_bytes())).collect()
    }
}

impl TryFrom<String> for Sketch {
    type Error = NotASketch;

    fn try_from(text: String) -> Result<Self, NotASketch> {
        let digits: Vec<u32> = (0..text.len())
            .step_by(8)
            .map(|start| u32::from_str_radix(text.get(start..start + 8)?, 16).ok())
            .collect::<Option<_>>()
            .ok_or(NotASketch)?;
        digits.try_into().map(Self).map_err(|_| NotASketch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Message;
    use expect_test::{Expect, expect};

    fn sketch(text: &str) -> Sketch {
        let messages = vec![Message::text(Role::System, "You are kind."), Message::text(Role::User, text)];
        Sketch::of(&Request { model: String::new(), messages, settings: serde_json::Map::new() })
    }

    fn check(one: &str, other: &str, expected: Expect) {
        let (one, other) = (sketch(one), sketch(other));
        assert_eq!(
            Sketch::try_from(String::from(one.clone())).as_ref(),
            Ok(&one),
            "it reads back as it was written"
        );
        expected.assert_eq(if one.is_near(&other) { "near" } else { "apart" });
    }

    const LONG: &str = "My parcel with the blue jacket was to arrive on Monday, but the tracking page still says that it waits at \
                        the depot in Leeds and nobody there answers the phone; can you find out where it is and when it comes?";

    #[test]
    fn other_case_spacing_and_signs_are_near() {
        check("Where is my order?", "where is  my ORDER", expect!["near"]);
    }

    #[test]
    fn a_word_in_a_long_text_is_near_and_in_a_short_one_is_not() {
        check(LONG, &LONG.replace("when it comes", "when it arrives"), expect!["near"]);
        check("Where is order 1234 now?", "Where is order 1235 now?", expect!["apart"]);
        check(LONG, "Where is my parcel?", expect!["apart"]);
    }

    #[test]
    fn nothing_said_is_like_nothing_said() {
        check("", "", expect!["near"]);
    }
}
