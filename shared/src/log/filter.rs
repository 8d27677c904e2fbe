//! Which logs are meant: the one filter that lists, counts, facets, sets and deletion share.
//!
//! Leaves out how it is asked of the database.

use std::str::FromStr;

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
/// In a query string each field is a parameter; in a JSON body the same names are members, and what stands several
/// times is a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// None, written as an empty value, is what has no feature.
    pub feature: Choice<Option<String>>,
    pub model: Choice<String>,
    /// None, written as an empty value, is what has no provider.
    pub provider: Choice<Option<String>>,
    pub outcome: Choice<Outcome>,
    pub status: Option<u16>,
    pub user: Option<String>,
    pub session: Option<String>,
    /// Tags that must all have these values; written `tag.name=value`.
    pub tags: Vec<(String, String)>,
    /// Tags that must not have these values; written `not.tag.name=value`.
    pub without_tags: Vec<(String, String)>,
    /// The first moment that matches.
    pub from: Option<Moment>,
    /// The first moment that no longer matches.
    pub to: Option<Moment>,
    /// Words that must all occur in the request or the response.
    pub q: Option<String>,
    pub min_latency_ms: Option<u64>,
    pub min_cost_usd: Option<f64>,
}

/// Which values of a field match: one of some, and none of others. Without any, every value does, and none at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// Written `name=value`, as often as there are.
    pub any: Vec<T>,
    /// Written `not.name=value`, as often as there are. What has no value is left out only if that is said.
    pub none: Vec<T>,
}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self { any: Vec::new(), none: Vec::new() }
    }
}

impl<T> Choice<T> {
    /// Chooses one value.
    pub fn of(value: T) -> Self {
        Self { any: vec![value], none: Vec::new() }
    }
}

impl<T: FromStr<Err: std::fmt::Display> + PartialEq> Choice<T> {
    fn take(pairs: &mut Pairs, any: &'static str, none: &'static str) -> Result<Self, Mistake> {
        Ok(Self { any: pairs.take_each(any)?, none: pairs.take_each(none)? })
    }
}

impl Choice<Option<String>> {
    fn take_or_none(pairs: &mut Pairs, any: &'static str, none: &'static str) -> Result<Self, Mistake> {
        Ok(Self { any: pairs.take_each_or_none(any)?, none: pairs.take_each_or_none(none)? })
    }
}

/// Writes a choice; `word` gives a value's text.
fn chosen<T>(name: &str, choice: &Choice<T>, word: impl Fn(&T) -> String) -> Vec<(String, String)> {
    let any = choice.any.iter().map(|value| (name.to_owned(), word(value)));
    let none = choice.none.iter().map(|value| (format!("not.{name}"), word(value)));
    any.chain(none).collect()
}

