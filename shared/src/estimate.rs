//! What a run would take, before it is started: calls, cost, time, and what it could tell.
//!
//! Arithmetic over what was counted. Leaves out the counting, which needs the items and what is known of
//! them.

use serde::{Deserialize, Serialize};

use crate::chat::Usage;
use crate::compare::Comparison;
use crate::compare::words;
use crate::percent;
use crate::price::Price;
use crate::share::Share;
use crate::stats::power::Aim;
use crate::stats::power::gate;

/// What a run would take if it were started now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimate {
    pub items: u64,
    /// Calls to the target that would be made.
    pub target_calls: u64,
    /// Calls to the judge that would be made, those for canaries too.
    pub judge_calls: u64,
    /// Answers that are known already and would not be paid for again.
    pub memoised_calls: u64,
    /// US dollars; none when a model would be called whose price is not known.
    pub cost_usd: Option<f64>,
    /// The models that would be called and have no price, as `provider/model`.
    pub unpriced: Vec<String>,
    pub seconds: u64,
    /// The smallest margin of pass rates that so many items can hold an equally good target to, at most 1.
    pub detectable_margin: f64,
    /// In words: what the run can tell, what it rests on, and what is not counted.
    pub note: String,
}

/// What a model would be asked. Tokens are added up over all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Asked {
    pub calls: u64,
    pub input_tokens: f64,
    pub output_tokens: f64,
}

impl Asked {
    /// Gives what so many calls come to that are alike.
    pub fn of(calls: u64, input_tokens: f64, output_tokens: f64) -> Self {
        let each = calls as f64;
        Self { calls, input_tokens: input_tokens * each, output_tokens: output_tokens * each }
    }

    /// Adds what another asks.
    pub fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
    }

    /// Gives what all items would ask, when this is what a part of them asks.
    #[must_use]
    pub fn scaled(self, by: f64) -> Self {
        Self {
            calls: (self.calls as f64 * by).round() as u64,
            input_tokens: self.input_tokens * by,
            output_tokens: self.output_tokens * by,
        }
    }
}

/// A model that a run asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// `provider/model`.
    pub name: String,
    pub price: Option<Price>,
    /// How long its calls took on the average, in milliseconds; none when none has been seen.
    pub latency_ms: Option<f64>,
    pub asked: Asked,
}

/// Gives how long a call is taken to last that lasted so long before, in milliseconds.
pub fn pace_ms(latency_ms: Option<f64>) -> f64 {
    latency_ms.unwrap_or(GUESSED_MS)
}

/// What was counted about a run that is planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub items: u64,
    /// How many of them were looked at; the rest is taken to be alike.
    pub looked_at: u64,
    pub target: Model,
    pub judges: Vec<Model>,
    pub memoised: u64,
    /// How long an item takes at most, from the target's answer to the judges', in milliseconds.
    pub longest_ms: f64,
    /// How many calls may be under way at once.
    pub concurrency: u32,
    /// Answers at the border are asked again, which nobody can count beforehand.
    pub asks_border_again: bool,
    /// The share of items that changed in the last run of the set; none when no run has told.
    pub discordance: Option<f64>,
}

/// How long a call is taken to last while none has been seen, in milliseconds.
const GUESSED_MS: f64 = 3_000.0;

/// The share of items that is taken to change while no run of the set has told.
///
/// Source: the middle of what `spec/statistics.md` B.2 looks at.
const DISCORDANCE: f64 = 0.1;

/// The chance to ship is worked out for at most so many items; more have no smaller one.
const MOST_ITEMS: u64 = 5_000;

/// Gives about how many tokens a text of so many characters has: one for four, as English has.
pub fn tokens(characters: usize) -> f64 {
    characters as f64 / 4.0
}

/// Gives the share of items that changed in a run beside its baseline; none of no items.
///
/// That none changed of a few items does not mean that none ever would: one is taken to have.
pub fn discordance(beside_baseline: &Comparison) -> Option<f64> {
    let Comparison { items, broke, fixed, .. } = *beside_baseline;
    if items == 0 { None } else { Some((broke + fixed).max(1) as f64 / items as f64) }
}

