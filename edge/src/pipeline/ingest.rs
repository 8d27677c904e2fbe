//! Request → log: what the gateway saw and what files hold.

use std::borrow::Cow;
use std::pin::pin;

use futures_util::{Stream, StreamExt};
use shared::api::logs::ImportReport;
use shared::id::LogId;
use shared::import::{Reader, Record};
use shared::log::{self, Exchange};
use shared::policy::Policy;

use crate::failure::Failure;
use crate::gateway::labels;
use crate::ports::{Blobs, Clock, Journal, Rules, Sql, SqlError};
use crate::store;
use crate::store::log::Draft;

/// How often a large body is offered to the blob store, how long that may take each time, and how long it is left alone in
/// between: what a request leaves behind is given 30 s by the platform, and the log is to be written within them.
const OFFERS: u32 = 3;
const OFFER_MS: u64 = 5_000;
const REST_MS: u64 = 1_000;

/// How long a write of logs may take: less than after which it counts as given up by whoever had taken it on.
const WRITE_MS: u64 = 8_000;

/// Makes a log of one exchange, under an id that was given out before. It is yet to be written.
///
/// When the blob store does not take a large body, its words are left out, which is counted with the write.
///
/// # Errors
/// Invalid when the request is of no known format; otherwise what the database says of the rules.
pub async fn draft(
    ports: &(impl Sql + Blobs + Rules + Clock + Journal),
    id: LogId,
    exchange: Exchange,
) -> Result<Draft, Failure> {
    let mut exchange = ports.rules().await?.redaction.exchange(exchange);
    exchange.labels = labels::bounded(exchange.labels);
    let log = log::describe(id, &exchange)?;
    let key = shared::canonical::key(&log.id);
    let record = Record { key, log, request: exchange.request, response: exchange.response };
    match offer(ports, &record).await {
        Ok(draft) => Ok(draft),
        Err(error) => {
            ports.note(&format!("the log {} loses its words: {error}", record.log.id));
            Ok(Draft::wordless(record.log, None))
        }
    }
}

/// Makes a draft, and tries again when a large body is not taken.
async fn offer(ports: &(impl Sql + Blobs + Clock), record: &Record) -> Result<Draft, SqlError> {
    let mut offers = 1;
    loop {
        let draft = store::log::draft(ports, record, None, ports.now());
        match ports.in_time(OFFER_MS, draft).await {
            Err(SqlError::Broken(_) | SqlError::Busy(_)) if offers < OFFERS => ports.sleep(REST_MS).await,
            done => return done,
        }
        offers += 1;
    }
}

/// The database has too much to do, and may take the same logs later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database is busy: {0}")]
pub struct Busy(String);

/// The most writes that are tried to find out which logs of a lot cannot be written.
const MOST_WRITES: usize = 16;

/// Writes logs as far as they can be written, and gives how many could not. Safe to repeat.
///
/// When the database is full, their words are left out. When one log cannot be written, the others still are.
///
/// # Errors
/// Busy when it may take them later.
pub async fn write(ports: &(impl Sql + Clock + Journal), drafts: &[Draft]) -> Result<u64, Busy> {
    let (mut parts, mut writes, mut dropped) = (vec![Cow::Borrowed(drafts)], 0, 0);
    while let Some(part) = parts.pop() {
        writes += 1;
        match ports.in_time(WRITE_MS, store::log::add(ports, &part, ports.now())).await {
            Ok(_) => {}
            Err(SqlError::Busy(why)) => return Err(Busy(why)),
            Err(SqlError::Full(why)) if part.iter().any(|draft| !draft.text.is_empty()) => {
                ports.note(&format!("{} logs lose their words: {why}", part.len()));
                parts.push(Cow::Owned(part.iter().map(Draft::without_words).collect()));
            }
            Err(_) if part.len() > 1 && writes < MOST_WRITES => {
                let (left, right) = part.split_at(part.len() / 2);
                parts.extend([right, left].map(|half| Cow::Owned(half.to_vec())));
            }
            Err(error) => {
                dropped += part.len() as u64;
                let ids = part.iter().map(|draft| draft.log.id.as_str()).collect::<Vec<_>>().join(", ");
                ports.note(&format!("the logs {ids} are lost: {error}"));
            }
        }
    }
    Ok(dropped)
}

/// The most bytes of text that one write of logs carries.
const WRITE: usize = 1_000_000;

/// The most bytes of a file that are looked at before what they hold is stored.
const PIECE: usize = 64 * 1024;

/// Takes the records of a file while it comes in. A record that is there already is counted, not stored again.
///
/// # Errors
/// What the file or the database says; the records before stay, and sending the file again takes the rest.
pub async fn import<B: AsRef<[u8]>>(
    ports: &(impl Sql + Blobs + Rules + Clock),
    file: impl Stream<Item = Result<B, Failure>>,
    mut reader: Reader,
) -> Result<ImportReport, Failure> {
    let rules = ports.rules().await?;
    let mut file = pin!(file);
    let mut lot = Lot::default();
    while let Some(bytes) = file.next().await {
        for piece in bytes?.as_ref().chunks(PIECE) {
            reader.push(piece);
            lot.take_all(ports, &rules, &mut reader).await?;
        }
    }
    reader.end();
    lot.take_all(ports, &rules, &mut reader).await?;
    lot.write(ports).await?;
    let (format, rejected) = reader.close();
    Ok(ImportReport { format, imported: lot.new, duplicates: lot.records - lot.new, rejected })
}

/// The records that go into the next write, and what became of those before.
#[derive(Debug, Default)]
struct Lot {
    drafts: Vec<Draft>,
    bytes: usize,
    records: u64,
    new: u64,
}

impl Lot {
    /// Takes the records that are ready, and writes whenever there are enough.
    async fn take_all(
        &mut self,
        ports: &(impl Sql + Blobs + Clock),
        rules: &Policy,
        reader: &mut Reader,
    ) -> Result<(), Failure> {
        while let Some(record) = reader.next_record() {
            let record = rules.redaction.record(record);
            let draft = store::log::draft(ports, &record, Some(record.key.as_str()), ports.now()).await?;
            let size = draft.bytes();
            if self.bytes + size > WRITE {
                self.write(ports).await?;
            }
            self.bytes += size;
            self.records += 1;
            self.drafts.push(draft);
        }
        Ok(())
    }

    async fn write(&mut self, ports: &(impl Sql + Clock)) -> Result<(), Failure> {
        if !self.drafts.is_empty() {
            self.new += store::log::add(ports, &self.drafts, ports.now()).await?;
        }
        self.drafts.clear();
        self.bytes = 0;
        Ok(())
    }
}
