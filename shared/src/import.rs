//! Reading logs out of files. One bad line never loses the rest.
//!
//! A file is read while it comes in: bytes go into a [`Reader`], records come out of it, and no more than
//! one record is held, but for lines of batch files that wait for their partners. Leaves out storage;
//! whether a record is there already is known by its key.

mod field;
mod piece;
mod conversation;
mod answer;
mod call;
mod pairs;
mod batch;
mod langfuse;
mod helicone;
mod litellm;
mod cloudflare;
mod braintrust;
mod opentelemetry;
mod recognise;
pub mod chat_pairs;
pub mod split;

use std::cell::OnceCell;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::call::Call;
use self::split::{Piece, Splitter};
use crate::canonical::{self, Key};
use crate::chat::wire::Wire;
use crate::id::LogId;
use crate::log::{self, Exchange, Log};
use crate::mistake::Mistake;
use crate::moment::Moment;

/// The formats that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `{"request", "response"[, "id", "created"]}` in `OpenAI`'s words.
    ChatPairs,
    /// `{"input", "output"}`.
    InputOutput,
    /// `{"messages"}` whose last message is the answer, as in files for tuning.
    Messages,
    /// Batch input and batch output, joined by `custom_id`.
    Batch,
    Langfuse,
    Helicone,
    Litellm,
    /// Logs of Cloudflare AI Gateway.
    Cloudflare,
    Braintrust,
    /// Spans by the conventions for generative AI.
    Opentelemetry,
}

impl Format {
    /// Every format, for messages and menus.
    pub const ALL: [Self; 10] = [
        Self::ChatPairs,
        Self::InputOutput,
        Self::Messages,
        Self::Batch,
        Self::Langfuse,
        Self::Helicone,
        Self::Litellm,
        Self::Cloudflare,
        Self::Braintrust,
        Self::Opentelemetry,
    ];

    /// Gives the word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::ChatPairs => "chat_pairs",
            Self::InputOutput => "input_output",
            Self::Messages => "messages",
            Self::Batch => "batch",
            Self::Langfuse => "langfuse",
            Self::Helicone => "helicone",
            Self::Litellm => "litellm",
            Self::Cloudflare => "cloudflare",
            Self::Braintrust => "braintrust",
            Self::Opentelemetry => "opentelemetry",
        }
    }

    /// Reads the `format` parameter: none stands for `auto`, which recognises the format by itself.
    ///
    /// # Errors
    /// Names the formats that are known.
    pub fn read(word: &str) -> Result<Option<Self>, Mistake> {
        if word == "auto" {
            return Ok(None);
        }
        let known = Self::ALL.into_iter().find(|format| format.word() == word);
        known.map(Some).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            Mistake::new("?format", format!("unknown format \"{word}\"; known are auto, {words}"))
        })
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

/// The most rejected lines that are named: a file of 25 MB may be nothing else.
pub const MOST_REJECTED: usize = 20_000;

/// The most calls that one record may tell of: they are held together until they are stored.
const MOST_CALLS: usize = 4_000;

/// Reads a file while it comes in.
#[derive(Debug)]
pub struct Reader {
    splitter: Splitter,
    /// The format that the caller named.
    named: Option<Format>,
    /// The format of the first record that was recognised.
    first: Option<Format>,
    feature: Option<String>,
    now: Moment,
    waiting: batch::Waiting,
    ready: VecDeque<Record>,
    rejected: Vec<Rejected>,
    unnamed: u64,
}

impl Reader {
    /// Begins a file.
    ///
    /// `feature` is given to the records that name none, `now` to those without a time.
    pub fn new(format: Option<Format>, feature: Option<&str>, now: Moment) -> Self {
        Self {
            splitter: Splitter::default(),
            named: format,
            first: None,
            feature: feature.map(str::to_owned),
            now,
            waiting: batch::Waiting::default(),
            ready: VecDeque::new(),
            rejected: Vec::new(),
            unnamed: 0,
        }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.splitter.push(bytes);
    }

