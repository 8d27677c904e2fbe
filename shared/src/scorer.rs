//! Scorers: checks of a response that need no model.
//!
//! How a scorer is configured. Definitions: `spec/scorers.md` of the design. Scoring itself is in `run`.

pub mod baseline;
pub mod bleu;
pub mod edit;
pub mod json;
pub mod kind;
pub mod language;
pub mod list;
pub mod ngram;
pub mod pattern;
pub mod refusal;
pub mod result;
pub mod run;
pub mod schema;
pub mod similarity;
pub mod text;
pub mod tools;
pub mod written;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::kind::Kind;
use self::pattern::Pattern;
use self::schema::Schema;
use self::written::Written;
use crate::chat::FinishReason;
use crate::criteria::Name;
use crate::score::{Threshold, Weight};

/// A scorer as a set holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Written", into = "Written")]
pub struct Scorer {
    /// What reports call it; its type when left out.
    pub name: Option<Name>,
    /// It passes when the check does not, and its score is what is missing to 1.
    pub not: bool,
    /// How much it counts in the score of an item; none for a check beside the score.
    pub weight: Option<Weight>,
    pub check: Check,
}

/// What is checked. Where a text or value to compare with is left out, it is the original response.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    Equals {
        value: Option<Wanted>,
        ignore_case: bool,
    },
    Contains(Contains),
    StartsWith(String),
    Regex(Pattern),
    IsJson {
        schema: Option<Schema>,
        /// A code fence around the whole text does no harm.
        allow_fence: bool,
    },
    ContainsJson(Option<Schema>),
    Similarity {
        measure: Measure,
        value: Option<Wanted>,
        threshold: Threshold,
    },
    WordCount(Range),
    CharCount(Range),
    /// Characters of the new response to those of the original.
    LengthRatio(Range),
    FinishReason(Vec<FinishReason>),
    IsRefusal,
    RefusalChanged,
    LanguageSame,
    /// F1 of the names of the tools that are called.
    ToolF1 {
        names: Option<Vec<String>>,
        threshold: Threshold,
    },
    ToolArguments {
        calls: Option<Vec<Call>>,
        arguments: Arguments,
        threshold: Threshold,
    },
    IsValidToolCall,
    /// Milliseconds at most.
    Latency(f64),
    /// US dollars at most.
    Cost(f64),
    /// Times the original's at most.
    LatencyRatio(f64),
    /// Times the original's at most.
    CostRatio(f64),
    /// Passes when there is a response at all.
    Error,
}

impl Check {
    /// Tells whether the original response is what it compares with.
    pub fn compares_with_original(&self) -> bool {
        match self {
            Self::Equals { value, .. } | Self::Similarity { value, .. } => value.is_none(),
            Self::ToolF1 { names, .. } => names.is_none(),
            Self::ToolArguments { calls, .. } => calls.is_none(),
            Self::LengthRatio(_)
            | Self::RefusalChanged
            | Self::LanguageSame
            | Self::LatencyRatio(_)
            | Self::CostRatio(_) => true,
            Self::Contains(_)
            | Self::StartsWith(_)
            | Self::Regex(_)
            | Self::IsJson { .. }
            | Self::ContainsJson(_)
            | Self::WordCount(_)
            | Self::CharCount(_)
            | Self::FinishReason(_)
            | Self::IsRefusal
            | Self::IsValidToolCall
            | Self::Latency(_)
            | Self::Cost(_)
            | Self::Error => false,
        }
    }
}

/// A text or value that is compared with or looked for; never an empty text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Value", into = "Value")]
pub struct Wanted(Value);

/// There is nothing to compare with or to look for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is empty; write what is compared with or looked for")]
pub struct NothingWanted;

impl Wanted {
    /// Gives the value.
    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl TryFrom<Value> for Wanted {
    type Error = NothingWanted;

    fn try_from(value: Value) -> Result<Self, NothingWanted> {
        if value.as_str().is_some_and(str::is_empty) { Err(NothingWanted) } else { Ok(Self(value)) }
    }
}

impl From<Wanted> for Value {
    fn from(wanted: Wanted) -> Self {
        wanted.0
    }
}

/// Looking for texts, at least one and none of them empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contains {
    needles: Vec<String>,
    pub how_many: HowMany,
    pub ignore_case: bool,
}

