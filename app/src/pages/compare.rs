//! Two runs of a set, compared: what changed, and whether the new one may ship.

mod choice;
mod outcome;

use leptos::prelude::*;
use shared::api::decide::{CompareQuery, GetCompare};
use shared::api::runs::{GetRuns, RunsQuery};
use shared::id::{RunId, SetId};
use shared::query::{LARGEST_PAGE, Page};
use shared::share::Share;

use crate::cell::Derived;
use crate::components::loaded::{Load, loaded};
use crate::{address, api};
use choice::{Choice, choice};
use outcome::outcome;

/// Compares two runs. Which ones, and at what margin, is in the address.
#[component]
pub fn ComparePage() -> impl IntoView {
    let run = |name: &'static str| {
        let word = address::parameter(name);
        Derived::new(move || word.get().and_then(|word| RunId::try_from(word).ok()))
    };
    let (base, candidate) = (run("base"), run("candidate"));
    let (set, margin) = (address::parameter("set"), address::parameter("margin"));
    let set = Derived::new(move || set.get().and_then(|set| SetId::try_from(set).ok()));
    let margin = Derived::new(move || margin.get().and_then(|margin| margin.parse::<Share>().ok()));
    let runs = Load::new(move || {
        let page = Page { limit: Some(LARGEST_PAGE), cursor: None };
        let query = RunsQuery { set_id: set.get(), page };
        async move { api::call(&GetRuns {}, &query, &()).await.map(|list| list.data) }
    });
    let comparison = Load::new(move || {
        let query = CompareQuery { base: base.get(), candidate: candidate.get(), margin: margin.get() };
        async move {
            if query.base.is_none() || query.candidate.is_none() {
                return Ok(None);
            }
            api::call(&GetCompare {}, &query, &()).await.map(Some)
        }
    });
    let choose = Choice { base, candidate, margin };
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        <h1>"Compare two runs"</h1>
        {loaded(runs, move |runs| choice(&runs, choose))}
        <section class="compared" aria-label="Comparison" aria-live="polite">
            {loaded(comparison, move |comparison| outcome(comparison.as_ref(), choose))}
        </section>
    }
}
