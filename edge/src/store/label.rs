//! Labels: rows are only added. Of one author about one thing, the newest is in force.

use serde::Deserialize;
use shared::canonical::Key;
use shared::criteria::Name;
use shared::id::{ItemId, LabelId, RunId, SetId};
use shared::label::{Draw, Drawn, Label, Note, Opinion, StandsFor};
use shared::moment::Moment;
use shared::outcome::{CriterionRow, Verdict};
use shared::score::{Level, Threshold};
use shared::target::Target;

use super::access::moment;
use super::{first, json as read_json, rows};
use crate::bind;
use crate::ports::{Bound, Sql, SqlError, Statement};

/// What a label is about: an item's completion, on one criterion or as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub set_id: SetId,
    pub item_id: ItemId,
    pub completion_key: Key,
    /// None for the response as a whole.
    pub criterion_key: Option<Key>,
}

/// A label that is in force, its criterion by its key alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub id: LabelId,
    pub run_id: RunId,
    pub criterion_key: Option<Key>,
    pub opinion: Opinion,
    pub note: Option<Note>,
    /// None when somebody chose the item by hand.
    pub draw: Option<Draw>,
    pub author: String,
    pub created_at: Moment,
}

#[derive(Deserialize)]
struct Stored {
    id: LabelId,
    run_id: RunId,
    criterion_key: Key,
    level: Option<Level>,
    pass: Option<u8>,
    note: Option<Note>,
    drawn: Option<Drawn>,
    weight: Option<StandsFor>,
    author: String,
    created_at: f64,
}

impl Stored {
    fn given(self) -> Result<Given, SqlError> {
        Ok(Given {
            id: self.id,
            run_id: self.run_id,
            criterion_key: some(self.criterion_key),
            opinion: opinion(self.level, self.pass)?,
            note: self.note,
            draw: self.drawn.map(|drawn| Draw { drawn, weight: self.weight }),
            author: self.author,
            created_at: moment(self.created_at),
        })
    }
}

/// In storage a key of no digits stands for the response as a whole.
fn some(key: Key) -> Option<Key> {
    if key.as_str().is_empty() { None } else { Some(key) }
}

fn opinion(level: Option<Level>, pass: Option<u8>) -> Result<Opinion, SqlError> {
    let opinion = Opinion::of(level, pass.map(|pass| pass == 1));
    opinion.map_err(|mistake| SqlError::Broken(format!("a label does not read: {mistake}")))
}

/// The condition that a label was neither replaced nor withdrawn.
const IN_FORCE: &str = "coalesce(label.level, label.pass) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM label AS later \
                        WHERE later.item_id = label.item_id AND later.completion_key = label.completion_key \
                        AND later.criterion_key = label.criterion_key AND later.author = label.author AND later.seq > label.seq)";

/// Keeps a label.
pub async fn add(sql: &impl Sql, label: &Label, subject: &Subject) -> Result<(), SqlError> {
    let text = "INSERT INTO label (id, set_id, item_id, completion_key, criterion_key, author, level, pass, note, drawn, \
                weight, run_id, written_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let (level, pass): (Bound, Bound) = match label.opinion {
        Opinion::Level(level) => (u32::from(level.number()).into(), Bound::Null),
        Opinion::Pass(pass) => (Bound::Null, pass.into()),
    };
    let author = label.author.as_str();
    let values = bind![
        label.id.as_str(),
        subject.set_id.as_str(),
        subject.item_id.as_str(),
        subject.completion_key.as_str(),
        subject.criterion_key.as_ref().map_or("", Key::as_str),
        author,
        level,
        pass,
        label.note.clone().map(String::from),
        label.drawn.map(Drawn::word),
        label.weight.map(StandsFor::value),
        label.run_id.as_str(),
        author,
        label.created_at
    ];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

/// Gives the labels of one response that are in force, the oldest first.
pub async fn of_response(sql: &impl Sql, item: &ItemId, completion: &Key) -> Result<Vec<Given>, SqlError> {
    let text = format!(
        "SELECT id, run_id, criterion_key, level, pass, note, drawn, weight, author, created_at FROM label \
         WHERE item_id = ? AND completion_key = ? AND {IN_FORCE} ORDER BY seq"
    );
    let stored = rows::<Stored>(sql, Statement::new(text, bind![item.as_str(), completion.as_str()])).await?;
    stored.into_iter().map(Stored::given).collect()
}

/// Tells whose label this is; none when there is no such label in force.
pub async fn author(sql: &impl Sql, id: &LabelId) -> Result<Option<String>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        author: String,
    }
    let text = format!("SELECT author FROM label WHERE id = ? AND {IN_FORCE}");
    let found = first::<Found>(sql, Statement::new(text, bind![id.as_str()])).await?;
    Ok(found.map(|found| found.author))
}

/// Gives what people say of the responses of a run, each label with its item.
pub async fn of_run(sql: &impl Sql, run: &RunId, set: &SetId) -> Result<Vec<(ItemId, Opinion)>, SqlError> {
    #[derive(Deserialize)]
    struct Found {
        item_id: ItemId,
        level: Option<Level>,
        pass: Option<u8>,
    }
    let text = format!(
        "SELECT label.item_id AS item_id, level, pass FROM label \
         JOIN run_item ON run_item.run_id = ? AND run_item.item_id = label.item_id \
         JOIN outcome ON outcome.run_id = run_item.run_id AND outcome.item_id = run_item.item_id \
         AND outcome.attempt = run_item.attempt AND outcome.completion_key = label.completion_key \
         WHERE label.set_id = ? AND {IN_FORCE}"
    );
    let found = rows::<Found>(sql, Statement::new(text, bind![run.as_str(), set.as_str()])).await?;
    found.into_iter().map(|row| Ok((row.item_id, opinion(row.level, row.pass)?))).collect()
}

