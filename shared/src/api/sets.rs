//! Eval sets, their items and versions; saved targets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::logs::LARGEST_IMPORT;
use super::{Deleted, List, endpoints};
use crate::auth::Scope;
use crate::criteria::{Criteria, Name};
use crate::id::{ItemId, LogId, SetId, TargetId};
use crate::log::filter::Filter;
use crate::mistake::Mistake;
use crate::order::Column;
use crate::query::{Page, Pairs, Query, pair};
use crate::run::Sample;
use crate::score::Threshold;
use crate::scorer::Scorers;
use crate::set::coverage::Coverage;
use crate::set::{Item, ItemRow, NewItem, Reference, Set, Version};
use crate::target::{SavedTarget, Target};
use crate::topics::named::{NamedTopic, NewTopicName};

/// Makes a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSet {
    pub name: Name,
    #[serde(default)]
    pub description: String,
    pub criteria: Criteria,
    #[serde(default)]
    pub scorers: Scorers,
    #[serde(default)]
    pub threshold: Threshold,
}

/// Changes a set; what is left out stays as it is. A change of what is judged makes a new version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scorers: Option<Scorers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

/// Which version; the newest when left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionQuery {
    pub version: Option<u32>,
}

impl Query for VersionQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { version: pairs.take("version")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        pair("version", self.version.as_ref()).into_iter().collect()
    }
}

/// Which version's items, which of them, and which page of those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemsQuery {
    pub version: Option<u32>,
    /// `newest` when left out.
    pub order: Option<ItemOrder>,
    /// Words that must all occur in what lists show of the request and the response, in the feature or in the tags.
    pub q: Option<String>,
    pub page: Page,
}

/// What the items of a set are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemBy {
    /// When they came into the set.
    Added,
    Feature,
    /// Whether somebody has verified them.
    Verified,
}

impl Column for ItemBy {
    const ORDERS: &'static [(&'static str, ItemOrder)] = &[
        ("newest", ItemOrder { by: Self::Added, falls: true }),
        ("oldest", ItemOrder { by: Self::Added, falls: false }),
        ("feature", ItemOrder { by: Self::Feature, falls: false }),
        ("feature_reversed", ItemOrder { by: Self::Feature, falls: true }),
        ("unverified", ItemOrder { by: Self::Verified, falls: false }),
        ("verified", ItemOrder { by: Self::Verified, falls: true }),
    ];
}

/// An order of items; the newest stand first unless somebody says otherwise. Letters stand as their capitals do.
pub type ItemOrder = crate::order::Order<ItemBy>;

impl Query for ItemsQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        let (version, order, q) = (pairs.take("version")?, pairs.take("order")?, pairs.take("q")?);
        Ok(Self { version, order, q, page: Page::take(pairs)? })
    }

    fn write(&self) -> Vec<(String, String)> {
        let order = self.order.map(ItemOrder::word);
        let own = [
            pair("version", self.version.as_ref()),
            pair("order", order.as_ref()),
            pair("q", self.q.as_ref()),
        ];
        own.into_iter().flatten().chain(self.page.write()).collect()
    }
}

/// What to add to a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "ItemChoice", into = "ItemChoice")]
pub enum AddItems {
    /// The logs with these ids.
    Logs { ids: Vec<LogId>, dedupe: Dedupe },
    /// The logs that a filter matches, or a random part of them.
    Matching { filter: Box<Filter>, sample: Option<Sample>, dedupe: Dedupe },
    /// Items that are given whole.
    Given { items: Vec<NewItem>, dedupe: Dedupe },
    /// Items that the set has, or had in a version before, as new ones.
    Again { ids: ItemIds, dedupe: Dedupe },
}

/// Which items count as the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dedupe {
    /// Those with the same conversation.
    #[default]
    Exact,
    /// Those whose user says the same in nearly the same words.
    Near,
    /// None: everything is added.
    None,
}

/// [`AddItems`] on the wire.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ItemChoice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log_ids: Option<Vec<LogId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sample: Option<Sample>,
    #[serde(default)]
    dedupe: Dedupe,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<Vec<NewItem>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item_ids: Option<ItemIds>,
}

/// The choice names no items, or names them twice.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadItemChoice {
    #[error("give one of log_ids, filter, items or item_ids")]
    NotOne,
    #[error("sample goes with filter; log_ids, items and item_ids are taken whole")]
    SampleWithoutFilter,
}

impl TryFrom<ItemChoice> for AddItems {
    type Error = BadItemChoice;

