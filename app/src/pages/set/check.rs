//! A scorer while it is being written: which fields its type has, what was typed, and reading it.

use leptos::prelude::*;
use serde_json::{Map, Value};
use shared::api::sets::SetChange;
use shared::json;
use shared::mistake::Mistake;
use shared::scorer::kind::Kind;
use shared::scorer::{Scorer, Scorers};

use super::editor;
use crate::cell::Cell;
use crate::wording;

/// How a member of a scorer is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    /// One text a line.
    Lines,
    Json,
    Number,
    /// A box to tick.
    Yes,
}

/// A field of a scorer.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The member of the scorer's JSON.
    pub member: &'static str,
    pub form: Form,
    pub title: &'static str,
    /// What holds while it is empty.
    pub usual: &'static str,
}

const fn field(member: &'static str, form: Form, title: &'static str, usual: &'static str) -> Field {
    Field { member, form, title, usual }
}

const ORIGINAL: &str = "the original response";
const THRESHOLD: Field = field("threshold", Form::Number, "Passes from, 0 to 1", "usual");
const SCHEMA: Field = field("schema", Form::Json, "JSON Schema (optional)", "{\"type\": \"object\"}");
const MIN: Field = field("min", Form::Number, "At least", "no limit");
const MAX: Field = field("max", Form::Number, "At most", "no limit");

/// Gives the fields of a type, beside those that all have.
pub fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Contains | Kind::Icontains | Kind::StartsWith => {
            const { &[field("value", Form::Text, "Text", "")] }
        }
        Kind::ContainsAll | Kind::ContainsAny | Kind::IcontainsAll | Kind::IcontainsAny => {
            const { &[field("value", Form::Lines, "Texts, one a line", "")] }
        }
        Kind::Equals => {
            const {
                &[
                    field("value", Form::Text, "Text (optional)", ORIGINAL),
                    field("ignore_case", Form::Yes, "Whatever the case", ""),
                ]
            }
        }
        Kind::Regex => const { &[field("pattern", Form::Text, "Regular expression", "")] },
        Kind::IsJson => {
            const { &[SCHEMA, field("allow_fence", Form::Yes, "A code fence around the whole does no harm", "")] }
        }
        Kind::ContainsJson => const { &[SCHEMA] },
        Kind::JsonDiff | Kind::SameJsonShape | Kind::ListContains => {
            const { &[field("value", Form::Json, "JSON to compare with (optional)", ORIGINAL), THRESHOLD] }
        }
        Kind::NumericDiff => {
            const {
                &[
                    field("value", Form::Number, "Number to compare with (optional)", "the original"),
                    THRESHOLD,
                ]
            }
        }
        Kind::Levenshtein
        | Kind::FuzzyMatch
        | Kind::Rouge1
        | Kind::Rouge2
        | Kind::RougeL
        | Kind::TokenF1
        | Kind::Chrf
        | Kind::Gleu
        | Kind::Bleu
        | Kind::BleuSimple => {
            const { &[field("value", Form::Text, "Text to compare with (optional)", ORIGINAL), THRESHOLD] }
        }
        Kind::WordCount | Kind::CharCount => const { &[MIN, MAX] },
        Kind::LengthRatio => {
            const {
                &[
                    field("min", Form::Number, "At least, times the original", "0.5"),
                    field("max", Form::Number, "At most, times the original", "2"),
                ]
            }
        }
        Kind::FinishReason => {
            const {
                &[field(
                    "value",
                    Form::Lines,
                    "Reasons, one a line: stop, length, content_filter, tool_calls",
                    "stop",
                )]
            }
        }
        Kind::ToolF1 => {
            const {
                &[
                    field(
                        "value",
                        Form::Lines,
                        "Names of tools, one a line (optional)",
                        "those of the original",
                    ),
                    THRESHOLD,
                ]
            }
        }
        Kind::ToolArguments => {
            const {
                &[
                    field(
                        "value",
                        Form::Json,
                        "Calls as JSON (optional)",
                        "[{\"name\": \"find\", \"arguments\": {\"id\": 1}}]",
                    ),
                    field("exact", Form::Yes, "No other arguments than these", ""),
                    field(
                        "ignore",
                        Form::Lines,
                        "Arguments that do not count, one a line (optional)",
                        "*_id",
                    ),
                    field(
                        "defaults",
                        Form::Json,
                        "Arguments that are the same as left out (optional)",
                        "{\"limit\": 10}",
                    ),
                    THRESHOLD,
                ]
            }
        }
        Kind::Latency => const { &[field("max_ms", Form::Number, "At most, in milliseconds", "")] },
        Kind::Cost => const { &[field("max_usd", Form::Number, "At most, in US dollars", "")] },
        Kind::LatencyRatio | Kind::CostRatio => {
            const { &[field("max", Form::Number, "At most, times the original", "")] }
        }
        Kind::IsRefusal | Kind::RefusalChanged | Kind::LanguageSame | Kind::IsValidToolCall | Kind::Error => {
            &[]
        }
    }
}

