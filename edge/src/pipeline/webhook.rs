//! Webhooks: what is kept of them, and whether they are taken.

use serde_json::json;
use shared::api::webhooks::{KeptWebhook, NewWebhook, WebhookChange, WebhookTest};
use shared::id::WebhookId;
use shared::webhook::{self as told, Event, Message, Sample};

use super::{deliver, reseal};
use crate::failure::Failure;
use crate::ports::{Clock, Random, Secrets, Sql, SqlError, Upstream};
use crate::signature;
use crate::store::webhook::{self, Draft, Sealed};
use crate::upstream::address;

/// Makes a webhook, with a secret that is never told again. The service was reached at `own`, where none may lead.
///
/// # Errors
/// Invalid when the address breaks a rule or there are too many; conflict when the name is taken.
pub async fn make(
    ports: &(impl Sql + Clock + Random + Secrets),
    own: &str,
    new: NewWebhook,
) -> Result<KeptWebhook, Failure> {
    let created_at = ports.now();
    let draft = Draft {
        id: WebhookId::make(created_at, &ports.bytes()),
        name: new.name,
        url: checked(ports, own, &new.url)?,
        events: chosen(new.events)?,
        created_at,
    };
    let (secret, sealed) = draw(ports, &draft)?;
    if !webhook::add(ports, &draft, sealed).await.map_err(|error| not_kept(error, &draft))? {
        let detail = format!("there are {} webhooks, the most there may be; delete one first", webhook::MOST);
        return Err(Failure::Conflict(detail));
    }
    Ok(kept(draft, Some(secret)))
}

/// Changes a webhook, as one is made. An address at another origin comes with a new secret: the old one is known to somebody else.
///
/// # Errors
/// Not found; invalid when the address breaks a rule; conflict when the name is taken.
pub async fn change(
    ports: &(impl Sql + Clock + Random + Secrets),
    own: &str,
    id: &WebhookId,
    change: WebhookChange,
) -> Result<KeptWebhook, Failure> {
    let before = find(ports, id).await?;
    let draft = Draft {
        id: before.id,
        name: change.name.unwrap_or(before.name),
        url: change.url.map_or_else(|| Ok(before.url.clone()), |url| checked(ports, own, &url))?,
        events: change.events.map_or(Ok(before.events), chosen)?,
        created_at: before.created_at,
    };
    let moves = address::origin(&draft.url) != address::origin(&before.url);
    let drawn = if moves || change.new_secret { Some(draw(ports, &draft)?) } else { None };
    let (secret, sealed) = drawn.unzip();
    match webhook::change(ports, &draft, sealed).await {
        Ok(true) => {
            reseal::one(ports, id.as_str()).await;
            Ok(kept(draft, secret))
        }
        Ok(false) => Err(Failure::NotFound("webhook")),
        Err(error) => Err(not_kept(error, &draft)),
    }
}

async fn find(sql: &impl Sql, id: &WebhookId) -> Result<Draft, Failure> {
    webhook::find(sql, id).await?.ok_or(Failure::NotFound("webhook"))
}

fn checked(secrets: &impl Secrets, own: &str, url: &str) -> Result<String, Failure> {
    let url = url.trim();
    let checked = address::check_call(url, &secrets.allowed());
    match checked.and_then(|()| address::check_away(url, own)) {
        Ok(()) => Ok(url.to_owned()),
        Err(error) => Err(Failure::invalid("/url", error.to_string())),
    }
}

fn chosen(mut events: Vec<Event>) -> Result<Vec<Event>, Failure> {
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        let words = Event::ALL.map(Event::word).join(" or ");
        return Err(Failure::invalid("/events", format!("a webhook needs at least one event: {words}")));
    }
    Ok(events)
}

/// Draws a secret: as it is shown, and as it is stored.
fn draw(ports: &(impl Random + Secrets), draft: &Draft) -> Result<(String, Sealed), Failure> {
    let secret = signature::secret(&ports.bytes());
    let sealed = webhook::seal(ports, &draft.id, &draft.url, &secret, &ports.bytes())?;
    Ok((secret, sealed))
}

fn not_kept(error: SqlError, draft: &Draft) -> Failure {
    match error {
        SqlError::Taken(_) => {
            Failure::Conflict(format!("the name \"{}\" is taken by another webhook", draft.name))
        }
        error => error.into(),
    }
}

fn kept(draft: Draft, secret: Option<String>) -> KeptWebhook {
    let Draft { id, name, url, events, created_at } = draft;
    KeptWebhook { id, name, url, events, created_at, secret }
}

/// Delivers a sample. Nothing of it is kept.
///
/// # Errors
/// Not found; unavailable when the secret cannot be opened. That nobody takes it is a result, not an error.
pub async fn test(
    ports: &(impl Sql + Clock + Random + Secrets + Upstream),
    id: &WebhookId,
) -> Result<WebhookTest, Failure> {
    let Draft { name, .. } = find(ports, id).await?;
    let receiver = webhook::receiver(ports, id).await?.ok_or(Failure::NotFound("webhook"))?;
    let began = ports.now();
    let data = Sample { webhook_id: id.clone(), name };
    let message = Message { kind: told::TEST.to_owned(), timestamp: began, data };
    let message_id = format!("msg_{}", shared::id::v7(began, &ports.bytes()));
    let answered = deliver::send(ports, &receiver, &message_id, &json!(message).to_string()).await;
    let (status, error) = (answered.status, answered.error);
    Ok(WebhookTest { ok: error.is_none(), status, latency_ms: ports.now().since(began), error })
}
