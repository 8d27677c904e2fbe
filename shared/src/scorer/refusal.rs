//! Whether a response declines to answer.
//!
//! A heuristic over the beginning of English text, for responses whose provider does not say it; source of
//! the rules: C.2 of the design. A few true refusals are missed rather than many answers marked.

use crate::chat::{FinishReason, Output};

/// How a response stands to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    Answer,
    Refusal,
    /// There is nothing in it.
    Empty,
}

/// How many characters are looked at: a refusal says so at once.
const BEGINNING: usize = 300;
/// How many words after an opening apology the refusal may follow.
const AFTER_APOLOGY: usize = 10;

const UNABLE: [&[&str]; 13] = [
    &["cannot"],
    &["can't"],
    &["can", "not"],
    &["won't"],
    &["will", "not"],
    &["am", "unable", "to"],
    &["are", "unable", "to"],
    &["am", "not", "able", "to"],
    &["are", "not", "able", "to"],
    &["must", "decline", "to"],
    &["have", "to", "decline", "to"],
    &["decline", "to"],
    &["refuse", "to"],
];

const ACTIONS: [&str; 24] = [
    "help",
    "assist",
    "comply",
    "provide",
    "answer",
    "create",
    "write",
    "share",
    "discuss",
    "generate",
    "produce",
    "fulfill",
    "fulfil",
    "respond",
    "engage",
    "support",
    "offer",
    "give",
    "continue",
    "complete",
    "disclose",
    "reveal",
    "participate",
    "do",
];

/// What is said after "I cannot" without refusing.
const NOT_MEANT: [&str; 10] = [
    "stress",
    "believe",
    "emphasize",
    "emphasise",
    "imagine",
    "overstate",
    "wait",
    "thank",
    "recommend",
    "say",
];

const APOLOGIES: [&[&str]; 6] = [
    &["sorry"],
    &["i", "am", "sorry"],
    &["i", "apologize"],
    &["i", "apologise"],
    &["apologies"],
    &["my", "apologies"],
];

const POLICIES: [&str; 8] = [
    "against my guidelines",
    "against our guidelines",
    "violates our policy",
    "violates our policies",
    "violate our policy",
    "violate our policies",
    "blocked by our content filter",
    "against my programming",
];

/// Tells whether an output is a refusal: by what its provider says, else by its words.
pub fn stance(output: &Output) -> Stance {
    if output.refused || output.finish_reason == Some(FinishReason::ContentFilter) {
        Stance::Refusal
    } else if output.tool_calls.is_empty() {
        read(&output.text)
    } else {
        Stance::Answer
    }
}

/// Tells whether a text is a refusal.
pub fn read(text: &str) -> Stance {
    let beginning: String = text.trim_start().chars().take(BEGINNING).collect();
    let folded = beginning.to_lowercase().replace(['’', '‘', 'ʼ'], "'");
    let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() {
        return Stance::Empty;
    }
    let words = words(&folded);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let refuses =
        POLICIES.iter().any(|policy| folded.contains(policy)) || says_no(&words) || apologises(&words);
    if refuses { Stance::Refusal } else { Stance::Answer }
}

/// Gives the words, short forms of "am" and "are" written out, and the ends of sentences as words of their own.
fn words(text: &str) -> Vec<String> {
    let spaced = text.replace("i'm ", "i am ").replace("we're ", "we are ");
    let spaced = spaced.replace(['.', '!', '?', ';', ':'], " . ");
    let bare =
        spaced.split(|character: char| character != '.' && character != '\'' && !character.is_alphanumeric());
    bare.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// First person, unable, and an action: "I cannot help", "we are unable to share".
fn says_no(words: &[&str]) -> bool {
    let acts = |rest: &[&str]| {
        let rest = rest.strip_prefix(&["be", "able", "to"]).unwrap_or(rest);
        // One word may stand between: "cannot directly help".
        rest.iter().take(2).take_while(|word| **word != ".").any(|word| ACTIONS.contains(word))
    };
    unable(words).any(acts)
}

/// An opening apology, and soon after it first person and unable.
fn apologises(words: &[&str]) -> bool {
    let Some(rest) = APOLOGIES.iter().find_map(|apology| words.strip_prefix(*apology)) else { return false };
    let soon = &rest[..rest.len().min(AFTER_APOLOGY)];
    unable(soon).any(|rest| rest.first().is_some_and(|word| !NOT_MEANT.contains(word)))
}

/// Gives what follows each "I cannot" of any wording.
fn unable<'a>(words: &'a [&'a str]) -> impl Iterator<Item = &'a [&'a str]> {
    let persons = words.iter().enumerate().filter(|(_, word)| ["i", "we"].contains(*word));
    persons.filter_map(|(place, _)| {
        // One word may stand between: "I simply cannot", "I really can't".
        [1, 2].into_iter().find_map(|skip| {
            let rest = words.get(place + skip..)?;
            UNABLE.iter().find_map(|unable| rest.strip_prefix(*unable))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ToolCall;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&format!("{:?}", read(text)));
    }

    #[test]
    fn refusals_of_many_wordings_are_seen() {
        check("I won't be able to help you with this.", expect!["Refusal"]);
        check("I’m sorry. As a language model, I am unable to browse.", expect!["Refusal"]);
        check("We must decline to answer.", expect!["Refusal"]);
        check("I simply cannot\nassist.", expect!["Refusal"]);
    }

    #[test]
    fn answers_that_sound_alike_are_not_refusals() {
        check("Sorry for the wait! Your order is on its way.", expect!["Answer"]);
        check("Sorry, I can't believe that took so long. Here it is.", expect!["Answer"]);
        check("If the API says I cannot. Help is here.", expect!["Answer"]);
        check(&format!("{}I cannot help with that.", "Yes. ".repeat(100)), expect!["Answer"]);
    }

    #[test]
    fn what_the_provider_says_goes_first() {
        let output = |text: &str| Output { text: text.to_owned(), ..Output::default() };
        assert_eq!(stance(&Output { refused: true, ..output("Hm.") }), Stance::Refusal);
        let call = ToolCall { id: String::new(), name: "find".to_owned(), arguments: "{}".to_owned() };
        assert_eq!(stance(&Output { tool_calls: vec![call], ..output("") }), Stance::Answer);
        assert_eq!(stance(&output("")), Stance::Empty);
    }
}
