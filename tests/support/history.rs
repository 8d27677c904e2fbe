//! What happened in a world, in its order: what the shards asked, what was answered, what was stored.
//!
//! It is written by the ports, so the engine has no part in it. Leaves out whether it is as it must be.

use std::fmt;
use std::sync::Mutex;

use edge::ports::{Bound, Row, Statement};
use serde_json::Value;
use shared::canonical;
use shared::moment::Moment;

use super::provider::{Asked, Reply};
use super::{Shard, Trouble};

/// What every question and its answer are known by.
const MARK: &str = "[q-";
const MARK_BYTES: usize = 8;

/// Gives the mark of a question, which is to be in the answer to it: the same when a judge is asked it once more, with
/// what was wrong with its first reply.
pub fn mark(body: &Value) -> String {
    let mut body = body.clone();
    if let Some(messages) = body["messages"].as_array_mut() {
        messages.truncate(2);
    }
    let digest = canonical::key(&body).to_string();
    format!("{MARK}{}]", &digest[..MARK_BYTES])
}

/// Takes everything from the mark on off an answer.
pub fn unmarked(answer: &str) -> &str {
    answer.split_once(MARK).map_or(answer, |(words, _)| words.trim_end())
}

fn marks(text: &str) -> Vec<String> {
    let found = text.match_indices(MARK);
    found.map(|(place, _)| text[place..place + MARK.len() + MARK_BYTES + 1].to_owned()).collect()
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A slice begins.
    Began,
    /// A call reaches the provider.
    Asked(Question),
    /// The answer to the call at this place of the history reaches the slice.
    Answered(usize),
    /// The call at this place ends, and its answer does not reach the slice.
    Missed(usize),
    /// Statements are sent, each told by its first words.
    Ran(Vec<String>),
    /// Facts about these questions are stored.
    Stored(Vec<String>),
    /// What the slice's calls came to is stored, as it stood at this place.
    Settled(usize),
    /// A run comes to this.
    Turned(String, String),
    /// Something goes wrong with a call that puts this question.
    CallStruck(Trouble, String),
    /// Something goes wrong with a statement.
    SqlStruck(Trouble),
    /// Something goes wrong with a message to a webhook.
    PostStruck(Trouble),
    /// Something goes wrong with waking a shard.
    WakeStruck(Trouble),
    /// Something goes wrong with the alarm of a shard.
    AlarmStruck(Trouble),
    /// The slice is lost.
    Lost,
    /// The slice ends.
    Ended,
    /// Somebody looks at a run: how many items are done, what it cost if that is known.
    Looked(String, u64, Option<f64>),
    /// Somebody changes a run under way: its budget, its concurrency.
    Changed(String, Option<f64>, Option<u32>),
    /// Somebody does something.
    Did(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub mark: String,
    pub is_judge: bool,
    /// The provider sends an answer that costs something.
    pub is_answered: bool,
    /// The answer is what was asked for.
    pub is_good: bool,
    /// It is paid for, and says nothing.
    pub is_in_vain: bool,
}

/// One thing that happened. `slice` numbers the slices from 1; everybody else is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub at: Moment,
    pub slice: usize,
    pub shard: Option<Shard>,
    pub what: What,
}

#[derive(Default)]
pub struct History(Mutex<Vec<Entry>>);

impl History {
    pub fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap().clone()
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Writes an entry, and gives its place.
    pub fn add(&self, at: Moment, slice: usize, shard: Option<&Shard>, what: What) -> usize {
        let mut entries = self.0.lock().unwrap();
        entries.push(Entry { at, slice, shard: shard.cloned(), what });
        entries.len() - 1
    }
}

impl Question {
    /// Reads a question and what the provider is about to do about it.
    pub fn of(asked: &Asked, reply: &Reply, deadline_ms: u64) -> Self {
        let body = reply.result.as_ref().map(|answer| answer.body.as_str()).unwrap_or_default();
        let is_answered = reply.after_ms <= deadline_ms && body.contains("\"usage\"");
        let mark = mark(&asked.body);
        let is_good = is_answered && body.contains(&mark);
        let is_in_vain = is_answered && body.contains("\"choices\":[]");
        Self { mark, is_judge: asked.is_judge(), is_answered, is_good, is_in_vain }
    }
}

/// Gives the first words of statements.
pub fn first_words(statements: &[Statement]) -> Vec<String> {
    let words =
        |statement: &Statement| statement.sql.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    statements.iter().map(words).collect()
}

/// Reads what committed statements mean for runs, from their text and what came back.
pub fn read(statements: &[Statement], rows: &[Vec<Row>]) -> Vec<What> {
    let mut found = Vec::new();
    for (statement, rows) in statements.iter().zip(rows) {
        let texts = || {
            statement.values.iter().filter_map(|value| match value {
                Bound::Text(text) => Some(text.as_str()),
                _ => None,
            })
        };
        let sql = statement.sql.as_str();
        if sql.starts_with("INSERT INTO completion ") || sql.starts_with("INSERT INTO judgement ") {
            found.push(What::Stored(texts().flat_map(marks).collect()));
        } else if sql.starts_with("INSERT INTO run_event ")
            && (!sql.contains("RETURNING") || !rows.is_empty())
        {
            let mut texts = texts();
            if let (Some(run), Some(kind)) = (texts.next(), texts.next()) {
                found.push(What::Turned(run.to_owned(), kind.to_owned()));
            }
        }
    }
    found
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        if let Some(shard) = &self.shard {
            let run = shard.run.as_str();
            write!(f, " {}/{} slice {}", &run[run.len() - 4..], shard.number, self.slice)?;
        }
        match &self.what {
            What::Asked(question) => {
                let who = if question.is_judge { "judge" } else { "target" };
                let answer = match (question.is_answered, question.is_good) {
                    (true, true) => "well answered",
                    (true, false) => "answered",
                    _ => "not answered",
                };
                write!(f, ": asks the {who} {}, {answer}", question.mark)
            }
            What::Ran(statements) => write!(f, ": runs {}", statements.join("; ")),
            What::Stored(marks) => write!(f, ": stores {}", marks.join(" ")),
            other => write!(f, ": {other:?}"),
        }
    }
}
