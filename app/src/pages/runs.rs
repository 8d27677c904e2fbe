//! The list of runs.

use leptos::prelude::*;
use shared::api::runs::{GetRuns, PostRun, RunBy, RunOrder, RunsQuery};
use shared::id::SetId;
use shared::query::Page;
use shared::run::Run;
use shared::unseen::seen;

use crate::cell::Derived;
use crate::components::caller;
use crate::components::marks;
use crate::components::paged::paged;
use crate::components::sorting;
use crate::components::views::Views;
use crate::route::Route;
use crate::wording::{self, number};
use crate::{api, clock, rescore};

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
    let listed = paged(move |cursor| {
        let page = Page { limit: None, cursor };
        let query = RunsQuery { set_id: set.get_value(), order: Some(order.get()), page };
        async move { api::call(&GetRuns {}, &query, &()).await }
    })
    .fresh();
    let of_one_set = set.with_value(Option::is_some);
    listed.show(move |runs: Vec<Run>| table(&runs, of_one_set, order))
}

fn table(runs: &[Run], of_one_set: bool, order: Derived<RunOrder>) -> AnyView {
    if runs.is_empty() {
        return any! {
            <div class="empty">
                <p>"No runs yet."</p>
                <p class="quiet">
                    "A run sends the items of a set to a model or prompt you want to ship, and has a judge score the responses."
                </p>
            </div>
        };
    }
    let rows = runs.iter().map(|run| row(run, of_one_set)).collect_view();
    any! {
        <table class="rows sorts">
            <thead>
                <tr>
                    {sorting::head("Run", "", order, RunBy::Name)}
                    {(!of_one_set).then(|| sorting::head("Set", "", order, RunBy::Set))}
                    <th scope="col">"Target"</th>
                    {sorting::head("Pass rate", "", order, RunBy::PassRate)}
                    <th scope="col">"Where it stands"</th>
                    {sorting::head("Cost", "number", order, RunBy::Cost)}
                    {sorting::head("Started", "", order, RunBy::Started)}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(run: &Run, of_one_set: bool) -> AnyView {
    let set = (!of_one_set).then(|| {
        any! {
            <td class="feature" data-label="set">{format!("{}, version {}", seen(run.set_name.as_str()), run.set_version)}</td>
        }
    });
    any! {
        <tr>
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
        </tr>
    }
}
