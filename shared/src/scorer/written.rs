//! Scorers as JSON: flat objects, told apart by `type`.
//!
//! One struct for all types is read by much less code than a tagged enum of forty; which members belong to
//! which type is checked when it becomes a [`Scorer`].

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kind::{CONTAINS, Kind, MEASURES};
use super::pattern::Pattern;
use super::schema::Schema;
use super::{Arguments, Call, Check, Contains, HowMany, Measure, Range, Scorer, Wanted};
use crate::chat::FinishReason;
use crate::criteria::Name;
use crate::score::{NotAWeight, Threshold, Weight};

/// A scorer as JSON. Which members there are besides the first four depends on the type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Scorer"))]
#[serde(deny_unknown_fields)]
pub struct Written {
    #[serde(rename = "type")]
    kind: Kind,
    /// What reports call it; its type when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    /// Passes when the check does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    not: bool,
    /// How much it counts in the score of an item; 0 for a check beside the score.
    #[serde(default, skip_serializing_if = "Counts::is_not_at_all")]
    weight: Counts,
    /// The score from which it passes, where scores lie between 0 and 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    threshold: Option<Threshold>,
    /// What is compared with (else the original response), or looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Wanted>,
    /// What `regex` searches for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pattern: Option<Pattern>,
    /// What the JSON has to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<Schema>,
    /// Whether `equals` takes large and small letters for the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ignore_case: bool,
    /// Whether `is-json` looks into a code fence around the whole response.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    allow_fence: bool,
    /// The least that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    /// The most that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    /// The most that passes, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_ms: Option<f64>,
    /// The most that passes, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_usd: Option<f64>,
    /// Arguments must be equal; else those that are expected must be there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    exact: bool,
    /// Globs of arguments that do not count, nested ones by `outer.inner`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ignore: Vec<String>,
    /// Arguments that are the same as left out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    defaults: Map<String, Value>,
}

/// A weight or none, which is written as 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ScorerWeight"))]
#[serde(try_from = "f64", into = "f64")]
struct Counts(Option<Weight>);

impl Counts {
    fn is_not_at_all(&self) -> bool {
        self.0.is_none()
    }
}

impl TryFrom<f64> for Counts {
    type Error = NotAWeight;

    fn try_from(value: f64) -> Result<Self, NotAWeight> {
        if value == 0.0 { Ok(Self(None)) } else { Weight::try_from(value).map(|weight| Self(Some(weight))) }
    }
}

impl From<Counts> for f64 {
    fn from(counts: Counts) -> Self {
        counts.0.map_or(0.0, Weight::value)
    }
}

/// The members of a scorer do not make one.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum BadScorer {
    #[error("a scorer of type {0} needs \"{1}\"")]
    Missing(&'static str, &'static str),
    #[error("a scorer of type {0} has no \"{1}\"; leave it out")]
    Foreign(&'static str, &'static str),
    #[error("the value of a scorer of type {0} must be {1}")]
    Value(&'static str, &'static str),
    #[error("\"{0}\" is no finish reason; known are stop, length, content_filter, tool_calls")]
    FinishReason(String),
    #[error("give \"min\", \"max\" or both, neither below 0, and \"min\" not above \"max\"")]
    Range,
    #[error("{0} is not a limit; a limit is 0 or more")]
    Limit(f64),
}

impl TryFrom<Written> for Scorer {
    type Error = BadScorer;

    fn try_from(mut written: Written) -> Result<Self, BadScorer> {
        let check = written.check()?;
        if let Some(name) = written.left() {
            return Err(BadScorer::Foreign(written.kind.word(), name));
        }
        Ok(Self { name: written.name, not: written.not, weight: written.weight.0, check })
    }
}

