//! Log → set: sets and what is in them.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use shared::api::logs::DeleteLogs;
use shared::api::sets::{AddItems, Added, Dedupe, ItemChange, ItemIds, NewSet, Refused, SetChange};
use shared::chat::carry;
use shared::chat::wire::Wire;
use shared::id::{ItemId, LogId, SetId};
use shared::log::filter::Filter;
use shared::mistake::Mistake;
use shared::run::Sample;
use shared::set::coverage::{self, Coverage};
use shared::set::{self, Draft, Item, NewItem, Reference, Set};

use super::draw;
use super::export::Pages;
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Random, Sql};
use crate::store::item::Changes;
use crate::store::{self, log::Whole};

/// Makes a set, empty at first.
///
/// # Errors
/// Conflict when the name is taken.
pub async fn make(ports: &(impl Sql + Clock + Random), new: NewSet) -> Result<Set, Failure> {
    let now = ports.now();
    let set = Set {
        id: SetId::make(now, &ports.bytes()),
        name: new.name,
        description: new.description,
        criteria: new.criteria,
        scorers: new.scorers,
        threshold: new.threshold,
        version: 1,
        item_count: 0,
        created_at: now,
        updated_at: now,
    };
    store::set::add(ports, &set).await?;
    Ok(set)
}

/// Changes a set; what is judged changes with a new version.
///
/// # Errors
/// Not found; conflict when the name is taken or somebody else changed it at the same time.
pub async fn change(ports: &(impl Sql + Clock), id: &SetId, change: SetChange) -> Result<Set, Failure> {
    let before = newest(ports, id).await?;
    let mut set = Set { updated_at: ports.now(), ..before.clone() };
    set.name = change.name.unwrap_or(set.name);
    set.description = change.description.unwrap_or(set.description);
    set.threshold = change.threshold.unwrap_or(set.threshold);
    set.criteria = change.criteria.unwrap_or(set.criteria);
    set.scorers = change.scorers.unwrap_or(set.scorers);
    let words = match (set.criteria != before.criteria, set.scorers != before.scorers) {
        (false, false) => None,
        (true, false) => Some("criteria changed"),
        (false, true) => Some("scorers changed"),
        (true, true) => Some("criteria and scorers changed"),
    };
    if words.is_some() {
        set.version += 1;
    }
    store::set::change(ports, &set, words).await?;
    Ok(set)
}

/// Reads the newest version of a set.
///
/// # Errors
/// Not found.
pub async fn newest(sql: &impl Sql, id: &SetId) -> Result<Set, Failure> {
    store::set::get(sql, id, None).await?.ok_or(Failure::NotFound("eval set"))
}

/// Tells which part of last week's traffic the set stands for.
///
/// # Errors
/// Not found when there is no such set.
pub async fn coverage(ports: &(impl Sql + Clock), id: &SetId) -> Result<Coverage, Failure> {
    newest(ports, id).await?;
    let from = ports.now().plus(-coverage::DAYS * 24 * 3_600_000);
    let logs = store::log::features_since(ports, from).await?;
    let items = store::item::features(ports, id).await?;
    Ok(Coverage::of(from, logs, items))
}

/// What was found to be added: drafts, and the logs that cannot be items.
#[derive(Default)]
struct Found {
    drafts: Vec<Draft>,
    refused: Vec<Refused>,
}

/// How many of the logs that cannot be items are told one by one.
const TOLD: usize = 100;

/// How often a change of a set is tried again when others come first. Every time one of them got its own in, so of as
/// many at once each comes to its end.
const OVERTAKEN_AT_MOST: u32 = 20;

