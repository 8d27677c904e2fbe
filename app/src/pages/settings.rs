//! Providers, what is kept, access keys, and signing out.

mod kept;
mod keys;
mod provider;
mod providers;

use leptos::prelude::*;
use shared::api::access::DeleteSession;

use crate::components::doing::Doing;
use crate::route::Route;
use crate::{address, api};
use kept::Kept;
use keys::Keys;
use providers::Providers;

/// Shows the settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let sign_out = Doing::new(|| async {
        api::read_from(&DeleteSession {}).await?;
        address::go(&Route::SignIn.path());
        Ok(())
    });
    any! {
        <div class="spread head">
            <h1>"Settings"</h1>
            {sign_out.button("", "Sign out", "Signing out…", None)}
        </div>
        {sign_out.problem()}
        <Providers />
        <Kept />
        <Keys />
    }
}
