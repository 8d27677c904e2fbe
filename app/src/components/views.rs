//! Saved views beside the filters of a page: opening one, keeping the address under a name, taking one away.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::views::{DeleteView, GetViews, NewView, PostView, ViewsQuery};
use shared::criteria::Name;
use shared::unseen::seen;
use shared::view::{PageAddress, View};

use super::caller::Caller;
use super::dialog::Dialog;
use super::doing::{Doing, NotDone};
use super::loaded::{Load, loaded};
use super::mistakes::Mistakes;
use super::toasts::Toasts;
use crate::address::{self, Address};
use crate::api;

/// Gives the address as a view keeps it: without what is open just now.
fn kept(address: Address) -> Address {
    address.with(&address::OPENING.map(|name| (name, None)))
}

/// A menu of the views of the page that the address is of.
#[component]
pub fn Views() -> impl IntoView {
    let address = address::current();
    let path = Memo::new(move |_| address.with(|address| address.path.clone()));
    // Nothing is asked until somebody looks.
    let asked = RwSignal::new(false);
    let views = Load::new(move || {
        let query = asked.get().then(|| ViewsQuery { path: Some(path.get()) });
        async move {
            match query {
                Some(query) => api::call(&GetViews {}, &query, &()).await.map(|list| Some(list.data)),
                None => Ok(None),
            }
        }
    });
    let caller = Caller::of_app();
    let may_save = Memo::new(move |_| caller.may::<PostView>());
    let may_delete = Memo::new(move |_| caller.may::<DeleteView>());
    let menu = NodeRef::<html::Div>::new();
    let opener = NodeRef::<html::Button>::new();
    let hide = move || {
        if let Some(menu) = menu.get_untracked() {
            // One that is closed already stays so.
            _ = menu.hide_popover();
        }
        // What is opened from here gives the focus back to what is still there.
        if let Some(opener) = opener.get_untracked() {
            _ = opener.focus();
        }
    };
    let look = move |_| {
        if asked.get_untracked() {
            views.refetch();
        }
        asked.set(true);
    };
    let saving = RwSignal::new(false);
    let toasts = Toasts::of_app();
    let link = move |view: View| {
        let (name, href) = (seen(view.name.as_str()), view.address.as_str().to_owned());
        let wanted = href.clone();
        let here = move || (kept(address.get()).href() == wanted).then_some("true");
        let label = format!("Delete the view {name}");
        let delete = move || {
            let (label, view) = (label.clone(), view.clone());
            may_delete.get().then(|| {
                any! {
                    <button
                        type="button"
                        class="icon"
                        aria-label=label
                        on:click=move |_| {
                            hide();
                            spawn_local(remove(view.clone(), toasts));
                        }
                    >
                        "✕"
                    </button>
                }
            })
        };
        any! {
            <li>
                <a href=href aria-current=here on:click=move |_| hide()>
                    {name}
                </a>
                {delete}
            </li>
        }
    };
    let list = move |views: Option<Vec<View>>| match views {
        None => ().into_any(),
        Some(views) if views.is_empty() => any! { <p class="quiet">"No view of this page is saved yet."</p> },
        Some(views) => any! { <ul>{views.into_iter().map(link).collect_view()}</ul> },
    };
    let save = move || {
        may_save.get().then(|| {
            any! {
                <button
                    type="button"
                    class="plain"
                    on:click=move |_| {
                        hide();
                        saving.set(true);
                    }
                >
                    "Save this view…"
                </button>
            }
        })
    };
    any! {
        <div class="views">
            <button type="button" popovertarget="views" node_ref=opener on:click=look>
                "Views ▾"
            </button>
            <div popover="auto" id="views" class="menu" role="group" aria-label="Saved views" node_ref=menu>
                {loaded(views, list)}
                {save}
            </div>
            {move || {
                saving.get().then(|| any! { <SaveView close=Callback::new(move |()| saving.set(false)) /> })
            }}
        </div>
    }
}

#[component]
fn SaveView(close: Callback<()>) -> impl IntoView {
    let toasts = Toasts::of_app();
    let name = RwSignal::new(String::new());
    let mistakes = Mistakes::of("view");
    let save = Doing::new(move || {
        mistakes.clear();
        let new = read(name.get_untracked());
        async move {
            let view = api::submit(&PostView {}, &new?).await.map_err(|error| mistakes.answered(error))?;
            toasts.done(format!("The view “{}” is saved for everybody.", view.name));
            close.try_run(());
            Ok(())
        }
    });
    let help =
        "It keeps what the page shows now: filters, search and order. Everybody who signs in here sees it.";
    any! {
        <Dialog title="Save this view" on_close=close>
            <form
                data-guarded
                on:submit=move |event| {
                    event.prevent_default();
                    save.start();
                }
            >
                {mistakes.at("/name").name(help, name)}
                {save.problem()}
                {save.submit("Save view", "Saving…")}
            </form>
        </Dialog>
    }
}

/// Gives what is sent to keep the address under a name.
fn read(name: String) -> Result<NewView, NotDone> {
    let name = Name::try_from(name).map_err(NotDone::unfit)?;
    let address = PageAddress::try_from(kept(address::here()).href()).map_err(NotDone::unfit)?;
    Ok(NewView { name, address })
}

/// Takes a view away from everybody, and offers to keep it again.
async fn remove(view: View, toasts: Toasts) {
    let View { id, name, address, .. } = view;
    if let Err(error) = api::read_from(&DeleteView { view: id.clone() }).await {
        return toasts.failed(error);
    }
    let text = format!("The view “{name}” is gone from the menus of everybody.");
    let new = NewView { name, address };
    toasts.undoable(format!("view/{id}"), text, move || {
        let new = new.clone();
        async move {
            let view = api::submit(&PostView {}, &new).await?;
            Ok(format!("The view “{}” is back.", view.name))
        }
    });
}
