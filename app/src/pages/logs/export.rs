//! Saving the logs that match as a file, as the list shows them and in its order.

use leptos::prelude::*;
use shared::api::logs::{GetLogs, LogsQuery, Order};
use shared::log::Log;
use shared::log::filter::Filter;
use shared::query::{LARGEST_PAGE, Page};
use shared::report::logs;

use crate::components::dialog::Dialog;
use crate::components::doing::{Doing, NotDone};
use crate::wording;
use crate::{api, clock, saved};

/// The most logs that go into one file.
pub const MOST: u64 = 10_000;

/// What is written: the end of the file's name, its kind, and how.
type Written = (&'static str, &'static str, fn(&[Log]) -> String);

const CSV: Written = ("csv", "text/csv;charset=utf-8", logs::csv);
const JSONL: Written = ("jsonl", "application/jsonl", logs::jsonl);

/// Saves the logs that a filter matches.
#[component]
pub fn ExportLogs(
    filter: Filter,
    /// How the list is sorted.
    order: Order,
    /// How many the filter matches.
    matching: u64,
    close: Callback<()>,
) -> impl IntoView {
    let filter = StoredValue::new(filter);
    let read = RwSignal::new(0_usize);
    let save = move |written: Written| {
        Doing::new(move || async move {
            let logs = read_all(filter.get_value(), order, read).await?;
            let (end, kind, write) = written;
            let name = format!("logs-{}.{end}", clock::now().to_string().replace(':', "-"));
            saved::save(&name, kind, &write(&logs))
                .map_err(|_| NotDone::unfit("the browser has no room for the file; choose fewer logs"))
        })
    };
    let (table, lines) = (save(CSV), save(JSONL));
    let progress = move || {
        let busy = table.is_under_way() || lines.is_under_way();
        busy.then(|| wording::log::read_so_far(read.get() as u64, matching.min(MOST)))
    };
    let done = move || (table.is_done() || lines.is_done()).then_some("Saved.");
    any! {
        <Dialog title="Export logs" on_close=close>
            <p>{wording::log::export(matching, MOST, order)}</p>
            {table.problem()}
            {lines.problem()}
            <p role="status">{progress} {done}</p>
            <p class="actions">
                {table.button("main", "Save as CSV", "Reading…", None)}
                {lines.button("", "Save as JSON lines", "Reading…", None)}
            </p>
        </Dialog>
    }
}

/// Reads the logs in an order, page by page, up to the most that go into a file.
async fn read_all(filter: Filter, order: Order, read: RwSignal<usize>) -> Result<Vec<Log>, NotDone> {
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let mut logs = Vec::new();
    let mut cursor = None;
    loop {
        let query = LogsQuery {
            filter: filter.clone(),
            order: Some(order),
            page: Page { limit: Some(LARGEST_PAGE), cursor: cursor.take() },
        };
        let page = api::call(&GetLogs {}, &query, &()).await?;
        logs.extend(page.data);
        if read.try_set(logs.len()).is_some() {
            return Err(NotDone::unfit("the panel was closed"));
        }
        cursor = page.next_cursor;
        if cursor.is_none() || logs.len() >= most {
            logs.truncate(most);
            return Ok(logs);
        }
    }
}
