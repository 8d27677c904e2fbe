//! Webhooks: who is told of what becomes of runs, with a test of each. Loaded once they are asked for.

use leptos::prelude::*;
use shared::api::webhooks::{DeleteWebhook, GetWebhooks, PostWebhookTest, WebhookTest};
use shared::id::WebhookId;
use shared::unseen::seen;
use shared::webhook::Webhook;

use super::webhook::WebhookForm;
use crate::cell::Cell;
use crate::components::confirm::Confirm;
use crate::components::doing::Doing;
use crate::components::paged::paged;
use crate::route::Route;
use crate::wording::webhook::{Said, delivery, events, tested};
use crate::{api, clock};

/// Which webhook is being written: a new one or a known one.
#[derive(Debug, Clone, PartialEq)]
enum Editing {
    New,
    Known(Box<Webhook>),
}

/// Shows the webhooks, folded away at first.
#[component]
pub fn Webhooks() -> impl IntoView {
    let opened = RwSignal::new(false);
    let open = move |_| {
        if !opened.get_untracked() {
            opened.set(true);
        }
    };
    any! {
        <section aria-labelledby="webhooks-title">
            <h2 id="webhooks-title">"Webhooks"</h2>
            <p class="quiet">
                "Other systems hear when a run is over or paused, with what the gate says. Messages are signed as Standard Webhooks describes, and tried again for a day and a half."
            </p>
            <details on:toggle=open>
                <summary>"Show the webhooks"</summary>
                {move || opened.get().then(shown)}
            </details>
        </section>
    }
}

fn shown() -> AnyView {
    let webhooks = paged(|_| async move { api::read_from(&GetWebhooks {}).await });
    let reload = Callback::new(move |()| webhooks.reload());
    let editing = Cell::new(None::<Editing>);
    let deleting = Cell::new(None::<(WebhookId, String)>);
    let delete = Doing::new(move || {
        let webhook = deleting.get_untracked();
        async move {
            if let Some((webhook, _)) = webhook {
                api::read_from(&DeleteWebhook { webhook }).await?;
                deleting.set(None);
                reload.try_run(());
            }
            Ok(())
        }
    });
    let list = move |webhooks: Vec<Webhook>| {
        if webhooks.is_empty() {
            return any! { <p class="quiet">"No webhooks yet: nobody is told."</p> };
        }
        let cards = webhooks.into_iter().map(|webhook| card(webhook, editing, deleting));
        any! { <ul class="cards">{cards.collect_view()}</ul> }
    };
    any! {
        <p class="actions">
            <button type="button" on:click=move |_| _ = editing.set(Some(Editing::New))>
                "Add a webhook…"
            </button>
        </p>
        {webhooks.show(list)}
        {move || {
            editing
                .get()
                .map(|which| {
                    let webhook = match which {
                        Editing::New => None,
                        Editing::Known(webhook) => Some(*webhook),
                    };
                    any! { <WebhookForm webhook close=Callback::new(move |()| _ = editing.set(None)) saved=reload /> }
                })
        }}
        {move || {
            deleting
                .get()
                .map(|(_, name)| {
                    let text = format!("“{name}” is told nothing more, not even what it has not taken yet.");
                    any! {
                        <Confirm
                            title="Delete the webhook?"
                            text
                            word="Delete webhook"
                            act=delete
                            close=Callback::new(move |()| _ = deleting.set(None))
                        />
                    }
                })
        }}
    }
}

fn card(
    webhook: Webhook,
    editing: Cell<Option<Editing>>,
    deleting: Cell<Option<(WebhookId, String)>>,
) -> AnyView {
    let id = webhook.id.clone();
    let outcome = Cell::new(None::<WebhookTest>);
    let test = Doing::new(move || {
        let webhook = id.clone();
        outcome.set(None);
        async move {
            outcome.set(Some(api::read_from(&PostWebhookTest { webhook }).await?));
            Ok(())
        }
    });
    let name = seen(webhook.name.as_str());
    let [test_label, edit_label, delete_label] =
        ["Test", "Edit", "Delete"].map(|word| format!("{word} {name}"));
    let deleted = (webhook.id.clone(), name.clone());
    let last = match &webhook.last_delivery {
        None => any! { <p class="small quiet">"Nothing was sent in the last 30 days."</p> },
        Some(last) => {
            let run = Route::Run(last.run_id.clone()).path();
            let said = said(&delivery(last, clock::now()));
            any! {
                <p class="small">
                    {said} " "
                    <a href=run>"The run"</a>
                </p>
            }
        }
    };
    let (url, told) = (webhook.url.clone(), events(&webhook.events));
    any! {
        <li class="card">
            <div class="spread">
                <h3>{name}</h3>
                <div class="actions">
                    {test.button("", "Test", "Testing…", Some(test_label))}
                    <button
                        type="button"
                        aria-label=edit_label
                        on:click=move |_| _ = editing.set(Some(Editing::Known(Box::new(webhook.clone()))))
                    >
                        "Edit…"
                    </button>
                    <button type="button" aria-label=delete_label on:click=move |_| _ = deleting.set(Some(deleted.clone()))>
                        "Delete…"
                    </button>
                </div>
            </div>
            <p class="quiet">{format!("{told} · {url}")}</p>
            {last}
            <p role="status">{move || outcome.get().map(|outcome| said(&tested(&outcome)))}</p>
            {test.problem()}
        </li>
    }
}

fn said(said: &Said) -> AnyView {
    any! {
        <span class=said.class>{said.mark}</span>
        " "
        {said.words.clone()}
    }
}
