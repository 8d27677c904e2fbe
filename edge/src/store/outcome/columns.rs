//! What the columns of a run's scores take of an outcome, and how they take it.
//!
//! Each outcome is told in one text, which the database writes out of the JSON that the row holds without a look into it
//! where all of it is wanted. They come in the order in which the tables have them, which is that of items: to look them
//! up in any other takes several times as long. They are put into the run's order here.

use std::collections::HashMap;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::clusters::Numbering;
use shared::criteria::Criterion;
use shared::id::{ItemId, RunId};
use shared::judge::Flag;
use shared::outcome::Verdict;
use shared::score::MeanLevel;
use shared::scorer::Scorers;
use shared::scorer::result::{Mark, Marks, ScorerResult};
use shared::slices::properties::{self, Properties, Values};
use shared::summary::{Column, Scores, scorers};

use super::super::json as read_json;
use crate::bind;
use crate::ports::{SqlError, Statement};

/// A function takes 32 parts at most: into so many criteria it looks at once.
const AT_ONCE: usize = 15;

/// An outcome as it is read.
#[derive(Deserialize)]
pub struct Stored {
    told: String,
    score: Option<f64>,
    baseline_score: Option<f64>,
    cost_usd: Option<f64>,
}

/// What is told of an outcome in one text.
#[derive(Deserialize)]
struct Told<'a> {
    position: u64,
    item_id: ItemId,
    feature: Option<String>,
    verdict: Verdict,
    latency_ms: Option<u64>,
    /// The conversation, else the user, of the log, each marked as what it is.
    cluster: Option<String>,
    /// For each criterion the level of the new response, then that of the original.
    levels: Vec<Vec<Option<MeanLevel>>>,
    flags: Vec<Flag>,
    /// None of an outcome that is older than properties, or has no answer.
    #[serde(borrow)]
    properties: Option<Properties<&'a RawValue>>,
    #[serde(borrow)]
    tags: &'a RawValue,
    /// None of an outcome that is older than scorers, and where the set has none.
    scorers: Option<Vec<ScorerResult>>,
    baseline_scorers: Option<Vec<ScorerResult>>,
}

/// An outcome until its place among the others is known.
struct Outcome {
    position: u64,
    item_id: ItemId,
    feature: Option<String>,
    is_error: bool,
    score: Option<f64>,
    baseline_score: Option<f64>,
    latency_ms: Option<u64>,
    cost_usd: Option<f64>,
    cluster: Option<String>,
    levels: Vec<Option<MeanLevel>>,
    flags: Vec<Flag>,
    marks: [Vec<Mark>; 2],
    properties: Option<Properties<Rc<Values>>>,
    tags: Rc<Values>,
}

/// Asks for the outcomes that count of a run, from after an item on, so many at most.
pub fn asked(run: &RunId, after: &str, most: usize, criteria: usize, with_scorers: bool) -> Statement {
    let paths: Vec<_> =
        (0..criteria).map(|place| format!("'$[{place}].level', '$[{place}].baseline_level'")).collect();
    let levels = paths.chunks(AT_ONCE).map(|paths| format!("json_extract(criteria, {})", paths.join(", ")));
    let levels = levels.collect::<Vec<_>>().join(" || ',' || ");
    let [levels, scorers, baseline] = [
        if criteria == 0 { "''" } else { levels.as_str() },
        if with_scorers { "coalesce(scorers, 'null')" } else { "'null'" },
        if with_scorers { "coalesce(baseline_scorers, 'null')" } else { "'null'" },
    ];
    // Numbers with a point are columns of their own: a text of them would not be exact.
    let text = format!(
        "SELECT '[' || position || ',\"' || outcome.item_id || '\",' || json_quote(feature) || ',\"' || verdict || '\",' \
         || coalesce(latency_ms, 'null') || ',' \
         || json_quote((SELECT coalesce('s' || session, 'u' || user) FROM log WHERE log.id = log_id)) || ',[' || {levels} || '],' \
         || flags || ',' || coalesce(properties, 'null') || ',' || tags || ',' || {scorers} || ',' || {baseline} || ']' AS told, \
         score, baseline_score, cost_usd FROM outcome \
         CROSS JOIN run_item INDEXED BY run_item_by_item ON run_item.run_id = outcome.run_id AND run_item.item_id = outcome.item_id \
         CROSS JOIN set_item ON set_item.id = outcome.item_id \
         WHERE outcome.run_id = ? AND outcome.item_id > ? AND superseded IS NULL ORDER BY outcome.item_id LIMIT ?"
    );
    Statement::new(text, bind![run.as_str(), after, most as u64])
}

