//! Sessions, access keys and providers.

use serde::{Deserialize, Serialize};

use super::{List, endpoints};
use crate::audit::{Break, Entry, Link};
use crate::auth::{AccessKey, Scope};
use crate::canonical::Key;
use crate::criteria::Name;
use crate::id::{KeyId, ProviderId};
use crate::json;
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::provider::{PricedModel, Protocol, Provider, ProviderName};
use crate::query::{Page, Pairs, Query, pair};

/// Signs in with a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub token: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    pub subject: String,
    pub scopes: Vec<Scope>,
}

/// Makes an access key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    pub name: Name,
    pub scopes: Vec<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Moment>,
}

/// A key that was just made, with its token, which is never shown again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeKey {
    pub id: KeyId,
    pub name: Name,
    pub scopes: Vec<Scope>,
    pub token: String,
}

/// Makes a provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    pub name: ProviderName,
    pub protocol: Protocol,
    /// The protocol's own provider when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<PricedModel>,
    /// Whether runs have its answers streamed. When left out they do where that is known to work: at the addresses of
    /// `OpenAI`, Anthropic and Gemini.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
}

/// Changes a provider; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProviderChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ProviderName>,
    /// Another origin erases the stored key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<PricedModel>>,
    /// Null leaves it to the address again.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::given")]
    pub stream: Option<Option<bool>>,
}

/// How a tiny call to a provider went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProviderTest {
    pub ok: bool,
    pub latency_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// From where the chain of the audit is followed, and what is looked for in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditCheckQuery {
    pub cursor: Option<String>,
    /// The hash of an entry, as it was noted elsewhere.
    pub noted: Option<Key>,
}

impl Query for AuditCheckQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { cursor: pairs.take("cursor")?, noted: pairs.take("noted")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        let pairs = [pair("cursor", self.cursor.as_ref()), pair("noted", self.noted.as_ref())];
        pairs.into_iter().flatten().collect()
    }
}

/// How far the chain of the audit was followed, and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditCheck {
    /// No break was found in this part.
    pub holds: bool,
    /// The first break; what comes after it is not followed.
    pub broken: Option<Break>,
    /// The last entry up to which it holds; null before the first. Its hash is worth noting elsewhere.
    pub last: Option<Link>,
    /// Whether there is an entry with the hash that was asked for; null when none was.
    pub has_noted: Option<bool>,
    /// What to ask for next; null at the end of the chain, or where it is broken.
    pub next_cursor: Option<String>,
}

/// The most bytes that are read of somebody who has not shown who they are.
const LARGEST_SIGN_IN: usize = 16 * 1024;

endpoints! {
    /// Signs in: sets the session cookie.
    PostSession {} Post "/api/session" None, 204, LARGEST_SIGN_IN;
    (), SignIn => ();

    /// Tells who is signed in.
    GetSession {} Get "/api/session" Some(Scope::Read), 200;
    (), () => Session;

    /// Signs out.
    DeleteSession {} Delete "/api/session" Some(Scope::Read), 204;
    (), () => ();

    /// Makes an access key.
    PostKey {} Post "/api/keys" Some(Scope::Admin), 201;
    (), NewKey => MadeKey;

    /// Lists access keys.
    GetKeys {} Get "/api/keys" Some(Scope::Admin), 200;
    Page, () => List<AccessKey>;

    /// Revokes an access key.
    DeleteKey { key: KeyId } Delete "/api/keys/{key}" Some(Scope::Admin), 204;
    (), () => ();

    /// Lists who changed what with the rights of an operator and who was refused, the newest first.
    GetAudit {} Get "/api/audit" Some(Scope::Admin), 200;
    Page, () => List<Entry>;

    /// Follows the chain of the audit, a thousand entries a call.
    GetAuditCheck {} Get "/api/audit/check" Some(Scope::Admin), 200;
    AuditCheckQuery, () => AuditCheck;

    /// Makes a provider.
    PostProvider {} Post "/api/providers" Some(Scope::Admin), 201;
    (), NewProvider => Provider;

    /// Lists providers, those that exist by themselves too.
    GetProviders {} Get "/api/providers" Some(Scope::Read), 200;
    Page, () => List<Provider>;

    /// Reads a provider.
    GetProvider { provider: ProviderId } Get "/api/providers/{provider}" Some(Scope::Read), 200;
    (), () => Provider;

    /// Changes a provider.
    PatchProvider { provider: ProviderId } Patch "/api/providers/{provider}" Some(Scope::Admin), 200;
    (), ProviderChange => Provider;

    /// Deletes a provider with its key.
    DeleteProvider { provider: ProviderId } Delete "/api/providers/{provider}" Some(Scope::Admin), 204;
    (), () => ();

    /// Makes one tiny call to a provider.
    PostProviderTest { provider: ProviderId } Post "/api/providers/{provider}/test" Some(Scope::Admin), 200;
    (), () => ProviderTest;
}
