//! The first page: the eval sets with how they last did, and the first steps until there are any.

mod steps;

use leptos::prelude::*;
use shared::api::List;
use shared::api::logs::{Count, GetLogCount, Lost};
use shared::api::runs::{GetRuns, PostRun, RunsQuery};
use shared::api::sets::GetSets;
use shared::log::filter::Filter;
use shared::query::{LARGEST_PAGE, Page};
use shared::run::{Run, Status};
use shared::set::Set;
use shared::unseen::seen;

use crate::address;
use crate::api::{self, CallError};
use crate::cell::Derived;
use crate::clock;
use crate::components::caller;
use crate::components::fault::fault;
use crate::components::loaded::{Load, loading};
use crate::components::lost::lost;
use crate::components::marks;
use crate::components::spark::{Point, spark};
use crate::rescore;
use crate::route::Route;
use crate::wording::{self, number};
use steps::Steps;

/// Shows the eval sets, or how to come to one.
#[component]
pub fn HomePage() -> impl IntoView {
    let page = || Page { limit: Some(LARGEST_PAGE), cursor: None };
    let sets = Load::new(move || async move { api::call(&GetSets {}, &page(), &()).await }).fresh();
    let has_sets = Memo::new(move |_| sets.get().and_then(Result::ok).map(|sets| !sets.data.is_empty()));
    // Where there is no set there is no run of one: the first steps ask for something else.
    let runs = Load::new(move || {
        let has_sets = has_sets.get();
        async move {
            match has_sets {
                Some(true) => {
                    api::call(&GetRuns {}, &RunsQuery { page: page(), ..RunsQuery::default() }, &()).await
                }
                Some(false) => Ok(List { data: Vec::new(), next_cursor: None }),
                None => std::future::pending().await,
            }
        }
    })
    .fresh();
    let logs = Load::new(|| async { api::call(&GetLogCount {}, &Filter::default(), &()).await }).fresh();
    let retry = Callback::new(move |()| {
        sets.refetch();
        runs.refetch();
        logs.refetch();
    });
    let recheck = Callback::new(move |()| logs.refetch());
    let all = Derived::new(move || {
        let together = |sets: Result<List<Set>, CallError>,
                        runs: Result<List<Run>, CallError>,
                        logs: Result<Count, CallError>| {
            let Count { count, lost } = logs?;
            let (sets, runs) = (sets?, runs?);
            Ok(Facts {
                has_more_sets: sets.next_cursor.is_some(),
                sets: sets.data,
                has_more_runs: runs.next_cursor.is_some(),
                runs: runs.data,
                logs: count,
                lost,
            })
        };
        match sets.get()? {
            // Then nothing is known of runs either.
            Err(error) => Some(Err(error)),
            found => Some(together(found, runs.get()?, logs.get()?)),
        }
    });
    // Through the memo alone: facts that are loaded again and are the same must not redraw what is being used.
    let shown = move || {
        all.get().map_or_else(loading, |facts: Result<Facts, CallError>| match facts {
            Ok(facts) => show(&facts, recheck),
            Err(error) => fault(&error, Some(retry)),
        })
    };
    any! {
        <h1>"Home"</h1>
        {shown}
    }
}

/// What the page is made of.
#[derive(Debug, Clone, PartialEq)]
struct Facts {
    /// Those that were changed last, and whether there are more.
    sets: Vec<Set>,
    has_more_sets: bool,
    /// The newest, the newest first, and whether there are more.
    runs: Vec<Run>,
    has_more_runs: bool,
    logs: u64,
    lost: Lost,
}

fn show(facts: &Facts, recheck: Callback<()>) -> AnyView {
    let finished = facts.has_more_runs || facts.runs.iter().any(|run| run.status.is_final());
    let steps = (!finished).then(|| {
        let newest = facts.sets.first().map(|set| set.id.clone());
        any! { <Steps logs=facts.logs set=newest ran=!facts.runs.is_empty() recheck /> }
    });
    let rows = facts.sets.iter().map(|set| {
        let runs: Vec<_> = facts.runs.iter().filter(|run| run.set_id == set.id).collect();
        row(set, &runs, facts.has_more_runs)
    });
    let rows = rows.collect_view();
    let sets = (!facts.sets.is_empty()).then(|| {
        any! {
            <section aria-labelledby="sets-title">
                <h2 id="sets-title">"Eval sets"</h2>
                <ul class="cards">{rows}</ul>
                {facts.has_more_sets.then(more_sets)}
            </section>
        }
    });
    any! {
        {lost(facts.lost)}
        {steps}
        {sets}
    }
}

