//! The judge: a model that says which level a response reaches on one criterion.
//!
//! One criterion a call; the evidence for each decision is in `spec/judging.md` of the design. Leaves out
//! calling it, and adding up what it says (`outcome`).

pub mod canary;
pub mod choice;
pub mod datamark;
pub mod detector;
pub mod evidence;
pub mod omitted;
pub mod panel;
pub mod prefilter;
pub mod prompt;
pub mod reply;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use self::choice::Choice;
use self::panel::{BorderRepeats, Member, Panel};
use crate::canonical::{self, Key};
use crate::chat::answerer::Answerer;
use crate::chat::{Message, Output};
use crate::criteria::{Criterion, UseReference};
use crate::json::Object;
use crate::mistake::Mistake;
use crate::provider::ProviderName;
use crate::score::Level;

/// Which model judges, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Judge {
    pub provider: ProviderName,
    /// The model, with or without the provider's prefix.
    pub model: String,
    /// Settings that override the usual ones; `null` removes one.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    #[serde(default)]
    pub repeats: Repeats,
    /// How often a question is asked in all when its first answer is level 3 or 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub border_repeats: Option<BorderRepeats>,
    /// Further judges that answer every question too; a level is the mean of all.
    #[serde(default, skip_serializing_if = "Panel::is_empty")]
    pub panel: Panel,
}

impl Judge {
    /// Gives everybody who judges: the judge itself, then its panel.
    pub fn members(&self) -> Vec<Member> {
        let first = Member {
            provider: self.provider.clone(),
            model: self.model.clone(),
            params: self.params.clone(),
        };
        let mut members = vec![first];
        members.extend(self.panel.as_slice().iter().cloned());
        members
    }

    /// Checks of everybody who judges what a run could not ask for, or asks for itself.
    ///
    /// # Errors
    /// Names the value.
    pub fn check(&self) -> Result<(), Mistake> {
        for (place, member) in self.members().iter().enumerate() {
            member.check().map_err(|mistake| mistake.under(&place_of(place)))?;
        }
        Ok(())
    }
}

/// Gives where a member stands below the judge: the judge itself first, then its panel.
pub fn place_of(member: usize) -> String {
    match member {
        0 => String::new(),
        place => format!("/panel/{}", place - 1),
    }
}

/// How often each question is asked: 1, 3, 5, 7 or 9 times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub struct Repeats(u8);

/// The number of repeats is even or too high.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} repeats are not possible; repeats are 1, 3, 5, 7 or 9, so that a majority exists")]
pub struct NotRepeats(u8);

impl Repeats {
    /// Gives the number.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl Default for Repeats {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u8> for Repeats {
    type Error = NotRepeats;

    fn try_from(number: u8) -> Result<Self, NotRepeats> {
        if number % 2 == 1 && number <= 9 { Ok(Self(number)) } else { Err(NotRepeats(number)) }
    }
}

impl From<Repeats> for u8 {
    fn from(repeats: Repeats) -> Self {
        repeats.0
    }
}

/// What is judged: a response to a request, with the original response if the criterion uses it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case<'a> {
    /// The conversation that was asked.
    pub request: &'a [Message],
    /// The tools that the model could call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<&'a Value>,
    /// As much of the original response as the judge is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Shown<'a>>,
    pub candidate: &'a Output,
    /// In a comparison, the original stands first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swapped: bool,
}

/// The original response as the judge is shown it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shown<'a> {
    pub output: &'a Output,
    /// A person has checked that it is right.
    pub verified: bool,
}

/// Which response is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The new one.
    Candidate,
    /// The original one, for the baseline.
    Baseline,
}

impl<'a> Shown<'a> {
    /// Decides how the original response is shown beside the one that is judged, if at all.
    ///
    /// An original that a person has verified is shown as such. One that may be wrong is not shown beside
    /// itself: a response that agrees with "an earlier response" to the letter would be judged too well.
    pub fn of(criterion: &Criterion, side: Side, original: &'a Output, verified: bool) -> Option<Self> {
        let verified = match (criterion.use_reference, side) {
            (UseReference::None, Side::Candidate) if criterion.kind.needs_reference() => verified,
            (UseReference::None, _) => return None,
            (UseReference::Gold, _) => true,
            (UseReference::Context, Side::Baseline) if !verified => return None,
            (UseReference::Context, _) => verified,
        };
        Some(Self { output: original, verified })
    }
}

