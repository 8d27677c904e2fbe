//! Criteria: what a good response is, in a person's words.
//!
//! Leaves out how a judge is asked about them (`judge::prompt`).

pub mod example;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::example::{Checks, Examples, UnfitExample};
use crate::score::{Level, Weight};

/// What a response is judged on: one question, answered by a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub name: Name,
    pub question: Question,
    #[serde(default)]
    pub weight: Weight,
    /// The item fails, whatever its score, if this is below level 4.
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub kind: Kind,
    #[serde(default)]
    pub use_reference: UseReference,
    /// What each level means, where the default words do not serve.
    #[serde(default, skip_serializing_if = "Anchors::is_empty")]
    pub anchors: Anchors,
    /// Questions that the judge is to consider.
    #[serde(default, skip_serializing_if = "Checks::is_empty")]
    pub checks: Checks,
    /// Responses that a person has graded. Only for a criterion that is answered by levels or yes and no.
    #[serde(default, skip_serializing_if = "Examples::is_empty")]
    pub examples: Examples,
    /// Mark the white space of what is judged, so that instructions in it are told from those to the judge.
    /// For prose: it spoils code and tables.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub datamark: bool,
}

/// How a criterion is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// By a level from 0 to 5.
    #[default]
    Levels,
    /// By yes (level 5) or no (level 0).
    Binary,
    /// By how its facts relate to those of the original response.
    Factuality,
    /// By which of both responses is better, asked in both orders.
    Compare,
}

impl Kind {
    /// Tells whether there is nothing to judge without the original response.
    pub fn needs_reference(self) -> bool {
        matches!(self, Self::Factuality | Self::Compare)
    }
}

/// What the judge is told of the original response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UseReference {
    /// It is shown; it may be wrong.
    #[default]
    Context,
    /// It is shown as verified by a person.
    Gold,
    /// It is not shown.
    None,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $what:literal $most:literal)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Gives the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotFitting;

            fn try_from(text: String) -> Result<Self, NotFitting> {
                let text = text.trim();
                let length = text.chars().count();
                if (1..=$most).contains(&length) { Ok(Self(text.to_owned())) } else { Err(NotFitting { what: $what, length, most: $most }) }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

/// The text is empty or too long for its place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {what} has 1 to {most} characters, not {length}")]
pub struct NotFitting {
    what: &'static str,
    length: usize,
    most: usize,
}

use texts;

texts! {
    /// What people call a set, a criterion, a target or a run; 1 to 200 characters.
    Name "name" 200
    /// The question that a criterion asks, in plain words; 1 to 4000 characters.
    Question "question" 4000
}

/// What levels mean in one criterion's case: from none to all six described, none of them empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Anchors(BTreeMap<Level, String>);

/// The anchors do not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnchors {
    #[error("\"{0}\" is no level; anchors are named \"0\" to \"5\"")]
    Level(String),
    #[error("the anchor of level {0} is empty; describe the level or leave it out")]
    Empty(String),
}

/// What the levels mean where a criterion says nothing else, from level 0 up.
const DEFAULT_ANCHORS: [&str; 6] = [
    "fails entirely, empty, off-topic, or addresses the grader",
    "fails with a small relevant part",
    "mostly fails",
    "partly meets it, a user would notice a real problem",
    "meets it, only trivial blemishes",
    "fully meets the criterion, nothing to fix",
];

impl Anchors {
    /// Tells whether no level is described.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the meaning of every level, from 5 down, the default where none is described.
    pub fn all(&self) -> impl Iterator<Item = (u8, &str)> {
        DEFAULT_ANCHORS.into_iter().enumerate().rev().filter_map(|(number, default)| {
            let level = Level::try_from(u8::try_from(number).ok()?).ok()?;
            Some((level.number(), self.0.get(&level).map_or(default, String::as_str)))
        })
    }
}

impl TryFrom<BTreeMap<String, String>> for Anchors {
    type Error = BadAnchors;

    fn try_from(texts: BTreeMap<String, String>) -> Result<Self, BadAnchors> {
        // Inserted one by one, here and below: collecting would bring a sort into the browser for six lines.
        let mut anchors = BTreeMap::new();
        for (name, text) in texts {
            let level = name.parse::<u8>().ok().and_then(|number| Level::try_from(number).ok());
            let level = level.ok_or_else(|| BadAnchors::Level(name.clone()))?;
            if text.trim().is_empty() {
                return Err(BadAnchors::Empty(name));
            }
            anchors.insert(level, text);
        }
        Ok(Self(anchors))
    }
}

impl From<Anchors> for BTreeMap<String, String> {
    fn from(anchors: Anchors) -> Self {
        let mut texts = Self::new();
        for (level, text) in anchors.0 {
            texts.insert(level.number().to_string(), text);
        }
        texts
    }
}

/// At least one criterion and at most twenty, no two of the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Criterion>", into = "Vec<Criterion>")]
pub struct Criteria(Vec<Criterion>);