impl Query for Filter {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self {
            feature: Choice::take_or_none(pairs, "feature", "not.feature")?,
            model: Choice::take(pairs, "model", "not.model")?,
            provider: Choice::take_or_none(pairs, "provider", "not.provider")?,
            outcome: Choice::take(pairs, "outcome", "not.outcome")?,
            status: pairs.take("status")?,
            user: pairs.take("user")?,
            session: pairs.take("session")?,
            tags: pairs.take_all("tag."),
            without_tags: pairs.take_all("not.tag."),
            from: pairs.take("from")?,
            to: pairs.take("to")?,
            q: pairs.take("q")?,
            min_latency_ms: pairs.take("min_latency_ms")?,
            min_cost_usd: pairs.take("min_cost_usd")?.map(|Decimal(usd)| usd),
        })
    }

    fn write(&self) -> Vec<(String, String)> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let choices = [
            chosen("feature", &self.feature, text),
            chosen("model", &self.model, String::clone),
            chosen("provider", &self.provider, text),
            chosen("outcome", &self.outcome, |outcome| outcome.word().to_owned()),
        ];
        let fields = [
            pair("status", self.status.as_ref()),
            pair("user", self.user.as_ref()),
            pair("session", self.session.as_ref()),
            pair("from", self.from.as_ref()),
            pair("to", self.to.as_ref()),
            pair("q", self.q.as_ref()),
            pair("min_latency_ms", self.min_latency_ms.as_ref()),
            pair("min_cost_usd", self.min_cost_usd.as_ref()),
        ];
        let named = |prefix: &str, tags: &[(String, String)]| -> Vec<_> {
            tags.iter().map(|(name, value)| (format!("{prefix}{name}"), value.clone())).collect()
        };
        let tags = named("tag.", &self.tags).into_iter().chain(named("not.tag.", &self.without_tags));
        choices.into_iter().flatten().chain(fields.into_iter().flatten()).chain(tags).collect()
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serde_json::Map::new();
        for (name, value) in self.write() {
            let value = Value::String(value);
            match members.get_mut(&name) {
                None => _ = members.insert(name, value),
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// An object of texts, or of lists of them: the names are those of the query string.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Filter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = query::names::<Self>();
        let one = serde_json::json!({"type": ["string", "number"]});
        let may_lack = serde_json::json!({"type": ["string", "array", "null"], "items": {"type": ["string", "null"]}, "maxItems": query::MOST_VALUES,
            "description": "Null, or an empty text, stands for logs without one."});
        let several = serde_json::json!({"type": ["string", "array"], "items": {"type": "string"}, "maxItems": query::MOST_VALUES});
        let member = |name: &&str| {
            let bare = name.trim_start_matches("not.");
            let is_choice = names.contains(&format!("not.{bare}").as_str());
            let schema = match bare {
                "feature" | "provider" => &may_lack,
                _ if is_choice => &several,
                _ => &one,
            };
            ((*name).to_owned(), schema.clone())
        };
        let properties: serde_json::Map<_, _> =
            names.iter().filter(|name| !name.ends_with('.')).map(member).collect();
        schemars::json_schema!({
            "type": "object",
            "properties": properties,
            "patternProperties": {"^(not\\.)?tag\\.": {"type": ["string", "array"], "items": {"type": "string"}}},
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
            pairs.extend(members.next_value_seed(Member(name))?);
        }
        query::read(pairs).map_err(A::Error::custom)
    }
}

/// Tells whether a member may be a list.
fn takes_several(name: &str) -> bool {
    let field = name.strip_prefix("not.").unwrap_or(name);
    ["feature", "model", "provider", "outcome"].contains(&field) || field.starts_with("tag.")
}

/// Tells whether logs may lack what a member is about: then null, or an empty text, asks for those.
fn may_lack(name: &str) -> bool {
    let field = name.strip_prefix("not.").unwrap_or(name);
    ["feature", "provider"].contains(&field)
}

/// Tells whether an empty text is a value of a member: the text of a tag may be empty.
fn may_be_empty(name: &str) -> bool {
    may_lack(name) || name.strip_prefix("not.").unwrap_or(name).starts_with("tag.")
}

/// One member, read alone first so that the error stands at its place.
struct Member(String);

impl<'de> DeserializeSeed<'de> for Member {
    type Value = Vec<(String, String)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let values = match Value::deserialize(deserializer)? {
            Value::Array(values) if takes_several(&self.0) => {
                // An empty list is no wish for everything, least of all where logs are deleted.
                if values.is_empty() {
                    return Err(D::Error::custom(
                        "a list has at least one value; leave the member out to match all",
                    ));
                }
                values
            }
            value => vec![value],
        };
        let text = |value| match value {
            // Nothing is no wish for everything either.
            Value::Null if !may_lack(&self.0) => Err(D::Error::custom(
                "null is no value here; write what is to match, or leave the member out to match all",
            )),
            Value::String(text) if text.is_empty() && !may_be_empty(&self.0) => Err(D::Error::custom(
                "an empty text is no value here; write what is to match, or leave the member out to match all",
            )),
            Value::String(text) => Ok(text),
            Value::Null => Ok(String::new()),
            value @ (Value::Number(_) | Value::Bool(_)) => Ok(value.to_string()),
            Value::Array(_) | Value::Object(_) => {
                Err(D::Error::custom("a filter is a text, a number or a list of texts"))
            }
        };
        let pairs = values.into_iter().map(|value| Ok((self.0.clone(), text(value)?)));
        let pairs = pairs.collect::<Result<Vec<_>, D::Error>>()?;
        query::read::<Filter>(pairs.clone()).map_err(D::Error::custom)?;
        Ok(pairs)
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
    fn an_empty_value_is_what_has_none_where_that_can_be() {
        check(
            r#"{"feature": null, "not.provider": "", "tag.plan": ""}"#,
            expect![[r#"{"feature":"","not.provider":"","tag.plan":""}"#]],
        );
        check(r#"{"feature": ["support", ""]}"#, expect![[r#"{"feature":["support",""]}"#]]);
    }

    #[test]
    fn nothing_is_no_value_elsewhere() {
        for json in [
            r#"{"model": null}"#,
            r#"{"not.model": [null]}"#,
            r#"{"user": null}"#,
            r#"{"from": null}"#,
            r#"{"min_cost_usd": null}"#,
            r#"{"tag.plan": null}"#,
        ] {
            let said = serde_json::from_str::<Filter>(json).expect_err(json).to_string();
            assert!(said.starts_with("null is no value here; write what is to match"), "{json}: {said}");
        }
        for json in [r#"{"model": ""}"#, r#"{"outcome": ["success", ""]}"#, r#"{"q": ""}"#, r#"{"to": ""}"#] {
            let said = serde_json::from_str::<Filter>(json).expect_err(json).to_string();
            assert!(said.starts_with("an empty text is no value here"), "{json}: {said}");
        }
        check("{}", expect!["{}"]);
    }

    #[test]
    fn several_values_are_a_list_and_others_are_left_out() {
        check(
            r#"{"feature": ["support", "code"], "not.model": "m", "not.outcome": ["timeout"], "tag.plan": "pro", "not.tag.plan": ["a", "b"]}"#,
            expect![[
                r#"{"feature":["support","code"],"not.model":"m","not.outcome":"timeout","tag.plan":"pro","not.tag.plan":["a","b"]}"#
            ]],
        );
        check(
            r#"{"feature": []}"#,
            expect!["a list has at least one value; leave the member out to match all at line 1 column 15"],
        );
        check(
            r#"{"feature": [["a"]]}"#,
            expect!["a filter is a text, a number or a list of texts at line 1 column 20"],
        );
        check(
            r#"{"not.status": 200}"#,
            expect![[
                r#"unknown parameter "not.status"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd at line 1 column 19"#
            ]],
        );
        check(
            r#"{"q": ["a", "b"]}"#,
            expect!["a filter is a text, a number or a list of texts at line 1 column 17"],
        );
    }

    #[test]
    fn an_unknown_member_is_named() {
        check(
            r#"{"features": "support"}"#,
            expect![[
                r#"unknown parameter "features"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd at line 1 column 23"#
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
