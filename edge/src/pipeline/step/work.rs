//! One item on its way through a run: what is known of it, what must still be asked, what it comes to.
//!
//! Pure: nothing here calls or stores.

use std::collections::HashMap;

use serde_json::Value;
use shared::canonical::{self, Key};
use shared::chat::{Message, Output, openai};
use shared::criteria::Criterion;
use shared::judge::{self, Case, Judgement, Shown, Side, Unscored, prefilter};
use shared::log;
use shared::moment::Moment;
use shared::outcome::{self, Change, CriterionOutcome, CriterionRow, Judged, Verdict};
use shared::set::Item;
use shared::target;

use super::plan::Plan;
use crate::store::fact::Known;
use crate::store::outcome::{Asked, Finished, Questions};
use crate::store::run::Claim;
use crate::upstream::address;

/// An item that is being worked on.
pub struct Work {
    pub claim: Claim,
    /// The conversation that was asked.
    messages: Vec<Message>,
    tools: Option<Value>,
    reference: Option<Output>,
    /// A person has checked that the reference is right.
    verified: bool,
    /// What the target is sent.
    pub body: Value,
    pub completion_key: Key,
    pub completion: Option<Known>,
    /// Every question about this item; empty until there is a completion.
    pub questions: Vec<Question>,
}

/// One question to the judge.
pub struct Question {
    /// The place of the criterion in the set's list.
    pub criterion: usize,
    side: Side,
    pub key: Key,
    pub answer: Option<Result<Judgement, Unscored>>,
}

impl Work {
    /// Takes up an item.
    ///
    /// # Errors
    /// Says why the target cannot be asked about it.
    pub fn begin(plan: &Plan, claim: Claim, item: Item) -> Result<Self, (Claim, String)> {
        let target = &plan.run.config.target;
        let (read, body) =
            match (openai::read_request(&item.request), target::apply(target, &item.request, &item.row.tags))
            {
                (Ok(read), Ok(body)) => (read, body),
                (Err(mistake), _) | (_, Err(mistake)) => return Err((claim, mistake.detail)),
            };
        let origin = address::origin(&plan.target.base_url);
        let protocol = plan.target.provider.protocol.word();
        let completion_key = plan.salted(canonical::key(&(origin, protocol, &body, 0)));
        Ok(Self {
            claim,
            messages: read.messages,
            tools: read.settings.get("tools").cloned(),
            reference: item.reference.map(Output::from),
            verified: item.row.verified,
            body,
            completion_key,
            completion: None,
            questions: Vec::new(),
        })
    }

    /// Writes down what the judge must be asked, now that there is a completion.
    ///
    /// Gives the judgements that need no judge, as facts.
    pub fn question(&mut self, plan: &Plan) -> Vec<(Key, usize, Judgement)> {
        let sides = [Side::Candidate, Side::Baseline];
        let baseline = plan.run.config.baseline && self.reference.is_some();
        let mut questions = Vec::new();
        for (criterion, _) in plan.criteria.iter().enumerate() {
            for side in sides.into_iter().filter(|side| *side == Side::Candidate || baseline) {
                for repeat in 0..plan.run.config.judge.repeats.number() {
                    questions.extend(self.ask(plan, criterion, side, repeat));
                }
            }
        }
        let free =
            questions.iter().filter_map(|question: &Question| match (&question.answer, question.side) {
                (Some(Ok(judgement)), _) => {
                    Some((question.key.clone(), question.criterion, judgement.clone()))
                }
                _ => None,
            });
        let free = free.collect();
        self.questions = questions;
        free
    }

    fn ask(&self, plan: &Plan, criterion: usize, side: Side, repeat: u8) -> Option<Question> {
        let (asked, version) = (plan.criteria.get(criterion)?, plan.versions.get(criterion)?);
        let case = self.case(asked, side)?;
        let key = plan.salted(judge::question(version, &case, repeat));
        // The original is not compared with itself when it is looked at for being too short to judge.
        let against = if side == Side::Candidate { self.reference.as_ref() } else { None };
        let answer = prefilter::judge(case.candidate, against).map(Ok);
        Some(Question { criterion, side, key, answer })
    }