/// Gives the version of one judge on one criterion: the hash of everything that can change its verdict.
///
/// What helps the judge counts where there is some: a criterion without keeps the version that it had before
/// there was such help, and so its judgements.
pub fn version(member: &Member, criterion: &Criterion) -> Key {
    let plain = canonical::key(&(
        (prompt::TEMPLATE, choice::FACTUALITY),
        member.provider.as_str(),
        member.provider.own_model(&member.model),
        prompt::settings(member, criterion),
        prompt::schema(criterion.kind),
        (&criterion.question, criterion.kind, criterion.use_reference, &criterion.anchors),
    ));
    let Criterion { checks, examples, datamark, .. } = criterion;
    if checks.is_empty() && examples.is_empty() && !datamark {
        return plain;
    }
    canonical::key(&(plain, checks, examples, datamark))
}

/// Gives the version of the judge on a whole list of criteria, its panel, its repeats and weights included.
pub fn version_of_all(judge: &Judge, criteria: &[Criterion]) -> Key {
    let members = judge.members();
    let versions = criteria.iter().map(|criterion| {
        let versions: Vec<_> = members.iter().map(|member| version(member, criterion)).collect();
        (versions, criterion.weight, criterion.required)
    });
    canonical::key(&(judge.repeats, judge.border_repeats, versions.collect::<Vec<_>>()))
}

/// Gives the key of one judgement: what was asked of which judge, and the how manieth time (from 0).
pub fn question(version: &Key, case: &Case<'_>, repeat: u8) -> Key {
    canonical::key(&(version, case, repeat))
}

/// What the judge said of one response on one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judgement {
    pub level: Level,
    pub reasoning: String,
    pub evidence: Vec<Quote>,
    pub flags: Vec<Flag>,
    /// What the judge chose, where it gives no level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// Which model said so; none where no model was asked, or its provider does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<Answerer>,
}

/// A piece of the case that the judge leans on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Quote {
    pub from: Block,
    pub quote: String,
}

/// The parts of a case that can be quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Block {
    Request,
    Reference,
    Candidate,
}

/// Something about a judgement that a person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The judge saw instructions to it inside the response.
    InstructionInData,
    /// The response was too short or empty to need a judge.
    Prefilter,
    /// A part of the case was too long to show whole.
    Truncated,
    /// A quote that the judge leans on does not stand where it says.
    UnverifiedQuote,
    /// The response looks as if it talks to the judge. It is judged all the same.
    SuspectedInjection,
    /// The two orders of a comparison pick different responses.
    OrderInconsistent,
    /// Two judges of the panel are two levels or more apart.
    PanelDisagrees,
    /// Two answers about a response that may be talking to the judge are two levels or more apart.
    AnswersDiffer,
    /// The provider does not take the form of the verdict: the judge was asked for it in words.
    SchemaRefused,
    /// The provider does not take a temperature: the judge answered at its usual one.
    TemperatureRefused,
}

impl Flag {
    /// Tells whether it says how the judge was asked, and nothing of the response.
    pub fn is_of_asking(self) -> bool {
        matches!(self, Self::SchemaRefused | Self::TemperatureRefused)
    }
}

/// Why there is no judgement. Never a level, and never a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unscored {
    #[error("the judge's reply could not be read: {why}")]
    Unreadable {
        why: String,
        /// The reply, for people to look at.
        reply: String,
    },
    #[error("the judge declined: {words}")]
    Refused { words: String },
    #[error("the judge could not be reached: {why}")]
    Unreachable { why: String },
    #[error("there is no original response to judge it against")]
    NoReference,
}

