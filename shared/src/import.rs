//! Reading logs out of files. One bad line never loses the rest.
//!
//! Leaves out storage; whether a record is there already is known by its key.

pub mod chat_pairs;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{self, Key};
use crate::id::LogId;
use crate::log::{self, Exchange, Log};
use crate::mistake::Mistake;
use crate::moment::Moment;

/// The formats that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Lines of `{"request", "response"[, "id", "created"]}` in `OpenAI`'s words.
    ChatPairs,
}

impl Format {
    /// Reads the `format` parameter: none stands for `auto`, which recognises the format by itself.
    ///
    /// # Errors
    /// Names the formats that are known.
    pub fn read(word: &str) -> Result<Option<Self>, Mistake> {
        match word {
            "auto" => Ok(None),
            "chat_pairs" => Ok(Some(Self::ChatPairs)),
            _ => {
                Err(Mistake::new("?format", format!("unknown format \"{word}\"; known are auto, chat_pairs")))
            }
        }
    }
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejected {
    /// The number of the line, from 1.
    pub line: u64,
    /// What was wrong with it.
    pub reason: String,
}

/// A record that is ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The same for the same record, whatever file it comes in.
    pub key: Key,
    pub log: Log,
    pub request: Value,
    pub response: Value,
}

/// What a file came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub format: Format,
    pub records: Vec<Record>,
    pub rejected: Vec<Rejected>,
}

/// Reads the lines of a file; blank lines are passed over.
///
/// `feature` is given to the records that name none, `now` to those without a time.
pub fn read<'a>(
    lines: impl Iterator<Item = &'a str>,
    format: Option<Format>,
    feature: Option<&str>,
    now: Moment,
) -> Imported {
    let mut imported =
        Imported { format: format.unwrap_or(Format::ChatPairs), records: Vec::new(), rejected: Vec::new() };
    for (line, text) in (1..).zip(lines) {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        match read_line(text, feature, now) {
            Ok(record) => imported.records.push(record),
            Err(reason) => imported.rejected.push(Rejected { line, reason }),
        }
    }
    imported
}

fn read_line(text: &str, feature: Option<&str>, now: Moment) -> Result<Record, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let mut exchange = chat_pairs::read(&value, now).map_err(|mistake| {
        if mistake.pointer.is_empty() {
            mistake.detail
        } else {
            format!("{}: {}", mistake.pointer, mistake.detail)
        }
    })?;
    if exchange.labels.feature.is_none() {
        exchange.labels.feature = feature.map(str::to_owned);
    }
    record(&value, exchange)
}

fn record(source: &Value, exchange: Exchange) -> Result<Record, String> {
    let bytes = canonical::digest(canonical::write(source).as_bytes());
    let random = bytes.first_chunk::<10>().copied().unwrap_or_default();
    let log = log::describe(LogId::make(exchange.at, &random), &exchange);
    let log = log.map_err(|mistake| format!("/request{}: {}", mistake.pointer, mistake.detail))?;
    Ok(Record { key: canonical::key(source), log, request: exchange.request, response: exchange.response })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(file: &str, expected: Expect) {
        let imported = read(file.lines(), None, Some("fallback"), Moment::from_millis(1_000));
        let mut shown: Vec<_> = imported
            .records
            .iter()
            .map(|record| {
                let log = &record.log;
                format!(
                    "{} {} {:?} {} {:?} {}",
                    log.created_at,
                    log.model,
                    log.feature,
                    log.outcome.word(),
                    log.usage,
                    log.response_preview
                )
            })
            .collect();
        shown.extend(
            imported.rejected.iter().map(|rejected| format!("line {}: {}", rejected.line, rejected.reason)),
        );
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_broken_line_is_rejected_by_number_and_loses_no_other() {
        check(
            concat!(
                r#"{"created":1788224400,"request":{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":{"feature":"natural"}},"response":{"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":2,"completion_tokens":1}}}"#,
                "\n",
                "{\"request\":\n",
                "\n",
                r#"{"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]}}"#,
                "\n",
                r#"{"request":{"model":"m","messages":"Hi"},"response":{}}"#,
                "\n",
                r#"{"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]},"response":"Hello"}"#,
            ),
            expect![[r#"
                2026-09-01T01:00:00.000Z m Some("natural") success Usage { input_tokens: Some(2), output_tokens: Some(1), cached_tokens: None } Hello
                1970-01-01T00:00:01.000Z m Some("fallback") success Usage { input_tokens: None, output_tokens: None, cached_tokens: None } Hello
                line 2: not JSON: EOF while parsing a value at line 1 column 11
                line 4: /response: response is missing; it is the provider's answer
                line 5: /request/messages: messages must be a list"#]],
        );
    }

    #[test]
    fn the_same_record_has_the_same_key_and_id() {
        let line = r#"{"created":1,"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]},"response":"Hello"}"#;
        let other = r#"{"response":"Hello","created":1,"request":{"messages":[{"content":"Hi","role":"user"}],"model":"m"}}"#;
        let records = read([line, other].into_iter(), None, None, Moment::from_millis(0)).records;
        assert_eq!(
            records.iter().map(|record| &record.key).collect::<std::collections::BTreeSet<_>>().len(),
            1
        );
        assert_eq!(records.first().map(|record| &record.log.id), records.last().map(|record| &record.log.id));
    }
}
