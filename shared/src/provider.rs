//! Providers: who answers, in which protocol, at which address and price.
//!
//! Leaves out keys, which never leave the edge, and the rules of addresses, which are the edge's.

use serde::{Deserialize, Serialize};

use crate::id::ProviderId;
use crate::price::Price;

/// A provider's name: `[a-z0-9][a-z0-9-]{0,31}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct ProviderName(String);

/// The text cannot name a provider.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit"
)]
pub struct NotAName(String);

impl ProviderName {
    /// The provider that simulates answers, in local runs.
    pub const DEMO: &'static str = "demo";

    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes this provider's own prefix off a model's name: `openai/gpt-4o` asked of `openai` is `gpt-4o`.
    pub fn own_model<'a>(&self, model: &'a str) -> &'a str {
        model.strip_prefix(self.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(model)
    }
}

impl TryFrom<String> for ProviderName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let byte_fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(byte_fits) && !text.starts_with('-');
        if fits { Ok(Self(text)) } else { Err(NotAName(text)) }
    }
}

impl From<ProviderName> for String {
    fn from(name: ProviderName) -> Self {
        name.0
    }
}

impl std::fmt::Display for ProviderName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words that a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// `OpenAI`'s chat completions, which most others speak too.
    Openai,
    Anthropic,
    Gemini,
    /// The simulated provider inside.
    Demo,
}

impl Protocol {
    /// Gives the word on the wire and in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Demo => "demo",
        }
    }

    /// Gives the address of the protocol's own provider; none for the one inside.
    pub fn home(self) -> Option<&'static str> {
        match self {
            Self::Openai => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com/v1"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
            Self::Demo => None,
        }
    }
}

/// A model with its price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PricedModel {
    pub id: String,
    #[serde(default)]
    pub input_usd_per_mtok: Option<f64>,
    #[serde(default)]
    pub output_usd_per_mtok: Option<f64>,
    /// What input costs that the provider reads from its cache; the same as other input when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input_usd_per_mtok: Option<f64>,
}

impl PricedModel {
    /// Gives the price; none unless what goes in and what comes out have one.
    pub fn price(&self) -> Option<Price> {
        let (input_usd_per_mtok, output_usd_per_mtok) = (self.input_usd_per_mtok?, self.output_usd_per_mtok?);
        let cached_input_usd_per_mtok = self.cached_input_usd_per_mtok;
        Some(Price { input_usd_per_mtok, cached_input_usd_per_mtok, output_usd_per_mtok })
    }
}

/// A provider as people see it: without its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Provider {
    pub id: ProviderId,
    pub name: ProviderName,
    pub protocol: Protocol,
    pub base_url: Option<String>,
    /// The last four characters of the stored key; none when no key is stored.
    pub key_hint: Option<String>,
    pub models: Vec<PricedModel>,
    /// Whether runs have its answers streamed; as is usual at its address when nobody has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// Its answers are made up here, by a small program.
    pub simulated: bool,
}

impl Provider {
    /// Tells whether it was not made by anybody: its key is in the configuration, or it is simulated.
    pub fn exists_by_itself(&self) -> bool {
        self.id.as_str() == self.name.as_str()
    }

    /// Tells whether runs have its answers streamed.
    pub fn streams(&self) -> bool {
        !self.simulated
            && self.stream.unwrap_or_else(|| self.base_url.as_deref().is_some_and(usually_streams))
    }

    /// Gives the price of a model, if it is known.
    pub fn price(&self, model: &str) -> Option<Price> {
        let model = self.name.own_model(model);
        self.models
            .iter()
            .find(|priced| self.name.own_model(&priced.id) == model)
            .and_then(PricedModel::price)
    }
}

/// Tells whether who answers at an address is known to stream, and to count the tokens of a stream.
fn usually_streams(base_url: &str) -> bool {
    let homes = [Protocol::Openai, Protocol::Anthropic, Protocol::Gemini].map(Protocol::home);
    homes.into_iter().flatten().any(|home| host(home) == host(base_url))
}

fn host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    Some(rest.split(['/', ':']).next()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(name: &str, model: &str, expected: Expect) {
        let name = ProviderName::try_from(name.to_owned());
        expected
            .assert_eq(&name.map_or_else(|error| error.to_string(), |name| name.own_model(model).to_owned()));
    }

    #[test]
    fn only_its_own_prefix_is_taken_off() {
        check("openai", "openai/gpt-4o", expect!["gpt-4o"]);
        check("openrouter", "openai/gpt-4o", expect!["openai/gpt-4o"]);
        check("open", "openai/gpt-4o", expect!["openai/gpt-4o"]);
    }

    #[test]
    fn only_known_hosts_are_asked_to_stream_by_themselves() {
        let addresses = [
            "https://api.openai.com/v1",
            "https://API.OpenAI.com:443/v1",
            "https://api.openai.com",
            "https://api.anthropic.com/v1",
            "https://generativelanguage.googleapis.com/v1beta",
            "http://api.openai.com/v1",
            "https://api.openai.com.example.com/v1",
            "https://api.openai.com@example.com/v1",
            "https://eu.api.openai.com/v1",
            "https://openrouter.ai/api/v1",
            "http://127.0.0.1:9099/v1",
            "",
        ];
        let lines = addresses.map(|address| format!("{address}: {}", usually_streams(address)));
        expect![[r#"
            https://api.openai.com/v1: true
            https://API.OpenAI.com:443/v1: true
            https://api.openai.com: true
            https://api.anthropic.com/v1: true
            https://generativelanguage.googleapis.com/v1beta: true
            http://api.openai.com/v1: false
            https://api.openai.com.example.com/v1: false
            https://api.openai.com@example.com/v1: false
            https://eu.api.openai.com/v1: false
            https://openrouter.ai/api/v1: false
            http://127.0.0.1:9099/v1: false
            : false"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn what_a_provider_was_told_wins_over_its_address() {
        let provider = |base_url: Option<&str>, stream, simulated| Provider {
            id: ProviderId::try_from("p".to_owned()).unwrap(),
            name: ProviderName::try_from("p".to_owned()).unwrap(),
            protocol: Protocol::Openai,
            base_url: base_url.map(str::to_owned),
            key_hint: None,
            models: Vec::new(),
            stream,
            simulated,
        };
        let streams = |base_url: &str| {
            [None, Some(true), Some(false)].map(|stream| provider(Some(base_url), stream, false).streams())
        };
        assert_eq!(streams("https://api.openai.com/v1"), [true, true, false]);
        assert_eq!(streams("https://example.com/v1"), [false, true, false]);
        assert!(!provider(None, Some(true), true).streams());
    }

    #[test]
    fn names_are_narrow() {
        let wrong = expect![[
            r#""My Provider" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit"#
        ]];
        check("My Provider", "", wrong);
    }
}
