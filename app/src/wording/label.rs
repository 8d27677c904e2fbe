//! Labels in words: what people say of a response.

use shared::criteria::Kind;
use shared::label::Opinion;

/// Says what a label says, with a mark that does not need colour.
pub fn opinion(opinion: Opinion) -> String {
    match opinion {
        Opinion::Level(level) => format!("level {}", level.number()),
        Opinion::Pass(true) => "✓ pass".to_owned(),
        Opinion::Pass(false) => "✗ fail".to_owned(),
    }
}

/// Says what a label is about.
pub fn subject(criterion: Option<&str>) -> &str {
    criterion.unwrap_or("The response as a whole")
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
    use shared::score::Level;

    #[test]
    fn a_label_says_what_was_given() {
        let opinions =
            [Opinion::Level(Level::PASSING), Opinion::Pass(true), Opinion::Pass(false)].map(opinion);
        assert_eq!(opinions, ["level 4", "✓ pass", "✗ fail"]);
        assert_eq!(subject(None), "The response as a whole");
    }
}
