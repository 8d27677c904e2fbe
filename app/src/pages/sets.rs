//! The list of eval sets.

use leptos::prelude::*;
use shared::api::sets::{GetSets, PostSet};
use shared::query::{LARGEST_PAGE, Page};
use shared::set;
use shared::unseen::seen;

use crate::components::caller;
use crate::components::listed::{Frame, Listed};
use crate::components::paged::paged;
use crate::route::Route;
use crate::wording::number::{count, counted, score};
use crate::{api, clock};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 34.0;

/// Lists the sets, the last changed first.
#[component]
pub fn SetsPage() -> impl IntoView {
    let sets = paged(|cursor| async move {
        api::call(&GetSets {}, &Page { limit: Some(LARGEST_PAGE), cursor }, &()).await
    })
    .fresh();
    let listed = Listed::of("sets", sets, |set: &set::Set| set.id.to_string(), ESTIMATE);
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
        {listed.table(frame, empty, cells)}
    }
}

fn frame() -> Frame {
    Frame {
        label: "Sets",
        class: "",
        widths: vec![None, Some(90.0), Some(150.0), Some(100.0), Some(90.0), Some(130.0)],
        heads: any! {
            <th scope="col">"Name"</th>
            <th scope="col" class="number">"Items"</th>
            <th scope="col">"Judged on"</th>
            <th scope="col" class="number">"Threshold"</th>
            <th scope="col" class="number">"Version"</th>
            <th scope="col">"Changed"</th>
        },
    }
}

fn empty() -> AnyView {
    any! {
        <div class="empty">
            <p>"No eval sets yet."</p>
            <p class="quiet">
                "A set holds real requests with their original responses, and says what a good response is. "
                <a href="/logs">"Choose logs"</a> " to make one."
            </p>
        </div>
    }
}

fn cells(set: &set::Set) -> AnyView {
    let criteria = set.criteria.as_slice().len() as u64;
    any! {
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
    }
}
