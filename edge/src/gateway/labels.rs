//! What the caller says about a request beside the conversation: feature, user, session, tags.
//!
//! Our own headers win over the headers of other gateways, and those over the body.

use serde_json::{Map, Value};
use shared::log::Labels;

use super::head::Head;
use super::problem::Refusal;

/// The most tags of a log, and the most characters of a tag's name and of any value: a log's row is narrow.
const MOST_TAGS: usize = 64;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 512;

/// Reads the labels that stand in headers.
///
/// # Errors
/// When `x-assay-tags` is not a JSON object of texts. What is wrong in another gateway's header is passed
/// over, as that gateway would.
pub fn of_head(head: &Head) -> Result<Labels, Refusal> {
    let mut labels = Labels::default();
    for (name, value) in head.iter() {
        if let Some(property) = name.strip_prefix("helicone-property-") {
            labels.set(property, value.to_owned());
        }
    }
    for name in ["cf-aig-metadata", "x-portkey-metadata"] {
        let object = head.get(name).and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
        for (name, value) in object.into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // One of them marks its own names with an underscore: `_user`.
            labels.set(name.strip_prefix('_').unwrap_or(&name), text);
        }
    }
    let tags = head.get("x-assay-tags").map(read_tags).transpose()?;
    for (name, value) in tags.into_iter().flatten() {
        labels.set(&name, value);
    }
    for name in ["feature", "user", "session"] {
        if let Some(value) = head.get(&format!("x-assay-{name}")) {
            labels.set(name, value.to_owned());
        }
    }
    Ok(labels)
}

fn read_tags(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let wrong = |why: String| {
        let wish = r#"x-assay-tags must be a JSON object of texts such as {"plan": "pro"}"#;
        Refusal::BadHeader(format!("{wish}: {why}"))
    };
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let tags = object.into_iter().map(|(name, value)| match value {
        Value::String(value) => Ok((name, value)),
        _ => Err(wrong(format!("\"{name}\" is not a text"))),
    });
    tags.collect()
}

/// Puts the labels of a request together, out of its head and its body.
pub fn of(head: &Labels, body: &Value) -> Labels {
    Labels::of_body(body).overridden_by(head.clone())
}

/// Cuts labels to the size that a row has room for. What is secret is taken out of them before: of a secret that is cut
/// the rest looks like none.
pub fn bounded(labels: Labels) -> Labels {
    let cut = |text: String, most: usize| text.chars().take(most).collect::<String>();
    let value = |text: String| cut(text, LONGEST_VALUE);
    let tags = labels.tags.into_iter().filter(|(name, _)| !name.is_empty()).take(MOST_TAGS);
    Labels {
        feature: labels.feature.map(value),
        user: labels.user.map(value),
        session: labels.session.map(value),
        tags: tags.map(|(name, text)| (cut(name, LONGEST_NAME), value(text))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(head: &str, body: &Value, expected: Expect) {
        let shown = of_head(&Head::of(head)).map(|labels| {
            let labels = bounded(of(&labels, body));
            format!("{:?} {:?} {:?} {:?}", labels.feature, labels.user, labels.session, labels.tags)
        });
        expected.assert_eq(&shown.unwrap_or_else(|refusal| format!("{}\n{refusal}", refusal.status())));
    }

    #[test]
    fn our_headers_win() {
        check(
            r#"x-assay-feature: a
            x-assay-user: u
            x-assay-session: s
            x-assay-tags: {"feature": "b", "plan": "pro"}
            helicone-property-feature: c"#,
            &json!({"metadata": {"feature": "d", "team": "x"}, "user": "v"}),
            expect![[r#"Some("a") Some("u") Some("s") {"plan": "pro", "team": "x"}"#]],
        );
    }

    #[test]
    fn other_gateways_headers_are_understood() {
        check(
            "helicone-property-feature: a\nhelicone-property-plan: pro",
            &json!({}),
            expect![[r#"Some("a") None None {"plan": "pro"}"#]],
        );
        check(
            r#"cf-aig-metadata: {"feature": "a", "paid": true, "seats": 3}"#,
            &json!({}),
            expect![[r#"Some("a") None None {"paid": "true", "seats": "3"}"#]],
        );
        check(
            r#"x-portkey-metadata: {"_user": "u", "env": "prod"}"#,
            &json!({}),
            expect![[r#"None Some("u") None {"env": "prod"}"#]],
        );
        check("cf-aig-metadata: nonsense", &json!({"user": "u"}), expect![[r#"None Some("u") None {}"#]]);
    }

    #[test]
    fn tags_that_do_not_read_are_refused() {
        check(
            "x-assay-tags: plan=pro",
            &json!({}),
            expect![[r#"
            400
            x-assay-tags must be a JSON object of texts such as {"plan": "pro"}: expected value at line 1 column 1"#]],
        );
        check(
            r#"x-assay-tags: {"seats": 3}"#,
            &json!({}),
            expect![[r#"
            400
            x-assay-tags must be a JSON object of texts such as {"plan": "pro"}: "seats" is not a text"#]],
        );
        check(
            r#"x-assay-tags: ["a"]"#,
            &json!({}),
            expect![[r#"
            400
            x-assay-tags must be a JSON object of texts such as {"plan": "pro"}: invalid type: sequence, expected a map at line 1 column 0"#]],
        );
    }

    #[test]
    fn labels_are_bounded() {
        let many: Map<String, Value> =
            (0..1000).map(|n| (format!("{n:0>100}"), json!("x".repeat(10_000)))).collect();
        let body = json!({"metadata": many, "user": "é".repeat(10_000)});
        let labels = bounded(of(&Labels::default(), &body));
        let tags: usize = labels.tags.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(tags <= MOST_TAGS * (LONGEST_NAME + LONGEST_VALUE), "{tags}");
        assert_eq!(labels.user.map(|user| user.chars().count()), Some(LONGEST_VALUE));
    }
}
