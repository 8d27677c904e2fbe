//! Providers, what is kept, access keys, webhooks, the audit, and signing out.

mod audit;
mod kept;
mod keys;
mod provider;
mod providers;
mod webhook;
mod webhooks;

use leptos::prelude::*;
use shared::api::access::DeleteSession;

use crate::cell::Derived;
use crate::components::doing::Doing;
use crate::route::Route;
use crate::{address, api};
use audit::Audit;
use kept::Kept;
use keys::Keys;
use providers::Providers;
use webhooks::Webhooks;

/// Shows the settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let sign_out = Doing::new(|| async {
        api::read_from(&DeleteSession {}).await?;
        address::go(&Route::SignIn.path());
        Ok(())
    });
    let keys = keys::load();
    // Whoever gets to see the keys may see the webhooks and the audit. That tells without asking who it is.
    let is_operator = Derived::new(move || keys.of().is_some());
    any! {
        <div class="spread head">
            <h1>"Settings"</h1>
            {sign_out.button("", "Sign out", "Signing out…", None)}
        </div>
        {sign_out.problem()}
        <Providers />
        <Kept />
        <Keys keys />
        {move ||
            is_operator
                .get()
                .then(|| {
                    any! {
                        <Webhooks />
                        <Audit />
                    }
                })
        }
    }
}