impl Written {
    /// Takes what the type needs.
    fn check(&mut self) -> Result<Check, BadScorer> {
        if let Some((_, measure, usual)) = MEASURES.iter().find(|known| known.0 == self.kind) {
            let threshold = self.threshold(*usual);
            return Ok(Check::Similarity { measure: *measure, value: self.likeness(*measure)?, threshold });
        }
        if let Some((_, how_many, ignore_case)) = CONTAINS.iter().find(|known| known.0 == self.kind) {
            let needles = if *how_many == HowMany::One { vec![self.text()?] } else { self.texts()? };
            return Ok(Check::Contains(Contains { needles, how_many: *how_many, ignore_case: *ignore_case }));
        }
        Ok(match self.kind {
            Kind::Equals => {
                Check::Equals { value: self.value.take(), ignore_case: std::mem::take(&mut self.ignore_case) }
            }
            Kind::StartsWith => Check::StartsWith(self.text()?),
            Kind::Regex => Check::Regex(self.pattern.take().ok_or(self.missing("pattern"))?),
            Kind::IsJson => Check::IsJson {
                schema: self.schema.take(),
                allow_fence: std::mem::take(&mut self.allow_fence),
            },
            Kind::ContainsJson => Check::ContainsJson(self.schema.take()),
            Kind::WordCount => Check::WordCount(self.range(None, None)?),
            Kind::CharCount => Check::CharCount(self.range(None, None)?),
            Kind::LengthRatio => Check::LengthRatio(self.range(Some(0.5), Some(2.0))?),
            Kind::FinishReason => Check::FinishReason(self.finish_reasons()?),
            Kind::IsRefusal => Check::IsRefusal,
            Kind::RefusalChanged => Check::RefusalChanged,
            Kind::LanguageSame => Check::LanguageSame,
            Kind::ToolF1 => {
                let names = if self.value.is_some() { Some(self.texts()?) } else { None };
                Check::ToolF1 { names, threshold: self.threshold(1.0) }
            }
            Kind::ToolArguments => Check::ToolArguments {
                calls: self.calls()?,
                arguments: Arguments {
                    exact: std::mem::take(&mut self.exact),
                    ignore: std::mem::take(&mut self.ignore),
                    defaults: std::mem::take(&mut self.defaults),
                },
                threshold: self.threshold(1.0),
            },
            Kind::IsValidToolCall => Check::IsValidToolCall,
            Kind::Latency => Check::Latency(limit(self.max_ms.take(), self.missing("max_ms"))?),
            Kind::Cost => Check::Cost(limit(self.max_usd.take(), self.missing("max_usd"))?),
            Kind::LatencyRatio => Check::LatencyRatio(limit(self.max.take(), self.missing("max"))?),
            Kind::CostRatio => Check::CostRatio(limit(self.max.take(), self.missing("max"))?),
            _ => Check::Error,
        })
    }

