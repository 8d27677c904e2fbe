//! Providers: those that were made, and those that exist by themselves.
//!
//! A stored key is sealed and bound to the provider's origin. It leaves this module only inside a
//! [`Reach`], on its way to that origin. A row whose id is its name holds the prices of a provider that exists
//! by itself and whether it streams, and nothing else that counts.

use std::cell::Cell;

use serde::Deserialize;
use serde_json::Value;
use shared::api::List;
use shared::chat::anthropic;
use shared::chat::wire::Wire;
use shared::id::ProviderId;
use shared::moment::Moment;
use shared::provider::{PricedModel, Protocol, Provider, ProviderName};
use shared::query::Page;
use shared::redact;

use super::page::{Cursors, Place};
use super::{first, json, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Bound, Secrets, Sql, SqlError, Statement};
use crate::upstream::address;
use crate::upstream::form::Form;
use crate::vault::{self, Drawn};

/// A provider with what is needed to call it.
#[derive(Clone, PartialEq)]
pub struct Reach {
    pub provider: Provider,
    pub base_url: String,
    /// The key in the clear; none when the provider needs none.
    pub key: Option<String>,
    /// It would not stream when it was asked to, for this model or this key: it is asked no more.
    refused_to_stream: Cell<bool>,
}

/// The fewest bytes of a key that is a secret.
const SHORTEST_SECRET: usize = 12;

impl Reach {
    fn of(provider: Provider, base_url: String, key: Option<String>) -> Self {
        Self { provider, base_url, key, refused_to_stream: Cell::default() }
    }

    /// Tells whether its answers are asked for as streams.
    pub fn streams(&self) -> bool {
        self.provider.streams() && !self.refused_to_stream.get()
    }

    /// Remembers that it would not stream.
    pub fn refuse_to_stream(&self) {
        self.refused_to_stream.set(true);
    }

    /// Gives the form that runs ask it in.
    pub fn form(&self) -> Form {
        Form::of(self.provider.protocol)
    }

    /// Gives the address that calls in the protocol's own words are below.
    ///
    /// `Anthropic`'s own clients add the version to the address of a provider, whatever its path, and Gemini's do to one
    /// without a path: an address without it is taken to mean the usual version. Of Gemini the place for `OpenAI`'s words is
    /// known anyway.
    fn base(&self) -> String {
        let base = self.base_url.trim_end_matches('/');
        let has_path = !base.eq_ignore_ascii_case(&address::origin(base));
        match self.provider.protocol {
            Protocol::Anthropic if !ends_with_version(base) => format!("{base}/v1"),
            Protocol::Gemini if !has_path => format!("{base}/v1beta"),
            Protocol::Gemini => base.strip_suffix("/openai").unwrap_or(base).to_owned(),
            _ => base.to_owned(),
        }
    }

    /// Gives the address that calls in `OpenAI`'s words are below, which all protocols have somewhere.
    fn compatible(&self) -> String {
        match self.provider.protocol {
            Protocol::Gemini => format!("{}/openai", self.base()),
            _ => self.base(),
        }
    }

    /// Gives the address of chat completions.
    pub fn chat_url(&self) -> String {
        format!("{}/{}", self.compatible(), Wire::Chat.path())
    }

    /// Gives the address of `Anthropic`'s messages.
    pub fn messages_url(&self) -> String {
        format!("{}/{}", self.base(), Wire::Messages.path())
    }

    /// Gives the address of a model of Gemini's for an answer, whole or streamed.
    pub fn gemini_url(&self, model: &str, streams: bool) -> String {
        let (kind, name) = match model.split_once('/') {
            Some((kind @ ("models" | "tunedModels"), name)) => (kind, name),
            _ => ("models", model),
        };
        let method = if streams { "streamGenerateContent?alt=sse" } else { "generateContent" };
        format!("{}/{kind}/{}:{method}", self.base(), address::part(name))
    }

    /// Gives the address of calls in a format; none when the provider takes none.
    pub fn url(&self, wire: Wire) -> Option<String> {
        let takes = match self.provider.protocol {
            Protocol::Openai | Protocol::Anthropic | Protocol::Demo => true,
            Protocol::Gemini => matches!(wire, Wire::Chat | Wire::Embeddings),
        };
        takes.then(|| format!("{}/{}", self.compatible(), wire.path()))
    }

