//! What the edge needs of the world, as small traits by role.
//!
//! Steps ask only for the ports that they use. `cloudflare` implements them on the platform, the native
//! suite in memory. Ports speak domain types, never bindings or JavaScript values.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::chat::stream::Flaw;
use shared::id::RunId;
use shared::moment::Moment;
use shared::policy::Policy;
use shared::provider::ProviderName;

use crate::assertion::Team;
use crate::assertion::keys::{Key, Keys};
use crate::pace::{Limit, Pace};
use crate::signature;
use crate::upload;
use crate::upstream::address::Allowed;
use crate::upstream::form::Form;
use crate::vault::Keyring;

/// All ports together: what the routes are generic over.
pub trait Ports:
    Sql
    + Blobs
    + Upstream
    + Clock
    + Random
    + Secrets
    + Paced
    + Schedule
    + Ledger
    + Journal
    + Rules
    + Vouched
    + Send
    + Sync
    + 'static
{
}

impl<
    T: Sql
        + Blobs
        + Upstream
        + Clock
        + Random
        + Secrets
        + Paced
        + Schedule
        + Ledger
        + Journal
        + Rules
        + Vouched
        + Send
        + Sync
        + 'static,
> Ports for T
{
}

/// A statement with its bound values. Values are never written into the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Bound>,
}

/// A bound value. Whole numbers go through a double, as everything does in D1: exact to 2^53.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    Null,
    Number(f64),
    Text(String),
}

/// A row: its columns by name.
pub type Row = serde_json::Map<String, Value>;

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// A uniqueness rule forbids the row.
    #[error("the row exists already: {0}")]
    Taken(String),
    /// May work when tried again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A row points to a body that is gone, or does not read: it will be so the next time.
    #[error("{0}")]
    Lost(String),
    /// There is no room for more.
    #[error("the database is full: {0}")]
    Full(String),
    #[error("the database failed: {0}")]
    Broken(String),
}

/// The database. Implementations retry what may pass on a second try.
pub trait Sql {
    /// Runs one statement and gives its rows.
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, SqlError>;

    /// Runs statements in one transaction and gives the rows of each.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError>;
}

/// Bodies that are too large for a row, by their keys.
pub trait Blobs {
    async fn put_blob(&self, key: &str, text: &str) -> Result<(), SqlError>;
    async fn get_blob(&self, key: &str) -> Result<Option<String>, SqlError>;
    /// Deletes a body; one that is not there is deleted already.
    async fn delete_blob(&self, key: &str) -> Result<(), SqlError>;
}

/// A call to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// How the answer is to be read.
    pub form: Form,
    /// How long the whole answer may take, in milliseconds.
    pub deadline_ms: u64,
}

/// A provider's answer, whatever its status; what came as a stream is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The `retry-after` header.
    pub retry_after: Option<String>,
    pub body: String,
}

/// A message to somebody who asked to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// How long the answer may take, in milliseconds.
    pub deadline_ms: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    #[error("the provider did not answer within {0} ms")]
    TimedOut(u64),
    #[error("the connection to the provider broke: {0}")]
    Reset(String),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// It began, and nothing more came for so many milliseconds.
    #[error("the answer stood still for {0} ms")]
    Stalled(u64),
    #[error("{0}")]
    Flawed(#[from] Flaw),
}

/// The only way out. Redirects are not followed.
pub trait Upstream {
    async fn send(&self, call: &Call) -> Result<Answer, Unreached>;

    /// Reads what is at an address, which is checked as that of a provider is.
    async fn read_at(&self, url: &str, deadline_ms: u64) -> Result<Answer, Unreached>;

    /// Sends a message and gives the status of the answer, of which nothing else is read.
    async fn post(&self, post: &Post) -> Result<u16, Unreached>;
}

/// Who else vouches for people: Cloudflare Access, where it stands before a deployment.
pub trait Vouched {
    /// The team that the operator configured; none when people sign in with tokens alone.
    fn team(&self) -> Option<Team>;

    /// Lets the keys that this instance knows be used.
    fn keys<T>(&self, use_them: impl FnOnce(&mut Keys) -> T) -> T;

    /// Tells whether something was signed with a key, by RS256: RSASSA-PKCS1-v1_5 with SHA-256.
    async fn is_signed(&self, key: &Key, signed: &[u8], signature: &[u8]) -> bool;
}

/// Time.
pub trait Clock {
    fn now(&self) -> Moment;

    /// Gives the milliseconds since some moment, whatever the clock is set to meanwhile.
    fn ticks_ms(&self) -> u64;

    async fn sleep(&self, millis: u64);

    /// Waits for what is stored, or for its being stored, no longer than so many milliseconds.
    ///
    /// # Errors
    /// Busy when no answer came. What was asked for may be done all the same.
    async fn in_time<T>(
        &self,
        millis: u64,
        answer: impl Future<Output = Result<T, SqlError>>,
    ) -> Result<T, SqlError> {
        match select(pin!(answer), pin!(self.sleep(millis))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(SqlError::Busy(format!("no answer came within {millis} ms"))),
        }
    }
}

