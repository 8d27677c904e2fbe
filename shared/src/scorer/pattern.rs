//! A pattern to search a text for.
//!
//! The syntax is that of `regex-lite`: as Perl's without look-around and references back, classes and case
//! in ASCII alone. Searching takes time in proportion to the text. The Worker compiles what it reads, and refuses
//! what does not work; the browser compiles what it searches for, so that only who searches loads the machinery.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// The most bytes of a pattern.
const MOST: usize = 1024;
/// The most bytes of a compiled pattern: what a search's time grows with.
const MOST_COMPILED: usize = 64 * 1024;

/// A pattern, at most 1 kB. Where the feature `strict` is on, it works.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    regex: OnceLock<regex_lite::Regex>,
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
    ///
    /// # Errors
    /// Says why the pattern does not work.
    pub fn is_in(&self, text: &str) -> Result<bool, BadPattern> {
        self.compiled().map(|regex| regex.is_match(text))
    }

    /// Compiles the pattern, unless it is.
    ///
    /// # Errors
    /// Says why it does not work.
    pub fn compiled(&self) -> Result<&regex_lite::Regex, BadPattern> {
        if let Some(regex) = self.regex.get() {
            return Ok(regex);
        }
        let regex = regex_lite::RegexBuilder::new(&self.text)
            .size_limit(MOST_COMPILED)
            .build()
            .map_err(|error| BadPattern::Syntax(error.to_string()))?;
        Ok(self.regex.get_or_init(|| regex))
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
        let pattern = Self { text, regex: OnceLock::new() };
        #[cfg(feature = "strict")]
        pattern.compiled()?;
        Ok(pattern)
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

#[cfg(all(test, feature = "strict"))]
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
