//! One item or canary on its way through a run: what is known of it, what must still be asked, what it comes to.
//!
//! Pure: nothing here calls or stores.

pub mod ending;
mod scoring;

use std::collections::HashMap;

use serde_json::Value;
use shared::canonical::{self, Key};
use shared::chat::{Output, Request, openai};
use shared::criteria::{Criterion, Kind};
use shared::judge::panel::BorderRepeats;
use shared::judge::{self, Case, Judgement, Shown, Side, Unscored, detector, prefilter};
use shared::moment::Moment;
use shared::outcome;
use shared::set::Item;
use shared::target;

use super::plan::Plan;
use crate::store::canary::Drawn;
use crate::store::fact::Known;
use crate::store::log::Measured;
use crate::store::run::Claim;
use crate::upstream::address;

/// What is worked on.
#[derive(Clone)]
pub enum Subject {
    Item(Claim),
    /// A case with a known answer, asked as if it were an item's.
    Canary(Drawn),
}

/// An item or canary that is being worked on.
#[derive(Clone)]
pub struct Work {
    pub subject: Subject,
    /// About how many bytes its item has; of a canary nobody asks.
    pub bytes: u64,
    /// What was asked when the original was answered.
    request: Request,
    reference: Option<Output>,
    /// How long the original took, and what it cost.
    original: Measured,
    /// A person has checked that the reference is right.
    verified: bool,
    /// What the target is sent, in its own form.
    pub body: Value,
    pub completion_key: Key,
    pub completion: Option<Known>,
    /// The new response may be talking to the judge; known when there are questions.
    is_suspected: bool,
    /// Every question about this item; empty until there is a completion.
    pub questions: Vec<Question>,
}

/// One question to a judge.
#[derive(Clone)]
pub struct Question {
    /// The place of the criterion in the set's list.
    pub criterion: usize,
    /// The place of the judge: itself, then its panel.
    pub judge: usize,
    side: Side,
    swapped: bool,
    pub key: Key,
    /// It needs no judge.
    free: bool,
    /// It was looked up whether the answer is known.
    looked_up: bool,
    pub answer: Option<Result<Judgement, Unscored>>,
}

/// A judgement that needs no judge.
pub struct Fact {
    pub key: Key,
    pub criterion: usize,
    pub judge: usize,
    pub judgement: Judgement,
}

/// What a judge says of one response on one criterion.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Matter {
    criterion: usize,
    side: Side,
    judge: usize,
}

impl Work {
    /// Takes up an item. `original` is how long its original took, and what it cost.
    ///
    /// # Errors
    /// Says why the target cannot be asked about it.
    pub fn begin(plan: &Plan, claim: Claim, item: Item, original: Measured) -> Result<Self, (Claim, String)> {
        let read = match openai::read_request(&item.request) {
            Ok(read) => read,
            Err(mistake) => return Err((claim, mistake.detail)),
        };
        let (body, completion_key) = match (&plan.target, &claim.completion_key) {
            (Some(reach), _) => {
                let chat = target::apply(&plan.run.config.target, &item.request, &item.row.tags);
                let body = match chat.and_then(|chat| reach.form().write(chat)) {
                    Ok(written) => written.request,
                    Err(mistake) => return Err((claim, mistake.detail)),
                };
                let origin = address::origin(&reach.base_url);
                let key = canonical::key(&(origin, reach.provider.protocol.word(), &body, 0));
                (body, plan.salted(key))
            }
            (None, Some(known)) => (Value::Null, known.clone()),
            (None, None) => {
                let why = "the run that is judged anew has no answer to this item";
                return Err((claim, why.to_owned()));
            }
        };
        Ok(Self {
            subject: Subject::Item(claim),
            bytes: 0,
            request: read,
            original,
            reference: item.reference.map(Output::from),
            verified: item.row.verified,
            body,
            completion_key,
            completion: None,
            is_suspected: false,
            questions: Vec::new(),
        })
    }

    /// Takes up a canary with its item, and another item's reference; it was made at `at`.
    ///
    /// None when the item cannot be read: then there is nothing to try the judge on.
    pub fn begin_canary(drawn: Drawn, item: Item, other: Option<&Output>, at: Moment) -> Result<Self, Drawn> {
        let Ok(read) = openai::read_request(&item.request) else { return Err(drawn) };
        let reference = item.reference.map(Output::from);
        let (name, output) = drawn.name.write(reference.as_ref(), other);
        Ok(Self {
            subject: Subject::Canary(Drawn { name, ..drawn }),
            bytes: 0,
            request: read,
            original: Measured::default(),
            reference,
            verified: item.row.verified,
            body: Value::Null,
            completion_key: canonical::key(&output),
            completion: Some(Known { output, latency_ms: 0, cost_usd: None, at }),
            is_suspected: false,
            questions: Vec::new(),
        })
    }