    fn case(&self, criterion: &Criterion, side: Side) -> Option<Case<'_>> {
        let candidate = match side {
            Side::Candidate => &self.completion.as_ref()?.output,
            Side::Baseline => self.reference.as_ref()?,
        };
        Some(Case {
            request: &self.messages,
            tools: self.tools.as_ref(),
            reference: self
                .reference
                .as_ref()
                .and_then(|original| Shown::of(criterion, side, original, self.verified)),
            candidate,
        })
    }

    /// Gives the case of a question on its criterion.
    pub fn case_of(&self, question: &Question, criterion: &Criterion) -> Option<Case<'_>> {
        self.case(criterion, question.side)
    }

    /// Gives the keys of the questions that have no answer yet.
    pub fn open_keys(&self) -> impl Iterator<Item = &Key> {
        self.questions.iter().filter(|question| question.answer.is_none()).map(|question| &question.key)
    }

    /// Gives the place of the next question to ask; none when all have answers.
    pub fn next_question(&self) -> Option<usize> {
        self.questions.iter().position(|question| question.answer.is_none())
    }

    /// Answers every open question whose judgement is known. Gives how many those are.
    pub fn learn(&mut self, known: &HashMap<Key, Judgement>) -> u64 {
        let mut learnt = 0;
        for question in self.questions.iter_mut().filter(|question| question.answer.is_none()) {
            if let Some(judgement) = known.get(&question.key) {
                question.answer = Some(Ok(judgement.clone()));
                learnt += 1;
            }
        }
        learnt
    }

    /// Takes the answer to the question at `place`.
    pub fn answer(&mut self, place: usize, answer: Result<Judgement, Unscored>) {
        if let Some(question) = self.questions.get_mut(place) {
            question.answer = Some(answer);
        }
    }

    /// Tells whether some question was asked and stays without a judgement.
    pub fn is_unscored(&self) -> bool {
        self.questions.iter().any(|question| matches!(question.answer, Some(Err(_))))
    }

    /// Leaves every open question without a judgement.
    pub fn give_up(&mut self, why: &str) {
        for question in self.questions.iter_mut().filter(|question| question.answer.is_none()) {
            question.answer = Some(Err(Unscored::Unreachable { why: why.to_owned() }));
        }
    }

    /// Gives what the item comes to, when every question has its answer.
    pub fn finish(&self, plan: &Plan, at: Moment) -> Finished {
        let judged = |criterion: usize, side: Side| {
            let asked: Vec<_> = self
                .questions
                .iter()
                .filter(|question| question.criterion == criterion && question.side == side)
                .collect();
            if asked.is_empty() { None } else { Some(asked) }
        };
        let sides: Vec<_> = (0..plan.criteria.len())
            .map(|criterion| (judged(criterion, Side::Candidate), judged(criterion, Side::Baseline)))
            .collect();
        let outcomes: Vec<_> = plan
            .criteria
            .iter()
            .zip(&sides)
            .map(|(criterion, (candidate, baseline))| CriterionOutcome {
                name: criterion.name.to_string(),
                candidate: candidate.as_deref().map(together).unwrap_or_default(),
                baseline: baseline.as_deref().map(together),
            })
            .collect();
        let questions = sides.iter().map(|(candidate, baseline)| Questions {
            candidate: candidate.as_deref().map(keys).unwrap_or_default(),
            baseline: baseline.as_deref().map(keys),
        });
        let level = |outcome: &CriterionOutcome| outcome.candidate.level();
        let baseline_level = |outcome: &CriterionOutcome| outcome.baseline.as_ref().and_then(Judged::level);
        let score = outcome::score(plan.criteria.iter().zip(outcomes.iter().map(level)));
        let baseline = outcome::score(plan.criteria.iter().zip(outcomes.iter().map(baseline_level)));
        let known = self.completion.as_ref();
        Finished {
            item_id: self.claim.item_id.clone(),
            attempt: self.claim.attempt,
            verdict: outcome::verdict(score, plan.threshold()),
            score: score.map(shared::score::Score::value),
            baseline_score: baseline.map(shared::score::Score::value),
            change: Change::between(baseline, score, plan.threshold()),
            criteria: outcomes.iter().map(row).collect(),
            questions: questions.collect(),
            completion_key: known.map(|_| self.completion_key.clone()),
            error: None,
            response_preview: known.map(|known| log::preview(&known.output.plain())).unwrap_or_default(),
            flags: outcome::flags(known.map(|known| &known.output), &outcomes),
            latency_ms: known.map(|known| known.latency_ms),
            cost_usd: known.and_then(|known| known.cost_usd),
            at,
        }
    }
}

/// Gives the outcome of an item whose target gave no answer.
pub fn errored(claim: &Claim, why: &str, at: Moment) -> Finished {
    Finished {
        item_id: claim.item_id.clone(),
        attempt: claim.attempt,
        verdict: Verdict::Error,
        score: None,
        baseline_score: None,
        change: None,
        criteria: Vec::new(),
        questions: Vec::new(),
        completion_key: None,
        error: Some(why.to_owned()),
        response_preview: log::preview(why),
        flags: Vec::new(),
        latency_ms: None,
        cost_usd: None,
        at,
    }
}

fn together(asked: &[&Question]) -> Judged {
    let mut judged = Judged::default();
    for question in asked {
        match &question.answer {
            Some(Ok(judgement)) => judged.judgements.push(judgement.clone()),
            Some(Err(unscored)) => judged.unscored = Some(unscored.clone()),
            None => {}
        }
    }
    judged
}

fn keys(asked: &[&Question]) -> Asked {
    let answered = asked.iter().filter(|question| matches!(question.answer, Some(Ok(_))));
    Asked {
        keys: answered.map(|question| question.key.clone()).collect(),
        unscored: together(asked).unscored,
    }
}

fn row(outcome: &CriterionOutcome) -> CriterionRow {
    let level = outcome.candidate.level();
    let words = match (&outcome.candidate.unscored, outcome.candidate.judgements.first()) {
        (Some(unscored), _) => unscored.to_string(),
        (None, Some(judgement)) => judgement.reasoning.clone(),
        (None, None) => String::new(),
    };
    CriterionRow {
        name: outcome.name.clone(),
        level,
        baseline_level: outcome.baseline.as_ref().and_then(Judged::level),
        score: level.map(shared::score::MeanLevel::score),
        reasoning_preview: log::preview(&words),
    }
}