    /// Gives the headers that show the key to whoever answers calls in a format.
    pub fn key_headers(&self, wire: Wire) -> Vec<(String, String)> {
        match (self.provider.protocol, wire) {
            (Protocol::Anthropic, Wire::Messages) => {
                self.key.iter().map(|key| ("x-api-key".to_owned(), key.clone())).collect()
            }
            _ => self.bearer(),
        }
    }

    /// Gives the headers that show the key, in the form that runs ask in.
    pub fn headers(&self) -> Vec<(String, String)> {
        match self.form() {
            Form::Chat => self.bearer(),
            Form::Messages => {
                let mut headers = self.key_headers(Wire::Messages);
                headers.push(("anthropic-version".to_owned(), anthropic::VERSION.to_owned()));
                headers
            }
            Form::Gemini => self.key.iter().map(|key| ("x-goog-api-key".to_owned(), key.clone())).collect(),
        }
    }

    fn bearer(&self) -> Vec<(String, String)> {
        self.key.iter().map(|key| ("authorization".to_owned(), format!("Bearer {key}"))).collect()
    }

    /// Takes the key out of the words or the body with which the provider refuses: it may repeat it. A body that is JSON may
    /// spell it in other characters, and is written anew.
    pub fn hushed(&self, words: &str) -> String {
        let mut words = words.to_owned();
        let Some(key) = &self.key else { return words };
        if let Ok(mut body @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(&words) {
            redact::hush_all(&mut body, key);
            return body.to_string();
        }
        redact::hush(&mut words, key);
        words
    }

    /// Takes the key out of every text of an answer, before anything of it is kept. A short one is no secret but a word that
    /// stands for none, such as "ollama", and answers may well say that.
    pub fn hush(&self, answer: &mut Value) {
        if let Some(key) = self.key.as_deref().filter(|key| key.len() >= SHORTEST_SECRET) {
            redact::hush_all(answer, key);
        }
    }

    /// Tells whether its answers are made up here.
    pub fn is_demo(&self) -> bool {
        self.provider.protocol == Protocol::Demo
    }
}

/// Tells whether the last part of an address's path is a version: `v1`.
fn ends_with_version(base: &str) -> bool {
    let last = base.rsplit('/').next().and_then(|last| last.strip_prefix('v'));
    last.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Deserialize)]
struct Stored {
    id: ProviderId,
    name: ProviderName,
    protocol: Protocol,
    base_url: String,
    sealed_key: Option<String>,
    key_hint: Option<String>,
    models: String,
    stream: Option<u8>,
}

impl Stored {
    /// Tells whether it only holds what was set of a provider that exists by itself.
    fn is_settings(&self) -> bool {
        self.id.as_str() == self.name.as_str()
    }

    fn stream(&self) -> Option<bool> {
        self.stream.map(|stream| stream == 1)
    }

    fn provider(&self) -> Result<Provider, SqlError> {
        Ok(Provider {
            id: self.id.clone(),
            name: self.name.clone(),
            protocol: self.protocol,
            base_url: if self.protocol == Protocol::Demo { None } else { Some(self.base_url.clone()) },
            key_hint: self.key_hint.clone(),
            models: json(&self.models)?,
            stream: self.stream(),
            simulated: self.protocol == Protocol::Demo,
        })
    }
}

const COLUMNS: &str =
    "SELECT id, name, protocol, base_url, sealed_key, key_hint, models, stream FROM provider";

/// Gives the providers that exist by themselves: one for each key in the environment, and the simulated.
fn by_themselves(secrets: &impl Secrets) -> Vec<Provider> {
    let named =
        [("openai", Protocol::Openai), ("anthropic", Protocol::Anthropic), ("gemini", Protocol::Gemini)];
    let keyed = named.into_iter().filter_map(|(name, protocol)| {
        let name = ProviderName::try_from(name.to_owned()).ok()?;
        let key = secrets.provider_key(&name)?;
        built_in(name, protocol, Some(vault::hint(&key)), Vec::new())
    });
    let demo = secrets.has_demo().then(|| {
        let models = ["echo", "terse", "judge"].map(|id| PricedModel {
            id: format!("demo/{id}"),
            input_usd_per_mtok: Some(0.0),
            output_usd_per_mtok: Some(0.0),
            cached_input_usd_per_mtok: None,
        });
        let name = ProviderName::try_from(ProviderName::DEMO.to_owned()).ok()?;
        built_in(name, Protocol::Demo, None, models.to_vec())
    });
    keyed.chain(demo.flatten()).collect()
}

