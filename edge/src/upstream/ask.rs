//! Asking a provider one question to the end: call, wait, call again.
//!
//! The only place that retries. Leaves out what the answer means.

use std::cell::Cell;

use serde_json::Value;
use shared::chat::{Response, openai};
use shared::moment::Moment;

use super::{demo, retry};
use crate::ports::{Answer, Call, Clock, Random, Upstream};
use crate::store::provider::Reach;

/// How long one try may take, in milliseconds.
const DEADLINE_MS: u64 = 120_000;

/// An answer with what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub response: Response,
    /// How long the try that was answered took.
    pub latency_ms: u64,
    /// None when the price or the tokens are not known.
    pub cost_usd: Option<f64>,
    /// The tries before it.
    pub retried: u32,
    /// Some try was turned away for coming too fast.
    pub rate_limited: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Failed {
    /// The whole run must wait.
    Pause { until: Moment, why: String },
    /// The key or the model is not accepted.
    Rejected { why: String, retried: u32 },
    /// This question cannot be answered.
    Unanswered { why: String, retried: u32 },
    /// No more calls may be made; the question may be asked another time.
    OutOfCalls { retried: u32 },
}

/// How many more calls may be made, every try counted.
#[derive(Debug)]
pub struct Calls(Cell<u32>);

impl Calls {
    /// Allows so many.
    pub fn of(number: u32) -> Self {
        Self(Cell::new(number))
    }

    /// Gives how many are left.
    pub fn left(&self) -> u32 {
        self.0.get()
    }

    /// Takes one, if one is left.
    fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// Asks a question until there is an answer, or no hope of one.
pub async fn ask(
    ports: &(impl Upstream + Clock + Random),
    reach: &Reach,
    body: &Value,
    calls: &Calls,
) -> Result<Asked, Failed> {
    let mut retried = 0;
    let mut rate_limited = false;
    loop {
        if !calls.take() {
            return Err(Failed::OutOfCalls { retried });
        }
        let began = ports.now();
        let tried = attempt(ports, reach, body).await;
        let read = tried.as_ref().ok().filter(|answer| (200..300).contains(&answer.status)).map(read);
        let tried = match read {
            Some(Ok(response)) => {
                let model = body.get("model").and_then(Value::as_str).unwrap_or_default();
                let cost_usd = reach.provider.price(model).and_then(|price| price.cost_usd(response.usage));
                return Ok(Asked {
                    response,
                    latency_ms: ports.now().since(began),
                    cost_usd,
                    retried,
                    rate_limited,
                });
            }
            // An error in the clothes of an answer: as good as a status of 500.
            Some(Err(why)) => Ok(Answer { status: 502, retry_after: None, body: why }),
            None => tried,
        };
        match retry::decide(&tried, retried + 1, jitter(ports), ports.now()) {
            retry::Step::Again { wait_ms, rate_limited: limited } => {
                rate_limited |= limited;
                retried += 1;
                ports.sleep(wait_ms).await;
            }
            retry::Step::Pause { until, why } => return Err(Failed::Pause { until, why }),
            retry::Step::Rejected(why) => return Err(Failed::Rejected { why, retried }),
            retry::Step::GiveUp(why) => return Err(Failed::Unanswered { why, retried }),
        }
    }
}

/// Reads the body of an answer; tells why it is none.
pub fn read(answer: &Answer) -> Result<Response, String> {
    let body: Value =
        serde_json::from_str(&answer.body).map_err(|error| format!("its body is not JSON: {error}"))?;
    openai::read_response(&body).map_err(|mistake| mistake.detail)
}

async fn attempt(
    ports: &(impl Upstream + Clock),
    reach: &Reach,
    body: &Value,
) -> Result<Answer, crate::ports::Unreached> {
    if reach.is_demo() {
        ports.sleep(demo::latency_ms(body)).await;
        let answered = demo::answer(body);
        let status = if answered.get("error").is_some() { 404 } else { 200 };
        return Ok(Answer { status, retry_after: None, body: answered.to_string() });
    }
    let mut headers = reach.headers();
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    let call = Call { url: reach.chat_url(), headers, body: body.to_string(), deadline_ms: DEADLINE_MS };
    ports.send(&call).await
}

/// Draws a number from 0 to 1.
fn jitter(random: &impl Random) -> f64 {
    f64::from(u32::from_le_bytes(random.bytes())) / f64::from(u32::MAX)
}
