//! Query strings: typed parameters read out of pairs and written back to them.
//!
//! Leaves out percent-encoding, which the transport does.

use std::str::FromStr;

use crate::mistake::{Mistake, plain};

/// The most values that one parameter may have.
pub const MOST_VALUES: usize = 50;

/// What a call takes in its query string.
pub trait Query: Sized + Default {
    /// Takes its parameters out of the pairs; what it does not know it leaves.
    ///
    /// # Errors
    /// Names the parameter whose value does not fit.
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake>;

    /// Writes its parameters; what is unset is left out.
    fn write(&self) -> Vec<(String, String)>;
}

impl Query for () {
    fn take(_: &mut Pairs) -> Result<Self, Mistake> {
        Ok(())
    }

    fn write(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Reads a whole query: every pair must be one that the call knows, and stand once.
///
/// # Errors
/// Names the parameter that is unknown, repeated, or whose value does not fit.
pub fn read<Q: Query>(pairs: Vec<(String, String)>) -> Result<Q, Mistake> {
    let mut pairs = Pairs { pairs, asked: Vec::new() };
    let query = Q::take(&mut pairs)?;
    pairs.nothing_left()?;
    Ok(query)
}

/// Lists the parameters that a call takes; a name that ends in a dot stands for all that begin with it.
pub fn names<Q: Query>() -> Vec<&'static str> {
    let mut pairs = Pairs { pairs: Vec::new(), asked: Vec::new() };
    // Nothing is given, so nothing can be wrong with it.
    let _ = Q::take(&mut pairs);
    pairs.asked
}

/// The pairs of a query string that nobody has taken yet.
pub struct Pairs {
    pairs: Vec<(String, String)>,
    /// The names that the call knows, for the message about one that it does not.
    asked: Vec<&'static str>,
}

impl Pairs {
    /// Takes a parameter and reads its value; an empty value is the same as none.
    ///
    /// # Errors
    /// Names the parameter when its value does not read as a `T`, or stands twice.
    pub fn take<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, Mistake>
    where
        T::Err: std::fmt::Display,
    {
        self.asked.push(name);
        let Some(place) = self.pairs.iter().position(|pair| pair.0 == name) else { return Ok(None) };
        let (_, text) = self.pairs.remove(place);
        if self.pairs.iter().any(|pair| pair.0 == name) {
            return Err(Mistake::new(format!("?{name}"), format!("{name} stands twice; give it once")));
        }
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|error: T::Err| {
            Mistake::new(format!("?{name}"), format!("{name}: {}", plain(&error.to_string())))
        })
    }

    /// Takes a parameter as often as it stands, and reads its values; empty ones are none, and the same ones one.
    ///
    /// # Errors
    /// Names the parameter when a value does not read as a `T`, or when it stands too often.
    pub fn take_each<T: FromStr + PartialEq>(&mut self, name: &'static str) -> Result<Vec<T>, Mistake>
    where
        T::Err: std::fmt::Display,
    {
        self.each(name, |text| {
            if text.is_empty() {
                Ok(None)
            } else {
                text.parse().map(Some).map_err(|error: T::Err| error.to_string())
            }
        })
    }

    /// Takes a parameter as often as it stands. An empty value is a value too: it stands for what has none.
    ///
    /// # Errors
    /// Names the parameter when it stands too often.
    pub fn take_each_or_none(&mut self, name: &'static str) -> Result<Vec<Option<String>>, Mistake> {
        self.each(name, |text| Ok(Some(Some(text.to_owned()).filter(|text| !text.is_empty()))))
    }

    /// Takes a parameter as often as it stands. `read` gives the value of a text, if it is one.
    fn each<T: PartialEq>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Option<T>, String>,
    ) -> Result<Vec<T>, Mistake> {
        self.asked.push(name);
        let mut values = Vec::new();
        for (_, text) in self.pairs.extract_if(.., |pair| pair.0 == name) {
            let value = read(&text)
                .map_err(|error| Mistake::new(format!("?{name}"), format!("{name}: {}", plain(&error))))?;
            if let Some(value) = value.filter(|value| !values.contains(value)) {
                values.push(value);
            }
        }
        if values.len() > MOST_VALUES {
            return Err(Mistake::new(
                format!("?{name}"),
                format!("{name} has {} values; at most {MOST_VALUES} go", values.len()),
            ));
        }
        Ok(values)
    }

    /// Takes every parameter whose name starts with `prefix`, which is cut off.
    pub fn take_all(&mut self, prefix: &'static str) -> Vec<(String, String)> {
        self.asked.push(prefix);
        let pairs = std::mem::take(&mut self.pairs);
        let (taken, left) = pairs.into_iter().partition(|pair| pair.0.starts_with(prefix));
        self.pairs = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(name, value)| (name.replacen(prefix, "", 1), value)).collect()
    }

    fn nothing_left(&self) -> Result<(), Mistake> {
        let Some((name, _)) = self.pairs.first() else { return Ok(()) };
        let known = if self.asked.is_empty() {
            "it takes none".to_owned()
        } else {
            format!("known are {}", self.asked.join(", "))
        };
        Err(Mistake::new(format!("?{name}"), format!("unknown parameter \"{name}\"; {known}")))
    }
}

/// Writes one optional parameter.
pub fn pair(name: &str, value: Option<&impl ToString>) -> Option<(String, String)> {
    value.map(|value| (name.to_owned(), value.to_string()))
}

/// Which page of a list: `limit` from 1 to 200 (50 when unset), and where the last page ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// The most rows that a page holds.
pub const LARGEST_PAGE: u32 = 200;

impl Page {
    /// Gives the number of rows asked for.
    pub fn size(&self) -> u32 {
        self.limit.unwrap_or(50)
    }
}

impl Query for Page {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        let limit = pairs.take::<u32>("limit")?;
        if limit.is_some_and(|limit| !(1..=LARGEST_PAGE).contains(&limit)) {
            return Err(Mistake::new("?limit", format!("limit is from 1 to {LARGEST_PAGE}")));
        }
        Ok(Self { limit, cursor: pairs.take("cursor")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        [pair("limit", self.limit.as_ref()), pair("cursor", self.cursor.as_ref())]
            .into_iter()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(pairs: &[(&str, &str)], expected: Expect) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        expected.assert_eq(&format!("{:?}", read::<Page>(pairs)));
    }

    #[test]
    fn what_is_unset_is_none() {
        check(&[("cursor", "")], expect!["Ok(Page { limit: None, cursor: None })"]);
    }

    #[test]
    fn an_unknown_parameter_is_named_with_those_that_are_known() {
        let expected = expect![[
            r#"Err(Mistake { pointer: "?page", detail: "unknown parameter \"page\"; known are limit, cursor" })"#
        ]];
        check(&[("page", "2")], expected);
    }

    #[test]
    fn a_value_that_does_not_fit_is_named() {
        check(
            &[("limit", "201")],
            expect![[r#"Err(Mistake { pointer: "?limit", detail: "limit is from 1 to 200" })"#]],
        );
        check(
            &[("limit", "many")],
            expect![[
                r#"Err(Mistake { pointer: "?limit", detail: "limit: it must be a whole number that is not negative" })"#
            ]],
        );
        check(
            &[("limit", "1"), ("limit", "2")],
            expect![[r#"Err(Mistake { pointer: "?limit", detail: "limit stands twice; give it once" })"#]],
        );
    }
}