/// Makes a version of a set, upon the one that others have made meanwhile. What it changes is as right there: items are
/// added to what the set has then, and taken out of it.
async fn upon_the_newest<T>(
    sql: &impl Sql,
    mut set: Set,
    make: impl AsyncFn(Set) -> Result<T, Failure>,
) -> Result<T, Failure> {
    for _ in 0..OVERTAKEN_AT_MOST {
        let id = set.id.clone();
        match make(set).await {
            Err(Failure::Overtaken) => set = newest(sql, &id).await?,
            made => return made,
        }
    }
    make(set).await
}

/// Adds items to a set as its next version; nothing new makes no version.
///
/// # Errors
/// Not found; invalid when an id, a feature or an item does not fit, by its place.
pub async fn add(
    ports: &(impl Sql + Blobs + Clock + Random),
    id: &SetId,
    add: AddItems,
) -> Result<Added, Failure> {
    let set = newest(ports, id).await?;
    let (found, dedupe) = match add {
        AddItems::Logs { ids, dedupe } => (from_logs(ports, &ids, "/log_ids").await?, dedupe),
        AddItems::Matching { filter, sample, dedupe } => (from_filter(ports, &filter, sample).await?, dedupe),
        AddItems::Given { items, dedupe } => (given(items)?, dedupe),
        AddItems::Again { ids, dedupe } => (again(ports, &set.id, &ids).await?, dedupe),
    };
    upon_the_newest(ports, set, async |set| add_found(ports, set, &found, dedupe).await).await
}

async fn add_found(
    ports: &(impl Sql + Blobs + Clock + Random),
    set: Set,
    found: &Found,
    dedupe: Dedupe,
) -> Result<Added, Failure> {
    let offered = found.drafts.len() as u64;
    let drafts = match dedupe {
        Dedupe::None => found.drafts.iter().collect(),
        Dedupe::Exact => without_known(ports, &set.id, &found.drafts).await?,
        Dedupe::Near => without_near(ports, &set.id, &found.drafts).await?,
    };
    let added = drafts.len() as u64;
    let skipped = found.refused.len() as u64;
    let refused = found.refused.iter().take(TOLD).cloned().collect();
    if added == 0 {
        return Ok(Added { added, duplicates: offered, skipped, refused, version: set.version });
    }
    let now = ports.now();
    // Ids of one moment sort by chance: sorted, they keep the order in which the items came.
    let mut ids: Vec<_> = drafts.iter().map(|_| ItemId::make(now, &ports.bytes())).collect();
    ids.sort();
    let changes = Changes {
        added: ids.into_iter().zip(drafts).collect(),
        removed: Vec::new(),
        words: format!("{} added", items(added)),
    };
    store::item::make_version(ports, &Set { updated_at: now, ..set.clone() }, changes).await?;
    Ok(Added { added, duplicates: offered - added, skipped, refused, version: set.version + 1 })
}

/// Counts items in words.
fn items(n: u64) -> String {
    format!("{n} {}", if n == 1 { "item" } else { "items" })
}

async fn without_known<'a>(
    sql: &impl Sql,
    set: &SetId,
    drafts: &'a [Draft],
) -> Result<Vec<&'a Draft>, Failure> {
    let keys: Vec<_> = drafts.iter().map(|draft| draft.key.as_str()).collect();
    let known = store::item::known_contents(sql, set, &keys).await?;
    let mut seen: HashSet<String> = known.into_iter().collect();
    Ok(drafts.iter().filter(|draft| seen.insert(draft.key.to_string())).collect())
}

async fn without_near<'a>(
    sql: &impl Sql,
    set: &SetId,
    drafts: &'a [Draft],
) -> Result<Vec<&'a Draft>, Failure> {
    let mut seen = store::item::sketches(sql, set).await?;
    let mut kept = Vec::new();
    for draft in drafts {
        if seen.iter().all(|sketch| !sketch.is_near(&draft.sketch)) {
            seen.push(draft.sketch.clone());
            kept.push(draft);
        }
    }
    Ok(kept)
}

/// How many items are read with their bodies at once.
const READ: usize = 50;

