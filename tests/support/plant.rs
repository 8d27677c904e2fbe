//! Bugs that are planted between the engine and its ports, to see that the simulation finds them.
//!
//! Each does to the database what an engine with that mistake would do. Leaves out how they are found.

use edge::ports::{Bound, Row, Statement};
use serde_json::{Value, json};

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// Now and then an outcome is not written.
    DropsAnOutcome,
    /// An outcome that was written is removed again.
    UndoesAnOutcome,
    /// An item gets an outcome of an attempt that was never made.
    WritesAnother,
    /// What is stored is not looked up.
    HidesFacts,
    /// Now and then a judgement is not written.
    ForgetsAJudgement,
    /// What calls came to is added up twice.
    CountsTwice,
    /// That a run was paused is not noticed.
    CallsWhilePaused,
    /// What was spent is not noticed.
    SpendsOn,
    /// A slice takes itself to be allowed three times as much.
    GoesOn,
}

pub const ALL: [Plant; 9] = [
    Plant::DropsAnOutcome,
    Plant::UndoesAnOutcome,
    Plant::WritesAnother,
    Plant::HidesFacts,
    Plant::ForgetsAJudgement,
    Plant::CountsTwice,
    Plant::CallsWhilePaused,
    Plant::SpendsOn,
    Plant::GoesOn,
];

impl Plant {
    /// Spoils what is about to be run. `turn` counts how often that was done.
    pub fn spoil(self, mut statements: Vec<Statement>, turn: usize) -> Vec<Statement> {
        let now_and_then = turn.is_multiple_of(5);
        let outcomes = place(&statements, "INSERT INTO outcome ");
        match self {
            Self::DropsAnOutcome if now_and_then => shorten(&mut statements, "INSERT INTO outcome "),
            Self::ForgetsAJudgement if now_and_then => shorten(&mut statements, "INSERT INTO judgement "),
            Self::UndoesAnOutcome if now_and_then && outcomes.is_some() => {
                let text = "DELETE FROM outcome WHERE (run_id, item_id) IN (SELECT run_id, item_id FROM outcome LIMIT 1)";
                statements.insert(0, Statement::new(text, []));
            }
            Self::WritesAnother => {
                if let Some(place) = outcomes {
                    let mut another = statements[place].clone();
                    edit(&mut another, |list| {
                        list.truncate(1);
                        list[0]["attempt"] = json!(2);
                    });
                    statements.insert(place, another);
                }
            }
            Self::CountsTwice => {
                if let Some(place) = place(&statements, "INSERT INTO run_spend ") {
                    statements.push(statements[place].clone());
                }
            }
            Self::CallsWhilePaused => {
                for statement in statements.iter_mut().filter(|one| one.sql.starts_with("UPDATE run_item")) {
                    edit(statement, |list| list.push(json!("paused")));
                }
            }
            _ => {}
        }
        statements
    }

    /// Spoils what came back of a statement.
    pub fn hide(self, sql: &str, rows: &mut Vec<Row>) {
        match self {
            Self::HidesFacts if sql.contains(" FROM completion ") || sql.contains(" FROM judgement ") => {
                rows.clear();
            }
            Self::CallsWhilePaused => {
                for row in rows {
                    if row.get("kind") == Some(&json!("paused")) {
                        row.insert("kind".to_owned(), json!("started"));
                    }
                    let event = row.get("event").and_then(Value::as_str).unwrap_or_default();
                    if event.contains("\"paused\"") {
                        row.insert("event".to_owned(), json!(r#"{"kind":"started"}"#));
                    }
                }
            }
            Self::SpendsOn => {
                for row in rows {
                    for (column, usd) in [("reserved_usd", 1.0), ("spent_usd", 0.0), ("cost_usd", 0.0)] {
                        if row.contains_key(column) {
                            row.insert(column.to_owned(), json!(usd));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Gives what a slice takes itself to be allowed.
    pub fn limit(self, limit: u32) -> u32 {
        if self == Self::GoesOn { limit * 3 } else { limit }
    }
}

fn place(statements: &[Statement], begins: &str) -> Option<usize> {
    statements.iter().position(|statement| statement.sql.starts_with(begins))
}

/// Takes the last row out of the list that a statement writes.
fn shorten(statements: &mut [Statement], begins: &str) {
    if let Some(place) = place(statements, begins) {
        edit(&mut statements[place], |list| _ = list.pop());
    }
}

/// Changes the list among a statement's values.
fn edit(statement: &mut Statement, change: impl FnOnce(&mut Vec<Value>)) {
    for value in &mut statement.values {
        if let Bound::Text(text) = value
            && let Ok(mut list) = serde_json::from_str::<Vec<Value>>(text)
        {
            change(&mut list);
            *text = json!(list).to_string();
            return;
        }
    }
}