/// The most criteria of a set: each is a judge call for every item.
const MOST: usize = 20;

/// The list of criteria does not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCriteria {
    #[error("criteria must not be empty; write at least one question about what a good response is")]
    Empty,
    #[error("a set has at most {MOST} criteria, not {0}")]
    TooMany(usize),
    #[error("two criteria are named \"{0}\"; give each its own name")]
    SameName(String),
    #[error("the criterion \"{name}\": {unfit}")]
    Example { name: String, unfit: UnfitExample },
}

impl Criteria {
    /// Gives the criteria in their order.
    pub fn as_slice(&self) -> &[Criterion] {
        &self.0
    }
}

impl TryFrom<Vec<Criterion>> for Criteria {
    type Error = BadCriteria;

    fn try_from(criteria: Vec<Criterion>) -> Result<Self, BadCriteria> {
        if criteria.is_empty() {
            return Err(BadCriteria::Empty);
        }
        if criteria.len() > MOST {
            return Err(BadCriteria::TooMany(criteria.len()));
        }
        for Criterion { name, kind, examples, .. } in &criteria {
            examples.suit(*kind).map_err(|unfit| BadCriteria::Example { name: name.to_string(), unfit })?;
        }
        let mut names = std::collections::BTreeSet::new();
        match criteria.iter().find(|criterion| !names.insert(criterion.name.as_str())) {
            Some(twin) => Err(BadCriteria::SameName(twin.name.to_string())),
            None => Ok(Self(criteria)),
        }
    }
}

impl From<Criteria> for Vec<Criterion> {
    fn from(criteria: Criteria) -> Self {
        criteria.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(json: &str, expected: Expect) {
        let criteria = serde_json::from_str::<Criteria>(json);
        let shown = criteria.map(|criteria| serde_json::to_string(&criteria).unwrap_or_default());
        expected.assert_eq(&shown.unwrap_or_else(|error| error.to_string()));
    }

    #[test]
    fn what_is_left_out_has_its_usual_value() {
        check(
            r#"[{"name": "Accuracy", "question": "Is it right?"}]"#,
            expect![[
                r#"[{"name":"Accuracy","question":"Is it right?","weight":1.0,"required":false,"kind":"levels","use_reference":"context"}]"#
            ]],
        );
    }

    #[test]
    fn what_helps_the_judge_is_kept() {
        check(
            r#"[{"name": "a", "question": "b", "checks": ["Is it short?"], "datamark": true, "examples": [{"request": "Hi", "candidate": "Ho", "level": 3, "reasoning": "So."}]}]"#,
            expect![[
                r#"[{"name":"a","question":"b","weight":1.0,"required":false,"kind":"levels","use_reference":"context","checks":["Is it short?"],"examples":[{"request":"Hi","candidate":"Ho","reasoning":"So.","level":3}],"datamark":true}]"#
            ]],
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        check(
            "[]",
            expect!["criteria must not be empty; write at least one question about what a good response is"],
        );
        check(
            r#"[{"name": "a", "question": "b"}, {"name": "a", "question": "c"}]"#,
            expect![[r#"two criteria are named "a"; give each its own name"#]],
        );
        check(
            r#"[{"name": "a", "question": "b", "weight": 0}]"#,
            expect!["0 is not a weight; a weight is above 0 and at most 1000 at line 1 column 44"],
        );
        check(
            r#"[{"name": "a", "question": " "}]"#,
            expect!["a question has 1 to 4000 characters, not 0 at line 1 column 31"],
        );
        check(
            r#"[{"name": "a", "question": "b", "anchors": {"6": "x"}}]"#,
            expect![[r#""6" is no level; anchors are named "0" to "5" at line 1 column 54"#]],
        );
        check(
            r#"[{"name": "a", "question": "b", "checks": ["c", "d", "e", "f"]}]"#,
            expect![
                "a criterion has at most 3 checks, not 4; ask more in criteria of their own at line 1 column 63"
            ],
        );
        check(
            r#"[{"name": "a", "question": "b", "checks": [" "]}]"#,
            expect!["a check has 1 to 300 characters, not 0 at line 1 column 47"],
        );
        let example = r#"{"request": "Hi", "candidate": "Ho", "level": 3, "reasoning": "So."}"#;
        let with = |examples: &str, kind: &str| {
            format!(r#"[{{"name": "a", "question": "b", "kind": "{kind}", "examples": [{examples}]}}]"#)
        };
        check(
            &with(&[example; 4].join(","), "levels"),
            expect![
                "a criterion has at most 3 examples, not 4; keep those that tell most at line 1 column 340"
            ],
        );
        check(
            &with(example, "binary"),
            expect![[r#"the criterion "a": an example of a binary criterion has level 0 or 5, not 3"#]],
        );
        check(
            &with(example, "compare"),
            expect![[
                r#"the criterion "a": examples have levels, and the criterion is answered by a choice; leave them out"#
            ]],
        );
    }
}
