//! Two sides over the same items, paired: what broke, what was fixed, and what that tells.
//!
//! A side is a run, or the original responses that a run was judged beside. Pass rates are compared by
//! Tango's interval and `McNemar`'s test, means by the differences of each item: `spec/statistics.md` B.2 of
//! the design. Leaves out which runs may be compared (`terms`) and what a gate makes of it (`gate`).

pub mod criteria;
pub mod items;
pub mod means;
pub mod pairs;
pub mod spent;
pub mod terms;
pub mod words;

use serde::{Deserialize, Deserializer, Serialize};

use self::criteria::CriterionGain;
use self::means::Means;
use self::pairs::{Pair, Pairs, Standing};
use self::spent::{Costs, Latencies};
use crate::clusters::{self, Clusters, Together};
use crate::score::Threshold;
use crate::share::Share;
use crate::stats::margin::{self, Decision};
use crate::stats::paired::Table;
use crate::stats::power::Aim;
use crate::stats::{Interval, Z_90, Z_95};

/// What an item without an answer counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// It is dropped: nothing is known of how good an answer would have been.
    Dropped,
    /// It fails, as it does its user; the original, where it has no score, counts as having passed.
    Fails,
}

/// Two sides over the same items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// Items that are compared.
    pub items: u64,
    /// Items of either side that are not: only one side has them, or has a score of them.
    pub dropped: u64,
    /// Those of them that both sides have.
    pub unscored: u64,
    pub both_pass: u64,
    /// The base passes, the candidate does not.
    pub broke: u64,
    /// The candidate passes, the base does not.
    pub fixed: u64,
    pub both_fail: u64,
    pub pass_rate: PassRates,
    pub mean: Means,
    /// What each criterion gained that both sides were judged by; left out where that is not worked out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<CriterionGain>,
    /// Only where two runs are compared, and answered at least one item both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latencies>,
    /// Only where two runs are compared, and what an answer cost is known of at least one item in both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Costs>,
    /// None when no two of the items that are compared belong together.
    #[serde(default)]
    pub clusters: Option<Clusters>,
    /// How much of the pass rate the candidate may cost.
    pub margin: Share,
    /// Inconclusive when no item is compared.
    #[serde(deserialize_with = "inconclusive_if_null")]
    pub verdict: Decision,
    /// The smallest margin that so many items, of which so many change, hold an equal candidate to, four times
    /// out of five; none when no item is compared.
    pub detectable_margin: Option<f64>,
    /// How many items it takes at this margin; none when no item is compared, and at a margin of 0.
    pub items_needed: Option<u64>,
    pub comparable: bool,
    /// Why they do not compare, and what would make them.
    pub incomparable: Vec<String>,
}

/// Pass rates over the items that are compared. All is none when none is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassRates {
    pub base: Option<f64>,
    pub candidate: Option<f64>,
    /// Candidate minus base.
    pub difference: Option<f64>,
    /// Tango's, of the difference; wider where items belong together.
    pub interval_90: Option<Interval>,
    pub interval_95: Option<Interval>,
    /// `McNemar`'s mid-p, two-sided, as of independent items.
    pub mcnemar_mid_p: Option<f64>,
    /// The exact one, which is often too large: for exports. Only where two runs are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcnemar_exact: Option<f64>,
}

/// Two sides with everything about them that no threshold and no margin changes.
///
/// So that a threshold that somebody moves costs no more than counting what passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Sides {
    pairs: Pairs,
    lasting: Lasting,
}

impl Sides {
    /// Takes two sides.
    pub fn of(pairs: Pairs, unanswered: Unanswered) -> Self {
        Self { lasting: Lasting::of(&pairs, unanswered), pairs }
    }

    /// Compares them at a threshold, with the margin that is allowed.
    pub fn at(&self, threshold: Threshold, allowed: Share) -> Comparison {
        self.lasting.at(&self.pairs, threshold, allowed)
    }
}

