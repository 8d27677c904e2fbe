//! The list of providers, with a test of each.

use leptos::prelude::*;
use shared::api::access::{
    DeleteProvider, GetProviders, PatchProvider, PostProvider, PostProviderTest, ProviderTest,
};
use shared::id::ProviderId;
use shared::provider::Provider;
use shared::query::Page;

use super::provider::ProviderForm;
use crate::api;
use crate::cell::Cell;
use crate::components::caller;
use crate::components::confirm::Confirm;
use crate::components::doing::Doing;
use crate::components::marks;
use crate::components::paged::paged;
use crate::wording::number::{counted, took};

/// Which provider is being written: a new one or a known one.
#[derive(Debug, Clone, PartialEq)]
enum Editing {
    New,
    Known(Box<Provider>),
}

/// Lists the providers.
#[component]
pub fn Providers() -> impl IntoView {
    let providers =
        paged(|cursor| async move { api::call(&GetProviders {}, &Page { limit: None, cursor }, &()).await });
    let reload = Callback::new(move |()| providers.reload());
    let editing = Cell::new(None::<Editing>);
    let deleting = Cell::new(None::<(ProviderId, String)>);
    let delete = Doing::new(move || {
        let provider = deleting.get_untracked();
        async move {
            if let Some((provider, _)) = provider {
                api::read_from(&DeleteProvider { provider }).await?;
                deleting.set(None);
                reload.try_run(());
            }
            Ok(())
        }
    });
    let list = move |providers: Vec<Provider>| {
        if providers.is_empty() {
            return any! { <p class="quiet">"No provider yet: add one to send requests to its models."</p> };
        }
        let rows = providers.into_iter().map(|provider| any! { <ProviderCard provider editing deleting /> });
        any! { <ul class="cards">{rows.collect_view()}</ul> }
    };
    any! {
        <section aria-labelledby="providers-title">
            <div class="spread">
                <h2 id="providers-title">"Providers"</h2>
                {caller::offered::<PostProvider>(move || {
                    any! {
                        <button type="button" on:click=move |_| _ = editing.set(Some(Editing::New))>
                            "Add a provider…"
                        </button>
                    }
                })}
            </div>
            {providers.show(list)}
        </section>
        {move || {
            editing
                .get()
                .map(|which| {
                    let provider = match which {
                        Editing::New => None,
                        Editing::Known(provider) => Some(*provider),
                    };
                    any! { <ProviderForm provider close=Callback::new(move |()| _ = editing.set(None)) saved=reload /> }
                })
        }}
        {move || {
            deleting
                .get()
                .map(|(_, name)| {
                    let text = format!("“{name}” and its stored key are gone for good. Runs that need it will fail.");
                    any! {
                        <Confirm
                            title="Delete the provider?"
                            text
                            word="Delete provider"
                            act=delete
                            close=Callback::new(move |()| _ = deleting.set(None))
                        />
                    }
                })
        }}
    }
}

#[component]
fn ProviderCard(
    provider: Provider,
    editing: Cell<Option<Editing>>,
    deleting: Cell<Option<(ProviderId, String)>>,
) -> impl IntoView {
    let id = provider.id.clone();
    let outcome = Cell::new(None::<ProviderTest>);
    let test = Doing::new(move || {
        let provider = id.clone();
        async move {
            outcome.set(Some(api::read_from(&PostProviderTest { provider }).await?));
            Ok(())
        }
    });
    let name = provider.name.to_string();
    let models: Vec<_> =
        provider.models.iter().map(|model| provider.name.own_model(&model.id).to_owned()).collect();
    let key = match (&provider.key_hint, provider.simulated) {
        (Some(hint), _) => format!("key {hint}"),
        (None, true) => "needs no key".to_owned(),
        (None, false) => "no key stored".to_owned(),
    };
    let address = provider.base_url.clone().unwrap_or_else(|| "inside Assay".to_owned());
    let known = Editing::Known(Box::new(provider.clone()));
    let deleted = (provider.id.clone(), name.clone());
    let labels = ["Test", if provider.exists_by_itself() { "Prices of" } else { "Edit" }, "Delete"];
    let labels = labels.map(|word| format!("{word} {name}"));
    let fixed = provider.simulated;
    let made = !provider.exists_by_itself();
    let unpriced = provider.models.iter().filter(|model| model.price().is_none());
    let unpriced: Vec<_> = unpriced.map(|model| provider.name.own_model(&model.id).to_owned()).collect();
    let unpriced = match (unpriced.as_slice(), models.is_empty()) {
        ([], false) => None,
        ([], true) => Some("No prices yet: what runs with its models cost is unknown.".to_owned()),
        (models, _) => Some(format!("No price is known for {}.", models.join(", "))),
    };
    let [test_label, edit_label, delete_label] = labels;
    let problem = test.problem();
    let test = caller::offered::<PostProviderTest>(move || {
        test.button("", "Test", "Testing…", Some(test_label.clone()))
    });
    let edit = (!fixed).then(|| {
        caller::offered::<PatchProvider>(move || {
            let known = known.clone();
            any! {
                <button
                    type="button"
                    aria-label=edit_label.clone()
                    on:click=move |_| _ = editing.set(Some(known.clone()))
                >
                    {if made { "Edit…" } else { "Prices…" }}
                </button>
            }
        })
    });
    let delete = made.then(|| {
        caller::offered::<DeleteProvider>(move || {
            let deleted = deleted.clone();
            any! {
                <button
                    type="button"
                    aria-label=delete_label.clone()
                    on:click=move |_| _ = deleting.set(Some(deleted.clone()))
                >
                    "Delete…"
                </button>
            }
        })
    });
    any! {
        <li class="card">
            <div class="spread">
                <h3>{name} " " {marks::simulated(provider.simulated)}</h3>
                <div class="actions">{test} {edit} {delete}</div>
            </div>
            <p class="quiet">
                {format!("{} · {address} · {key} · {}", provider.protocol.word(), counted(models.len() as u64, "model", "models"))}
            </p>
            {(!models.is_empty()).then(|| any! { <p class="small">{models.join(", ")}</p> })}
            {unpriced.map(|words| any! { <p class="small quiet">{words}</p> })}
            <p role="status">{move || outcome.get().map(|outcome| tested(&outcome))}</p>
            {problem}
        </li>
    }
}

fn tested(test: &ProviderTest) -> AnyView {
    if test.ok {
        let model = test.model.clone().map(|model| format!(" by {model}")).unwrap_or_default();
        let words = format!("✓ answered{model} in {}", took(Some(test.latency_ms)));
        any! { <span class="mark good">{words}</span> }
    } else {
        let why = test.error.clone().unwrap_or_else(|| "no reason was given".to_owned());
        any! {
            <span class="mark bad">"✗ failed"</span>
            " "
            {why}
        }
    }
}
