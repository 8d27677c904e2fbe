//! Outcomes: what one item came to in one run.
//!
//! An item is scored only when every criterion has a level and no weighted scorer is in error. That one has
//! none makes it unscored, never 0 and never a pass; that the target gave no answer makes it an error.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::chat::Output;
use crate::chat::answerer::Answerer;
use crate::criteria::{Criterion, Kind};
use crate::id::{ItemId, LogId, RunId};
use crate::json::Object;
use crate::judge::{Flag, Judgement, Unscored, choice, detector};
use crate::label::Label;
use crate::score::{Level, MeanLevel, Part, Score, ScorerPart, Threshold, Weight};
use crate::scorer::result::{Mark, ScorerResult};
use crate::set::Reference;

/// How an item ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// There is an answer, but no judgement of it.
    Unscored,
    /// There is no answer.
    Error,
}

impl Verdict {
    /// Gives the word on the wire and in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unscored => "unscored",
            Self::Error => "error",
        }
    }
}

impl Verdict {
    /// Tells whether the item passes; none when it has no score.
    pub fn passes(self) -> Option<bool> {
        match self {
            Self::Pass => Some(true),
            Self::Fail => Some(false),
            Self::Unscored | Self::Error => None,
        }
    }
}

impl std::str::FromStr for Verdict {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = [Self::Pass, Self::Fail, Self::Unscored, Self::Error]
            .into_iter()
            .find(|verdict| verdict.word() == word);
        known.ok_or_else(|| format!("\"{word}\" is no verdict; known are pass, fail, unscored, error"))
    }
}

/// How an item changed against the original response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The original passes, the new response does not.
    Broke,
    /// The new response passes, the original does not.
    Fixed,
    Same,
}

impl Change {
    /// Compares two scores at one threshold; none unless both exist.
    pub fn between(original: Option<Score>, new: Option<Score>, threshold: Threshold) -> Option<Self> {
        Some(match (original?.passes(threshold), new?.passes(threshold)) {
            (true, false) => Self::Broke,
            (false, true) => Self::Fixed,
            _ => Self::Same,
        })
    }
}

/// What the judge said of one response on one criterion, all repeats of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judged {
    /// Of a comparison, two for each repeat: one for each order.
    pub judgements: Vec<Judgement>,
    /// What each judge of the panel said, in the panel's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panel: Vec<Vec<Judgement>>,
    /// Why a repeat is missing; the criterion then has no level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Unscored>,
}

impl Judged {
    /// Gives the mean of what the judges say, each the mean of its repeats; none when one of them is missing.
    pub fn level(&self) -> Option<MeanLevel> {
        if self.unscored.is_some() {
            return None;
        }
        MeanLevel::between(&self.by_judge()?)
    }

    /// Gives the level of each judge, the panel's after the first; none when one has none.
    pub fn by_judge(&self) -> Option<Vec<MeanLevel>> {
        let each = std::iter::once(&self.judgements).chain(&self.panel);
        each.map(|judgements| level_of(judgements)).collect()
    }

    /// Gives every level that was given, in the order of the repeats.
    pub fn levels(&self) -> Vec<Level> {
        self.judgements.iter().map(|judgement| judgement.level).collect()
    }

    /// Tells whether two answers of one judge are two levels or more apart.
    fn is_torn(&self) -> bool {
        let of_one = |judgements: &Vec<Judgement>| {
            let in_both_orders = judgements.iter().any(|judgement| quarters(judgement).is_some());
            let answers = judgements.chunks(if in_both_orders { 2 } else { 1 }).filter_map(level_of);
            are_apart(&answers.collect::<Vec<_>>())
        };
        std::iter::once(&self.judgements).chain(&self.panel).any(of_one)
    }

    /// Gives which models said this, each once, in the order of the questions.
    pub fn answered_by(&self) -> Vec<Answerer> {
        let every = self.judgements.iter().chain(self.panel.iter().flatten());
        let mut each = Vec::new();
        for by in every.filter_map(|judgement| judgement.answered_by.as_ref()) {
            if !each.contains(by) {
                each.push(by.clone());
            }
        }
        each
    }

    fn flags(&self) -> Vec<Flag> {
        let every = || self.judgements.iter().chain(self.panel.iter().flatten());
        let said = every().flat_map(|judgement| judgement.flags.iter().copied());
        let mut flags: Vec<_> = said.filter(|flag| !flag.is_of_asking()).collect();
        let quarters: Vec<_> = every().filter_map(quarters).collect();
        if quarters.chunks_exact(2).any(|orders| matches!(orders, [a, b] if choice::is_inconsistent(*a, *b)))
        {
            flags.push(Flag::OrderInconsistent);
        }
        let levels = self.by_judge().unwrap_or_default();
        if are_apart(&levels) {
            flags.push(Flag::PanelDisagrees);
        }
        flags
    }
}

