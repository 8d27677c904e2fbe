//! The table of logs: rows near the screen are drawn, and the next page is loaded before one comes to its end.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::logs::Order;
use shared::api::sets::PostItems;
use shared::id::LogId;
use shared::log::filter::Filter;
use shared::log::{Log, Outcome};
use shared::unseen::seen;
use web_sys::HtmlElement;
use web_sys::wasm_bindgen::JsCast;

use super::columns::Column;
use super::live::Logs;
use super::start;
use crate::cell::{Cell, Derived};
use crate::components::caller;
use crate::components::checked::{self, Checked};
use crate::components::columns::Columns;
use crate::components::opened::Opened;
use crate::components::windowed::{Naming, Numbers, Windowed};
use crate::wording::number::count;
use crate::wording::{self, number, preview};
use crate::{address, clock};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 50.0;

/// So many rows before the end of what is loaded, at the bottom or the top, more is asked for.
const AHEAD: usize = 40;

/// The logs that were listed so far by their numbers: each keeps its own, wherever it stands. A log never changes.
#[derive(Default)]
struct Known {
    numbers: HashMap<LogId, usize>,
    logs: Vec<Arc<Log>>,
    /// The numbers of the list as it was last, and what told that list from others.
    listed: Numbers,
    of: Option<u32>,
}

impl Known {
    /// Gives the number of a log.
    fn number(&mut self, log: Arc<Log>) -> usize {
        let next = self.logs.len();
        let number = *self.numbers.entry(log.id.clone()).or_insert(next);
        if number == next {
            self.logs.push(log);
        }
        number
    }

    /// Gives the numbers of a list, which `from` gives from a place on. Of the same one, only what is new is looked at.
    fn follow(&mut self, of: Option<u32>, from: impl Fn(usize) -> Vec<Arc<Log>>) -> Numbers {
        let known = if of.is_some() && of == self.of { self.listed.len() } else { 0 };
        let more: Vec<_> = from(known).into_iter().map(|log| self.number(log)).collect();
        let mut listed = std::mem::take(&mut self.listed);
        if known == 0 {
            listed = Arc::new(more);
        } else {
            Arc::make_mut(&mut listed).extend(more);
        }
        (self.of, self.listed) = (of, listed.clone());
        listed
    }
}

