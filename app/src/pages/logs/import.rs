//! Importing a file of logs, and what became of each line.

use leptos::html;
use leptos::prelude::*;
use shared::api::logs::{ImportReport, LARGEST_IMPORT};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::api::{self, CallError};
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

/// A button that imports a file.
#[component]
pub fn ImportFile(
    /// Called when logs have come in.
    done: Callback<()>,
) -> impl IntoView {
    let state = RwSignal::new(None::<Import>);
    let input = NodeRef::<html::Input>::new();
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
                _ = state.try_set(Some(outcome));
                if imported {
                    done.try_run(());
                }
            });
        }
    };
    view! {
        <button
            type="button"
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
        {move || {
            state
                .get()
                .map(|import| {
                    view! {
                        <Dialog title="Import" on_close=Callback::new(move |()| state.set(None))>
                            {outcome(&import)}
                        </Dialog>
                    }
                })
        }}
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
        Import::Busy => view! { <p role="status">"Importing…"</p> }.into_any(),
        Import::Refused(why) => view! { <p class="fault" role="alert">{why.clone()}</p> }.into_any(),
        Import::Failed(error) => fault(error, None),
        Import::Done(report) => {
            let rejected = report.rejected.iter().map(|rejected| {
                view! {
                    <tr>
                        <td class="number">{count(rejected.line)}</td>
                        <td>{rejected.reason.clone()}</td>
                    </tr>
                }
            });
            let rejected = rejected.collect_view();
            view! {
                <p role="status">
                    <strong>{wording::log::import(report)}</strong>
                </p>
                {(!rejected.is_empty())
                    .then(|| {
                        view! {
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
                        }
                    })}
            }
            .into_any()
        }
    }
}
