//! Comparisons in words: the numbers first, then what they mean for shipping.

use shared::clusters::Clusters;
use shared::compare::criteria::CriterionGain;
use shared::compare::items::Flip;
use shared::compare::{Comparison, is_too_many};
use shared::share::Share;
use shared::stats::Interval;
use shared::stats::margin::{self, Decision};

use super::fault::sentence;
use super::number::{count, counted, fixed, level, percent, points, points_range, score};
use crate::chart::paired::{BANDS, Dot};
use crate::paired::Order;

/// Says how two runs did on the items that both have, and what changed.
///
/// None when no item is compared.
pub fn rates(comparison: &Comparison) -> Option<String> {
    let rates = comparison.pass_rate;
    let (base, candidate) = rates.base.zip(rates.candidate)?;
    let (difference, interval) = rates.difference.zip(rates.interval_90)?;
    Some(format!(
        "The new run passes {}, the base {}; {} broke, {} fixed; the difference is {} points (90% interval {}).",
        percent(candidate),
        percent(base),
        count(comparison.broke),
        count(comparison.fixed),
        points(difference),
        points_range(interval)
    ))
}

/// Says what a comparison means at its margin; none when no item is compared.
pub fn verdict(comparison: &Comparison) -> Option<String> {
    let allowed = allowed(comparison.margin);
    comparison.pass_rate.difference?;
    Some(match comparison.verdict {
        Decision::Better => "That is better: it may ship.".to_owned(),
        Decision::NonInferior => format!("With a margin of {allowed} that is not worse: it may ship."),
        Decision::WorseWithinMargin => {
            format!("That is worse, but by less than the margin of {allowed}: it may ship.")
        }
        Decision::Fail => format!("That is worse by more than the margin of {allowed}: do not ship."),
        Decision::FailSignificantlyWorse => {
            format!("With a margin of {allowed} that is significantly worse: do not ship.")
        }
        Decision::Inconclusive if lacks(comparison) => {
            "That cannot be told: too many items have no score for the others to speak for all.".to_owned()
        }
        Decision::Inconclusive => {
            format!("With a margin of {allowed} that cannot be told: there are too few items.")
        }
    })
}

/// Tells whether a comparison is undecided for want of scores alone.
fn lacks(comparison: &Comparison) -> bool {
    let interval = comparison.pass_rate.interval_90;
    let decided = interval.map(|interval| margin::decide(interval, comparison.margin.value()));
    decided != Some(Decision::Inconclusive)
        || is_too_many(comparison.unscored, comparison.items + comparison.unscored)
}

/// Writes a margin in points: "5 points".
pub fn allowed(margin: Share) -> String {
    format!("{} {}", plain(margin), if margin.points() == 1.0 { "point" } else { "points" })
}

/// Writes how many points a margin has: 5, 2.5.
pub fn plain(margin: Share) -> String {
    level(margin.points())
}

/// Says how closely the originals' responses are kept up with, and what that means at the margin.
///
/// `errored` is how many items have no answer. None when no item is compared.
pub fn against_originals(comparison: &Comparison, errored: u64) -> Option<String> {
    let (difference, interval) = comparison.pass_rate.difference.zip(comparison.pass_rate.interval_90)?;
    let range = points_range(interval);
    let found = match errored {
        0 => format!("Against the original responses the difference may be {range} (90% interval)."),
        _ => format!(
            "Items without an answer count as failed here: against the original responses {} broke, {} fixed, a difference of {} points (90% interval {range}).",
            count(comparison.broke),
            count(comparison.fixed),
            points(difference),
        ),
    };
    Some(format!("{found} {}", verdict(comparison)?))
}

/// Says what so many items can tell, and how many it would take; none when no item is compared.
pub fn can_tell(comparison: &Comparison) -> Option<String> {
    let least = comparison.detectable_margin?;
    let items = counted(comparison.items, "item", "items");
    let can = if least < 1.0 {
        let drop = least * 100.0;
        let drop = fixed(drop, u8::from(drop < 10.0).into());
        format!("With {items}, only drops of about {drop} points or more can be ruled out.")
    } else {
        format!("With {items}, no drop can be ruled out.")
    };
    let takes = comparison.items_needed.filter(|&needed| needed > comparison.items).map(|needed| {
        format!(" For {} you need about {} items.", allowed(comparison.margin), count(about(needed)))
    });
    Some(can + &takes.unwrap_or_default())
}

