//! Choosing a provider and one of its models.

use leptos::prelude::*;
use shared::mistake::Mistake;
use shared::provider::{Provider, ProviderName};

use crate::cell::Derived;
use crate::components::mistakes::Mistakes;
use crate::wording::run::not_listed;

/// A provider's name and a model, as chosen.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub provider: RwSignal<String>,
    pub model: RwSignal<String>,
}

impl Choice {
    /// Starts from what was used last, else from the first model that fits.
    pub fn start(
        last: Option<(String, String)>,
        providers: &[Provider],
        fits: impl Fn(&str) -> bool,
    ) -> Self {
        let known =
            last.filter(|(provider, _)| providers.iter().any(|known| known.name.as_str() == provider));
        let first = || {
            let models = |provider: &Provider| -> Option<(String, String)> {
                let models = || provider.models.iter().map(|model| provider.name.own_model(&model.id));
                let model = models().find(|model| fits(model)).or_else(|| models().next())?;
                Some((provider.name.to_string(), model.to_owned()))
            };
            let name = || Some((providers.first()?.name.to_string(), String::new()));
            providers.iter().find_map(models).or_else(name).unwrap_or_default()
        };
        let (provider, model) = known.unwrap_or_else(first);
        Self { provider: RwSignal::new(provider), model: RwSignal::new(model) }
    }
}

/// Reads a provider's name and a model as typed; `at` is their place in what is sent.
///
/// # Errors
/// Says which of them does not fit.
pub fn read(at: &str, provider: String, model: &str) -> Result<(ProviderName, String), Mistake> {
    let provider = ProviderName::try_from(provider)
        .map_err(|error| Mistake::new(format!("{at}/provider"), error.to_string()))?;
    match model.trim() {
        "" => Err(Mistake::new(format!("{at}/model"), "name a model")),
        model => Ok((provider, model.to_owned())),
    }
}

/// Chooses a provider and a model; any model can be typed, those with a known price are offered.
#[component]
pub fn ModelFields(
    choice: Choice,
    providers: StoredValue<Vec<Provider>>,
    /// Tells the lists of models on a page apart.
    #[prop(into)]
    list: String,
    mistakes: Mistakes,
    /// The place of both in what is sent.
    #[prop(into)]
    at: String,
) -> impl IntoView {
    let [of_provider, of_model] = ["provider", "model"].map(|member| mistakes.at(format!("{at}/{member}")));
    let chosen = Derived::new(move || {
        let name = choice.provider.get();
        providers.with_value(|providers| providers.iter().find(|known| known.name.as_str() == name).cloned())
    });
    let options = providers.with_value(|providers| {
        let options = providers.iter().map(|provider| {
            let simulated = if provider.simulated { " (simulated)" } else { "" };
            let title = format!("{}{simulated}", provider.name);
            any! { <option value=provider.name.to_string()>{title}</option> }
        });
        options.collect_view()
    });
    let models = move || {
        let provider = chosen.get()?;
        let options = provider.models.iter().map(|model| {
            let own = provider.name.own_model(&model.id).to_owned();
            any! { <option value=own></option> }
        });
        Some(options.collect_view())
    };
    let warning = move || {
        let provider = chosen.get()?;
        let known: Vec<_> = provider.models.iter().map(|model| provider.name.own_model(&model.id)).collect();
        not_listed(provider.name.as_str(), provider.simulated, &choice.model.get(), &known)
    };
    let choose = move |provider: String| {
        choice.provider.set(provider);
        let first = chosen
            .get_untracked()
            .and_then(|provider| Some(provider.name.own_model(&provider.models.first()?.id).to_owned()));
        choice.model.set(first.unwrap_or_default());
    };
    let provider = any! {
        <select
            id=of_provider.id.clone()
            aria-invalid=of_provider.invalid()
            aria-describedby=of_provider.described()
            prop:value=choice.provider
            on:change:target=move |event| choose(event.target().value())
        >
            {options}
        </select>
    };
    let model = any! {
        <input
            id=of_model.id.clone()
            required
            autocomplete="off"
            list=list.clone()
            aria-invalid=of_model.invalid()
            aria-describedby=of_model.described()
            bind:value=choice.model
        />
    };
    any! {
        <div class="fields">
            {of_provider.field("field", "Provider", provider)} {of_model.field("field grow", "Model", model)}
            <datalist id=list>{models}</datalist>
        </div>
        <p class="caution" role="status">
            {warning}
        </p>
    }
}
