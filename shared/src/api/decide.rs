//! Deciding on runs: comparing two of them, the gate, and reports.

use serde::{Deserialize, Deserializer, Serialize};

use super::endpoints;
use crate::auth::Scope;
use crate::compare::Comparison;
use crate::gate::Gate;
use crate::gate::checks::Baseline;
use crate::id::RunId;
use crate::json::Object;
use crate::mistake::Mistake;
use crate::query::{Pairs, Query, pair};
use crate::report::Format;
use crate::score::Threshold;
use crate::share::Share;
use crate::summary::Scores;

/// Which runs to compare. Both are needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompareQuery {
    pub base: Option<RunId>,
    pub candidate: Option<RunId>,
    /// How much of the pass rate the candidate may cost; five points when left out.
    pub margin: Option<Share>,
    /// Whether the scores of both runs are given too; not when left out.
    pub scores: Option<bool>,
}

impl Query for CompareQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self {
            base: run(pairs, "base", "?base")?,
            candidate: run(pairs, "candidate", "?candidate")?,
            margin: pairs.take("margin")?,
            scores: pairs.take("scores")?,
        })
    }

    fn write(&self) -> Vec<(String, String)> {
        let runs = [pair("base", self.base.as_ref()), pair("candidate", self.candidate.as_ref())];
        let others = [pair("margin", self.margin.as_ref()), pair("scores", self.scores.as_ref())];
        runs.into_iter().chain(others).flatten().collect()
    }
}

/// What two runs came to beside each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compared {
    #[serde(flatten)]
    pub comparison: Comparison,
    /// Only where they compare, and they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<BothScores>,
}

/// The scores of two runs that compare: all that holding them to another threshold takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BothScores {
    /// The one that both were made with.
    pub threshold: Threshold,
    /// As `GET /api/runs/{run}/scores` gives them.
    pub base: Scores,
    pub candidate: Scores,
}

impl<'de> Deserialize<'de> for Compared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        let scores = object.take("scores")?;
        Ok(Self { scores, comparison: object.rest()? })
    }
}

fn run(pairs: &mut Pairs, name: &'static str, pointer: &str) -> Result<Option<RunId>, Mistake> {
    let run = pairs.take::<String>(name)?.map(RunId::try_from).transpose();
    run.map_err(|error| Mistake::new(pointer, error.to_string()))
}

/// What to hold a run to. When nothing is asked for, see [`crate::gate::checks::choose`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GateQuery {
    /// The least share of items that must pass.
    pub min_pass_rate: Option<Share>,
    /// How much of the pass rate the run may cost against the baseline.
    pub margin: Option<Share>,
    /// `original`, or another run.
    pub baseline: Option<Baseline>,
    /// How many seconds to wait for the run to end; more than [`LONGEST_WAIT`] are as many.
    pub wait: Option<u32>,
}

/// The most seconds that the gate waits in one call. Beyond, its caller asks again.
pub const LONGEST_WAIT: u32 = 25;

impl Query for GateQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self {
            min_pass_rate: pairs.take("min_pass_rate")?,
            margin: pairs.take("margin")?,
            baseline: pairs.take("baseline")?,
            wait: pairs.take("wait")?,
        })
    }

    fn write(&self) -> Vec<(String, String)> {
        let shares =
            [pair("min_pass_rate", self.min_pass_rate.as_ref()), pair("margin", self.margin.as_ref())];
        let others = [pair("baseline", self.baseline.as_ref()), pair("wait", self.wait.as_ref())];
        shares.into_iter().chain(others).flatten().collect()
    }
}

/// How to write a report; as Markdown when left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportQuery {
    pub format: Option<Format>,
    /// Whether a table begins with a byte order mark; not when left out.
    pub bom: Option<bool>,
}

impl Query for ReportQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        let (format, bom) = (pairs.take("format")?, pairs.take("bom")?);
        if bom == Some(true) && format != Some(Format::Csv) {
            let detail = "only a table has a byte order mark; leave bom out, or ask for format=csv";
            return Err(Mistake::new("?bom", detail));
        }
        Ok(Self { format, bom })
    }

    fn write(&self) -> Vec<(String, String)> {
        let both = [pair("format", self.format.as_ref()), pair("bom", self.bom.as_ref())];
        both.into_iter().flatten().collect()
    }
}

/// The path of a report, whose reply is a file.
pub const REPORT: &str = "/api/runs/{run}/report";

endpoints! {
    /// Compares two runs over the items that both have.
    GetCompare {} Get "/api/compare" Some(Scope::Read), 200;
    CompareQuery, () => Compared;

    /// Tells whether a run may ship: 200 pass, 412 fail or inconclusive, 503 while it is not over.
    GetGate { run: RunId } Get "/api/runs/{run}/gate" Some(Scope::Run), 200;
    GateQuery, () => Gate;
}
