//! Webhooks: which systems are told of what happens to runs, in which words, and how often that is tried.
//!
//! A message has the shape that Standard Webhooks recommends. What it says of a run is what the run and the gate say.
//! Leaves out secrets, signing and sending, which are the edge's.

use serde::{Deserialize, Serialize};

use crate::criteria::Name;
use crate::gate::{Gate, Verdict};
use crate::id::{RunId, SetId, WebhookId};
use crate::moment::Moment;
use crate::run::{Counts, Run, Status};
use crate::stats::Interval;

/// What can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Event {
    /// A run is over: done, or cancelled. One that is tried again and ends again is told of again.
    #[serde(rename = "run.finished")]
    RunFinished,
    /// A run stands still: by hand, for its budget, or since a provider does not answer.
    #[serde(rename = "run.paused")]
    RunPaused,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::RunFinished, Self::RunPaused];

    /// Gives the word on the wire and in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::RunFinished => "run.finished",
            Self::RunPaused => "run.paused",
        }
    }
}

/// A webhook as operators see it: without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Webhook {
    pub id: WebhookId,
    pub name: Name,
    pub url: String,
    pub events: Vec<Event>,
    pub created_at: Moment,
    /// The delivery that was tried last; null when none was in the last 30 days.
    pub last_delivery: Option<Delivery>,
}

/// A message to a webhook, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Delivery {
    #[serde(rename = "type")]
    pub event: Event,
    pub run_id: RunId,
    /// How often it was tried.
    pub tries: u32,
    pub tried_at: Moment,
    pub state: State,
    /// When it is tried again; null unless it waits.
    pub next_try_at: Option<Moment>,
    /// What the receiver answered last; null when it did not.
    pub status: Option<u16>,
    /// Why it was not taken; null when it was.
    pub error: Option<String>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    Delivered,
    /// It is on its way, or tried again later.
    Waiting,
    /// It is not tried any more.
    GivenUp,
}

/// How long is waited after each try that failed, in milliseconds: eight tries within a day and a half.
const WAITS_MS: [i64; 7] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR];

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The most tries of a delivery.
pub const MOST_TRIES: u32 = WAITS_MS.len() as u32 + 1;

/// Tells whether the receiver took it: any status of success.
pub fn is_taken(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Gives after how many milliseconds a delivery is tried again that was not taken at this try, counted from 1; none when
/// it is given up. Whoever answers that it is gone wants no more.
pub fn again_after_ms(tries: u32, status: Option<u16>) -> Option<i64> {
    const GONE: u16 = 410;
    if status == Some(GONE) {
        return None;
    }
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    WAITS_MS.get(place).copied()
}

/// A message: the body that a receiver gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "{T}Message"))]
pub struct Message<T> {
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened, not when it is sent.
    pub timestamp: Moment,
    pub data: T,
}

/// What is told of a run: how it stands when the message is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunNews {
    pub id: RunId,
    pub name: Name,
    pub set_id: SetId,
    pub set_name: Name,
    pub set_version: u32,
    pub status: Status,
    /// Why it is paused or was cancelled.
    pub reason: Option<String>,
    /// When a paused run goes on by itself.
    pub resumes_at: Option<Moment>,
    pub counts: Counts,
    /// What `GET /api/runs/{run}/gate` says when nothing particular is asked for.
    pub gate: GateNews,
    /// Null while the run is not over, and when nothing is scored.
    pub pass_rate: Option<f64>,
    pub pass_rate_interval: Option<Interval>,
    /// The path of the run's page.
    pub link: String,
}

/// What the gate says, without the numbers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateNews {
    pub verdict: Verdict,
    pub reasons: Vec<String>,
}

/// Tells how a run stands and what the gate says of it.
pub fn news(run: Run, gate: Gate) -> RunNews {
    let summary = gate.summary.as_ref();
    RunNews {
        link: format!("/runs/{}", run.id),
        id: run.id,
        name: run.name,
        set_id: run.set_id,
        set_name: run.set_name,
        set_version: run.set_version,
        status: run.status,
        reason: run.reason,
        resumes_at: run.resumes_at,
        counts: run.counts,
        pass_rate: summary.and_then(|summary| summary.pass_rate),
        pass_rate_interval: summary.and_then(|summary| summary.pass_rate_interval),
        gate: GateNews { verdict: gate.verdict, reasons: gate.reasons },
    }
}

/// What a test of a webhook tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sample {
    pub webhook_id: WebhookId,
    pub name: Name,
}

/// The type of the message that a test sends: nobody takes it for something that happened.
pub const TEST: &str = "webhook.test";

/// Names the message about an event of a run, by its place among the run's events. It has the same name at every try
/// and for every webhook, and no full stop, as those part what is signed.
pub fn message_id(run: &RunId, seq: u64) -> String {
    format!("msg_{run}_{seq}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(status: Option<u16>, expected: Expect) {
        let waits = (1..=MOST_TRIES).map_while(|tries| again_after_ms(tries, status));
        let waits: Vec<_> = waits.map(|wait_ms| format!("{} s", wait_ms / SECOND)).collect();
        expected.assert_eq(&waits.join(", "));
    }

    #[test]
    fn waits_grow_over_hours_and_end() {
        check(None, expect!["5 s, 300 s, 1800 s, 7200 s, 18000 s, 36000 s, 50400 s"]);
        check(Some(500), expect!["5 s, 300 s, 1800 s, 7200 s, 18000 s, 36000 s, 50400 s"]);
        check(Some(410), expect![""]);
        assert_eq!([0, MOST_TRIES, MOST_TRIES + 1].map(|tries| again_after_ms(tries, None)), [None; 3]);
    }

    #[test]
    fn only_success_is_taken() {
        let taken = [199, 200, 204, 299, 300, 302, 404, 500].map(is_taken);
        assert_eq!(taken, [false, true, true, true, false, false, false, false]);
    }

    #[test]
    fn an_event_is_written_as_its_word() {
        for event in Event::ALL {
            assert_eq!(serde_json::to_value(event).ok(), Some(event.word().into()));
        }
    }

    #[test]
    fn the_name_of_a_message_parts_nothing_that_is_signed() {
        let run = RunId::try_from("01a05a7a-ea80-7707-8707-070707070707".to_owned()).expect("an id");
        expect!["msg_01a05a7a-ea80-7707-8707-070707070707_3"].assert_eq(&message_id(&run, 3));
    }
}
