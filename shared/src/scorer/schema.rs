//! A schema that JSON has to fit: the part of JSON Schema that is used for outputs and tools.
//!
//! A keyword that is not known is refused, since leaving it out would let pass what it forbids. Leaves out
//! references to other documents, and `format`, which is a remark. As patterns, the Worker's are ready to check with
//! once they are read, the browser's once something is checked.

mod keyword;
mod rule;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A schema. Where the feature `strict` is on, its keywords are all known.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Value", into = "Value")]
pub struct Schema {
    source: Value,
    rules: OnceLock<rule::Rules>,
}

/// The value is no schema that is known here.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchema {
    #[error("the schema{place}: a schema is an object, true or false")]
    NotASchema { place: String },
    #[error(
        "the schema{place}: \"{keyword}\" is not known; known are type, enum, const, properties, required, \
         additionalProperties, minProperties, maxProperties, items, minItems, maxItems, uniqueItems, minLength, \
         maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, anyOf, oneOf, allOf, \
         not, $ref and $defs"
    )]
    Unknown { place: String, keyword: String },
    #[error("the schema{place}: {keyword} must be {expected}")]
    Shape { place: String, keyword: String, expected: &'static str },
    #[error("the schema{place}: {why}")]
    Pattern { place: String, why: String },
    #[error("the schema refers to {0}, which is not in it")]
    NoTarget(String),
}

/// A value could not be checked against a schema.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unchecked {
    #[error("checking the schema takes too long")]
    TooComplex,
    #[error(transparent)]
    BadSchema(#[from] BadSchema),
}

impl Schema {
    /// Gives what first breaks the schema, with its place in the value; none when the value fits.
    ///
    /// # Errors
    /// Says what is wrong with the schema; gives up on schemas that refer to themselves without end.
    pub fn misfit(&self, value: &Value) -> Result<Option<String>, Unchecked> {
        self.rules()?.misfit(value)
    }

    /// Reads the rules, unless they are read.
    fn rules(&self) -> Result<&rule::Rules, BadSchema> {
        if let Some(rules) = self.rules.get() {
            return Ok(rules);
        }
        let rules = rule::Rules::of(&self.source)?;
        Ok(self.rules.get_or_init(|| rules))
    }
}

impl TryFrom<Value> for Schema {
    type Error = BadSchema;

    fn try_from(source: Value) -> Result<Self, BadSchema> {
        #[cfg(not(feature = "strict"))]
        if !source.is_object() && !source.is_boolean() {
            return Err(BadSchema::NotASchema { place: String::new() });
        }
        let schema = Self { source, rules: OnceLock::new() };
        #[cfg(feature = "strict")]
        schema.rules()?;
        Ok(schema)
    }
}

impl From<Schema> for Value {
    fn from(schema: Schema) -> Self {
        schema.source
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
