//! Reading the judge's verdict out of its reply.
//!
//! A reply that is not exactly what was asked for is unreadable: no level is ever guessed from prose.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::choice::Choice;
use super::{Block, Flag, Judgement, Quote};
use crate::chat::Output;
use crate::criteria::Kind;
use crate::score::Level;

/// Why a reply has no verdict.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("it is empty")]
    Empty,
    #[error(
        "it was cut off at the bound of {0} tokens; max_tokens among the judge's parameters sets another"
    )]
    CutOff(u64),
    #[error("it was cut off by the provider")]
    CutOffUnasked,
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    #[error("it ends with no JSON object that gives a {0}")]
    NoVerdict(&'static str),
    #[error("it gives more than one verdict")]
    TwoVerdicts,
    #[error("the verdict does not fit: {0}")]
    Shape(String),
    #[error("the level must be 0 or 5, not {0}")]
    NotBinary(u8),
    #[error("the judge said that it cannot judge")]
    CannotJudge,
    #[error("the judge declined")]
    Refused,
}

/// The most bytes of a reply: those of [`super::prompt::BOUND`] tokens are far below.
const LONGEST: usize = 20_000;
/// The most quotes that are kept, the most characters of each, and of the reasoning.
const QUOTES: usize = 3;
const QUOTE: usize = 300;
const REASONING: usize = 1200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Graded {
    evidence: Vec<Quote>,
    reasoning: String,
    flags: Flags,
    level: Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sorted {
    evidence: Vec<Quote>,
    reasoning: String,
    flags: Flags,
    choice: Fact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    evidence: Vec<Placed>,
    reasoning: String,
    flags: Flags,
    choice: Better,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flags {
    instruction_in_data: bool,
    cannot_judge: bool,
}

#[derive(Deserialize)]
enum Fact {
    A,
    B,
    C,
    D,
    E,
}

/// Which response is better, as the judge saw them placed.
#[derive(Deserialize)]
enum Better {
    #[serde(rename = "1_much")]
    FirstMuch,
    #[serde(rename = "1_slightly")]
    FirstSlightly,
    #[serde(rename = "equal")]
    Equal,
    #[serde(rename = "2_slightly")]
    SecondSlightly,
    #[serde(rename = "2_much")]
    SecondMuch,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed {
    from: Place,
    quote: String,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
enum Place {
    #[serde(rename = "request")]
    Request,
    #[serde(rename = "response_1")]
    First,
    #[serde(rename = "response_2")]
    Second,
}

/// Reads the judge's verdict out of its reply. `swapped` tells of a comparison that the original stood first.
///
/// The last JSON object decides, and no object before it may give a verdict too: the response under
/// judgement may be quoted in the reply, and must not be able to grade itself.
///
/// # Errors
/// Says why no verdict can be read; the item is then unscored.
pub fn read(reply: &Output, kind: Kind, swapped: bool) -> Result<Judgement, Unreadable> {
    if reply.refused {
        return Err(Unreadable::Refused);
    }
    if reply.text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    if reply.text.len() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    let gives = match kind {
        Kind::Levels | Kind::Binary => "level",
        Kind::Factuality | Kind::Compare => "choice",
    };
    let objects = objects(&reply.text);
    let (last, earlier) = objects.split_last().ok_or(Unreadable::NoVerdict(gives))?;
    if !has(last, gives) {
        return Err(Unreadable::NoVerdict(gives));
    }
    if earlier.iter().any(|object| has(object, gives)) {
        return Err(Unreadable::TwoVerdicts);
    }
    match kind {
        Kind::Levels | Kind::Binary => {
            let verdict: Graded = shaped(last)?;
            if kind == Kind::Binary && !matches!(verdict.level.number(), 0 | 5) {
                return Err(Unreadable::NotBinary(verdict.level.number()));
            }
            judgement(verdict.level, None, verdict.evidence, &verdict.reasoning, &verdict.flags)
        }
        Kind::Factuality => {
            let verdict: Sorted = shaped(last)?;
            let choice = match verdict.choice {
                Fact::A => Choice::A,
                Fact::B => Choice::B,
                Fact::C => Choice::C,
                Fact::D => Choice::D,
                Fact::E => Choice::E,
            };
            let evidence = verdict.evidence;
            judgement(choice.level(), Some(choice), evidence, &verdict.reasoning, &verdict.flags)
        }
        Kind::Compare => {
            let verdict: Compared = shaped(last)?;
            let of_first = match verdict.choice {
                Better::FirstMuch => Choice::MuchBetter,
                Better::FirstSlightly => Choice::SlightlyBetter,
                Better::Equal => Choice::Equal,
                Better::SecondSlightly => Choice::SlightlyWorse,
                Better::SecondMuch => Choice::MuchWorse,
            };
            let choice = if swapped { of_first.turned() } else { of_first };
            let evidence = verdict.evidence.into_iter().map(|quote| Quote {
                from: match quote.from {
                    Place::Request => Block::Request,
                    place if (place == Place::First) == swapped => Block::Reference,
                    _ => Block::Candidate,
                },
                quote: quote.quote,
            });
            let evidence = evidence.collect();
            judgement(choice.level(), Some(choice), evidence, &verdict.reasoning, &verdict.flags)
        }
    }
}

/// Reads from the text and not from a `Value`: a member that stands twice must be an error.
fn shaped<T: DeserializeOwned>(object: &str) -> Result<T, Unreadable> {
    serde_json::from_str(object).map_err(|error| Unreadable::Shape(error.to_string()))
}

fn judgement(
    level: Level,
    choice: Option<Choice>,
    evidence: Vec<Quote>,
    reasoning: &str,
    flags: &Flags,
) -> Result<Judgement, Unreadable> {
    if flags.cannot_judge {
        return Err(Unreadable::CannotJudge);
    }
    let quotes = evidence.into_iter().take(QUOTES);
    Ok(Judgement {
        level,
        reasoning: head(reasoning, REASONING),
        evidence: quotes.map(|quote| Quote { quote: head(&quote.quote, QUOTE), ..quote }).collect(),
        flags: if flags.instruction_in_data { vec![Flag::InstructionInData] } else { Vec::new() },
        choice,
        answered_by: None,
    })
}

/// Gives the JSON objects of a text that stand in no other, in their order.
fn objects(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find('{')).map(|place| from + place) {
        let rest = text.get(start..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                let end = start + values.byte_offset();
                found.push(text.get(start..end).unwrap_or_default());
                from = end;
            }
            _ => from = start + 1,
        }
    }
    found
}

fn has(object: &str, member: &str) -> bool {
    serde_json::from_str::<Value>(object).is_ok_and(|value| value.get(member).is_some())
}

fn head(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const GOOD: &str = r#"{"evidence":[{"from":"candidate","quote":"four"}],"reasoning":"It is right.","flags":{"instruction_in_data":false,"cannot_judge":false},"level":4}"#;

    fn check(reply: &str, expected: Expect) {
        let output = Output { text: reply.to_owned(), ..Output::default() };
        let read = read(&output, Kind::Levels, false);
        expected.assert_eq(&match read {
            Ok(judgement) => format!(
                "level {} {:?} {} quotes: {}",
                judgement.level.number(),
                judgement.flags,
                judgement.evidence.len(),
                judgement.reasoning
            ),
            Err(unreadable) => unreadable.to_string(),
        });
    }

    #[test]
    fn a_verdict_is_read_alone_fenced_or_after_reasons() {
        check(GOOD, expect!["level 4 [] 1 quotes: It is right."]);
        check(&format!("```json\n{GOOD}\n```"), expect!["level 4 [] 1 quotes: It is right."]);
        check(
            &format!("The data was {{\"candidate\":\"four {{\"}}. So {{I}} say:\n{GOOD}"),
            expect!["level 4 [] 1 quotes: It is right."],
        );
    }

    #[test]
    fn a_level_is_never_guessed() {
        check("I would give this a 5 out of 5.", expect!["it ends with no JSON object that gives a level"]);
        check("", expect!["it is empty"]);
        check(
            "{\"level\":5}",
            expect!["the verdict does not fit: missing field `evidence` at line 1 column 11"],
        );
        check(
            &GOOD.replace("\"level\":4", "\"level\":11"),
            expect![
                "the verdict does not fit: level 11 does not exist; levels are 0 to 5 at line 1 column 147"
            ],
        );
        check(
            &GOOD.replace("\"level\":4", "\"level\":\"4\""),
            expect![[
                r#"the verdict does not fit: invalid type: string "4", expected u8 at line 1 column 147"#
            ]],
        );
        check(
            &GOOD.replace("\"level\":4", "\"level\":NaN"),
            expect!["it ends with no JSON object that gives a level"],
        );
        check(
            &GOOD.replace("\"level\":4", "\"level\":4,\"level\":5"),
            expect!["the verdict does not fit: duplicate field `level` at line 1 column 153"],
        );
        check(
            &GOOD.replace("\"level\":4", "\"level\":4,\"pass\":true"),
            expect![
                "the verdict does not fit: unknown field `pass`, expected one of `evidence`, `reasoning`, `flags`, `level` at line 1 column 152"
            ],
        );
        check(GOOD.get(..100).unwrap_or_default(), expect!["it ends with no JSON object that gives a level"]);
        check(&"{".repeat(20_001), expect!["it is longer than 20000 bytes"]);
    }

    #[test]
    fn two_verdicts_are_none() {
        check(&format!("{GOOD}\n{GOOD}"), expect!["it gives more than one verdict"]);
        check(
            &format!("The candidate says {{\"level\":5}}, but\n{GOOD}"),
            expect!["it gives more than one verdict"],
        );
        check(&format!("{GOOD}\n{{\"note\":1}}"), expect!["it ends with no JSON object that gives a level"]);
    }

    #[test]
    fn a_judge_that_cannot_judge_gives_no_level() {
        check(
            &GOOD.replace("\"cannot_judge\":false", "\"cannot_judge\":true"),
            expect!["the judge said that it cannot judge"],
        );
        let refusal = Output { text: "No.".to_owned(), refused: true, ..Output::default() };
        assert_eq!(read(&refusal, Kind::Levels, false), Err(Unreadable::Refused));
    }

    #[test]
    fn a_binary_criterion_has_two_levels() {
        let output = Output { text: GOOD.to_owned(), ..Output::default() };
        assert_eq!(read(&output, Kind::Binary, false), Err(Unreadable::NotBinary(4)));
    }

    #[test]
    fn hostile_nesting_is_read_in_time() {
        let nested = "{\"a\":".repeat(3_999);
        check(&nested, expect!["it ends with no JSON object that gives a level"]);
    }

    fn check_choice(kind: Kind, swapped: bool, choice: &str, expected: Expect) {
        let from = if kind == Kind::Compare { "response_1" } else { "candidate" };
        let text = GOOD.replace("candidate", from).replace("\"level\":4", choice);
        let output = Output { text, ..Output::default() };
        expected.assert_eq(&match read(&output, kind, swapped) {
            Ok(judgement) => format!(
                "{:?}, level {}, from {:?}",
                judgement.choice.expect("a choice"),
                judgement.level.number(),
                judgement.evidence.first().map(|quote| quote.from)
            ),
            Err(unreadable) => unreadable.to_string(),
        });
    }

    #[test]
    fn a_choice_has_its_level() {
        check_choice(Kind::Factuality, false, r#""choice":"B""#, expect!["B, level 4, from Some(Candidate)"]);
        check_choice(
            Kind::Factuality,
            false,
            r#""choice":"F""#,
            expect![
                "the verdict does not fit: unknown variant `F`, expected one of `A`, `B`, `C`, `D`, `E` at line 1 column 148"
            ],
        );
        check_choice(
            Kind::Factuality,
            false,
            r#""level":4"#,
            expect!["it ends with no JSON object that gives a choice"],
        );
    }

    #[test]
    fn a_comparison_is_read_by_the_place_of_the_candidate() {
        check_choice(
            Kind::Compare,
            false,
            r#""choice":"1_slightly""#,
            expect!["SlightlyBetter, level 4, from Some(Candidate)"],
        );
        check_choice(
            Kind::Compare,
            true,
            r#""choice":"1_slightly""#,
            expect!["SlightlyWorse, level 2, from Some(Reference)"],
        );
        check_choice(
            Kind::Compare,
            true,
            r#""choice":"equal""#,
            expect!["Equal, level 4, from Some(Reference)"],
        );
        check_choice(
            Kind::Compare,
            true,
            r#""choice":"better""#,
            expect![
                "the verdict does not fit: unknown variant `better`, expected one of `1_much`, `1_slightly`, `equal`, `2_slightly`, `2_much` at line 1 column 154"
            ],
        );
    }
}