/// Which of the runs in which a judge judged a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judging {
    Newest,
    Oldest,
    /// The newest that asked everything anew.
    Anew,
}

/// A label with what the judge says of the same response.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The run in which the judge says so, and what that run tries.
    pub judged_in: RunId,
    pub run_name: Name,
    pub target: Target,
    /// What that run says of the response; none when it has no score.
    pub passes: Option<bool>,
    pub set_id: SetId,
    /// The run in which it was given.
    pub given_in: RunId,
    /// None when somebody chose the item by hand.
    pub drawn: Option<Drawn>,
    pub item_id: ItemId,
    pub completion_key: Key,
    /// None for the response as a whole.
    pub criterion_key: Option<Key>,
    pub opinion: Opinion,
    pub judged: Vec<CriterionRow>,
    /// The score from which the item passes.
    pub threshold: Threshold,
    /// How many characters the response has.
    pub response_length: Option<f64>,
    /// How many characters the original has; none when it is kept apart.
    pub reference_length: Option<f64>,
}

/// Gives every label in force on a response that a run with this judge has judged, by one such run.
pub async fn compared(
    sql: &impl Sql,
    judge_version: &Key,
    judging: Judging,
) -> Result<Vec<Compared>, SqlError> {
    #[derive(Deserialize)]
    struct StoredPair {
        judged_in: RunId,
        run_name: Name,
        target: String,
        verdict: Verdict,
        set_id: SetId,
        given_in: RunId,
        drawn: Option<Drawn>,
        item_id: ItemId,
        completion_key: Key,
        criterion_key: Key,
        level: Option<Level>,
        pass: Option<u8>,
        judged: String,
        threshold: Threshold,
        response_length: Option<f64>,
        reference_length: Option<f64>,
    }
    let (which, among) = match judging {
        Judging::Newest => ("max", "1"),
        Judging::Oldest => ("min", "1"),
        Judging::Anew => ("max", "run.config->>'fresh' = 1"),
    };
    // Labels are few, and outcomes many: from each run to the labels of its set, and then to what it says of them.
    let text = format!(
        "SELECT run.id AS judged_in, run.name AS run_name, run.config->'target' AS target, verdict, label.set_id AS set_id, label.run_id AS given_in, drawn, label.item_id AS item_id, \
         label.completion_key AS completion_key, criterion_key, level, pass, outcome.criteria AS judged, coalesce(run.config->>'threshold', ?) AS threshold, \
         length(completion.output->>'text') AS response_length, CASE json_type(set_item.reference) \
         WHEN 'text' THEN length(set_item.reference->>'$') ELSE length(set_item.reference->>'text') END AS reference_length, \
         {which}(run.created_at) AS judged_at \
         FROM run JOIN label ON label.set_id = run.set_id \
         JOIN run_item ON run_item.run_id = run.id AND run_item.item_id = label.item_id \
         JOIN outcome ON outcome.run_id = run.id AND outcome.item_id = label.item_id \
         AND outcome.attempt = run_item.attempt AND outcome.completion_key = label.completion_key \
         JOIN completion ON completion.key = label.completion_key JOIN set_item ON set_item.id = label.item_id \
         WHERE run.judge_version = ? AND {among} AND {IN_FORCE} GROUP BY label.seq"
    );
    let usual = Threshold::default().value();
    let stored = rows::<StoredPair>(sql, Statement::new(text, bind![usual, judge_version.as_str()])).await?;
    let compared = stored.into_iter().map(|row| {
        Ok(Compared {
            judged_in: row.judged_in,
            run_name: row.run_name,
            target: read_json(&row.target)?,
            passes: row.verdict.passes(),
            set_id: row.set_id,
            given_in: row.given_in,
            drawn: row.drawn,
            item_id: row.item_id,
            completion_key: row.completion_key,
            criterion_key: some(row.criterion_key),
            opinion: opinion(row.level, row.pass)?,
            judged: read_json(&row.judged)?,
            threshold: row.threshold,
            response_length: row.response_length,
            reference_length: row.reference_length,
        })
    });
    compared.collect()
}

/// A withdrawal: a fact of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Withdrawal<'a> {
    pub id: LabelId,
    /// Which label no longer counts.
    pub label: &'a LabelId,
    pub written_by: &'a str,
    pub at: Moment,
}

/// Withdraws a label; one that is not in force stays as it is.
pub async fn withdraw(sql: &impl Sql, withdrawal: &Withdrawal<'_>) -> Result<(), SqlError> {
    let text = format!(
        "INSERT INTO label (id, set_id, item_id, completion_key, criterion_key, author, run_id, written_by, created_at) \
         SELECT ?, set_id, item_id, completion_key, criterion_key, author, run_id, ?, ? FROM label \
         WHERE id = ? AND {IN_FORCE}"
    );
    let Withdrawal { id, label, written_by, at } = withdrawal;
    let values = bind![id.as_str(), *written_by, *at, label.as_str()];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}
