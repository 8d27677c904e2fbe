//! Members that stand twice in a JSON body, however deep. Of two a reader would take one in silence.

use std::collections::HashSet;
use std::fmt::{self, Formatter};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use shared::mistake::Mistake;

/// Finds the first member that stands twice; none too in what is no JSON from there on.
pub fn find(bytes: &[u8]) -> Option<Mistake> {
    let mut walk = Walk { path: Vec::new(), found: None };
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    walk.found
}

struct Walk {
    /// The members and places that lead to where it is.
    path: Vec<String>,
    found: Option<Mistake>,
}

impl Walk {
    fn note(&mut self, name: &str) {
        let pointer = self.path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1")));
        self.found =
            Some(Mistake::new(pointer.collect::<String>(), format!("{name} stands twice; give it once")));
    }
}

impl<'de> DeserializeSeed<'de> for &mut Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Walk {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            self.path.push(name.clone());
            if names.contains(&name) {
                self.note(&name);
                return Err(A::Error::custom("a member stands twice"));
            }
            names.insert(name);
            members.next_value_seed(&mut *self)?;
            self.path.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut place = 0;
        loop {
            self.path.push(place.to_string());
            if elements.next_element_seed(&mut *self)?.is_none() {
                self.path.pop();
                return Ok(());
            }
            self.path.pop();
            place += 1;
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(bodies: &[&str], expected: Expect) {
        let lines = bodies.iter().map(|body| {
            let found = find(body.as_bytes());
            let words =
                found.map_or("each once".to_owned(), |mistake| format!("{} {mistake}", mistake.pointer));
            format!("{body}: {words}")
        });
        expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_member_that_stands_twice_is_found_by_its_place() {
        check(
            &[
                r#"{"a":1,"b":{"a":null},"c":[{"a":true},{"a":-1.5e3,"":"a"}]}"#,
                r#"{"a":1,"a":1}"#,
                r#"{"a":{"b/~":[0,{"d":1,"c":2,"d":3}]}}"#,
                r#"{"a":1,"\u0061":2}"#,
                r#"[[],[{"":1,"":2}]]"#,
                r#"{"a":1,"a":2"#,
                r#"{"a":1,"#,
            ],
            expect![[r#"
                {"a":1,"b":{"a":null},"c":[{"a":true},{"a":-1.5e3,"":"a"}]}: each once
                {"a":1,"a":1}: /a a stands twice; give it once
                {"a":{"b/~":[0,{"d":1,"c":2,"d":3}]}}: /a/b~1~0/1/d d stands twice; give it once
                {"a":1,"\u0061":2}: /a a stands twice; give it once
                [[],[{"":1,"":2}]]: /1/0/  stands twice; give it once
                {"a":1,"a":2: /a a stands twice; give it once
                {"a":1,: each once"#]],
        );
    }
}