/// Rounds a number to the two digits that an estimate has.
fn about(number: u64) -> u64 {
    let scale = 10_u64.pow(number.max(1).ilog10().saturating_sub(1));
    (number + scale / 2) / scale * scale
}

/// Says how the mean scores differ; none when no item has both.
pub fn means(comparison: &Comparison) -> Option<String> {
    let means = comparison.mean;
    let (base, candidate) = means.base.zip(means.candidate)?;
    let interval = means
        .interval_95
        .map(|interval| format!(" (95% interval {} to {})", gain(interval.0), gain(interval.1)));
    Some(format!(
        "Average score {} against {}, a difference of {}{}.",
        score(candidate),
        score(base),
        gain(means.difference?),
        interval.unwrap_or_default()
    ))
}

/// Below this a p value, corrected for the number of criteria, is a change.
const CLEAR: f64 = 0.05;

/// Says whether a criterion changed, with a mark that does not need colour.
pub fn criterion_change(gain: &CriterionGain) -> String {
    let Some((p, difference)) = gain.p_holm.zip(gain.difference) else {
        return "cannot be told".to_owned();
    };
    let change = match difference {
        _ if p >= CLEAR => "no clear change",
        0.0.. => "▲ better",
        _ => "▼ worse",
    };
    format!("{change}, {}", p_value(p))
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", fixed(p, 3)) }
}

/// Writes by how much a criterion differs, with its interval where it has one.
pub fn criterion_gain(criterion: &CriterionGain) -> String {
    let interval =
        criterion.interval_95.map(|Interval(low, high)| format!(" ({} to {})", gain(low), gain(high)));
    let difference = criterion.difference.map_or_else(|| "–".to_owned(), gain);
    difference + &interval.unwrap_or_default()
}

/// Says what it does to the intervals that so many items belong together; none when they do not.
pub fn together(items: u64, clusters: Option<Clusters>) -> Option<String> {
    let clusters = clusters?;
    Some(match (clusters.count, clusters.few) {
        (1, _) => {
            "All items are of one conversation or user: the intervals speak of that one alone.".to_owned()
        }
        (count, few) => format!(
            "The {} come from {} conversations or users; the intervals allow for that{}.",
            counted(items, "item", "items"),
            self::count(count),
            if few { ", but fewer than 10 are too few to rely on the intervals" } else { "" }
        ),
    })
}

/// Says which items were left out; none when all were compared.
pub fn dropped(comparison: &Comparison) -> Option<String> {
    let alone = comparison.dropped - comparison.unscored;
    let parts = [
        (alone, "only one of the runs has"),
        (comparison.unscored, "have no score in one of the runs or in both"),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts.map(|(number, words)| format!("{} that {words}", count(number))).collect();
    (!parts.is_empty()).then(|| {
        let items = counted(comparison.dropped, "item is", "items are");
        format!("{items} left out: {}.", parts.join(", "))
    })
}

/// Says how both runs did on an item, with a mark that does not need colour.
pub fn broke_or_fixed(flip: Flip) -> &'static str {
    match flip {
        Flip::Broke => "▼ broke",
        Flip::Fixed => "▲ fixed",
        Flip::BothFail => "✗ both fail",
        Flip::BothPass => "✓ both pass",
    }
}

/// Counts the items that came out one way: "▼ 7 broke".
pub fn counted_flip(flip: Flip, n: u64) -> String {
    let words = broke_or_fixed(flip);
    let (mark, word) = words.split_once(' ').unwrap_or(("", words));
    format!("{mark} {} {word}", count(n))
}

/// Heads the list of the items that came out one way.
pub fn flips(flip: Flip, n: u64) -> String {
    let items = counted(n, "item", "items");
    match flip {
        Flip::Broke => format!("{items} that broke: the base passes, the new run fails"),
        Flip::Fixed => format!("{items} that the new run fixed: the base fails, it passes"),
        Flip::BothFail => format!("{items} that fail in both runs"),
        Flip::BothPass => format!("{items} that pass in both runs"),
    }
}

