//! Whether a quote that the judge gives really stands in what it was shown.
//!
//! Texts are compared in normal form C with their white space collapsed. Called by the Worker alone: the tables
//! of the normal form would be a tenth of what the browser loads first.

use super::{Block, Case, Flag, Judgement};
use crate::chat::{Message, Output};
use crate::scorer::text;

/// Marks a judgement that leans on a quote which does not occur in the block that it names.
pub fn check(judgement: &mut Judgement, case: &Case<'_>) {
    let is_true = judgement.evidence.iter().all(|quote| {
        let texts = match quote.from {
            Block::Request => request(case),
            Block::Reference => case.reference.map(|shown| response(shown.output)).unwrap_or_default(),
            Block::Candidate => response(case.candidate),
        };
        let quote = comparable(&quote.quote);
        texts.iter().any(|text| comparable(text).contains(&quote))
    });
    if !is_true {
        judgement.flags.push(Flag::UnverifiedQuote);
    }
}

/// The request as a person reads it, and as the judge is shown it.
fn request(case: &Case<'_>) -> Vec<String> {
    let texts = case.request.iter().map(|message: &Message| message.content.text());
    let tools = case.tools.map(ToString::to_string);
    let shown = serde_json::to_string(case.request).ok();
    [texts.collect::<Vec<_>>().join("\n")].into_iter().chain(tools).chain(shown).collect()
}

fn response(output: &Output) -> Vec<String> {
    let calls = serde_json::to_string(&output.tool_calls).ok().filter(|_| !output.tool_calls.is_empty());
    [output.text.clone()].into_iter().chain(calls).chain([output.plain()]).collect()
}

fn comparable(text: &str) -> String {
    text::normal(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Role;
    use crate::judge::{Quote, Shown};
    use crate::score::Level;
    use expect_test::{Expect, expect};

    fn check_quote(from: Block, quote: &str, expected: Expect) {
        let output = |text: &str| Output { text: text.to_owned(), ..Output::default() };
        let messages = [Message::text(Role::System, "Be brief."), Message::text(Role::User, "Where is it?")];
        let (reference, candidate) =
            (output("On its way from the cafe\u{301}."), output("It left\n  on Monday, \"by train\"."));
        let reference = Some(Shown { output: &reference, verified: false });
        let case = Case { request: &messages, tools: None, reference, candidate: &candidate, swapped: false };
        let mut judgement = Judgement {
            level: Level::PASSING,
            reasoning: String::new(),
            evidence: vec![Quote { from, quote: quote.to_owned() }],
            flags: Vec::new(),
            choice: None,
            answered_by: None,
        };
        check(&mut judgement, &case);
        expected.assert_eq(&format!("{:?}", judgement.flags));
    }

    #[test]
    fn a_quote_must_stand_in_its_block() {
        check_quote(Block::Candidate, "on Monday", expect!["[]"]);
        check_quote(Block::Candidate, "On its way", expect!["[UnverifiedQuote]"]);
        check_quote(Block::Reference, "On its way", expect!["[]"]);
        check_quote(Block::Request, "Where is it?", expect!["[]"]);
        check_quote(Block::Request, "brief. Where", expect!["[]"]);
        check_quote(Block::Candidate, "on Tuesday", expect!["[UnverifiedQuote]"]);
    }

    #[test]
    fn accents_are_compared_however_they_are_written() {
        check_quote(Block::Reference, "caf\u{e9}", expect!["[]"]);
        check_quote(Block::Reference, "cafe\u{301}", expect!["[]"]);
        check_quote(Block::Reference, "cafe", expect!["[UnverifiedQuote]"]);
    }

    #[test]
    fn white_space_is_compared_collapsed() {
        check_quote(Block::Candidate, " It left on\tMonday, \"by train\". ", expect!["[]"]);
        check_quote(Block::Candidate, "Itleft", expect!["[UnverifiedQuote]"]);
    }
}
