//! Set → trial: a judge asked about one response as a run would ask it, before what it is asked is saved.
//!
//! What it says is kept under its question like any judgement, so that a run that asks the same pays nothing for it.
//! Leaves out what only a run does: more answers at the border and to what may be talking to the judge, canaries, scorers.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use shared::api::tryout::{MOST_CALLS, NewTrial, Trial};
use shared::canonical::Key;
use shared::chat::{Output, Request, Usage, openai};
use shared::criteria::{Criterion, Kind};
use shared::id::{ItemId, SetId};
use shared::judge::{self, Case, Judge, Judgement, Shown, Side, Unscored, prefilter};
use shared::outcome::{self, CriterionOutcome, Judged};

use super::step::judging::{self, Refused, Reply};
use super::step::plan::Seat;
use super::{curate, launch};
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Ledger, Random, Secrets, Sql, Upstream};
use crate::store::fact;
use crate::upstream::allowance::Allowance;
use crate::upstream::ask::Failed;
use crate::upstream::patience::Patience;
use crate::upstream::window::Window;

/// How many calls are under way at once: as many as the platform has under way for one request.
const AT_ONCE: usize = 6;
/// How many tries a call has, all in all.
const TRIES: usize = 3;
/// For how long questions are begun, in milliseconds: somebody waits.
const LONGEST_MS: i64 = 120_000;

/// What is judged.
struct Subject {
    request: Request,
    original: Option<Output>,
    verified: bool,
    response: Output,
    side: Side,
}

/// One question to a judge, by the places of both.
struct Question<'a> {
    criterion: usize,
    seat: usize,
    case: Case<'a>,
    key: Key,
}

/// What a question came to.
struct Answer {
    criterion: usize,
    seat: usize,
    said: Result<Judgement, Unscored>,
    /// What was asked for it; none where it was known or needs no judge.
    asked: Option<fact::Judged>,
    took: Took,
}

/// What the answers took, added up.
struct Took {
    calls: u64,
    memoised: u64,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cost_usd: Option<f64>,
}

/// Tries a judge on one item.
///
/// # Errors
/// Not found; invalid when a choice does not fit, by its place. That the judge gives no level is a result.
pub async fn of(
    ports: &(impl Sql + Blobs + Upstream + Clock + Random + Ledger + Secrets),
    set: &SetId,
    item: &ItemId,
    new: NewTrial,
) -> Result<Trial, Failure> {
    let subject = subject(ports, set, item, &new).await?;
    new.judge.check().map_err(|mistake| mistake.under("/judge"))?;
    let reaches = launch::known_judges(ports, &new.judge).await?;
    let criteria: Vec<Criterion> = new.criteria.into();
    let members = new.judge.members().into_iter().zip(reaches);
    let seats: Vec<_> = members.map(|(member, (reach, _))| Seat::of(member, reach, &criteria)).collect();
    let questions = subject.questions(&criteria, &seats, &new.judge);
    if questions.len() > MOST_CALLS {
        let detail = format!(
            "this would take {} calls, and a trial at most {MOST_CALLS}; choose fewer judges, answers or criteria, or start a run",
            questions.len()
        );
        return Err(Failure::invalid("/judge", detail));
    }
    let keys: Vec<_> = questions.iter().map(|question| question.key.clone()).collect();
    let known = fact::judgements(ports, &keys).await?;
    let until = ports.now().plus(LONGEST_MS);
    let calls = u32::try_from(questions.len() * TRIES).unwrap_or(u32::MAX);
    let at_once = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
    let allowance = Allowance::of(calls, Window::of(at_once, None), until);
    let (subject, allowance) = (&subject, &allowance);
    let answers = stream::iter(questions)
        .map(|question| answer(ports, subject, &criteria, &seats, allowance, &known, question))
        .buffered(AT_ONCE);
    let answers: Vec<_> = answers.collect().await;
    let facts: Vec<_> = answers.iter().filter_map(|answer| answer.asked.clone()).collect();
    if !facts.is_empty() {
        ports.batch(fact::add_judgements(&facts)).await?;
    }
    let took = answers.iter().fold(Took::nothing(), |sum, answer| sum.and(&answer.took));
    let criteria_said: Vec<_> =
        criteria.iter().enumerate().map(|(place, criterion)| said(criterion, place, &answers)).collect();
    let levels = criteria_said.iter().map(|said| said.candidate.level());
    let score = outcome::score(criteria.iter().zip(levels));
    Ok(Trial {
        verdict: outcome::verdict(score, new.threshold),
        score: score.map(shared::score::Score::value),
        flags: outcome::flags(Some(&subject.response), &criteria_said),
        criteria: criteria_said,
        calls: took.calls,
        memoised: took.memoised,
        usage: Usage {
            input_tokens: took.input_tokens,
            output_tokens: took.output_tokens,
            ..Usage::default()
        },
        cost_usd: took.cost_usd,
    })
}

async fn subject(
    ports: &(impl Sql + Blobs),
    set: &SetId,
    item: &ItemId,
    new: &NewTrial,
) -> Result<Subject, Failure> {
    let item = curate::item(ports, set, item).await?;
    let request = openai::read_request(&item.request)?;
    let original = item.reference.map(Output::from);
    let (side, response) = match (&new.response, &original) {
        (Some(response), _) => (Side::Candidate, response.clone().into()),
        (None, Some(original)) => (Side::Baseline, original.clone()),
        (None, None) => {
            let detail = "the item has no original response; give the response to judge";
            return Err(Failure::invalid("/response", detail));
        }
    };
    Ok(Subject { request, original, verified: item.row.verified, response, side })
}

