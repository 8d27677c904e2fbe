//! Connecting providers: what is kept of them, and whether they answer.

use serde_json::json;
use shared::api::access::{NewProvider, ProviderChange, ProviderTest};
use shared::id::ProviderId;
use shared::provider::{PricedModel, Protocol, Provider, ProviderName};

use super::reseal;
use crate::failure::Failure;
use crate::ports::{Clock, Random, Secrets, Sql, Upstream};
use crate::store::provider::{self, Draft, KeyChange};
use crate::upstream::{address, ask, call, demo, retry};

/// Makes a provider, which is never this service itself: `own` is where that was reached.
///
/// # Errors
/// Invalid when the address breaks a rule; conflict when the name is taken.
pub async fn make(
    ports: &(impl Sql + Clock + Random + Secrets),
    own: &str,
    new: NewProvider,
) -> Result<Provider, Failure> {
    let base_url = match (new.protocol, new.base_url) {
        (Protocol::Demo, None) => String::new(),
        (Protocol::Demo, Some(_)) => {
            return Err(Failure::invalid(
                "/base_url",
                "a simulated provider has no address; leave base_url out",
            ));
        }
        (protocol, base_url) => {
            let base_url = base_url.or_else(|| protocol.home().map(str::to_owned)).unwrap_or_default();
            checked(ports, own, &base_url)?
        }
    };
    check_models(&new.name, &new.models)?;
    check_stream(new.protocol, new.stream)?;
    check_free(ports, &new.name).await?;
    let now = ports.now();
    let id = ProviderId::make(now, &ports.bytes());
    let NewProvider { name, protocol, models, stream, .. } = new;
    let draft = Draft { id: id.clone(), name, protocol, base_url, models, stream };
    let key = new.api_key.filter(|key| !key.is_empty()).map_or(KeyChange::Erase, KeyChange::Set);
    provider::keep(ports, &draft, &key, &ports.bytes(), now).await?;
    find(ports, &id).await
}

/// Changes a provider, which is never this service itself: `own` is where that was reached. An address at another origin
/// erases the key, unless a new one comes with it.
///
/// # Errors
/// Not found; conflict when the provider comes from the configuration and more than its prices and whether it streams
/// is to change, or when the name is taken.
pub async fn change(
    ports: &(impl Sql + Clock + Random + Secrets),
    own: &str,
    id: &ProviderId,
    change: ProviderChange,
) -> Result<Provider, Failure> {
    let before = find(ports, id).await?;
    if before.exists_by_itself() {
        return set(ports, before, change).await;
    }
    let stream = change.stream.unwrap_or(before.stream);
    check_stream(before.protocol, stream)?;
    let old_url = before.base_url.clone().unwrap_or_default();
    let base_url = match change.base_url {
        None => old_url.clone(),
        Some(base_url) => checked(ports, own, &base_url)?,
    };
    if let Some(models) = &change.models {
        check_models(&before.name, models)?;
    }
    let models = change.models.unwrap_or(before.models);
    let key = match change.api_key {
        Some(key) if key.is_empty() => KeyChange::Erase,
        Some(key) => KeyChange::Set(key),
        None if address::origin(&base_url) == address::origin(&old_url) => KeyChange::Keep,
        None => KeyChange::Erase,
    };
    let name = change.name.unwrap_or_else(|| before.name.clone());
    if name != before.name {
        check_free(ports, &name).await?;
    }
    let draft = Draft { id: id.clone(), name, protocol: before.protocol, base_url, models, stream };
    provider::keep(ports, &draft, &key, &ports.bytes(), ports.now()).await?;
    reseal::one(ports, id.as_str()).await;
    find(ports, id).await
}

/// Changes the prices of a provider that exists by itself, and whether it streams; nothing else about it can be
/// changed here.
async fn set(
    ports: &(impl Sql + Clock + Random + Secrets),
    before: Provider,
    change: ProviderChange,
) -> Result<Provider, Failure> {
    let ProviderChange { name, base_url, api_key, models, stream } = change;
    let (None, None, None, false) = (name, base_url, api_key, before.simulated) else {
        return Err(Failure::Conflict(
            "this provider comes from the configuration: its models and prices can be changed, and whether it streams, unless it is simulated; make one of another name to change more"
                .to_owned(),
        ));
    };
    if let Some(models) = &models {
        check_models(&before.name, models)?;
    }
    let models = models.unwrap_or(before.models);
    let stream = stream.unwrap_or(before.stream);
    let base_url = before.base_url.unwrap_or_default();
    let (id, name) = (before.id.clone(), before.name);
    let draft = Draft { id, name, protocol: before.protocol, base_url, models, stream };
    provider::keep(ports, &draft, &KeyChange::Erase, &ports.bytes(), ports.now()).await?;
    find(ports, &before.id).await
}

/// Reads a provider.
///
/// # Errors
/// Not found.
pub async fn find(ports: &(impl Sql + Secrets), id: &ProviderId) -> Result<Provider, Failure> {
    provider::by_id(ports, id).await?.ok_or(Failure::NotFound("provider"))
}