/// Every member that some type has a field for.
const MEMBERS: [&str; 12] = [
    "value",
    "pattern",
    "schema",
    "ignore_case",
    "allow_fence",
    "min",
    "max",
    "max_ms",
    "max_usd",
    "exact",
    "ignore",
    "defaults",
];

/// One scorer as typed.
#[derive(Clone, Copy)]
pub struct Draft {
    number: u32,
    pub kind: Cell<Kind>,
    pub name: RwSignal<String>,
    pub weight: RwSignal<String>,
    pub not: RwSignal<bool>,
    threshold: RwSignal<String>,
    /// What is typed for each of the members.
    members: [RwSignal<String>; MEMBERS.len()],
}

impl editor::Draft for Draft {
    fn empty(number: u32) -> Self {
        Self {
            number,
            kind: Cell::new(Kind::Contains),
            name: RwSignal::default(),
            weight: RwSignal::default(),
            not: RwSignal::new(false),
            threshold: RwSignal::default(),
            members: std::array::from_fn(|_| RwSignal::default()),
        }
    }

    fn number(self) -> u32 {
        self.number
    }

    fn called(self) -> String {
        wording::set::part("The scorer", &self.name.get())
    }
}

impl Draft {
    /// Starts from a scorer.
    pub fn of(number: u32, scorer: &Scorer) -> Self {
        let draft: Self = editor::Draft::empty(number);
        let kind = Kind::of(&scorer.check);
        draft.kind.set(kind);
        draft.not.set(scorer.not);
        let Ok(Value::Object(members)) = serde_json::to_value(scorer) else { return draft };
        let text =
            |member: &str| members.get(member).map(|value| type_out(kind, member, value)).unwrap_or_default();
        draft.name.set(text("name"));
        draft.weight.set(text("weight"));
        draft.threshold.set(text("threshold"));
        for (member, typed) in MEMBERS.iter().zip(draft.members) {
            typed.set(text(member));
        }
        draft
    }

    /// Gives what is typed for a member.
    pub fn typed(self, member: &str) -> Option<RwSignal<String>> {
        if member == "threshold" {
            return Some(self.threshold);
        }
        MEMBERS.iter().position(|known| *known == member).and_then(|place| self.members.get(place).copied())
    }

    /// Reads what is typed, as it changes.
    ///
    /// # Errors
    /// Says what does not fit, by its place in the scorer.
    pub fn read(self) -> Result<Scorer, Mistake> {
        let kind = self.kind.get();
        let mut members =
            vec![("name", Form::Text, self.name.get()), ("weight", Form::Number, self.weight.get())];
        for field in fields(kind) {
            let typed = self.typed(field.member).map(|typed| typed.get()).unwrap_or_default();
            members.push((field.member, field.form, typed));
        }
        read_one(kind, self.not.get(), &members)
    }
}