    /// Writes down what the judges must be asked, now that there is a completion.
    ///
    /// Gives the judgements that need no judge, as facts.
    pub fn question(&mut self, plan: &Plan) -> Vec<Fact> {
        let baseline = plan.run.config.baseline && self.reference.is_some();
        self.is_suspected = self.completion.as_ref().is_some_and(|known| detector::suspects(&known.output));
        let matters: Vec<Matter> = match &self.subject {
            Subject::Item(_) => self.matters(plan, baseline),
            Subject::Canary(drawn) => {
                let criterion = drawn.criterion;
                let matter = |judge| Matter { criterion, side: Side::Candidate, judge };
                (0..plan.judges.len()).map(matter).collect()
            }
        };
        let mut facts = Vec::new();
        for matter in matters {
            for repeat in 0..self.repeats(plan, matter.side) {
                self.ask(plan, matter, repeat, &mut facts);
            }
        }
        facts
    }

    /// Gives how often each question about a response is asked, whatever the answers.
    ///
    /// One that may be talking to the judge is judged twice at least. A canary is asked about once: its level
    /// is known.
    fn repeats(&self, plan: &Plan, side: Side) -> u8 {
        match &self.subject {
            Subject::Canary(_) => 1,
            Subject::Item(_) if side == Side::Candidate && self.is_suspected => plan.repeats_of_suspected(),
            Subject::Item(_) => plan.run.config.judge.repeats.number(),
        }
    }

    fn matters(&self, plan: &Plan, baseline: bool) -> Vec<Matter> {
        let sides = [Side::Candidate, Side::Baseline];
        let sides = sides.into_iter().filter(|side| *side == Side::Candidate || baseline);
        let judges = 0..plan.judges.len();
        let each = (0..plan.criteria.len()).flat_map(|criterion| {
            let judges = judges.clone();
            sides
                .clone()
                .flat_map(move |side| judges.clone().map(move |judge| Matter { criterion, side, judge }))
        });
        each.collect()
    }

    /// Writes down one repeat of a question; of a comparison, both orders of it.
    fn ask(&mut self, plan: &Plan, matter: Matter, repeat: u8, facts: &mut Vec<Fact>) {
        let Matter { criterion, side, judge } = matter;
        let (Some(asked), Some(seat)) = (plan.criteria.get(criterion), plan.judges.get(judge)) else {
            return;
        };
        let Some(version) = seat.versions.get(criterion) else { return };
        let orders: &[bool] = if asked.kind == Kind::Compare { &[false, true] } else { &[false] };
        for &swapped in orders {
            let Some(case) = self.case(asked, side, swapped) else { return };
            let key = plan.salted(judge::question(version, &case, repeat));
            let answer = self.free(asked, side, &case);
            if let Some(Ok(judgement)) = &answer {
                facts.push(Fact { key: key.clone(), criterion, judge, judgement: judgement.clone() });
            }
            let free = answer.is_some();
            let looked_up = false;
            self.questions.push(Question { criterion, judge, side, swapped, key, free, looked_up, answer });
        }
    }

    /// Gives the answer that needs no judge, if there is one.
    fn free(
        &self,
        criterion: &Criterion,
        side: Side,
        case: &Case<'_>,
    ) -> Option<Result<Judgement, Unscored>> {
        if criterion.kind.needs_reference() && self.reference.is_none() {
            return Some(Err(Unscored::NoReference));
        }
        // The original is not compared with itself when it is looked at for being too short to judge.
        let against = if side == Side::Candidate { self.reference.as_ref() } else { None };
        let original = if side == Side::Baseline { prefilter::judge_original(criterion.kind) } else { None };
        original.or_else(|| prefilter::judge(criterion.kind, case.candidate, against)).map(Ok)
    }

