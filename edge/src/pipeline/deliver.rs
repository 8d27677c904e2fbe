//! Event → message: telling webhooks what happened to runs, at least once.
//!
//! What is to be told is in the database from the moment that it happened. A shard of the run tells it once the run stands
//! still, in a slice that does nothing else, and comes again for what was not taken; a sweep wakes one for what was left.
//! Leaves out what is decided about a try, which is in `shared::webhook`.

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::api::decide::GateQuery;
use shared::id::RunId;
use shared::moment::Moment;
use shared::webhook::{self as told, Message};

use super::{decide, report};
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Post, Schedule, Secrets, Sql, Unreached, Upstream};
use crate::signature;
use crate::store::delivery::{self, Due, Tried};
use crate::store::webhook::{self, Receiver};
use crate::upstream::call::HOP;

/// The most deliveries of one slice: each takes a statement of those that the platform's free plan allows.
const MOST: u32 = 18;

/// How many are sent at once: what is beyond the platform's six would wait for them, and its deadline would not.
const AT_ONCE: usize = 6;

/// How long a receiver may take to answer, in milliseconds.
const DEADLINE_MS: u64 = 15_000;

/// How long a delivery is somebody's who began it, in milliseconds: longer than all of a slice take, and the reading before
/// them.
const CLAIM_MS: i64 = 90_000;

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: Option<u16>,
    /// Why it was not taken; none when it was.
    pub error: Option<String>,
}

/// Tells what of a run is due to whoever is to be told. Gives when something is due next; none when nothing is left.
///
/// # Errors
/// What the database says: what was claimed is due again in a while, under the same id.
pub async fn deliver(
    ports: &(impl Sql + Blobs + Clock + Secrets + Upstream),
    run: &RunId,
) -> Result<Option<Moment>, Failure> {
    let now = ports.now();
    let (due, next) = delivery::claim(ports, run, MOST, now, now.plus(CLAIM_MS)).await?;
    if due.is_empty() {
        return Ok(next);
    }
    let news = match news(ports, run).await {
        Err(Failure::Busy) => return Err(Failure::Busy),
        Err(failure) => Err(format!("what came of the run cannot be read: {failure}")),
        Ok(news) => Ok(news),
    };
    let mut tried = Vec::new();
    for some in due.chunks(AT_ONCE) {
        tried.extend(join_all(some.iter().map(|due| attempt(ports, run, due, &news))).await);
    }
    Ok(delivery::note(ports, run, &tried).await?)
}

/// Reads what is told of a run: how it stands now, and what the gate says of it.
async fn news(ports: &(impl Sql + Blobs + Clock), run: &RunId) -> Result<Value, Failure> {
    let gate = decide::gate(ports, run, &GateQuery::default()).await?;
    Ok(json!(told::news(report::run(ports, run).await?, gate)))
}

async fn attempt(
    ports: &(impl Clock + Secrets + Upstream),
    run: &RunId,
    due: &Due,
    news: &Result<Value, String>,
) -> Tried {
    let Due { id, event, tries, .. } = due;
    let receiver = webhook::open(ports, &due.webhook_id, due.url.clone(), &due.sealed_secret);
    let Answered { status, error } = match (receiver, news) {
        (None, _) => Answered { status: None, error: Some(webhook::SHUT.to_owned()) },
        (_, Err(error)) => Answered { status: None, error: Some(error.clone()) },
        (Some(receiver), Ok(news)) => {
            let kind = event.word().to_owned();
            let message = Message { kind, timestamp: due.happened_at, data: news };
            let body = json!(message).to_string();
            send(ports, &receiver, &told::message_id(run, due.seq), &body).await
        }
    };
    let again = error.as_ref().and_then(|_| told::again_after_ms(*tries, status));
    let due_at = again.map(|wait_ms| ports.now().plus(wait_ms));
    Tried { id: *id, tries: *tries, status, error, due_at }
}

/// Signs a message and sends it, once.
pub async fn send(ports: &(impl Clock + Upstream), receiver: &Receiver, id: &str, body: &str) -> Answered {
    let mut headers = match signature::headers(&receiver.secret, id, ports.now(), body) {
        Ok(headers) => headers,
        Err(error) => return Answered { status: None, error: Some(error.to_string()) },
    };
    let named = [("content-type", "application/json"), ("user-agent", "Assay"), HOP];
    headers.extend(named.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let post = Post { url: receiver.url.clone(), headers, body: body.to_owned(), deadline_ms: DEADLINE_MS };
    match ports.post(&post).await {
        Ok(status) => Answered { status: Some(status), error: refusal(status) },
        Err(unreached) => Answered { status: None, error: Some(words(&unreached)) },
    }
}

fn refusal(status: u16) -> Option<String> {
    match status {
        status if told::is_taken(status) => None,
        300..400 => Some(format!("it answered {status}; redirects are not followed")),
        status => Some(format!("it answered {status}")),
    }
}

fn words(unreached: &Unreached) -> String {
    match unreached {
        Unreached::TimedOut(millis) => format!("it did not answer within {} s", millis / 1000),
        Unreached::Reset(why) => format!("the connection broke: {why}"),
        other => other.to_string(),
    }
}

/// How many runs a sweep wakes a shard of.
const MOST_RUNS: u32 = 20;

/// How long what became of a delivery can be read, in milliseconds: 30 days.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
const FORGOTTEN_AT_ONCE: u32 = 500;

/// Wakes a shard of each run of which something is due: one that was lost, or never heard that its run was halted, does not
/// come by itself. Forgets what is long over.
///
/// # Errors
/// What the database or the scheduler says.
pub async fn sweep(ports: &(impl Sql + Clock + Schedule)) -> Result<(), Failure> {
    let now = ports.now();
    for run in delivery::overdue(ports, now, MOST_RUNS).await? {
        ports.wake(&run, 0).await?;
    }
    Ok(delivery::forget(ports, now.plus(-KEPT_MS), FORGOTTEN_AT_ONCE).await?)
}