    fn try_from(choice: ItemChoice) -> Result<Self, BadItemChoice> {
        let ItemChoice { log_ids, filter, sample, dedupe, items, item_ids } = choice;
        let chosen = match (log_ids, filter, items, item_ids) {
            (None, Some(filter), None, None) => {
                return Ok(Self::Matching { filter: Box::new(filter), sample, dedupe });
            }
            (Some(ids), None, None, None) => Self::Logs { ids, dedupe },
            (None, None, Some(items), None) => Self::Given { items, dedupe },
            (None, None, None, Some(ids)) => Self::Again { ids, dedupe },
            _ => return Err(BadItemChoice::NotOne),
        };
        if sample.is_some() { Err(BadItemChoice::SampleWithoutFilter) } else { Ok(chosen) }
    }
}

impl From<AddItems> for ItemChoice {
    fn from(add: AddItems) -> Self {
        match add {
            AddItems::Logs { ids, dedupe } => Self { log_ids: Some(ids), dedupe, ..Self::default() },
            AddItems::Matching { filter, sample, dedupe } => {
                Self { filter: Some(*filter), sample, dedupe, ..Self::default() }
            }
            AddItems::Given { items, dedupe } => Self { items: Some(items), dedupe, ..Self::default() },
            AddItems::Again { ids, dedupe } => Self { item_ids: Some(ids), dedupe, ..Self::default() },
        }
    }
}

/// Items of a set by their ids: at least one, and at most 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<ItemId>", into = "Vec<ItemId>")]
pub struct ItemIds(Vec<ItemId>);

/// The most items that one call removes or adds again: they are read with their bodies.
pub const MOST_AT_ONCE: usize = 1_000;

/// There are too few ids, or too many.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadItemIds {
    #[error("no item is named; name at least one")]
    Empty,
    #[error("{0} items are named; name at most {MOST_AT_ONCE} at once")]
    TooMany(usize),
}

impl ItemIds {
    /// Parts ids into as many as one call takes each, in their order.
    pub fn parts(ids: &[ItemId]) -> Vec<Self> {
        ids.chunks(MOST_AT_ONCE).map(|some| Self(some.to_vec())).collect()
    }

    /// Gives the ids in their order.
    pub fn as_slice(&self) -> &[ItemId] {
        &self.0
    }
}

impl TryFrom<Vec<ItemId>> for ItemIds {
    type Error = BadItemIds;

    fn try_from(ids: Vec<ItemId>) -> Result<Self, BadItemIds> {
        match ids.len() {
            0 => Err(BadItemIds::Empty),
            1..=MOST_AT_ONCE => Ok(Self(ids)),
            more => Err(BadItemIds::TooMany(more)),
        }
    }
}

impl From<ItemIds> for Vec<ItemId> {
    fn from(ids: ItemIds) -> Self {
        ids.0
    }
}

/// Which items to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteItems {
    pub ids: ItemIds,
}

/// What became of items that were to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Added {
    pub added: u64,
    /// Items that the set has already, or that came twice.
    pub duplicates: u64,
    /// Logs that cannot be items, such as those without an answer.
    pub skipped: u64,
    /// The first of those that were skipped, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// The set's version now.
    pub version: u32,
}

/// A log that cannot be an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    pub log_id: LogId,
    /// Why not.
    pub reason: String,
}

/// Changes an item: a new request or reference, or none any more, makes a new item in its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ItemChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The item has no reference from then on; what a person verified of it goes with it. Not together with `reference`,
    /// which stays as it was when it is null or left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remove_reference: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

impl ItemChange {
    /// Gives the reference that an item has from then on; `before` is the one that it has.
    ///
    /// # Errors
    /// Does not fit when a reference is both given and removed.
    pub fn reference(&self, before: Option<&Reference>) -> Result<Option<Reference>, Mistake> {
        match (&self.reference, self.remove_reference) {
            (Some(_), true) => {
                let what = "a reference is given as well; give one or remove the one that is there";
                Err(Mistake::new("/remove_reference", what))
            }
            (None, true) => Ok(None),
            (given, false) => Ok(given.as_ref().or(before).cloned()),
        }
    }
}

/// Saves a target under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    pub name: Name,
    pub target: Target,
}

/// The path of the export: its reply is a file, one item a line.
pub const EXPORT: &str = "/api/sets/{set}/export";

/// The path of what the set's newest run was answered: its reply is a file, one item a line.
pub const ANSWERS: &str = "/api/sets/{set}/answers";

