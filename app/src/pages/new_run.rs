//! Setting up a run: which set, which model or prompt, which judge.

mod estimate;
mod form;
mod logged;
mod reading;

use leptos::prelude::*;
use shared::api::access::GetProviders;
use shared::api::runs::{GetRuns, RunsQuery};
use shared::api::sets::GetSets;
use shared::id::SetId;
use shared::provider::Provider;
use shared::query::Page;
use shared::run::Run;
use shared::set;

use crate::address;
use crate::api::{self, CallError};
use crate::cell::Derived;
use crate::components::fault::fault;
use crate::components::loaded::{Load, loading};
use form::RunForm;

/// So many of the newest runs are looked at for one with scores.
const LOOKED_AT: u32 = 10;

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    pub sets: Vec<set::Set>,
    pub providers: Vec<Provider>,
    /// The newest run with scores of the set that the address names, or of any.
    pub last: Option<Run>,
}

/// Sets up a run.
#[component]
pub fn NewRunPage() -> impl IntoView {
    let set = address::parameter("set");
    let set_id = Derived::new(move || set.get().and_then(|set| SetId::try_from(set).ok()));
    let sets = Load::new(|| api::every(|page| async move { api::call(&GetSets {}, &page, &()).await }));
    let providers =
        Load::new(|| api::every(|page| async move { api::call(&GetProviders {}, &page, &()).await }));
    let runs = Load::new(move || {
        let page = Page { limit: Some(LOOKED_AT), cursor: None };
        let query = RunsQuery { set_id: set_id.get(), page };
        async move { api::call(&GetRuns {}, &query, &()).await }
    });
    let choices = Derived::new(move || {
        let (sets, providers, runs) = (sets.get()?, providers.get()?, runs.get()?);
        let together = || {
            // What came to nothing is no example.
            let last = runs?.data.into_iter().find(|run| run.counts.passed + run.counts.failed > 0);
            Ok(Choices { sets: sets?, providers: providers?, last })
        };
        Some(together())
    });
    let retry = Callback::new(move |()| {
        sets.refetch();
        providers.refetch();
        runs.refetch();
    });
    let shown = move || {
        choices.get().map_or_else(loading, |choices: Result<Choices, CallError>| match choices {
            Ok(choices) if choices.sets.is_empty() => {
                missing("/logs?add=all", "Make a set from logs", "There is no eval set to run yet.")
            }
            Ok(choices) if choices.providers.is_empty() => {
                missing("/settings", "Add a provider", "There is no provider to call yet.")
            }
            Ok(choices) => any! { <RunForm choices set=set_id.get_untracked() /> },
            Err(error) => fault(&error, Some(retry)),
        })
    };
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        <h1>"New run"</h1>
        {shown}
    }
}

fn missing(href: &'static str, word: &'static str, text: &'static str) -> AnyView {
    any! {
        <div class="empty">
            <p>{text}</p>
            <p>
                <a class="button main" href=href>
                    {word}
                </a>
            </p>
        </div>
    }
}
