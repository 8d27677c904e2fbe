//! What an item or canary comes to, when every question has its answer.

use shared::judge::canary::Tried;
use shared::judge::{Judgement, Side, Unscored};
use shared::log;
use shared::moment::Moment;
use shared::outcome::{self, Change, CriterionOutcome, CriterionRow, Judged, Verdict};
use shared::scorer::run;
use shared::slices::properties::{self, Facts};

use super::{Question, Subject, Work, scoring};
use crate::pipeline::step::plan::Plan;
use crate::store::canary::Drawn;
use crate::store::outcome::{Asked, Finished, Questions};
use crate::store::run::Claim;

/// What it comes to.
pub enum Ended {
    Item(Box<Finished>),
    /// The canary at this position.
    Canary(u32, Tried),
}

impl Work {
    /// Gives what it comes to, when every question has its answer.
    pub fn finish(&self, plan: &Plan, at: Moment) -> Ended {
        match &self.subject {
            Subject::Item(claim) => Ended::Item(Box::new(self.outcome(plan, claim, at))),
            Subject::Canary(drawn) => {
                let asked: Vec<_> = self.questions.iter().collect();
                Ended::Canary(drawn.position, tried(plan, drawn, self.verified, &together(&asked)))
            }
        }
    }

    fn outcome(&self, plan: &Plan, claim: &Claim, at: Moment) -> Finished {
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
                kind: criterion.kind,
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
        let known = self.completion.as_ref();
        let scorers = known.map(|known| self.scorers(plan, known)).unwrap_or_default();
        let marks = |results| scoring::marks(&plan.scorers, results);
        let score = outcome::score_with(
            plan.criteria.iter().zip(outcomes.iter().map(level)),
            marks(&scorers.candidate),
        );
        let baseline = outcome::score_with(
            plan.criteria.iter().zip(outcomes.iter().map(baseline_level)),
            marks(&scorers.baseline),
        );
        Finished {
            item_id: claim.item_id.clone(),
            attempt: claim.attempt,
            verdict: outcome::verdict(score, plan.threshold()),
            score: score.map(shared::score::Score::value),
            baseline_score: baseline.map(shared::score::Score::value),
            change: Change::between(baseline, score, plan.threshold()),
            criteria: outcomes.iter().map(row).collect(),
            scorers: scorers.candidate,
            baseline_scorers: scorers.baseline,
            questions: questions.collect(),
            completion_key: known.map(|_| self.completion_key.clone()),
            error: None,
            response_preview: known.map(|known| log::preview(&known.output.plain())).unwrap_or_default(),
            flags: outcome::flags(known.map(|known| &known.output), &outcomes),
            properties: Some(properties::of(&Facts {
                request: &self.request,
                reference: self.reference.as_ref(),
                response: known.map(|known| &known.output),
            })),
            latency_ms: known.map(|known| known.latency_ms),
            cost_usd: known.and_then(|known| known.cost_usd),
            at,
        }
    }
}

/// Gives the outcome of an item whose target gave no answer.
pub fn errored(plan: &Plan, claim: &Claim, why: &str, at: Moment) -> Finished {
    Finished {
        item_id: claim.item_id.clone(),
        attempt: claim.attempt,
        verdict: Verdict::Error,
        score: None,
        baseline_score: None,
        change: None,
        criteria: Vec::new(),
        scorers: run::unanswered(&plan.scorers, why),
        baseline_scorers: Vec::new(),
        questions: Vec::new(),
        completion_key: None,
        error: Some(why.to_owned()),
        response_preview: log::preview(why),
        flags: Vec::new(),
        properties: None,
        latency_ms: None,
        cost_usd: None,
        at,
    }
}

/// Gives what a canary comes to that cannot be asked about.
pub fn untried(plan: &Plan, drawn: &Drawn, why: String) -> Tried {
    let judged = Judged { unscored: Some(Unscored::Unreachable { why }), ..Judged::default() };
    tried(plan, drawn, false, &judged)
}

fn tried(plan: &Plan, drawn: &Drawn, verified: bool, judged: &Judged) -> Tried {
    let criterion = plan.criteria.get(drawn.criterion);
    Tried {
        name: drawn.name,
        criterion: criterion.map(|criterion| criterion.name.to_string()).unwrap_or_default(),
        expected: criterion.and_then(|criterion| drawn.name.expected(criterion, verified)),
        level: judged.level(),
        unscored: judged.unscored.clone(),
    }
}

fn together(asked: &[&Question]) -> Judged {
    let unscored = asked.iter().find_map(|question| question.answer.as_ref()?.as_ref().err().cloned());
    let mut each = by_judge(asked, |_, judgement| judgement.clone()).into_iter();
    Judged { judgements: each.next().unwrap_or_default(), panel: each.collect(), unscored }
}

fn keys(asked: &[&Question]) -> Asked {
    let mut each = by_judge(asked, |question, _| question.key.clone()).into_iter();
    let keys = each.next().unwrap_or_default();
    Asked { keys, panel: each.collect(), unscored: together(asked).unscored }
}

/// Gives something of each answered question, the questions of each judge together.
fn by_judge<T>(asked: &[&Question], of: impl Fn(&Question, &Judgement) -> T) -> Vec<Vec<T>> {
    let mut each: Vec<Vec<T>> = Vec::new();
    for question in asked {
        while each.len() <= question.judge {
            each.push(Vec::new());
        }
        if let (Some(Ok(judgement)), Some(of_judge)) = (&question.answer, each.get_mut(question.judge)) {
            of_judge.push(of(question, judgement));
        }
    }
    each
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
        answered_by: outcome.candidate.answered_by(),
    }
}