endpoints! {
    /// Makes a set.
    PostSet {} Post "/api/sets" Some(Scope::Admin), 201;
    (), NewSet => Set;

    /// Lists sets, the last changed first.
    GetSets {} Get "/api/sets" Some(Scope::Read), 200;
    Page, () => List<Set>;

    /// Reads a set.
    GetSet { set: SetId } Get "/api/sets/{set}" Some(Scope::Read), 200;
    VersionQuery, () => Set;

    /// Changes a set.
    PatchSet { set: SetId } Patch "/api/sets/{set}" Some(Scope::Admin), 200;
    (), SetChange => Set;

    /// Deletes a set from every list; finished runs still read.
    DeleteSet { set: SetId } Delete "/api/sets/{set}" Some(Scope::Admin), 204;
    (), () => ();

    /// Adds items to a set.
    PostItems { set: SetId } Post "/api/sets/{set}/items" Some(Scope::Admin), 200, LARGEST_IMPORT;
    (), AddItems => Added;

    /// Lists the items of a set: all, or those with some words.
    GetItems { set: SetId } Get "/api/sets/{set}/items" Some(Scope::Read), 200;
    ItemsQuery, () => List<ItemRow>;

    /// Reads an item with its bodies.
    GetItem { set: SetId, item: ItemId } Get "/api/sets/{set}/items/{item}" Some(Scope::Read), 200;
    (), () => Item;

    /// Changes an item.
    PatchItem { set: SetId, item: ItemId } Patch "/api/sets/{set}/items/{item}" Some(Scope::Admin), 200, LARGEST_IMPORT;
    (), ItemChange => Item;

    /// Removes an item from the next version on.
    DeleteItem { set: SetId, item: ItemId } Delete "/api/sets/{set}/items/{item}" Some(Scope::Admin), 204;
    (), () => ();

    /// Removes items from the next version on, all in one. What the newest version does not have stays as it is.
    PostItemDelete { set: SetId } Post "/api/sets/{set}/items/delete" Some(Scope::Admin), 200;
    (), DeleteItems => Deleted;

    /// Lists the versions of a set, the newest first.
    GetVersions { set: SetId } Get "/api/sets/{set}/versions" Some(Scope::Read), 200;
    Page, () => List<Version>;

    /// Tells which part of last week's traffic the newest version of a set stands for.
    GetCoverage { set: SetId } Get "/api/sets/{set}/coverage" Some(Scope::Read), 200;
    (), () => Coverage;

    /// Lists what people call the topics of failures in runs of a set, at most 500, the newest first.
    GetTopics { set: SetId } Get "/api/sets/{set}/topics" Some(Scope::Read), 200;
    (), () => List<NamedTopic>;

    /// Names a topic, or takes its name away. A newer name of the same terms counts instead.
    PutTopic { set: SetId } Put "/api/sets/{set}/topics" Some(Scope::Run), 200;
    (), NewTopicName => NamedTopic;

    /// Saves a target.
    PostTarget {} Post "/api/targets" Some(Scope::Admin), 201;
    (), NewTarget => SavedTarget;

    /// Lists saved targets in their newest versions.
    GetTargets {} Get "/api/targets" Some(Scope::Read), 200;
    Page, () => List<SavedTarget>;

    /// Reads a saved target in its newest version.
    GetTarget { target: TargetId } Get "/api/targets/{target}" Some(Scope::Read), 200;
    (), () => SavedTarget;

    /// Makes the next version of a saved target.
    PatchTarget { target: TargetId } Patch "/api/targets/{target}" Some(Scope::Admin), 200;
    (), NewTarget => SavedTarget;

    /// Deletes a saved target.
    DeleteTarget { target: TargetId } Delete "/api/targets/{target}" Some(Scope::Admin), 204;
    (), () => ();
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(named: usize, expected: Expect) {
        let ids: Vec<_> = (0..named).map(|n| ItemId::try_from(format!("i{n}")).expect("an id")).collect();
        let parts = ItemIds::parts(&ids);
        assert_eq!(parts.iter().flat_map(|part| part.as_slice().to_vec()).collect::<Vec<_>>(), ids);
        let parts: Vec<_> = parts.iter().map(|part| part.as_slice().len().to_string()).collect();
        let read = ItemIds::try_from(ids).map_or_else(|error| error.to_string(), |_| "fits".to_owned());
        expected.assert_eq(&format!("[{}] {read}", parts.join(", ")));
    }

    #[test]
    fn one_call_takes_from_one_to_a_thousand_items() {
        check(0, expect!["[] no item is named; name at least one"]);
        check(1, expect!["[1] fits"]);
        check(1_000, expect!["[1000] fits"]);
        check(2_001, expect!["[1000, 1000, 1] 2001 items are named; name at most 1000 at once"]);
    }
}