/// Compares two sides at a threshold, with the margin that is allowed.
pub fn of(pairs: &Pairs, threshold: Threshold, allowed: Share, unanswered: Unanswered) -> Comparison {
    Lasting::of(pairs, unanswered).at(pairs, threshold, allowed)
}

/// What no threshold and no margin changes about two sides.
#[derive(Debug, Clone, PartialEq)]
struct Lasting {
    unanswered: Unanswered,
    mean: Means,
    /// Of the items that are compared, where some of them belong together.
    together: Option<Together>,
}

impl Lasting {
    fn of(pairs: &Pairs, unanswered: Unanswered) -> Self {
        // Where it can be told who passes does not depend on the threshold.
        let is_compared = |pair: &&Pair| {
            let (base, candidate) = passes(**pair, Threshold::default(), unanswered);
            base.is_some() && candidate.is_some()
        };
        let compared = pairs.pairs.iter().filter(is_compared);
        let together = Together::of(&compared.map(|pair| pair.cluster).collect::<Vec<_>>());
        Self { unanswered, mean: means::of(&pairs.pairs), together }
    }

    /// Compares the sides that it is of.
    fn at(&self, pairs: &Pairs, threshold: Threshold, allowed: Share) -> Comparison {
        let passes: Vec<_> =
            pairs.pairs.iter().map(|pair| passes(*pair, threshold, self.unanswered)).collect();
        let compared = || passes.iter().filter_map(|(base, candidate)| base.zip(*candidate));
        let table = Table::of(compared());
        let all = passes.len() as u64;
        let unscored = all - table.n();
        let of_base = passes.iter().filter(|(base, _)| base.is_none()).count() as u64;
        let of_candidate = passes.iter().filter(|(_, candidate)| candidate.is_none()).count() as u64;
        let change = |(base, candidate): (bool, bool)| f64::from(i8::from(candidate) - i8::from(base));
        let together = self.together.as_ref();
        let clusters = together.map(|together| together.widen(&compared().map(change).collect::<Vec<_>>()));
        // As of fewer items: the statistic that the interval inverts grows with the root of their number.
        let wider = clusters::effect(clusters).sqrt();
        let interval_90 = table.interval(Z_90 * wider);
        let verdict = match interval_90 {
            // So many may be missing for a reason that the others do not show.
            Some(interval) if !is_too_many(of_base.max(of_candidate), all) => {
                margin::decide(interval, allowed.value())
            }
            Some(_) | None => Decision::Inconclusive,
        };
        let changing = discordance(&table).map(|share| share * clusters::effect(clusters));
        let aim = Aim::default();
        Comparison {
            items: table.n(),
            dropped: unscored + pairs.alone,
            unscored,
            both_pass: table.both_pass,
            broke: table.broke,
            fixed: table.fixed,
            both_fail: table.both_fail,
            pass_rate: PassRates {
                base: table.base_rate(),
                candidate: table.candidate_rate(),
                difference: table.difference(),
                interval_90,
                interval_95: table.interval(Z_95 * wider),
                mcnemar_mid_p: if table.n() == 0 { None } else { Some(table.mcnemar().mid) },
                mcnemar_exact: None,
            },
            mean: self.mean,
            criteria: Vec::new(),
            latency_ms: None,
            cost_usd: None,
            clusters,
            margin: allowed,
            verdict,
            detectable_margin: changing
                .and_then(|share| aim.detectable_margin(share, table.n()))
                .map(|margin| margin.min(1.0)),
            items_needed: changing.and_then(|share| aim.items_for_margin(share, allowed.value())),
            comparable: true,
            incomparable: Vec::new(),
        }
    }
}

/// Adds the tests that are not shown, only exported: of the same items as the comparison.
pub fn with_tests(comparison: Comparison, pairs: &Pairs) -> Comparison {
    let Comparison { both_pass, broke, fixed, both_fail, pass_rate, mean, .. } = comparison;
    let table = Table { both_pass, broke, fixed, both_fail };
    let mcnemar_exact = if table.n() == 0 { None } else { Some(table.mcnemar().exact) };
    Comparison {
        pass_rate: PassRates { mcnemar_exact, ..pass_rate },
        mean: Means { tests: means::tests(&pairs.pairs), ..mean },
        ..comparison
    }
}

