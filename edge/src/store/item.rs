//! Items of sets: each came with a version and may have gone with a later one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::api::List;
use shared::api::sets::{ItemBy, ItemOrder, ItemsQuery};
use shared::id::{ItemId, LogId, SetId};
use shared::query::Page;
use shared::set::near::Sketch;
use shared::set::{Draft, Item, ItemRow, Reference, Set};

use super::body::{self, Pair};
use super::page::{self, Cursors, Place};
use super::sorted::Sorted;
use super::{counts, first, json as read_json, lists, rows};
use crate::bind;
use crate::failure::Failure;
use crate::ports::{Blobs, Bound, Secrets, Sql, SqlError, Statement};

/// What a new version of a set changes about its items.
#[derive(Debug, Clone, Default)]
pub struct Changes<'a> {
    pub added: Vec<(ItemId, &'a Draft)>,
    pub removed: Vec<ItemId>,
    /// In a few words, for the list of versions.
    pub words: String,
}

/// Makes the set's next version out of the one given: items come, items go.
///
/// # Errors
/// Conflict when somebody else made that version meanwhile.
pub async fn make_version(
    ports: &(impl Sql + Blobs),
    set: &Set,
    changes: Changes<'_>,
) -> Result<(), Failure> {
    let next = set.version + 1;
    let mut added = Vec::with_capacity(changes.added.len());
    for (id, draft) in &changes.added {
        let reference = draft.reference.as_ref().map_or(Value::Null, |reference| json!(reference));
        let body = body::put(ports, id.as_str(), (&draft.request, &reference), set.updated_at).await?;
        added.push(json!({
            "id": id, "log_id": draft.log_id, "feature": draft.feature, "tags": json!(draft.tags).to_string(),
            "verified": u8::from(draft.verified), "content_key": draft.key, "sketch": draft.sketch, "request_preview": draft.request_preview,
            "lossy": Some(&draft.lossy).filter(|lossy| !lossy.is_empty()).map(|lossy| json!(lossy).to_string()),
            "reference_preview": draft.reference_preview, "request": body.first, "reference": body.second, "blob": body.blob,
        }));
    }
    let removed = serde_json::to_string(&changes.removed).unwrap_or_default();
    let version = "INSERT INTO set_version (set_id, version, criteria, scorers, change, item_count, created_at) \
                   SELECT set_id, ?, criteria, scorers, ?, item_count + ? - ?, ? FROM set_version WHERE set_id = ? AND version = ?";
    let insert = "INSERT INTO set_item (id, set_id, log_id, feature, tags, verified, content_key, sketch, request_preview, \
                  reference_preview, request, reference, blob, lossy, added_version) \
                  SELECT value->>'id', ?, value->>'log_id', value->>'feature', value->>'tags', value->>'verified', \
                  value->>'content_key', value->>'sketch', value->>'request_preview', value->>'reference_preview', value->>'request', \
                  value->>'reference', value->>'blob', value->>'lossy', ? FROM json_each(?)";
    let remove = "UPDATE set_item SET removed_version = ? WHERE set_id = ? AND removed_version IS NULL AND id IN (SELECT value FROM json_each(?))";
    let (come, go) = (added.len() as u64, changes.removed.len() as u64);
    let mut statements = vec![
        Statement::new(
            version,
            bind![next, changes.words, come, go, set.updated_at, set.id.as_str(), set.version],
        ),
        Statement::new(remove, bind![next, set.id.as_str(), removed]),
        Statement::new(
            "UPDATE eval_set SET updated_at = ? WHERE id = ?",
            bind![set.updated_at, set.id.as_str()],
        ),
    ];
    // One statement for some items each: a bound text ends at 2 MB.
    for chunk in lists(added) {
        statements.push(Statement::new(insert, bind![set.id.as_str(), next, chunk]));
    }
    match ports.batch(statements).await {
        Err(SqlError::Taken(_)) => Err(Failure::Overtaken),
        other => Ok(other.map(|_| ())?),
    }
}

/// Gives the sketches of what the set has now.
pub async fn sketches(sql: &impl Sql, set: &SetId) -> Result<Vec<Sketch>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        sketch: Sketch,
    }
    let text = "SELECT sketch FROM set_item WHERE set_id = ? AND removed_version IS NULL";
    let found = rows::<Found>(sql, Statement::new(text, bind![set.as_str()])).await?;
    Ok(found.into_iter().map(|row| row.sketch).collect())
}

