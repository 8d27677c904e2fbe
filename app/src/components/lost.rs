//! A banner about what could not be stored, with what it means and what helps.

use leptos::prelude::*;
use shared::api::logs::Lost;

use crate::clock;
use crate::route::Route;
use crate::wording::loss;

/// Tells of a loss; nothing when there is none to tell of.
pub fn lost(lost: Lost) -> Option<AnyView> {
    let told = loss::told(lost, clock::now())?;
    Some(any! {
        <section class="notice" aria-label="Logs were lost">
            <p>
                <strong>{told.what}</strong>
                " "
                {told.meaning}
            </p>
            <p>
                {told.help} " " <a href=Route::Settings.path()>"What is kept"</a>
            </p>
        </section>
    })
}
