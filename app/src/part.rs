//! The parts of the app: groups of pages that are fetched when one of them is first asked for.
//!
//! The first visit loads the frame, the sign-in page, the first page and what they use. What only a function marked
//! `wasm_split` reaches, the build moves to a file of its own; what several of them reach, to a file for each such
//! combination. So parts are few, and a new page is an arm in `Part::of` and in the function of the part with which
//! it shares most. Nothing else may name it, or the first visit loads it too. Scoring without a model is a part of
//! its own: it is three times as large as the page that asks for it. So is reading Markdown, which few ask for.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use web_sys::Event;

use crate::address;
use crate::api::CallError;
use crate::cell::Cell;
use crate::components::connection::Connection;
use crate::components::loaded::{Load, loaded};
use crate::components::palette::Palette;
use crate::components::shortcut_list::ShortcutList;
use crate::components::toasts::Toasts;
use crate::markdown;
use crate::pages::compare::ComparePage;
use crate::pages::design::DesignPage;
use crate::pages::judge::JudgePage;
use crate::pages::logs::LogsPage;
use crate::pages::new_run::NewRunPage;
use crate::pages::run::RunPage;
use crate::pages::runs::RunsPage;
use crate::pages::set::SetPage;
use crate::pages::sets::SetsPage;
use crate::pages::settings::SettingsPage;
use crate::route::Route;
use crate::trial::{self, Score};
use crate::wording::fault::Fault;

/// Draws the pages of a part.
type Draw = fn(Route) -> AnyView;

type Fetched = Result<Draw, SplitLoaderError>;

#[wasm_split(logs, wasm_split_path = leptos::wasm_split, fallible)]
fn logs() -> Fetched {
    Ok(|_| any! { <LogsPage /> })
}

#[wasm_split(sets, wasm_split_path = leptos::wasm_split, fallible)]
fn sets() -> Fetched {
    Ok(|route| match route {
        Route::Set(set) => any! { <SetPage set /> },
        _ => any! { <SetsPage /> },
    })
}

#[wasm_split(runs, wasm_split_path = leptos::wasm_split, fallible)]
fn runs() -> Fetched {
    Ok(|route| match route {
        Route::Run(run) => any! { <RunPage run /> },
        Route::Judge(version) => any! { <JudgePage version /> },
        Route::Compare => any! { <ComparePage /> },
        Route::NewRun => any! { <NewRunPage /> },
        _ => any! { <RunsPage /> },
    })
}

#[wasm_split(settings, wasm_split_path = leptos::wasm_split, fallible)]
fn settings() -> Fetched {
    Ok(|_| any! { <SettingsPage /> })
}

#[wasm_split(design, wasm_split_path = leptos::wasm_split, fallible)]
fn design() -> Fetched {
    Ok(|_| any! { <DesignPage /> })
}

#[wasm_split(scoring, wasm_split_path = leptos::wasm_split, fallible)]
fn score() -> Result<Score, SplitLoaderError> {
    Ok(trial::score)
}

/// What lies over whatever page there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Palette,
    Shortcuts,
}

impl Over {
    /// Puts it over the page, in the place of what lies there.
    ///
    /// That must be gone first: the element of one panel may become that of the next, which the closing of the first
    /// would close.
    pub fn show(self, over: Cell<Option<Self>>) {
        let others = untrack(|| over.with(Option::is_some));
        over.set(Some(self).filter(|_| !others));
        if others {
            request_animation_frame(move || _ = over.set(Some(self)));
        }
    }
}

/// Draws what lies over a page; what is in the cell is taken out when it is closed.
type DrawOver = fn(Over, Cell<Option<Over>>) -> AnyView;

#[wasm_split(over, wasm_split_path = leptos::wasm_split, fallible)]
fn over() -> Result<DrawOver, SplitLoaderError> {
    Ok(|which, over| match which {
        Over::Palette => any! { <Palette over /> },
        Over::Shortcuts => any! { <ShortcutList close=Callback::new(move |()| _ = over.set(None)) /> },
    })
}

/// Shows what is to lie over the page, once its part is there.
pub fn lying_over(asked: Cell<Option<Over>>) -> AnyView {
    let (toasts, connection) = (Toasts::of_app(), Connection::of_app());
    let drawing = Cell::new(None::<DrawOver>);
    // Fetched once; after that it is drawn at once.
    Effect::new(move || {
        if asked.with(Option::is_some) && drawing.with(Option::is_none) {
            spawn_local(async move {
                match over().await {
                    Ok(draw) => _ = drawing.set(Some(draw)),
                    Err(_) => {
                        let error = missing();
                        connection.failed(&error.fault);
                        toasts.failed(error);
                        asked.set(None);
                    }
                }
            });
        }
    });
    let shown = move || Some(drawing.get()?(asked.get()?, asked));
    shown.into_any()
}

fn missing() -> CallError {
    CallError { fault: Fault::Missing, request_id: None }
}

/// Fetches what scores responses without a model, unless it is there.
///
/// # Errors
/// Says that it did not come.
pub async fn scoring() -> Result<Score, CallError> {
    score().await.map_err(|_| missing())
}

#[wasm_split(markdown, wasm_split_path = leptos::wasm_split, fallible)]
fn read_markdown() -> Result<markdown::Read, SplitLoaderError> {
    Ok(markdown::read)
}

/// Fetches what reads Markdown, unless it is there.
///
/// # Errors
/// Says that it did not come.
pub async fn markdown() -> Result<markdown::Read, CallError> {
    read_markdown().await.map_err(|_| missing())
}

/// A part of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Logs,
    Sets,
    Runs,
    Settings,
    Design,
}

impl Part {
    /// Tells which part a page is in, if it is in one.
    fn of(route: &Route) -> Option<Self> {
        match route {
            Route::SignIn | Route::Home | Route::Unknown => None,
            Route::Logs => Some(Self::Logs),
            Route::Sets | Route::Set(_) => Some(Self::Sets),
            Route::Runs | Route::NewRun | Route::Run(_) | Route::Compare | Route::Judge(_) => {
                Some(Self::Runs)
            }
            Route::Settings => Some(Self::Settings),
            Route::Design => Some(Self::Design),
        }
    }

    /// Fetches the part, unless it is there.
    async fn fetch(self) -> Fetched {
        match self {
            Self::Logs => logs().await,
            Self::Sets => sets().await,
            Self::Runs => runs().await,
            Self::Settings => settings().await,
            Self::Design => design().await,
        }
    }
}

/// Shows a page that is in a part; nothing for one that is in none.
pub fn page(route: Route) -> Option<AnyView> {
    let part = Part::of(&route)?;
    let title = route.title();
    let load = Load::new(move || async move { part.fetch().await.map_err(|_| missing()) });
    let failed = move || load.get().and_then(Result::err).map(|_| any! { <h1>{title}</h1> });
    Some(any! {
        {failed}
        {loaded(load, move |draw| draw(route.clone()))}
    })
}

/// Fetches parts ahead: when a link to a page is pointed at or focused, its part is there once it is followed.
pub fn fetch_ahead() {
    let pointed = window_event_listener(ev::pointerover, |event| ahead(&event));
    let focused = window_event_listener(ev::focusin, |event| ahead(&event));
    on_cleanup(move || {
        pointed.remove();
        focused.remove();
    });
}

fn ahead(event: &Event) {
    if let Some(part) = address::linked(event).and_then(|link| Part::of(&Route::read(&link.pathname()))) {
        // A part that cannot be fetched now says so when it is asked for.
        spawn_local(async move { _ = part.fetch().await });
    }
}
