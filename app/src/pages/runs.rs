//! The list of runs.

use leptos::prelude::*;
use shared::api::runs::{GetRuns, PostRun, RunBy, RunsQuery};
use shared::id::SetId;
use shared::query::{LARGEST_PAGE, Page};
use shared::run::Run;
use shared::unseen::seen;

use crate::components::caller;
use crate::components::listed::{Frame, Listed};
use crate::components::marks;
use crate::components::paged::paged;
use crate::components::sorting;
use crate::components::views::Views;
use crate::route::Route;
use crate::wording::{self, number};
use crate::{api, clock, rescore};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 34.0;

/// Lists all runs.
#[component]
pub fn RunsPage() -> impl IntoView {
    any! {
        <div class="spread head">
            <h1>"Runs"</h1>
            <div class="actions">
                <Views />
                <a class="button" href=Route::Compare.path()>
                    "Compare two runs"
                </a>
                {caller::offered::<PostRun>(|| {
                    any! {
                        <a class="button main" href=Route::NewRun.path()>
                            "New run"
                        </a>
                    }
                })}
            </div>
        </div>
        <RunList set=None />
    }
}

/// Lists the runs of a set, or of all, in the order of the address; the newest first where it names none.
#[component]
pub fn RunList(set: Option<SetId>) -> impl IntoView {
    let set = StoredValue::new(set);
    let order = sorting::of_page();
    let runs = paged(move |cursor| {
        let page = Page { limit: Some(LARGEST_PAGE), cursor };
        let query = RunsQuery { set_id: set.get_value(), order: Some(order.get()), page };
        async move { api::call(&GetRuns {}, &query, &()).await }
    })
    .fresh();
    let of_one_set = set.with_value(Option::is_some);
    let frame = move || Frame {
        label: "Runs",
        class: "sorts",
        widths: widths(of_one_set),
        heads: any! {
            {sorting::head("Run", "", order, RunBy::Name)}
            {(!of_one_set).then(|| sorting::head("Set", "", order, RunBy::Set))}
            <th scope="col">"Target"</th>
            {sorting::head("Pass rate", "", order, RunBy::PassRate)}
            <th scope="col">"Where it stands"</th>
            {sorting::head("Cost", "number", order, RunBy::Cost)}
            {sorting::head("Started", "", order, RunBy::Started)}
        },
    };
    let listed = Listed::of("runs", runs, |run: &Run| run.id.to_string(), ESTIMATE);
    listed.table(frame, empty, move |run| row(run, of_one_set))
}

/// How wide the columns are, in pixels; none shares what is left.
fn widths(of_one_set: bool) -> Vec<Option<f64>> {
    let set = (!of_one_set).then_some(Some(180.0));
    let others = [Some(190.0), Some(190.0), Some(150.0), Some(90.0), Some(110.0)];
    std::iter::once(None).chain(set).chain(others).collect()
}

fn empty() -> AnyView {
    any! {
        <div class="empty">
            <p>"No runs yet."</p>
            <p class="quiet">
                "A run sends the items of a set to a model or prompt you want to ship, and has a judge score the responses."
            </p>
        </div>
    }
}

fn row(run: &Run, of_one_set: bool) -> AnyView {
    let set = (!of_one_set).then(|| {
        any! {
            <td class="feature" data-label="set">{format!("{}, version {}", seen(run.set_name.as_str()), run.set_version)}</td>
        }
    });
    any! {
            <td class="preview">
                <a class="open" href=Route::Run(run.id.clone()).path()>
                    {seen(run.name.as_str())}
                </a>
                " "
                {marks::simulated(run.simulated)}
            </td>
            {set}
            <td class="model" data-label="target">{wording::run::target(&run.target)}</td>
            <td data-label="pass rate">{wording::run::standing(rescore::standing(&run.counts), &run.counts, run.status)}</td>
            <td data-label="stands">
                {marks::status(run.status)} " "
                {(!run.status.is_final()).then(|| wording::run::progress(&run.counts, run.eta_seconds))}
            </td>
            <td class="number" data-label="cost">{number::usd(run.cost_usd)}</td>
            <td class="when" data-label="started">
                <time title=clock::full(run.created_at)>{clock::ago(run.created_at)}</time>
            </td>
    }
}
