//! The words of a reader in those of whoever wrote what it reads: what was found, and what would be right.
//!
//! A reader names the types of this program (`u8`, a sequence, a struct), which say nothing to who has not read it. Leaves
//! out where the value stands.

/// Says in plain words what does not fit, from what `serde` says of it. What is said already in words of our own stays.
pub fn plain(words: &str) -> String {
    if let Some(name) = words.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("{name} is missing");
    }
    if let Some(name) = words.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("{name} stands twice; give it once");
    }
    for (start, is_wrong, right) in [
        ("unknown field `", "is not known here", "known are"),
        ("unknown variant `", "is not known", "it is one of"),
    ] {
        let rest = words.strip_prefix(start).and_then(|rest| rest.split_once('`'));
        if let Some((name, rest)) = rest {
            return match names(rest) {
                names if names.is_empty() => format!("{name} {is_wrong}"),
                names => format!("{name} {is_wrong}; {right} {}", names.join(", ")),
            };
        }
    }
    let number = match words {
        "invalid digit found in string" => Some("it must be a whole number that is not negative"),
        "number too large to fit in target type" => Some("it is too large"),
        "invalid float literal" => Some("it must be a number"),
        _ => None,
    };
    if let Some(words) = number {
        return words.to_owned();
    }
    let found = ["invalid type: ", "invalid value: "].iter().find_map(|start| words.strip_prefix(start));
    match found.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, wanted)) => {
            format!("it is {}; it must be {}", found_in_words(found), wanted_in_words(wanted))
        }
        None => words.to_owned(),
    }
}

/// Gives what stands between quotes: `` expected one of `a`, `b` ``.
fn names(rest: &str) -> Vec<&str> {
    rest.split('`').skip(1).step_by(2).collect()
}

fn found_in_words(found: &str) -> String {
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "null" => "null".to_owned(),
        _ => match found.split_once(' ') {
            Some(("string", text)) => format!("the text {text}"),
            Some(("boolean" | "integer" | "character", value)) => value.replace('`', ""),
            Some(("floating", value)) => value.trim_start_matches("point ").replace('`', ""),
            _ => found.to_owned(),
        },
    }
}

fn wanted_in_words(wanted: &str) -> String {
    let words = match wanted {
        "a string" | "a borrowed string" | "a character" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "f32" | "f64" => "a number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "string or map" => "a text or an object",
        _ if wanted.starts_with("struct ") || wanted.starts_with("internally tagged enum") => "an object",
        _ => wanted,
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use expect_test::{Expect, expect};
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read into")]
    struct Bread {
        name: String,
        #[serde(default)]
        slices: u8,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        White,
        Brown,
        Rye,
    }

    fn check<T: DeserializeOwned>(json: &str, expected: Expect) {
        let error = serde_json::from_str::<T>(json).err().expect("it does not fit").to_string();
        let words = error.split(" at line ").next().unwrap_or_default();
        expected.assert_eq(&plain(words));
    }

    #[test]
    fn members_are_missing_or_not_known_or_there_twice() {
        check::<Bread>("{}", expect!["name is missing"]);
        check::<Bread>(r#"{"nme":"a"}"#, expect!["nme is not known here; known are name, slices, kind"]);
        check::<Bread>(r#"{"name":"a","name":"b"}"#, expect!["name stands twice; give it once"]);
        check::<Bread>(
            r#"{"name":"a","kind":"blue"}"#,
            expect!["blue is not known; it is one of white, brown, rye"],
        );
    }

    #[test]
    fn values_of_another_kind_are_told_with_what_they_must_be() {
        check::<Bread>(r#"{"name":3}"#, expect!["it is 3; it must be a text"]);
        check::<Bread>(
            r#"{"name":"a","slices":256}"#,
            expect!["it is 256; it must be a whole number from 0 to 255"],
        );
        check::<Bread>(
            r#"{"name":"a","slices":4.5}"#,
            expect!["it is 4.5; it must be a whole number from 0 to 255"],
        );
        check::<Bread>(
            r#"{"name":"a","slices":null}"#,
            expect!["it is null; it must be a whole number from 0 to 255"],
        );
        check::<Bread>(r#"[1]"#, expect!["it is 1; it must be a text"]);
        check::<bool>(
            r#""no, expected yes""#,
            expect![[r#"it is the text "no, expected yes"; it must be true or false"#]],
        );
        check::<f64>("[]", expect!["it is a list; it must be a number"]);
        check::<Vec<u64>>("[-1]", expect!["it is -1; it must be a whole number that is not negative"]);
        check::<BTreeMap<String, String>>("true", expect!["it is true; it must be an object"]);
        check::<i32>("{}", expect!["it is an object; it must be a whole number"]);
    }

    #[test]
    fn texts_that_are_no_numbers_are_told_so() {
        let of = |error: &dyn std::fmt::Display| plain(&error.to_string());
        expect!["it must be a whole number that is not negative"]
            .assert_eq(&of(&"x".parse::<u32>().unwrap_err()));
        expect!["it is too large"].assert_eq(&of(&"256".parse::<u8>().unwrap_err()));
        expect!["it must be a number"].assert_eq(&of(&"x".parse::<f64>().unwrap_err()));
    }

    #[test]
    fn what_is_in_plain_words_stays() {
        expect!["-1 is not a weight; a weight is above 0"]
            .assert_eq(&plain("-1 is not a weight; a weight is above 0"));
    }
}