/// Gives what a run would take.
pub fn of(counted: &Counted) -> Estimate {
    let models = || std::iter::once(&counted.target).chain(&counted.judges);
    let mut unpriced: Vec<_> = models()
        .filter(|model| model.asked.calls > 0 && model.price.is_none())
        .map(|model| model.name.clone())
        .collect();
    unpriced.sort();
    unpriced.dedup();
    let costs = models().map(|model| {
        let tokens = |tokens: f64| Some(tokens.round() as u64);
        let Asked { calls, input_tokens, output_tokens } = model.asked;
        let usage = Usage {
            input_tokens: tokens(input_tokens),
            output_tokens: tokens(output_tokens),
            cached_tokens: None,
        };
        if calls == 0 { Some(0.0) } else { model.price?.cost_usd(usage) }
    });
    let discordance = counted.discordance.unwrap_or(DISCORDANCE);
    let detectable = Aim::default().detectable_margin(discordance, counted.items);
    Estimate {
        items: counted.items,
        target_calls: counted.target.asked.calls,
        judge_calls: counted.judges.iter().map(|judge| judge.asked.calls).sum(),
        memoised_calls: counted.memoised,
        cost_usd: costs.sum(),
        unpriced,
        seconds: seconds(counted),
        detectable_margin: detectable.map_or(1.0, |margin| margin.min(1.0)),
        note: note(counted, discordance),
    }
}

/// Gives the seconds that a run takes: all its calls shared out among those at once, but no less than one
/// item takes, whose judges wait for its target.
///
/// Source: Graham 1966; a schedule takes at least the larger of the two and at most their sum.
fn seconds(counted: &Counted) -> u64 {
    let models = std::iter::once(&counted.target).chain(&counted.judges);
    let together: f64 = models.map(|model| model.asked.calls as f64 * pace_ms(model.latency_ms)).sum();
    let shared = together / f64::from(counted.concurrency.max(1));
    (shared.max(counted.longest_ms) / 1000.0).ceil() as u64
}

