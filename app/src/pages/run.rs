//! One run: how it goes, and what came of it.

mod again;
mod arrived;
mod came;
mod canaries;
mod alike;
mod criteria;
mod export;
mod filter;
mod left_out;
mod progress;
mod report;
mod results;
mod shipping;
mod slices;
mod tiles;
mod topics;
mod watch;

use leptos::prelude::*;
use shared::api::runs::{PostRun, PostRunPause, PostRunRetry};
use shared::id::RunId;
use shared::run::{Calls, Counts, Pace, Run, Status};
use shared::unseen::seen;

use crate::address;
use crate::cell::Derived;
use crate::clock;
use crate::components::caller;
use crate::components::confirm::Confirm;
use crate::components::doing::Doing;
use crate::components::fault::fault;
use crate::components::loaded::loading;
use crate::components::marks;
use crate::route::Route;
use crate::wording::{self, number};
use arrived::Arrived;
use progress::Progress;
use report::Report;
use watch::{Steer, Watch};

/// Shows a run.
#[component]
pub fn RunPage(run: RunId) -> impl IntoView {
    let watch = Watch::start(run.clone());
    let begun = Memo::new(move |_| watch.run.with(Option::is_some));
    // The head is drawn anew when something in it changes, not with every look at the run.
    let frame = Derived::new(move || watch.run.get().map(frame));
    let cancelling = RwSignal::new(false);
    let head = move || frame.get().map(|run| head(&run, watch, cancelling));
    // What the report is about: it is drawn anew only when there is something new to report.
    let reported = Derived::new(move || {
        watch.run.with(|run| {
            let run = run.as_ref()?;
            (stands_still(run) && run.counts.done > 0)
                .then(|| (run.id.clone(), run.status, run.counts, run.threshold))
        })
    });
    let report = move || {
        reported.get().map(|(id, _, _, threshold)| {
            let run = watch.run.get_untracked();
            let summary = run.as_ref().and_then(|run| run.summary.clone());
            any! {
                {summary.as_ref().map(|summary| canaries::banner(&summary.canaries))}
                <Report run=id judged_at=threshold whole=run summary />
            }
        })
    };
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        {head}
        <Cancelling watch asking=cancelling />
        {move || {
            let failed = !begun.get() && watch.trouble.with(Option::is_some);
            failed.then(|| any! { <h1>"This run cannot be shown"</h1> })
        }}
        {move || {
            watch
                .trouble
                .get()
                .map(|error| {
                    let retry = Callback::new(move |()| watch.again());
                    fault(&error, Some(retry))
                })
        }}
        {move || (!begun.get() && watch.trouble.with(Option::is_none)).then(loading)}
        {move || begun.get().then(|| any! { <Progress watch /> })}
        <Arrived run watch />
        {report}
    }
}

/// Tells whether nothing happens to a run now, so that what it came to can be read.
fn stands_still(run: &Run) -> bool {
    run.status.is_final() || run.status == Status::Paused
}

/// Gives a run without what changes all the time while it goes on.
fn frame(run: Run) -> Run {
    let counts = if run.status.is_final() { run.counts } else { Counts::default() };
    let concurrency = Pace { asked: 0, now: 0 };
    Run {
        counts,
        calls: if run.status.is_final() { run.calls } else { Calls::default() },
        cost_usd: run.cost_usd.filter(|_| run.status.is_final()),
        concurrency,
        eta_seconds: None,
        summary: None,
        ..run
    }
}

fn head(run: &Run, watch: Watch, cancelling: RwSignal<bool>) -> AnyView {
    let set = Route::Set(run.set_id.clone()).path();
    let judge = address::write(
        &Route::Judge(run.judge_version.clone()).path(),
        &[("run".to_owned(), run.id.to_string())],
    );
    let again = format!("{}?set={}", Route::NewRun.path(), run.set_id);
    let status = run.status;
    let missing = run.counts.unscored + run.counts.errored;
    let retry = (run.status == Status::Done && missing > 0).then(|| {
        let word = format!("Try the {} without a score again", number::count(missing));
        caller::offered::<PostRunRetry>(move || steer(watch, Steer::Retry, word.clone()))
    });
    let resume = run.resumes_at.map(|at| format!(" It goes on by itself at {}.", clock::short(at)));
    let reason = run.reason.clone().map(|reason| {
        any! {
            <p class="notice">{wording::fault::sentence(&reason)} {resume}</p>
        }
    });
    let cancelled = (run.status == Status::Cancelled).then(|| {
        let said = wording::run::until_cancelled(&run.counts, &run.calls, run.cost_usd);
        any! { <p>{said}</p> }
    });
    any! {
        <div class="spread head">
            <h1>
                {seen(run.name.as_str())} " " {marks::simulated(run.simulated)}
            </h1>
            <div class="actions">
                {caller::offered::<PostRunPause>(move || buttons(status, watch, cancelling))} {retry}
                {run.status.is_final().then(|| again::button(run))}
                {caller::offered::<PostRun>(move || {
                    any! {
                        <a class="button" href=again.clone()>
                            "New run"
                        </a>
                    }
                })}
            </div>
        </div>
        <p class="quiet">
            {marks::status(run.status)} " · " <a href=set>{seen(run.set_name.as_str())}</a>
            {format!(" version {}", run.set_version)} " · target "
            <span class="name">{wording::run::target(&run.target)}</span> " · judge "
            <span class="name">{wording::run::judge(&run.judge)}</span> " ("
            <a href=judge>"how good is it?"</a> ") · "
            <time title=clock::full(run.created_at)>{clock::short(run.created_at)}</time>
        </p>
        {reason}
        {cancelled}
    }
}

/// Asks before a run is ended: it cannot be taken up again.
#[component]
fn Cancelling(watch: Watch, asking: RwSignal<bool>) -> impl IntoView {
    let close = Callback::new(move |()| asking.set(false));
    let cancel = Doing::new(move || async move {
        watch.steered(Steer::Cancel).await?;
        close.try_run(());
        Ok(())
    });
    move || {
        asking.get().then(|| {
            any! {
                <Confirm
                    title="Cancel the run?"
                    text=untrack(|| watch.run.with(|run| run.as_ref().map(|run| wording::run::cancelling(&run.counts))))
                        .unwrap_or_default()
                    word="Cancel the run"
                    leave="Let it go on"
                    act=cancel
                    close
                />
            }
        })
    }
}

fn buttons(status: Status, watch: Watch, cancelling: RwSignal<bool>) -> AnyView {
    let button = move |act: Steer, word: &str| steer(watch, act, word.to_owned());
    let cancel = move || {
        any! {
            <button type="button" disabled=watch.busy on:click=move |_| cancelling.set(true)>
                "Cancel…"
            </button>
        }
    };
    match status {
        Status::Queued | Status::Running => any! {
            {button(Steer::Pause, "Pause")}
            {cancel()}
        },
        Status::Paused => any! {
            {button(Steer::Resume, "Resume")}
            {cancel()}
        },
        Status::Done | Status::Cancelled => ().into_any(),
    }
}

fn steer(watch: Watch, act: Steer, word: String) -> AnyView {
    any! {
        <button type="button" disabled=watch.busy on:click=move |_| watch.steer(act)>
            {word}
        </button>
    }
}
