//! What a judge is shown besides the question: what to consider, and answers that a person has graded.

use serde::{Deserialize, Serialize};

use super::{Criterion, Kind, NotFitting, texts};
use crate::score::{HIGHEST, Level};

texts! {
    /// A yes-or-no question that helps to answer the criterion's; 1 to 300 characters.
    Check "check" 300
    /// A request or a response in an example; 1 to 4000 characters.
    Text "text of an example" 4000
    /// Why an example has its level; 1 to 1200 characters.
    Reasoning "reasoning" 1200
}

/// What the judge is to consider: at most three questions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Check>", into = "Vec<Check>")]
pub struct Checks(Vec<Check>);

/// The most checks of a criterion.
pub const MOST_CHECKS: usize = 3;

/// There are too many checks.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a criterion has at most {MOST_CHECKS} checks, not {0}; ask more in criteria of their own")]
pub struct TooManyChecks(usize);

impl Checks {
    /// Tells whether there is nothing to consider.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the questions in their order.
    pub fn as_slice(&self) -> &[Check] {
        &self.0
    }
}

impl TryFrom<Vec<Check>> for Checks {
    type Error = TooManyChecks;

    fn try_from(checks: Vec<Check>) -> Result<Self, TooManyChecks> {
        if checks.len() <= MOST_CHECKS { Ok(Self(checks)) } else { Err(TooManyChecks(checks.len())) }
    }
}

impl From<Checks> for Vec<Check> {
    fn from(checks: Checks) -> Self {
        checks.0
    }
}

/// A response that a person has graded, for the judge to go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What was asked, as the user's last words say it.
    pub request: Text,
    /// The original response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
    /// The response that is graded.
    pub candidate: Text,
    // Before the level, as the judge is to write them.
    pub reasoning: Reasoning,
    pub level: Level,
}

impl Example {
    /// White space is compared collapsed: copying changes it.
    fn is(&self, request: &str, candidate: &str) -> bool {
        let alike = |one: &Text, other: &str| one.as_str().split_whitespace().eq(other.split_whitespace());
        alike(&self.request, request) && alike(&self.candidate, candidate)
    }
}

/// Tells whether a response to a request is an example of one of the criteria.
///
/// How a judge grades what it was shown graded says nothing of how it grades: such a response takes no part in
/// any figure of agreement.
pub fn is_among(criteria: &[Criterion], request: &str, candidate: &str) -> bool {
    let examples = criteria.iter().flat_map(|criterion| criterion.examples.as_slice());
    examples.into_iter().any(|example| example.is(request, candidate))
}

/// Graded responses that the judge is shown: at most three.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Example>", into = "Vec<Example>")]
pub struct Examples(Vec<Example>);

/// The most examples of a criterion: more cost tokens in every question and help little.
pub const MOST_EXAMPLES: usize = 3;

/// There are too many examples.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a criterion has at most {MOST_EXAMPLES} examples, not {0}; keep those that tell most")]
pub struct TooManyExamples(usize);

/// An example's answer is none of the criterion's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitExample {
    #[error("examples have levels, and the criterion is answered by a choice; leave them out")]
    Choice,
    #[error("an example of a binary criterion has level 0 or 5, not {0}")]
    NotBinary(u8),
}

impl Examples {
    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the examples in their order.
    pub fn as_slice(&self) -> &[Example] {
        &self.0
    }

    /// Checks that they answer a criterion of this kind.
    ///
    /// # Errors
    /// Says what the first that does not fit has wrong.
    pub fn suit(&self, kind: Kind) -> Result<(), UnfitExample> {
        let mut levels = self.0.iter().map(|example| example.level.number());
        match kind {
            Kind::Levels => Ok(()),
            Kind::Binary => match levels.find(|level| !matches!(*level, 0 | HIGHEST)) {
                Some(level) => Err(UnfitExample::NotBinary(level)),
                None => Ok(()),
            },
            Kind::Factuality | Kind::Compare if self.is_empty() => Ok(()),
            Kind::Factuality | Kind::Compare => Err(UnfitExample::Choice),
        }
    }
}

impl TryFrom<Vec<Example>> for Examples {
    type Error = TooManyExamples;

    fn try_from(examples: Vec<Example>) -> Result<Self, TooManyExamples> {
        if examples.len() <= MOST_EXAMPLES {
            Ok(Self(examples))
        } else {
            Err(TooManyExamples(examples.len()))
        }
    }
}

impl From<Examples> for Vec<Example> {
    fn from(examples: Examples) -> Self {
        examples.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(request: &str, candidate: &str, is_known: bool) {
        let example = json!({"request": "Where  is it?", "candidate": "On its way.\n", "reasoning": "Vague.", "level": 3});
        let criteria =
            json!([{"name": "a", "question": "b"}, {"name": "c", "question": "d", "examples": [example]}]);
        let criteria: Vec<Criterion> = serde_json::from_value(criteria).expect("criteria");
        assert_eq!(is_among(&criteria, request, candidate), is_known, "{request} {candidate}");
    }

    #[test]
    fn an_example_is_known_by_its_request_and_response() {
        check("Where is it?", "On its\nway.", true);
        check("Where is it?", "It left on Monday.", false);
        check("Where is he?", "On its way.", false);
    }
}
