//! A judge that was wrong where the answer is known: said before anything else of the run.

use leptos::prelude::*;
use shared::summary::Canaries;

use crate::wording::judge;

/// Warns of the run when its judge was wrong on known cases; nothing when it was not.
pub fn banner(canaries: &Canaries) -> Option<AnyView> {
    let title = judge::unreliable(canaries)?;
    let missed = canaries.missed.iter().map(|missed| any! { <li>{judge::missed(missed)}</li> });
    Some(any! {
        <section class="fault" aria-labelledby="canaries-title">
            <h2 id="canaries-title">{title}</h2>
            <ul>{missed.collect_view()}</ul>
            <p>{judge::UNRELIABLE}</p>
        </section>
    })
}
