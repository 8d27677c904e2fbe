//! Signing in with a token, typed or out of a link.

use leptos::ev;
use leptos::prelude::*;
use shared::api::access::{PostSession, SignIn};
use web_sys::wasm_bindgen::JsValue;

use crate::components::caller;
use crate::components::doing::Doing;
use crate::{address, api, signed_in};

/// Signs in, and goes where the reader was going.
#[component]
pub fn SignInPage() -> impl IntoView {
    // Whoever comes here is not signed in any more, or will be somebody else.
    signed_in::forget();
    let next = address::parameter("next");
    let token = RwSignal::new(token_of_link().unwrap_or_default());
    let sign_in = Doing::new(move || {
        let body = SignIn { token: token.get_untracked().trim().to_owned() };
        async move {
            api::submit(&PostSession {}, &body).await?;
            // Where that fails it is asked for again once somebody needs it.
            _ = caller::learn().await;
            address::replace(&destination(next.try_get_untracked().flatten()));
            Ok(())
        }
    });
    if token.with_untracked(|token| !token.is_empty()) {
        sign_in.start();
    }
    // The link may be opened where this page is open already.
    let linked = window_event_listener(ev::hashchange, move |_| {
        if let Some(of_link) = token_of_link() {
            token.set(of_link);
            sign_in.start();
        }
    });
    on_cleanup(move || linked.remove());
    any! {
        <section class="sign-in">
            <h1>"Sign in to Assay"</h1>
            <form on:submit=move |event| {
                event.prevent_default();
                sign_in.start();
            }>
                <label class="field">
                    <span>"Token"</span>
                    <input
                        type="password"
                        name="token"
                        autocomplete="current-password"
                        required
                        aria-describedby="token-help"
                        bind:value=token
                    />
                </label>
                <p id="token-help" class="quiet small">
                    "The start command prints a link that signs you in. Or paste the admin token, or an access key made in Settings."
                </p>
                {sign_in.problem()}
                {sign_in.submit("Sign in", "Signing in…")}
            </form>
        </section>
    }
}

/// Gives where to go after signing in: only a path of this app.
fn destination(next: Option<String>) -> String {
    next.filter(|next| next.starts_with('/') && !next.starts_with("//")).unwrap_or_else(|| "/".to_owned())
}

/// Takes the token out of the link, so that it stays neither in the address nor in the history.
fn token_of_link() -> Option<String> {
    let hash = window().location().hash().ok()?;
    let token = hash.strip_prefix("#token=")?.to_owned();
    let clean = address::here().href();
    if let Ok(history) = window().history() {
        // The address of the page itself is never refused.
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&clean));
    }
    (!token.is_empty()).then_some(token)
}