impl Subject {
    /// Writes down what the judges are asked: of a comparison, both orders of it.
    fn questions(&self, criteria: &[Criterion], seats: &[Seat], judge: &Judge) -> Vec<Question<'_>> {
        let mut questions = Vec::new();
        for (criterion, asked) in criteria.iter().enumerate() {
            for (seat, version) in seats.iter().map(|seat| seat.versions.get(criterion)).enumerate() {
                let Some(version) = version else { continue };
                for repeat in 0..judge.repeats.number() {
                    let orders: &[bool] = if asked.kind == Kind::Compare { &[false, true] } else { &[false] };
                    for &swapped in orders {
                        let case = self.case(asked, swapped);
                        let key = judge::question(version, &case, repeat);
                        questions.push(Question { criterion, seat, case, key });
                    }
                }
            }
        }
        questions
    }

    fn case(&self, criterion: &Criterion, swapped: bool) -> Case<'_> {
        let original = self.original.as_ref();
        Case {
            request: &self.request.messages,
            tools: self.request.settings.get("tools"),
            reference: original.and_then(|original| Shown::of(criterion, self.side, original, self.verified)),
            candidate: &self.response,
            swapped,
        }
    }

    /// Gives the answer that needs no judge, if there is one.
    fn free(&self, criterion: &Criterion) -> Option<Result<Judgement, Unscored>> {
        if criterion.kind.needs_reference() && self.original.is_none() {
            return Some(Err(Unscored::NoReference));
        }
        let (itself, against) = match self.side {
            Side::Candidate => (None, self.original.as_ref()),
            Side::Baseline => (prefilter::judge_original(criterion.kind), None),
        };
        itself.or_else(|| prefilter::judge(criterion.kind, &self.response, against)).map(Ok)
    }
}

async fn answer(
    ports: &(impl Upstream + Clock + Random + Ledger),
    subject: &Subject,
    criteria: &[Criterion],
    seats: &[Seat],
    allowance: &Allowance,
    known: &HashMap<Key, Judgement>,
    question: Question<'_>,
) -> Answer {
    let Question { criterion, seat, case, key } = question;
    let (Some(asked), Some(judge)) = (criteria.get(criterion), seats.get(seat)) else {
        unreachable!("a question is about a criterion and to a judge")
    };
    let free = subject.free(asked);
    if let Some(said) = free {
        return Answer { criterion, seat, said, asked: None, took: Took::nothing() };
    }
    if let Some(judgement) = known.get(&key) {
        let took = Took { memoised: 1, ..Took::nothing() };
        return Answer { criterion, seat, said: Ok(judgement.clone()), asked: None, took };
    }
    allowance.take_place();
    let Reply { answer, took, calls, .. } =
        judging::judge(ports, judge, (allowance, &Patience::default()), asked, &case, &key).await;
    allowance.give_place();
    let fact = answer.as_ref().ok().zip(judge.versions.get(criterion)).map(|(judgement, version)| {
        let (judgement, judge_version) = (judgement.clone(), version.clone());
        fact::Judged { key, judge_version, judgement, took }
    });
    Answer { criterion, seat, said: answer.map_err(why_not), asked: fact, took: Took::of(calls.judge, &took) }
}

fn why_not(refused: Refused) -> Unscored {
    let why = match refused {
        Refused::Unscored(unscored) => return unscored,
        Refused::Failed(
            Failed::Pause { why, .. } | Failed::Rejected { why, .. } | Failed::Unanswered { why, .. },
        ) => why,
        Refused::Failed(Failed::OutOfCalls { .. }) => {
            "there was no time left to ask it; try again, or start a run".to_owned()
        }
    };
    Unscored::Unreachable { why }
}

/// Puts the answers on one criterion together.
fn said(criterion: &Criterion, place: usize, answers: &[Answer]) -> CriterionOutcome {
    let mut each: Vec<Vec<Judgement>> = Vec::new();
    let mut unscored = None;
    for answer in answers.iter().filter(|answer| answer.criterion == place) {
        if each.len() <= answer.seat {
            each.resize_with(answer.seat + 1, Vec::new);
        }
        match (&answer.said, each.get_mut(answer.seat)) {
            (Ok(judgement), Some(of_seat)) => of_seat.push(judgement.clone()),
            (Err(why), _) => unscored = unscored.or_else(|| Some(why.clone())),
            (Ok(_), None) => {}
        }
    }
    let mut each = each.into_iter();
    let judgements = each.next().unwrap_or_default();
    CriterionOutcome {
        name: criterion.name.to_string(),
        kind: criterion.kind,
        candidate: Judged { judgements, panel: each.collect(), unscored },
        baseline: None,
    }
}

impl Took {
    /// What takes nothing: all of it is known.
    fn nothing() -> Self {
        Self { calls: 0, memoised: 0, input_tokens: Some(0), output_tokens: Some(0), cost_usd: Some(0.0) }
    }

    /// What so many answered calls took; without one there is nothing to count.
    fn of(calls: u64, took: &fact::Took) -> Self {
        if calls == 0 {
            return Self::nothing();
        }
        Self {
            calls,
            memoised: 0,
            input_tokens: took.usage.input_tokens,
            output_tokens: took.usage.output_tokens,
            cost_usd: took.cost_usd,
        }
    }

    /// Adds up; what is not known of one is not known of all.
    fn and(self, other: &Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| Some(one?.saturating_add(other?));
        Self {
            calls: self.calls + other.calls,
            memoised: self.memoised + other.memoised,
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            cost_usd: self.cost_usd.zip(other.cost_usd).map(|(one, other)| one + other),
        }
    }
}
