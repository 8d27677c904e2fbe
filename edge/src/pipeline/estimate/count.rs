//! Counting the questions of a run, and which of them are answered already.

use std::collections::HashMap;

use serde_json::Value;
use shared::canonical::Key;
use shared::chat::{Output, Usage};
use shared::estimate::{Asked, pace_ms, tokens};
use shared::id::ItemId;
use shared::judge::Judgement;
use shared::judge::prompt::{self, Tried};
use shared::set::{Item, Reference};

use crate::failure::Failure;
use crate::pipeline::step::claim::begin_canaries;
use crate::pipeline::step::plan::{Plan, Seat};
use crate::pipeline::step::work::{Question, Work};
use crate::ports::{Blobs, Sql, SqlError};
use crate::store::canary::Drawn;
use crate::store::fact::{self, Known};
use crate::store::log::{self, Measured};
use crate::store::run::Claim;
use crate::store::{self, seen::Mean};

/// What earlier calls took.
#[derive(Debug, Clone, PartialEq)]
pub struct Usual {
    pub target: Mean,
    /// Of each judge, in the plan's order.
    pub judges: Vec<Mean>,
}

/// How many tokens an answer has when nothing tells: what a target says, and what a judge writes, whose
/// reasons have at most 80 words.
const TARGET_SAYS: f64 = 300.0;
const JUDGE_SAYS: f64 = 200.0;

/// So many prompts of each judge are written out to see how long they are; the others are as long.
const WRITTEN: usize = 100;

/// So many keys fit a look-up: a bound text ends at 2 MB.
const KEYS: usize = 20_000;

/// What was counted so far.
pub struct Count<'a> {
    plan: &'a Plan,
    usual: &'a Usual,
    pub target: Asked,
    /// Each judge, in the plan's order.
    pub judges: Vec<Asked>,
    pub memoised: u64,
    /// How long an item takes at most, from the target's answer to the judges', in milliseconds.
    pub longest_ms: f64,
    /// The lengths of the prompts that were written out for each judge, in tokens.
    written: Vec<Vec<f64>>,
    /// The most tokens that each judge may write.
    limits: Vec<f64>,
    /// How long the originals took, in milliseconds: their sum and number.
    originals: (f64, u64),
}

impl<'a> Count<'a> {
    /// Begins at nothing.
    pub fn new(plan: &'a Plan, usual: &'a Usual) -> Self {
        let judges = plan.judges.len();
        let limit = |seat: &Seat| {
            // The same for every criterion.
            let settings = plan.criteria.first().map(|criterion| prompt::settings(&seat.member, criterion));
            settings.map_or(f64::INFINITY, |settings| limit_of(|name| settings.get(name)))
        };
        Self {
            plan,
            usual,
            target: Asked::default(),
            judges: vec![Asked::default(); judges],
            memoised: 0,
            longest_ms: 0.0,
            written: vec![Vec::new(); judges],
            limits: plan.judges.iter().map(limit).collect(),
            originals: (0.0, 0),
        }
    }

    /// Counts what some items take.
    ///
    /// # Errors
    /// What the database says.
    pub async fn items(&mut self, ports: &(impl Sql + Blobs), ids: &[ItemId]) -> Result<(), Failure> {
        let items = store::item::readable_of(ports, ids).await?;
        let logs: Vec<_> = items.iter().filter_map(|item| item.row.log_id.as_ref()).collect();
        let logs = if logs.is_empty() { HashMap::new() } else { log::measured(ports, &logs).await? };
        let mut begun = Vec::new();
        for item in items {
            let log = item.row.log_id.as_ref().and_then(|log| logs.get(log)).copied().unwrap_or_default();
            self.originals.0 += log.latency_ms.unwrap_or(0) as f64;
            self.originals.1 += u64::from(log.latency_ms.is_some());
            let sizes = Sizes::of(&item, log);
            let claim = Claim { item_id: item.row.id.clone(), attempt: 1, completion_key: None };
            // What cannot be asked about takes no call.
            if let Ok(work) = Work::begin(self.plan, claim, item, log) {
                begun.push((work, sizes));
            }
        }
        let keys: Vec<_> = begun.iter().map(|(work, _)| work.completion_key.clone()).collect();
        let mut known = fact::completions(ports, &keys).await?;
        let mut works = Vec::new();
        for (mut work, sizes) in begun {
            work.completion = known.remove(&work.completion_key);
            let is_asked = work.completion.is_none();
            if is_asked {
                self.target.add(sizes.asked(&work.body, &self.usual.target));
                work.completion = Some(sizes.taken(self.plan));
            } else {
                self.memoised += 1;
            }
            let _ = work.question(self.plan);
            works.push((work, is_asked));
        }
        self.judged(ports, works).await
    }

    /// Counts what the canaries take.
    ///
    /// # Errors
    /// What the database says.
    pub async fn canaries(
        &mut self,
        ports: &(impl Sql + Blobs),
        canaries: Vec<Drawn>,
    ) -> Result<(), Failure> {
        let begun = begin_canaries(ports, self.plan, canaries).await?;
        let mut works = Vec::new();
        for mut work in begun.into_iter().flatten() {
            let _ = work.question(self.plan);
            works.push((work, false));
        }
        self.judged(ports, works).await
    }

    /// Takes what was counted for a part, so many times.
    pub fn scale(&mut self, by: f64) {
        self.target = self.target.scaled(by);
        self.judges.iter_mut().for_each(|judge| *judge = judge.scaled(by));
        self.memoised = (self.memoised as f64 * by).round() as u64;
    }

    /// Tells whether a judge would be asked at all.
    pub fn has_judge_calls(&self) -> bool {
        self.judges.iter().any(|judge| judge.calls > 0)
    }

