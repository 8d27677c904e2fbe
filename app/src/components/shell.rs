//! The frame of every page: navigation above, messages over it.

use leptos::prelude::*;

use super::theme::ThemeSwitch;
use super::toasts::{ToastList, Toasts};
use crate::address;
use crate::pages;
use crate::route::Route;

/// The whole app.
#[component]
pub fn Shell() -> impl IntoView {
    address::follow();
    let toasts = Toasts::provide();
    let route = address::route();
    Effect::new(move |_| document().set_title(&format!("{} · Assay", route.read().title())));
    let page = move || match route.get() {
        Route::SignIn => view! { <pages::sign_in::SignInPage /> }.into_any(),
        Route::Home => view! { <pages::home::HomePage /> }.into_any(),
        Route::Logs => view! { <pages::logs::LogsPage /> }.into_any(),
        Route::Sets => view! { <pages::sets::SetsPage /> }.into_any(),
        Route::Set(set) => view! { <pages::set::SetPage set /> }.into_any(),
        Route::Runs => view! { <pages::runs::RunsPage /> }.into_any(),
        Route::NewRun => view! { <pages::new_run::NewRunPage /> }.into_any(),
        Route::Run(run) => view! { <pages::run::RunPage run /> }.into_any(),
        Route::Settings => view! { <pages::settings::SettingsPage /> }.into_any(),
        Route::Unknown => view! { <NoPage /> }.into_any(),
    };
    view! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <header class="top">
            <a class="wordmark" href="/">
                "Assay"
            </a>
            <Show when=move || route.get() != Route::SignIn>
                <Navigation route />
            </Show>
            <ThemeSwitch />
        </header>
        <main id="main" tabindex="-1">
            {page}
        </main>
        <ToastList toasts />
    }
}

#[component]
fn Navigation(route: Memo<Route>) -> impl IntoView {
    let link = move |to: Route, holds: fn(&Route) -> bool| {
        let title = to.title();
        let current = move || route.with(holds).then_some("page");
        view! {
            <a href=to.path() aria-current=current>
                {title}
            </a>
        }
    };
    view! {
        <nav aria-label="Main">
            {link(Route::Home, |route| *route == Route::Home)}
            {link(Route::Logs, |route| *route == Route::Logs)}
            {link(Route::Sets, |route| matches!(route, Route::Sets | Route::Set(_)))}
            {link(Route::Runs, |route| matches!(route, Route::Runs | Route::NewRun | Route::Run(_)))}
            {link(Route::Settings, |route| *route == Route::Settings)}
        </nav>
    }
}

#[component]
fn NoPage() -> impl IntoView {
    view! {
        <h1>"No such page"</h1>
        <p>
            "Nothing is at this address. " <a href="/">"Go home"</a> "."
        </p>
    }
}
