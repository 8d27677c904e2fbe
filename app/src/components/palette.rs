//! The palette: everything that can be gone to or done, found by typing.
//!
//! Leaves out what is offered and how it is found (`command`).

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::access::DeleteSession;
use shared::api::runs::{GetRuns, RunsQuery};
use shared::api::sets::GetSets;
use shared::api::views::{GetViews, ViewsQuery};
use shared::query::Page;
use shared::unseen::seen;

use super::caller::Caller;
use super::connection::Connection;
use super::dialog::Dialog;
use super::loaded::Load;
use super::shortcuts;
use super::theme::Theme;
use super::toasts::Toasts;
use super::unsaved::Unsaved;
use crate::address;
use crate::api;
use crate::cell::{Cell, Derived};
use crate::command::{self, Act, Command};
use crate::part::Over;
use crate::route::Route;
use crate::shortcut::{self, Does};
use crate::wording::number::{counted, listed};

/// The most commands that are listed: who sees more types more.
const MOST: usize = 60;

/// How many runs are offered, the newest.
const RUNS: u32 = 50;

/// Shows the palette until something is chosen or it is closed.
#[component]
pub fn Palette(over: Cell<Option<Over>>) -> impl IntoView {
    let close = Callback::new(move |()| _ = over.set(None));
    let (theme, toasts, connection) = (Theme::of_app(), Toasts::of_app(), Connection::of_app());
    let caller = Caller::of_app();
    let typed = RwSignal::new(String::new());
    let chosen = Cell::new(0_usize);
    let objects = Load::new(|| async { objects().await });
    let all = Derived::new(move || {
        let objects = objects.get().and_then(Result::ok).unwrap_or_default();
        let all = command::always().into_iter().filter(|command| caller.has(command.needs));
        all.chain(objects.commands).collect::<Vec<_>>()
    });
    let places = Derived::new(move || all.with(|all| typed.with(|typed| command::find(all, typed))));
    let found = Derived::new(move || {
        let listed = |place: &usize| all.with(|all| all.get(*place).cloned());
        places.with(|places| places.iter().take(MOST).filter_map(listed).collect::<Vec<_>>())
    });
    let unsaved = Unsaved::of_app();
    let run = move |command: Command| {
        if command.act == Act::Help {
            return Over::Shortcuts.show(over);
        }
        // Closing gives the focus back to where it was, before the page changes.
        over.set(None);
        match command.act {
            Act::Help => {}
            Act::Go(address) => unsaved.go(&address),
            Act::Theme(word) => theme.choose(word),
            Act::SignOut => spawn_local(async move {
                match api::read_from(&DeleteSession {}).await {
                    Ok(()) => address::go(&Route::SignIn.path()),
                    Err(error) => {
                        connection.failed(&error.fault);
                        toasts.failed(error);
                    }
                }
            }),
        }
    };
    let move_by = move |by: isize| {
        let last = found.with(Vec::len).saturating_sub(1);
        let next = chosen.get_untracked().saturating_add_signed(by).min(last);
        chosen.set(next);
        reveal(next);
    };
    let pressed = move |event: ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => untrack(|| move_by(1)),
            "ArrowUp" => untrack(|| move_by(-1)),
            "PageDown" => untrack(|| move_by(10)),
            "PageUp" => untrack(|| move_by(-10)),
            "Enter" => {
                let place = chosen.get_untracked();
                if let Some(command) = found.get_untracked().get(place) {
                    run(command.clone());
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(place, command): (usize, Command)| {
        let keys = keys(&command.act);
        let [title, about] = [&command.title, &command.about].map(|words| seen(words));
        any! {
            <li
                role="option"
                id=id(place)
                aria-selected=move || (chosen.get() == place).to_string()
                on:mousemove=move |_| {
                    if chosen.get_untracked() != place {
                        chosen.set(place);
                    }
                }
                on:click=move |_| run(command.clone())
            >
                <span class="title">{title}</span>
                <span class="quiet small">{about}</span>
                {keys.map(|keys| any! { <span class="keys">{shortcuts::keys(keys)}</span> })}
            </li>
        }
    };
    let input = NodeRef::<html::Input>::new();
    any! {
        <Dialog title="Go to or do" on_close=close>
            <input
                type="text"
                class="palette-field"
                role="combobox"
                aria-label="What to go to or do"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=move || found.with(|found| (!found.is_empty()).then(|| id(chosen.get())))
                autocomplete="off"
                spellcheck="false"
                autofocus
                placeholder="A page, a set, a run, a view, an action"
                node_ref=input
                prop:value=typed
                on:input:target=move |event| {
                    typed.set(event.target().value());
                    chosen.set(0);
                    reveal(0);
                }
                on:keydown=pressed
            />
            <ul role="listbox" id="palette-list" class="palette" aria-label="What was found" tabindex="-1">
                {move || found.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p role="status" class="quiet small">
                {move || {
                    match found.with(Vec::len) {
                        0 => "Nothing has all of these words.".to_owned(),
                        number => listed(number as u64, places.with(Vec::len) as u64, "match", "matches"),
                    }
                }}
                {move || {
                    objects
                        .get()
                        .and_then(|objects| match objects {
                            Ok(Objects { has_older, .. }) => {
                                has_older.then(|| format!(" Of the runs, the newest {RUNS} are offered; all are on their page."))
                            }
                            Err(_) => Some(" Sets, runs and views did not load.".to_owned()),
                        })
                }}
            </p>
        </Dialog>
    }
}

fn id(place: usize) -> String {
    format!("palette-{place}")
}

/// Scrolls a command into sight.
fn reveal(place: usize) {
    request_animation_frame(move || {
        if let Some(option) = document().get_element_by_id(&id(place)) {
            option.scroll_into_view_with_bool(false);
        }
    });
}

/// Finds the shortcut that does the same.
fn keys(act: &Act) -> Option<&'static shortcut::Shortcut> {
    let does = match act {
        Act::Go(address) => Does::Go(Route::read(address)),
        Act::Help => Does::Help,
        Act::Theme(_) | Act::SignOut => return None,
    };
    let is_whole = !matches!(act, Act::Go(address) if address.contains('?'));
    shortcut::for_doing(&does).filter(|_| is_whole)
}

/// What there is to go to.
#[derive(Clone, Default)]
struct Objects {
    commands: Vec<Command>,
    /// There are more runs, older ones.
    has_older: bool,
}

/// Reads what there is to go to: sets, the newest runs, saved views.
async fn objects() -> Result<Objects, api::CallError> {
    let sets = api::every(|page| async move { api::call(&GetSets {}, &page, &()).await }).await?;
    let sets = sets.into_iter().map(|set| Command {
        title: set.name.to_string(),
        about: format!("Set · {}", counted(set.item_count, "item", "items")),
        act: Act::Go(Route::Set(set.id).path()),
        needs: None,
    });
    let query = RunsQuery { page: Page { limit: Some(RUNS), cursor: None }, ..RunsQuery::default() };
    let runs = api::call(&GetRuns {}, &query, &()).await?;
    let has_older = runs.next_cursor.is_some();
    let runs = runs.data.into_iter().map(|run| Command {
        title: run.name.to_string(),
        about: format!("Run · {}", run.set_name),
        act: Act::Go(Route::Run(run.id).path()),
        needs: None,
    });
    let views =
        api::call(&GetViews {}, &ViewsQuery::default(), &()).await?.data.into_iter().map(|view| Command {
            title: view.name.to_string(),
            about: format!("View · {}", Route::read(view.address.path()).title()),
            act: Act::Go(String::from(view.address)),
            needs: None,
        });
    Ok(Objects { commands: views.chain(sets).chain(runs).collect(), has_older })
}