/// Shows logs as rows that can be checked and opened.
#[component]
pub fn LogTable(
    logs: Logs,
    checked: Cell<Vec<LogId>>,
    /// The open one of them.
    opened: Opened,
    /// How many logs the filter matches, once they are counted.
    matching: Signal<Option<u64>>,
    filter: Signal<Filter>,
    order: Derived<Order>,
    /// Lists the logs from the newest.
    newest: Callback<()>,
) -> impl IntoView {
    let columns = Columns::of_address();
    let known = StoredValue::new(Known::default());
    let numbers: Derived<Numbers> = Derived::new(move || {
        let of = logs.of();
        known.try_update_value(|known| known.follow(of, |place| logs.all_from(place))).unwrap_or_default()
    });
    let naming = Naming {
        write: Box::new(move |number| {
            let place = numbers.get_untracked().iter().position(|other| *other == number)?;
            let id = known.with_value(|known| known.logs.get(number).map(|log| log.id.clone()))?;
            if order.get_untracked() != Order::default() {
                return Some(id.to_string());
            }
            Some(logs.start.word(&id, place, |place| untrack(|| logs.row(place))))
        }),
        find: Box::new(move |word| {
            let (id, _) = start::read(word)?;
            known.with_value(|known| known.numbers.get(&id).copied())
        }),
    };
    let list = Windowed::new(start::LIST, naming, numbers, ESTIMATE);
    opened.revealed_by(Callback::new(move |place| list.reveal(place)));
    Effect::new(move || {
        let (loaded, shown) = (logs.count(), list.shown());
        if shown.is_empty() {
            return;
        }
        if shown.end + AHEAD >= loaded {
            logs.ahead();
        }
        if shown.start < AHEAD && logs.start.has_more() {
            logs.start.ahead(untrack(|| filter.get()), &logs.all());
        }
    });
    let nothing = Memo::new(move |_| logs.count() == 0);
    let id = move |number: usize| known.with_value(|known| known.logs.get(number).map(|log| log.id.clone()));
    let check = Checked::of(checked, numbers, list, id);
    let table = move || {
        let log = move |number: usize| known.with_value(|known| known.logs.get(number).cloned());
        let name = move |number: usize| log(number).map(|log| format!("log-{}", log.id)).unwrap_or_default();
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
        let to_newest = move || {
            let follow = move |_| {
                // The list may still be on its way to where the reader was.
                list.to_first();
                newest.run(());
                window().scroll_to_with_x_and_y(0.0, 0.0);
            };
            logs.start.has_more().then(|| {
                any! {
                    <button type="button" on:click=follow>
                        "↑ Show the newest"
                    </button>
                }
            })
        };
        any! {
            <div class="spread bar">
                <p class="quiet small">{move || wording::log::order(order.get())} " " {checked::HELP}</p>
                <div class="actions">
                    {to_newest} {caller::offered::<PostItems>(move || more().into_any())} {columns.choice()}
                </div>
            </div>
            <table
                class="rows fixed sorts"
                aria-label="Logs"
                aria-rowcount=move || matching.get().map_or_else(|| "-1".to_owned(), |matching| (matching + 1).to_string())
            >
                <colgroup>
                    <col class="check" />
                    {columns.cols()}
                </colgroup>
                <thead>
                    <tr aria-rowindex="1">
                        {check.head()}
                        {columns.heads(order)}
                    </tr>
                </thead>
                {list.body(
                    move || columns.count() + 1,
                    name,
                    move |number| log(number).map(|log| cells(&log, number, columns, check)).into_any(),
                )}
            </table>
        }
    };
    move || if nothing.get() { empty() } else { table() }
}

fn empty() -> AnyView {
    let words = address::parameter("q");
    let shown = move || words.get().map_or_else(no_logs, |words| no_match(&words));
    shown.into_any()
}

fn no_match(words: &str) -> AnyView {
    let clear = move |_| {
        address::set(&[("q", None), ("open", None)]);
        // The button is gone then.
        let search = document().query_selector("input[name=q]").ok().flatten();
        if let Some(search) = search.and_then(|search| search.dyn_into::<HtmlElement>().ok()) {
            _ = search.focus();
        }
    };
    any! {
        <div class="empty">
            <p>{wording::log::no_match(words)}</p>
            <p>
                <button type="button" on:click=clear>
                    "Clear the search"
                </button>
            </p>
        </div>
    }
}

fn no_logs() -> AnyView {
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

fn cells(log: &Log, number: usize, columns: Columns<Column>, check: Checked<LogId>) -> AnyView {
    let box_of_row = check.cell(number, &log.request_preview);
    let log = StoredValue::new(log.clone());
    any! {
        {box_of_row}
        {columns.cells(move |column| log.with_value(|log| cell(log, column)))}
    }
}

fn cell(log: &Log, column: Column) -> AnyView {
    match column {
        Column::Time => any! {
            <td class="when">
                <time title=clock::full(log.created_at)>{clock::short(log.created_at)}</time>
            </td>
        },
        Column::Feature => any! {
            <td class="feature" data-label="feature">{log.feature.as_deref().map_or_else(|| "–".to_owned(), seen)}</td>
        },
        Column::Model => any! { <td class="model" data-label="model">{seen(&log.model)}</td> },
        Column::Request => any! {
            <td class="preview">
                <a class="open" href=address::link_with("open", Some(log.id.to_string()))>
                    {preview::leading(&log.request_preview)}
                </a>
            </td>
        },
        Column::Response => {
            let outcome = (log.outcome != Outcome::Success).then(|| {
                any! { <span class="mark odd">{wording::log::outcome(log.outcome)}</span> " " }
            });
            any! {
                <td class="preview" data-label="response">
                    <p>{outcome} {preview::of(&log.response_preview)}</p>
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