/// The most logs of a lot, which is read at once, and the most bytes of the bodies in its rows; a large body is fetched when
/// those before it are done with.
const LOT: usize = 50;
const LOT_BYTES: usize = 8_000_000;

/// The most logs that one call makes items of, and the most bytes of requests and references: all of them are in memory
/// when the version is written, some of it twice.
const MOST_ADDED: usize = 10_000;
const MOST_BYTES: usize = 16_000_000;

/// How many ids of logs are read at once.
const READ_IDS: usize = 5_000;

/// Makes items of logs; `pointer` is what of the call chose them.
async fn from_logs(ports: &(impl Sql + Blobs), ids: &[LogId], pointer: &str) -> Result<Found, Failure> {
    if ids.len() > MOST_ADDED {
        let detail = format!("{} logs are named; name at most {MOST_ADDED} in one call", ids.len());
        return Err(Failure::invalid(pointer, detail));
    }
    let (mut found, mut bytes) = (Found::default(), 0);
    for lot in lots(ports, ids, pointer).await? {
        let mut rows = store::log::stored(ports, &lot).await?;
        // The order of the ids is the order of the items.
        for id in lot {
            let Some(at) = rows.iter().position(|row| row.log.id == id) else {
                return Err(Failure::invalid(pointer, format!("the log \"{id}\" was deleted just now")));
            };
            match from_log(rows.swap_remove(at).open(ports).await?) {
                Ok(draft) => {
                    bytes += size(&draft);
                    found.drafts.push(draft);
                }
                Err(reason) => found.refused.push(Refused { log_id: id, reason }),
            }
            if bytes > MOST_BYTES {
                let detail = format!(
                    "the requests and answers of the {} logs are more than {} MB; one call adds at most that, so take \
                     fewer logs at a time",
                    ids.len(),
                    MOST_BYTES / 1_000_000
                );
                return Err(Failure::invalid(pointer, detail));
            }
        }
    }
    Ok(found)
}

/// Parts logs into lots of which each can be held, in their order. An id that stands twice is there once.
async fn lots(sql: &impl Sql, ids: &[LogId], pointer: &str) -> Result<Vec<Vec<LogId>>, Failure> {
    let mut sizes = HashMap::new();
    for some in ids.chunks(READ_IDS) {
        sizes.extend(store::log::sizes(sql, some).await?);
    }
    let (mut lots, mut bytes) = (Vec::<Vec<LogId>>::new(), 0);
    let mut seen = HashSet::new();
    for (place, id) in ids.iter().enumerate() {
        let Some(size) = sizes.get(id) else {
            return Err(Failure::invalid(format!("{pointer}/{place}"), format!("there is no log \"{id}\"")));
        };
        if !seen.insert(id) {
            continue;
        }
        bytes += size;
        match lots.last_mut().filter(|lot| lot.len() < LOT && bytes <= LOT_BYTES) {
            Some(lot) => lot.push(id.clone()),
            None => {
                bytes = *size;
                lots.push(vec![id.clone()]);
            }
        }
    }
    Ok(lots)
}

/// Gives about how many bytes an item takes.
fn size(draft: &Draft) -> usize {
    let reference = draft.reference.as_ref().map_or(0, |reference| json!(reference).to_string().len());
    draft.request.to_string().len() + reference
}

async fn from_filter(
    ports: &(impl Sql + Blobs),
    filter: &Filter,
    sample: Option<Sample>,
) -> Result<Found, Failure> {
    let features: Vec<_> = filter.feature.any.iter().flatten().collect();
    if !features.is_empty() {
        known_features(ports, &features).await?;
    }
    let ids = match sample {
        None => all_matching(ports, filter).await?,
        Some(sample) => some_matching(ports, filter, sample).await?,
    };
    from_logs(ports, &ids, "/filter").await
}

