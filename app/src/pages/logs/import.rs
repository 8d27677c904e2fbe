//! Importing a file of logs, and what became of each line.

use leptos::html;
use leptos::prelude::*;
use shared::api::logs::{ImportReport, LARGEST_IMPORT};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::address;
use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::components::dialog::Dialog;
use crate::components::fault::fault;
use crate::wording;
use crate::wording::number::count;

/// What became of a file.
#[derive(Debug, Clone)]
enum Import {
    Busy,
    /// The file cannot be taken, in words.
    Refused(String),
    Failed(CallError),
    Done(ImportReport),
}

/// The most rejected lines that are shown: a table of thousands helps nobody.
const SHOWN: usize = 200;

/// A button that imports a file.
#[component]
pub fn ImportFile(
    /// Called when logs have come in.
    done: Callback<()>,
) -> impl IntoView {
    let state = Cell::new(None::<Import>);
    let open = Memo::new(move |_| state.with(Option::is_some));
    let input = NodeRef::<html::Input>::new();
    // A link may lead here to choose a file, which only a press of the reader's own may open.
    let asked = address::parameter("import");
    let button = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let Some(button) = button.get().filter(|_| asked.with(Option::is_some)) {
            _ = button.focus();
        }
    });
    let choose = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let file = input.files().and_then(|files| files.get(0));
        // The same file can be chosen again.
        input.set_value("");
        if let Some(file) = file {
            state.set(Some(Import::Busy));
            leptos::task::spawn_local(async move {
                let outcome = take(file).await;
                let imported = matches!(outcome, Import::Done(_));
                state.set(Some(outcome));
                if imported {
                    done.try_run(());
                }
            });
        }
    };
    any! {
        <button
            type="button"
            title=wording::log::formats()
            node_ref=button
            on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    input.click();
                }
            }
        >
            "Import a file…"
        </button>
        <input
            type="file"
            class="gone"
            aria-label="File of logs, one JSON record a line"
            tabindex="-1"
            accept=".jsonl,.ndjson,.json,.txt,application/json"
            node_ref=input
            on:change=choose
        />
        // The panel stays while what it says changes: closing one for the other would close the report.
        {move || open.get().then(|| {
            any! {
                <Dialog title="Import" on_close=Callback::new(move |()| _ = state.set(None))>
                    {move || state.get().map(|import| outcome(&import))}
                </Dialog>
            }
        })}
    }
}

async fn take(file: File) -> Import {
    if file.size() > LARGEST_IMPORT as f64 {
        let largest = LARGEST_IMPORT / (1024 * 1024);
        return Import::Refused(format!(
            "The file is larger than {largest} MB. Split it by lines and import the parts one after the other."
        ));
    }
    let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    let Some(text) = text else {
        return Import::Refused("The browser could not read the file. Choose it again.".to_owned());
    };
    match api::import(text).await {
        Ok(report) => Import::Done(report),
        Err(error) => Import::Failed(error),
    }
}

fn outcome(import: &Import) -> AnyView {
    match import {
        Import::Busy => any! {
            <p role="status">"Importing…"</p>
            <p>{wording::log::formats()}</p>
        },
        Import::Refused(why) => any! { <p class="fault" role="alert">{why.clone()}</p> },
        Import::Failed(error) => fault(error, None),
        Import::Done(report) => {
            let more = report.rejected.len().saturating_sub(SHOWN);
            let rejected = report.rejected.iter().take(SHOWN).map(|rejected| {
                any! {
                    <tr>
                        <td class="number">{count(rejected.line)}</td>
                        <td>{rejected.reason.clone()}</td>
                    </tr>
                }
            });
            let rejected = rejected.collect_view();
            any! {
                <p role="status">
                    <strong>{wording::log::import(report)}</strong>
                    " "
                    {wording::log::read_as(report)}
                </p>
                {(!rejected.is_empty())
                    .then(|| {
                        any! {
                            <table class="plain">
                                <caption>"Lines that were not taken. All others are in."</caption>
                                <thead>
                                    <tr>
                                        <th scope="col" class="number">"Line"</th>
                                        <th scope="col">"Why"</th>
                                    </tr>
                                </thead>
                                <tbody>{rejected}</tbody>
                            </table>
                            {(more > 0).then(|| any! { <p>{format!("And {} more.", count(more as u64))}</p> })}
                            <p>{wording::log::formats()}</p>
                        }
                    })}
            }
        }
    }
}
