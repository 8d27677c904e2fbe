//! Deliveries: what webhooks are still to be told, and what became of it.
//!
//! The database writes them itself, with the events that they tell of: `0020_webhook.sql`.

use serde::Deserialize;
use shared::id::{RunId, WebhookId};
use shared::moment::Moment;
use shared::webhook::{Event, MOST_TRIES};

use super::access::moment;
use super::rows;
use crate::bind;
use crate::ports::{Row, Sql, SqlError, Statement, read_row};

/// A delivery that is to be tried now, by nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: u64,
    pub webhook_id: WebhookId,
    pub event: Event,
    /// The place of the event among those of its run.
    pub seq: u64,
    pub happened_at: Moment,
    /// How often it was tried, this time among them.
    pub tries: u32,
    pub url: String,
    pub sealed_secret: String,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub id: u64,
    /// Which try it was: if another has begun meanwhile, that one says what became of it.
    pub tries: u32,
    pub status: Option<u16>,
    pub error: Option<String>,
    /// When it is tried again; none when it was taken, or is given up.
    pub due_at: Option<Moment>,
}

/// Takes up to `most` deliveries of a run that are due, until `until`: then they are due again, unless [`note`] says what
/// became of them. What was tried often enough and never came to a word is given up.
///
/// Gives them, and when the next of the others is due.
pub async fn claim(
    sql: &impl Sql,
    run: &RunId,
    most: u32,
    now: Moment,
    until: Moment,
) -> Result<(Vec<Due>, Option<Moment>), SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        id: u64,
        webhook_id: WebhookId,
        event: Event,
        seq: u64,
        happened_at: f64,
        tries: u32,
        url: String,
        sealed_secret: String,
    }
    let give_up = "UPDATE delivery SET due_at = NULL, error = coalesce(error, 'it was broken off') \
                   WHERE run_id = ? AND due_at <= ? AND tries >= ?";
    let claim = "UPDATE delivery SET tries = tries + 1, tried_at = ?1, due_at = ?2 WHERE id IN \
                 (SELECT id FROM delivery WHERE run_id = ?3 AND due_at <= ?1 ORDER BY due_at LIMIT ?4) \
                 RETURNING id, webhook_id, event, seq, happened_at, tries, \
                 (SELECT url FROM webhook WHERE webhook.id = webhook_id) AS url, \
                 (SELECT sealed_secret FROM webhook WHERE webhook.id = webhook_id) AS sealed_secret";
    let statements = vec![
        Statement::new(give_up, bind![run.as_str(), now, MOST_TRIES]),
        Statement::new(claim, bind![now, until, run.as_str(), most]),
        next(run),
    ];
    let mut found = sql.batch(statements).await?;
    let next = read_next(found.pop())?;
    let stored = found.pop().unwrap_or_default().into_iter().map(read_row::<Stored>);
    let due = stored.map(|stored| {
        let Stored { id, webhook_id, event, seq, happened_at, tries, url, sealed_secret } = stored?;
        let happened_at = moment(happened_at);
        Ok(Due { id, webhook_id, event, seq, happened_at, tries, url, sealed_secret })
    });
    Ok((due.collect::<Result<_, SqlError>>()?, next))
}

/// Writes down what became of deliveries of a run. Gives when the next is due.
pub async fn note(sql: &impl Sql, run: &RunId, tried: &[Tried]) -> Result<Option<Moment>, SqlError> {
    let text = "UPDATE delivery SET due_at = ?, status = ?, error = ? WHERE id = ? AND tries = ?";
    let write = |tried: &Tried| {
        let status = tried.status.map(u32::from);
        Statement::new(text, bind![tried.due_at, status, tried.error.clone(), tried.id, tried.tries])
    };
    let statements = tried.iter().map(write).chain([next(run)]).collect();
    read_next(sql.batch(statements).await?.pop())
}

fn next(run: &RunId) -> Statement {
    Statement::new(
        "SELECT min(due_at) AS due_at FROM delivery WHERE run_id = ? AND due_at IS NOT NULL",
        bind![run.as_str()],
    )
}

fn read_next(found: Option<Vec<Row>>) -> Result<Option<Moment>, SqlError> {
    #[derive(Deserialize)]
    struct Next {
        due_at: Option<f64>,
    }
    let next = found.unwrap_or_default().pop().map(read_row::<Next>).transpose()?;
    Ok(next.and_then(|next| next.due_at).map(moment))
}

/// Lists runs of which something is due, the longest first.
pub async fn overdue(sql: &impl Sql, now: Moment, most: u32) -> Result<Vec<RunId>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        run_id: RunId,
    }
    let text = "SELECT run_id FROM delivery WHERE due_at <= ? ORDER BY due_at LIMIT ?";
    let found = rows::<Found>(sql, Statement::new(text, bind![now, most])).await?;
    let mut runs: Vec<_> = found.into_iter().map(|found| found.run_id).collect();
    runs.dedup();
    Ok(runs)
}

/// Deletes what is over and happened before a moment, at most so many.
pub async fn forget(sql: &impl Sql, before: Moment, most: u32) -> Result<(), SqlError> {
    let text = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE due_at IS NULL AND happened_at < ? \
                ORDER BY happened_at LIMIT ?)";
    sql.query(Statement::new(text, bind![before, most])).await.map(|_| ())
}