    /// Ends the file; the last records can be taken then.
    pub fn end(&mut self) {
        self.splitter.end();
    }

    /// Gives the next record that is whole.
    pub fn next_record(&mut self) -> Option<Record> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(record);
            }
            let piece = self.splitter.pop()?;
            self.take(piece);
        }
    }

    /// Gives the bytes of text that are held.
    pub fn held(&self) -> usize {
        self.splitter.held() + self.waiting.held()
    }

    /// Gives the format that was taken, and the lines that were not.
    pub fn close(mut self) -> (Format, Vec<Rejected>) {
        for rejected in self.waiting.give_up() {
            self.reject(rejected.line, rejected.reason);
        }
        self.rejected.sort_by_key(|rejected| rejected.line);
        if let Some(last) = self.rejected.last().filter(|_| self.unnamed > 0) {
            let (line, more) = (last.line, self.unnamed);
            let reason = format!(
                "{more} more records were not taken and are not named here; mend those above and import the file again"
            );
            self.rejected.push(Rejected { line, reason });
        }
        (self.named.or(self.first).unwrap_or(Format::ChatPairs), self.rejected)
    }

    fn take(&mut self, piece: Piece) {
        let Piece { line, place, text } = piece;
        let text = match text {
            Ok(text) => text,
            Err(error) => return self.reject(line, error.to_string()),
        };
        let prefix = place.map(|place| format!("item {place}: ")).unwrap_or_default();
        match parse(&text) {
            Ok(Some(value)) => {
                drop(text); // Reading takes room of its own.
                self.read(line, &prefix, value);
            }
            Ok(None) => {}
            Err(error) => self.reject(line, format!("{prefix}not JSON: {error}")),
        }
    }

    /// Reads a record, or those that it only wraps.
    fn read(&mut self, line: u64, prefix: &str, mut value: Value) {
        let recognised = recognise::of(&value);
        if recognised.is_none()
            && let Some(records) = recognise::wrapped(&mut value)
        {
            for (place, record) in (1..).zip(records) {
                let format = self.named.or_else(|| recognise::of(&record));
                self.read_as(format, line, &format!("{prefix}item {place}: "), record);
            }
            return;
        }
        self.read_as(self.named.or(recognised), line, prefix, value);
    }

    fn read_as(&mut self, format: Option<Format>, line: u64, prefix: &str, value: Value) {
        let Some(format) = format.filter(|_| value.is_object()) else {
            return self.reject(line, format!("{prefix}{}", unknown(&value)));
        };
        self.first = self.first.or(Some(format));
        match format {
            Format::ChatPairs => {
                let exchange = chat_pairs::read(&value, self.now);
                self.add(line, prefix, exchange, || canonical::key(&value));
            }
            Format::Batch => match self.waiting.take(line, value) {
                Ok(None) => {}
                Ok(Some(joined)) => {
                    let call = batch::read(&joined);
                    self.add_call(format, line, prefix, call, || {
                        canonical::key(&[&joined.asked, &joined.answered])
                    });
                }
                Err(mistake) => self.reject(line, format!("{prefix}{}", words(&mistake))),
            },
            Format::Langfuse | Format::Opentelemetry => {
                let calls = if format == Format::Langfuse {
                    langfuse::read(&value)
                } else {
                    opentelemetry::read(&value)
                };
                let content = OnceCell::new();
                for (place, call) in calls.into_iter().enumerate() {
                    if place >= MOST_CALLS {
                        let reason = format!(
                            "{prefix}only the first {MOST_CALLS} calls of it were read; write fewer on a line"
                        );
                        return self.reject(line, reason);
                    }
                    let content = || content.get_or_init(|| canonical::key(&value));
                    self.add_call(format, line, prefix, call, || canonical::key(&json!([content(), place])));
                }
            }
            Format::InputOutput
            | Format::Messages
            | Format::Helicone
            | Format::Litellm
            | Format::Cloudflare
            | Format::Braintrust => {
                let call = match format {
                    Format::InputOutput => pairs::read_input_output(&value),
                    Format::Messages => pairs::read_messages(&value),
                    Format::Helicone => helicone::read(&value),
                    Format::Litellm => litellm::read(&value),
                    Format::Cloudflare => cloudflare::read(&value),
                    _ => braintrust::read(&value),
                };
                self.add_call(format, line, prefix, call, || canonical::key(&value));
            }
        }
    }

    /// Adds a call under the tool's name for it and its time, or under its content where it lacks either.
    fn add_call(
        &mut self,
        format: Format,
        line: u64,
        prefix: &str,
        call: Result<Call, Mistake>,
        content: impl FnOnce() -> Key,
    ) {
        // Numbers that people give by hand come again in other files, but not at the same time.
        let id = call.as_ref().ok().and_then(|call| Some((call.id.clone()?, call.at?)));
        let exchange = call.and_then(|call| call.exchange(self.now));
        self.add(line, prefix, exchange, || match id {
            Some((id, at)) => canonical::key(&json!({"format": format, "id": id, "at": at})),
            None => content(),
        });
    }

    fn add(
        &mut self,
        line: u64,
        prefix: &str,
        exchange: Result<Exchange, Mistake>,
        key: impl FnOnce() -> Key,
    ) {
        let record = exchange.map_err(|mistake| words(&mistake)).and_then(|mut exchange| {
            if exchange.labels.feature.is_none() {
                exchange.labels.feature = self.feature.clone();
            }
            record(key(), exchange)
        });
        match record {
            Ok(record) => self.ready.push_back(record),
            Err(reason) => self.reject(line, format!("{prefix}{reason}")),
        }
    }

    fn reject(&mut self, line: u64, mut reason: String) {
        const LONGEST: usize = 500;
        reason.truncate(reason.floor_char_boundary(LONGEST));
        if self.rejected.len() < MOST_REJECTED {
            self.rejected.push(Rejected { line, reason });
        } else {
            self.unnamed += 1;
        }
    }
}

