//! Datamarking: the white space of judged text is written as a character that nothing else has.
//!
//! A judge then tells by every word whether it is data. Off by default, since it spoils code and tables.
//! Source: "Defending Against Indirect Prompt Injection Attacks With Spotlighting", arXiv 2403.14720.

use serde_json::Value;

use super::Judgement;
use crate::canonical::{self, Key};

/// The characters that have no meaning of their own: Unicode's area for private use.
const FIRST: u32 = 0xe000;
const HOW_MANY: u32 = 6400;

/// Draws the character that marks the white space of some data, one that does not occur in it.
///
/// It depends on the question, so that a response cannot know it.
pub fn marker(key: &Key, data: &str) -> char {
    let digits = canonical::hex(&canonical::digest(format!("{key}:mark").as_bytes()));
    let drawn = digits.get(..6).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
    let mut markers =
        (0..HOW_MANY).filter_map(|step| char::from_u32(FIRST + (drawn % HOW_MANY + step) % HOW_MANY));
    let first = markers.next().unwrap_or('\u{e000}');
    let unused = |marker: &char| !data.contains(*marker);
    std::iter::once(first).chain(markers).find(unused).unwrap_or(first)
}

/// Marks the white space in every text of some data.
pub fn mark(value: &mut Value, marker: char) {
    match value {
        Value::String(text) => *text = text.replace(char::is_whitespace, marker.encode_utf8(&mut [0; 4])),
        Value::Array(values) => values.iter_mut().for_each(|value| mark(value, marker)),
        Value::Object(members) => members.values_mut().for_each(|value| mark(value, marker)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Writes the marks that a judge repeats as spaces again.
pub fn clear(judgement: &mut Judgement, marker: char) {
    judgement.reasoning = judgement.reasoning.replace(marker, " ");
    for quote in &mut judgement.evidence {
        quote.quote = quote.quote.replace(marker, " ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn only_the_white_space_of_texts_is_marked() {
        let mut data = json!({"a b": ["one  two\nthree", 4, null, {"c": "five"}]});
        mark(&mut data, '^');
        expect![[r#"{"a b":["one^^two^three",4,null,{"c":"five"}]}"#]].assert_eq(&data.to_string());
    }

    #[test]
    fn a_marker_does_not_occur_in_the_data() {
        let key = canonical::key(&"question");
        let first = marker(&key, "plain");
        let second = marker(&key, &first.to_string());
        assert_ne!(first, second);
        assert_ne!(marker(&canonical::key(&"another"), "plain"), first);
        let all: String = (FIRST..FIRST + HOW_MANY).filter_map(char::from_u32).collect();
        assert_eq!(marker(&key, &all), first);
    }
}
