//! Trying a judge on one item before what it is asked is saved.

use serde::{Deserialize, Serialize};

use super::endpoints;
use crate::auth::Scope;
use crate::chat::Usage;
use crate::criteria::Criteria;
use crate::id::{ItemId, SetId};
use crate::judge::{Flag, Judge};
use crate::outcome::{CriterionOutcome, Verdict};
use crate::score::Threshold;
use crate::set::Reference;

/// The most calls that trying a judge may take: what takes more is a run.
pub const MOST_CALLS: usize = 100;

/// A judge with what it would be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTrial {
    pub judge: Judge,
    /// What the set would be judged on.
    pub criteria: Criteria,
    #[serde(default)]
    pub threshold: Threshold,
    /// The response to judge; the item's original one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Reference>,
}

/// What the judge says of the response, and what it took to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trial {
    /// By the criteria alone: scorers need no judge.
    pub verdict: Verdict,
    /// None when a criterion has no level.
    pub score: Option<f64>,
    pub criteria: Vec<CriterionOutcome>,
    pub flags: Vec<Flag>,
    /// Calls that the judge answered.
    pub calls: u64,
    /// Answers that were known already.
    pub memoised: u64,
    /// Of all answers; none where a provider does not tell.
    pub usage: Usage,
    /// In US dollars; none when a price or the tokens are not known.
    pub cost_usd: Option<f64>,
}

endpoints! {
    /// Tries a judge on one item, as a run would ask it. What it says is no outcome; a run that asks the same knows it.
    PostTrial { set: SetId, item: ItemId } Post "/api/sets/{set}/items/{item}/trial" Some(Scope::Run), 200;
    (), NewTrial => Trial;
}
