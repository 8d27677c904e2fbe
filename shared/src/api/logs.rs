//! Logs: lists, counts, facets, import and deletion.

use serde::{Deserialize, Serialize};

use super::{Deleted, List, endpoints};
use crate::auth::Scope;
use crate::id::LogId;
use crate::import::{Format, Rejected};
use crate::log::filter::Filter;
use crate::log::{Detail, Facets, Log};
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::order::Column;
use crate::query::{Page, Pairs, Query, pair};

/// What logs are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// When they were made.
    Time,
    Latency,
    Cost,
    /// What went in and came out together.
    Tokens,
}

impl Column for By {
    const ORDERS: &'static [(&'static str, Order)] = &[
        ("newest", Order { by: Self::Time, falls: true }),
        ("oldest", Order { by: Self::Time, falls: false }),
        ("slowest", Order { by: Self::Latency, falls: true }),
        ("fastest", Order { by: Self::Latency, falls: false }),
        ("dearest", Order { by: Self::Cost, falls: true }),
        ("cheapest", Order { by: Self::Cost, falls: false }),
        ("most_tokens", Order { by: Self::Tokens, falls: true }),
        ("fewest_tokens", Order { by: Self::Tokens, falls: false }),
    ];
}

/// An order of logs; the newest stand first unless somebody says otherwise.
pub type Order = crate::order::Order<By>;

/// Which logs, in which order, and which page of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogsQuery {
    pub filter: Filter,
    /// `newest` when left out.
    pub order: Option<Order>,
    pub page: Page,
}

impl Query for LogsQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { filter: Filter::take(pairs)?, order: pairs.take("order")?, page: Page::take(pairs)? })
    }

    fn write(&self) -> Vec<(String, String)> {
        let order = self.order.map(Order::word);
        let order = pair("order", order.as_ref());
        self.filter.write().into_iter().chain(order).chain(self.page.write()).collect()
    }
}

/// How many logs match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Count {
    pub count: u64,
    /// What is in no count, whatever the filter.
    pub lost: Lost,
}

/// What could not be stored of what passed, of all time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lost {
    /// Logs that were not stored at all.
    pub logs: u64,
    /// Logs that were stored without their words, since the database was full.
    pub words: u64,
    /// When that last happened; null when it never did.
    pub last_at: Option<Moment>,
}

/// How to read an imported file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportQuery {
    /// `auto` when left out.
    pub format: Option<String>,
    /// The feature of records that name none.
    pub feature: Option<String>,
}

impl Query for ImportQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { format: pairs.take("format")?, feature: pairs.take("feature")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        [pair("format", self.format.as_ref()), pair("feature", self.feature.as_ref())]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// What became of an imported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportReport {
    pub format: Format,
    pub imported: u64,
    /// Records that were there already.
    pub duplicates: u64,
    pub rejected: Vec<Rejected>,
}

/// The path of the import: its body is a file, one record a line, at most [`LARGEST_IMPORT`] bytes.
pub const IMPORT: &str = "/api/logs/import";

/// The most bytes of one imported file.
pub const LARGEST_IMPORT: usize = 25 * 1024 * 1024;

/// Which logs to delete: those that a filter matches, or those with these ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "LogChoice", into = "LogChoice")]
pub enum DeleteLogs {
    Filter(Box<Filter>),
    Ids(Vec<LogId>),
}

/// [`DeleteLogs`] on the wire.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LogChoice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ids: Option<Vec<LogId>>,
}

/// The choice names no logs, or names them twice.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("give either filter or ids")]
pub struct NotOneChoice;

impl TryFrom<LogChoice> for DeleteLogs {
    type Error = NotOneChoice;

    fn try_from(choice: LogChoice) -> Result<Self, NotOneChoice> {
        match (choice.filter, choice.ids) {
            (Some(filter), None) => Ok(Self::Filter(Box::new(filter))),
            (None, Some(ids)) => Ok(Self::Ids(ids)),
            _ => Err(NotOneChoice),
        }
    }
}

impl From<DeleteLogs> for LogChoice {
    fn from(delete: DeleteLogs) -> Self {
        match delete {
            DeleteLogs::Filter(filter) => Self { filter: Some(*filter), ids: None },
            DeleteLogs::Ids(ids) => Self { filter: None, ids: Some(ids) },
        }
    }
}

endpoints! {
    /// Lists logs, in the `order` newest (unless said otherwise), oldest, slowest, fastest, dearest, cheapest, `most_tokens` or `fewest_tokens`.
    GetLogs {} Get "/api/logs" Some(Scope::Read), 200;
    LogsQuery, () => List<Log>;

    /// Counts the logs that match.
    GetLogCount {} Get "/api/logs/count" Some(Scope::Read), 200;
    Filter, () => Count;

    /// Counts the values of each facet among the logs that match but for that facet, and of tags among the newest.
    GetLogFacets {} Get "/api/logs/facets" Some(Scope::Read), 200;
    Filter, () => Facets;

    /// Reads a log with its bodies.
    GetLog { log: LogId } Get "/api/logs/{log}" Some(Scope::Read), 200;
    (), () => Detail;

    /// Deletes logs with their bodies.
    PostLogDelete {} Post "/api/logs/delete" Some(Scope::Admin), 200;
    (), DeleteLogs => Deleted;
}