/// Writes a value as it is typed.
fn type_out(kind: Kind, member: &str, value: &Value) -> String {
    let form = fields(kind).iter().find(|field| field.member == member).map(|field| field.form);
    match (form, value) {
        (Some(Form::Lines), Value::Array(lines)) => {
            lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        (Some(Form::Json), value) => value.to_string(),
        (_, Value::String(text)) => text.clone(),
        // A weight of 1.0 is typed as 1.
        (_, Value::Number(number)) => number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
        (_, value) => value.to_string(),
    }
}

fn read_one(kind: Kind, not: bool, members: &[(&'static str, Form, String)]) -> Result<Scorer, Mistake> {
    let mut object = Map::new();
    object.insert("type".to_owned(), kind.word().into());
    if not {
        object.insert("not".to_owned(), true.into());
    }
    for (member, form, typed) in members.iter().filter(|(.., typed)| !typed.trim().is_empty()) {
        let value = value(*form, typed).map_err(|detail| Mistake::new(format!("/{member}"), detail))?;
        object.insert((*member).to_owned(), value);
    }
    json::of::<_, serde_json::Error>(Value::Object(object)).map_err(|error| {
        let detail = error.to_string();
        let names = |member: &&str| {
            detail.contains(&format!("\"{member}\"")) || detail.contains(&format!("the {member}"))
        };
        let member = members.iter().map(|(member, ..)| *member).find(names);
        let is_weight = detail.contains("not a weight").then_some("weight");
        let pointer = member.or(is_weight).map(|member| format!("/{member}")).unwrap_or_default();
        Mistake::new(pointer, detail)
    })
}

fn value(form: Form, typed: &str) -> Result<Value, String> {
    let lines = || typed.lines().map(str::trim).filter(|line| !line.is_empty());
    match form {
        Form::Text => Ok(typed.into()),
        Form::Lines => Ok(lines().collect::<Vec<_>>().into()),
        Form::Yes => Ok(true.into()),
        Form::Json => serde_json::from_str(typed).map_err(|error| format!("this is not JSON: {error}")),
        Form::Number => {
            let number: Option<serde_json::Number> = typed.trim().parse().ok();
            number.map(Value::Number).ok_or_else(|| format!("\"{typed}\" is not a number"))
        }
    }
}

/// Reads the whole form.
///
/// # Errors
/// Says what does not fit, each by its place in the change of the set.
pub fn read(drafts: &[Draft]) -> Result<SetChange, Vec<Mistake>> {
    let (mut scorers, mut mistakes) = (Vec::new(), Vec::new());
    for (place, draft) in drafts.iter().enumerate() {
        match draft.read() {
            Ok(scorer) => scorers.push(scorer),
            Err(mistake) => {
                let pointer = format!("/scorers/{place}{}", mistake.pointer);
                mistakes.push(Mistake::new(pointer, mistake.detail));
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let scorers = Scorers::try_from(scorers);
    let scorers = scorers.map_err(|error| vec![Mistake::new("/scorers", error.to_string())])?;
    Ok(SetChange { scorers: Some(scorers), ..SetChange::default() })
}

/// Tells whether some type has a field for a member.
pub fn has_field(member: &str) -> bool {
    MEMBERS.contains(&member) || matches!(member, "name" | "weight" | "threshold")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(kind: Kind, members: &[(&'static str, Form, &str)], expected: Expect) {
        let members: Vec<_> =
            members.iter().map(|(name, form, typed)| (*name, *form, (*typed).to_owned())).collect();
        expected.assert_eq(&match read_one(kind, false, &members) {
            Ok(scorer) => serde_json::to_string(&scorer).expect("JSON"),
            Err(mistake) => format!("{} {}", mistake.pointer, mistake.detail),
        });
    }

    #[test]
    fn what_is_typed_is_read_as_the_type_wants_it() {
        check(
            Kind::Contains,
            &[("value", Form::Text, "x"), ("weight", Form::Number, "2")],
            expect![[r#"{"type":"contains","weight":2.0,"value":"x"}"#]],
        );
        check(
            Kind::ContainsAny,
            &[("value", Form::Lines, "a\n\n b ")],
            expect![[r#"{"type":"contains-any","value":["a","b"]}"#]],
        );
        check(
            Kind::IsJson,
            &[("schema", Form::Json, r#"{"type": "object"}"#), ("allow_fence", Form::Yes, "true")],
            expect![[r#"{"type":"is-json","schema":{"type":"object"},"allow_fence":true}"#]],
        );
        check(
            Kind::Latency,
            &[("max_ms", Form::Number, "2000")],
            expect![[r#"{"type":"latency","max_ms":2000.0}"#]],
        );
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_field() {
        check(
            Kind::Contains,
            &[("value", Form::Text, "")],
            expect![[r#"/value a scorer of type contains needs "value""#]],
        );
        check(
            Kind::IsJson,
            &[("schema", Form::Json, "{")],
            expect!["/schema this is not JSON: EOF while parsing an object at line 1 column 1"],
        );
        check(
            Kind::WordCount,
            &[("min", Form::Number, "3"), ("max", Form::Number, "2")],
            expect![[r#"/min give "min", "max" or both, neither below 0, and "min" not above "max""#]],
        );
        check(
            Kind::Error,
            &[("weight", Form::Number, "-1")],
            expect!["/weight -1 is not a weight; a weight is above 0 and at most 1000"],
        );
        check(
            Kind::Cost,
            &[("max_usd", Form::Number, "cheap")],
            expect![[r#"/max_usd "cheap" is not a number"#]],
        );
    }

    #[test]
    fn every_field_has_its_member_and_reads_back() {
        let scorer: Scorer =
            serde_json::from_str(r#"{"type": "contains-all", "value": ["a", "b"]}"#).expect("a scorer");
        let written = serde_json::to_value(scorer).expect("JSON");
        assert_eq!(type_out(Kind::ContainsAll, "value", &written["value"]), "a\nb");
        assert_eq!(type_out(Kind::ContainsAll, "weight", &1.0.into()), "1");
        let all = crate::wording::scorer::GROUPS.iter().flat_map(|(_, kinds)| kinds.iter());
        let members = all.flat_map(|(kind, _)| fields(*kind)).map(|field| field.member);
        assert!(members.into_iter().all(|member| member == "threshold" || MEMBERS.contains(&member)));
    }
}
