//! One eval set: its items, what it is judged on, its runs and versions.

mod check;
mod columns;
mod coverage;
mod criteria;
mod draft;
mod editor;
mod help;
mod item;
mod items;
mod removal;
mod scorers;
mod trial;
mod tryout;
mod versions;

use leptos::prelude::*;
use shared::api::runs::PostRun;
use shared::api::sets::{DeleteSet, GetSet, VersionQuery};
use shared::id::SetId;
use shared::set;
use shared::unseen::seen;

use crate::cell::Derived;
use crate::components::caller;
use crate::components::confirm::Confirm;
use crate::components::doing::Doing;
use crate::components::loaded::{Load, loaded};
use crate::components::views::Views;
use crate::pages::runs::RunList;
use crate::route::Route;
use crate::wording::number::{counted, score};
use crate::{address, api};
use criteria::CriteriaEditor;
use items::ItemList;
use scorers::ScorersEditor;
use versions::VersionList;

/// The parts of the page: the word in the address, and what people read.
const PARTS: [(&str, &str); 5] = [
    ("", "Items"),
    ("criteria", "Criteria"),
    ("scorers", "Scorers"),
    ("runs", "Runs"),
    ("versions", "Versions"),
];

/// Shows a set.
#[component]
pub fn SetPage(set: SetId) -> impl IntoView {
    let id = StoredValue::new(set);
    let asked = address::parameter("version");
    let version = Derived::new(move || asked.get().and_then(|version| version.parse::<u32>().ok()));
    let set = Load::new(move || {
        let (set, query) = (id.get_value(), VersionQuery { version: version.get() });
        async move { api::call(&GetSet { set }, &query, &()).await }
    });
    let changed = Callback::new(move |()| set.refetch());
    let part = address::parameter("part");
    let failed =
        move || set.get().and_then(Result::err).map(|_| any! { <h1>"This set cannot be shown"</h1> });
    let page = loaded(set, move |set| {
        let content = move |set: set::Set| match part.get().as_deref() {
            Some("criteria") => any! { <CriteriaEditor set changed /> },
            Some("scorers") => any! { <ScorersEditor set changed /> },
            Some("runs") => any! { <RunList set=Some(id.get_value()) /> },
            Some("versions") => any! { <VersionList set=id.get_value() newest=set.version /> },
            _ => any! { <ItemList set=id.get_value() of=set.item_count version changed /> },
        };
        let of_content = set.clone();
        any! {
            <Head set />
            {move || content(of_content.clone())}
        }
    });
    any! {
        {failed}
        {page}
    }
}

#[component]
fn Head(set: set::Set) -> impl IntoView {
    let deleting = RwSignal::new(false);
    let id = set.id.clone();
    let delete = Doing::new(move || {
        let set = id.clone();
        async move {
            api::read_from(&DeleteSet { set }).await?;
            address::replace(&Route::Sets.path());
            Ok(())
        }
    });
    let part = address::parameter("part");
    let links = PARTS.map(|(word, title)| {
        let here = move || part.with(|part| part.as_deref().unwrap_or_default() == word).then_some("page");
        let path = Route::Set(set.id.clone()).path();
        let query = [("part".to_owned(), word.to_owned())];
        let href = if word.is_empty() { path } else { address::write(&path, &query) };
        any! {
            <a href=href aria-current=here>
                {title}
            </a>
        }
    });
    let name = seen(set.name.as_str());
    let new_run = format!("{}?set={}", Route::NewRun.path(), set.id);
    any! {
        <p class="crumbs">
            <a href="/sets">"Sets"</a>
        </p>
        <div class="spread head">
            <h1>{name.clone()}</h1>
            <div class="actions">
                <Views />
                {caller::offered::<DeleteSet>(move || {
                    any! {
                        <button type="button" on:click=move |_| deleting.set(true)>
                            "Delete set…"
                        </button>
                    }
                })}
                {caller::offered::<PostRun>(move || {
                    any! {
                        <a class="button main" href=new_run.clone()>
                            "New run"
                        </a>
                    }
                })}
            </div>
        </div>
        <p class="quiet">
            {counted(set.item_count, "item", "items")} ", version " {set.version} ", threshold "
            {score(set.threshold.value())}
        </p>
        {(!set.description.is_empty()).then(|| any! { <p>{seen(&set.description)}</p> })}
        <nav class="parts" aria-label="Parts of the set">
            {links.collect_view()}
        </nav>
        {move || {
            deleting
                .get()
                .then(|| {
                    let text = format!("“{name}” goes from every list. Runs that are finished can still be read.");
                    any! {
                        <Confirm
                            title="Delete the set?"
                            text
                            word="Delete set"
                            act=delete
                            close=Callback::new(move |()| deleting.set(false))
                        />
                    }
                })
        }}
    }
}