/// Says that no item came out this way.
pub fn nothing(flip: Flip) -> &'static str {
    match flip {
        Flip::Broke => "Nothing broke: no item that the base passes fails in the new run.",
        Flip::Fixed => "Nothing was fixed: no item that the base fails passes in the new run.",
        Flip::BothFail => "No item fails in both runs.",
        Flip::BothPass => "No item passes in both runs.",
    }
}

/// Says that two runs are held to another threshold than they were made with.
pub fn moved(threshold: f64, judged_at: f64) -> String {
    format!(
        "This is at the threshold of {} set here; both runs were made with {}.",
        score(threshold),
        score(judged_at)
    )
}

/// Says what a chart of items shows to whoever does not see it.
pub fn dots(flips: &[Flip]) -> String {
    let of = |flip: Flip| count(flips.iter().filter(|known| **known == flip).count() as u64);
    format!(
        "The scores of {} in both runs: {} broke, {} fixed. The table below counts them.",
        counted(flips.len() as u64, "item", "items"),
        of(Flip::Broke),
        of(Flip::Fixed)
    )
}

/// Says which items a dot stands for.
pub fn dot(dot: &Dot) -> String {
    let (base, new) = (score(dot.base), score(dot.candidate));
    let mean = if dot.n == 1 { "" } else { " on average" };
    let items = counted(dot.n, "item", "items");
    format!("{items}: base {base}, new run {new}{mean}; {}", broke_or_fixed(dot.flip))
}

/// Names a fifth of the scores by its place, the lowest first.
pub fn band(place: usize) -> String {
    let edge = |place: usize| fixed(place as f64 / BANDS as f64, 1);
    format!("{}–{}", edge(place), edge(place + 1))
}

/// Says what stands first in a list of items.
pub fn order_words(order: Order) -> &'static str {
    match order {
        Order::Drop => "biggest drop",
        Order::Gain => "biggest gain",
        Order::New => "lowest in the new run",
        Order::Base => "lowest in the base",
    }
}