fn built_in(
    name: ProviderName,
    protocol: Protocol,
    key_hint: Option<String>,
    models: Vec<PricedModel>,
) -> Option<Provider> {
    Some(Provider {
        id: ProviderId::try_from(name.to_string()).ok()?,
        name,
        protocol,
        base_url: protocol.home().map(str::to_owned),
        key_hint,
        models,
        stream: None,
        simulated: protocol == Protocol::Demo,
    })
}

/// Gives a provider that exists by itself, with what was set of it.
fn set(provider: Provider, settings: Option<&Stored>) -> Result<Provider, SqlError> {
    match settings {
        Some(settings) => {
            Ok(Provider { models: json(&settings.models)?, stream: settings.stream(), ..provider })
        }
        None => Ok(provider),
    }
}

/// Lists every provider: those that were made win over those that exist by themselves under the same name.
pub async fn all(ports: &(impl Sql + Secrets)) -> Result<Vec<Provider>, Failure> {
    let stored = rows::<Stored>(ports, Statement::new(format!("{COLUMNS} ORDER BY name"), [])).await?;
    let (settings, made): (Vec<_>, Vec<_>) = stored.into_iter().partition(Stored::is_settings);
    let mut providers = made.iter().map(Stored::provider).collect::<Result<Vec<_>, _>>()?;
    for provider in by_themselves(ports) {
        if providers.iter().all(|stored| stored.name != provider.name) {
            let settings = settings.iter().find(|settings| settings.name == provider.name);
            providers.push(set(provider, settings)?);
        }
    }
    Ok(providers)
}

/// Lists the providers, a page at a time: those that were made by name, then those that exist by themselves.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(ports: &(impl Sql + Secrets), page: &Page) -> Result<List<Provider>, Failure> {
    let cursors = Cursors::of(ports.cursor_keys(), "providers", "");
    cursors.rising(all(ports).await?, page, |provider| {
        // Of each protocol at most one exists by itself, in the order of the protocols.
        let sort = if provider.exists_by_itself() { 1 + provider.protocol as u8 } else { 0 };
        Place { sort: sort.into(), id: provider.name.to_string() }
    })
}

/// Reads a provider by its id.
pub async fn by_id(ports: &(impl Sql + Secrets), id: &ProviderId) -> Result<Option<Provider>, Failure> {
    Ok(all(ports).await?.into_iter().find(|provider| provider.id == *id))
}

/// Gives what is needed to call the provider of this name; none when there is no such provider.
///
/// # Errors
/// Unavailable when its key cannot be opened.
pub async fn reach(ports: &(impl Sql + Secrets), name: &ProviderName) -> Result<Option<Reach>, Failure> {
    let found =
        first::<Stored>(ports, Statement::new(format!("{COLUMNS} WHERE name = ?"), bind![name.as_str()]))
            .await?;
    match found {
        Some(stored) if !stored.is_settings() => open(ports, &stored).map(Some),
        settings => {
            let own = by_themselves(ports).into_iter().find(|provider| provider.name == *name);
            let Some(own) = own else { return Ok(None) };
            let provider = set(own, settings.as_ref())?;
            let base_url = provider.base_url.clone().unwrap_or_default();
            let key = ports.provider_key(&provider.name);
            Ok(Some(Reach::of(provider, base_url, key)))
        }
    }
}

/// Gives the provider that a protocol's calls go to when they name none: the protocol's own if it is
/// there, else the one that was made first.
pub async fn default_for(ports: &(impl Sql + Secrets), protocol: Protocol) -> Result<Option<Reach>, Failure> {
    let own = ProviderName::try_from(protocol.word().to_owned())
        .map_err(|error| Failure::Internal(error.to_string()))?;
    if let Some(reach) = reach(ports, &own).await? {
        return Ok(Some(reach));
    }
    let text = format!("{COLUMNS} WHERE protocol = ? AND id <> name ORDER BY created_at, id LIMIT 1");
    let found = first::<Stored>(ports, Statement::new(text, bind![protocol.word()])).await?;
    found.map(|stored| open(ports, &stored)).transpose()
}

