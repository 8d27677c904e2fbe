//! The rules that a schema is made of, and checking a value against them.
//!
//! Source: JSON Schema, draft 2020-12, sections 6 (validation) and 10 (applying subschemas). Leaves out how
//! rules are read (`keyword`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{BadSchema, Unchecked, keyword};
use crate::scorer::json;
use crate::scorer::pattern::Pattern;

/// How many rules are checked before a value is given up.
const MOST_STEPS: usize = 200_000;
/// How many references may lead on to each other: more than JSON is deep.
const MOST_REFERENCES: usize = 150;

/// A schema ready to check with: the whole, and the parts that it refers to by name.
#[derive(Debug, Clone)]
pub struct Rules {
    whole: Part,
    named: BTreeMap<String, Part>,
}

/// All rules of one schema or part of one.
pub type Part = Vec<Rule>;

/// One rule; for values of a kind that it does not speak of, it is kept.
#[derive(Debug, Clone)]
pub enum Rule {
    Never,
    Type(Vec<String>),
    OneOfValues(Vec<Value>),
    Member(String, Part),
    Required(Vec<String>),
    OtherMembers { known: Vec<String>, part: Part },
    Items(Part),
    UniqueItems,
    Count { what: Counted, least: u64, most: u64 },
    Pattern(Box<Pattern>, String),
    Number { limit: f64, is: Compared },
    MultipleOf(f64),
    All(Vec<Part>),
    Any(Vec<Part>),
    One(Vec<Part>),
    Not(Part),
    Reference(String),
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub enum Counted {
    Members,
    Items,
    Characters,
}

/// How a number is compared with a limit.
#[derive(Debug, Clone, Copy)]
pub enum Compared {
    AtLeast,
    AtMost,
    Above,
    Below,
}

impl Rules {
    /// Reads a schema.
    ///
    /// # Errors
    /// Names the place and the keyword that is unknown or does not fit.
    pub fn of(source: &Value) -> Result<Self, BadSchema> {
        let mut named = BTreeMap::new();
        for group in ["$defs", "definitions"] {
            for (name, part) in source.get(group).and_then(Value::as_object).into_iter().flatten() {
                let place = format!("#/{group}/{name}");
                named.insert(place.clone(), keyword::read(part, &format!(" at {}", &place[1..]))?);
            }
        }
        let whole = keyword::read(source, "")?;
        let places: Vec<_> = named.values().chain([&whole]).flat_map(references).collect();
        match places.into_iter().find(|place| place != "#" && !named.contains_key(place)) {
            Some(place) => Err(BadSchema::NoTarget(place)),
            None => Ok(Self { whole, named }),
        }
    }

    /// Gives what first breaks the schema, with its place in the value; none when the value fits.
    ///
    /// # Errors
    /// Gives up after many steps.
    pub fn misfit(&self, value: &Value) -> Result<Option<String>, Unchecked> {
        let mut check = Check { rules: self, steps: 0, references: 0, place: Vec::new() };
        let misfit = check.part(&self.whole, value);
        if check.steps > MOST_STEPS { Err(Unchecked::TooComplex) } else { Ok(misfit) }
    }
}

/// Gives every place that a part refers to.
fn references(part: &Part) -> Vec<String> {
    fn of_rule(rule: &Rule) -> Vec<String> {
        match rule {
            Rule::Reference(place) => vec![place.clone()],
            Rule::Member(_, part) | Rule::OtherMembers { part, .. } | Rule::Items(part) | Rule::Not(part) => {
                references(part)
            }
            Rule::All(parts) | Rule::Any(parts) | Rule::One(parts) => {
                parts.iter().flat_map(references).collect()
            }
            _ => Vec::new(),
        }
    }
    part.iter().flat_map(of_rule).collect()
}

/// A check under way.
struct Check<'a> {
    rules: &'a Rules,
    steps: usize,
    /// How many references led here.
    references: usize,
    /// Where in the value it stands.
    place: Vec<String>,
}

impl<'a> Check<'a> {
    fn part(&mut self, part: &'a Part, value: &Value) -> Option<String> {
        part.iter().find_map(|rule| self.rule(rule, value))
    }

    fn at(&mut self, step: String, part: &'a Part, value: &Value) -> Option<String> {
        self.place.push(step);
        let misfit = self.part(part, value);
        self.place.pop();
        misfit
    }

    fn fits(&mut self, part: &'a Part, value: &Value) -> bool {
        self.part(part, value).is_none()
    }

