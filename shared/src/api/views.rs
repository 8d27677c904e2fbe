//! Saved views.

use serde::{Deserialize, Serialize};

use super::{List, endpoints};
use crate::auth::Scope;
use crate::criteria::Name;
use crate::id::ViewId;
use crate::mistake::Mistake;
use crate::query::{Pairs, Query, pair};
use crate::view::{PageAddress, View};

/// Keeps an address under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// No other view of the same page has it.
    pub name: Name,
    pub address: PageAddress,
}

/// Whose views: those of the page with this path; of all pages when left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewsQuery {
    pub path: Option<String>,
}

impl Query for ViewsQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { path: pairs.take("path")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        pair("path", self.path.as_ref()).into_iter().collect()
    }
}

endpoints! {
    /// Keeps an address of the app under a name, for everybody.
    PostView {} Post "/api/views" Some(Scope::Run), 201;
    (), NewView => View;

    /// Lists the views of a page by name, or the newest of all pages, at most 200.
    GetViews {} Get "/api/views" Some(Scope::Read), 200;
    ViewsQuery, () => List<View>;

    /// Deletes a view.
    DeleteView { view: ViewId } Delete "/api/views/{view}" Some(Scope::Run), 204;
    (), () => ();
}