fn open(secrets: &impl Secrets, stored: &Stored) -> Result<Reach, Failure> {
    let key = stored.sealed_key.as_deref().map(|sealed| {
        let keyring = secrets.keyring().ok_or_else(|| no_sealing_key(&stored.name))?;
        keyring.open(sealed, &bound_to(stored.id.as_str(), &stored.base_url)).map_err(|_| {
            Failure::Unavailable(format!(
                "the key of provider \"{}\" cannot be opened, as ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD, or enter the provider's key again",
                stored.name
            ))
        })
    });
    Ok(Reach::of(stored.provider()?, stored.base_url.clone(), key.transpose()?))
}

fn no_sealing_key(name: &ProviderName) -> Failure {
    Failure::Unavailable(format!(
        "provider \"{name}\" has a stored key, and the secret ENCRYPTION_KEY (32 bytes in base64) that seals it is not set"
    ))
}

/// What a sealed key is bound to: it cannot be moved to another record or another origin.
pub(super) fn bound_to(id: &str, base_url: &str) -> String {
    format!("provider|{id}|{}", address::origin(base_url))
}

/// A provider as it is to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub id: ProviderId,
    pub name: ProviderName,
    pub protocol: Protocol,
    pub base_url: String,
    pub models: Vec<PricedModel>,
    pub stream: Option<bool>,
}

/// What becomes of the stored key.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyChange {
    Keep,
    Erase,
    Set(String),
}

/// Keeps a provider, new or changed.
///
/// # Errors
/// Conflict when the name is taken.
pub async fn keep(
    ports: &(impl Sql + Secrets),
    draft: &Draft,
    key: &KeyChange,
    drawn: &Drawn,
    now: Moment,
) -> Result<(), Failure> {
    let (sealed, hint): (Bound, Bound) = match key {
        KeyChange::Keep | KeyChange::Erase => (Bound::Null, Bound::Null),
        KeyChange::Set(key) => {
            let keyring = ports.keyring().ok_or_else(|| no_sealing_key(&draft.name))?;
            let sealed = keyring
                .seal(drawn, key, &bound_to(draft.id.as_str(), &draft.base_url))
                .map_err(|error| Failure::Internal(error.to_string()))?;
            (sealed.into(), vault::hint(key).into())
        }
    };
    let models = serde_json::to_string(&draft.models).unwrap_or_default();
    let text = "INSERT INTO provider (id, name, protocol, base_url, sealed_key, key_hint, models, stream, created_at) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
                base_url = excluded.base_url, models = excluded.models, stream = excluded.stream, \
                sealed_key = CASE WHEN ? THEN provider.sealed_key ELSE excluded.sealed_key END, \
                key_hint = CASE WHEN ? THEN provider.key_hint ELSE excluded.key_hint END";
    let keeps = *key == KeyChange::Keep;
    let values = bind![
        draft.id.as_str(),
        draft.name.as_str(),
        draft.protocol.word(),
        draft.base_url.as_str(),
        sealed,
        hint,
        models,
        draft.stream,
        now,
        keeps,
        keeps
    ];
    // What was set of a provider that existed by itself under this name must not stand in the way.
    let settings = "DELETE FROM provider WHERE name = ? AND id = name AND id <> ?";
    let settings = Statement::new(settings, bind![draft.name.as_str(), draft.id.as_str()]);
    let kept = ports.batch(vec![settings, Statement::new(text, values)]).await;
    match kept {
        Err(SqlError::Taken(_)) => {
            Err(Failure::Conflict(format!("the name \"{}\" is taken by another provider", draft.name)))
        }
        other => Ok(other.map(|_| ())?),
    }
}

