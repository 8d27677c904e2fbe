//! The name of a question: SHA-256 over canonical JSON.
//!
//! Facts that cost money are stored under the hash of the question that they answer. Two questions that
//! mean the same are written the same: object members sorted by name, no white space.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash of a question: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// Gives the hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is written as 64 of 0-9 and a-f")]
pub struct NotAHash;

impl std::str::FromStr for Key {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) { Ok(Self(text.to_owned())) } else { Err(NotAHash) }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives the key of a value that serialises to JSON.
///
/// A value that does not (a map whose keys are not text) has the key of `null`; no type here is such.
pub fn key(question: &impl Serialize) -> Key {
    let value = serde_json::to_value(question).unwrap_or_default();
    Key(hex(&digest(write(&value).as_bytes())))
}

/// Gives the SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
        text
    })
}

/// Reads bytes that [`hex`] wrote; none when it wrote something else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |character: u8| match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    };
    let byte = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

/// Writes a value as canonical JSON: members sorted by name, no white space.
pub fn write(value: &Value) -> String {
    serde_json::to_string(&sorted(value)).unwrap_or_default()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(value: Value, expected: Expect) {
        expected.assert_eq(&format!("{}\n{}", write(&value), key(&value)));
    }

    #[test]
    fn a_key_reads_back_and_nothing_else_does() {
        let known = key(&1);
        assert_eq!(known.to_string().parse(), Ok(known));
        for text in ["", "abc", &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(text.parse::<Key>(), Err(NotAHash), "{text}");
        }
    }

    #[test]
    fn bytes_read_back_as_they_were_written_and_no_other_way() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!(unhex(""), Some(Vec::new()));
        for text in ["0", "0g", "0A", "+1", "é", "0 ", "000"] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter() {
        let expected = expect![[r#"
            {"a":[{"c":2,"d":1}],"b":1.5}
            f713413545df322e77f8b76c69e8080e19e09c87d8184b0db04ac90fe538c3d5"#]];
        check(json!({"b": 1.5, "a": [{"d": 1, "c": 2}]}), expected);
    }
}