/// Writes by how much a score differs: "−0.40".
pub fn gain(value: f64) -> String {
    let text = score(value.abs());
    match text.as_str() {
        "0.00" => text,
        _ if value < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

/// Why two runs do not compare, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    pub why: String,
    pub remedy: Option<String>,
}

/// Reads a reason that the service gives: what is wrong; what would help.
pub fn obstacle(reason: &str) -> Obstacle {
    match reason.rsplit_once("; ") {
        Some((why, remedy)) => Obstacle { why: sentence(why), remedy: Some(sentence(remedy)) },
        None => Obstacle { why: sentence(reason), remedy: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_that_belong_together_are_named() {
        let said = |count, few| together(59, Some(Clusters { count, few, design_effect: 2.0 }));
        let all = [said(1, true), said(4, true), said(40, false), together(59, None)];
        expect![[r#"
            All items are of one conversation or user: the intervals speak of that one alone.
            The 59 items come from 4 conversations or users; the intervals allow for that, but fewer than 10 are too few to rely on the intervals.
            The 59 items come from 40 conversations or users; the intervals allow for that."#]]
        .assert_eq(&all.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    }

    use expect_test::{Expect, expect};
    use shared::compare::pairs::{Pair, Pairs, Standing};
    use shared::compare::{self, Unanswered};
    use shared::score::{Level, MeanLevel, Part, Score, Threshold, Weight};

    /// Compares two lines of levels; `?` is unscored.
    fn check(base: &str, candidate: &str, alone: u64, margin: f64, expected: Expect) {
        let standing = |level: char| match level.to_digit(6) {
            None => Standing::Unscored,
            Some(level) => {
                let level = Level::try_from(level as u8).expect("a level");
                let level = MeanLevel::of(&[level]).expect("one");
                let part = Part { level, weight: Weight::default(), required: false };
                Standing::Scored(Score::of(&[part]).expect("a part"))
            }
        };
        let pairs = base.chars().zip(candidate.chars());
        let pairs = pairs.map(|(base, candidate)| Pair {
            base: standing(base),
            candidate: standing(candidate),
            cluster: None,
        });
        let pairs = Pairs { pairs: pairs.collect(), alone };
        let margin = Share::try_from(margin).expect("a share");
        let comparison = compare::of(&pairs, Threshold::default(), margin, Unanswered::Dropped);
        let words = [rates, verdict, means, can_tell, dropped].map(|say| say(&comparison));
        expected.assert_eq(&words.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn the_reference_runs() {
        check(
            "5553224252154415555143555555545434434353",
            "5552234252054313352153555555325545344252",
            0,
            0.05,
            expect![[r#"
                The new run passes 55.0%, the base 67.5%; 7 broke, 2 fixed; the difference is −12.5 points (90% interval −25.5 to −0.2 points).
                With a margin of 5 points that is significantly worse: do not ship.
                Average score 0.72 against 0.78, a difference of −0.06 (95% interval −0.11 to 0.00).
                With 40 items, only drops of about 19 points or more can be ruled out. For 5 points you need about 560 items."#]],
        );
    }

    #[test]
    fn a_criterion_changed_when_its_corrected_p_is_small() {
        let said = |difference: Option<f64>, p_holm: Option<f64>| {
            let gained = CriterionGain {
                name: "a".to_owned(),
                n: 40,
                base: None,
                candidate: None,
                difference,
                interval_95: difference.map(|difference| Interval(difference - 0.1, difference + 0.1)),
                p: p_holm,
                p_holm,
            };
            format!("{}: {}", criterion_gain(&gained), criterion_change(&gained))
        };
        let all = [
            said(Some(0.2), Some(0.000_2)),
            said(Some(-0.2), Some(0.012)),
            said(Some(0.2), Some(0.05)),
            said(None, None),
        ];
        expect![[r#"
            +0.20 (+0.10 to +0.30): ▲ better, p < 0.001
            −0.20 (−0.30 to −0.10): ▼ worse, p = 0.012
            +0.20 (+0.10 to +0.30): no clear change, p = 0.050
            –: cannot be told"#]]
        .assert_eq(&all.join("\n"));
    }

    #[test]
    fn items_are_counted_by_how_they_came_out() {
        let said = [Flip::Broke, Flip::BothPass].map(|flip| counted_flip(flip, 1_200));
        assert_eq!(said, ["▼ 1,200 broke", "✓ 1,200 both pass"]);
        assert_eq!(flips(Flip::Fixed, 1), "1 item that the new run fixed: the base fails, it passes");
        assert_eq!([gain(-0.4), gain(0.001), gain(0.25)], ["−0.40", "0.00", "+0.25"]);
    }

    #[test]
    fn nothing_compared_says_only_what_is_left_out() {
        check("", "", 0, 0.05, expect![""]);
        check(
            "?",
            "5",
            2,
            0.05,
            expect![
                "3 items are left out: 2 that only one of the runs has, 1 that have no score in one of the runs or in both."
            ],
        );
    }

    #[test]
    fn few_items_tell_nothing() {
        check(
            "5",
            "3",
            0,
            0.05,
            expect![[r#"
                The new run passes 0.0%, the base 100.0%; 1 broke, 0 fixed; the difference is −100.0 points (90% interval −100.0 to +46.0 points).
                With a margin of 5 points that cannot be told: there are too few items.
                Average score 0.60 against 1.00, a difference of −0.40.
                With 1 item, no drop can be ruled out. For 5 points you need about 2,500 items."#]],
        );
        check(
            "55",
            "55",
            0,
            0.01,
            expect![[r#"
                The new run passes 100.0%, the base 100.0%; 0 broke, 0 fixed; the difference is 0.0 points (90% interval −57.5 to +57.5 points).
                With a margin of 1 point that cannot be told: there are too few items.
                Average score 1.00 against 1.00, a difference of 0.00.
                With 2 items, no drop can be ruled out. For 1 point you need about 31,000 items."#]],
        );
    }

    #[test]
    fn what_helps_is_said_apart() {
        expect![[r#"
            Obstacle {
                why: "They are runs of different sets.",
                remedy: Some(
                    "Run both targets over one set.",
                ),
            }
        "#]]
        .assert_debug_eq(&obstacle("they are runs of different sets; run both targets over one set"));
    }
}