/// Reads the text of a record; none when it is blank.
fn parse(text: &[u8]) -> Result<Option<Value>, serde_json::Error> {
    // A line that is not text is rejected by its number like any other.
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() { Ok(None) } else { serde_json::from_str(text).map(Some) }
}

fn words(mistake: &Mistake) -> String {
    if mistake.pointer.is_empty() {
        mistake.detail.clone()
    } else {
        format!("{}: {}", mistake.pointer, mistake.detail)
    }
}

/// Says that a record is in no known format.
fn unknown(value: &Value) -> String {
    let Some(members) = value.as_object() else {
        return "a record is a JSON object, such as {\"request\": …, \"response\": …}".to_owned();
    };
    let names: Vec<_> =
        members.keys().take(8).map(|name| name.chars().take(40).collect::<String>()).collect();
    let known = Format::ALL.map(Format::word).join(", ");
    format!("no known format has the members {}; known are {known}; ?format= names one", names.join(", "))
}

fn record(key: Key, exchange: Exchange) -> Result<Record, String> {
    let wire = Wire::of(&exchange.request, &exchange.response);
    let id = LogId::make(exchange.at, &random(&key));
    // A log of the gateway may be of any length; one that is taken from a file is there to be asked again.
    let log = wire.read_request(&exchange.request).and_then(|_| log::describe(id, &exchange));
    let log = log.map_err(|mistake| format!("/request{}: {}", mistake.pointer, mistake.detail))?;
    Ok(Record { key, log, request: exchange.request, response: exchange.response })
}

/// Gives the first ten bytes of a key, so that the same record has the same id.
fn random(key: &Key) -> [u8; 10] {
    let mut digits = key.as_str().bytes().map(|digit| (digit as char).to_digit(16).unwrap_or(0) as u8);
    std::array::from_fn(|_| digits.next().unwrap_or(0) << 4 | digits.next().unwrap_or(0))
}

#[cfg(test)]
mod tests;
