//! A pattern to search a text for.
//!
//! The syntax is that of `regex-lite`: as Perl's without look-around and references back, classes and case
//! in ASCII alone. Searching takes time in proportion to the text.

use serde::{Deserialize, Serialize};

/// The most bytes of a pattern.
const MOST: usize = 1024;
/// The most bytes of a compiled pattern: what a search's time grows with.
#[cfg(feature = "scorers")]
const MOST_COMPILED: usize = 64 * 1024;

/// A pattern that works, at most 1 kB.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    #[cfg(feature = "scorers")]
    regex: regex_lite::Regex,
}

/// The text is no pattern.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    #[error("the pattern is empty; write what is searched for")]
    Empty,
    #[error("a pattern has at most {MOST} bytes, not {0}")]
    TooLong(usize),
    #[error("the pattern does not work: {0}; look-around and references back do not exist here")]
    Syntax(String),
}

impl Pattern {
    /// Tells whether the pattern is found anywhere in a text.
    #[cfg(feature = "scorers")]
    pub fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        if text.is_empty() {
            return Err(BadPattern::Empty);
        }
        if text.len() > MOST {
            return Err(BadPattern::TooLong(text.len()));
        }
        #[cfg(feature = "scorers")]
        let regex = regex_lite::RegexBuilder::new(&text)
            .size_limit(MOST_COMPILED)
            .build()
            .map_err(|error| BadPattern::Syntax(error.to_string()))?;
        Ok(Self {
            #[cfg(feature = "scorers")]
            regex,
            text,
        })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(all(test, feature = "scorers"))]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(pattern: &str, expected: Expect) {
        let read = Pattern::try_from(pattern.to_owned());
        expected.assert_eq(&read.map_or_else(|error| error.to_string(), |_| "works".to_owned()));
    }

    #[test]
    fn what_does_not_work_is_said() {
        check(r"^\d{3}-[a-z]+$", expect!["works"]);
        check("", expect!["the pattern is empty; write what is searched for"]);
        check(
            "(",
            expect![
                "the pattern does not work: found open group without closing ')'; look-around and references back do not exist here"
            ],
        );
        check(
            "(?=a)",
            expect![
                "the pattern does not work: look-around is not supported; look-around and references back do not exist here"
            ],
        );
        check(
            r"(a)\1",
            expect![
                "the pattern does not work: backreferences are not supported; look-around and references back do not exist here"
            ],
        );
        check(
            "(a{1000}){1000}",
            expect![
                "the pattern does not work: compiled regex exceeded size limit; look-around and references back do not exist here"
            ],
        );
        check(&"a".repeat(1025), expect!["a pattern has at most 1024 bytes, not 1025"]);
    }
}
