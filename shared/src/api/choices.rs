//! What a new run can be made of, in one reply: whoever sets one up needs all of it at once.

use serde::{Deserialize, Serialize};

use super::{List, endpoints};
use crate::auth::Scope;
use crate::id::SetId;
use crate::mistake::Mistake;
use crate::provider::Provider;
use crate::query::{Pairs, Query, pair};
use crate::run::Run;
use crate::set::Set;
use crate::target::SavedTarget;

/// Whose earlier runs; those of all sets when left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoicesQuery {
    pub set_id: Option<SetId>,
}

impl Query for ChoicesQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        let set_id = pairs.take::<String>("set_id")?.map(SetId::try_from).transpose();
        Ok(Self { set_id: set_id.map_err(|error| Mistake::new("?set_id", error.to_string()))? })
    }

    fn write(&self) -> Vec<(String, String)> {
        pair("set_id", self.set_id.as_ref()).into_iter().collect()
    }
}

/// What a new run can be made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choices {
    /// The first page of the sets; its cursor leads on in the list of sets.
    pub sets: List<Set>,
    /// The first page of the providers; its cursor leads on in the list of providers.
    pub providers: List<Provider>,
    /// The first page of the saved targets; its cursor leads on in the list of targets.
    pub targets: List<SavedTarget>,
    /// The newest runs, whose targets and judges can be taken again.
    pub runs: Vec<Run>,
}

endpoints! {
    /// Gives what a new run can be made of: sets, providers, saved targets, and the newest runs.
    GetChoices {} Get "/api/choices" Some(Scope::Read), 200;
    ChoicesQuery, () => Choices;
}
