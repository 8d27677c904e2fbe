//! Who changed what and who was refused, and whether the chain of entries holds. Loaded once it is asked for.

use leptos::prelude::*;
use shared::api::access::{AuditCheck, AuditCheckQuery, GetAudit, GetAuditCheck};
use shared::audit::Entry;
use shared::canonical::Key;
use shared::mistake::Mistake;
use shared::query::{LARGEST_PAGE, Page};
use shared::unseen::seen;

use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::clock;
use crate::components::copy::copy;
use crate::components::doing::Doing;
use crate::components::listed::{Frame, Listed};
use crate::components::loaded::{Load, loaded};
use crate::components::mistakes::Mistakes;
use crate::components::paged::paged;
use crate::wording::audit::{chain, noted, result, what, who};

/// What a row measures before one was measured, in pixels.
const ESTIMATE: f64 = 50.0;

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
    let check = Load::new(|| follow(None));
    let entries = paged(|cursor| async move {
        api::call(&GetAudit {}, &Page { limit: Some(LARGEST_PAGE), cursor }, &()).await
    });
    let listed = Listed::of("audit", entries, |entry: &Entry| entry.place.to_string(), ESTIMATE);
    any! {
        {loaded(check, |check: AuditCheck| standing(&check))}
        {search()}
        {listed.table(frame, empty, cells)}
    }
}

/// Follows the chain to its end, and looks for the entry with a hash.
async fn follow(noted: Option<Key>) -> Result<AuditCheck, CallError> {
    let mut query = AuditCheckQuery { cursor: None, noted };
    loop {
        let check = api::call(&GetAuditCheck {}, &query, &()).await?;
        if check.next_cursor.is_none() {
            return Ok(check);
        }
        query.cursor = check.next_cursor;
    }
}

/// A field for a hash that was noted earlier: an audit that was written anew does not have it.
fn search() -> AnyView {
    let typed = RwSignal::new(String::new());
    let found = Cell::new(None::<AuditCheck>);
    let mistakes = Mistakes::of("noted");
    let look = Doing::new(move || {
        let hash = typed.get_untracked().trim().to_lowercase().parse::<Key>();
        async move {
            mistakes.clear();
            found.set(None);
            let hash =
                hash.map_err(|error| mistakes.found(vec![Mistake::new("/noted", error.to_string())]))?;
            found.set(Some(follow(Some(hash)).await?));
            Ok(())
        }
    });
    let at_noted = mistakes.at("/noted");
    let of_noted = any! {
        <input
            id=at_noted.id.clone()
            required
            autocomplete="off"
            spellcheck="false"
            aria-invalid=at_noted.invalid()
            aria-describedby=at_noted.described()
            bind:value=typed
        />
    };
    let said = move || {
        let check = found.get()?;
        let (class, sign) = if is_as_noted(&check) {
            ("mark good", "✓ as noted")
        } else {
            ("mark bad", "✗ not as noted")
        };
        Some(any! {
            <span class=class>{sign}</span>
            " "
            {noted(&check)}
        })
    };
    any! {
        <form
            on:submit=move |event| {
                event.prevent_default();
                look.start();
            }
        >
            <div class="fields">
                {at_noted.field("field grow", "A hash that was noted earlier", of_noted)}
                {look.submit("Look for it", "Looking…")}
            </div>
            {look.problem()}
            <p role="status">{said}</p>
        </form>
    }
}

/// Tells whether the audit is the one that the hash was noted of.
fn is_as_noted(check: &AuditCheck) -> bool {
    check.holds && check.has_noted == Some(true)
}

fn standing(check: &AuditCheck) -> AnyView {
    let (class, sign) = if check.holds { ("mark good", "✓ holds") } else { ("mark bad", "✗ broken") };
    let note = check.last.as_ref().filter(|_| check.holds).map(|last| {
        let hash = last.hash.to_string();
        any! {
            <p class="quiet small">
                "Who can write to the database could write all entries anew. To notice even that, note the newest hash elsewhere now and then: "
                <code>{hash.clone()}</code>
                " "
                {copy("Copy the hash", move || hash.clone())}
            </p>
        }
    });
    any! {
        <p role="status">
            <span class=class>{sign}</span>
            " "
            {chain(check)}
        </p>
        {note}
    }
}

fn frame() -> Frame {
    Frame {
        label: "Entries of the audit, the newest first",
        class: "",
        widths: vec![None, None, Some(190.0), Some(150.0)],
        heads: any! {
            <th scope="col">"What"</th>
            <th scope="col">"Who"</th>
            <th scope="col">"Result"</th>
            <th scope="col">"When"</th>
        },
    }
}

fn empty() -> AnyView {
    any! { <p class="quiet">"No entries yet."</p> }
}

fn cells(entry: &Entry) -> AnyView {
    let class = if entry.is_refusal() { "mark odd" } else { "mark" };
    let thing = entry.thing.as_deref().map(seen).map(|thing| any! { <p class="quiet small">{thing}</p> });
    // Six digits tell as many addresses apart as anybody looks at.
    let address = entry.address_hash.as_ref().and_then(|hash| hash.get(..6));
    let address = address.map(|digits| format!(", address {digits}"));
    any! {
        <td class="preview">{what(entry)} {thing}</td>
        <td data-label="by">{who(entry)} {address}</td>
        <td data-label="result">
            <span class=class>{result(entry.status)}</span>
        </td>
        <td class="when" data-label="when">
            <time title=clock::full(entry.created_at)>{clock::ago(entry.created_at)}</time>
        </td>
    }
}