/// Counts the items that the set has now by feature; none is a feature too.
pub async fn features(sql: &impl Sql, set: &SetId) -> Result<Vec<(Option<String>, u64)>, SqlError> {
    let text = "SELECT feature, count(*) AS count FROM set_item WHERE set_id = ? AND removed_version IS NULL GROUP BY feature";
    counts(sql, Statement::new(text, bind![set.as_str()])).await
}

/// Gives which of these contents the set has now.
pub async fn known_contents(sql: &impl Sql, set: &SetId, keys: &[&str]) -> Result<Vec<String>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        content_key: String,
    }
    let text = "SELECT DISTINCT content_key FROM set_item WHERE set_id = ? AND removed_version IS NULL \
                AND content_key IN (SELECT value FROM json_each(?))";
    let keys = serde_json::to_string(keys).unwrap_or_default();
    let found = rows::<Found>(sql, Statement::new(text, bind![set.as_str(), keys])).await?;
    Ok(found.into_iter().map(|row| row.content_key).collect())
}

#[derive(Deserialize)]
struct Stored {
    id: ItemId,
    log_id: Option<LogId>,
    feature: Option<String>,
    tags: String,
    verified: u8,
    request_preview: String,
    reference_preview: Option<String>,
    lossy: Option<String>,
    added_version: u32,
}

impl Stored {
    fn row(self) -> Result<ItemRow, SqlError> {
        Ok(ItemRow {
            id: self.id,
            log_id: self.log_id,
            feature: self.feature,
            tags: read_json(&self.tags)?,
            verified: self.verified == 1,
            request_preview: self.request_preview,
            reference_preview: self.reference_preview,
            lossy: self.lossy.as_deref().map(read_json).transpose()?.unwrap_or_default(),
            added_in: self.added_version,
        })
    }
}

const COLUMNS: &str = "set_item.id AS id, log_id, feature, tags, verified, request_preview, reference_preview, lossy, added_version";

/// The items of a version: come with it or before, and not gone by then.
const OF_VERSION: &str =
    "set_id = ? AND added_version <= ? AND (removed_version IS NULL OR removed_version > ?)";

/// No word of a list is missing in what lists show of an item. Letters of other alphabets are not folded.
const HAS_WORDS: &str = "NOT EXISTS (SELECT 1 FROM json_each(?) AS word WHERE instr(lower(request_preview || char(10) \
    || coalesce(reference_preview, '') || char(10) || coalesce(feature, '') || char(10) \
    || coalesce((SELECT group_concat(tag.key || char(10) || tag.value, char(10)) FROM json_each(tags) AS tag), '')), word.value) = 0)";

/// Lists the items of a set in one of its versions that have the words that are asked for, in the order that is asked for.
///
/// # Errors
/// Invalid when the cursor is not one that the list gave.
pub async fn list(
    ports: &(impl Sql + Secrets),
    set: &SetId,
    version: u32,
    ItemsQuery { order, q, page, .. }: &ItemsQuery,
) -> Result<List<ItemRow>, Failure> {
    let words = q.as_deref().unwrap_or_default().to_ascii_lowercase();
    let words = json!(words.split_whitespace().collect::<Vec<_>>()).to_string();
    match order.unwrap_or_default() {
        order if order == ItemOrder::default() => newest(ports, set, version, &words, page).await,
        order => {
            let of = format!("{OF_VERSION} AND {HAS_WORDS}");
            let of = (of.as_str(), bind![set.as_str(), version, version, words].to_vec());
            let List { data: ids, next_cursor } =
                sorted(order).page(ports, &cursors(ports, set, order), of, page).await?;
            let text = format!(
                "SELECT {COLUMNS} FROM json_each(?) AS wanted CROSS JOIN set_item ON set_item.id = wanted.value \
                 ORDER BY wanted.key"
            );
            let wanted = serde_json::to_string(&ids).unwrap_or_default();
            let stored = rows::<Stored>(ports, Statement::new(text, bind![wanted])).await?;
            Ok(List { data: stored.into_iter().map(Stored::row).collect::<Result<_, _>>()?, next_cursor })
        }
    }
}