fn quarters(judgement: &Judgement) -> Option<u8> {
    judgement.choice?.quarters()
}

fn are_apart(levels: &[MeanLevel]) -> bool {
    levels.iter().any(|a| levels.iter().any(|b| a.is_apart(*b, 2)))
}

/// Gives the level of one judge: the mean of its repeats, a comparison's in both orders.
pub fn level_of(judgements: &[Judgement]) -> Option<MeanLevel> {
    let quarters: Vec<_> = judgements.iter().filter_map(quarters).collect();
    if quarters.is_empty() {
        return MeanLevel::of(&judgements.iter().map(|judgement| judgement.level).collect::<Vec<_>>());
    }
    let orders = quarters.chunks(2).map(|orders| match orders {
        [first, second] => Some(choice::level_of_orders(*first, *second)),
        _ => None,
    });
    MeanLevel::between(&orders.collect::<Option<Vec<_>>>()?)
}

/// One criterion's part of an outcome: the new response's level, and the original's for the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CriterionOutcome {
    pub name: String,
    /// How it is answered, by the judge and by people.
    #[serde(default)]
    pub kind: Kind,
    pub candidate: Judged,
    /// None when the run has no baseline or the item no reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Judged>,
}

/// The score of an item by its criteria alone: exact, and none unless every criterion has a level.
///
/// `criteria` gives each criterion with its level.
pub fn score<'a>(criteria: impl Iterator<Item = (&'a Criterion, Option<MeanLevel>)>) -> Option<Score> {
    Score::of(&parts(criteria)?)
}

/// The score of an item by its criteria and its weighted scorers: exact, and none unless every criterion has
/// a level and no weighted scorer is in error.
///
/// `criteria` gives each criterion with its level, `scorers` each scorer's weight with its mark.
pub fn score_with<'a>(
    criteria: impl Iterator<Item = (&'a Criterion, Option<MeanLevel>)>,
    scorers: impl Iterator<Item = (Option<Weight>, Mark)>,
) -> Option<Score> {
    Score::with(&parts(criteria)?, &weighed(scorers)?)
}

/// Gives what the weighted scorers add to a score; none when one is in error.
///
/// A scorer that is skipped does not count, nor does its weight.
pub fn weighed(scorers: impl Iterator<Item = (Option<Weight>, Mark)>) -> Option<Vec<ScorerPart>> {
    let mut weighted = Vec::new();
    for (weight, mark) in scorers {
        match (weight, mark) {
            (None, _) | (Some(_), Mark::Skipped) => {}
            (Some(_), Mark::Error) => return None,
            (Some(weight), Mark::Scored { score, .. }) => weighted.push(ScorerPart { score, weight }),
        }
    }
    Some(weighted)
}

fn parts<'a>(criteria: impl Iterator<Item = (&'a Criterion, Option<MeanLevel>)>) -> Option<Vec<Part>> {
    let parts = criteria.map(|(criterion, level)| {
        Some(Part { level: level?, weight: criterion.weight, required: criterion.required })
    });
    parts.collect()
}

/// Gives the verdict on an answered item by its score.
pub fn verdict(score: Option<Score>, threshold: Threshold) -> Verdict {
    match score {
        None => Verdict::Unscored,
        Some(score) if score.passes(threshold) => Verdict::Pass,
        Some(_) => Verdict::Fail,
    }
}

/// Gives every flag that the new response or any judgement of it carries, once.
pub fn flags(candidate: Option<&Output>, criteria: &[CriterionOutcome]) -> Vec<Flag> {
    let mut flags: std::collections::BTreeSet<_> =
        criteria.iter().flat_map(|outcome| outcome.candidate.flags()).collect();
    if candidate.is_some_and(detector::suspects) {
        flags.insert(Flag::SuspectedInjection);
        if criteria.iter().any(|outcome| outcome.candidate.is_torn()) {
            flags.insert(Flag::AnswersDiffer);
        }
    }
    flags.into_iter().collect()
}

/// One criterion of a results row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CriterionRow {
    pub name: String,
    /// 0 to 5, the mean of the repeats; none when unscored.
    pub level: Option<MeanLevel>,
    pub baseline_level: Option<MeanLevel>,
    /// The level as a score, 0 to 1.
    pub score: Option<f64>,
    /// The head of the judge's reasoning, or of why there is none.
    pub reasoning_preview: String,
    /// Which models judged the new response, each once; none of what is older than this, or where no model was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered_by: Vec<Answerer>,
}

/// An item of a run as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    pub item_id: ItemId,
    pub log_id: Option<LogId>,
    pub feature: Option<String>,
    pub verdict: Verdict,
    pub score: Option<f64>,
    pub baseline_score: Option<f64>,
    pub change: Option<Change>,
    pub criteria: Vec<CriterionRow>,
    /// What the set's scorers say, in their order.
    pub scorers: Vec<ScorerResult>,
    pub request_preview: String,
    /// The new response; of an error, what went wrong.
    pub response_preview: String,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    pub flags: Vec<Flag>,
}

