//! What the run would take, beside the form: asked anew when something is chosen.

use leptos::prelude::*;
use shared::api::runs::PostRunEstimate;
use shared::estimate::Estimate;
use shared::run::{Budget, NewRun};

use crate::cell::Derived;
use crate::components::fault::fault;
use crate::components::loaded::Load;
use crate::wording::number::{count, counted, seconds, usd};
use crate::{api, clock};

/// How long nothing must be changed before it is asked, in milliseconds.
const SETTLED: i32 = 400;

/// Shows what the run would take that is set up now; `run` is none while the form does not read.
pub fn beside(run: Derived<Option<NewRun>>) -> AnyView {
    // The name changes nothing about it.
    let asked = Derived::new(move || run.get().map(|run| NewRun { name: None, ..run }));
    // The newest that was wanted; nothing when the page is gone.
    let newest = StoredValue::new(None::<NewRun>);
    let estimate = Load::new(move || {
        let wanted = asked.get();
        newest.set_value(wanted.clone());
        async move {
            clock::sleep(SETTLED).await;
            // What was changed meanwhile is asked for by the next.
            match wanted.filter(|wanted| newest.try_get_value().flatten().as_ref() == Some(wanted)) {
                Some(wanted) => {
                    let estimate = api::submit(&PostRunEstimate {}, &wanted).await?;
                    Ok(Some((estimate, wanted.budget_usd)))
                }
                None => Ok(None),
            }
        }
    });
    let shown = move || match estimate.get() {
        None => any! { <p class="quiet">"Counting…"</p> },
        Some(Ok(None)) => any! { <p class="quiet">"It is worked out when the form is complete."</p> },
        Some(Ok(Some((estimate, budget)))) => show(&estimate, budget),
        Some(Err(error)) => fault(&error, Some(Callback::new(move |()| estimate.refetch()))),
    };
    any! {
        <aside class="estimate" aria-labelledby="estimate-title">
            <h2 id="estimate-title">"Before it starts"</h2>
            {shown}
        </aside>
    }
}

fn show(estimate: &Estimate, budget: Option<Budget>) -> AnyView {
    let calls = format!(
        "{} to the target, {} to the judge",
        count(estimate.target_calls),
        count(estimate.judge_calls)
    );
    let known = (estimate.memoised_calls > 0)
        .then(|| any! { <dd class="quiet number">{format!("{} known already", counted(estimate.memoised_calls, "answer", "answers"))}</dd> });
    let cost = match estimate.cost_usd {
        Some(cost) => format!("about {}", usd(Some(cost))),
        None => "unknown".to_owned(),
    };
    let exceeds = estimate.cost_usd.zip(budget).is_some_and(|(cost, budget)| cost > budget.usd());
    let exceeds = exceeds.then(
        || any! { <p class="notice">"More than the budget: the run would pause when it is spent."</p> },
    );
    let unpriced = (!estimate.unpriced.is_empty()).then(|| {
        any! {
            <p class="notice">
                {format!("No price is known for {}. ", estimate.unpriced.join(", "))}
                <a href="/settings">"Set prices"</a>
            </p>
        }
    });
    let facts = any! {
        <dl class="facts">
            <div>
                <dt>"Items"</dt>
                <dd class="number">{count(estimate.items)}</dd>
            </div>
            <div>
                <dt>"Calls"</dt>
                <dd class="number">{calls}</dd>
                {known}
            </div>
            <div>
                <dt>"Cost"</dt>
                <dd class="number">{cost}</dd>
            </div>
            <div>
                <dt>"Time"</dt>
                <dd class="number">{format!("about {}", seconds(estimate.seconds))}</dd>
            </div>
        </dl>
    };
    any! {
        {facts}
        {unpriced}
        {exceeds}
        <p class="small">{estimate.note.clone()}</p>
    }
}