/// Says that the page does not list all sets.
fn more_sets() -> AnyView {
    any! {
        <p class="quiet">
            {format!("These are the {LARGEST_PAGE} that were changed last. ")} <a href=Route::Sets.path()>"All sets"</a>
        </p>
    }
}

/// Shows a set; of its runs those among the newest of all are known, and whether there are older ones.
fn row(set: &Set, runs: &[&Run], has_older: bool) -> AnyView {
    let last = runs.split_first().map(|(last, earlier)| last_run(set, last, earlier));
    let unknown = || {
        if !has_older {
            return any! { <p class="quiet">"Not run yet."</p> };
        }
        let href =
            address::write(&Route::Set(set.id.clone()).path(), &[("part".to_owned(), "runs".to_owned())]);
        any! {
            <p class="quiet">
                {format!("No run among the newest {LARGEST_PAGE}. ")} <a href=href aria-label=format!("Runs of {}", seen(set.name.as_str()))>"Its runs"</a>
            </p>
        }
    };
    let new_run = format!("{}?set={}", Route::NewRun.path(), set.id);
    let label = format!("New run of {}", seen(set.name.as_str()));
    any! {
        <li class="card">
            <div class="spread">
                <h3>
                    <a href=Route::Set(set.id.clone()).path()>{seen(set.name.as_str())}</a>
                </h3>
                <span class="quiet">
                    {number::counted(set.item_count, "item", "items")} ", version " {set.version}
                </span>
            </div>
            <div class="spread">
                {last.unwrap_or_else(unknown)}
                {caller::offered::<PostRun>(move || {
                    any! {
                        <a class="button" href=new_run.clone() aria-label=label.clone()>
                            "New run"
                        </a>
                    }
                })}
            </div>
            {sparkline(runs)}
        </li>
    }
}

/// Shows how a set did the last time, against the time before, and whether it changed since.
fn last_run(set: &Set, run: &Run, earlier: &[&Run]) -> AnyView {
    let gain = gain(run, earlier).map(|gain| any! { " · " {gain} });
    let changed = wording::run::set_changed(run.set_version, set.version);
    let standing = wording::run::standing(rescore::standing(&run.counts), &run.counts, run.status);
    any! {
        <p class="last-run">
            <strong class="number">{standing}</strong>
            " "
            <span class="quiet">
                {marks::run_link(run)} " · " {wording::run::target(&run.target)} " · "
                <time title=clock::full(run.created_at)>{clock::ago(run.created_at)}</time>
                {(run.status != Status::Done).then(|| any! { " · " {marks::status(run.status)} })}
                {gain}
                {changed.map(|changed| format!(" · {changed}"))}
            </span>
        </p>
    }
}

/// Says how the pass rate of a finished run changed against the finished run before, and leads to the two side by side;
/// nothing where another judge or another threshold says what passes.
fn gain(run: &Run, earlier: &[&Run]) -> Option<AnyView> {
    let is_done = |run: &Run| run.status == Status::Done;
    let before = earlier.iter().find(|before| is_done(before)).filter(|_| is_done(run))?;
    if (&before.judge_version, before.threshold) != (&run.judge_version, run.threshold) {
        return None;
    }
    let rate = |run: &Run| Some(rescore::standing(&run.counts)?.rate);
    let said = wording::run::since_before(rate(run)?, rate(before)?);
    let pair =
        [("base", before), ("candidate", &run)].map(|(name, run)| (name.to_owned(), run.id.to_string()));
    Some(any! { <a href=address::write(&Route::Compare.path(), &pair)>{said}</a> })
}

/// Draws the pass rates of the finished runs, the oldest first; nothing for fewer than two.
fn sparkline(runs: &[&Run]) -> Option<AnyView> {
    let done = runs.iter().rev().filter(|run| run.status == Status::Done);
    let points = done.filter_map(|run| {
        let standing = rescore::standing(&run.counts)?;
        Some(Point {
            name: run.name.to_string(),
            share: standing.rate,
            said: wording::run::standing(Some(standing), &run.counts, run.status),
        })
    });
    let points: Vec<_> = points.collect();
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 2 {
        return None;
    }
    let label = format!(
        "Pass rates of {}: from {} to {}",
        number::counted(points.len() as u64, "run", "runs"),
        number::percent(first.share),
        number::percent(last.share)
    );
    Some(spark(&points, label))
}