/// Gives what items stand by in an order.
fn sorted(order: ItemOrder) -> Sorted {
    let key = match order.by {
        ItemBy::Added => "set_item.id",
        ItemBy::Feature => "lower(feature)",
        ItemBy::Verified => "verified",
    };
    Sorted { from: "set_item", id: "set_item.id", key, falls: order.falls }
}

/// Gives the cursors of a set's items. Not of the version: the newest may be another by the next page.
fn cursors(ports: &impl Secrets, set: &SetId, order: ItemOrder) -> Cursors {
    Cursors::of(ports.cursor_keys(), "items", &format!("{set}|{}", order.word()))
}

/// Lists the items of a version, the newest first.
async fn newest(
    ports: &(impl Sql + Secrets),
    set: &SetId,
    version: u32,
    words: &str,
    page: &Page,
) -> Result<List<ItemRow>, Failure> {
    let cursors = cursors(ports, set, ItemOrder::default());
    let start = cursors.start(page)?;
    let after = start.as_ref().map_or("\u{10ffff}", |place| place.id.as_str());
    let text = format!(
        "SELECT {COLUMNS} FROM set_item WHERE {OF_VERSION} AND id < ? AND {HAS_WORDS} ORDER BY id DESC LIMIT ?"
    );
    let values = bind![set.as_str(), version, version, after, words, page::ask(page)];
    let stored = rows::<Stored>(ports, Statement::new(text, values)).await?;
    let items = stored.into_iter().map(Stored::row).collect::<Result<Vec<_>, _>>()?;
    Ok(cursors.cut(items, page, |item| Place { sort: 0.0, id: item.id.to_string() }))
}

#[derive(Deserialize)]
struct Found {
    id: ItemId,
}

