//! The form of one provider.

use leptos::prelude::*;
use shared::api::access::{NewProvider, PatchProvider, PostProvider, ProviderChange};
use shared::decimal::Decimal;
use shared::mistake::Mistake;
use shared::provider::{PricedModel, Protocol, Provider, ProviderName};

use crate::api;
use crate::cell::Cell;
use crate::components::choice::choice;
use crate::components::dialog::Dialog;
use crate::components::doing::{Doing, NotDone};
use crate::components::mistakes::Mistakes;

/// What was typed.
#[derive(Debug, Clone, PartialEq)]
struct Typed {
    name: String,
    protocol: Protocol,
    base_url: String,
    key: String,
    models: String,
    stream: Option<bool>,
}

/// Whether runs have answers streamed, in the words of the form and its titles.
const STREAMS: [(Option<bool>, &str, &str); 3] = [
    (None, "", "Where it is usual"),
    (Some(true), "yes", "Yes"),
    (Some(false), "no", "No, ask for whole answers"),
];

const PROTOCOLS: [(Protocol, &str); 3] = [
    (Protocol::Openai, "OpenAI, or compatible (Ollama, vLLM, …)"),
    (Protocol::Anthropic, "Anthropic"),
    (Protocol::Gemini, "Gemini"),
];

/// Makes a provider or changes one.
#[component]
pub fn ProviderForm(provider: Option<Provider>, close: Callback<()>, saved: Callback<()>) -> impl IntoView {
    let known = provider.is_some();
    let start = provider.as_ref();
    let configured = start.is_some_and(Provider::exists_by_itself);
    let shown = if configured { "gone" } else { "field" };
    let title = match (known, configured) {
        (_, true) => "Models and prices",
        (true, false) => "Edit provider",
        (false, false) => "Add a provider",
    };
    let name = RwSignal::new(start.map(|provider| provider.name.to_string()).unwrap_or_default());
    let protocol = Cell::new(start.map_or(Protocol::Openai, |provider| provider.protocol));
    let base_url = RwSignal::new(start.and_then(|provider| provider.base_url.clone()).unwrap_or_default());
    let key = RwSignal::new(String::new());
    let models = RwSignal::new(start.map(|provider| write_models(&provider.models)).unwrap_or_default());
    let stream = Cell::new(start.and_then(|provider| provider.stream));
    let key_help = match start.and_then(|provider| provider.key_hint.as_ref()) {
        Some(hint) => format!(
            "A key ending in {hint} is stored. Leave this empty to keep it; another address erases it."
        ),
        None => "It is stored encrypted and never shown again.".to_owned(),
    };
    let provider = StoredValue::new(provider);
    let mistakes = Mistakes::of("provider");
    let save = Doing::new(move || {
        let typed = Typed {
            name: name.get_untracked(),
            protocol: protocol.get_untracked(),
            base_url: base_url.get_untracked(),
            key: key.get_untracked(),
            models: models.get_untracked(),
            stream: stream.get_untracked(),
        };
        let provider = provider.get_value();
        async move {
            mistakes.clear();
            save_typed(&typed, provider.as_ref(), mistakes).await?;
            saved.try_run(());
            close.try_run(());
            Ok(())
        }
    });
    let protocols = PROTOCOLS.iter().map(|(protocol, title)| (*protocol, protocol.word(), *title)).collect();
    let [at_name, at_address, at_key, at_models] =
        ["/name", "/base_url", "/api_key", "/models"].map(|place| mistakes.at(place));
    let of_name = any! {
        <input
            id=at_name.id.clone()
            required
            autofocus
            maxlength="32"
            placeholder="openai"
            aria-invalid=at_name.invalid()
            aria-describedby=at_name.described_after("provider-name-help")
            bind:value=name
        />
    };
    let of_address = any! {
        <input
            id=at_address.id.clone()
            type="url"
            placeholder=move || protocol.get().home().unwrap_or_default()
            aria-invalid=at_address.invalid()
            aria-describedby=at_address.described()
            bind:value=base_url
        />
    };
    let of_key = any! {
        <input
            id=at_key.id.clone()
            type="password"
            autocomplete="off"
            aria-invalid=at_key.invalid()
            aria-describedby=at_key.described_after("provider-key-help")
            bind:value=key
        />
    };
    let of_models = any! {
        <textarea
            id=at_models.id.clone()
            rows="4"
            placeholder="gpt-4o-mini 0.15 0.60"
            aria-invalid=at_models.invalid()
            aria-describedby=at_models.described_after("provider-models-help")
            bind:value=models
        ></textarea>
    };
    any! {
        <Dialog title on_close=close>
            <form
                data-guarded
                autocomplete="off"
                on:submit=move |event| {
                    event.prevent_default();
                    save.start();
                }
            >
                <p class="quiet" class:gone=!configured>
                    "This provider comes from the configuration, with its key."
                </p>
                {at_name.field(shown, "Name", of_name)}
                <p id="provider-name-help" class="quiet small" class:gone=configured>
                    "It stands before the model's name in a request, as in " <code>"openai/gpt-4o"</code> "."
                </p>
                {choice(if known { "gone" } else { "field" }, "Speaks", None, protocols, protocol)}
                {at_address.field(shown, "Address", of_address)}
                {at_key.field(shown, "API key", of_key)}
                <p id="provider-key-help" class="quiet small" class:gone=configured>
                    {key_help}
                </p>
                {at_models.field("field", "Models, one a line", of_models)}
                <p id="provider-models-help" class="quiet small">
                    "After the name, if known: US dollars per million tokens in, then out; then, if it costs less, for input from the provider's cache. Without the first two the cost of a run is unknown."
                </p>
                {choice("field", "Stream answers to runs", Some("provider-stream-help"), STREAMS.to_vec(), stream)}
                <p id="provider-stream-help" class="quiet small">
                    "What breaks off is noticed sooner. Usual at OpenAI, Anthropic and Gemini; of a provider that does not count the tokens of a stream, the cost of a run is unknown."
                </p>
                {save.problem()}
                {save.submit("Save", "Saving…")}
            </form>
        </Dialog>
    }
}

