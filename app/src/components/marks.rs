//! Small marks that stand beside names: simulated, verdicts, statuses.

use leptos::prelude::*;
use shared::outcome::{Change, Verdict};
use shared::run::{Run, Status};
use shared::unseen::seen;

use crate::wording;

/// Marks what is made up by a small program and not by a model.
pub fn simulated(is: bool) -> Option<AnyView> {
    is.then(|| {
        any! {
            <span class="mark simulated" title="Made up by a small built-in program; no model is called">
                "simulated"
            </span>
        }
    })
}

/// Marks how an item ended.
pub fn verdict(verdict: Verdict) -> AnyView {
    let class = match verdict {
        Verdict::Pass => "mark good",
        Verdict::Fail => "mark bad",
        Verdict::Unscored | Verdict::Error => "mark odd",
    };
    any! { <span class=class>{wording::run::verdict(verdict)}</span> }
}

/// Marks how an item changed; nothing when it did not.
pub fn change(change: Option<Change>) -> Option<AnyView> {
    let class = match change? {
        Change::Broke => "mark bad",
        Change::Fixed => "mark good",
        Change::Same => return None,
    };
    Some(any! { <span class=class>{wording::run::change(change?)}</span> })
}

/// Marks where a run stands.
pub fn status(status: Status) -> AnyView {
    let class = match status {
        Status::Queued | Status::Running => "mark live",
        Status::Paused => "mark odd",
        Status::Done | Status::Cancelled => "mark",
    };
    any! { <span class=class>{wording::run::status(status)}</span> }
}

/// Gives the link to a run with its name.
pub fn run_link(run: &Run) -> AnyView {
    any! {
        <a href=crate::route::Route::Run(run.id.clone()).path()>{seen(run.name.as_str())}</a>
        " "
        {simulated(run.simulated)}
    }
}