    /// Names a member that the type has no use for.
    fn left(&self) -> Option<&'static str> {
        let members = [
            ("threshold", self.threshold.is_some()),
            ("value", self.value.is_some()),
            ("pattern", self.pattern.is_some()),
            ("schema", self.schema.is_some()),
            ("ignore_case", self.ignore_case),
            ("allow_fence", self.allow_fence),
            ("min", self.min.is_some()),
            ("max", self.max.is_some()),
            ("max_ms", self.max_ms.is_some()),
            ("max_usd", self.max_usd.is_some()),
            ("exact", self.exact),
            ("ignore", !self.ignore.is_empty()),
            ("defaults", !self.defaults.is_empty()),
        ];
        members.into_iter().find(|(_, is_left)| *is_left).map(|(name, _)| name)
    }

    fn missing(&self, member: &'static str) -> BadScorer {
        BadScorer::Missing(self.kind.word(), member)
    }

    fn unfit(&self, expected: &'static str) -> BadScorer {
        BadScorer::Value(self.kind.word(), expected)
    }

    fn threshold(&mut self, usual: f64) -> Threshold {
        self.threshold.take().or(Threshold::try_from(usual).ok()).unwrap_or_default()
    }

    fn text(&mut self) -> Result<String, BadScorer> {
        match self.value.take().ok_or(self.missing("value"))?.into() {
            Value::String(text) => Ok(text),
            _ => Err(self.unfit("a text")),
        }
    }

    fn texts(&mut self) -> Result<Vec<String>, BadScorer> {
        let wrong = self.unfit("a list of texts, at least one and none of them empty");
        let texts = match self.value.take().ok_or(self.missing("value"))?.into() {
            Value::Array(values) => values,
            one => vec![one],
        };
        let text = |value| match value {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => None,
        };
        texts.into_iter().map(text).collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty()).ok_or(wrong)
    }

    /// Takes what is compared with; JSON that was written as a text is read.
    fn likeness(&mut self, measure: Measure) -> Result<Option<Wanted>, BadScorer> {
        let Some(wanted) = self.value.take() else { return Ok(None) };
        let (fits, expected) = match (measure, wanted.value()) {
            (Measure::JsonDiff | Measure::SameJsonShape, Value::String(text)) => {
                let value: Option<Value> = serde_json::from_str(text).ok();
                return value.map(|value| Some(Wanted(value))).ok_or(self.unfit("JSON"));
            }
            (Measure::JsonDiff | Measure::SameJsonShape, _) => (true, "JSON"),
            (Measure::ListContains, value) => (value.is_array(), "a list"),
            (Measure::NumericDiff, value) => (value.is_number(), "a number"),
            (_, value) => (value.is_string(), "a text"),
        };
        if fits { Ok(Some(wanted)) } else { Err(self.unfit(expected)) }
    }

    fn range(&mut self, min: Option<f64>, max: Option<f64>) -> Result<Range, BadScorer> {
        let (min, max) = (self.min.take().or(min), self.max.take().or(max));
        let ends = || min.into_iter().chain(max);
        let is_range = ends().count() > 0 && ends().all(|end| end >= 0.0) && ends().is_sorted();
        if is_range { Ok(Range { min, max }) } else { Err(BadScorer::Range) }
    }

    fn finish_reasons(&mut self) -> Result<Vec<FinishReason>, BadScorer> {
        if self.value.is_none() {
            return Err(self.missing("value"));
        }
        let known = |word: String| match FinishReason::read(&word) {
            FinishReason::Other => Err(BadScorer::FinishReason(word)),
            reason => Ok(reason),
        };
        self.texts()?.into_iter().map(known).collect()
    }

    fn calls(&mut self) -> Result<Option<Vec<Call>>, BadScorer> {
        let Some(value) = self.value.take() else { return Ok(None) };
        let calls: Vec<Call> = crate::json::of::<_, serde_json::Error>(value.into()).unwrap_or_default();
        let wrong = "a list of {\"name\", \"arguments\"}, at least one";
        if calls.is_empty() { Err(self.unfit(wrong)) } else { Ok(Some(calls)) }
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            name: None,
            not: false,
            weight: Counts(None),
            threshold: None,
            value: None,
            pattern: None,
            schema: None,
            ignore_case: false,
            allow_fence: false,
            min: None,
            max: None,
            max_ms: None,
            max_usd: None,
            exact: false,
            ignore: Vec::new(),
            defaults: Map::new(),
        }
    }
}

fn limit(limit: Option<f64>, missing: BadScorer) -> Result<f64, BadScorer> {
    match limit {
        None => Err(missing),
        Some(limit) if limit >= 0.0 => Ok(limit),
        Some(limit) => Err(BadScorer::Limit(limit)),
    }
}

