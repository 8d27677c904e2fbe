//! Two runs of a set, compared: what changed, on which items, and whether the new one may ship.

mod beside;
mod choice;
mod chosen;
mod export;
mod item;
mod items;
mod obstacles;
mod outcome;

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use shared::api::decide::{CompareQuery, Compared, GetCompare};
use shared::api::runs::{GetRuns, RunsQuery};
use shared::id::{RunId, SetId};
use shared::query::{LARGEST_PAGE, Page};
use shared::share::Share;

use crate::cell::Derived;
use crate::components::loaded::{Load, Loaded, loaded};
use crate::components::opened::Uncovered;
use crate::components::paged::paged;
use crate::components::views::Views;
use crate::paired::Both;
use crate::wording::fault::Fault;
use crate::{address, api};
use beside::Beside;
use choice::{Choice, choice};
use chosen::Chosen;

/// How long until a run that is not over is looked at again.
const PAUSE: Duration = Duration::from_secs(2);

/// What there is to show.
#[derive(Clone)]
enum Found {
    /// No two runs are chosen.
    Nothing,
    /// One of them is not over, in the service's words.
    Waiting(String),
    /// They do not compare, and why.
    Apart(Vec<String>),
    Both {
        base: RunId,
        candidate: RunId,
        both: Arc<Both>,
    },
}

/// Compares two runs. Which ones, at what threshold and margin, and which items are listed is in the address.
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
    let uncovered = Uncovered::of_page();
    let runs = paged(move |cursor| {
        let query =
            RunsQuery { set_id: set.get(), order: None, page: Page { limit: Some(LARGEST_PAGE), cursor } };
        let uncovered = uncovered.reached();
        async move {
            uncovered.await;
            api::call(&GetRuns {}, &query, &()).await
        }
    });
    let choose = Choice { base, candidate, margin };
    let found = Load::new(move || compare(base.get(), candidate.get()));
    look_again(found);
    let chosen = Chosen { listed: runs, choice: choose };
    let shown = move |found: Found| match found {
        Found::Nothing => {
            // Where there is no choice, that is said above.
            let can_choose = move || {
                runs.rows().is_some_and(|runs| runs.iter().filter(|run| run.status.is_final()).count() > 1)
            };
            let choose = move || {
                can_choose().then(|| {
                    any! {
                        <p class="empty">
                            "Choose two runs of one set. They are compared over the items that both have, pair by pair."
                        </p>
                    }
                })
            };
            choose.into_any()
        }
        Found::Waiting(why) => outcome::waiting(&why),
        Found::Apart(reasons) => outcome::apart(&reasons, chosen),
        Found::Both { base, candidate, both } => any! { <Beside base candidate both choice=choose /> },
    };
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        <div class="spread head">
            <h1>"Compare two runs"</h1>
            <Views />
        </div>
        {move || uncovered.is_so().then(|| runs.show_with("Load older runs", move |runs| choice(&runs, choose)))}
        <section class="compared" aria-label="Comparison">
            {loaded(found, shown)}
        </section>
    }
}

/// Asks how two runs compare, and for the scores of both.
async fn compare(base: Option<RunId>, candidate: Option<RunId>) -> Loaded<Found> {
    let (Some(base), Some(candidate)) = (base, candidate) else {
        return Ok(Found::Nothing);
    };
    let query = CompareQuery {
        base: Some(base.clone()),
        candidate: Some(candidate.clone()),
        margin: None,
        scores: Some(true),
    };
    match api::call(&GetCompare {}, &query, &()).await {
        Ok(Compared { comparison, scores: Some(scores) }) => {
            Ok(Found::Both { base, candidate, both: Arc::new(Both::of(comparison, &scores)) })
        }
        Ok(Compared { comparison, scores: None }) => Ok(Found::Apart(comparison.incomparable)),
        Err(error) => match &error.fault {
            Fault::Refused(problem) if problem.status == 409 => Ok(Found::Waiting(problem.detail.clone())),
            _ => Err(error),
        },
    }
}

/// Asks again after a while, for as long as a run is not over.
fn look_again(found: Load<Found>) {
    Effect::new(move || {
        let waits = matches!(found.get(), Some(Ok(Found::Waiting(_))));
        let timer = waits.then(|| set_timeout_with_handle(move || found.refetch(), PAUSE));
        if let Some(Ok(timer)) = timer {
            on_cleanup(move || timer.clear());
        }
    });
}
