//! Two runs of a set, compared: what changed, on which items, and whether the new one may ship.

mod both;
mod choice;
mod item;
mod items;
mod obstacles;
mod outcome;

use leptos::prelude::*;
use shared::api::decide::{CompareQuery, GetCompare};
use shared::api::runs::{GetRuns, RunsQuery};
use shared::compare::Comparison;
use shared::id::{RunId, SetId};
use shared::query::{LARGEST_PAGE, Page};
use shared::share::Share;

use crate::cell::Derived;
use crate::components::loaded::{Load, loaded};
use crate::components::paged::paged;
use crate::paired::Flip;
use crate::wording::fault::Fault;
use crate::{address, api};
use both::Both;
use choice::{Choice, choice};
use items::FlipList;
use outcome::{outcome, waiting};

/// What there is to show.
#[derive(Clone, PartialEq)]
enum Compared {
    /// No two runs are chosen.
    Nothing,
    /// One of them is not over, in the service's words.
    Waiting(String),
    Done(Box<Comparison>),
}

/// Compares two runs. Which ones, at what margin, and which items are listed is in the address.
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
    let flip = address::parameter("show");
    let flip = Derived::new(move || flip.get().and_then(|word| Flip::read(&word)));
    let runs = paged(move |cursor| {
        let query = RunsQuery { set_id: set.get(), page: Page { limit: Some(LARGEST_PAGE), cursor } };
        async move { api::call(&GetRuns {}, &query, &()).await }
    });
    let comparison = Load::new(move || {
        let query = CompareQuery { base: base.get(), candidate: candidate.get(), margin: margin.get() };
        async move {
            if query.base.is_none() || query.candidate.is_none() {
                return Ok(Compared::Nothing);
            }
            match api::call(&GetCompare {}, &query, &()).await {
                Ok(comparison) => Ok(Compared::Done(Box::new(comparison))),
                Err(error) => match &error.fault {
                    Fault::Refused(problem) if problem.status == 409 => {
                        Ok(Compared::Waiting(problem.detail.clone()))
                    }
                    _ => Err(error),
                },
            }
        }
    });
    let choose = Choice { base, candidate, margin };
    let both = Both { listed: runs, choice: choose };
    let again = Callback::new(move |()| comparison.refetch());
    let compares = Memo::new(move |_| match comparison.get() {
        Some(Ok(Compared::Done(comparison))) => comparison.comparable && comparison.items > 0,
        _ => false,
    });
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        <h1>"Compare two runs"</h1>
        {runs.show_with("Load older runs", move |runs| choice(&runs, choose))}
        <section class="compared" aria-label="Comparison" aria-live="polite">
            {loaded(comparison, move |compared| match compared {
                Compared::Nothing => any! {
                    <p class="empty">
                        "Choose two runs of one set. They are compared over the items that both have, pair by pair."
                    </p>
                },
                Compared::Waiting(why) => waiting(&why, again),
                Compared::Done(comparison) => outcome(&comparison, both, flip),
            })}
        </section>
        {move || compares.get().then(|| any! { <FlipList both flip /> })}
    }
}
