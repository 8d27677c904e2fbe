//! Labels in words: what people say of a response.

use shared::criteria::Kind;
use shared::label::{Label, Opinion};
use shared::unseen::seen;

use super::subject;

/// Says what a label says, with a mark that does not need colour.
pub fn opinion(opinion: Opinion) -> String {
    match opinion {
        Opinion::Level(level) => format!("level {}", level.number()),
        Opinion::Pass(true) => "✓ pass".to_owned(),
        Opinion::Pass(false) => "✗ fail".to_owned(),
    }
}

/// Says what a label is about.
pub fn subject(criterion: Option<&str>) -> String {
    criterion.map_or_else(|| "The response as a whole".to_owned(), seen)
}

/// Names what a label is about, within a sentence.
fn about(label: &Label) -> String {
    match &label.criterion {
        Some(criterion) => format!("“{criterion}”"),
        None => "the response as a whole".to_owned(),
    }
}

/// Says that a label stands in the place of the one before.
pub fn replaced(before: &Label, now: Opinion) -> String {
    format!("Your label on {} is {} now; it was {}.", about(before), opinion(now), opinion(before.opinion))
}

/// Says that the reader's label counts no more.
pub fn withdrawn(label: &Label) -> String {
    format!("Your label on {} is withdrawn; it was {}.", about(label), opinion(label.opinion))
}

/// Says that the reader's label counts again.
pub fn back(label: &Label) -> String {
    format!("Your label on {} is {} again.", about(label), opinion(label.opinion))
}

/// Says what it means to withdraw another's label.
pub fn of_another(author: &str) -> String {
    format!("It is the label of {}, who alone can give it again.", subject::named(author))
}

/// Says how a criterion is labelled; the response as a whole has no kind.
pub fn how(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Binary) => "Does it, or does it not?",
        Some(Kind::Levels) => "0 is not at all, 5 is fully; 4 and 5 pass.",
        Some(Kind::Factuality) => "5 has the same facts as the original, 0 contradicts it; 4 and 5 pass.",
        Some(Kind::Compare) => "5 is much better than the original, 0 much worse; 4 and 5 pass.",
        None => "Would you have sent it?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use shared::score::Level;

    #[test]
    fn a_label_says_what_was_given() {
        let opinions =
            [Opinion::Level(Level::PASSING), Opinion::Pass(true), Opinion::Pass(false)].map(opinion);
        assert_eq!(opinions, ["level 4", "✓ pass", "✗ fail"]);
        assert_eq!(subject(None), "The response as a whole");
    }

    #[test]
    fn what_became_of_a_label_is_said() {
        let label = |criterion: Option<&str>, pass: bool| {
            serde_json::from_value::<Label>(serde_json::json!({
                "id": "l1", "run_id": "r1", "item_id": "i1", "criterion": criterion, "pass": pass, "note": null, "author": "admin",
                "drawn": null, "weight": null, "created_at": "2026-11-22T10:00:00.000Z"
            }))
            .expect("a label")
        };
        let (polite, whole) = (label(Some("Polite"), true), label(None, false));
        let said =
            [replaced(&polite, Opinion::Pass(false)), withdrawn(&whole), back(&polite), of_another("key:CI")];
        expect![[r#"
            Your label on “Polite” is ✗ fail now; it was ✓ pass.
            Your label on the response as a whole is withdrawn; it was ✗ fail.
            Your label on “Polite” is ✓ pass again.
            It is the label of key “CI”, who alone can give it again."#]]
        .assert_eq(&said.join("\n"));
    }
}