async fn save_typed(typed: &Typed, known: Option<&Provider>, mistakes: Mistakes) -> Result<(), NotDone> {
    let unfit = |pointer: &str, detail: String| mistakes.found(vec![Mistake::new(pointer, detail)]);
    let name = ProviderName::try_from(typed.name.trim().to_owned());
    let name = name.map_err(|error| unfit("/name", error.to_string()))?;
    let models = read_models(&typed.models).map_err(|why| unfit("/models", why))?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (base_url, api_key) = (given(&typed.base_url), given(&typed.key));
    let saved = match known {
        None => {
            let (protocol, stream) = (typed.protocol, typed.stream);
            let provider = NewProvider { name, protocol, base_url, api_key, models, stream };
            api::submit(&PostProvider {}, &provider).await
        }
        Some(known) => {
            let change = ProviderChange {
                name: (name != known.name).then_some(name),
                base_url: base_url.filter(|base_url| known.base_url.as_ref() != Some(base_url)),
                api_key,
                models: (models != known.models).then_some(models),
                stream: (typed.stream != known.stream).then_some(typed.stream),
            };
            api::submit(&PatchProvider { provider: known.id.clone() }, &change).await
        }
    };
    saved.map(|_| ()).map_err(|error| mistakes.answered(error))
}

/// Reads models, one a line: a name, the two prices if they are known, and that of cached input if it is its own.
fn read_models(text: &str) -> Result<Vec<PricedModel>, String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let models = lines.map(|(line, number)| {
        let unfit = |why: String| format!("line {number}: {why}");
        let price = |word: &str| match word.parse() {
            Ok(Decimal(price)) if price >= 0.0 => Ok(price),
            _ => Err(unfit(format!("\"{word}\" is not a price"))),
        };
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [id] => Ok(PricedModel {
                id: (*id).to_owned(),
                input_usd_per_mtok: None,
                output_usd_per_mtok: None,
                cached_input_usd_per_mtok: None,
            }),
            [id, input, output, cached @ ..] if cached.len() < 2 => Ok(PricedModel {
                id: (*id).to_owned(),
                input_usd_per_mtok: Some(price(input)?),
                output_usd_per_mtok: Some(price(output)?),
                cached_input_usd_per_mtok: cached.first().map(|cached| price(cached)).transpose()?,
            }),
            _ => Err(unfit("write a name, or a name and two or three prices".to_owned())),
        }
    });
    models.collect()
}

fn write_models(models: &[PricedModel]) -> String {
    let lines = models.iter().map(|model| {
        let cached = model.cached_input_usd_per_mtok.map(|cached| format!(" {cached}")).unwrap_or_default();
        match (model.input_usd_per_mtok, model.output_usd_per_mtok) {
            (Some(input), Some(output)) => format!("{} {input} {output}{cached}", model.id),
            _ => model.id.clone(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&read_models(text).map_or_else(|why| why, |models| write_models(&models)));
    }

    #[test]
    fn models_read_back_as_they_are_written() {
        check(
            "gpt-4o-mini 0.15 0.6\n\n  llama3 \ngpt-4o 2.5 10 1.25",
            expect![[r#"
            gpt-4o-mini 0.15 0.6
            llama3
            gpt-4o 2.5 10 1.25"#]],
        );
    }

    #[test]
    fn the_line_that_does_not_fit_is_named() {
        check("a\nb 1", expect!["line 2: write a name, or a name and two or three prices"]);
        check("b 1 2 3 4", expect!["line 1: write a name, or a name and two or three prices"]);
        check("a x 1", expect![[r#"line 1: "x" is not a price"#]]);
    }
}