/// Randomness good enough for secrets.
pub trait Random {
    fn fill(&self, bytes: &mut [u8]);

    /// Draws some bytes.
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Draws a number from 0 to 1.
    fn fraction(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.bytes())) / f64::from(u32::MAX)
    }
}

/// What the operator configured.
pub trait Secrets {
    /// The token that allows everything; nobody can sign in without one.
    fn admin_token(&self) -> Option<String>;
    /// The keys that seal and open what providers and webhooks are trusted with.
    fn keyring(&self) -> Option<Keyring>;
    /// The keys that sign cursors: drawn from those that seal, else from the operator's token. Who has neither signs with
    /// what everybody knows; a cursor leads no further than its list.
    fn cursor_keys(&self) -> Keyring {
        const USE: &str = "cursor";
        let of_token = |token: String| signature::hmac(token.as_bytes(), USE.as_bytes());
        self.keyring().map_or_else(
            || Keyring { newest: of_token(self.admin_token().unwrap_or_default()), older: None },
            |keyring| keyring.for_use(USE),
        )
    }
    /// A provider key that comes from the environment, such as `OPENAI_API_KEY`.
    fn provider_key(&self, provider: &ProviderName) -> Option<String>;
    /// The simulated provider exists: local runs.
    fn has_demo(&self) -> bool;
    /// Where providers may be beyond the rules.
    fn allowed(&self) -> Allowed;
    /// A request may be made to panic: tests.
    fn may_panic(&self) -> bool;
    /// The most provider calls and the most statements of one slice.
    fn slice_limit(&self) -> u32;
    /// How long the next piece of a request's body may take, in milliseconds.
    fn upload_patience_ms(&self) -> u64 {
        upload::PATIENCE_MS
    }
}

/// What may be kept, as it was decided. Asked for by every request that passes, so implementations remember it for a
/// while.
pub trait Rules {
    async fn rules(&self) -> Result<Arc<Policy>, SqlError>;

    /// Forgets what is remembered, after a change.
    fn forget_rules(&self);
}

/// How often somebody may call.
pub trait Paced {
    /// Lets the buckets of this instance be used.
    fn pace<T>(&self, use_it: impl FnOnce(&mut Pace) -> T) -> T;

    /// Has the platform count one more of `who`, and tells whether that is within the limit.
    async fn is_within(&self, limit: Limit, who: &str) -> Result<bool, SqlError>;
}

/// Where the operator reads what went wrong inside.
pub trait Journal {
    fn note(&self, trouble: &str);
}

/// Who drives runs.
pub trait Schedule {
    /// Has a shard of a run take its next slice soon; safe to repeat.
    async fn wake(&self, run: &RunId, shard: u32) -> Result<(), SqlError>;

    /// Tells a shard, once, that it was woken since it took up its slice: something has changed.
    fn was_woken(&self) -> bool;
}

/// When a shard is called by itself: it has one alarm, which outlives a slice that is lost. It is set no more as soon as it
/// comes; whoever does not end then is called again.
pub trait Alarm {
    /// Gives when it comes, if it is set.
    async fn alarm(&self) -> Result<Option<Moment>, Unarmed>;

    /// Has it come then, in the place of any that is set; at once, if that is past.
    async fn set_alarm(&self, at: Moment) -> Result<(), Unarmed>;

    /// Has it not come.
    async fn delete_alarm(&self) -> Result<(), Unarmed>;
}

/// How many slices of a shard in a row ended without a word, which outlives them.
pub trait Losses {
    /// Gives the number.
    async fn losses(&self) -> Result<u32, Unarmed>;

    /// Keeps it.
    async fn keep_losses(&self, losses: u32) -> Result<(), Unarmed>;
}

/// What a shard keeps could not be asked for, or set: why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unarmed(pub String);

/// What a shard notes of itself: it outlives a slice that is lost.
pub trait Ledger {
    /// Notes that one more call is begun. Nothing waits for it.
    fn note_call(&self);

    /// Gives how many calls were begun, by this slice and by those before it.
    fn calls_begun(&self) -> u64;
}

impl Statement {
    /// Writes a statement with its values, in the order of its question marks.
    pub fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Bound>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }
}

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Bound {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Bound {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Bound {
    fn from(number: u32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<u64> for Bound {
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<bool> for Bound {
    fn from(truth: bool) -> Self {
        Self::Number(if truth { 1.0 } else { 0.0 })
    }
}

impl From<Moment> for Bound {
    fn from(moment: Moment) -> Self {
        Self::Number(moment.millis() as f64)
    }
}

impl<T: Into<Self>> From<Option<T>> for Bound {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Lists bound values of different types.
#[macro_export]
macro_rules! bind {
    ($($value:expr),* $(,)?) => { [$($crate::ports::Bound::from($value)),*] };
}

/// Reads a row as a type whose fields are its columns.
///
/// # Errors
/// Says which column does not fit: a mistake in a statement, or a row that an older version wrote.
pub fn read_row<T: DeserializeOwned>(row: Row) -> Result<T, SqlError> {
    serde_json::from_value(Value::Object(row))
        .map_err(|error| SqlError::Broken(format!("a row does not read: {error}")))
}
