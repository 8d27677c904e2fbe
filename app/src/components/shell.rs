//! The frame of every page: navigation above, messages over it.

use leptos::prelude::*;

use super::caller::Caller;
use super::connection::{Connection, ConnectionBanner};
use super::shortcuts::{self, Shortcuts, panels};
use super::theme::{Theme, ThemeSwitch};
use super::toasts::{ToastList, Toasts};
use super::unsaved::Unsaved;
use crate::cell::{Cell, Derived};
use crate::part::Over;
use crate::route::Route;
use crate::shortcut::{self, Does};
use crate::{address, pages, part};

/// The whole app.
#[component]
pub fn Shell() -> impl IntoView {
    let unsaved = Unsaved::provide();
    address::follow(move |href| unsaved.go(href), move |to, from| unsaved.holds_back(to, from));
    part::fetch_ahead();
    let toasts = Toasts::provide();
    let connection = Connection::provide();
    let theme = Theme::provide();
    let route = address::route();
    let inside = Memo::new(move |_| route.with(|route| *route != Route::SignIn));
    Caller::provide(inside);
    let over = Cell::new(None::<Over>);
    let is_inside = move || route.get_untracked() != Route::SignIn;
    let toggle = move |which: Over| {
        if over.get_untracked() == Some(which) {
            over.set(None);
        } else {
            which.show(over);
        }
        true
    };
    Shortcuts::provide(move |does| match does {
        Does::Palette if is_inside() => toggle(Over::Palette),
        Does::Search => {
            let everywhere = || is_inside() && panels() == 0 && toggle(Over::Palette);
            shortcuts::on_page(does) || everywhere()
        }
        Does::Help => toggle(Over::Shortcuts),
        Does::Undo => toasts.undo_last(),
        // Under a panel the page stays.
        Does::Go(to) if is_inside() && panels() == 0 => {
            unsaved.go(&to.path());
            true
        }
        _ => shortcuts::on_page(does),
    });
    Effect::new(move |_| document().set_title(&format!("{} · Assay", route.with(Route::title))));
    let page = move || match route.get() {
        Route::SignIn => any! { <pages::sign_in::SignInPage /> },
        Route::Home => any! { <pages::home::HomePage /> },
        Route::Unknown => any! { <NoPage /> },
        in_part => part::page(in_part).into_any(),
    };
    any! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <header class="top">
            <a class="wordmark" href="/">
                "Assay"
            </a>
            {move || inside.get().then(|| any! { <Navigation route /> })}
            {move || inside.get().then(|| find(over))}
            <ThemeSwitch theme />
        </header>
        <ConnectionBanner connection />
        <main id="main" tabindex="-1">
            {page}
        </main>
        {part::lying_over(over)}
        {unsaved.question()}
        <ToastList />
    }
}

/// Shows the button that opens the palette.
fn find(over: Cell<Option<Over>>) -> AnyView {
    let keys = shortcut::for_doing(&Does::Palette).map(shortcuts::keys);
    any! {
        <button type="button" class="find" on:click=move |_| Over::Palette.show(over)>
            "Find "
            {keys}
        </button>
    }
}

#[component]
fn Navigation(route: Derived<Route>) -> impl IntoView {
    let link = move |to: Route, holds: fn(&Route) -> bool| {
        let title = to.title();
        let current = move || route.with(holds).then_some("page");
        any! {
            <a href=to.path() aria-current=current>
                {title}
            </a>
        }
    };
    any! {
        <nav aria-label="Main">
            {link(Route::Home, |route| *route == Route::Home)}
            {link(Route::Logs, |route| *route == Route::Logs)}
            {link(Route::Sets, |route| matches!(route, Route::Sets | Route::Set(_)))}
            {link(Route::Runs, |route| matches!(route, Route::Runs | Route::NewRun | Route::Run(_) | Route::Compare | Route::Judge(_)))}
            {link(Route::Settings, |route| *route == Route::Settings)}
        </nav>
    }
}

#[component]
fn NoPage() -> impl IntoView {
    any! {
        <h1>"No such page"</h1>
        <p>
            "Nothing is at this address. " <a href="/">"Go home"</a> "."
        </p>
    }
}
