//! What a log must not keep: keys, tokens, e-mail addresses, telephones, cards, accounts, and what a team adds.
//!
//! Each is replaced by a mark such as `[email]` before anything is stored, in every text of a request and an answer,
//! names of members too, and in tags. The label `user` keeps an address or a telephone: it is the caller's own name
//! for a person, by which their logs are found. Names of models and providers and the ids of bodies lose keys and tokens
//! alone, as they may hold digits of any kind. Numbers in JSON stay as they are. Leaves out names of people and places: no
//! rule finds those without a model.

mod email;
mod found;
mod iban;
mod key;
mod number;
mod pem;
mod scan;
mod token;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::import::Record;
use crate::log::{Exchange, Labels, Log};
use crate::scorer::pattern::Pattern;

/// What is found without being told how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Keys of providers and services, private keys, passwords in addresses.
    Key,
    /// Tokens of bearers and JSON Web Tokens.
    Token,
    Email,
    Phone,
    /// Payment cards.
    Card,
    /// International bank account numbers.
    Iban,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Key, Self::Token, Self::Email, Self::Phone, Self::Card, Self::Iban];
}

/// Takes a secret that is known out of a text, however it looks; an empty one is none.
pub fn hush(text: &mut String, secret: &str) {
    if !secret.is_empty() && text.contains(secret) {
        *text = text.replace(secret, scan::mark(Kind::Key));
    }
}

/// Takes a secret that is known out of every text of a value, and out of its members' names.
pub fn hush_all(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => hush(text, secret),
        Value::Array(values) => values.iter_mut().for_each(|value| hush_all(value, secret)),
        Value::Object(members) => {
            members.values_mut().for_each(|value| hush_all(value, secret));
            if !secret.is_empty() && members.keys().any(|name| name.contains(secret)) {
                let named = std::mem::take(members).into_iter().map(|(mut name, value)| {
                    hush(&mut name, secret);
                    (name, value)
                });
                *members = named.collect();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The kinds that are looked for.
pub type Kinds = BTreeSet<Kind>;

/// The most patterns that are looked for: each takes time for every byte that is logged.
pub const MOST_PATTERNS: usize = 16;

/// The most bytes of a pattern.
pub const LONGEST_PATTERN: usize = 200;

/// The most characters of the name of a pattern.
pub const LONGEST_NAME: usize = 32;

/// A pattern that a team adds; what it finds becomes its name in brackets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Custom {
    pub name: Mark,
    pub pattern: Wanted,
}

/// The name of a pattern: small letters, digits, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Mark(String);

/// A pattern of a length that is quick to look for, and that does not fit nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Pattern", into = "Pattern")]
pub struct Wanted(Pattern);

/// The patterns that a team adds, in the order in which they are looked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Custom>", into = "Vec<Custom>")]
pub struct Patterns(Vec<Custom>);

/// Why a pattern is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwanted {
    #[error(
        "\"{0}\" is no name of a pattern; it must be 1 to {LONGEST_NAME} of a-z, 0-9, - and _, such as order-number"
    )]
    Name(String),
    #[error("a pattern has at most {LONGEST_PATTERN} bytes here, not {0}")]
    TooLong(usize),
    #[error(
        "the pattern fits the empty text, and so everywhere; write one that needs at least one character"
    )]
    Empty,
    #[error("there may be at most {MOST_PATTERNS} patterns, not {0}")]
    TooMany(usize),
    #[error("two patterns are named \"{0}\"; give each a name of its own")]
    Twice(String),
}

impl TryFrom<String> for Mark {
    type Error = Unwanted;

    fn try_from(name: String) -> Result<Self, Unwanted> {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(fits) {
            return Err(Unwanted::Name(name));
        }
        Ok(Self(name))
    }
}

impl From<Mark> for String {
    fn from(mark: Mark) -> Self {
        mark.0
    }
}

impl TryFrom<Pattern> for Wanted {
    type Error = Unwanted;

    fn try_from(pattern: Pattern) -> Result<Self, Unwanted> {
        let text = String::from(pattern.clone());
        if text.len() > LONGEST_PATTERN {
            return Err(Unwanted::TooLong(text.len()));
        }
        // One that does not work is refused where the pattern is read.
        if pattern.is_in("").unwrap_or(false) {
            return Err(Unwanted::Empty);
        }
        Ok(Self(pattern))
    }
}

impl From<Wanted> for Pattern {
    fn from(wanted: Wanted) -> Self {
        wanted.0
    }
}

impl TryFrom<Vec<Custom>> for Patterns {
    type Error = Unwanted;

    fn try_from(patterns: Vec<Custom>) -> Result<Self, Unwanted> {
        if patterns.len() > MOST_PATTERNS {
            return Err(Unwanted::TooMany(patterns.len()));
        }
        let mut names = BTreeSet::new();
        match patterns.iter().find(|custom| !names.insert(custom.name.0.as_str())) {
            Some(custom) => Err(Unwanted::Twice(custom.name.0.clone())),
            None => Ok(Self(patterns)),
        }
    }
}

impl From<Patterns> for Vec<Custom> {
    fn from(patterns: Patterns) -> Self {
        patterns.0
    }
}