/// Gives the ids of all logs that match.
async fn all_matching(sql: &impl Sql, filter: &Filter) -> Result<Vec<LogId>, Failure> {
    let found = store::log::matching_after(sql, filter, None, MOST_ADDED + 1).await?;
    if found.len() > MOST_ADDED {
        let count = store::log::count(sql, filter).await?.count;
        let detail = format!(
            "{count} logs match, and one call adds at most {MOST_ADDED}; add a sample of them, or narrow the filter"
        );
        return Err(Failure::invalid("/filter", detail));
    }
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Gives the ids of a random part of the logs that match, which may be any number.
async fn some_matching(sql: &impl Sql, filter: &Filter, sample: Sample) -> Result<Vec<LogId>, Failure> {
    let wanted = usize::try_from(sample.n).unwrap_or(usize::MAX).min(MOST_ADDED + 1);
    let mut part = draw::Part::of(&sample.seed.to_string(), wanted);
    let mut last = None;
    loop {
        let found = store::log::matching_after(sql, filter, last.as_ref(), READ_IDS).await?;
        last = found.last().cloned();
        let is_last = found.len() < READ_IDS;
        found.into_iter().for_each(|found| part.offer(found.id.into()));
        if is_last {
            break;
        }
    }
    let mut ids = part.ids();
    if ids.len() > MOST_ADDED {
        let detail = format!("a sample of {} logs is too many; one call adds at most {MOST_ADDED}", sample.n);
        return Err(Failure::invalid("/sample/n", detail));
    }
    ids.sort();
    Ok(ids.into_iter().filter_map(|id| LogId::try_from(id).ok()).collect())
}

/// A typing mistake in a feature would add nothing without a word.
async fn known_features(sql: &impl Sql, features: &[&String]) -> Result<(), Failure> {
    let known = store::log::features(sql).await?;
    let unknown = features.iter().find(|feature| !known.contains(*feature));
    let Some(feature) = unknown.filter(|_| known.len() < 100) else { return Ok(()) };
    let known = if known.is_empty() {
        "there are none yet".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    Err(Failure::invalid("/filter/feature", format!("no log has the feature \"{feature}\"; {known}")))
}

/// Makes an item of a log: what was asked is written as a chat request, which every target takes.
///
/// # Errors
/// The reason why it cannot be one: it has no answer to compare with, or holds no conversation.
fn from_log(whole: Whole) -> Result<Draft, String> {
    let wire = Wire::of(&whole.request, &whole.response);
    let carried = carry::to_chat(wire, &whole.request).map_err(|mistake| mistake.detail)?;
    let answer = wire.read_response(&whole.response).unwrap_or_default();
    if answer.output.is_empty() {
        return Err("it has no answer to compare with".to_owned());
    }
    if !whole.log.complete {
        return Err("its answer did not arrive whole".to_owned());
    }
    let item = NewItem {
        request: carried.request,
        lossy: carried.lossy,
        reference: Some(Reference::from(answer.output)),
        tags: whole.log.tags,
        feature: whole.log.feature,
        log_id: Some(whole.log.id),
        verified: false,
    };
    set::draft(item).map_err(|mistake| mistake.detail)
}

fn given(items: Vec<NewItem>) -> Result<Found, Failure> {
    let drafts = items.into_iter().enumerate().map(|(place, item)| {
        set::draft(item)
            .map_err(|mistake| Mistake::new(format!("/items/{place}{}", mistake.pointer), mistake.detail))
    });
    Ok(Found { drafts: drafts.collect::<Result<_, _>>()?, ..Found::default() })
}

/// Finds items that the set has or had, in the order in which they came into it.
async fn again(ports: &(impl Sql + Blobs), set: &SetId, ids: &ItemIds) -> Result<Found, Failure> {
    let mut items = Vec::new();
    for some in ids.as_slice().chunks(READ) {
        items.extend(store::item::whole_in(ports, set, some).await?);
    }
    let known: HashSet<_> = items.iter().map(|item| item.row.id.clone()).collect();
    if let Some((place, id)) = ids.as_slice().iter().enumerate().find(|(_, id)| !known.contains(*id)) {
        let detail = format!("the set has no item \"{id}\", and had none before");
        return Err(Failure::invalid(format!("/item_ids/{place}"), detail));
    }
    items.sort_by(|one, other| one.row.id.cmp(&other.row.id));
    // An id may stand twice.
    items.dedup_by(|one, other| one.row.id == other.row.id);
    let drafts = items.into_iter().map(|item| set::draft(NewItem::from(item)));
    let drafts = drafts.collect::<Result<_, _>>().map_err(|mistake| mistake.under("/item_ids"))?;
    Ok(Found { drafts, ..Found::default() })
}

/// Reads an item of a set.
///
/// # Errors
/// Not found.
pub async fn item(ports: &(impl Sql + Blobs), set: &SetId, id: &ItemId) -> Result<Item, Failure> {
    store::item::get(ports, set, id).await?.ok_or(Failure::NotFound("item"))
}

/// Changes an item. Another request or reference, or none any more, makes a new item in its place, in the next version.
///
/// # Errors
/// Not found; invalid when the request does not read, or a reference is both given and removed.
pub async fn change_item(
    ports: &(impl Sql + Blobs + Clock + Random),
    set_id: &SetId,
    id: &ItemId,
    change: ItemChange,
) -> Result<Item, Failure> {
    let set = newest(ports, set_id).await?;
    upon_the_newest(ports, set, async |set| change_upon(ports, set, id, change.clone()).await).await
}

async fn change_upon(
    ports: &(impl Sql + Blobs + Clock + Random),
    set: Set,
    id: &ItemId,
    change: ItemChange,
) -> Result<Item, Failure> {
    let set_id = &set.id.clone();
    let before = item(ports, set_id, id).await?;
    if store::item::current(ports, set_id, std::slice::from_ref(id)).await?.is_empty() {
        return Err(Failure::Conflict(
            "the item belongs to an older version only; change the one that replaced it".to_owned(),
        ));
    }
    let reference = change.reference(before.reference.as_ref())?;
    // What was verified is the reference.
    let verified = if change.remove_reference { Some(false) } else { change.verified };
    // Whoever writes another request has seen to what it says.
    let request = change.request.unwrap_or_else(|| before.request.clone());
    let lossy = if request == before.request { before.row.lossy.clone() } else { Vec::new() };
    if request == before.request && reference == before.reference {
        store::item::mark(ports, id, verified, change.tags.as_ref()).await?;
        return item(ports, set_id, id).await;
    }
    let draft = set::draft(NewItem {
        request,
        lossy,
        reference,
        tags: change.tags.unwrap_or(before.row.tags),
        feature: before.row.feature,
        log_id: before.row.log_id,
        verified: verified.unwrap_or(before.row.verified),
    })?;
    let now = ports.now();
    let next = ItemId::make(now, &ports.bytes());
    let changes = Changes {
        added: vec![(next.clone(), &draft)],
        removed: vec![id.clone()],
        words: "1 item changed".to_owned(),
    };
    store::item::make_version(ports, &Set { updated_at: now, ..set }, changes).await?;
    item(ports, set_id, &next).await
}

/// Removes an item from the next version on.
///
/// # Errors
/// Not found when the newest version does not have it.
pub async fn remove_item(
    ports: &(impl Sql + Blobs + Clock),
    set: &SetId,
    id: &ItemId,
) -> Result<(), Failure> {
    match remove_items(ports, set, std::slice::from_ref(id)).await? {
        0 => Err(Failure::NotFound("item")),
        _ => Ok(()),
    }
}

/// Removes items from the next version on, all in one, and tells how many. Of what the newest version does not have
/// nothing is said, and where it has none of them there is no next version.
///
/// # Errors
/// Not found when there is no such set.
pub async fn remove_items(
    ports: &(impl Sql + Blobs + Clock),
    set: &SetId,
    ids: &[ItemId],
) -> Result<u64, Failure> {
    let set = newest(ports, set).await?;
    upon_the_newest(ports, set, async |set| remove_upon(ports, set, ids).await).await
}

async fn remove_upon(ports: &(impl Sql + Blobs + Clock), set: Set, ids: &[ItemId]) -> Result<u64, Failure> {
    let removed = store::item::current(ports, &set.id, ids).await?;
    let count = removed.len() as u64;
    if count == 0 {
        return Ok(0);
    }
    let changes = Changes { added: Vec::new(), removed, words: format!("{} removed", items(count)) };
    store::item::make_version(ports, &Set { updated_at: ports.now(), ..set }, changes).await?;
    Ok(count)
}

/// A version of a set as lines that import again to the same items.
pub struct Exported {
    set: SetId,
    version: u32,
    /// The last item that was written; empty before the first.
    after: String,
}

/// The most items of one file: a call may ask the database a thousand times, and two are a page of 500.
const MOST_EXPORTED: u64 = 200_000;

/// Begins the file of a version of a set.
///
/// # Errors
/// Not found; invalid when the version has too many items.
pub async fn export(sql: &impl Sql, id: &SetId, version: Option<u32>) -> Result<Exported, Failure> {
    let set = store::set::get(sql, id, version).await?.ok_or(Failure::NotFound("eval set"))?;
    if set.item_count > MOST_EXPORTED {
        let detail = format!(
            "version {} has {}; one file has at most {MOST_EXPORTED}: export a smaller version",
            set.version,
            items(set.item_count)
        );
        return Err(Failure::invalid("?version", detail));
    }
    Ok(Exported { set: set.id, version: set.version, after: String::new() })
}

impl<P: Sql + Blobs> Pages<P> for Exported {
    async fn next(&mut self, ports: &P) -> Result<Option<String>, Failure> {
        let items = store::item::page_of_wholes(ports, &self.set, self.version, &self.after).await?;
        let Some(last) = items.last() else { return Ok(None) };
        self.after = last.row.id.to_string();
        let mut lines = String::new();
        for item in items {
            let new = NewItem::from(item);
            lines.push_str(&serde_json::to_string(&new).unwrap_or_default());
            lines.push('\n');
        }
        Ok(Some(lines))
    }
}

/// How many logs are deleted at once.
const DELETED: usize = 500;

/// Deletes the logs that are meant, some at a time: no more of them are in memory, however many there are.
///
/// # Errors
/// What the database says; what was deleted before stays deleted.
pub async fn delete_logs(ports: &(impl Sql + Blobs), delete: DeleteLogs) -> Result<u64, Failure> {
    match delete {
        DeleteLogs::Ids(ids) => delete_named(ports, &ids).await,
        DeleteLogs::Filter(filter) => delete_matching(ports, &filter).await,
    }
}

async fn delete_named(ports: &(impl Sql + Blobs), ids: &[LogId]) -> Result<u64, Failure> {
    let mut deleted = 0;
    for some in ids.chunks(DELETED) {
        let known = store::log::known(ports, some).await?;
        deleted += store::retention::delete(ports, &known).await?.logs;
    }
    Ok(deleted)
}

async fn delete_matching(ports: &(impl Sql + Blobs), filter: &Filter) -> Result<u64, Failure> {
    let (mut deleted, mut last) = (0, None);
    loop {
        let found = store::log::matching_after(ports, filter, last.as_ref(), DELETED).await?;
        last = found.last().cloned();
        let ids: Vec<_> = found.into_iter().map(|found| found.id).collect();
        deleted += store::retention::delete(ports, &ids).await?.logs;
        // Logs that come meanwhile are the newest: a pass that is not full is the last.
        if ids.len() < DELETED {
            return Ok(deleted);
        }
    }
}
