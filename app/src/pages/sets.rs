//! The list of eval sets.

use leptos::prelude::*;
use shared::api::sets::{GetSets, PostSet};
use shared::query::Page;
use shared::set;
use shared::unseen::seen;

use crate::components::caller;
use crate::components::paged::paged;
use crate::route::Route;
use crate::wording::number::{count, counted, score};
use crate::{api, clock};

/// Lists the sets, the last changed first.
#[component]
pub fn SetsPage() -> impl IntoView {
    let sets =
        paged(|cursor| async move { api::call(&GetSets {}, &Page { limit: None, cursor }, &()).await })
            .fresh();
    any! {
        <div class="spread head">
            <h1>"Sets"</h1>
            {caller::offered::<PostSet>(|| {
                any! {
                    <a class="button" href="/logs?add=new">
                        "New set from logs"
                    </a>
                }
            })}
        </div>
        {sets.show(|sets| table(&sets))}
    }
}

fn table(sets: &[set::Set]) -> AnyView {
    if sets.is_empty() {
        return any! {
            <div class="empty">
                <p>"No eval sets yet."</p>
                <p class="quiet">
                    "A set holds real requests with their original responses, and says what a good response is. "
                    <a href="/logs">"Choose logs"</a> " to make one."
                </p>
            </div>
        };
    }
    let rows = sets.iter().map(|set| {
        let criteria = set.criteria.as_slice().len() as u64;
        any! {
            <tr>
                <td class="preview">
                    <a class="open" href=Route::Set(set.id.clone()).path()>
                        {seen(set.name.as_str())}
                    </a>
                    <p class="quiet">{seen(&set.description)}</p>
                </td>
                <td class="number" data-label="items">{count(set.item_count)}</td>
                <td data-label="judged on">{counted(criteria, "criterion", "criteria")}</td>
                <td class="number" data-label="threshold">{score(set.threshold.value())}</td>
                <td class="number" data-label="version">{set.version}</td>
                <td class="when" data-label="changed">
                    <time title=clock::full(set.updated_at)>{clock::ago(set.updated_at)}</time>
                </td>
            </tr>
        }
    });
    any! {
        <table class="rows">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col" class="number">"Items"</th>
                    <th scope="col">"Judged on"</th>
                    <th scope="col" class="number">"Threshold"</th>
                    <th scope="col" class="number">"Version"</th>
                    <th scope="col">"Changed"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
