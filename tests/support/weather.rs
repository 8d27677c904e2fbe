//! Weather: what goes wrong outside, and when, as a seed decides.
//!
//! Each seed has only some kinds of trouble, so that one kind does not hide another. Leaves out what people do
//! to a run meanwhile.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::Trouble;
use super::dice::Dice;
use super::provider::{Reply, error, hangs, reset, says};

/// What a provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Its answer takes up to so many milliseconds.
    Slow(u64),
    /// 429, with what it wishes.
    Busy(Option<&'static str>),
    /// So many times in a row, to whoever asks.
    Refuses(u16),
    /// A status that says that it failed.
    Fails(u16),
    /// The connection breaks: before the question came through, or after the answer left.
    Resets,
    LosesTheAnswer,
    /// Nobody is there, for some calls in a row.
    Unreachable,
    Hangs,
    /// An answer that is none.
    Page,
    /// An answer that says nothing, and has to be paid for.
    Nothing,
    /// Of a judge: words instead of a verdict.
    Prose(&'static str),
}

const FAULTS: [Fault; 21] = [
    Fault::Slow(900),
    Fault::Slow(20_000),
    Fault::Busy(None),
    Fault::Busy(Some("2")),
    Fault::Busy(Some("Thu, 05 Nov 2026 09:31:00 GMT")),
    Fault::Busy(Some("400")),
    Fault::Busy(Some("86400")),
    Fault::Refuses(401),
    Fault::Refuses(404),
    Fault::Fails(400),
    Fault::Fails(500),
    Fault::Fails(503),
    Fault::Resets,
    Fault::LosesTheAnswer,
    Fault::Unreachable,
    Fault::Hangs,
    Fault::Page,
    Fault::Nothing,
    Fault::Prose(""),
    Fault::Prose("It looks right to me."),
    Fault::Prose(r#"{"level": 11}"#),
];

/// The weather of a world: a storm that ends.
pub struct Weather(Mutex<Sky>);

struct Sky {
    dice: Dice,
    /// How many touches of the outside the storm still lasts.
    left: u64,
    troubles: Vec<Trouble>,
    /// One touch in so many goes wrong.
    one_in: u64,
    faults: Vec<Fault>,
    /// So many calls in a hundred go wrong.
    percent: u64,
    /// The next so many calls all go wrong like this.
    spell: Option<(Fault, u64)>,
}

impl Weather {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed ^ 0x5eed_0f77);
        let left = dice.between(20, 200);
        let troubles = dice.part(&Trouble::ALL);
        let one_in = dice.between(8, 60);
        let faults = dice.part(&FAULTS);
        let percent = dice.pick(&[0, 5, 15, 40]);
        Self(Mutex::new(Sky { dice, left, troubles, one_in, faults, percent, spell: None }))
    }

    /// Ends the storm.
    pub fn clear(&self) {
        self.0.lock().unwrap().left = 0;
    }

    /// Tells what goes wrong at the next touch of the outside.
    pub fn trouble(&self) -> Option<Trouble> {
        let mut sky = self.0.lock().unwrap();
        sky.left = sky.left.saturating_sub(1);
        let one_in = sky.one_in;
        if sky.left == 0 || sky.troubles.is_empty() || sky.dice.below(one_in) > 0 {
            return None;
        }
        let troubles = sky.troubles.clone();
        Some(sky.dice.pick(&troubles))
    }

    /// Gives what comes of a call that would be answered well.
    pub fn blows(&self, is_judge: bool, good: Reply) -> Reply {
        let mut sky = self.0.lock().unwrap();
        let pace = sky.dice.between(20, 400);
        let good = good.after(pace);
        match sky.fault() {
            Some(fault) => sky.spoil(fault, is_judge, good),
            None => good,
        }
    }
}

impl Sky {
    fn fault(&mut self) -> Option<Fault> {
        if self.left == 0 || self.faults.is_empty() {
            return None;
        }
        if let Some((fault, left)) = self.spell {
            self.spell = if left > 1 { Some((fault, left - 1)) } else { None };
            return Some(fault);
        }
        let percent = self.percent;
        if !self.dice.chance(percent) {
            return None;
        }
        let faults = self.faults.clone();
        let fault = self.dice.pick(&faults);
        if matches!(fault, Fault::Refuses(_) | Fault::Unreachable) {
            self.spell = Some((fault, self.dice.between(1, 6)));
        }
        Some(fault)
    }

    fn spoil(&mut self, fault: Fault, is_judge: bool, good: Reply) -> Reply {
        match fault {
            Fault::Slow(most) => good.after(self.dice.below(most)),
            Fault::Busy(None) => error(429, "slow down"),
            Fault::Busy(Some(wish)) => error(429, "slow down").retry_after(wish),
            Fault::Refuses(status) => error(status, "not you"),
            Fault::Fails(503) => error(503, "busy").retry_after("1"),
            Fault::Fails(status) => error(status, "oops"),
            Fault::Resets | Fault::Unreachable => reset(),
            Fault::LosesTheAnswer => Reply { result: reset().result, ..good },
            Fault::Hangs => hangs(),
            Fault::Page => {
                let mut page = good;
                if let Ok(answer) = &mut page.result {
                    answer.body = "<html>It works!</html>".to_owned();
                }
                page
            }
            Fault::Nothing => {
                let mut nothing = good;
                if let Ok(answer) = &mut nothing.result {
                    let mut said: Value = serde_json::from_str(&answer.body).expect("an answer is JSON");
                    said["choices"] = json!([]);
                    answer.body = said.to_string();
                }
                nothing
            }
            Fault::Prose(words) if is_judge => says(words),
            Fault::Prose(_) => good,
        }
    }
}