/// Outcomes that are being gathered.
#[derive(Default)]
pub struct Gathered {
    outcomes: Vec<Outcome>,
    /// Values of properties and tags by how they are written: many items have the same.
    known: HashMap<String, Rc<Values>>,
}

impl Gathered {
    /// Adds an outcome, and gives its item.
    ///
    /// # Errors
    /// Says which part does not read.
    pub fn take(&mut self, stored: &Stored) -> Result<ItemId, SqlError> {
        let told: Told<'_> = read_json(&stored.told)?;
        let properties = told.properties.map(|properties| {
            let Properties { values, input_length, output_length } = properties;
            Ok(Properties { values: self.values(values)?, input_length, output_length })
        });
        let properties = properties.transpose()?;
        let tags = self.values(told.tags)?;
        let marks = |results: Option<Vec<ScorerResult>>| {
            results.into_iter().flatten().map(|result| result.mark).collect()
        };
        let outcome = Outcome {
            position: told.position,
            item_id: told.item_id.clone(),
            feature: told.feature,
            is_error: told.verdict == Verdict::Error,
            score: stored.score,
            baseline_score: stored.baseline_score,
            latency_ms: told.latency_ms,
            cost_usd: stored.cost_usd,
            cluster: told.cluster,
            levels: told.levels.into_iter().flatten().collect(),
            flags: told.flags,
            marks: [told.scorers, told.baseline_scorers].map(marks),
            properties,
            tags,
        };
        self.outcomes.push(outcome);
        Ok(told.item_id)
    }

    fn values(&mut self, written: &RawValue) -> Result<Rc<Values>, SqlError> {
        if let Some(known) = self.known.get(written.get()) {
            return Ok(Rc::clone(known));
        }
        let values: Rc<Values> = Rc::new(read_json(written.get())?);
        self.known.insert(written.get().to_owned(), Rc::clone(&values));
        Ok(values)
    }

    /// Gives the columns, in the run's order.
    pub fn columns(mut self, criteria: &[Criterion], scorers: &Scorers) -> Scores {
        self.outcomes.sort_unstable_by_key(|outcome| outcome.position);
        let mut scores = empty(criteria, scorers);
        let mut numbering = Numbering::default();
        let mut properties = Vec::with_capacity(self.outcomes.len());
        let mut tags = Vec::with_capacity(self.outcomes.len());
        for outcome in self.outcomes {
            let level = |place: usize| outcome.levels.get(place).copied().flatten();
            for (place, column) in scores.criteria.iter_mut().enumerate() {
                column.levels.push(level(2 * place));
                column.baseline_levels.push(level(2 * place + 1));
            }
            // What a scorer does not say of an older outcome counts as little.
            let mark = |marks: &Vec<Mark>, place: usize| marks.get(place).copied().unwrap_or(Mark::Skipped);
            for (place, column) in scores.scorers.iter_mut().enumerate() {
                let [marks, baseline_marks] = &outcome.marks;
                column.marks.0.push(mark(marks, place));
                column.baseline_marks.0.push(mark(baseline_marks, place));
            }
            scores.items.push(outcome.item_id);
            scores.score.push(outcome.score);
            scores.baseline.push(outcome.baseline_score);
            scores.features.push(outcome.feature);
            scores.clusters.push(numbering.number(outcome.cluster));
            scores.errored.push(outcome.is_error);
            scores.latency_ms.push(outcome.latency_ms);
            scores.cost_usd.push(outcome.cost_usd);
            scores.flags.push(outcome.flags);
            properties.push(outcome.properties);
            tags.push(outcome.tags);
        }
        scores.slices = properties::columns(&properties, &tags);
        scores.numbers = properties::numbers(&properties);
        scores
    }
}

/// Makes columns without entries.
fn empty(criteria: &[Criterion], scorers: &Scorers) -> Scores {
    let columns = criteria.iter().map(|criterion| Column {
        name: criterion.name.to_string(),
        weight: criterion.weight,
        required: criterion.required,
        levels: Vec::new(),
        baseline_levels: Vec::new(),
    });
    let named = scorers.named().into_iter();
    let of_scorers = named.map(|(name, scorer)| scorers::Column {
        name,
        weight: scorer.weight,
        marks: Marks::default(),
        baseline_marks: Marks::default(),
    });
    Scores { criteria: columns.collect(), scorers: of_scorers.collect(), ..Scores::default() }
}