    /// Gives what is wrong by one rule; a rule for another kind of value is kept by any.
    fn rule(&mut self, rule: &'a Rule, value: &Value) -> Option<String> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Some(String::new()); // The whole check is given up.
        }
        let wrong = match (rule, value) {
            (Rule::Never, _) => Some("nothing may stand here".to_owned()),
            (Rule::Type(kinds), _) => {
                let fits = kinds.iter().any(|kind| is_a(value, kind));
                (!fits).then(|| format!("{} is no {}", short(value), kinds.join(" or ")))
            }
            (Rule::OneOfValues(values), _) => {
                let fits = values.iter().any(|known| json::same(known, value));
                (!fits).then(|| format!("{} is not one of the values that are allowed", short(value)))
            }
            (Rule::Member(name, part), Value::Object(members)) => {
                return members.get(name).and_then(|value| self.at(name.clone(), part, value));
            }
            (Rule::Required(names), Value::Object(members)) => {
                let missing = names.iter().find(|name| !members.contains_key(*name));
                missing.map(|name| format!("{name} is missing"))
            }
            (Rule::OtherMembers { known, part }, Value::Object(members)) => {
                let mut others = members.iter().filter(|(name, _)| !known.contains(name));
                return others.find_map(|(name, value)| self.at(name.clone(), part, value));
            }
            (Rule::Items(part), Value::Array(items)) => {
                let mut items = items.iter().enumerate();
                return items.find_map(|(index, item)| self.at(index.to_string(), part, item));
            }
            (Rule::UniqueItems, Value::Array(items)) => {
                self.steps += items.len() * items.len() / 2;
                let twice = self.steps <= MOST_STEPS
                    && items
                        .iter()
                        .enumerate()
                        .any(|(index, item)| items[..index].iter().any(|earlier| json::same(earlier, item)));
                twice.then(|| "an item stands there twice".to_owned())
            }
            (Rule::Count { what, least, most }, _) => {
                let count = what.of(value)?;
                (!(*least..=*most).contains(&count)).then(|| what.wrong(count, *least, *most))
            }
            (Rule::Pattern(pattern, text), Value::String(value)) => {
                // It was compiled with the schema.
                let matches = pattern.is_in(value).unwrap_or_default();
                (!matches).then(|| format!("the text does not match {text}"))
            }
            (Rule::Number { limit, is }, Value::Number(number)) => {
                let number = number.as_f64()?;
                is.wrong(number, *limit)
            }
            (Rule::MultipleOf(step), Value::Number(number)) => {
                let times = number.as_f64()? / step;
                // 0.3 / 0.1 is not 3 in floats.
                ((times - times.round()).abs() > 1e-9).then(|| format!("{number} is no multiple of {step}"))
            }
            (Rule::All(parts), _) => return parts.iter().find_map(|part| self.part(part, value)),
            (Rule::Any(parts), _) => {
                let fits = parts.iter().any(|part| self.fits(part, value));
                (!fits).then(|| format!("{} fits none of the schemas that are allowed", short(value)))
            }
            (Rule::One(parts), _) => {
                let fitting = parts.iter().filter(|part| self.fits(part, value)).count();
                (fitting != 1)
                    .then(|| format!("{} fits {fitting} schemas where it must fit one", short(value)))
            }
            (Rule::Not(part), _) => {
                self.fits(part, value).then(|| format!("{} fits a schema that it must not fit", short(value)))
            }
            (Rule::Reference(place), _) => {
                let rules = self.rules;
                let part = rules.named.get(place).unwrap_or(&rules.whole);
                return self.follow(part, value);
            }
            _ => None,
        };
        wrong.map(|wrong| format!("{}{wrong}", self.here()))
    }

    /// Goes on behind a reference. Those that only lead to themselves must not fill the stack.
    fn follow(&mut self, part: &'a Part, value: &Value) -> Option<String> {
        self.references += 1;
        if self.references > MOST_REFERENCES {
            self.steps = MOST_STEPS;
        }
        let misfit = self.part(part, value);
        self.references -= 1;
        misfit
    }

    fn here(&self) -> String {
        let steps: String = self
            .place
            .iter()
            .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
            .collect();
        if steps.is_empty() { steps } else { format!("{steps}: ") }
    }
}

impl Counted {
    fn of(self, value: &Value) -> Option<u64> {
        let count = match (self, value) {
            (Self::Members, Value::Object(members)) => members.len(),
            (Self::Items, Value::Array(items)) => items.len(),
            (Self::Characters, Value::String(text)) => text.chars().count(),
            _ => return None,
        };
        Some(count as u64)
    }

    fn wrong(self, count: u64, least: u64, most: u64) -> String {
        let what = match self {
            Self::Members => "members",
            Self::Items => "items",
            Self::Characters => "characters",
        };
        if count < least {
            format!("{count} {what}, at least {least}")
        } else {
            format!("{count} {what}, at most {most}")
        }
    }
}

