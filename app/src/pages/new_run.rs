//! Setting up a run: which set, which model or prompt, which judge.

mod again;
mod estimate;
mod form;
mod keeping;
mod logged;
mod reading;
mod saved;
mod target;
mod typed;

use leptos::prelude::*;
use shared::api::List;
use shared::api::access::GetProviders;
use shared::api::choices::{Choices, ChoicesQuery, GetChoices};
use shared::api::runs::PostRun;
use shared::api::sets::{GetSets, GetTargets};
use shared::id::SetId;
use shared::query::{LARGEST_PAGE, Page};

use crate::address;
use crate::api::{self, CallError};
use crate::cell::Derived;
use crate::components::caller;
use crate::components::fault::fault;
use crate::components::loaded::{Load, Loaded, loading};
use form::RunForm;

/// Sets up a run.
#[component]
pub fn NewRunPage() -> impl IntoView {
    let set = address::parameter("set");
    let set_id = Derived::new(move || set.get().and_then(|set| SetId::try_from(set).ok()));
    let choices = Load::new(move || {
        let set_id = set_id.get();
        async move { all(set_id).await }
    });
    let retry = Callback::new(move |()| choices.refetch());
    let shown = move || {
        choices.get().map_or_else(loading, |choices: Result<Choices, CallError>| match choices {
            Ok(choices) if choices.sets.data.is_empty() => {
                missing("/logs?add=all", "Make a set from logs", "There is no eval set to run yet.")
            }
            Ok(choices) if choices.providers.data.is_empty() => {
                missing("/settings", "Add a provider", "There is no provider to call yet.")
            }
            Ok(choices) => {
                let choices = StoredValue::new(choices);
                let form =
                    move || any! { <RunForm choices=choices.get_value() set=set_id.get_untracked() /> };
                any! { {caller::why_not::<PostRun>()} {caller::offered::<PostRun>(form)} }
            }
            Err(error) => fault(&error, Some(retry)),
        })
    };
    any! {
        <p class="crumbs">
            <a href="/runs">"Runs"</a>
        </p>
        <h1>"New run"</h1>
        {shown}
    }
}

/// Loads everything there is to choose from: one call, unless there are very many of something.
async fn all(set_id: Option<SetId>) -> Loaded<Choices> {
    let mut choices = api::call(&GetChoices {}, &ChoicesQuery { set_id }, &()).await?;
    while let Some(page) = next(&choices.sets) {
        add(&mut choices.sets, api::call(&GetSets {}, &page, &()).await?);
    }
    while let Some(page) = next(&choices.providers) {
        add(&mut choices.providers, api::call(&GetProviders {}, &page, &()).await?);
    }
    while let Some(page) = next(&choices.targets) {
        add(&mut choices.targets, api::call(&GetTargets {}, &page, &()).await?);
    }
    Ok(choices)
}

/// Gives the page of a list that comes next, if one does.
fn next<T>(list: &List<T>) -> Option<Page> {
    Some(Page { limit: Some(LARGEST_PAGE), cursor: Some(list.next_cursor.clone()?) })
}

fn add<T>(list: &mut List<T>, page: List<T>) {
    list.data.extend(page.data);
    list.next_cursor = page.next_cursor;
}

fn missing(href: &'static str, word: &'static str, text: &'static str) -> AnyView {
    any! {
        <div class="empty">
            <p>{text}</p>
            <p>
                <a class="button main" href=href>
                    {word}
                </a>
            </p>
        </div>
    }
}
