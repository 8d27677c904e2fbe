//! Asking a provider one question to the end: call, wait, call again.
//!
//! The only place that retries. Leaves out what the answer means.

use serde_json::Value;
use shared::chat::Response;
use shared::chat::answerer::Answerer;
use shared::moment::Moment;

use super::allowance::Allowance;
use super::paid::Paid;
use super::patience::{OF_A_TRY_MS, Patience};
use super::retry::Tries;
use super::{call, demo, disguise, retry};
use crate::ports::{Answer, Clock, Ledger, Random, Unreached, Upstream};
use crate::store::provider::Reach;

/// An answer with what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub response: Response,
    /// Which model it is of, where its provider says.
    pub by: Option<Answerer>,
    /// How long the try that was answered took.
    pub latency_ms: u64,
    /// None when the price or the tokens are not known.
    pub cost_usd: Option<f64>,
    /// The tries before it.
    pub retried: u32,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Failed {
    /// The whole run must wait: until then, or until somebody has seen to it.
    Pause { until: Option<Moment>, why: String, tries: u32 },
    /// The key or the model is not accepted.
    Rejected { why: String, tries: u32 },
    /// This question cannot be answered.
    Unanswered { why: String, tries: u32 },
    /// No more calls may be made; the question may be asked another time.
    OutOfCalls { tries: u32 },
}

impl Failed {
    /// Gives how many calls were made in vain and left the question open: 0 when one of them settled it.
    pub fn repeated(&self) -> u32 {
        match self {
            Self::Pause { tries, .. } | Self::OutOfCalls { tries } => *tries,
            Self::Rejected { tries, .. } | Self::Unanswered { tries, .. } => tries.saturating_sub(1),
        }
    }

    /// Gives how many calls settled the question, without an answer: one, or none.
    pub fn settled(&self) -> u32 {
        match self {
            Self::Pause { .. } | Self::OutOfCalls { .. } => 0,
            Self::Rejected { tries, .. } | Self::Unanswered { tries, .. } => (*tries).min(1),
        }
    }
}

/// Asks a question until there is an answer, or no hope of one. `body` is in the form that the provider is asked in.
///
/// What its tries take, it takes of its item's patience; what they cost is added to `paid`, whatever they brought.
///
/// A question that waits for its next try has no place in the window meanwhile: others are asked, as many at once as the
/// provider bears.
pub async fn ask(
    ports: &(impl Upstream + Clock + Random + Ledger),
    reach: &Reach,
    body: &Value,
    (allowance, patience): (&Allowance, &Patience),
    paid: &mut Paid,
) -> Result<Asked, Failed> {
    if !allowance.is_open(ports.now()) {
        return Err(Failed::OutOfCalls { tries: 0 });
    }
    let mut tries = Tries::default();
    let mut question = patience.question();
    let mut turns = allowance.question();
    let mut through = allowance.through();
    loop {
        if question.deadline_ms() == 0 {
            let why = format!("{} (tried {} times)", question.why(), tries.tried);
            return Err(Failed::Unanswered { why, tries: tries.tried });
        }
        let Some(turn) = turns.begin(ports.now()) else {
            return Err(Failed::OutOfCalls { tries: tries.tried });
        };
        ports.note_call();
        tries.tried += 1;
        let began = ports.now();
        let streams = call::streams(reach, body);
        let deadline_ms = question.deadline_ms();
        let tried = attempt(ports, reach, body, streams, deadline_ms).await;
        // The platform has no watch, only a clock that somebody may set: a try takes no longer than it may.
        let took_ms = ports.now().since(began).min(deadline_ms);
        question.took(took_ms);
        if streams && call::is_refused_stream(&tried) {
            reach.refuse_to_stream();
            continue;
        }
        let read = tried.as_ref().ok().filter(|answer| (200..300).contains(&answer.status));
        let read = read.map(|answer| self::read(reach, answer));
        let price = reach.provider.price(body.get("model").and_then(Value::as_str).unwrap_or_default());
        let tried = match read {
            Some(Ok((response, by))) => {
                allowance.clean(turn);
                let cost_usd = price.and_then(|price| price.cost_usd(response.usage));
                *paid += Paid::answer(cost_usd);
                return Ok(Asked { response, by, latency_ms: took_ms, cost_usd, retried: tries.tried - 1 });
            }
            Some(Err(why)) => {
                *paid += Paid::in_vain(&tried, reach.form(), price);
                tried.map(|answer| disguise::lift(answer, why))
            }
            None => {
                *paid += Paid::in_vain(&tried, reach.form(), price);
                tried
            }
        };
        let tried = tried.map(|answer| Answer { body: reach.hushed(&answer.body), ..answer });
        let so_far = tries.tried;
        if tried.as_ref().is_ok_and(|answer| answer.status == 429) && allowance.through() > through {
            through = allowance.through();
            tries.turned_away += 1;
        }
        if retry::is_failure(&tried) {
            tries.failed += 1;
        }
        let (wait_ms, is_wanted) = match retry::decide(&tried, tries, ports.fraction(), ports.now()) {
            retry::Step::Again { wait_ms, more, rate_limited, wished } => {
                turns.failed(more);
                if rate_limited {
                    allowance.busy(turn);
                }
                (wait_ms, rate_limited || wished)
            }
            retry::Step::Pause { until, why } => {
                return Err(Failed::Pause { until: Some(until), why, tries: so_far });
            }
            retry::Step::Exhausted(why) => {
                return Err(Failed::Pause { until: None, why, tries: so_far });
            }
            retry::Step::Rejected(why) => return Err(Failed::Rejected { why, tries: so_far }),
            retry::Step::GiveUp(why) => return Err(Failed::Unanswered { why, tries: so_far }),
        };
        if is_wanted {
            tries.waited_ms += wait_ms;
        } else {
            question.took(wait_ms);
        }
        if question.deadline_ms() > 0 {
            let rested = ports.now();
            if allowance.is_over(rested.plus(i64::try_from(wait_ms).unwrap_or(i64::MAX))) {
                return Err(Failed::OutOfCalls { tries: tries.tried });
            }
            allowance.rest(ports.sleep(wait_ms)).await;
            // As long as that again it may have waited for a place.
            question.took(ports.now().since(rested).saturating_sub(wait_ms).min(OF_A_TRY_MS));
        }
    }
}

/// Reads the body of an answer, without the key if the provider repeats that, and which model it is of; tells why it is none.
pub fn read(reach: &Reach, answer: &Answer) -> Result<(Response, Option<Answerer>), String> {
    let mut body: Value =
        serde_json::from_str(&answer.body).map_err(|error| format!("its body is not JSON: {error}"))?;
    reach.hush(&mut body);
    Ok((reach.form().read(&body)?, Answerer::read(&body)))
}

async fn attempt(
    ports: &(impl Upstream + Clock),
    reach: &Reach,
    body: &Value,
    streams: bool,
    deadline_ms: u64,
) -> Result<Answer, Unreached> {
    if reach.is_demo() {
        ports.sleep(demo::latency_ms(body)).await;
        let answered = demo::answer(body);
        let status = if answered.get("error").is_some() { 404 } else { 200 };
        return Ok(Answer { status, retry_after: None, body: answered.to_string() });
    }
    ports.send(&call::write(reach, body, streams, deadline_ms)).await
}