impl Contains {
    /// Gives what is looked for.
    pub fn needles(&self) -> &[String] {
        &self.needles
    }
}

/// How many of several texts must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowMany {
    /// There is one text, and it must be there.
    One,
    All,
    Any,
}

/// How alike two responses are, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    JsonDiff,
    SameJsonShape,
    Levenshtein,
    FuzzyMatch,
    Rouge1,
    Rouge2,
    RougeL,
    TokenF1,
    Chrf,
    Gleu,
    Bleu,
    BleuSimple,
    NumericDiff,
    ListContains,
}

/// From where to where, both included; at least one end, and the lower first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    min: Option<f64>,
    max: Option<f64>,
}

impl Range {
    /// Tells whether a number is within.
    pub fn holds(self, number: f64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }
}

/// A tool call that is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub name: String,
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// How arguments of tool calls are compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// They must be equal; else those that are expected must be there.
    pub exact: bool,
    /// Globs of arguments that do not count, nested ones by `outer.inner`.
    pub ignore: Vec<String>,
    /// Arguments that are the same as left out.
    pub defaults: Map<String, Value>,
}

/// The scorers of a set: at most twenty, no name given twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Scorer>", into = "Vec<Scorer>")]
pub struct Scorers(Vec<Scorer>);

/// The most scorers of a set.
const MOST: usize = 20;

/// The list of scorers does not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadScorers {
    #[error("a set has at most {MOST} scorers, not {0}")]
    TooMany(usize),
    #[error("two scorers are named \"{0}\"; give each its own name")]
    SameName(String),
}

impl Scorers {
    /// Gives the scorers in their order.
    pub fn as_slice(&self) -> &[Scorer] {
        &self.0
    }

    /// Tells whether some scorer looks at how long responses took or what they cost.
    pub fn measure_calls(&self) -> bool {
        let measures = |scorer: &Scorer| {
            matches!(
                scorer.check,
                Check::Latency(_) | Check::Cost(_) | Check::LatencyRatio(_) | Check::CostRatio(_)
            )
        };
        self.0.iter().any(measures)
    }

    /// Gives each scorer with its name in reports: its own or its type, numbered where it is not the first.
    pub fn named(&self) -> Vec<(String, &Scorer)> {
        let mut taken: BTreeSet<String> =
            self.0.iter().filter_map(|scorer| scorer.name.as_ref()).map(Name::to_string).collect();
        let mut named = Vec::with_capacity(self.0.len());
        for scorer in &self.0 {
            let name = match &scorer.name {
                Some(name) => name.to_string(),
                None => unused(&mut taken, Kind::of(&scorer.check).word()),
            };
            named.push((name, scorer));
        }
        named
    }
}

fn unused(taken: &mut BTreeSet<String>, word: &str) -> String {
    let mut name = word.to_owned();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{word} {number}");
        number += 1;
    }
    name
}

impl TryFrom<Vec<Scorer>> for Scorers {
    type Error = BadScorers;

    fn try_from(scorers: Vec<Scorer>) -> Result<Self, BadScorers> {
        if scorers.len() > MOST {
            return Err(BadScorers::TooMany(scorers.len()));
        }
        let mut names = BTreeSet::new();
        let mut given = scorers.iter().filter_map(|scorer| scorer.name.as_ref());
        match given.find(|name| !names.insert(name.as_str())) {
            Some(twin) => Err(BadScorers::SameName(twin.to_string())),
            None => Ok(Self(scorers)),
        }
    }
}

impl From<Scorers> for Vec<Scorer> {
    fn from(scorers: Scorers) -> Self {
        scorers.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_has_no_value_of_its_own_compares_with_the_original() {
        let compares = |scorer: Value| {
            let scorer: Scorer = serde_json::from_value(scorer).expect("a scorer");
            scorer.check.compares_with_original()
        };
        let with = [json!({"type": "equals"}), json!({"type": "rouge-l"}), json!({"type": "length-ratio"})];
        assert!(with.into_iter().all(compares));
        let without = [
            json!({"type": "equals", "value": "x"}),
            json!({"type": "rouge-l", "value": "x"}),
            json!({"type": "word-count", "max": 3}),
        ];
        assert!(!without.into_iter().any(compares));
    }
}
