//! What the answers of two runs took, in words: how long, and how much money.

use shared::compare::Comparison;
use shared::stats::Interval;

use super::number::{self, counted, fixed, usd};

/// Says how long the answers took; none when no item was answered by both runs.
pub fn took(comparison: &Comparison) -> Option<String> {
    let latencies = comparison.latency_ms?;
    let [new, base] =
        [latencies.candidate_p50, latencies.base_p50].map(|millis| number::took(Some(millis.round() as u64)));
    let words = Ratio { less: "quicker", same: "as quick", more: "slower", times: "as long" };
    Some(format!(
        "Half the answers take no longer than {new}, those of the base {base}{} ({}).",
        words.change(latencies.ratio, latencies.interval_95),
        counted(latencies.items, "item", "items")
    ))
}

/// Says what the answers cost; none when that is not known of any item in both runs.
pub fn cost(comparison: &Comparison) -> Option<String> {
    let costs = comparison.cost_usd?;
    let words = Ratio { less: "cheaper", same: "as cheap", more: "dearer", times: "the cost" };
    Some(format!(
        "The answers cost {}, those of the base {}{} ({}).",
        usd(Some(costs.candidate)),
        usd(Some(costs.base)),
        words.change(costs.ratio, costs.interval_95),
        counted(costs.items, "item", "items")
    ))
}

/// Words for what a ratio means: below, at and above 1, and from 2 on, as in "3.0 times as long".
struct Ratio {
    less: &'static str,
    same: &'static str,
    more: &'static str,
    times: &'static str,
}

impl Ratio {
    /// Says a ratio that may not be known, with its interval: ": 20% quicker, 95% interval …".
    fn change(&self, ratio: Option<f64>, interval: Option<Interval>) -> String {
        let Some(ratio) = ratio else { return String::new() };
        let interval = interval
            .map(|Interval(low, high)| format!(", 95% interval {} to {}", self.say(low), self.say(high)));
        format!(": {}{}", self.say(ratio), interval.unwrap_or_default())
    }

    fn say(&self, ratio: f64) -> String {
        let percent = fixed((ratio - 1.0).abs() * 100.0, 0);
        match ratio {
            _ if percent == "0" => self.same.to_owned(),
            2.0.. => format!("{} times {}", fixed(ratio, 1), self.times),
            1.0.. => format!("{percent}% {}", self.more),
            _ => format!("{percent}% {}", self.less),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::compare;
    use shared::compare::spent::{Costs, Latencies};
    use shared::share::Share;

    /// Says a ratio of times with its interval.
    fn check_took(ratio: Option<f64>, interval_95: Option<Interval>, expected: Expect) {
        let latencies = Latencies {
            items: 40,
            base_p50: 1_500.0,
            candidate_p50: ratio.unwrap_or_default() * 1_500.0,
            ratio,
            interval_95,
        };
        let costs =
            Costs { items: 1, base: 0.5, candidate: ratio.unwrap_or_default() * 0.5, ratio, interval_95 };
        let nothing = compare::refused(Vec::new(), Share::MARGIN);
        assert_eq!((took(&nothing), cost(&nothing)), (None, None));
        let comparison = Comparison { latency_ms: Some(latencies), cost_usd: Some(costs), ..nothing };
        expected.assert_eq(&[took, cost].map(|say| say(&comparison).unwrap_or_default()).join("\n"));
    }

    #[test]
    fn what_answers_took_is_a_ratio() {
        check_took(
            Some(0.8),
            Some(Interval(0.7, 1.05)),
            expect![[r#"
            Half the answers take no longer than 1.2 s, those of the base 1.5 s: 20% quicker, 95% interval 30% quicker to 5% slower (40 items).
            The answers cost $0.400, those of the base $0.500: 20% cheaper, 95% interval 30% cheaper to 5% dearer (1 item)."#]],
        );
        check_took(
            Some(3.0),
            Some(Interval(1.25, 4.5)),
            expect![[r#"
            Half the answers take no longer than 4.5 s, those of the base 1.5 s: 3.0 times as long, 95% interval 25% slower to 4.5 times as long (40 items).
            The answers cost $1.50, those of the base $0.500: 3.0 times the cost, 95% interval 25% dearer to 4.5 times the cost (1 item)."#]],
        );
        check_took(
            Some(1.0),
            None,
            expect![[r#"
            Half the answers take no longer than 1.5 s, those of the base 1.5 s: as quick (40 items).
            The answers cost $0.500, those of the base $0.500: as cheap (1 item)."#]],
        );
        check_took(
            None,
            None,
            expect![[r#"
            Half the answers take no longer than 0 ms, those of the base 1.5 s (40 items).
            The answers cost $0, those of the base $0.500 (1 item)."#]],
        );
    }
}
