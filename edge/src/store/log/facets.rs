//! How often the values of each facet occur among logs: each counted in its own index, or all at once where none would
//! serve.

use serde::Deserialize;
use shared::log::filter::{Choice, Filter};
use shared::log::{Facet, Facets, TAGGED};

use super::{Condition, Use, choices, condition};
use crate::ports::{Sql, SqlError, Statement, read_row};

/// The most values of one facet that are listed.
const FACET_VALUES: u32 = 50;

/// Counts the values of each facet among the logs that match but for what the filter chooses by that facet.
pub async fn of(sql: &impl Sql, filter: &Filter) -> Result<Facets, SqlError> {
    let newest = condition(filter, Use::List);
    let tags = format!(
        "SELECT tag.key AS name, tag.value AS value, count(*) AS count FROM (SELECT tags FROM log WHERE {} \
         ORDER BY log.created_at DESC, log.id DESC LIMIT ?) AS newest, json_each(newest.tags) AS tag \
         GROUP BY tag.key, tag.value ORDER BY count DESC, name, value LIMIT ?",
        newest.sql
    );
    let tags = Statement::new(tags, newest.values.into_iter().chain([TAGGED.into(), FACET_VALUES.into()]));
    // No index has what is tagged: all is looked at once, and not for each facet.
    let is_tagged = !filter.tags.is_empty() || !filter.without_tags.is_empty();
    let values = if is_tagged {
        vec![values_of_all(filter)]
    } else {
        Column::ALL.map(|column| values_of(column, filter)).into()
    };
    let mut found = sql.batch(values.into_iter().chain([tags]).collect()).await?;
    let tags = found.pop().unwrap_or_default().into_iter().map(read_row).collect::<Result<_, _>>()?;
    let mut facets = Facets { tags, ..Facets::default() };
    for row in found.into_iter().flatten() {
        let Valued { facet, counted } = read_row(row)?;
        match facet {
            Column::Feature => facets.feature.push(counted),
            Column::Model => facets.model.push(counted),
            Column::Provider => facets.provider.push(counted),
            Column::Outcome => facets.outcome.push(counted),
        }
    }
    Ok(facets)
}

/// A value of one of the facets.
#[derive(Deserialize)]
struct Valued {
    facet: Column,
    #[serde(flatten)]
    counted: Facet,
}

/// The columns that are facets.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Column {
    Feature,
    Model,
    Provider,
    Outcome,
}

impl Column {
    const ALL: [Self; 4] = [Self::Feature, Self::Model, Self::Provider, Self::Outcome];

    fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Outcome => "outcome",
        }
    }

    /// Gives a filter without what it chooses by this facet.
    fn left_open(self, filter: &Filter) -> Filter {
        let mut filter = filter.clone();
        match self {
            Self::Feature => filter.feature = Choice::default(),
            Self::Model => filter.model = Choice::default(),
            Self::Provider => filter.provider = Choice::default(),
            Self::Outcome => filter.outcome = Choice::default(),
        }
        filter
    }
}

/// Counts the values of one facet.
fn values_of(column: Column, filter: &Filter) -> Statement {
    let condition = condition(&column.left_open(filter), Use::All);
    let name = column.name();
    let text = format!(
        "SELECT '{name}' AS facet, {name} AS value, count(*) AS count FROM log WHERE {} GROUP BY {name} \
         ORDER BY count DESC, value LIMIT ?",
        condition.sql
    );
    Statement::new(text, condition.values.into_iter().chain([FACET_VALUES.into()]))
}

/// Counts the values of all facets, of logs that are gone through once: what they have in common comes first, then what is
/// chosen by facets, of which there are few at once.
fn values_of_all(filter: &Filter) -> Statement {
    let open = Column::ALL.iter().fold(filter.clone(), |filter, column| column.left_open(&filter));
    let Condition { sql, mut values } = condition(&open, Use::All);
    let mut parts = Vec::new();
    for column in Column::ALL {
        let (name, chosen) = (column.name(), choices(&column.left_open(filter), Use::All));
        parts.push(format!(
            "SELECT * FROM (SELECT '{name}' AS facet, {name} AS value, sum(n) AS count FROM matched WHERE {} \
             GROUP BY {name} ORDER BY count DESC, value LIMIT ?)",
            chosen.sql
        ));
        values.extend(chosen.values.into_iter().chain([FACET_VALUES.into()]));
    }
    let text = format!(
        "WITH matched AS MATERIALIZED (SELECT feature, model, provider, outcome, count(*) AS n FROM log \
         WHERE log.seq IN (SELECT log.seq FROM log WHERE {sql}) GROUP BY feature, model, provider, outcome) {}",
        parts.join(" UNION ALL ")
    );
    Statement::new(text, values)
}
