//! Eval sets in words: kinds of criteria, how the reference is used.

use shared::criteria::{Kind, UseReference};

/// Says how a criterion is answered.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Levels => "a level from 0 to 5",
        Kind::Binary => "yes or no",
        Kind::Factuality => "how its facts relate to the original's",
        Kind::Compare => "which is better, it or the original",
    }
}

/// Says how a criterion uses the original response.
pub fn use_reference(used: UseReference) -> &'static str {
    match used {
        UseReference::Context => "shown as an earlier answer that may be wrong",
        UseReference::Gold => "shown as an answer a person has verified",
        UseReference::None => "not shown",
    }
}

/// Says what of a logged request its chat request has no place for.
pub fn lossy(lossy: &[String]) -> String {
    format!("The log asked more than a chat request can say; left out: {}.", lossy.join(", "))
}

/// Says that a set was saved, and which version that made of the one before.
pub fn saved(before: u32, now: u32) -> String {
    if now > before {
        format!("Saved as version {now}. Earlier runs keep the version they were made with.")
    } else {
        "Saved.".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_was_left_out_of_a_request_is_named() {
        let lossy = lossy(&["thinking".to_owned(), "top_k".to_owned()]);
        expect!["The log asked more than a chat request can say; left out: thinking, top_k."]
            .assert_eq(&lossy);
    }
}
