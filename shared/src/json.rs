//! Reading JSON in the browser, in as little code as will do.
//!
//! As `serde_json` reads it, but for structs, which are read from objects alone. Reading every struct from a
//! list as well, which no reply needs, would be a tenth of what the browser loads; and so would be what
//! `serde` keeps for structs that are flattened and enums that are tagged or untagged: these are read by hand.

use serde::Deserialize;
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::{Error, Map, Number, Value};

/// Reads a text.
///
/// # Errors
/// Says what does not fit.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    T::deserialize(Json(serde_json::from_str(text)?))
}

/// Reads a value.
///
/// # Errors
/// Says what does not fit.
pub fn of<T: DeserializeOwned, E: serde::de::Error>(value: Value) -> Result<T, E> {
    T::deserialize(Json(value)).map_err(E::custom)
}

/// Reads a member that may be null: beside one that is left out, which its default stands for.
///
/// # Errors
/// Says what does not fit.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The members of an object that are read one by one, and then the rest as one struct.
pub struct Object(Map<String, Value>);

impl Object {
    /// Takes all members.
    ///
    /// # Errors
    /// Says that it is no object.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }

    /// Reads one member; a missing one is `null`.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn take<T: DeserializeOwned, E: serde::de::Error>(&mut self, name: &str) -> Result<T, E> {
        let value = self.0.shift_remove(name).unwrap_or_default();
        T::deserialize(Json(value)).map_err(|error| E::custom(format!("{name}: {error}")))
    }

    /// Reads the members that were not taken.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn rest<T: DeserializeOwned, E: serde::de::Error>(self) -> Result<T, E> {
        of(Value::Object(self.0))
    }
}

struct Json(Value);

impl Json {
    fn number(self) -> Result<Number, Error> {
        match self.0 {
            Value::Number(number) => Ok(number),
            other => Err(unfit(&other, "a number")),
        }
    }

    fn whole(self) -> Result<u64, Error> {
        let number = self.number()?;
        number.as_u64().ok_or_else(|| unfit(&Value::Number(number), "a whole number"))
    }

    fn text(self) -> Result<String, Error> {
        match self.0 {
            Value::String(text) => Ok(text),
            other => Err(unfit(&other, "a text")),
        }
    }

    fn members(self) -> Result<Members, Error> {
        match self.0 {
            Value::Object(members) => Ok(Members { left: members.into_iter(), value: Value::Null }),
            other => Err(unfit(&other, "an object")),
        }
    }

    fn elements(self) -> Result<Elements, Error> {
        match self.0 {
            Value::Array(values) => Ok(Elements(values.into_iter())),
            other => Err(unfit(&other, "a list")),
        }
    }
}

fn unfit(found: &Value, expected: &str) -> Error {
    let mut found = found.to_string();
    found.truncate(found.floor_char_boundary(60));
    Error::custom(format!("{found} stands where {expected} should"))
}

struct Members {
    left: serde_json::map::IntoIter,
    /// The value of the member whose name was read last.
    value: Value,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.value = value;
        let name: StringDeserializer<Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Json(std::mem::take(&mut self.value)))
    }
}

struct Elements(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|value| seed.deserialize(Json(value))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The ways to ask that all read the same thing.
macro_rules! as_asked {
    ($($asked:ident $read:ident $visit:ident;)*) => {$(
        fn $asked<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.$read()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Json {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(whole), _) => visitor.visit_u64(whole),
                (None, Some(whole)) => visitor.visit_i64(whole),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => visitor.visit_seq(self.elements()?),
            Value::Object(_) => visitor.visit_map(self.members()?),
        }
    }

    as_asked! {
        deserialize_u8 whole visit_u64;
        deserialize_u16 whole visit_u64;
        deserialize_u32 whole visit_u64;
        deserialize_u64 whole visit_u64;
        deserialize_str text visit_string;
        deserialize_string text visit_string;
        deserialize_identifier text visit_string;
        deserialize_seq elements visit_seq;
        deserialize_map members visit_map;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Bool(truth) => visitor.visit_bool(truth),
            other => Err(unfit(&other, "true or false")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.number()?.as_f64().unwrap_or_default())
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(self.members()?)
    }

    /// Enums of replies are words alone; those with content are tagged, and read as objects.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let word: StringDeserializer<Error> = self.text()?.into_deserializer();
        visitor.visit_enum(word)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 f32 char bytes byte_buf unit_struct
    }
}
