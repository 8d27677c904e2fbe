//! The table of logs: rows near the screen are drawn, and the next page is loaded before one comes to its end.

use std::collections::HashSet;
use std::sync::Arc;

use leptos::prelude::*;
use shared::id::LogId;
use shared::log::{Log, Outcome};
use web_sys::MouseEvent;

use super::columns::{Column, Columns};
use super::live::Logs;
use crate::cell::{Cell, Derived};
use crate::components::windowed::{Numbers, Windowed};
use crate::wording::number::count;
use crate::wording::{self, number};
use crate::{address, clock};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 50.0;

/// So many rows before the end of what is loaded the next page is asked for.
const AHEAD: usize = 40;

/// Shows logs as rows that can be checked and opened.
#[component]
pub fn LogTable(
    logs: Logs,
    checked: Cell<Vec<LogId>>,
    /// How many logs the filter matches, once they are counted.
    matching: Signal<Option<u64>>,
) -> impl IntoView {
    let columns = Columns::of_address();
    let numbers: Derived<Numbers> = Derived::new(move || Arc::new((0..logs.count()).collect()));
    let list = Windowed::new("logs", numbers, ESTIMATE);
    Effect::new(move || {
        let loaded = logs.count();
        if loaded > 0 && list.shown().end + AHEAD >= loaded {
            logs.ahead();
        }
    });
    let nothing = Memo::new(move |_| logs.count() == 0);
    // The row that was checked last: a click with Shift checks all from there.
    let last = StoredValue::new(None::<usize>);
    let check = Check { logs, checked, last };
    let table = move || {
        let heads = move || columns.shown.get().into_iter().map(|column| columns.head(column)).collect_view();
        let widths = move || {
            let column = |column| any! { <col style:width=move || columns.width(column) /> };
            columns.shown.get().into_iter().map(column).collect_view()
        };
        let log = move |place: usize| logs.row(place);
        let name = move |place: usize| {
            untrack(|| log(place)).map(|log| format!("log-{}", log.id)).unwrap_or_default()
        };
        let all = move || {
            let loaded = logs.count();
            checked.with(|checked| {
                let checked: HashSet<_> = checked.iter().collect();
                (0..loaded).all(|place| log(place).is_some_and(|log| checked.contains(&log.id)))
            })
        };
        let more = move || {
            let checked = checked.with(Vec::len) as u64;
            let all = matching.get().filter(|matching| checked > 0 && *matching > checked);
            all.map(|matching| {
                any! {
                    <button type="button" on:click=move |_| address::set(&[("add", Some("all".to_owned()))])>
                        {format!("Add all {} that match…", count(matching))}
                    </button>
                }
            })
        };
        any! {
            <div class="spread bar">
                <p class="quiet small">"Newest first. Shift-click checks a range."</p>
                <div class="actions">
                    {more} {columns.choice()}
                </div>
            </div>
            <table
                class="rows fixed"
                aria-label="Logs"
                aria-rowcount=move || matching.get().map_or_else(|| "-1".to_owned(), |matching| (matching + 1).to_string())
            >
                <colgroup>
                    <col class="check" />
                    {widths}
                </colgroup>
                <thead>
                    <tr aria-rowindex="1">
                        <th scope="col" class="check">
                            <input
                                type="checkbox"
                                aria-label="Check all rows that are loaded"
                                prop:checked=all
                                on:change:target=move |event| check.range(0, logs.count(), event.target().checked())
                            />
                        </th>
                        {heads}
                    </tr>
                </thead>
                {list.body(
                    move || columns.shown.with(Vec::len) + 1,
                    name,
                    move |place| {
                        let log = Derived::new(move || log(place));
                        let cells = move || log.get().map(|log| cells(&log, place, columns, check));
                        any! { {cells} }
                    },
                )}
            </table>
        }
    };
    move || if nothing.get() { empty() } else { table() }
}

fn empty() -> AnyView {
    any! {
        <div class="empty">
            <p>"No logs here."</p>
            <p class="quiet">
                "Send a request through the gateway, import a file, or load the samples on the "
                <a href="/">"home page"</a> ". If there is a filter, clear it."
            </p>
        </div>
    }
}

/// Checks logs.
#[derive(Clone, Copy)]
struct Check {
    logs: Logs,
    checked: Cell<Vec<LogId>>,
    last: StoredValue<Option<usize>>,
}

impl Check {
    /// Checks the rows from one place to before another, or no longer.
    fn range(self, from: usize, to: usize, on: bool) {
        let ids =
            untrack(|| (from..to).filter_map(|place| Some(self.logs.row(place)?.id)).collect::<Vec<_>>());
        let known: HashSet<_> = ids.iter().collect();
        self.checked.update(|checked| {
            checked.retain(|id| !known.contains(id));
            if on {
                checked.extend(ids.iter().cloned());
            }
        });
    }

    /// Follows a click on a row's box, which is as it will be then.
    fn click(self, place: usize, event: &MouseEvent, on: bool) {
        let from = self.last.get_value().filter(|_| event.shift_key()).unwrap_or(place);
        self.last.set_value(Some(place));
        self.range(from.min(place), from.max(place) + 1, on);
    }
}

fn cells(log: &Log, place: usize, columns: Columns, check: Check) -> AnyView {
    let id = log.id.clone();
    let is_checked = Memo::new(move |_| check.checked.with(|checked| checked.contains(&id)));
    let label = format!("Check: {}", preview(log));
    let log = StoredValue::new(log.clone());
    let cells = move || {
        let cell = |column| log.with_value(|log| cell(log, column));
        columns.shown.get().into_iter().map(cell).collect_view()
    };
    any! {
        <td class="check">
            <input
                type="checkbox"
                aria-label=label
                prop:checked=is_checked
                on:click:target=move |event| {
                    let on = event.target().checked();
                    check.click(place, &event, on);
                }
            />
        </td>
        {cells}
    }
}

fn preview(log: &Log) -> String {
    if log.request_preview.is_empty() { "(no text)".to_owned() } else { log.request_preview.clone() }
}

fn cell(log: &Log, column: Column) -> AnyView {
    match column {
        Column::Time => any! {
            <td class="when">
                <time title=clock::full(log.created_at)>{clock::short(log.created_at)}</time>
            </td>
        },
        Column::Feature => any! {
            <td class="feature" data-label="feature">{log.feature.clone().unwrap_or_else(|| "–".to_owned())}</td>
        },
        Column::Model => any! { <td class="model" data-label="model">{log.model.clone()}</td> },
        Column::Request => any! {
            <td class="preview">
                <a class="open" href=address::link_with("open", Some(log.id.to_string()))>
                    {preview(log)}
                </a>
            </td>
        },
        Column::Response => {
            let outcome = (log.outcome != Outcome::Success).then(|| {
                any! { <span class="mark odd">{wording::log::outcome(log.outcome)}</span> " " }
            });
            any! {
                <td class="preview" data-label="response">
                    <p>{outcome} {log.response_preview.clone()}</p>
                </td>
            }
        }
        Column::Latency => any! { <td class="number" data-label="took">{number::took(log.latency_ms)}</td> },
        Column::Cost => {
            let cost = log.cost_usd.map_or_else(|| "–".to_owned(), |cost| number::usd(Some(cost)));
            any! { <td class="number" data-label="cost">{cost}</td> }
        }
        Column::Tokens => {
            let tokens = number::tokens(log.usage.input_tokens, log.usage.output_tokens);
            any! { <td class="number" data-label="tokens">{tokens}</td> }
        }
    }
}