fn note(counted: &Counted, discordance: f64) -> String {
    let allowed = Share::MARGIN;
    let aim = Aim::default();
    let mut sentences = Vec::new();
    if let Some(margin) = aim.detectable_margin(discordance, counted.items) {
        let needed = aim.items_for_margin(discordance, allowed.value()).filter(|n| *n > counted.items);
        let more = needed.map(|n| format!("; {} points need about {n}", allowed.points()));
        sentences.push(format!(
            "With {} this run can tell a difference of {} points{}.",
            words::items(counted.items),
            percent::points(margin.min(1.0)),
            more.unwrap_or_default()
        ));
    }
    let plan = gate::Plan {
        items: counted.items.min(MOST_ITEMS),
        discordance,
        difference: 0.0,
        margin: allowed.value(),
    };
    if let Some(chance) = plan.chance_to_ship() {
        let chance = match chance * 100.0 {
            percent if percent > 99.0 => "above 99 %".to_owned(),
            percent if percent < 1.0 => "below 1 %".to_owned(),
            percent => format!("about {percent:.0} %"),
        };
        sentences.push(format!(
            "The chance that it lets an equally good target ship at a margin of {} points is {chance}.",
            allowed.points()
        ));
    }
    let basis = match counted.discordance {
        Some(_) => "as in the last run of the set",
        None => "since no run of the set has told yet",
    };
    sentences.push(format!("{} of the items are taken to change, {basis}.", percent::of(discordance)));
    if counted.looked_at < counted.items {
        sentences.push(format!(
            "Calls were counted on a random sample of {} and scaled up.",
            words::items(counted.looked_at)
        ));
    }
    let unseen = std::iter::once(&counted.target).chain(&counted.judges);
    let mut unseen: Vec<_> = unseen
        .filter(|model| model.asked.calls > 0 && model.latency_ms.is_none())
        .map(|model| model.name.as_str())
        .collect();
    unseen.dedup();
    if !unseen.is_empty() {
        let (names, each) = (unseen.join(", "), GUESSED_MS / 1000.0);
        sentences
            .push(format!("No call to {names} has been seen yet: its time is a guess of {each} s a call."));
    }
    if counted.asks_border_again {
        sentences.push("Answers at the border are asked again on top of this.".to_owned());
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn model(name: &str, calls: u64, price: Option<f64>, latency_ms: Option<f64>) -> Model {
        let price = price.map(|usd| Price {
            input_usd_per_mtok: usd,
            cached_input_usd_per_mtok: None,
            output_usd_per_mtok: 10.0 * usd,
        });
        Model { name: name.to_owned(), price, latency_ms, asked: Asked::of(calls, 100.0, 10.0) }
    }

    fn counted(items: u64) -> Counted {
        Counted {
            items,
            looked_at: items,
            target: model("p/new", items, Some(1.0), Some(2_000.0)),
            judges: vec![model("p/judge", 2 * items, Some(2.0), Some(1_000.0))],
            memoised: 0,
            longest_ms: 4_000.0,
            concurrency: 16,
            asks_border_again: false,
            discordance: None,
        }
    }

    fn check(change: fn(&mut Counted), expected: Expect) {
        let mut counted = counted(120);
        change(&mut counted);
        let Estimate { target_calls, judge_calls, cost_usd, unpriced, seconds, .. } = of(&counted);
        let cost = cost_usd.map_or("unknown".to_owned(), |usd| format!("{usd:.4}"));
        expected.assert_eq(&format!(
            "{target_calls} + {judge_calls} calls, {cost} USD, unpriced {unpriced:?}, {seconds} s"
        ));
    }

    fn check_note(change: fn(&mut Counted), expected: Expect) {
        let mut counted = counted(120);
        change(&mut counted);
        expected.assert_eq(&of(&counted).note.replace(". ", ".\n"));
    }

    #[test]
    fn calls_cost_their_tokens() {
        check(|_| {}, expect!["120 + 240 calls, 0.1200 USD, unpriced [], 30 s"]);
    }

    #[test]
    fn a_price_that_is_missing_leaves_the_cost_unknown() {
        check(
            |counted| counted.judges[0].price = None,
            expect![[r#"120 + 240 calls, unknown USD, unpriced ["p/judge"], 30 s"#]],
        );
    }

    #[test]
    fn what_is_not_called_needs_no_price() {
        let known = |counted: &mut Counted| {
            counted.judges[0].price = None;
            counted.judges[0].asked = Asked::default();
        };
        check(known, expect!["120 + 0 calls, 0.0240 USD, unpriced [], 15 s"]);
    }

    #[test]
    fn a_run_takes_no_less_than_one_item() {
        let few = |counted: &mut Counted| {
            counted.target.asked.calls = 1;
            counted.judges[0].asked.calls = 2;
        };
        check(few, expect!["1 + 2 calls, 0.1200 USD, unpriced [], 4 s"]);
    }

    #[test]
    fn a_part_speaks_for_all() {
        assert_eq!(
            Asked::of(3, 100.0, 10.0).scaled(2.5),
            Asked { calls: 8, input_tokens: 750.0, output_tokens: 75.0 }
        );
    }

    #[test]
    fn the_note_says_what_the_run_can_tell() {
        check_note(
            |_| {},
            expect![[r#"
            With 120 items this run can tell a difference of 7.2 points; 5 points need about 248.
            The chance that it lets an equally good target ship at a margin of 5 points is about 49 %.
            10.0 % of the items are taken to change, since no run of the set has told yet."#]],
        );
        check_note(
            |counted| counted.items = 1,
            expect![[r#"
                With 1 item this run can tell a difference of 78.6 points; 5 points need about 248.
                The chance that it lets an equally good target ship at a margin of 5 points is below 1 %.
                10.0 % of the items are taken to change, since no run of the set has told yet."#]],
        );
        check_note(
            |counted| counted.discordance = Some(1.0 / 120.0),
            expect![[r#"
            With 120 items this run can tell a difference of 2.1 points.
            The chance that it lets an equally good target ship at a margin of 5 points is about 99 %.
            0.8 % of the items are taken to change, as in the last run of the set."#]],
        );
        check_note(
            |counted| counted.discordance = Some(1.0),
            expect![[r#"
            With 120 items this run can tell a difference of 22.7 points; 5 points need about 2474.
            100.0 % of the items are taken to change, as in the last run of the set."#]],
        );
    }

    #[test]
    fn the_note_says_what_the_numbers_rest_on() {
        let guessed = |counted: &mut Counted| {
            counted.items = 6_000;
            counted.looked_at = 2_000;
            counted.target.latency_ms = None;
            counted.asks_border_again = true;
        };
        check_note(
            guessed,
            expect![[r#"
            With 6000 items this run can tell a difference of 1.0 points.
            The chance that it lets an equally good target ship at a margin of 5 points is above 99 %.
            10.0 % of the items are taken to change, since no run of the set has told yet.
            Calls were counted on a random sample of 2000 items and scaled up.
            No call to p/new has been seen yet: its time is a guess of 3 s a call.
            Answers at the border are asked again on top of this."#]],
        );
    }
}
