//! Labels: what people say of responses, and what that says of the judge.

use serde::{Deserialize, Deserializer, Serialize};

use super::{List, endpoints};
use crate::auth::Scope;
use crate::canonical::Key;
use crate::health::Health;
use crate::health::corrected::Corrected;
use crate::id::{LabelId, RunId};
use crate::json::Object;
use crate::label::{Drawn, Label, NewLabel, StandsFor};
use crate::outcome::Row;
use crate::review::Kind;

/// A result to label next, and why. On the wire the members of the row stand beside the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Picked {
    /// What is odd about it; none when only the lot picked it.
    pub why: Option<Kind>,
    /// How it was drawn, to be sent with its label: those by lot stand without weights for all that could be
    /// picked.
    pub drawn: Drawn,
    /// How many results its label stands for, to be sent with it.
    pub weight: StandsFor,
    #[serde(flatten)]
    pub row: Row,
}

impl<'de> Deserialize<'de> for Picked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self {
            why: object.take("why")?,
            drawn: object.take("drawn")?,
            weight: object.take("weight")?,
            row: object.rest()?,
        })
    }
}

endpoints! {
    /// Labels a response. A newer label of the same caller about the same thing counts instead.
    PutLabel {} Put "/api/labels" Some(Scope::Run), 200;
    (), NewLabel => Label;

    /// Withdraws a label: one's own, or anybody's with the scope `admin`.
    DeleteLabel { label: LabelId } Delete "/api/labels/{label}" Some(Scope::Run), 204;
    (), () => ();

    /// Picks the results of a run to label next, at most 20: up to half for what is odd about them, the rest by lot.
    GetReview { run: RunId } Get "/api/runs/{run}/review" Some(Scope::Read), 200;
    (), () => List<Picked>;

    /// Corrects a run's pass rate by what labels show that its judge gets wrong.
    GetCorrected { run: RunId } Get "/api/runs/{run}/corrected" Some(Scope::Read), 200;
    (), () => Corrected;

    /// Measures a judge by what people say of the same responses, in every run that it judged.
    GetJudgeHealth { judge_version: Key } Get "/api/judges/{judge_version}/health" Some(Scope::Read), 200;
    (), () => Health;
}