/// Gives the ids of all items of a version, the oldest first.
pub async fn ids(sql: &impl Sql, set: &SetId, version: u32) -> Result<Vec<ItemId>, SqlError> {
    let text = format!("SELECT id FROM set_item WHERE {OF_VERSION} ORDER BY id");
    let found = rows::<Found>(sql, Statement::new(text, bind![set.as_str(), version, version])).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

#[derive(Deserialize)]
struct StoredWhole {
    #[serde(flatten)]
    row: Stored,
    request: Option<String>,
    reference: Option<String>,
    blob: Option<String>,
}

/// A column with the whole item that `item_id` names, as JSON: [`whole`] reads it.
pub const WHOLE: &str = "(SELECT json_object('id', id, 'log_id', log_id, 'feature', feature, 'tags', tags, 'verified', verified, \
    'request_preview', request_preview, 'reference_preview', reference_preview, 'lossy', lossy, 'added_version', added_version, \
    'request', request, 'reference', reference, 'blob', blob) FROM set_item WHERE set_item.id = item_id)";

/// Reads an item that is stored like this, with its bodies.
///
/// # Errors
/// [`SqlError::Lost`] when its bodies are gone.
pub async fn whole(blobs: &impl Blobs, stored: &str) -> Result<Item, SqlError> {
    read_json::<StoredWhole>(stored)?.item(blobs).await
}

/// Reads the items with these ids, with their bodies, in no order.
///
/// # Errors
/// What the database says; [`SqlError::Lost`] when a body is gone.
pub async fn whole_of(ports: &(impl Sql + Blobs), ids: &[ItemId]) -> Result<Vec<Item>, SqlError> {
    whole_by(ports, of_ids(ids)).await
}

/// As [`whole_of`], but for items whose bodies are gone: nothing can be asked about those.
pub async fn readable_of(ports: &(impl Sql + Blobs), ids: &[ItemId]) -> Result<Vec<Item>, SqlError> {
    let mut items = Vec::new();
    for stored in rows::<StoredWhole>(ports, of_ids(ids)).await? {
        match stored.item(ports).await {
            Ok(item) => items.push(item),
            Err(SqlError::Lost(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(items)
}

fn of_ids(ids: &[ItemId]) -> Statement {
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let text = format!(
        "SELECT {COLUMNS}, request, reference, blob FROM set_item WHERE id IN (SELECT value FROM json_each(?))"
    );
    Statement::new(text, bind![wanted])
}

/// As [`whole_of`], of one set: items of others are as if they were not there.
pub async fn whole_in(
    ports: &(impl Sql + Blobs),
    set: &SetId,
    ids: &[ItemId],
) -> Result<Vec<Item>, SqlError> {
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let text = format!(
        "SELECT {COLUMNS}, request, reference, blob FROM set_item WHERE set_id = ? AND id IN (SELECT value FROM json_each(?))"
    );
    whole_by(ports, Statement::new(text, bind![set.as_str(), wanted])).await
}

/// Reads one item of a set with its bodies.
pub async fn get(ports: &(impl Sql + Blobs), set: &SetId, id: &ItemId) -> Result<Option<Item>, SqlError> {
    let text =
        format!("SELECT {COLUMNS}, request, reference, blob FROM set_item WHERE set_id = ? AND id = ?");
    Ok(whole_by(ports, Statement::new(text, bind![set.as_str(), id.as_str()])).await?.pop())
}

/// Gives which of these items belong to the set's newest version, each once.
pub async fn current(sql: &impl Sql, set: &SetId, ids: &[ItemId]) -> Result<Vec<ItemId>, SqlError> {
    let text = "SELECT id FROM set_item WHERE set_id = ? AND removed_version IS NULL \
                AND id IN (SELECT value FROM json_each(?))";
    let wanted = serde_json::to_string(ids).unwrap_or_default();
    let found = rows::<Found>(sql, Statement::new(text, bind![set.as_str(), wanted])).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

async fn whole_by(ports: &(impl Sql + Blobs), statement: Statement) -> Result<Vec<Item>, SqlError> {
    let mut items = Vec::new();
    for stored in rows::<StoredWhole>(ports, statement).await? {
        items.push(stored.item(ports).await?);
    }
    Ok(items)
}

impl StoredWhole {
    async fn item(self, blobs: &impl Blobs) -> Result<Item, SqlError> {
        let pair = Pair { first: self.request, second: self.reference, blob: self.blob };
        let (request, reference) = body::get(blobs, &pair).await?;
        let reference: Option<Reference> = serde_json::from_value(reference)
            .map_err(|error| SqlError::Lost(format!("a reference does not read: {error}")))?;
        Ok(Item { row: self.row.row()?, request, reference })
    }
}

/// Marks an item, which changes nothing that is judged.
pub async fn mark(
    sql: &impl Sql,
    id: &ItemId,
    verified: Option<bool>,
    tags: Option<&BTreeMap<String, String>>,
) -> Result<(), SqlError> {
    let text = "UPDATE set_item SET verified = coalesce(?, verified), tags = coalesce(?, tags) WHERE id = ?";
    let tags: Bound = tags.map(|tags| json!(tags).to_string()).into();
    sql.query(Statement::new(text, vec![verified.into(), tags, id.as_str().into()])).await.map(|_| ())
}

/// Reads one page of whole items of a version, the oldest first, after the given id: no more than are held at once.
pub async fn page_of_wholes(
    ports: &(impl Sql + Blobs),
    set: &SetId,
    version: u32,
    after: &str,
) -> Result<Vec<Item>, SqlError> {
    #[derive(Deserialize)]
    struct Sized {
        id: ItemId,
        size: u64,
    }
    let text = format!(
        "SELECT id, {} AS size FROM set_item WHERE {OF_VERSION} AND id > ? ORDER BY id LIMIT ?",
        body::SIZE
    );
    let values = bind![set.as_str(), version, version, after, body::MOST_ROWS];
    let found = rows::<Sized>(ports, Statement::new(text, values)).await?;
    let ids = body::page_of(found.into_iter().map(|row| (row.id, row.size)).collect());
    let mut items = if ids.is_empty() { Vec::new() } else { whole_of(ports, &ids).await? };
    items.sort_by(|one, other| one.row.id.as_str().cmp(other.row.id.as_str()));
    Ok(items)
}

/// Tells whether an item is there at all.
pub async fn exists(sql: &impl Sql, id: &ItemId) -> Result<bool, SqlError> {
    Ok(first::<crate::ports::Row>(
        sql,
        Statement::new("SELECT id FROM set_item WHERE id = ?", bind![id.as_str()]),
    )
    .await?
    .is_some())
}