impl Compared {
    fn wrong(self, number: f64, limit: f64) -> Option<String> {
        let (fits, words) = match self {
            Self::AtLeast => (number >= limit, "at least"),
            Self::AtMost => (number <= limit, "at most"),
            Self::Above => (number > limit, "above"),
            Self::Below => (number < limit, "below"),
        };
        (!fits).then(|| format!("{number} is not {words} {limit}"))
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match value {
        Value::Number(number) if kind == "integer" => {
            !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        _ => json::kind(value) == kind,
    }
}

/// Writes a value as messages show it.
fn short(value: &Value) -> String {
    let mut text = value.to_string();
    text.truncate(text.floor_char_boundary(60));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(schema: Value, values: &[Value], expected: Expect) {
        let shown = match Rules::of(&schema) {
            Err(error) => error.to_string(),
            Ok(rules) => {
                let all = values.iter().map(|value| match rules.misfit(value) {
                    Ok(misfit) => misfit.unwrap_or_else(|| "fits".to_owned()),
                    Err(error) => error.to_string(),
                });
                all.collect::<Vec<_>>().join("\n")
            }
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn what_does_not_fit_is_said_with_its_place() {
        let schema = json!({
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {
                "name": {"type": "string", "minLength": 2, "pattern": "^[A-Z]"},
                "age": {"type": ["integer", "null"], "minimum": 0, "exclusiveMaximum": 150},
                "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2, "uniqueItems": true},
            },
        });
        check(
            schema,
            &[
                json!({"name": "Ada", "age": 36.0, "tags": ["a", "b"]}),
                json!([]),
                json!({}),
                json!({"name": "ada"}),
                json!({"name": "A"}),
                json!({"name": "Ada", "age": 3.5}),
                json!({"name": "Ada", "age": 150}),
                json!({"name": "Ada", "tags": ["a", "c"]}),
                json!({"name": "Ada", "tags": ["a", "a"]}),
                json!({"name": "Ada", "other": 1}),
            ],
            expect![[r#"
                fits
                [] is no object
                name is missing
                /name: the text does not match ^[A-Z]
                /name: 1 characters, at least 2
                /age: 3.5 is no integer or null
                /age: 150 is not below 150
                /tags/1: "c" is not one of the values that are allowed
                /tags: an item stands there twice
                /other: nothing may stand here"#]],
        );
    }

    #[test]
    fn schemas_are_combined() {
        let any = json!({"anyOf": [{"type": "string"}, {"const": 1}], "not": {"const": ""}});
        check(
            any,
            &[json!("x"), json!(1.0), json!(2), json!("")],
            expect![[r#"
            fits
            fits
            2 fits none of the schemas that are allowed
            "" fits a schema that it must not fit"#]],
        );
        let one = json!({"oneOf": [{"multipleOf": 0.1}, {"multipleOf": 0.5}]});
        check(
            one,
            &[json!(0.3), json!(1), json!(0.25)],
            expect![[r#"
            fits
            1 fits 2 schemas where it must fit one
            0.25 fits 0 schemas where it must fit one"#]],
        );
    }

    #[test]
    fn references_lead_to_parts_and_not_astray() {
        let tree = json!({
            "$ref": "#/$defs/node",
            "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}, "n": {"type": "integer"}}}},
        });
        check(
            tree,
            &[json!({"next": {"n": 1}}), json!({"next": {"n": "x"}})],
            expect![[r#"
            fits
            /next/n: "x" is no integer"#]],
        );
        check(
            json!({"$ref": "#/$defs/none"}),
            &[],
            expect!["the schema refers to #/$defs/none, which is not in it"],
        );
        check(
            json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}),
            &[json!(1)],
            expect!["checking the schema takes too long"],
        );
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        check(json!(3), &[], expect!["the schema: a schema is an object, true or false"]);
        check(
            json!({"properties": {"a": {"if": {}}}}),
            &[],
            expect![[
                r#"the schema at /properties/a: "if" is not known; known are type, enum, const, properties, required, additionalProperties, minProperties, maxProperties, items, minItems, maxItems, uniqueItems, minLength, maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, anyOf, oneOf, allOf, not, $ref and $defs"#
            ]],
        );
        check(
            json!({"items": {"type": "text"}}),
            &[],
            expect![
                "the schema at /items: type must be null, boolean, object, array, number, string or integer, or a list of these"
            ],
        );
        check(
            json!({"items": {"pattern": "("}}),
            &[],
            expect![
                "the schema at /items: the pattern does not work: found open group without closing ')'; look-around and references back do not exist here"
            ],
        );
        check(
            json!({"minItems": -1}),
            &[],
            expect!["the schema: minItems must be a whole number, at least 0"],
        );
    }
}
