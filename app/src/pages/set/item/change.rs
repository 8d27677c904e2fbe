//! Reading what is typed of an item: text in, a checked change or what does not fit out.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::api::sets::ItemChange;
use shared::chat::openai;
use shared::mistake::Mistake;
use shared::set::{Item, Reference};

/// What of an item was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// JSON.
    pub request: String,
    /// A text, or JSON where the response is more than a text.
    pub reference: String,
    /// Names with their values.
    pub tags: Vec<(String, String)>,
}

impl Typed {
    /// Starts from an item.
    pub fn of(item: &Item) -> Self {
        let reference = match &item.reference {
            None => String::new(),
            Some(Reference::Text(text)) => text.clone(),
            Some(more) => format!("{:#}", serde_json::to_value(more).unwrap_or_default()),
        };
        let tags = item.row.tags.iter();
        Self {
            request: format!("{:#}", item.request),
            reference,
            tags: tags.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// Reads what is typed of an item: only what is not as it was.
    ///
    /// # Errors
    /// Says everything that does not fit, each by its place in what is sent.
    pub fn read(&self, item: &Item) -> Result<ItemChange, Vec<Mistake>> {
        let before = Self::of(item);
        let request = (self.request != before.request).then(|| request(&self.request)).transpose();
        let reference =
            (self.reference != before.reference).then(|| reference(&self.reference, item)).transpose();
        let tags = (self.tags != before.tags).then(|| tags(&self.tags)).transpose();
        match (request, reference, tags) {
            (Ok(request), Ok(reference), Ok(tags)) => {
                Ok(ItemChange { request, reference, tags, ..ItemChange::default() })
            }
            (request, reference, tags) => {
                Err([request.err(), reference.err(), tags.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// Tells whether a response is more than a text, and so is written as JSON.
pub fn is_more(item: &Item) -> bool {
    matches!(item.reference, Some(Reference::Output(_)))
}

fn request(text: &str) -> Result<Value, Mistake> {
    let body = serde_json::from_str(text).map_err(|error| {
        let what = format!("this is not JSON ({error}); write a chat request with its messages");
        Mistake::new("/request", what)
    })?;
    openai::read_request(&body).map_err(|mistake| mistake.under("/request"))?;
    Ok(body)
}

fn reference(text: &str, item: &Item) -> Result<Reference, Mistake> {
    let wrong = |what: String| Mistake::new("/reference", what);
    if text.trim().is_empty() {
        return Err(wrong("an original response cannot be empty; write what a good one says, or remove it beside where it is read"
            .to_owned()));
    }
    if !is_more(item) {
        return Ok(Reference::Text(text.to_owned()));
    }
    serde_json::from_str(text).map_err(|error| {
        wrong(format!("this does not read ({error}); keep text and tool_calls as they were"))
    })
}

fn tags(typed: &[(String, String)]) -> Result<BTreeMap<String, String>, Mistake> {
    let mut tags = BTreeMap::new();
    for (place, (name, value)) in typed.iter().enumerate() {
        let wrong = |what: String| Err(Mistake::new(format!("/tags/{place}"), what));
        match name.trim() {
            "" => return wrong("name the tag, or remove it".to_owned()),
            name if tags.contains_key(name) => return wrong(format!("the tag \"{name}\" stands twice")),
            name => _ = tags.insert(name.to_owned(), value.clone()),
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn item(reference: &Value) -> Item {
        let item = json!({
            "id": "i1", "log_id": null, "feature": null, "tags": {"plan": "pro"}, "verified": false,
            "request_preview": "Hi", "reference_preview": "Hello", "added_in": 1,
            "request": {"messages": [{"role": "user", "content": "Hi"}]}, "reference": reference,
        });
        serde_json::from_value(item).expect("an item")
    }

    fn check(reference: &Value, change: fn(&mut Typed), expected: Expect) {
        let item = item(reference);
        let mut typed = Typed::of(&item);
        change(&mut typed);
        let say = |mistake: &Mistake| format!("{}: {mistake}", mistake.pointer);
        expected.assert_eq(&match typed.read(&item) {
            Ok(change) => serde_json::to_string(&change).expect("JSON"),
            Err(found) => found.iter().map(say).collect::<Vec<_>>().join("\n"),
        });
    }

    #[test]
    fn what_is_as_it_was_is_left_out() {
        check(&json!("Hello"), |_| {}, expect!["{}"]);
        check(
            &json!("Hello"),
            |typed| typed.reference = "Hello!".to_owned(),
            expect![[r#"{"reference":"Hello!"}"#]],
        );
        check(
            &json!("Hello"),
            |typed| typed.tags.push((" tone ".to_owned(), "dry".to_owned())),
            expect![[r#"{"tags":{"plan":"pro","tone":"dry"}}"#]],
        );
        check(&json!("Hello"), |typed| typed.tags.clear(), expect![[r#"{"tags":{}}"#]]);
        check(
            &json!(null),
            |typed| typed.request = r#"{"messages": [{"role": "user", "content": "Bye"}]}"#.to_owned(),
            expect![[r#"{"request":{"messages":[{"role":"user","content":"Bye"}]}}"#]],
        );
    }

    #[test]
    fn a_response_with_calls_is_written_as_json() {
        let calls = json!({"text": "", "tool_calls": [{"id": "1", "name": "find", "arguments": "{}"}]});
        check(&calls, |_| {}, expect!["{}"]);
        check(
            &calls,
            |typed| typed.reference = typed.reference.replace("find", "search"),
            expect![[
                r#"{"reference":{"text":"","tool_calls":[{"id":"1","name":"search","arguments":"{}"}],"finish_reason":null}}"#
            ]],
        );
        check(
            &calls,
            |typed| typed.reference = "Hello".to_owned(),
            expect![
                "/reference: this does not read (expected value at line 1 column 1); keep text and tool_calls as they were"
            ],
        );
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        check(
            &json!("Hello"),
            |typed| {
                typed.request = "{}".to_owned();
                typed.reference = " ".to_owned();
                typed.tags = vec![("plan".to_owned(), "pro".to_owned()), ("plan ".to_owned(), String::new())];
            },
            expect![[r#"
                /request/messages: messages is missing; it is the list of the conversation's turns
                /reference: an original response cannot be empty; write what a good one says, or remove it beside where it is read
                /tags/1: the tag "plan" stands twice"#]],
        );
        check(
            &json!("Hello"),
            |typed| {
                typed.request = "Hi".to_owned();
                typed.tags.push((String::new(), "dry".to_owned()));
            },
            expect![[r#"
                /request: this is not JSON (expected value at line 1 column 1); write a chat request with its messages
                /tags/1: name the tag, or remove it"#]],
        );
    }
}
