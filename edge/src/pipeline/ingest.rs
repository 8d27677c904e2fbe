//! Request → log: what the gateway saw and what files hold.

use shared::api::logs::ImportReport;
use shared::id::LogId;
use shared::import::{self, Format, Record};
use shared::log::{self, Exchange};
use shared::moment::Moment;

use crate::failure::Failure;
use crate::ports::{Blobs, Rules, Sql};
use crate::store;

/// Records one exchange under an id that was given out before.
///
/// # Errors
/// Invalid when the request is not a chat request; otherwise what the database says.
pub async fn record(
    ports: &(impl Sql + Blobs + Rules),
    id: LogId,
    exchange: Exchange,
) -> Result<(), Failure> {
    let exchange = ports.rules().await?.redaction.exchange(exchange);
    let log = log::describe(id, &exchange)?;
    let key = shared::canonical::key(&log.id);
    let record = Record { key, log, request: exchange.request, response: exchange.response };
    let draft = store::log::draft(ports, record, None).await?;
    store::log::add(ports, &[draft]).await?;
    Ok(())
}

/// The most bytes of text that one write of logs carries.
const WRITE: usize = 1_000_000;

/// Takes the records of a file. A record that is there already is counted, not stored again.
///
/// # Errors
/// What the database says; the records before stay, and sending the file again takes the rest.
pub async fn import(
    ports: &(impl Sql + Blobs + Rules),
    file: &str,
    format: Option<Format>,
    feature: Option<&str>,
    now: Moment,
) -> Result<ImportReport, Failure> {
    let rules = ports.rules().await?;
    let mut imported = import::read(file.lines(), format, feature, now);
    let total = imported.records.len() as u64;
    let mut taken = 0;
    let (mut drafts, mut bytes) = (Vec::new(), 0);
    for record in imported.records.drain(..) {
        let key = record.key.to_string();
        let draft = store::log::draft(ports, rules.redaction.record(record), Some(key)).await?;
        let size = draft.text.len()
            + [&draft.body.first, &draft.body.second].into_iter().flatten().map(String::len).sum::<usize>();
        if !drafts.is_empty() && bytes + size > WRITE {
            taken += store::log::add(ports, &drafts).await?;
            drafts.clear();
            bytes = 0;
        }
        drafts.push(draft);
        bytes += size;
    }
    if !drafts.is_empty() {
        taken += store::log::add(ports, &drafts).await?;
    }
    Ok(ImportReport {
        format: imported.format,
        imported: taken,
        duplicates: total - taken,
        rejected: imported.rejected,
    })
}
