//! The orders that a list of runs can be in.
//!
//! Pure. Leaves out what a run's pass rate is (`rescore`).

use std::cmp::Ordering;

use shared::run::Run;

use crate::order::{self, Column};
use crate::rescore;

/// What runs are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// When they were started.
    #[default]
    Started,
    Name,
    Set,
    PassRate,
    Cost,
}

impl Column for By {
    const ALL: &'static [Self] = &[Self::Started, Self::Name, Self::Set, Self::PassRate, Self::Cost];

    fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Name => "name",
            Self::Set => "set",
            Self::PassRate => "rate",
            Self::Cost => "cost",
        }
    }

    fn falls(self) -> bool {
        matches!(self, Self::Started | Self::Cost)
    }
}

/// An order of runs; the newest stand first unless somebody says otherwise.
pub type Order = order::Order<By>;

impl Order {
    /// Sorts runs. What has no such number stands last, and what is alike stays as it is.
    pub fn sort(self, runs: &mut [Run]) {
        let turn = |ordering: Ordering| if self.falls() { ordering.reverse() } else { ordering };
        let number = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => turn(one.partial_cmp(&other).unwrap_or(Ordering::Equal)),
            (one, other) => other.is_some().cmp(&one.is_some()),
        };
        let rate = |run: &Run| rescore::standing(&run.counts).map(|standing| standing.rate);
        let text = |run: &Run| match self.by {
            By::Set => run.set_name.as_str().to_lowercase(),
            _ => run.name.as_str().to_lowercase(),
        };
        runs.sort_by(|one, other| match self.by {
            By::Started => turn(one.created_at.cmp(&other.created_at)),
            By::PassRate => number(rate(one), rate(other)),
            By::Cost => number(one.cost_usd, other.cost_usd),
            By::Name | By::Set => turn(text(one).cmp(&text(other))),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    /// Runs by their names, with what passed of ten, what they cost, and the minute in which they were started.
    fn runs() -> Vec<Run> {
        let run = |name: &str, passed: Option<u64>, cost: Option<f64>, minute: u8| {
            let model = json!({"provider": "demo", "model": "echo"});
            let done = passed.map_or(0, |_| 10);
            let run = json!({
                "id": name.to_lowercase(), "name": name, "set_id": "s1", "set_name": "Support", "set_version": 2,
                "target": model, "judge": model, "judge_version": "0".repeat(64), "threshold": 0.8, "budget_usd": null,
                "baseline": true, "status": "done", "reason": null, "resumes_at": null,
                "calls": {"target": 0, "judge": 0, "memoised": 0, "retried": 0},
                "counts": {
                    "total": 10, "done": done, "passed": passed.unwrap_or_default(),
                    "failed": done - passed.unwrap_or_default(), "unscored": 0, "errored": 0
                },
                "cost_usd": cost, "concurrency": {"asked": 1, "now": 1}, "eta_seconds": null, "simulated": false,
                "created_at": format!("2026-11-01T09:{minute}:00.000Z"), "finished_at": null, "summary": null,
            });
            serde_json::from_value(run).expect("a run")
        };
        vec![
            run("d", Some(4), None, 40),
            run("B", None, Some(0.5), 30),
            run("c", Some(9), Some(0.1), 20),
            run("A", Some(4), Some(0.5), 10),
        ]
    }

    fn check(word: &str, expected: Expect) {
        let mut runs = runs();
        Order::read(word).sort(&mut runs);
        let names: Vec<_> = runs.iter().map(|run| run.name.as_str()).collect();
        expected.assert_eq(&names.join(" "));
    }

    #[test]
    fn the_newest_stands_first_unless_somebody_says_otherwise() {
        check("", expect!["d B c A"]);
        check("nonsense", expect!["d B c A"]);
        check("-started", expect!["A c B d"]);
    }

    #[test]
    fn what_has_no_number_stands_last_either_way() {
        check("rate", expect!["d A c B"]);
        check("-rate", expect!["c d A B"]);
        check("cost", expect!["B A c d"]);
        check("-cost", expect!["c B A d"]);
    }

    #[test]
    fn names_stand_by_their_letters() {
        check("name", expect!["A B c d"]);
        check("-name", expect!["d c B A"]);
        check("set", expect!["d B c A"]);
    }

    #[test]
    fn a_column_that_is_pressed_again_turns() {
        let pressed = [By::Cost, By::Cost, By::Cost, By::Name, By::Started, By::Started];
        let words = pressed.into_iter().scan(Order::default(), |order, by| {
            *order = order.pressed(by);
            Some(order.word().unwrap_or_default())
        });
        let words: Vec<_> = words.collect();
        expect!["cost, -cost, cost, name, , -started"].assert_eq(&words.join(", "));
        assert!(By::ALL.iter().all(|by| Order::read(by.word()).by == *by));
    }
}
