//! Who changed what and who was refused, and whether the chain of entries holds. Loaded once it is asked for.

use leptos::prelude::*;
use shared::api::access::{AuditCheck, AuditCheckQuery, GetAudit, GetAuditCheck};
use shared::audit::Entry;
use shared::query::Page;

use crate::components::loaded::{Load, Loaded, loaded};
use crate::components::paged::paged;
use crate::wording::audit::{chain, result, what, who};
use crate::{api, clock};

/// Shows the audit, folded away at first.
#[component]
pub fn Audit() -> impl IntoView {
    let opened = RwSignal::new(false);
    any! {
        <section aria-labelledby="audit-title">
            <h2 id="audit-title">"Audit"</h2>
            <p class="quiet">
                "Who signed in, who changed what with the rights of an operator, and who was refused. Entries cannot be changed; each carries the hash of the one before, so that tampering shows."
            </p>
            <details on:toggle=move |_| opened.set(true)>
                <summary>"Show the audit"</summary>
                {move || opened.get().then(shown)}
            </details>
        </section>
    }
}

fn shown() -> AnyView {
    let check = Load::new(follow);
    let entries =
        paged(|cursor| async move { api::call(&GetAudit {}, &Page { limit: None, cursor }, &()).await });
    any! {
        {loaded(check, |check: AuditCheck| standing(&check))}
        {entries.show(|entries| table(&entries))}
    }
}

/// Follows the chain to its end.
async fn follow() -> Loaded<AuditCheck> {
    let mut query = AuditCheckQuery::default();
    loop {
        let check = api::call(&GetAuditCheck {}, &query, &()).await?;
        if check.next_cursor.is_none() {
            return Ok(check);
        }
        query.cursor = check.next_cursor;
    }
}

fn standing(check: &AuditCheck) -> AnyView {
    let (class, sign) = if check.holds { ("mark good", "✓ holds") } else { ("mark bad", "✗ broken") };
    let noted = check.last.as_ref().filter(|_| check.holds).map(|last| {
        any! {
            <p class="quiet small">
                "Who can write to the database could write all entries anew. To notice even that, note the newest hash elsewhere now and then: "
                <code>{last.hash.to_string()}</code>
            </p>
        }
    });
    any! {
        <p role="status">
            <span class=class>{sign}</span>
            " "
            {chain(check)}
        </p>
        {noted}
    }
}

fn table(entries: &[Entry]) -> AnyView {
    if entries.is_empty() {
        return any! { <p class="quiet">"No entries yet."</p> };
    }
    let rows = entries.iter().map(|entry| {
        let class = if entry.is_refusal() { "mark odd" } else { "mark" };
        let thing = entry.thing.clone().map(|thing| any! { <p class="quiet small">{thing}</p> });
        // Six digits tell as many addresses apart as anybody looks at.
        let address = entry.address_hash.as_ref().and_then(|hash| hash.get(..6));
        let address = address.map(|digits| format!(", address {digits}"));
        any! {
            <tr>
                <td class="preview">{what(entry)} {thing}</td>
                <td data-label="by">{who(entry)} {address}</td>
                <td data-label="result">
                    <span class=class>{result(entry.status)}</span>
                </td>
                <td class="when" data-label="when">
                    <time title=clock::full(entry.created_at)>{clock::ago(entry.created_at)}</time>
                </td>
            </tr>
        }
    });
    any! {
        <table class="rows">
            <caption class="hidden">"Entries of the audit, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"What"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"Result"</th>
                    <th scope="col">"When"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