    /// Gives what calls to the target take: as they did, or as the originals did.
    pub fn usual_target(&self) -> Mean {
        let (sum, number) = self.originals;
        let originals = if number == 0 { None } else { Some(sum / number as f64) };
        Mean { latency_ms: self.usual.target.latency_ms.or(originals), ..self.usual.target }
    }

    /// Counts the questions that have no answer. Each work comes with whether its target is asked too.
    async fn judged(&mut self, sql: &impl Sql, mut works: Vec<(Work, bool)>) -> Result<(), Failure> {
        // Answers at the border bring further questions.
        loop {
            let keys: Vec<_> = works.iter().flat_map(|(work, _)| work.unread_keys().cloned()).collect();
            if keys.is_empty() {
                break;
            }
            let known = levels(sql, &keys).await?;
            for (work, _) in &mut works {
                self.memoised += work.looked_up(self.plan, &known);
            }
        }
        for (work, is_asked) in &works {
            let mut judges_ms = 0.0_f64;
            for question in work.questions.iter().filter(|question| question.answer.is_none()) {
                let usual = self.usual.judges.get(question.judge);
                judges_ms = judges_ms.max(usual.map_or(0.0, |usual| pace_ms(usual.latency_ms)));
                self.question(work, question);
            }
            let target_ms = if *is_asked { pace_ms(self.usual_target().latency_ms) } else { 0.0 };
            // The questions about an item are asked at once.
            let takes_ms = target_ms + judges_ms;
            self.longest_ms = self.longest_ms.max(takes_ms);
        }
        Ok(())
    }

    fn question(&mut self, work: &Work, question: &Question) {
        let usual = self.usual.judges.get(question.judge).copied().unwrap_or_default();
        let input = usual.input_tokens.unwrap_or_else(|| self.length(work, question));
        let limit = self.limits.get(question.judge).copied().unwrap_or(f64::INFINITY);
        let says = usual.output_tokens.unwrap_or(JUDGE_SAYS).min(limit);
        if let Some(asked) = self.judges.get_mut(question.judge) {
            asked.add(Asked::of(1, input, says));
        }
    }

    /// Gives about how many tokens a question to a judge has.
    fn length(&mut self, work: &Work, question: &Question) -> f64 {
        let Some(written) = self.written.get_mut(question.judge) else { return 0.0 };
        if written.len() >= WRITTEN {
            return written.iter().sum::<f64>() / written.len() as f64;
        }
        let seat = self.plan.judges.get(question.judge);
        let criterion = self.plan.criteria.get(question.criterion);
        let length = seat.zip(criterion).and_then(|(seat, criterion)| {
            let case = work.case_of(question, criterion)?;
            let prompt = prompt::write(&seat.member, criterion, &case, &question.key, Tried::default());
            Some(tokens(prompt.body.to_string().len()))
        });
        written.extend(length);
        length.unwrap_or(0.0)
    }
}

/// Finds the levels of the judgements that are known; nothing else about them is needed.
async fn levels(sql: &impl Sql, keys: &[Key]) -> Result<HashMap<Key, Judgement>, SqlError> {
    let mut known = HashMap::new();
    for keys in keys.chunks(KEYS) {
        let levels = fact::levels(sql, keys).await?.into_iter();
        known.extend(levels.map(|(key, (level, choice))| {
            let (reasoning, evidence, flags) = (String::new(), Vec::new(), Vec::new());
            (key, Judgement { level, reasoning, evidence, flags, choice, answered_by: None })
        }));
    }
    Ok(known)
}

/// Gives the most tokens that settings allow an answer; endless when they do not say.
fn limit_of<'a>(setting: impl Fn(&str) -> Option<&'a Value>) -> f64 {
    let limits = [setting("max_tokens"), setting("max_completion_tokens")];
    let own = setting("generationConfig").and_then(|config| config.get("maxOutputTokens"));
    limits.into_iter().chain([own]).filter_map(|limit| limit?.as_f64()).fold(f64::INFINITY, f64::min)
}

/// What is known of the size of an item's calls.
struct Sizes {
    /// The logged request, in bytes of JSON.
    request: usize,
    reference: Option<Reference>,
    logged: Usage,
}

impl Sizes {
    fn of(item: &Item, log: Measured) -> Self {
        Self { request: item.request.to_string().len(), reference: item.reference.clone(), logged: log.usage }
    }

    /// Gives the tokens of a call to the target.
    ///
    /// What goes in has the logged number, by as much more or less as the request is longer or shorter. What
    /// comes out is as long as earlier answers of the target, or as the original; at most what is allowed.
    fn asked(&self, body: &Value, usual: &Mean) -> Asked {
        let length = body.to_string().len();
        let input = match self.logged.input_tokens {
            Some(logged) => logged as f64 * length as f64 / self.request.max(1) as f64,
            None => tokens(length),
        };
        let original = self.reference.as_ref().map(|reference| tokens(reference.plain().len()));
        let logged = self.logged.output_tokens.map(|tokens| tokens as f64);
        let limit = limit_of(|name| body.get(name));
        let output = usual.output_tokens.or(logged).or(original).unwrap_or(TARGET_SAYS);
        Asked::of(1, input, output.min(limit))
    }

    /// Gives what an answer that is not known yet is taken to be: as long as the original, and another.
    fn taken(&self, plan: &Plan) -> Known {
        let mut output = self.reference.clone().map(Output::from).unwrap_or_default();
        output.text.push_str(" An answer that is still to come.");
        Known { output, latency_ms: 0, cost_usd: None, at: plan.run.created_at }
    }
}
