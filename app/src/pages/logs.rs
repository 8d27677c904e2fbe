//! The log explorer: which logs there are, what is in them, and taking them into a set.

mod add;
mod bar;
mod facets;
mod import;
mod panel;
mod query;
mod table;

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::api::logs::{GetLogCount, GetLogFacets, GetLogs, LogsQuery};
use shared::id::LogId;
use shared::log::Log;
use shared::log::filter::Filter;
use shared::query::Page;

use crate::components::fault::fault;
use crate::components::loaded::Load;
use crate::components::paged::{Paged, paged};
use crate::wording::log::matches;
use crate::{address, api, clock};
use add::{AddToSet, Picked};
use bar::FilterBar;
use facets::FacetRail;
use import::ImportFile;
use panel::LogPanel;
use table::table;

/// The rows of the explorer as far as they are loaded.
type Rows = Paged<Filter, Log>;

/// Shows the logs that the address asks for.
#[component]
pub fn LogsPage() -> impl IntoView {
    let address = address::current();
    let asked = Memo::new(move |_| address.with(|address| query::asked(&address.query)));
    // Read once for each change, so that "the last day" does not move between two pages of a list.
    let read = Memo::new(move |_| asked.with(|asked| query::read(asked, clock::now())));
    let filter = move || read.get().unwrap_or_default();
    let count = Load::new(move || {
        let filter = filter();
        async move { api::call(&GetLogCount {}, &filter, &()).await.map(|count| count.count) }
    });
    let facets = Load::new(move || {
        let filter = filter();
        async move { api::call(&GetLogFacets {}, &filter, &()).await }
    });
    let rows = paged(filter, |filter: Filter, cursor| async move {
        let query = LogsQuery { filter, page: Page { limit: None, cursor } };
        api::call(&GetLogs {}, &query, &()).await
    });
    let reload = Callback::new(move |()| {
        count.refetch();
        facets.refetch();
        rows.reload();
    });
    let checked = RwSignal::new(BTreeSet::<LogId>::new());
    let matching = move || count.get().and_then(Result::ok);
    let adding = address::parameter("add");
    let add = move || {
        adding.get().map(|add| {
            let picked = Picked {
                checked: if add == "all" {
                    Vec::new()
                } else {
                    checked.get_untracked().into_iter().collect()
                },
                filter: untrack(filter),
                matching: untrack(matching).unwrap_or_default(),
            };
            let close = Callback::new(move |()| address::set(&[("add", None)]));
            let added = Callback::new(move |()| checked.update(BTreeSet::clear));
            view! { <AddToSet picked close added /> }
        })
    };
    view! {
        <div class="spread head">
            <h1>"Logs"</h1>
            <ImportFile done=reload />
        </div>
        <div class="with-rail">
            <FacetRail facets />
            <div>
                <FilterBar />
                {move || read.get().err().map(|mistake| view! { <p class="fault" role="alert">{query::refused(&mistake)}</p> })}
                <div class="spread bar">
                    <p role="status" class="matches">
                        {move || matching().map(matches)}
                        {move || {
                            let checked = checked.with(BTreeSet::len);
                            (checked > 0).then(|| format!(", {checked} checked"))
                        }}
                    </p>
                    <button
                        type="button"
                        class="main"
                        disabled=move || matching().is_none_or(|matching| matching == 0)
                        on:click=move |_| address::set(&[("add", Some("1".to_owned()))])
                    >
                        "Add to set…"
                    </button>
                </div>
                {rows.show(move |logs| table(&logs, checked))}
                {move || count.get().and_then(Result::err).map(|error| fault(&error, Some(reload)))}
            </div>
        </div>
        <Panel rows />
        {add}
    }
}

#[component]
fn Panel(rows: Rows) -> impl IntoView {
    let open = address::parameter("open");
    let id = Memo::new(move |_| open.get().and_then(|id| LogId::try_from(id).ok()));
    let move_by = Callback::new(move |step: isize| {
        let (Some(rows), Some(id)) = (untrack(|| rows.rows()), id.get_untracked()) else { return };
        let next = rows
            .iter()
            .position(|log| log.id == id)
            .and_then(|place| place.checked_add_signed(step))
            .and_then(|place| rows.get(place));
        if let Some(next) = next {
            address::replace(&address::here().with(&[("open", Some(next.id.to_string()))]).href());
        }
    });
    let shown = Memo::new(move |_| id.with(Option::is_some));
    move || shown.get().then(|| view! { <LogPanel id move_by /> })
}