/// Reads a verdict as it was kept with summaries when there was none of no items.
fn inconclusive_if_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decision, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(Decision::Inconclusive))
}

/// Tells which side passes; none where it cannot be told.
fn passes(pair: Pair, threshold: Threshold, unanswered: Unanswered) -> (Option<bool>, Option<bool>) {
    let passes = |standing: Standing| standing.score().map(|score| score.passes(threshold));
    let (base, candidate) = (passes(pair.base), passes(pair.candidate));
    match (unanswered, pair.base, pair.candidate) {
        (Unanswered::Dropped, _, _) => (base, candidate),
        (Unanswered::Fails, Standing::Unanswered, Standing::Unanswered) => (Some(false), Some(false)),
        (Unanswered::Fails, Standing::Unanswered, _) => (Some(false), candidate),
        (Unanswered::Fails, _, Standing::Unanswered) => (Some(base.unwrap_or(true)), Some(false)),
        (Unanswered::Fails, _, _) => (base, candidate),
    }
}

/// Gives the share of items that change; none of no items.
///
/// That none changed of a few items does not mean that none ever would: one is taken to have.
fn discordance(table: &Table) -> Option<f64> {
    Some(table.discordance()?.max(1.0 / table.n() as f64))
}

/// Says that two runs do not compare, and why; there are no numbers then.
pub fn refused(incomparable: Vec<String>, allowed: Share) -> Comparison {
    let nothing = of(&Pairs::default(), Threshold::default(), allowed, Unanswered::Dropped);
    Comparison { comparable: false, incomparable, ..nothing }
}

