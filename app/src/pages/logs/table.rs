//! The table of logs.

use leptos::prelude::*;
use shared::id::LogId;
use shared::log::{Log, Outcome};

use crate::cell::Cell;
use crate::wording::{self, number};
use crate::{address, clock};

/// Shows logs as rows that can be checked and opened.
pub fn table(logs: &[Log], checked: Cell<Vec<LogId>>) -> AnyView {
    if logs.is_empty() {
        return any! {
            <div class="empty">
                <p>"No logs here."</p>
                <p class="quiet">
                    "Send a request through the gateway, import a file, or load the samples on the "
                    <a href="/">"home page"</a> ". If there is a filter, clear it."
                </p>
            </div>
        };
    }
    let ids: Vec<_> = logs.iter().map(|log| log.id.clone()).collect();
    let of_state = ids.clone();
    let all = move || checked.with(|checked| of_state.iter().all(|id| checked.contains(id)));
    let check_all = move |on: bool| {
        checked.update(|checked| {
            checked.retain(|id| !ids.contains(id));
            if on {
                checked.extend(ids.iter().cloned());
            }
        });
    };
    let rows = logs.iter().map(|log| row(log, checked)).collect_view();
    any! {
        <table class="rows">
            <thead>
                <tr>
                    <th scope="col" class="check">
                        <input
                            type="checkbox"
                            aria-label="Check all rows shown"
                            prop:checked=all
                            on:change:target=move |event| check_all(event.target().checked())
                        />
                    </th>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Feature"</th>
                    <th scope="col">"Model"</th>
                    <th scope="col">"Request"</th>
                    <th scope="col">"Response"</th>
                    <th scope="col" class="number">"Latency"</th>
                    <th scope="col" class="number">"Cost"</th>
                    <th scope="col" class="number">"Tokens"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(log: &Log, checked: Cell<Vec<LogId>>) -> AnyView {
    let (of_state, of_change) = (log.id.clone(), log.id.clone());
    let is_checked = move || checked.with(|checked| checked.contains(&of_state));
    let check = move |on: bool| {
        checked.update(|checked| {
            checked.retain(|id| *id != of_change);
            if on {
                checked.push(of_change.clone());
            }
        });
    };
    let preview =
        if log.request_preview.is_empty() { "(no text)".to_owned() } else { log.request_preview.clone() };
    let outcome = (log.outcome != Outcome::Success)
        .then(|| any! { <span class="mark odd">{wording::log::outcome(log.outcome)}</span> " " });
    any! {
        <tr>
            <td class="check">
                <input
                    type="checkbox"
                    aria-label=format!("Check: {preview}")
                    prop:checked=is_checked
                    on:change:target=move |event| check(event.target().checked())
                />
            </td>
            <td class="when">
                <time title=clock::full(log.created_at)>{clock::short(log.created_at)}</time>
            </td>
            <td class="feature" data-label="feature">{log.feature.clone().unwrap_or_else(|| "–".to_owned())}</td>
            <td class="model" data-label="model">{log.model.clone()}</td>
            <td class="preview">
                <a class="open" href=address::link_with("open", Some(log.id.to_string()))>
                    {preview}
                </a>
            </td>
            <td class="preview" data-label="response">
                <p>{outcome} {log.response_preview.clone()}</p>
            </td>
            <td class="number" data-label="took">{number::took(log.latency_ms)}</td>
            <td class="number" data-label="cost">{log.cost_usd.map_or_else(|| "–".to_owned(), |cost| number::usd(Some(cost)))}</td>
            <td class="number" data-label="tokens">{number::tokens(log.usage.input_tokens, log.usage.output_tokens)}</td>
        </tr>
    }
}
