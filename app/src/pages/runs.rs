//! The list of runs.

use leptos::prelude::*;
use shared::api::runs::{GetRuns, PostRun, RunsQuery};
use shared::id::SetId;
use shared::query::{LARGEST_PAGE, Page};
use shared::run::Run;

use crate::cell::Derived;
use crate::components::caller;
use crate::components::marks;
use crate::components::paged::paged;
use crate::components::sorting;
use crate::components::views::Views;
use crate::route::Route;
use crate::run_order::{By, Order};
use crate::wording::{self, number};
use crate::{address, api, clock, rescore};

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
    let word = address::parameter("sort");
    let order = Derived::new(move || word.with(|word| Order::read(word.as_deref().unwrap_or_default())));
    let sorts = Memo::new(move |_| order.get() != Order::default());
    let listed = paged(move |cursor| {
        let limit = sorts.get().then_some(LARGEST_PAGE);
        let query = RunsQuery { set_id: set.get_value(), page: Page { limit, cursor } };
        async move { api::call(&GetRuns {}, &query, &()).await }
    })
    .fresh();
    Effect::new(move || {
        // Only a list that is loaded to its end is sorted as it says.
        if sorts.get() && listed.count() > 0 {
            listed.ahead();
        }
    });
    let of_one_set = set.with_value(Option::is_some);
    listed.show(move |mut runs: Vec<Run>| {
        let order = order.get();
        order.sort(&mut runs);
        let partly = (sorts.get() && listed.has_more()).then(|| sorting::partly(runs.len()));
        any! {
            {partly}
            {table(&runs, of_one_set, order)}
        }
    })
}

/// Shows what heads a column that the runs can be sorted by.
fn head(title: &'static str, class: &'static str, by: By, order: Order) -> AnyView {
    let falls = (order.by == by).then_some(order.falls());
    any! {
        <th scope="col" class=class aria-sort=sorting::said(falls)>
            {sorting::button(title, move || falls, move || address::set(&[("sort", order.pressed(by).word())]))}
        </th>
    }
}

fn table(runs: &[Run], of_one_set: bool, order: Order) -> AnyView {
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
                    {head("Run", "", By::Name, order)}
                    {(!of_one_set).then(|| head("Set", "", By::Set, order))}
                    <th scope="col">"Target"</th>
                    {head("Pass rate", "", By::PassRate, order)}
                    <th scope="col">"Where it stands"</th>
                    {head("Cost", "number", By::Cost, order)}
                    {head("Started", "", By::Started, order)}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(run: &Run, of_one_set: bool) -> AnyView {
    let set = (!of_one_set).then(|| {
        any! {
            <td class="feature" data-label="set">{format!("{}, version {}", run.set_name, run.set_version)}</td>
        }
    });
    any! {
        <tr>
            <td class="preview">
                <a class="open" href=Route::Run(run.id.clone()).path()>
                    {run.name.to_string()}
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
