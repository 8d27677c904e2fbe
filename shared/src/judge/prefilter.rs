//! Responses that need no judge: empty ones, and phrases known to fool judges.
//!
//! Source of the phrases: the "master keys" of `spec/judging.md` A.6.

use super::choice::Choice;
use super::{Flag, Judgement};
use crate::chat::Output;
use crate::criteria::Kind;
use crate::score::Level;

const MASTER_KEYS: [&str; 5] =
    ["thought process", "solution", "let's solve this problem step by step", "sure", "answer"];

/// A reference longer than this many characters cannot be met by a response of a few letters.
const LONG: usize = 20;
/// The most letters and digits of a response that is too short to answer such a reference's request.
const FEW: usize = 3;

/// Gives the judgement of a response that needs no judge; none if it needs one.
pub fn judge(kind: Kind, candidate: &Output, reference: Option<&Output>) -> Option<Judgement> {
    let why = reason(candidate, reference)?;
    Some(Judgement {
        level: Level::LOWEST,
        reasoning: format!("No judge was asked: {why}."),
        evidence: Vec::new(),
        flags: vec![Flag::Prefilter],
        choice: if kind == Kind::Compare { Some(Choice::MuchWorse) } else { None },
        answered_by: None,
    })
}

/// Gives the judgement of the original response where it would be judged against itself; none elsewhere.
pub fn judge_original(kind: Kind) -> Option<Judgement> {
    let choice = match kind {
        Kind::Factuality => Choice::C,
        Kind::Compare => Choice::Equal,
        Kind::Levels | Kind::Binary => return None,
    };
    Some(Judgement {
        level: choice.level(),
        reasoning: "No judge was asked: the original response is what others are judged against.".to_owned(),
        evidence: Vec::new(),
        flags: Vec::new(),
        choice: Some(choice),
        answered_by: None,
    })
}

fn reason(candidate: &Output, reference: Option<&Output>) -> Option<&'static str> {
    if !candidate.tool_calls.is_empty() {
        return None;
    }
    let letters = candidate.text.chars().filter(|character| character.is_alphanumeric()).count();
    // Signs that are no letters may still be an answer: "🙂", "✓", "+". ASCII punctuation alone is not.
    let says_something = candidate
        .text
        .chars()
        .any(|character| !character.is_whitespace() && !character.is_ascii_punctuation());
    if !says_something {
        return Some("the response is empty or punctuation alone");
    }
    let reference_is_long = reference.is_some_and(|reference| reference.text.chars().count() > LONG);
    if !reference_is_long {
        return None;
    }
    if letters <= FEW {
        return Some("the response has at most three letters where the original is long");
    }
    let folded = candidate.text.trim().to_lowercase().replace('’', "'");
    let folded = folded
        .trim_end_matches(|character: char| character.is_ascii_punctuation() || character.is_whitespace());
    if MASTER_KEYS.contains(&folded) { Some("the response is a phrase that answers nothing") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(candidate: &str, reference: &str, expected: Expect) {
        let output = |text: &str| Output { text: text.to_owned(), ..Output::default() };
        let judged = judge(Kind::Levels, &output(candidate), Some(&output(reference)));
        expected.assert_eq(&judged.map_or("a judge is needed".to_owned(), |judgement| {
            format!("{}: {}", judgement.level.number(), judgement.reasoning)
        }));
    }

    const LONG_REFERENCE: &str = "Your refund was sent on Monday.";

    #[test]
    fn nothing_is_level_zero() {
        check(" \n", "4", expect!["0: No judge was asked: the response is empty or punctuation alone."]);
        check(":", "4", expect!["0: No judge was asked: the response is empty or punctuation alone."]);
    }

    #[test]
    fn phrases_that_fool_judges_are_level_zero_where_more_was_due() {
        check(
            "Thought process:",
            LONG_REFERENCE,
            expect!["0: No judge was asked: the response is a phrase that answers nothing."],
        );
        check(
            "Let’s solve this problem step by step.",
            LONG_REFERENCE,
            expect!["0: No judge was asked: the response is a phrase that answers nothing."],
        );
        check(
            "Yes",
            LONG_REFERENCE,
            expect![
                "0: No judge was asked: the response has at most three letters where the original is long."
            ],
        );
    }

    #[test]
    fn a_short_answer_to_a_short_question_is_judged() {
        check("4", "4", expect!["a judge is needed"]);
        check("Sure", "Yes", expect!["a judge is needed"]);
        check("はい", "はい", expect!["a judge is needed"]);
    }
}