/// A provider that exists by itself has its name too: one that was made would take its calls.
async fn check_free(ports: &(impl Sql + Secrets), name: &ProviderName) -> Result<(), Failure> {
    if provider::all(ports).await?.iter().any(|known| known.name == *name) {
        return Err(Failure::Conflict(format!("the name \"{name}\" is taken by another provider")));
    }
    Ok(())
}

fn checked(secrets: &impl Secrets, own: &str, base_url: &str) -> Result<String, Failure> {
    let base_url = base_url.trim().trim_end_matches('/');
    let checked = address::check(base_url, &secrets.allowed());
    match checked.and_then(|()| address::check_away(base_url, own)) {
        Ok(()) => Ok(base_url.to_owned()),
        Err(error) => Err(Failure::invalid("/base_url", error.to_string())),
    }
}

fn check_stream(protocol: Protocol, stream: Option<bool>) -> Result<(), Failure> {
    match (protocol, stream) {
        (Protocol::Demo, Some(_)) => {
            Err(Failure::invalid("/stream", "a simulated provider sends nothing; leave stream out"))
        }
        _ => Ok(()),
    }
}

fn check_models(provider: &ProviderName, models: &[PricedModel]) -> Result<(), Failure> {
    let own = |model: &PricedModel| provider.own_model(model.id.trim()).to_owned();
    for (place, model) in models.iter().enumerate() {
        if model.id.trim().is_empty() {
            return Err(Failure::invalid(format!("/models/{place}/id"), "a model needs its name"));
        }
        if models.iter().take(place).any(|other| own(other) == own(model)) {
            let detail = format!("the model \"{}\" stands twice; give it one line", own(model));
            return Err(Failure::invalid(format!("/models/{place}/id"), detail));
        }
        let prices = [
            ("input_usd_per_mtok", model.input_usd_per_mtok),
            ("output_usd_per_mtok", model.output_usd_per_mtok),
            ("cached_input_usd_per_mtok", model.cached_input_usd_per_mtok),
        ];
        for (name, price) in prices {
            if price.is_some_and(|price| !price.is_finite() || price < 0.0) {
                return Err(Failure::invalid(
                    format!("/models/{place}/{name}"),
                    "a price is in US dollars and not negative",
                ));
            }
        }
        if model.cached_input_usd_per_mtok.is_some() && model.price().is_none() {
            return Err(Failure::invalid(
                format!("/models/{place}/cached_input_usd_per_mtok"),
                "it stands beside input_usd_per_mtok and output_usd_per_mtok; give those too",
            ));
        }
    }
    Ok(())
}

/// How long a provider may take to answer the test, in milliseconds.
const TEST_DEADLINE_MS: u64 = 20_000;

/// Makes one tiny call to a provider.
///
/// # Errors
/// Not found; that the provider does not answer is a result, not an error.
pub async fn test(
    ports: &(impl Sql + Clock + Secrets + Upstream),
    id: &ProviderId,
) -> Result<ProviderTest, Failure> {
    let known = find(ports, id).await?;
    let reach = provider::reach(ports, &known.name).await?.ok_or(Failure::NotFound("provider"))?;
    let model = known.models.first().map(|model| known.name.own_model(&model.id).to_owned());
    let usual = match known.protocol {
        Protocol::Openai => "gpt-4o-mini",
        Protocol::Anthropic => "claude-haiku-4-5",
        Protocol::Gemini => "gemini-2.5-flash",
        Protocol::Demo => "echo",
    };
    let model = model.unwrap_or_else(|| usual.to_owned());
    let body = json!({"model": model, "messages": [{"role": "user", "content": "Say OK."}], "max_tokens": 5});
    let written = reach.form().write(body.clone());
    let body = written.map_or(body, |carried| carried.request);
    let began = ports.now();
    let error = if reach.is_demo() {
        demo::answer(&body).pointer("/error/message").and_then(|message| message.as_str().map(str::to_owned))
    } else {
        // As a run would: what it would not stream is asked for whole.
        let streams = call::streams(&reach, &body);
        let mut answered = ports.send(&call::write(&reach, &body, streams, TEST_DEADLINE_MS)).await;
        if streams && call::is_refused_stream(&answered) {
            answered = ports.send(&call::write(&reach, &body, false, TEST_DEADLINE_MS)).await;
        }
        match answered {
            Ok(answer) if (200..300).contains(&answer.status) => ask::read(&reach, &answer).err(),
            Ok(answer) => {
                let said = retry::head(&reach.hushed(&answer.body));
                Some(format!("it answered {}: {said}", answer.status))
            }
            Err(unreached) => Some(unreached.to_string()),
        }
    };
    let error = error.map(|words| reach.hushed(&words));
    Ok(ProviderTest { ok: error.is_none(), latency_ms: ports.now().since(began), model: Some(model), error })
}
