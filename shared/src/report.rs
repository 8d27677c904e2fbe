//! Reports: what came of a run as a file, for people and for programs.
//!
//! Out of a run, its summary and its results as lists have them: no bodies, only previews. What is in them
//! was written by users and models, so each format escapes whatever it would take for its own.

pub mod csv;
pub mod items;
pub mod jsonl;
pub mod junit;
pub mod logs;
pub mod markdown;
pub mod pairs;
#[cfg(test)]
mod sample;

use serde::Serialize;

use crate::outcome::Row;
use crate::run::Run;
use crate::score::MeanLevel;
use crate::scorer::result::Mark;
use crate::summary::Summary;

/// What a document is written out of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    pub run: &'a Run,
    pub summary: &'a Summary,
    /// The results, the worst first.
    pub rows: &'a [Row],
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: the verdict, the numbers and the low-scoring items.
    #[default]
    Markdown,
    /// For CI.
    Junit,
    /// For spreadsheets.
    Csv,
    /// For programs.
    Jsonl,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Markdown, Self::Junit, Self::Csv, Self::Jsonl];

    /// Gives the media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Junit => "application/xml",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl",
        }
    }

    /// Gives the ending of a file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Junit => "xml",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let format = Self::ALL.into_iter().find(|format| format.word() == word);
        format.ok_or_else(|| format!("\"{word}\" is no format; known are markdown, junit, csv, jsonl"))
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// A report that is written as a whole: whoever writes it holds every result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Markdown,
    Junit,
}

impl Document {
    /// Writes it.
    pub fn write(self, report: &Report<'_>) -> String {
        match self {
            Self::Markdown => markdown::write(report),
            Self::Junit => junit::write(report),
        }
    }

    /// Gives what people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "Markdown",
            Self::Junit => "JUnit",
        }
    }
}

/// A report with a part for each result: it can be written some results at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// With columns for the criteria and the scorers of these names; `bom` puts a byte order mark before them.
    Csv {
        criteria: Vec<String>,
        scorers: Vec<String>,
        bom: bool,
    },
    Jsonl,
}

impl Rows {
    /// Writes what comes before the first result.
    pub fn head(&self) -> String {
        match self {
            Self::Csv { criteria, scorers, bom } => {
                let mark = bom.then_some(csv::BYTE_ORDER_MARK);
                mark.into_iter().collect::<String>() + &csv::head(criteria, scorers)
            }
            Self::Jsonl => String::new(),
        }
    }

    /// Writes some results, in their order.
    pub fn write(&self, rows: &[Row]) -> String {
        match self {
            Self::Csv { criteria, scorers, .. } => csv::write(rows, criteria, scorers),
            Self::Jsonl => jsonl::write(rows),
        }
    }
}

/// Gives a scorer's mark in a word.
fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Scored { passed: true, .. } => "pass",
        Mark::Scored { passed: false, .. } => "fail",
        Mark::Skipped => "skipped",
        Mark::Error => "error",
    }
}

/// Gives the word that stands for something on the wire.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Rounds a score to millionths, which is what scores are compared in: a sum of a few may be a hair off.
fn millionths(number: f64) -> f64 {
    (number * 1e6).round() / 1e6 + 0.0
}

/// Writes a level, to two decimals where it is not whole.
fn level(level: MeanLevel) -> String {
    ((level.value() * 100.0).round() / 100.0).to_string()
}