/// Tells whether so many of some items are missing that the others cannot speak for them: above 5 %.
///
/// Source: `spec/judging.md`, decision 2.
pub fn is_too_many(missing: u64, of: u64) -> bool {
    missing * 20 > of
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Level, MeanLevel, Part, Score, Weight};
    use expect_test::{Expect, expect};

    fn standing(level: char) -> Standing {
        let part = |level: u8| Part {
            level: MeanLevel::of(&[Level::try_from(level).expect("a level")]).expect("one"),
            weight: Weight::default(),
            required: false,
        };
        match level {
            '?' => Standing::Unscored,
            '!' => Standing::Unanswered,
            digit => Standing::Scored(Score::of(&[part(digit as u8 - b'0')]).expect("a part")),
        }
    }

    /// Pairs two lines of levels; `?` is unscored, `!` without an answer.
    fn pairs(base: &str, candidate: &str) -> Pairs {
        let pairs = base.chars().zip(candidate.chars());
        let pairs = pairs.map(|(base, candidate)| Pair {
            base: standing(base),
            candidate: standing(candidate),
            cluster: None,
        });
        Pairs { pairs: pairs.collect(), alone: 0 }
    }

    fn compared(base: &str, candidate: &str, unanswered: Unanswered) -> Comparison {
        of(&pairs(base, candidate), Threshold::default(), Share::MARGIN, unanswered)
    }

    fn shown(comparison: &Comparison) -> String {
        let (rate, mean) = (comparison.pass_rate, comparison.mean);
        format!(
            "{} items, {} dropped: {} {} {} {}\nrate {:.3?} in {:.3?}, p {:.3?}\nmean {:.3?} in {:.3?}, p {:.3?}\n{:?}, detects {:.3?}, needs {:?}\n",
            comparison.items,
            comparison.dropped,
            comparison.both_pass,
            comparison.broke,
            comparison.fixed,
            comparison.both_fail,
            rate.difference,
            rate.interval_90.map(|interval| (interval.0, interval.1)),
            rate.mcnemar_mid_p,
            mean.difference,
            mean.interval_95.map(|interval| (interval.0, interval.1)),
            mean.p,
            comparison.verdict,
            comparison.detectable_margin,
            comparison.items_needed
        )
    }

    fn check(base: &str, candidate: &str, expected: Expect) {
        expected.assert_eq(&shown(&compared(base, candidate, Unanswered::Dropped)));
    }

    fn check_failing(base: &str, candidate: &str, expected: Expect) {
        expected.assert_eq(&shown(&compared(base, candidate, Unanswered::Fails)));
    }

    #[test]
    fn nothing_compares_with_nothing() {
        check(
            "",
            "",
            expect![[r#"
            0 items, 0 dropped: 0 0 0 0
            rate None in None, p None
            mean None in None, p None
            Inconclusive, detects None, needs None
        "#]],
        );
        check(
            "?!",
            "5?",
            expect![[r#"
            0 items, 2 dropped: 0 0 0 0
            rate None in None, p None
            mean None in None, p None
            Inconclusive, detects None, needs None
        "#]],
        );
    }

    #[test]
    fn few_items_tell_little() {
        check(
            "5",
            "3",
            expect![[r#"
                1 items, 0 dropped: 0 1 0 0
                rate Some(-1.000) in Some((-1.000, 0.460)), p Some(0.500)
                mean Some(-0.400) in None, p Some(1.000)
                Inconclusive, detects Some(1.000), needs Some(2474)
            "#]],
        );
        check(
            "53",
            "35",
            expect![[r#"
                2 items, 0 dropped: 0 1 1 0
                rate Some(0.000) in Some((-0.758, 0.758)), p Some(0.500)
                mean Some(0.000) in Some((-5.082, 5.082)), p Some(1.000)
                Inconclusive, detects Some(1.000), needs Some(2474)
            "#]],
        );
        check(
            "5555",
            "5555",
            expect![[r#"
                4 items, 0 dropped: 4 0 0 0
                rate Some(0.000) in Some((-0.403, 0.403)), p Some(1.000)
                mean Some(0.000) in None, p Some(1.000)
                Inconclusive, detects Some(0.622), needs Some(619)
            "#]],
        );
    }

    /// Expected are `mcnemar.dataset`'s, `paired.t`'s and `paired.wilcoxon`'s of the reference vectors; the
    /// p value of flipped signs is the one that is shown.
    #[test]
    fn exports_have_every_test() {
        let tested = |base: &str, candidate: &str| {
            let tested = with_tests(compared(base, candidate, Unanswered::Dropped), &pairs(base, candidate));
            format!("{:.4?} {:.4?}", tested.pass_rate.mcnemar_exact, tested.mean.tests)
        };
        let (old, new) =
            ("5553224252154415555143555555545434434353", "5552234252054313352153555555325545344252");
        expect![
            "Some(0.1797) Some(Tests { t: Some(0.0699), sign_flip: Some(0.0966), wilcoxon: Some(0.0638) })"
        ]
        .assert_eq(&tested(old, new));
        expect!["Some(1.0000) Some(Tests { t: None, sign_flip: Some(1.0000), wilcoxon: None })"]
            .assert_eq(&tested("55", "55"));
        expect!["None None"].assert_eq(&tested("?", "5"));
    }

    #[test]
    fn what_has_no_score_on_one_side_is_dropped() {
        check(
            "555?5",
            "535?!",
            expect![[r#"
                3 items, 2 dropped: 2 1 0 0
                rate Some(-0.333) in Some((-0.746, 0.299)), p Some(0.500)
                mean Some(-0.133) in Some((-0.707, 0.440)), p Some(1.000)
                Inconclusive, detects Some(0.829), needs Some(825)
            "#]],
        );
    }

    #[test]
    fn more_than_a_twentieth_without_a_score_tells_nothing() {
        let (all, some) = ("5".repeat(100), "5".repeat(95));
        let verdict = |base: &str, candidate: &str| compared(base, candidate, Unanswered::Dropped).verdict;
        assert_eq!(verdict(&all, &format!("{some}?????")), Decision::NonInferior);
        assert_eq!(verdict(&format!("{some}?????"), &format!("?????{some}")), Decision::NonInferior);
        assert_eq!(verdict(&all, &format!("{}??????", &some[1..])), Decision::Inconclusive);
        assert_eq!(verdict(&format!("{}!!!!!!", &some[1..]), &all), Decision::Inconclusive);
    }

    #[test]
    fn for_a_gate_an_item_without_an_answer_fails() {
        check_failing(
            "5!3!?",
            "!5!!!",
            expect![[r#"
                5 items, 0 dropped: 0 2 1 2
                rate Some(-0.200) in Some((-0.643, 0.358)), p Some(0.625)
                mean None in None, p None
                Inconclusive, detects Some(0.861), needs Some(1484)
            "#]],
        );
        check_failing(
            "5?",
            "?5",
            expect![[r#"
            0 items, 2 dropped: 0 0 0 0
            rate None in None, p None
            mean None in None, p None
            Inconclusive, detects None, needs None
        "#]],
        );
    }

    /// The levels of `data.paired40` of the reference vectors; the expected numbers are `paired.t`'s and
    /// `mcnemar.dataset`'s, and those of `spec/results.md` D.1.
    #[test]
    fn the_reference_runs() {
        let (old, new) =
            ("5553224252154415555143555555545434434353", "5552234252054313352153555555325545344252");
        check(
            old,
            new,
            expect![[r#"
                40 items, 0 dropped: 20 7 2 11
                rate Some(-0.125) in Some((-0.255, -0.002)), p Some(0.109)
                mean Some(-0.055) in Some((-0.115, 0.005)), p Some(0.097)
                FailSignificantlyWorse, detects Some(0.186), needs Some(557)
            "#]],
        );
    }

    #[test]
    fn sides_that_are_taken_once_compare_as_those_that_are_taken_anew() {
        let mut pairs = pairs("555?3!1552", "53!?54255?");
        for (place, pair) in pairs.pairs.iter_mut().enumerate() {
            pair.cluster = Some(place as u32 / 2);
        }
        for unanswered in [Unanswered::Dropped, Unanswered::Fails] {
            let sides = Sides::of(pairs.clone(), unanswered);
            for threshold in [0.0, 0.5, 0.8, 1.0].map(|at| Threshold::try_from(at).expect("a threshold")) {
                let anew = of(&pairs, threshold, Share::MARGIN, unanswered);
                assert!(anew.clusters.is_some());
                assert_eq!(sides.at(threshold, Share::MARGIN), anew);
            }
        }
    }

    #[test]
    fn scores_that_gain_nothing_together_gain_exactly_nothing() {
        let mean = compared("1555", "4444", Unanswered::Dropped).mean;
        assert_eq!((mean.difference, mean.p), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn a_comparison_that_was_kept_without_a_verdict_reads() {
        let mut kept = serde_json::to_value(compared("", "", Unanswered::Dropped)).expect("it serialises");
        kept["verdict"] = serde_json::Value::Null;
        let read: Comparison = serde_json::from_value(kept).expect("a comparison");
        assert_eq!(read.verdict, Decision::Inconclusive);
    }

    #[test]
    fn what_does_not_compare_has_no_numbers() {
        let refused = refused(vec!["they differ".to_owned()], Share::MARGIN);
        expect![[r#"
            {
              "items": 0,
              "dropped": 0,
              "unscored": 0,
              "both_pass": 0,
              "broke": 0,
              "fixed": 0,
              "both_fail": 0,
              "pass_rate": {
                "base": null,
                "candidate": null,
                "difference": null,
                "interval_90": null,
                "interval_95": null,
                "mcnemar_mid_p": null
              },
              "mean": {
                "base": null,
                "candidate": null,
                "difference": null,
                "interval_95": null,
                "p": null
              },
              "clusters": null,
              "margin": 0.05,
              "verdict": "inconclusive",
              "detectable_margin": null,
              "items_needed": null,
              "comparable": false,
              "incomparable": [
                "they differ"
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&refused).expect("it serialises"));
    }
}