impl From<Scorer> for Written {
    fn from(scorer: Scorer) -> Self {
        let kind = Kind::of(&scorer.check);
        let rest =
            Self { name: scorer.name, not: scorer.not, weight: Counts(scorer.weight), ..Self::of(kind) };
        match scorer.check {
            Check::Equals { value, ignore_case } => Self { value, ignore_case, ..rest },
            Check::Contains(Contains { needles, how_many, .. }) => match how_many {
                HowMany::One => {
                    Self { value: needles.into_iter().next().map(|one| Wanted(one.into())), ..rest }
                }
                HowMany::All | HowMany::Any => Self { value: Some(Wanted(needles.into())), ..rest },
            },
            Check::StartsWith(text) => Self { value: Some(Wanted(text.into())), ..rest },
            Check::Regex(pattern) => Self { pattern: Some(pattern), ..rest },
            Check::IsJson { schema, allow_fence } => Self { schema, allow_fence, ..rest },
            Check::ContainsJson(schema) => Self { schema, ..rest },
            Check::Similarity { value, threshold, .. } => Self { value, threshold: Some(threshold), ..rest },
            Check::WordCount(Range { min, max })
            | Check::CharCount(Range { min, max })
            | Check::LengthRatio(Range { min, max }) => Self { min, max, ..rest },
            Check::FinishReason(reasons) => {
                Self { value: serde_json::to_value(reasons).ok().map(Wanted), ..rest }
            }
            Check::ToolF1 { names, threshold } => {
                Self { value: names.map(|names| Wanted(names.into())), threshold: Some(threshold), ..rest }
            }
            Check::ToolArguments { calls, arguments: Arguments { exact, ignore, defaults }, threshold } => {
                let value = calls.and_then(|calls| serde_json::to_value(calls).ok()).map(Wanted);
                Self { value, exact, ignore, defaults, threshold: Some(threshold), ..rest }
            }
            Check::Latency(max) => Self { max_ms: Some(max), ..rest },
            Check::Cost(max) => Self { max_usd: Some(max), ..rest },
            Check::LatencyRatio(max) | Check::CostRatio(max) => Self { max: Some(max), ..rest },
            Check::IsRefusal
            | Check::RefusalChanged
            | Check::LanguageSame
            | Check::IsValidToolCall
            | Check::Error => rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scorer::Scorers;
    use expect_test::{Expect, expect};

    /// Reads each scorer, and gives it as it is written, or what was wrong with it.
    fn check(scorers: &[&str], expected: Expect) {
        let shown = scorers.iter().map(|scorer| {
            let read = serde_json::from_str::<Scorer>(scorer);
            let shown = read.map(|scorer| serde_json::to_string(&scorer).unwrap_or_default());
            shown.unwrap_or_else(|error| error.to_string())
        });
        expected.assert_eq(&shown.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn what_decides_is_always_written() {
        check(
            &[
                r#"{"type": "equals"}"#,
                r#"{"type": "equals", "value": {"a": 1}, "ignore_case": true, "name": "Same", "not": true, "weight": 2}"#,
                r#"{"type": "contains", "value": "x", "weight": 0}"#,
                r#"{"type": "icontains-any", "value": ["x", "y"]}"#,
                r#"{"type": "contains-all", "value": "x"}"#,
                r#"{"type": "regex", "pattern": "a+"}"#,
                r#"{"type": "is-json", "schema": {"type": "object"}, "allow_fence": true}"#,
                r#"{"type": "rouge-1"}"#,
                r#"{"type": "json-diff", "value": "{\"a\": 1}", "threshold": 0.9}"#,
                r#"{"type": "length-ratio", "max": 3}"#,
                r#"{"type": "word-count", "max": 100}"#,
                r#"{"type": "finish-reason", "value": ["end_turn", "tool_calls"]}"#,
                r#"{"type": "tool-f1"}"#,
                r#"{"type": "tool-args-match", "value": [{"name": "find"}], "exact": true, "ignore": ["*_id"]}"#,
                r#"{"type": "latency", "max_ms": 2000}"#,
                r#"{"type": "cost-ratio", "max": 1.5}"#,
            ],
            expect![[r#"
                {"type":"equals"}
                {"type":"equals","name":"Same","not":true,"weight":2.0,"value":{"a":1},"ignore_case":true}
                {"type":"contains","value":"x"}
                {"type":"icontains-any","value":["x","y"]}
                {"type":"contains-all","value":["x"]}
                {"type":"regex","pattern":"a+"}
                {"type":"is-json","schema":{"type":"object"},"allow_fence":true}
                {"type":"rouge-1","threshold":0.75}
                {"type":"json-diff","threshold":0.9,"value":{"a":1}}
                {"type":"length-ratio","min":0.5,"max":3.0}
                {"type":"word-count","max":100.0}
                {"type":"finish-reason","value":["stop","tool_calls"]}
                {"type":"tool-f1","threshold":1.0}
                {"type":"tool-args-match","threshold":1.0,"value":[{"name":"find","arguments":{}}],"exact":true,"ignore":["*_id"]}
                {"type":"latency","max_ms":2000.0}
                {"type":"cost-ratio","max":1.5}"#]],
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        check(
            &[
                r#"{"type": "similar"}"#,
                r#"{"value": "x"}"#,
                r#"{"type": "contains"}"#,
                r#"{"type": "contains", "value": ""}"#,
                r#"{"type": "contains", "value": 3}"#,
                r#"{"type": "contains-all", "value": []}"#,
                r#"{"type": "contains-all", "value": ["x", ""]}"#,
                r#"{"type": "contains", "value": "x", "colour": "red"}"#,
                r#"{"type": "contains", "value": "x", "threshold": 0.5}"#,
                r#"{"type": "contains", "value": "x", "weight": -1}"#,
                r#"{"type": "regex"}"#,
                r#"{"type": "json-diff", "value": "no"}"#,
                r#"{"type": "rouge-l", "value": 3}"#,
                r#"{"type": "numeric-diff", "value": "3"}"#,
                r#"{"type": "list-contains", "value": "x"}"#,
                r#"{"type": "rouge-l", "threshold": 2}"#,
                r#"{"type": "word-count"}"#,
                r#"{"type": "word-count", "min": 3, "max": 2}"#,
                r#"{"type": "char-count", "min": -1}"#,
                r#"{"type": "finish-reason", "value": ["soon"]}"#,
                r#"{"type": "finish-reason"}"#,
                r#"{"type": "tool-args-match", "value": [{"nam": "x"}]}"#,
                r#"{"type": "latency"}"#,
                r#"{"type": "cost", "max_usd": -1}"#,
            ],
            expect![[r#"
                unknown variant `similar`, expected one of `equals`, `contains`, `icontains`, `contains-all`, `contains-any`, `icontains-all`, `icontains-any`, `starts-with`, `regex`, `is-json`, `contains-json`, `json-diff`, `same-json-shape`, `levenshtein`, `fuzzy-match`, `rouge-1`, `rouge-2`, `rouge-l`, `token-f1`, `chrf`, `gleu`, `bleu`, `bleu-simple`, `numeric-diff`, `list-contains`, `word-count`, `char-count`, `length-ratio`, `finish-reason`, `is-refusal`, `refusal-changed`, `language-same`, `tool-f1`, `tool-args-match`, `is-valid-tool-call`, `latency`, `cost`, `latency-ratio`, `cost-ratio`, `error` at line 1 column 18
                missing field `type` at line 1 column 14
                a scorer of type contains needs "value"
                the value is empty; write what is compared with or looked for at line 1 column 33
                the value of a scorer of type contains must be a text
                the value of a scorer of type contains-all must be a list of texts, at least one and none of them empty
                the value of a scorer of type contains-all must be a list of texts, at least one and none of them empty
                unknown field `colour`, expected one of `type`, `name`, `not`, `weight`, `threshold`, `value`, `pattern`, `schema`, `ignore_case`, `allow_fence`, `min`, `max`, `max_ms`, `max_usd`, `exact`, `ignore`, `defaults` at line 1 column 43
                a scorer of type contains has no "threshold"; leave it out
                -1 is not a weight; a weight is above 0 and at most 1000 at line 1 column 48
                a scorer of type regex needs "pattern"
                the value of a scorer of type json-diff must be JSON
                the value of a scorer of type rouge-l must be a text
                the value of a scorer of type numeric-diff must be a number
                the value of a scorer of type list-contains must be a list
                2 is not a threshold; a threshold is from 0 to 1 at line 1 column 35
                give "min", "max" or both, neither below 0, and "min" not above "max"
                give "min", "max" or both, neither below 0, and "min" not above "max"
                give "min", "max" or both, neither below 0, and "min" not above "max"
                "soon" is no finish reason; known are stop, length, content_filter, tool_calls
                a scorer of type finish-reason needs "value"
                the value of a scorer of type tool-args-match must be a list of {"name", "arguments"}, at least one
                a scorer of type latency needs "max_ms"
                -1 is not a limit; a limit is 0 or more"#]],
        );
    }

    #[test]
    fn a_list_has_at_most_twenty_and_no_name_twice() {
        let read = |scorers: &str| {
            let scorers = serde_json::from_str::<Scorers>(scorers);
            scorers.map_or_else(
                |error| error.to_string(),
                |scorers| scorers.named().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", "),
            )
        };
        let one = r#"{"type": "error"}"#;
        expect!["a set has at most 20 scorers, not 21"]
            .assert_eq(&read(&format!("[{}]", [one; 21].join(","))));
        expect!["error, error 3, error 2"]
            .assert_eq(&read(&format!(r#"[{one}, {one}, {{"type": "error", "name": "error 2"}}]"#)));
        let named = r#"{"type": "error", "name": "A"}"#;
        expect![[r#"two scorers are named "A"; give each its own name"#]]
            .assert_eq(&read(&format!("[{named}, {named}]")));
    }
}
