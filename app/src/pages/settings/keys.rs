//! Access keys: what they allow, making one, revoking one.

use leptos::prelude::*;
use shared::api::access::{DeleteKey, GetKeys, MadeKey, NewKey, PostKey};
use shared::auth::{AccessKey, Scope};
use shared::criteria::Name;
use shared::id::KeyId;
use shared::mistake::Mistake;
use shared::query::Page;
use shared::unseen::seen;

use crate::api;
use crate::cell::Cell;
use crate::clock;
use crate::components::caller;
use crate::components::confirm::Confirm;
use crate::components::dialog::Dialog;
use crate::components::doing::Doing;
use crate::components::mistakes::Mistakes;
use crate::components::paged::{Paged, paged};
use crate::components::secret::once;

/// The scopes with what they allow.
const SCOPES: [(Scope, &str); 4] = [
    (Scope::Ingest, "send requests through the gateway and import logs"),
    (Scope::Read, "read everything but secrets"),
    (Scope::Run, "start and steer runs"),
    (Scope::Admin, "everything"),
];

/// Loads the access keys: they are there for operators alone.
pub fn load() -> Paged<AccessKey> {
    paged(|cursor| async move { api::call(&GetKeys {}, &Page { limit: None, cursor }, &()).await })
}

/// Lists the access keys.
#[component]
pub fn Keys(keys: Paged<AccessKey>) -> impl IntoView {
    let making = RwSignal::new(false);
    let revoking = Cell::new(None::<(KeyId, String)>);
    let reload = Callback::new(move |()| keys.reload());
    let revoke = Doing::new(move || {
        let key = revoking.get_untracked();
        async move {
            if let Some((key, _)) = key {
                api::read_from(&DeleteKey { key }).await?;
                revoking.set(None);
                reload.try_run(());
            }
            Ok(())
        }
    });
    any! {
        <section aria-labelledby="keys-title">
            <div class="spread">
                <h2 id="keys-title">"Access keys"</h2>
                {caller::offered::<PostKey>(move || {
                    any! {
                        <button type="button" on:click=move |_| making.set(true)>
                            "New key…"
                        </button>
                    }
                })}
            </div>
            <p class="quiet">
                "Programs use a key as " <code>"Authorization: Bearer …"</code> "; through the gateway, in the place of the provider's key."
            </p>
            {keys.show(move |keys| table(&keys, revoking))}
        </section>
        {move || {
            making
                .get()
                .then(|| any! { <NewKeyDialog close=Callback::new(move |()| making.set(false)) made=reload /> })
        }}
        {move || {
            revoking
                .get()
                .map(|(_, name)| {
                    let text = format!("Whatever uses “{name}” stops working within a minute.");
                    any! {
                        <Confirm
                            title="Revoke the key?"
                            text
                            word="Revoke key"
                            act=revoke
                            close=Callback::new(move |()| _ = revoking.set(None))
                        />
                    }
                })
        }}
    }
}

fn table(keys: &[AccessKey], revoking: Cell<Option<(KeyId, String)>>) -> AnyView {
    if keys.is_empty() {
        return any! { <p class="quiet">"No keys yet."</p> };
    }
    let rows = keys.iter().map(|key| {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.word()).collect();
        let used = key.last_used_at.map_or_else(|| "never".to_owned(), clock::ago);
        let expires = key.expires_at.map_or_else(|| "never".to_owned(), clock::short);
        let (id, name) = (key.id.clone(), seen(key.name.as_str()));
        let label = format!("Revoke {name}");
        any! {
            <tr>
                <td class="preview">{name.clone()}</td>
                <td>{scopes.join(", ")}</td>
                <td>{clock::ago(key.created_at)}</td>
                <td>{used}</td>
                <td>{expires}</td>
                <td class="end">
                    <button type="button" aria-label=label on:click=move |_| _ = revoking.set(Some((id.clone(), name.clone())))>
                        "Revoke…"
                    </button>
                </td>
            </tr>
        }
    });
    any! {
        <div class="scroll" tabindex="0">
            <table class="plain">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"May"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col">"Expires"</th>
                        <th scope="col">
                            <span class="hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn NewKeyDialog(close: Callback<()>, made: Callback<()>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let scopes = SCOPES.map(|(scope, words)| (scope, words, RwSignal::new(scope == Scope::Ingest)));
    let key = Cell::new(None::<MadeKey>);
    let mistakes = Mistakes::of("key");
    let make = Doing::new(move || {
        let chosen = scopes.iter().filter(|(_, _, on)| on.get_untracked()).map(|(scope, ..)| *scope);
        let (name, chosen) = (Name::try_from(name.get_untracked()), chosen.collect::<Vec<_>>());
        async move {
            mistakes.clear();
            let unfit = |pointer: &str, detail: &str| mistakes.found(vec![Mistake::new(pointer, detail)]);
            let name = name.map_err(|error| unfit("/name", &error.to_string()))?;
            if chosen.is_empty() {
                return Err(unfit("/scopes", "choose at least one thing that the key may do"));
            }
            let wanted = NewKey { name, scopes: chosen, expires_at: None };
            let made_key = api::submit(&PostKey {}, &wanted).await;
            key.set(Some(made_key.map_err(|error| mistakes.answered(error))?));
            made.try_run(());
            Ok(())
        }
    });
    let choices = scopes.map(|(scope, words, on)| {
        any! {
            <label class="choice">
                <input type="checkbox" bind:checked=on />
                <span>
                    <strong>{scope.word()}</strong>
                    ": "
                    {words}
                </span>
            </label>
        }
    });
    let [at_name, at_scopes] = ["/name", "/scopes"].map(|place| mistakes.at(place));
    let of_name = any! {
        <input
            id=at_name.id.clone()
            required
            autofocus
            maxlength="200"
            placeholder="Support app"
            aria-invalid=at_name.invalid()
            aria-describedby=at_name.described()
            bind:value=name
        />
    };
    any! {
        <Dialog title="New access key" on_close=close>
            <form
                data-guarded
                class:gone=move || make.is_done()
                on:submit=move |event| {
                    event.prevent_default();
                    make.start();
                }
            >
                {at_name.field("field", "Name", of_name)}
                <fieldset aria-describedby=at_scopes.described()>
                    <legend>"It may"</legend>
                    {choices.collect_view()}
                    {at_scopes.note()}
                </fieldset>
                {make.problem()}
                {make.submit("Make the key", "One moment…")}
            </form>
            {move || key.get().map(|key| once("Token", "Copy the token now: it is shown only once.", key.token, close))}
        </Dialog>
    }
}
