//! The log explorer: which logs there are, what is in them, and taking them into a set.

mod again;
mod bar;
mod columns;
mod export;
mod facets;
mod import;
mod live;
mod panel;
mod query;
mod start;
mod table;

use leptos::prelude::*;
use shared::api::logs::{GetLogCount, GetLogFacets, GetLogs, LogsQuery};
use shared::api::sets::PostItems;
use shared::auth::Scope;
use shared::id::LogId;
use shared::query::{LARGEST_PAGE, Page};

use crate::cell::{Cell, Derived};
use crate::components::add_to_set::{AddToSet, Picked};
use crate::components::caller;
use crate::components::fault::fault;
use crate::components::loaded::Load;
use crate::components::lost::lost;
use crate::components::opened::{Opened, Uncovered};
use crate::components::paged::paged;
use crate::components::sorting;
use crate::components::views::Views;
use crate::wording::log::matches;
use crate::{address, api, clock};
use bar::FilterBar;
use export::ExportLogs;
use facets::{FacetRail, chips};
use import::ImportFile;
use live::Live;
use panel::LogPanel;
use start::Start;
use table::LogTable;

/// Shows the logs that the address asks for.
#[component]
pub fn LogsPage() -> impl IntoView {
    let address = address::current();
    let asked = Derived::new(move || address.with(|address| query::asked(&address.query)));
    // Read once for each change, so that "the last day" does not move between two pages of a list.
    let read = Derived::new(move || asked.with(|asked| query::read(asked, clock::now())));
    let filter = move || read.get().unwrap_or_default();
    let uncovered = Uncovered::of_page();
    let count = Load::new(move || {
        let (filter, uncovered) = (filter(), uncovered.reached());
        async move {
            uncovered.await;
            api::call(&GetLogCount {}, &filter, &()).await
        }
    })
    .fresh();
    let beside_form = Uncovered::by("add");
    let facets = Load::new(move || {
        let (filter, uncovered) = (filter(), beside_form.reached());
        async move {
            uncovered.await;
            api::call(&GetLogFacets {}, &filter, &()).await
        }
    })
    .fresh();
    let order = sorting::of_page();
    let start = Start::of_history(untrack(filter), order.get_untracked());
    let rows = paged(move |cursor| {
        // As many as there may be: with fewer, the next page would be asked for before anybody scrolls.
        let page = Page { limit: Some(LARGEST_PAGE), cursor };
        let order = order.get();
        let query = LogsQuery { filter: start.over(filter(), order), order: Some(order), page };
        async move { api::call(&GetLogs {}, &query, &()).await }
    })
    .fresh();
    let newest = Callback::new(move |()| {
        start.forget();
        rows.reload();
    });
    let reload = Callback::new(move |()| {
        count.refetch();
        facets.refetch();
        newest.run(());
    });
    Effect::new(move || {
        // What was there is deleted by now.
        if start.has_more() && rows.of().is_some() && rows.count() == 0 {
            newest.run(());
        }
    });
    let live = Live::start(filter, order, move || Some([start.newer(), rows.rows()?].concat()), reload);
    let logs = live.over(rows, start);
    // What came in is counted beside its values too.
    Effect::new(move |before: Option<u64>| {
        let came = logs.came();
        if before.is_some_and(|before| before < came) {
            facets.refetch();
        }
        came
    });
    let opened = Opened::of(move || logs.all().iter().map(|log| log.id.to_string()).collect());
    let checked = Cell::new(Vec::<LogId>::new());
    let counts = move || count.get().and_then(Result::ok);
    // Those that came in since they were counted are counted by themselves.
    let matching = move || Some(counts()?.count + logs.came());
    // Through the memo alone: another filter loses nothing else.
    let losses = Derived::new(move || counts().map(|counts| counts.lost).unwrap_or_default());
    let adding = address::parameter("add");
    let counted = Memo::new(move |_| matching().is_some());
    let add = move || {
        // The panel says how many logs there are, so it waits until they are counted.
        adding.get().filter(|_| counted.get()).map(|add| {
            let anew = add == "new";
            let picked = Picked {
                checked: if anew { Vec::new() } else { checked.get_untracked() },
                filter: untrack(filter),
                matching: untrack(matching).unwrap_or_default(),
                ..Picked::default()
            };
            let close = Callback::new(move |()| address::set(&[("add", None)]));
            let added = Callback::new(move |()| checked.update(Vec::clear));
            any! { <AddToSet picked anew close added /> }
        })
    };
    let exporting = address::parameter("export");
    let export = move || {
        exporting.get().filter(|_| counted.get()).map(|_| {
            let close = Callback::new(move |()| address::set(&[("export", None)]));
            any! { <ExportLogs filter=untrack(filter) order=order.get_untracked() matching=untrack(matching).unwrap_or_default() close /> }
        })
    };
    let none = move || matching().is_none_or(|matching| matching == 0);
    any! {
        <div class="spread head">
            <h1>"Logs"</h1>
            {caller::offered_with(Scope::Ingest, move || any! { <ImportFile done=reload /> })}
        </div>
        {move || lost(losses.get())}
        <div class="with-rail">
            <FacetRail facets />
            <div>
                <FilterBar />
                {chips()}
                {move || read.get().err().map(|mistake| any! { <p class="fault" role="alert">{query::refused(&mistake)}</p> })}
                <div class="spread bar">
                    <p role="status" class="matches">
                        {move || matching().map(matches)}
                        {move || {
                            let checked = checked.with(Vec::len);
                            (checked > 0).then(|| format!(", {checked} checked"))
                        }}
                    </p>
                    <div class="actions">
                        {live.switch()}
                        <Views />
                        <button
                            type="button"
                            disabled=none
                            on:click=move |_| address::set(&[("export", Some("1".to_owned()))])
                        >
                            "Export…"
                        </button>
                        {caller::offered::<PostItems>(move || {
                            any! {
                                <button
                                    type="button"
                                    class="main"
                                    disabled=none
                                    on:click=move |_| address::set(&[("add", Some("1".to_owned()))])
                                >
                                    "Add to set…"
                                </button>
                            }
                        })}
                    </div>
                </div>
                {rows.around(move || any! { <LogTable logs checked opened matching=Signal::derive(matching) filter=Signal::derive(filter) order newest /> })}
                {move || {
                    // What keeps the list away keeps the count away, and stands above.
                    let listed = rows.of().is_some();
                    count.get().and_then(Result::err).filter(|_| listed).map(|error| fault(&error, Some(count.retry())))
                }}
            </div>
        </div>
        {opened.show(move || any! { <LogPanel opened /> })}
        {add}
        {export}
    }
}
