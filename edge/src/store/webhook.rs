//! Webhooks, each with its sealed secret.
//!
//! A secret is bound to its webhook and to the origin that it signs for, and leaves this module only inside a
//! [`Receiver`], on its way to be signed with.

use serde::Deserialize;
use shared::criteria::Name;
use shared::id::{RunId, WebhookId};
use shared::moment::Moment;
use shared::webhook::{self, Delivery, Event, State, Webhook};

use super::access::moment;
use super::{first, json, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Secrets, Sql, SqlError, Statement};
use crate::upstream::address;
use crate::vault::Drawn;

/// The most webhooks: each is told of the end of every run.
pub const MOST: u32 = 20;

/// A webhook as it is to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub id: WebhookId,
    pub name: Name,
    pub url: String,
    pub events: Vec<Event>,
    pub created_at: Moment,
}

/// Where messages go, and what signs them.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    pub url: String,
    pub secret: String,
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(String);

/// Seals a webhook's secret.
///
/// # Errors
/// Unavailable when there is no key to seal it with.
pub fn seal(
    secrets: &impl Secrets,
    id: &WebhookId,
    url: &str,
    secret: &str,
    drawn: &Drawn,
) -> Result<Sealed, Failure> {
    let keyring = secrets.keyring().ok_or_else(|| {
        Failure::Unavailable(
            "a webhook has a secret, and the secret ENCRYPTION_KEY (32 bytes in base64) that seals it is not set"
                .to_owned(),
        )
    })?;
    keyring
        .seal(drawn, secret, &bound_to(id.as_str(), url))
        .map(Sealed)
        .map_err(|error| Failure::Internal(error.to_string()))
}

/// Gives where messages go and what signs them; none when the secret cannot be opened.
pub fn open(secrets: &impl Secrets, id: &WebhookId, url: String, sealed: &str) -> Option<Receiver> {
    let secret = secrets.keyring()?.open(sealed, &bound_to(id.as_str(), &url)).ok()?;
    Some(Receiver { url, secret })
}

/// What a sealed secret is bound to: it cannot be moved to another record or another origin.
pub(super) fn bound_to(id: &str, url: &str) -> String {
    format!("webhook|{id}|{}", address::origin(url))
}

/// Keeps a new webhook. Tells whether there was room for it.
///
/// # Errors
/// Taken when another has its name.
pub async fn add(sql: &impl Sql, draft: &Draft, secret: Sealed) -> Result<bool, SqlError> {
    let text = "INSERT INTO webhook (id, name, url, events, sealed_secret, created_at) \
                SELECT ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM webhook) < ? RETURNING id";
    let values = bind![
        draft.id.as_str(),
        draft.name.as_str(),
        draft.url.as_str(),
        words(&draft.events),
        secret.0,
        draft.created_at,
        MOST
    ];
    Ok(!sql.query(Statement::new(text, values)).await?.is_empty())
}

/// Keeps a changed webhook, with its old secret where there is no new one. Tells whether there was one.
///
/// # Errors
/// Taken when another has its name.
pub async fn change(sql: &impl Sql, draft: &Draft, secret: Option<Sealed>) -> Result<bool, SqlError> {
    let text = "UPDATE webhook SET name = ?, url = ?, events = ?, sealed_secret = coalesce(?, sealed_secret) \
                WHERE id = ? RETURNING id";
    let values = bind![
        draft.name.as_str(),
        draft.url.as_str(),
        words(&draft.events),
        secret.map(|sealed| sealed.0),
        draft.id.as_str()
    ];
    Ok(!sql.query(Statement::new(text, values)).await?.is_empty())
}

/// Deletes a webhook with what it was to be told. Tells whether there was one.
pub async fn delete(sql: &impl Sql, id: &WebhookId) -> Result<bool, SqlError> {
    super::delete(sql, "webhook WHERE id = ?", &["delivery WHERE webhook_id = ?"], id.as_str()).await
}

fn words(events: &[Event]) -> String {
    serde_json::to_string(events).unwrap_or_default()
}

#[derive(Deserialize)]
struct Stored {
    id: WebhookId,
    name: Name,
    url: String,
    events: String,
    created_at: f64,
}

impl Stored {
    fn draft(self) -> Result<Draft, SqlError> {
        let Self { id, name, url, events, created_at } = self;
        Ok(Draft { id, name, url, events: json(&events)?, created_at: moment(created_at) })
    }
}

/// Reads a webhook.
pub async fn find(sql: &impl Sql, id: &WebhookId) -> Result<Option<Draft>, SqlError> {
    let text = "SELECT id, name, url, events, created_at FROM webhook WHERE id = ?";
    first::<Stored>(sql, Statement::new(text, bind![id.as_str()])).await?.map(Stored::draft).transpose()
}

/// Reads where the messages of a webhook go; none when there is no such webhook.
///
/// # Errors
/// Unavailable when its secret cannot be opened.
pub async fn receiver(ports: &(impl Sql + Secrets), id: &WebhookId) -> Result<Option<Receiver>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        url: String,
        sealed_secret: String,
    }
    let text = "SELECT url, sealed_secret FROM webhook WHERE id = ?";
    let Some(found) = first::<Found>(ports, Statement::new(text, bind![id.as_str()])).await? else {
        return Ok(None);
    };
    match open(ports, id, found.url, &found.sealed_secret) {
        None => Err(Failure::Unavailable(SHUT.to_owned())),
        receiver => Ok(receiver),
    }
}

/// What is wrong with a secret that cannot be opened.
pub const SHUT: &str = "the secret cannot be opened, as ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD, or draw a new secret";

#[derive(Deserialize)]
struct Listed {
    #[serde(flatten)]
    webhook: Stored,
    event: Option<Event>,
    run_id: Option<RunId>,
    tries: Option<u32>,
    tried_at: Option<f64>,
    due_at: Option<f64>,
    status: Option<u16>,
    error: Option<String>,
}

impl Listed {
    fn webhook(self) -> Result<Webhook, SqlError> {
        let Self { webhook, event, run_id, tries, tried_at, due_at, status, error } = self;
        let tried = event.zip(run_id).zip(tries).zip(tried_at);
        let last_delivery = tried.map(|(((event, run_id), tries), tried_at)| Delivery {
            event,
            run_id,
            tries,
            tried_at: moment(tried_at),
            state: match due_at {
                Some(_) => State::Waiting,
                None if status.is_some_and(webhook::is_taken) => State::Delivered,
                None => State::GivenUp,
            },
            next_try_at: due_at.map(moment),
            status,
            error,
        });
        let Draft { id, name, url, events, created_at } = webhook.draft()?;
        Ok(Webhook { id, name, url, events, created_at, last_delivery })
    }
}

/// Lists the webhooks by name, each with the delivery that was tried last.
pub async fn list(sql: &impl Sql) -> Result<Vec<Webhook>, SqlError> {
    let text = "SELECT webhook.id AS id, name, url, events, created_at, event, run_id, tries, tried_at, due_at, status, error \
                FROM webhook LEFT JOIN delivery ON delivery.id = (SELECT last.id FROM delivery AS last \
                WHERE last.webhook_id = webhook.id AND last.tried_at IS NOT NULL ORDER BY last.tried_at DESC LIMIT 1) \
                ORDER BY name";
    rows::<Listed>(sql, Statement::new(text, [])).await?.into_iter().map(Listed::webhook).collect()
}