    /// Asks more often where a first answer lies at the border, as often as the run wants.
    fn ask_at_border(&mut self, plan: &Plan) {
        let judge = &plan.run.config.judge;
        let border = judge.border_repeats.map(BorderRepeats::number);
        let (Some(border), Subject::Item(_)) = (border, &self.subject) else { return };
        for matter in self.matters(plan, true) {
            let usual = self.repeats(plan, matter.side);
            let asked: Vec<_> = self.about(matter).collect();
            let first = if asked.iter().any(|question| question.swapped) { 2 } else { 1 };
            let answered = asked.iter().take(first).map(|question| question.answer.clone()?.ok());
            let level = answered.collect::<Option<Vec<_>>>().and_then(|first| outcome::level_of(&first));
            let is_border = level.is_some_and(|level| matches!(level.value(), 3.0 | 4.0));
            // What needs no judge is the same each time.
            let is_free = asked.iter().any(|question| question.free);
            if is_border && !is_free && asked.len() == usize::from(usual) * first {
                for repeat in usual..border {
                    self.ask(plan, matter, repeat, &mut Vec::new());
                }
            }
        }
    }

    fn about(&self, matter: Matter) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |question| {
            matter == Matter { criterion: question.criterion, side: question.side, judge: question.judge }
        })
    }

    fn case(&self, criterion: &Criterion, side: Side, swapped: bool) -> Option<Case<'_>> {
        let candidate = match side {
            Side::Candidate => &self.completion.as_ref()?.output,
            Side::Baseline => self.reference.as_ref()?,
        };
        let original = self.reference.as_ref();
        Some(Case {
            request: &self.request.messages,
            tools: self.request.settings.get("tools"),
            reference: original.and_then(|original| Shown::of(criterion, side, original, self.verified)),
            candidate,
            swapped,
        })
    }

    /// Tells whether it is an item and no canary.
    pub fn is_item(&self) -> bool {
        matches!(self.subject, Subject::Item(_))
    }

    /// Gives the case of a question on its criterion.
    pub fn case_of(&self, question: &Question, criterion: &Criterion) -> Option<Case<'_>> {
        self.case(criterion, question.side, question.swapped)
    }

    /// Gives the keys of the questions that have no answer yet and were not looked up.
    pub fn unread_keys(&self) -> impl Iterator<Item = &Key> {
        let unread = |question: &&Question| question.answer.is_none() && !question.looked_up;
        self.questions.iter().filter(unread).map(|question| &question.key)
    }

    /// Gives the places of the questions to ask; none when all have answers.
    pub fn open_questions(&self) -> Vec<usize> {
        let questions = self.questions.iter().enumerate();
        questions.filter(|(_, question)| question.answer.is_none()).map(|(place, _)| place).collect()
    }

    /// Takes what a look-up found about the open questions. Gives how many of them it answers.
    pub fn looked_up(&mut self, plan: &Plan, known: &HashMap<Key, Judgement>) -> u64 {
        for question in &mut self.questions {
            question.looked_up = true;
        }
        self.learn(plan, known)
    }

    /// Answers every open question whose judgement is known. Gives how many those are.
    pub fn learn(&mut self, plan: &Plan, known: &HashMap<Key, Judgement>) -> u64 {
        let mut learnt = 0;
        for question in self.questions.iter_mut().filter(|question| question.answer.is_none()) {
            if let Some(judgement) = known.get(&question.key) {
                question.answer = Some(Ok(judgement.clone()));
                learnt += 1;
            }
        }
        self.ask_at_border(plan);
        learnt
    }

    /// Gives a judgement of the question at `place` as a fact.
    pub fn fact(&self, place: usize, judgement: &Judgement) -> Option<Fact> {
        let Question { key, criterion, judge, .. } = self.questions.get(place)?;
        Some(Fact { key: key.clone(), criterion: *criterion, judge: *judge, judgement: judgement.clone() })
    }

    /// Takes the answer to the question at `place`.
    pub fn answer(&mut self, plan: &Plan, place: usize, answer: Result<Judgement, Unscored>) {
        if let Some(question) = self.questions.get_mut(place) {
            question.answer = Some(answer);
        }
        self.ask_at_border(plan);
    }

    /// Tells whether some question was asked and stays without a judgement.
    pub fn is_unscored(&self) -> bool {
        let failed = |question: &Question| matches!(&question.answer, Some(Err(unscored)) if *unscored != Unscored::NoReference);
        self.questions.iter().any(failed)
    }

    /// Leaves every open question without a judgement.
    pub fn give_up(&mut self, why: &str) {
        for question in self.questions.iter_mut().filter(|question| question.answer.is_none()) {
            question.answer = Some(Err(Unscored::Unreachable { why: why.to_owned() }));
        }
    }
}
