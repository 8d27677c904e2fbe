//! Webhooks.

use serde::{Deserialize, Serialize};

use super::{List, endpoints};
use crate::auth::Scope;
use crate::criteria::Name;
use crate::id::WebhookId;
use crate::moment::Moment;
use crate::webhook::{Event, Webhook};

/// Makes a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// No other webhook has it.
    pub name: Name,
    pub url: String,
    /// At least one.
    pub events: Vec<Event>,
}

/// Changes a webhook; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Another origin comes with a new secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
    /// Draws a new secret in any case: the old one signs nothing more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub new_secret: bool,
}

/// A webhook that was just kept, with its secret where that is new: it is never shown again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptWebhook {
    pub id: WebhookId,
    pub name: Name,
    pub url: String,
    pub events: Vec<Event>,
    pub created_at: Moment,
    /// `whsec_` and base64; null when it stays as it was.
    pub secret: Option<String>,
}

/// How a sample was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookTest {
    pub ok: bool,
    /// What the receiver answered; left out when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub latency_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

endpoints! {
    /// Makes a webhook; its secret is shown this once.
    PostWebhook {} Post "/api/webhooks" Some(Scope::Admin), 201;
    (), NewWebhook => KeptWebhook;

    /// Lists the webhooks by name, each with the delivery that was tried last.
    GetWebhooks {} Get "/api/webhooks" Some(Scope::Admin), 200;
    (), () => List<Webhook>;

    /// Changes a webhook.
    PatchWebhook { webhook: WebhookId } Patch "/api/webhooks/{webhook}" Some(Scope::Admin), 200;
    (), WebhookChange => KeptWebhook;

    /// Deletes a webhook; what it has not been told yet, it is not told.
    DeleteWebhook { webhook: WebhookId } Delete "/api/webhooks/{webhook}" Some(Scope::Admin), 204;
    (), () => ();

    /// Delivers one sample, `webhook.test`, now.
    PostWebhookTest { webhook: WebhookId } Post "/api/webhooks/{webhook}/test" Some(Scope::Admin), 200;
    (), () => WebhookTest;
}
