//! What scorers say of responses.
//!
//! That there is no score is a case of its own, never a number.

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::score::PartScore;

/// What a scorer says of a response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    Scored {
        score: PartScore,
        passed: bool,
    },
    /// What it needs is not there; it counts neither way.
    Skipped,
    /// It could not do its work.
    Error,
}

/// One scorer's result for one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "WrittenResult", into = "WrittenResult")]
pub struct ScorerResult {
    pub name: String,
    pub kind: Kind,
    pub mark: Mark,
    /// Why, in a few words.
    pub reason: String,
}

/// How a scorer's work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ScorerStatus"))]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    /// What it needs is not there; it counts neither way.
    Skipped,
    Error,
}

impl Status {
    fn mark(self, score: Option<PartScore>, passed: Option<bool>) -> Result<Mark, NoScore> {
        match (self, score, passed) {
            (Self::Ok, Some(score), Some(passed)) => Ok(Mark::Scored { score, passed }),
            (Self::Ok, ..) => Err(NoScore),
            (Self::Skipped, ..) => Ok(Mark::Skipped),
            (Self::Error, ..) => Ok(Mark::Error),
        }
    }
}

impl Mark {
    fn written(self) -> (Status, Option<PartScore>, Option<bool>) {
        match self {
            Self::Scored { score, passed } => (Status::Ok, Some(score), Some(passed)),
            Self::Skipped => (Status::Skipped, None, None),
            Self::Error => (Status::Error, None, None),
        }
    }
}

/// A scorer's result as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ScorerResult"))]
pub struct WrittenResult {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    status: Status,
    /// None unless the status is `ok`.
    score: Option<PartScore>,
    passed: Option<bool>,
    reason: String,
}

/// A result says `ok` and has no score.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a result with status ok has a score and whether it passed")]
pub struct NoScore;

impl TryFrom<WrittenResult> for ScorerResult {
    type Error = NoScore;

    fn try_from(written: WrittenResult) -> Result<Self, NoScore> {
        let mark = written.status.mark(written.score, written.passed)?;
        Ok(Self { name: written.name, kind: written.kind, mark, reason: written.reason })
    }
}

impl From<ScorerResult> for WrittenResult {
    fn from(result: ScorerResult) -> Self {
        let (status, score, passed) = result.mark.written();
        Self { name: result.name, kind: result.kind, status, score, passed, reason: result.reason }
    }
}

/// What one scorer says of each of several responses, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "WrittenMarks", into = "WrittenMarks")]
pub struct Marks(pub Vec<Mark>);

/// Marks as JSON: columns of the same length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ScorerMarks"))]
pub struct WrittenMarks {
    statuses: Vec<Status>,
    /// None unless the status is `ok`.
    scores: Vec<Option<PartScore>>,
    passed: Vec<Option<bool>>,
}

impl TryFrom<WrittenMarks> for Marks {
    type Error = NoScore;

    fn try_from(written: WrittenMarks) -> Result<Self, NoScore> {
        let marks = written.statuses.iter().enumerate().map(|(place, status)| {
            let score = written.scores.get(place).copied().flatten();
            status.mark(score, written.passed.get(place).copied().flatten())
        });
        marks.collect::<Result<_, _>>().map(Self)
    }
}

impl From<Marks> for WrittenMarks {
    fn from(marks: Marks) -> Self {
        let mut written = Self { statuses: Vec::new(), scores: Vec::new(), passed: Vec::new() };
        for mark in marks.0 {
            let (status, score, passed) = mark.written();
            written.statuses.push(status);
            written.scores.push(score);
            written.passed.push(passed);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(json: &str, expected: Expect) {
        let read = serde_json::from_str::<ScorerResult>(json);
        let shown = read.map(|result| serde_json::to_string(&result).unwrap_or_default());
        expected.assert_eq(&shown.unwrap_or_else(|error| error.to_string()));
    }

    #[test]
    fn only_what_worked_has_a_score() {
        check(
            r#"{"name": "Cost", "type": "cost", "status": "ok", "score": 1, "passed": true, "reason": "cheap"}"#,
            expect![[
                r#"{"name":"Cost","type":"cost","status":"ok","score":1.0,"passed":true,"reason":"cheap"}"#
            ]],
        );
        check(
            r#"{"name": "Cost", "type": "cost", "status": "skipped", "score": 0, "passed": null, "reason": "unknown"}"#,
            expect![[
                r#"{"name":"Cost","type":"cost","status":"skipped","score":null,"passed":null,"reason":"unknown"}"#
            ]],
        );
        check(
            r#"{"name": "Cost", "type": "cost", "status": "ok", "score": null, "passed": true, "reason": ""}"#,
            expect!["a result with status ok has a score and whether it passed"],
        );
        check(
            r#"{"name": "Cost", "type": "cost", "status": "ok", "score": 1.5, "passed": true, "reason": ""}"#,
            expect!["1.5 is not a score; a score is from 0 to 1 at line 1 column 61"],
        );
    }

    #[test]
    fn marks_are_columns() {
        let read = |json: &str| {
            let read = serde_json::from_str::<Marks>(json);
            let shown = read.map(|marks| serde_json::to_string(&marks).unwrap_or_default());
            shown.unwrap_or_else(|error| error.to_string())
        };
        expect![[
            r#"{"statuses":["ok","skipped","error"],"scores":[0.571429,null,null],"passed":[false,null,null]}"#
        ]]
        .assert_eq(&read(
            r#"{"statuses": ["ok", "skipped", "error"], "scores": [0.571429, 1, null], "passed": [false, null]}"#,
        ));
        expect!["a result with status ok has a score and whether it passed"]
            .assert_eq(&read(r#"{"statuses": ["skipped", "ok"], "scores": [1], "passed": [true]}"#));
    }
}
