//! Reading the keywords of a schema into rules.

use serde_json::{Map, Value};

use super::BadSchema;
use super::rule::{Compared, Counted, Part, Rule};
use crate::scorer::pattern::{BadPattern, Pattern};

/// Keywords that say something to people and forbid nothing.
const REMARKS: [&str; 13] = [
    "title",
    "description",
    "default",
    "examples",
    "example",
    "format",
    "deprecated",
    "readOnly",
    "writeOnly",
    "strict",
    "$schema",
    "$id",
    "$comment",
];

const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/// Reads the rules of one schema; `place` is where it stands, for messages.
pub fn read(schema: &Value, place: &str) -> Result<Part, BadSchema> {
    match schema {
        Value::Bool(true) => Ok(Vec::new()),
        Value::Bool(false) => Ok(vec![Rule::Never]),
        Value::Object(keywords) => {
            let mut part = Vec::new();
            for (keyword, value) in keywords {
                Keyword { keywords, keyword, value, place }.read(&mut part)?;
            }
            Ok(part)
        }
        _ => Err(BadSchema::NotASchema { place: place.to_owned() }),
    }
}

/// One keyword of a schema.
struct Keyword<'a> {
    /// All of the schema's.
    keywords: &'a Map<String, Value>,
    keyword: &'a str,
    value: &'a Value,
    place: &'a str,
}

impl Keyword<'_> {
    fn read(&self, part: &mut Part) -> Result<(), BadSchema> {
        part.push(match self.keyword {
            "type" => Rule::Type(self.kinds()?),
            "enum" => Rule::OneOfValues(self.value.as_array().ok_or_else(|| self.must_be("a list"))?.clone()),
            "const" => Rule::OneOfValues(vec![self.value.clone()]),
            "properties" => return self.members(part),
            "required" => Rule::Required(self.texts()?),
            "additionalProperties" => {
                let known = self.keywords.get("properties").and_then(Value::as_object);
                let known = known.into_iter().flat_map(|members| members.keys().cloned()).collect();
                Rule::OtherMembers { known, part: self.below(self.value, "")? }
            }
            "items" => Rule::Items(self.below(self.value, "")?),
            "uniqueItems" if *self.value == Value::Bool(true) => Rule::UniqueItems,
            "uniqueItems" if self.value.is_boolean() => return Ok(()),
            "uniqueItems" => return Err(self.must_be("true or false")),
            "minProperties" => self.at_least(Counted::Members)?,
            "maxProperties" => self.at_most(Counted::Members)?,
            "minItems" => self.at_least(Counted::Items)?,
            "maxItems" => self.at_most(Counted::Items)?,
            "minLength" => self.at_least(Counted::Characters)?,
            "maxLength" => self.at_most(Counted::Characters)?,
            "pattern" => self.pattern()?,
            "minimum" => Rule::Number { limit: self.number()?, is: Compared::AtLeast },
            "maximum" => Rule::Number { limit: self.number()?, is: Compared::AtMost },
            "exclusiveMinimum" => Rule::Number { limit: self.number()?, is: Compared::Above },
            "exclusiveMaximum" => Rule::Number { limit: self.number()?, is: Compared::Below },
            "multipleOf" => match self.number()? {
                step if step > 0.0 => Rule::MultipleOf(step),
                _ => return Err(self.must_be("a number above 0")),
            },
            "allOf" => Rule::All(self.parts()?),
            "anyOf" => Rule::Any(self.parts()?),
            "oneOf" => Rule::One(self.parts()?),
            "not" => Rule::Not(self.below(self.value, "")?),
            "$ref" => Rule::Reference(self.value.as_str().ok_or_else(|| self.must_be("a text"))?.to_owned()),
            // Read before, and where they stand alone.
            "$defs" | "definitions" if self.place.is_empty() && self.value.is_object() => return Ok(()),
            remark if REMARKS.contains(&remark) => return Ok(()),
            keyword => {
                let (place, keyword) = (self.place.to_owned(), keyword.to_owned());
                return Err(BadSchema::Unknown { place, keyword });
            }
        });
        Ok(())
    }

    fn must_be(&self, expected: &'static str) -> BadSchema {
        BadSchema::Shape { place: self.place.to_owned(), keyword: self.keyword.to_owned(), expected }
    }

    fn below(&self, schema: &Value, step: &str) -> Result<Part, BadSchema> {
        let at = if self.place.is_empty() { " at " } else { self.place };
        read(schema, &format!("{at}/{}{step}", self.keyword))
    }

    fn members(&self, part: &mut Part) -> Result<(), BadSchema> {
        for (name, schema) in self.value.as_object().ok_or_else(|| self.must_be("an object"))? {
            part.push(Rule::Member(name.clone(), self.below(schema, &format!("/{name}"))?));
        }
        Ok(())
    }

    fn parts(&self) -> Result<Vec<Part>, BadSchema> {
        let schemas = self.value.as_array().filter(|schemas| !schemas.is_empty());
        let schemas = schemas.ok_or_else(|| self.must_be("a list of schemas"))?;
        schemas.iter().enumerate().map(|(index, schema)| self.below(schema, &format!("/{index}"))).collect()
    }

    fn kinds(&self) -> Result<Vec<String>, BadSchema> {
        let kinds = if let Value::String(kind) = self.value { vec![kind.clone()] } else { self.texts()? };
        if kinds.iter().all(|kind| TYPES.contains(&kind.as_str())) {
            Ok(kinds)
        } else {
            Err(self.must_be("null, boolean, object, array, number, string or integer, or a list of these"))
        }
    }

    fn texts(&self) -> Result<Vec<String>, BadSchema> {
        let texts = self.value.as_array().ok_or_else(|| self.must_be("a list of texts"))?.iter();
        texts
            .map(|text| text.as_str().map(str::to_owned).ok_or_else(|| self.must_be("a list of texts")))
            .collect()
    }

    fn number(&self) -> Result<f64, BadSchema> {
        self.value.as_f64().ok_or_else(|| self.must_be("a number"))
    }

    fn count(&self) -> Result<u64, BadSchema> {
        self.value.as_u64().ok_or_else(|| self.must_be("a whole number, at least 0"))
    }

    fn at_least(&self, what: Counted) -> Result<Rule, BadSchema> {
        Ok(Rule::Count { what, least: self.count()?, most: u64::MAX })
    }

    fn at_most(&self, what: Counted) -> Result<Rule, BadSchema> {
        Ok(Rule::Count { what, least: 0, most: self.count()? })
    }

    fn pattern(&self) -> Result<Rule, BadSchema> {
        let text = self.value.as_str().ok_or_else(|| self.must_be("a text"))?;
        let wrong =
            |error: BadPattern| BadSchema::Pattern { place: self.place.to_owned(), why: error.to_string() };
        let pattern = Pattern::try_from(text.to_owned()).map_err(wrong)?;
        pattern.compiled().map_err(wrong)?;
        Ok(Rule::Pattern(Box::new(pattern), text.to_owned()))
    }
}