impl<'de> Deserialize<'de> for Unscored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        match object.take::<String, D::Error>("kind")?.as_str() {
            "unreadable" => Ok(Self::Unreadable { why: object.take("why")?, reply: object.take("reply")? }),
            "refused" => Ok(Self::Refused { words: object.take("words")? }),
            "unreachable" => Ok(Self::Unreachable { why: object.take("why")? }),
            "no_reference" => Ok(Self::NoReference),
            kind => {
                let known = &["unreadable", "refused", "unreachable", "no_reference"];
                Err(D::Error::unknown_variant(kind, known))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Role;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(change: fn(&mut Judge, &mut Criterion), expected: Expect) {
        let mut judge: Judge =
            serde_json::from_value(json!({"provider": "p", "model": "m"})).expect("a judge");
        let mut criterion: Criterion =
            serde_json::from_value(json!({"name": "a", "question": "Is it right?"})).expect("a criterion");
        let versions = |judge: &Judge, criterion: &Criterion| {
            let of_all = version_of_all(judge, std::slice::from_ref(criterion));
            (judge.members().first().map(|member| version(member, criterion)), of_all)
        };
        let before = versions(&judge, &criterion);
        change(&mut judge, &mut criterion);
        let after = versions(&judge, &criterion);
        expected.assert_eq(match (before.0 == after.0, before.1 == after.1) {
            (true, true) => "the same",
            (true, false) => "the same question, another run",
            (false, false) => "another question, another run",
            (false, true) => "impossible",
        });
    }

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).expect("it reads")
    }

    #[test]
    fn what_can_change_a_verdict_makes_another_question() {
        let other = || expect!["another question, another run"];
        check(|judge, _| judge.model = "n".to_owned(), other());
        check(|judge, _| judge.provider = read(json!("q")), other());
        check(|judge, _| _ = judge.params.insert("temperature".to_owned(), json!(1)), other());
        check(|_, criterion| criterion.kind = crate::criteria::Kind::Binary, other());
        check(|_, criterion| criterion.kind = crate::criteria::Kind::Compare, other());
        check(|_, criterion| criterion.use_reference = UseReference::Gold, other());
        check(|_, criterion| criterion.question = read(json!("Is it wrong?")), other());
        check(|_, criterion| criterion.anchors = read(json!({"5": "It is."})), other());
        check(|_, criterion| criterion.checks = read(json!(["Is it short?"])), other());
        check(
            |_, criterion| {
                let example = json!({"request": "a", "candidate": "b", "level": 3, "reasoning": "c"});
                criterion.examples = read(json!([example]));
            },
            other(),
        );
        check(|_, criterion| criterion.datamark = true, other());
    }

    #[test]
    fn what_changes_how_verdicts_are_added_up_makes_another_run() {
        let other = || expect!["the same question, another run"];
        check(|judge, _| judge.repeats = Repeats(3), other());
        check(|judge, _| judge.border_repeats = Some(read(json!(3))), other());
        check(|judge, _| judge.panel = read(json!([{"provider": "p", "model": "n"}])), other());
        check(|_, criterion| criterion.required = true, other());
        check(|_, criterion| criterion.weight = read(json!(2)), other());
    }

    #[test]
    fn a_version_stays_what_it_was() {
        let judge: Member = read(json!({"provider": "p", "model": "m"}));
        let criterion: Criterion = read(json!({"name": "a", "question": "Is it right?"}));
        expect!["b8a473e4982268c51825f2eaee65ff6d685bc7eb494361ab94e2d189ab4f763a"]
            .assert_eq(version(&judge, &criterion).as_str());
    }

    #[test]
    fn what_is_only_a_name_changes_nothing() {
        check(|judge, _| judge.model = "p/m".to_owned(), expect!["the same"]);
        check(|_, criterion| criterion.name = read(json!("b")), expect!["the same"]);
    }

    /// Tells how an original is shown: beside a new response and beside itself.
    fn check_shown(use_reference: UseReference, verified: bool, expected: Expect) {
        let mut criterion: Criterion =
            serde_json::from_value(json!({"name": "a", "question": "b"})).expect("a criterion");
        criterion.use_reference = use_reference;
        let original = Output::default();
        let how = |side| match Shown::of(&criterion, side, &original, verified) {
            None => "not shown",
            Some(Shown { verified: false, .. }) => "context",
            Some(Shown { verified: true, .. }) => "gold",
        };
        expected.assert_eq(&format!("{}, {}", how(Side::Candidate), how(Side::Baseline)));
    }

    #[test]
    fn an_original_that_may_be_wrong_is_not_shown_beside_itself() {
        check_shown(UseReference::Context, false, expect!["context, not shown"]);
        check_shown(UseReference::Context, true, expect!["gold, gold"]);
        check_shown(UseReference::Gold, false, expect!["gold, gold"]);
        check_shown(UseReference::None, true, expect!["not shown, not shown"]);
    }

    #[test]
    fn what_is_shown_is_part_of_the_question() {
        let judge: Member = read(json!({"provider": "p", "model": "m"}));
        let criterion: Criterion = read(json!({"name": "a", "question": "b"}));
        let (messages, candidate) = ([Message::text(Role::User, "Hi")], Output::default());
        let shown = |verified| Some(Shown { output: &candidate, verified });
        let keys = [None, shown(false), shown(true)].map(|reference| {
            let case =
                Case { request: &messages, tools: None, reference, candidate: &candidate, swapped: false };
            question(&version(&judge, &criterion), &case, 0)
        });
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    }
}