/// Deletes a provider with its key. Tells whether there was one.
pub async fn delete(sql: &impl Sql, id: &ProviderId) -> Result<bool, SqlError> {
    super::delete(sql, "provider WHERE id = ? AND id <> name", &[], id.as_str()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn reach(protocol: Protocol, base_url: &str) -> Reach {
        let name = ProviderName::try_from("acme".to_owned()).expect("a name");
        let id = ProviderId::try_from("p".to_owned()).expect("an id");
        let provider = Provider {
            id,
            name,
            protocol,
            base_url: Some(base_url.to_owned()),
            key_hint: None,
            models: Vec::new(),
            stream: None,
            simulated: false,
        };
        Reach::of(provider, base_url.to_owned(), Some("k".to_owned()))
    }

    fn check(protocol: Protocol, base_url: &str, expected: Expect) {
        let reach = reach(protocol, base_url);
        let lines = Wire::ALL.map(|wire| match (reach.url(wire), reach.key_headers(wire).first()) {
            (Some(url), Some((name, _))) => format!("{url} {name}"),
            _ => format!("no {}", wire.path()),
        });
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn each_format_has_its_address_and_its_header_for_the_key() {
        check(
            Protocol::Openai,
            "https://example.com/v1/",
            expect![[r#"
            https://example.com/v1/chat/completions authorization
            https://example.com/v1/messages authorization
            https://example.com/v1/responses authorization
            https://example.com/v1/completions authorization
            https://example.com/v1/embeddings authorization"#]],
        );
        check(
            Protocol::Anthropic,
            "https://example.com/anthropic/",
            expect![[r#"
            https://example.com/anthropic/v1/chat/completions authorization
            https://example.com/anthropic/v1/messages x-api-key
            https://example.com/anthropic/v1/responses authorization
            https://example.com/anthropic/v1/completions authorization
            https://example.com/anthropic/v1/embeddings authorization"#]],
        );
        check(
            Protocol::Anthropic,
            "https://api.anthropic.com/v1",
            expect![[r#"
            https://api.anthropic.com/v1/chat/completions authorization
            https://api.anthropic.com/v1/messages x-api-key
            https://api.anthropic.com/v1/responses authorization
            https://api.anthropic.com/v1/completions authorization
            https://api.anthropic.com/v1/embeddings authorization"#]],
        );
        check(
            Protocol::Anthropic,
            "https://API.anthropic.com/",
            expect![[r#"
                https://API.anthropic.com/v1/chat/completions authorization
                https://API.anthropic.com/v1/messages x-api-key
                https://API.anthropic.com/v1/responses authorization
                https://API.anthropic.com/v1/completions authorization
                https://API.anthropic.com/v1/embeddings authorization"#]],
        );
        check(
            Protocol::Gemini,
            "https://example.com/v1beta",
            expect![[r#"
            https://example.com/v1beta/openai/chat/completions authorization
            no messages
            no responses
            no completions
            https://example.com/v1beta/openai/embeddings authorization"#]],
        );
        for base_url in ["https://example.com/", "https://example.com/v1beta/openai/"] {
            check(
                Protocol::Gemini,
                base_url,
                expect![[r#"
                https://example.com/v1beta/openai/chat/completions authorization
                no messages
                no responses
                no completions
                https://example.com/v1beta/openai/embeddings authorization"#]],
            );
        }
        check(
            Protocol::Demo,
            "",
            expect![[r#"
            /chat/completions authorization
            /messages authorization
            /responses authorization
            /completions authorization
            /embeddings authorization"#]],
        );
    }

    #[test]
    fn a_model_of_gemini_is_a_part_of_the_address() {
        let reach = reach(Protocol::Gemini, "https://example.com/v1beta");
        let names =
            ["gemini-2.5-flash", "models/gemini-2.5-flash", "tunedModels/mine", "../../files?key=", "a/b"];
        let mut lines = names.map(|name| reach.gemini_url(name, false)).to_vec();
        lines.push(reach.gemini_url("m", true));
        expect![[r#"
            https://example.com/v1beta/models/gemini-2.5-flash:generateContent
            https://example.com/v1beta/models/gemini-2.5-flash:generateContent
            https://example.com/v1beta/tunedModels/mine:generateContent
            https://example.com/v1beta/models/..%2F..%2Ffiles%3Fkey%3D:generateContent
            https://example.com/v1beta/models/a%2Fb:generateContent
            https://example.com/v1beta/models/m:streamGenerateContent?alt=sse"#]]
        .assert_eq(&lines.join("\n"));
        assert_eq!(reach.headers(), [("x-goog-api-key".to_owned(), "k".to_owned())]);
    }
}
