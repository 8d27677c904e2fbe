//! Choosing a provider and one of its models.

use leptos::prelude::*;
use shared::provider::Provider;

use crate::cell::Derived;

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

/// Chooses a provider and a model; any model can be typed, those with a known price are offered.
#[component]
pub fn ModelFields(
    choice: Choice,
    providers: StoredValue<Vec<Provider>>,
    /// Tells the lists of models on a page apart.
    #[prop(into)]
    list: String,
) -> impl IntoView {
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
    let choose = move |provider: String| {
        choice.provider.set(provider);
        let first = chosen
            .get_untracked()
            .and_then(|provider| Some(provider.name.own_model(&provider.models.first()?.id).to_owned()));
        choice.model.set(first.unwrap_or_default());
    };
    any! {
        <div class="fields">
            <label class="field">
                <span>"Provider"</span>
                <select prop:value=choice.provider on:change:target=move |event| choose(event.target().value())>
                    {options}
                </select>
            </label>
            <label class="field grow">
                <span>"Model"</span>
                <input required autocomplete="off" list=list.clone() bind:value=choice.model />
            </label>
            <datalist id=list>{models}</datalist>
        </div>
    }
}