/// What a run's target answered to an item: a line of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answered {
    pub run_id: RunId,
    pub item_id: ItemId,
    /// The request as it was logged, with the tools that the target was given.
    pub request: Value,
    pub reference: Option<Reference>,
    /// None when there is no answer.
    pub response: Option<Output>,
    /// Why there is none.
    pub error: Option<String>,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    /// It was answered for another run before: nobody waited or paid for it in this one.
    pub cached: bool,
}

impl<'de> Deserialize<'de> for Answered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self {
            run_id: object.take("run_id")?,
            item_id: object.take("item_id")?,
            request: object.take("request")?,
            reference: object.take("reference")?,
            response: object.take("response")?,
            error: object.take("error")?,
            latency_ms: object.take("latency_ms")?,
            cost_usd: object.take("cost_usd")?,
            cached: object.take("cached")?,
        })
    }
}

/// An item of a run with everything.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Detail {
    #[serde(flatten)]
    pub row: Row,
    /// The request as it was logged.
    pub request: Value,
    /// The request as the target was sent it; none when it could not be written.
    pub sent: Option<Value>,
    /// What of it the target's provider has no words for, each in a word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lossy: Vec<String>,
    pub reference: Option<Reference>,
    /// What the set's scorers say of the original response, in their order; empty without a baseline.
    pub baseline_scorers: Vec<ScorerResult>,
    /// The new response; none when there is no answer.
    pub response: Option<Output>,
    /// Why there is no answer.
    pub error: Option<String>,
    /// Each criterion's judgements in full.
    pub judgements: Vec<CriterionOutcome>,
    /// What people say of the new response, the oldest first.
    pub labels: Vec<Label>,
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self {
            request: object.take("request")?,
            sent: object.take("sent")?,
            lossy: object.take::<Option<_>, _>("lossy")?.unwrap_or_default(),
            reference: object.take("reference")?,
            baseline_scorers: object.take("baseline_scorers")?,
            response: object.take("response")?,
            error: object.take("error")?,
            judgements: object.take("judgements")?,
            labels: object.take("labels")?,
            row: object.rest()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::PartScore;
    use expect_test::{Expect, expect};

    fn criteria() -> Vec<Criterion> {
        let criteria = r#"[{"name": "a", "question": "?", "weight": 3}, {"name": "b", "question": "?", "required": true}]"#;
        serde_json::from_str(criteria).expect("criteria")
    }

    fn check(levels: [Option<u8>; 2], expected: Expect) {
        let criteria = criteria();
        let levels =
            levels.map(|level| level.and_then(|number| MeanLevel::of(&[Level::try_from(number).ok()?])));
        let score = score(criteria.iter().zip(levels));
        let verdict = verdict(score, Threshold::default());
        expected.assert_eq(&format!("{} {:?}", verdict.word(), score.map(Score::value)));
    }

    #[test]
    fn an_item_is_scored_when_every_criterion_has_a_level() {
        check([Some(5), Some(4)], expect!["pass Some(0.95)"]);
        check([Some(5), Some(3)], expect!["fail Some(0.9)"]);
        check([Some(5), None], expect!["unscored None"]);
    }

    fn check_with(mark: Mark, weight: Option<f64>, expected: Expect) {
        let weight = weight.map(|weight| Weight::try_from(weight).expect("a weight"));
        let criteria = criteria();
        let level = MeanLevel::of(&[Level::PASSING]);
        let levels = criteria.iter().map(|criterion| (criterion, level));
        let score = score_with(levels, std::iter::once((weight, mark)));
        expected.assert_eq(&format!("{:?}", score.map(Score::value)));
    }

    #[test]
    fn only_weighted_scorers_count_and_their_errors_leave_no_score() {
        let scored =
            |value: f64| Mark::Scored { score: PartScore::try_from(value).expect("a score"), passed: false };
        check_with(scored(0.0), Some(4.0), expect!["Some(0.4)"]);
        check_with(scored(0.0), None, expect!["Some(0.8)"]);
        check_with(Mark::Skipped, Some(4.0), expect!["Some(0.8)"]);
        check_with(Mark::Error, Some(4.0), expect!["None"]);
        check_with(Mark::Error, None, expect!["Some(0.8)"]);
    }

    #[test]
    fn a_missing_repeat_leaves_the_criterion_without_a_level() {
        let judgement = Judgement {
            level: Level::PASSING,
            reasoning: String::new(),
            evidence: Vec::new(),
            flags: Vec::new(),
            choice: None,
            answered_by: None,
        };
        let judged = Judged {
            judgements: vec![judgement],
            unscored: Some(Unscored::Refused { words: "No.".to_owned() }),
            ..Judged::default()
        };
        assert_eq!(judged.level(), None);
    }
}