/// What is taken out of what is logged. At first everything that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Redaction {
    pub enabled: bool,
    pub kinds: Kinds,
    pub patterns: Patterns,
}

impl Default for Redaction {
    fn default() -> Self {
        Self { enabled: true, kinds: Kind::ALL.into(), patterns: Patterns::default() }
    }
}

/// Members that name things rather than say something, in the outermost object of a body.
const NAMES: [&str; 3] = ["id", "model", "object"];

impl Redaction {
    /// Takes out of a text what must not be kept.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.enabled { self.without(text, &self.kinds) } else { Cow::Borrowed(text) }
    }

    /// Takes keys and tokens out of what names a thing, and what a team's own patterns find.
    fn name(&self, name: String) -> String {
        let kinds = self.kinds.iter().copied().filter(|kind| matches!(kind, Kind::Key | Kind::Token));
        match self.without(&name, &kinds.collect()) {
            Cow::Owned(marked) => marked,
            Cow::Borrowed(_) => name,
        }
    }

    fn without<'t>(&self, text: &'t str, kinds: &Kinds) -> Cow<'t, str> {
        let marked =
            self.patterns.0.iter().fold(Cow::Borrowed(text), |text, custom| match custom.marked(&text) {
                Some(marked) => Cow::Owned(marked),
                None => text,
            });
        match marked {
            Cow::Borrowed(text) => scan::replaced(text, kinds),
            Cow::Owned(text) => Cow::Owned(scan::replaced(&text, kinds).into_owned()),
        }
    }

    /// Takes it out of every text of an exchange.
    #[must_use]
    pub fn exchange(&self, exchange: Exchange) -> Exchange {
        if !self.enabled {
            return exchange;
        }
        Exchange {
            request: self.body(exchange.request),
            response: self.body(exchange.response),
            labels: self.labels(exchange.labels),
            provider: exchange.provider.map(|provider| self.name(provider)),
            ..exchange
        }
    }

    /// Takes it out of every text of a record. Its key stays: the same record is known again.
    #[must_use]
    pub fn record(&self, record: Record) -> Record {
        if !self.enabled {
            return record;
        }
        let Record { key, log, request, response } = record;
        let (request, response) = (self.body(request), self.body(response));
        let labels = Labels { feature: log.feature, user: log.user, session: log.session, tags: log.tags };
        let Labels { feature, user, session, tags } = self.labels(labels);
        let (model, provider) = (self.name(log.model), log.provider.map(|provider| self.name(provider)));
        let mut log = Log { feature, user, session, tags, model, provider, ..log };
        log.preview_again(&request, &response);
        Record { key, log, request, response }
    }

    fn labels(&self, labels: Labels) -> Labels {
        let own = |text: String| self.text(&text).into_owned();
        let of_user = Kinds::from_iter(
            self.kinds.iter().copied().filter(|kind| !matches!(kind, Kind::Email | Kind::Phone)),
        );
        Labels {
            feature: labels.feature.map(own),
            user: labels.user.map(|user| self.without(&user, &of_user).into_owned()),
            session: labels.session.map(own),
            tags: labels.tags.into_iter().map(|(name, text)| (own(name), own(text))).collect(),
        }
    }

    fn body(&self, body: Value) -> Value {
        let Value::Object(members) = body else { return self.value(body) };
        Value::Object(self.members(members, |name, value| match value {
            Value::String(text) if NAMES.contains(&name) => Value::String(self.name(text)),
            other => self.value(other),
        }))
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(match self.text(&text) {
                Cow::Owned(marked) => marked,
                Cow::Borrowed(_) => text,
            }),
            Value::Array(values) => values.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(members) => Value::Object(self.members(members, |_, value| self.value(value))),
            other => other,
        }
    }

    fn members(
        &self,
        members: Map<String, Value>,
        marked_value: impl Fn(&str, Value) -> Value,
    ) -> Map<String, Value> {
        let mut marked = Map::with_capacity(members.len());
        for (name, value) in members {
            let value = marked_value(&name, value);
            let name = match self.text(&name) {
                Cow::Borrowed(_) => name,
                Cow::Owned(mark) => free(mark, &marked),
            };
            marked.insert(name, value);
        }
        marked
    }
}

/// Gives a name that no member has yet: two addresses that were names must not become one.
fn free(name: String, taken: &Map<String, Value>) -> String {
    if !taken.contains_key(&name) {
        return name;
    }
    let numbered = (2..).map(|number| format!("{name} {number}"));
    numbered.take(taken.len() + 1).find(|name| !taken.contains_key(name)).unwrap_or(name)
}

impl Custom {
    /// Puts the name in the place of what the pattern finds; none when it finds nothing.
    fn marked(&self, text: &str) -> Option<String> {
        let regex = self.pattern.0.compiled().ok()?;
        let (mut marked, mut kept) = (String::new(), 0);
        for found in regex.find_iter(text).filter(|found| !found.is_empty()) {
            marked.push_str(text.get(kept..found.start())?);
            marked.push_str(&format!("[{}]", self.name.0));
            kept = found.end();
        }
        if kept == 0 {
            return None;
        }
        marked.push_str(text.get(kept..)?);
        Some(marked)
    }
}

#[cfg(test)]
mod tests;
