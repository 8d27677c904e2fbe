//! The system prompt as it will be, against one that was logged.

use leptos::prelude::*;
use shared::api::sets::{GetItem, GetItems, ItemsQuery};
use shared::chat::{Role, openai};
use shared::id::SetId;
use shared::query::Page;

use super::typed::System;
use crate::api;
use crate::cell::Cell;
use crate::components::loaded::{Load, loaded};
use crate::components::long_text::long_pieces;
use crate::passage::{Compared, Quoted};

/// Shows what a changed system prompt changes, by the newest item of the set.
pub fn against(set: RwSignal<String>, system: Cell<System>, text: RwSignal<String>) -> AnyView {
    let logged = Load::new(move || {
        let set = SetId::try_from(set.get());
        async move {
            let Ok(set) = set else { return Ok(None) };
            let first = ItemsQuery { page: Page { limit: Some(1), cursor: None }, ..ItemsQuery::default() };
            let items = api::call(&GetItems { set: set.clone() }, &first, &()).await?;
            let Some(item) = items.data.into_iter().next().map(|row| row.id) else { return Ok(None) };
            let item = api::read_from(&GetItem { set, item }).await?;
            let messages =
                openai::read_request(&item.request).map(|request| request.messages).unwrap_or_default();
            let system = messages.iter().filter(|message| message.role == Role::System);
            Ok(Some(system.map(|message| message.content.text()).collect::<Vec<_>>().join("\n\n")))
        }
    });
    any! {
        <section aria-labelledby="against-title">
            <h2 id="against-title">"Against what was logged"</h2>
            <p class="quiet small">"With the newest item of the set; others may have another prompt."</p>
            {loaded(logged, move |logged| {
                let logged = logged.unwrap_or_default();
                any! { {move || sides(&logged, system.get(), &text.get())} }
            })}
        </section>
    }
}

fn sides(logged: &str, system: System, text: &str) -> AnyView {
    let new = match system {
        System::Keep => logged.to_owned(),
        System::Replace => text.to_owned(),
        System::Append => {
            [logged, text].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
        }
    };
    let compared = Compared::of(logged, &new);
    let plain = |text| Quoted { text, quotes: &[] };
    any! {
        <div class="sides">
            <div>
                <h3>"Logged"</h3>
                {long_pieces(compared.old(plain(logged)))}
            </div>
            <div>
                <h3>"In this run"</h3>
                {long_pieces(compared.new_one(plain(&new)))}
            </div>
        </div>
    }
}
