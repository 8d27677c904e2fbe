//! Which logs are meant: the one filter that lists, counts, facets, sets and deletion share.
//!
//! Leaves out how it is asked of the database.

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Outcome;
use crate::decimal::Decimal;
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::query::{self, Pairs, Query, pair};

/// A filter over logs; what is unset matches everything.
///
/// In a query string each field is a parameter; in a JSON body the same names are members.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub feature: Option<String>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub outcome: Option<Outcome>,
    pub status: Option<u16>,
    pub user: Option<String>,
    pub session: Option<String>,
    /// Tags that must all have these values; written `tag.name=value`.
    pub tags: Vec<(String, String)>,
    /// The first moment that matches.
    pub from: Option<Moment>,
    /// The first moment that no longer matches.
    pub to: Option<Moment>,
    /// Words that must all occur in the request or the response.
    pub q: Option<String>,
    pub min_latency_ms: Option<u64>,
    pub min_cost_usd: Option<f64>,
}

impl Query for Filter {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self {
            feature: pairs.take("feature")?,
            model: pairs.take("model")?,
            provider: pairs.take("provider")?,
            outcome: pairs.take("outcome")?,
            status: pairs.take("status")?,
            user: pairs.take("user")?,
            session: pairs.take("session")?,
            tags: pairs.take_all("tag."),
            from: pairs.take("from")?,
            to: pairs.take("to")?,
            q: pairs.take("q")?,
            min_latency_ms: pairs.take("min_latency_ms")?,
            min_cost_usd: pairs.take("min_cost_usd")?.map(|Decimal(usd)| usd),
        })
    }

    fn write(&self) -> Vec<(String, String)> {
        let outcome = self.outcome.map(Outcome::word);
        let fields = [
            pair("feature", self.feature.as_ref()),
            pair("model", self.model.as_ref()),
            pair("provider", self.provider.as_ref()),
            pair("outcome", outcome.as_ref()),
            pair("status", self.status.as_ref()),
            pair("user", self.user.as_ref()),
            pair("session", self.session.as_ref()),
            pair("from", self.from.as_ref()),
            pair("to", self.to.as_ref()),
            pair("q", self.q.as_ref()),
            pair("min_latency_ms", self.min_latency_ms.as_ref()),
            pair("min_cost_usd", self.min_cost_usd.as_ref()),
        ];
        let tags = self.tags.iter().map(|(name, value)| (format!("tag.{name}"), value.clone()));
        fields.into_iter().flatten().chain(tags).collect()
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.write())
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// An object of texts: the names are those of the query string.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Filter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = query::names::<Self>();
        let member = |name: &&str| ((*name).to_owned(), serde_json::json!({"type": ["string", "number"]}));
        let properties: serde_json::Map<_, _> =
            names.iter().filter(|name| !name.ends_with('.')).map(member).collect();
        schemars::json_schema!({
            "type": "object",
            "properties": properties,
            "patternProperties": {"^tag\\.": {"type": "string"}},
            "additionalProperties": false,
        })
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Filter;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with the filters of the log list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Filter, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            pairs.push(members.next_value_seed(Member(name))?);
        }
        query::read(pairs).map_err(A::Error::custom)
    }
}

/// One member, read alone first so that the error stands at its place.
struct Member(String);

impl<'de> DeserializeSeed<'de> for Member {
    type Value = (String, String);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Null => String::new(),
            value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(D::Error::custom("a filter is a text or a number"));
            }
        };
        let pair = (self.0, text);
        query::read::<Filter>(vec![pair.clone()]).map_err(D::Error::custom)?;
        Ok(pair)
    }
}

/// Writes the words of a search as an FTS5 expression in which nothing is an operator.
///
/// Words without a letter or digit are not indexed and are left out; none when no word is left.
pub fn match_expression(q: &str) -> Option<String> {
    let words = q.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
    let words: Vec<_> = words.map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    if words.is_empty() { None } else { Some(words.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(json: &str, expected: Expect) {
        let filter = serde_json::from_str::<Filter>(json);
        expected.assert_eq(&filter.map_or_else(
            |error| error.to_string(),
            |filter| {
                assert_eq!(
                    query::read::<Filter>(filter.write()).as_ref(),
                    Ok(&filter),
                    "it reads back as it was written"
                );
                serde_json::to_string(&filter).unwrap_or_default()
            },
        ));
    }

    #[test]
    fn numbers_and_texts_serve() {
        check(
            r#"{"feature": "support", "status": 200, "tag.plan": "pro", "from": "2026-11-01", "min_cost_usd": 0.5}"#,
            expect![[
                r#"{"feature":"support","status":"200","from":"2026-11-01T00:00:00.000Z","min_cost_usd":"0.5","tag.plan":"pro"}"#
            ]],
        );
    }

    #[test]
    fn an_unknown_member_is_named() {
        check(
            r#"{"features": "support"}"#,
            expect![[
                r#"unknown parameter "features"; known are feature, model, provider, outcome, status, user, session, tag., from, to, q, min_latency_ms, min_cost_usd at line 1 column 23"#
            ]],
        );
        check(
            r#"{"outcome": "good"}"#,
            expect![[
                r#"outcome: "good" is no outcome; known are success, empty_output, invalid_request, unauthorized, rate_limited, provider_error, incomplete, timeout, parse_error, client_abort at line 1 column 19"#
            ]],
        );
    }

    #[test]
    fn a_search_has_no_operators() {
        assert_eq!(
            match_expression("refund NOT \"card\" 50%"),
            Some("\"refund\" \"NOT\" \"\"\"card\"\"\" \"50%\"".to_owned())
        );
        assert_eq!(match_expression("% 🙂"), None);
    }
}
