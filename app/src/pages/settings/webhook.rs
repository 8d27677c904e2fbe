//! One webhook as a form. Its secret is shown where it was drawn, and never again.

use leptos::prelude::*;
use shared::api::webhooks::{KeptWebhook, NewWebhook, PatchWebhook, PostWebhook, WebhookChange};
use shared::criteria::Name;
use shared::mistake::Mistake;
use shared::webhook::{Event, Webhook};

use crate::api;
use crate::cell::Cell;
use crate::components::dialog::Dialog;
use crate::components::doing::{Doing, NotDone};
use crate::components::mistakes::Mistakes;
use crate::components::secret::once;
use crate::wording::webhook::event;

/// What was typed.
#[derive(Debug, Clone, PartialEq)]
struct Typed {
    name: String,
    url: String,
    events: Vec<Event>,
    new_secret: bool,
}

/// Makes a webhook or changes one.
#[component]
pub fn WebhookForm(webhook: Option<Webhook>, close: Callback<()>, saved: Callback<()>) -> impl IntoView {
    let known = webhook.is_some();
    let start = webhook.as_ref();
    let name = RwSignal::new(start.map(|webhook| webhook.name.to_string()).unwrap_or_default());
    let url = RwSignal::new(start.map(|webhook| webhook.url.clone()).unwrap_or_default());
    let chosen =
        |event: Event| start.map_or(event == Event::RunFinished, |webhook| webhook.events.contains(&event));
    let events = Event::ALL.map(|event| (event, RwSignal::new(chosen(event))));
    let new_secret = RwSignal::new(false);
    let secret = Cell::new(None::<String>);
    let webhook = StoredValue::new(webhook);
    let mistakes = Mistakes::of("webhook");
    let save = Doing::new(move || {
        let chosen = events.iter().filter(|(_, on)| on.get_untracked()).map(|(event, _)| *event);
        let typed = Typed {
            name: name.get_untracked(),
            url: url.get_untracked(),
            events: chosen.collect(),
            new_secret: new_secret.get_untracked(),
        };
        let webhook = webhook.get_value();
        async move {
            mistakes.clear();
            let kept = save_typed(typed, webhook, mistakes).await?;
            saved.try_run(());
            match kept.secret {
                None => _ = close.try_run(()),
                drawn => _ = secret.set(drawn),
            }
            Ok(())
        }
    });
    let choices = events.map(|(known, on)| {
        any! {
            <label class="choice">
                <input type="checkbox" bind:checked=on />
                <span>
                    <strong>{known.word()}</strong>
                    ": "
                    {event(known)}
                </span>
            </label>
        }
    });
    let [at_name, at_url, at_events] = ["/name", "/url", "/events"].map(|place| mistakes.at(place));
    let of_name = any! {
        <input
            id=at_name.id.clone()
            required
            maxlength="200"
            placeholder="Build"
            aria-invalid=at_name.invalid()
            aria-describedby=at_name.described()
            bind:value=name
        />
    };
    let of_url = any! {
        <input
            id=at_url.id.clone()
            type="url"
            required
            placeholder="https://ci.example.com/hooks/assay"
            aria-invalid=at_url.invalid()
            aria-describedby=at_url.described_after("webhook-url-help")
            bind:value=url
        />
    };
    let url_help = if known {
        "At another origin it gets a new secret. What waits to be sent goes to the new address."
    } else {
        "A secret is drawn for it, which signs what is sent."
    };
    let draws = known.then(|| {
        any! {
            <label class="choice">
                <input type="checkbox" bind:checked=new_secret />
                <span>"Draw a new secret: the old one signs nothing more"</span>
            </label>
        }
    });
    any! {
        <Dialog title=if known { "Edit webhook" } else { "Add a webhook" } on_close=close>
            <form
                data-guarded
                class:gone=move || secret.with(Option::is_some)
                autocomplete="off"
                on:submit=move |event| {
                    event.prevent_default();
                    save.start();
                }
            >
                {at_name.field("field", "Name", of_name)}
                {at_url.field("field", "Address", of_url)}
                <p id="webhook-url-help" class="quiet small">
                    {url_help}
                </p>
                <fieldset aria-describedby=at_events.described()>
                    <legend>"It is told when"</legend>
                    {choices.collect_view()}
                    {at_events.note()}
                </fieldset>
                {draws}
                {save.problem()}
                {save.submit("Save", "Saving…")}
            </form>
            {move || {
                secret.get().map(|secret| once("Secret", "Copy the secret now: it is shown only once.", secret, close))
            }}
        </Dialog>
    }
}

async fn save_typed(
    typed: Typed,
    known: Option<Webhook>,
    mistakes: Mistakes,
) -> Result<KeptWebhook, NotDone> {
    let unfit = |pointer: &str, detail: String| mistakes.found(vec![Mistake::new(pointer, detail)]);
    let Typed { name, url, events, new_secret } = typed;
    let name = Name::try_from(name).map_err(|error| unfit("/name", error.to_string()))?;
    let url = url.trim().to_owned();
    if events.is_empty() {
        return Err(unfit("/events", "choose at least one".to_owned()));
    }
    let saved = match known {
        None => api::submit(&PostWebhook {}, &NewWebhook { name, url, events }).await,
        Some(known) => {
            let change = WebhookChange {
                name: (name != known.name).then_some(name),
                url: (url != known.url).then_some(url),
                events: (events != known.events).then_some(events),
                new_secret,
            };
            api::submit(&PatchWebhook { webhook: known.id }, &change).await
        }
    };
    saved.map_err(|error| mistakes.answered(error))
}
