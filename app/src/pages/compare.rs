//! Two runs of a set, compared: what changed, on which items, and whether the new one may ship.

mod both;
mod choice;
mod item;
mod items;
mod obstacles;
mod outcome;

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use shared::api::decide::{CompareQuery, GetCompare};
use shared::api::runs::{GetRuns, RunsQuery};
use shared::compare::Comparison;
use shared::compare::items::Flip;
use shared::id::{RunId, SetId};
use shared::query::{LARGEST_PAGE, Page};
use shared::share::Share;

use crate::cell::Derived;
use crate::components::fault::fault;
use crate::components::loaded::{Load, Loaded, loading};
use crate::components::paged::paged;
use crate::wording::fault::Fault;
use crate::{address, api};
use both::Both;
use choice::{Choice, choice};
use items::{FlipList, Paired};

/// How long until a run that is not over is looked at again.
const PAUSE: Duration = Duration::from_secs(2);

/// What there is to show.
#[derive(Clone, PartialEq)]
enum Compared {
    /// No two runs are chosen.
    Nothing,
    /// One of them is not over, in the service's words.
    Waiting(String),
    Done(Box<Comparison>, Option<Paired>),
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
    let choose = Choice { base, candidate, margin };
    // Once somebody asks for items they come with every comparison, and serve every list of them.
    let listing = Memo::new(move |before: Option<&bool>| {
        before.is_some_and(|before| *before) || flip.with(Option::is_some)
    });
    let comparison = Load::new(move || {
        let query = CompareQuery {
            base: base.get(),
            candidate: candidate.get(),
            margin: margin.get(),
            pairs: listing.get().then_some(true),
        };
        compare(query)
    });
    look_again(comparison);
    let paired = Derived::new(move || match comparison.get() {
        Some(Ok(Compared::Done(_, paired))) => paired,
        _ => None,
    });
    // That items came changes nothing about what the runs came to, which is not drawn anew.
    let outcome = Derived::new(move || {
        let outcome = comparison.get()?.map(|compared| match compared {
            Compared::Done(comparison, _) => Compared::Done(comparison, None),
            other => other,
        });
        Some(outcome)
    });
    let both = Both { listed: runs, choice: choose };
    let retry = Callback::new(move |()| comparison.refetch());
    let shown = move || {
        outcome.get().map_or_else(loading, |outcome| match outcome {
            Err(error) => fault(&error, Some(retry)),
            Ok(Compared::Nothing) => any! {
                <p class="empty">
                    "Choose two runs of one set. They are compared over the items that both have, pair by pair."
                </p>
            },
            Ok(Compared::Waiting(why)) => outcome::waiting(&why),
            Ok(Compared::Done(comparison, _)) => outcome::outcome(&comparison, both, flip),
        })
    };
    let is_listed = Memo::new(move |_| flip.with(Option::is_some));
    let compares = Memo::new(move |_| {
        outcome.with(|outcome| match outcome {
            Some(Ok(Compared::Done(comparison, _))) => comparison.comparable && comparison.items > 0,
            _ => false,
        })
    });
    let list = move || {
        (is_listed.get() && compares.get())
            .then(|| paired.get().map_or_else(loading, |paired| any! { <FlipList paired flip /> }))
    };
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        <h1>"Compare two runs"</h1>
        {runs.show_with("Load older runs", move |runs| choice(&runs, choose))}
        <section class="compared" aria-label="Comparison" aria-live="polite">
            {shown}
        </section>
        {list}
    }
}

/// Asks how the runs compare.
async fn compare(query: CompareQuery) -> Loaded<Compared> {
    let (Some(base), Some(candidate)) = (query.base.clone(), query.candidate.clone()) else {
        return Ok(Compared::Nothing);
    };
    match api::call(&GetCompare {}, &query, &()).await {
        Ok(mut comparison) => {
            let pairs = comparison.pairs.take();
            let paired = pairs.map(|pairs| Paired { base, candidate, pairs: Arc::new(pairs) });
            Ok(Compared::Done(Box::new(comparison), paired))
        }
        Err(error) => match &error.fault {
            Fault::Refused(problem) if problem.status == 409 => Ok(Compared::Waiting(problem.detail.clone())),
            _ => Err(error),
        },
    }
}

/// Asks again after a while, for as long as a run is not over.
fn look_again(comparison: Load<Compared>) {
    Effect::new(move || {
        let waits = matches!(comparison.get(), Some(Ok(Compared::Waiting(_))));
        let timer = waits.then(|| set_timeout_with_handle(move || comparison.refetch(), PAUSE));
        if let Some(Ok(timer)) = timer {
            on_cleanup(move || timer.clear());
        }
    });
}
