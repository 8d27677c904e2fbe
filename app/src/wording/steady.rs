//! How steady a judge is, and what sways it, in words.

use shared::health::Health;
use shared::health::again::{Again, Drift, FEWEST_AGAIN};
use shared::health::answers::Noise;
use shared::health::family::{Family, Lenience};
use shared::stats::Interval;

use super::judge::coefficient;
use super::number::{count, counted, fixed, percent, percent_range, points, points_range};

/// Says how to find out how steady a judge is.
pub const UNKNOWN: &str = "Nothing is known yet. Judge a run again, asking anew what is known already, to see how often it \
     changes its mind.";

/// Says that a judge no longer judges as it did; none when it does, or nothing shows that it does not.
pub fn drifted(health: &Health) -> Option<String> {
    let drift = health.drift.filter(|drift| drift.drifted)?;
    Some(format!(
        "The judge has drifted: on {} that it was asked anew, its kappa was {} and is {}. Its newer runs do not compare with the older ones.",
        counted(drift.n, "labelled question", "labelled questions"),
        coefficient(Some(drift.kappa_before), None),
        coefficient(Some(drift.kappa_now), None),
    ))
}

/// Says how steady a judge is, a sentence or two for each thing that is known.
pub fn steadiness(health: &Health) -> Vec<String> {
    let again = health.again.as_ref().map(again);
    let noise = health.noise.as_ref().map(noise);
    let drift = health.drift.filter(|drift| !drift.drifted).map(still);
    [again, noise, drift].into_iter().flatten().collect()
}

fn again(again: &Again) -> String {
    let asked = format!("Asked anew about {}", counted(again.n, "response", "responses"));
    let within = percent_range(again.interval);
    match again.items_for_margin {
        None => {
            format!("{asked}, it passed and failed the same ones (at most {} differ).", upper(again.interval))
        }
        Some(items) => format!(
            "{asked}, it passed what it had failed, or the reverse, of {} ({within}). Because of that alone, a gate with a margin of 5 points needs about {}.",
            percent(again.rate),
            counted(items, "item", "items"),
        ),
    }
}

fn upper(Interval(_, high): Interval) -> String {
    percent(high)
}

fn noise(noise: &Noise) -> String {
    let asked = format!(
        "Asked {} times each about {}",
        count(noise.repeats),
        counted(noise.n, "question", "questions")
    );
    let Some(icc) = noise.icc else { return format!("{asked}, it gave the same level to everything.") };
    let best = noise.best_repeats.map(|best| match best.round() as u64 {
        0 | 1 => " To ask once tells most for the money: more items tell more than more answers.".to_owned(),
        best => format!(" To ask {} times tells most for the money.", count(best)),
    });
    let alike = fixed(icc, 2).replace('-', "−");
    format!(
        "{asked}, two answers to the same question are alike by {alike} (1 is always the same, 0 is chance).{}",
        best.unwrap_or_default()
    )
}

fn still(drift: Drift) -> String {
    let few = if drift.n < FEWEST_AGAIN { ", too few to tell whether it has changed" } else { "" };
    format!(
        "On {} that it was asked anew, its kappa was {} and is {}{few}.",
        counted(drift.n, "labelled question", "labelled questions"),
        coefficient(Some(drift.kappa_before), None),
        coefficient(Some(drift.kappa_now), None),
    )
}

/// From which correlation with length a judge can be said to lean.
const LEANS: f64 = 0.3;

/// Says what sways a judge, a sentence or two for each thing that is known.
pub fn sway(health: &Health) -> Vec<String> {
    let length = health.overall.levels.and_then(|levels| Some((levels.n, levels.length_slope?)));
    [length.map(length_sways), health.family.map(family)].into_iter().flatten().collect()
}

fn length_sways((n, slope): (u64, f64)) -> String {
    let leans = match slope {
        slope if slope >= LEANS => "It likes long responses more than people do",
        slope if slope <= -LEANS => "It likes short responses more than people do",
        _ => "The length of a response hardly sways it",
    };
    format!(
        "{leans}: rank correlation {} between length and how much higher it is, on {}.",
        coefficient(Some(slope), None),
        counted(n, "question", "questions")
    )
}

fn family(family: Family) -> String {
    let lenience = |lenience: Lenience| {
        let share = points(lenience.mean.abs()).trim_start_matches('+').to_owned();
        let more = if lenience.mean < 0.0 { "less" } else { "more" };
        format!("{share} points {more} than people do (n {})", count(lenience.n))
    };
    let own = format!("Of models of its own vendor it passes {}", lenience(family.own));
    let Some((others, gap)) = family.others.zip(family.gap) else {
        return format!("{own}. There are no labels of other vendors' models to compare with.");
    };
    let within = family.gap_interval.map(|interval| format!(" ({})", points_range(interval)));
    format!(
        "{own}, of others {}: a gap of {} points{}.",
        lenience(others),
        points(gap),
        within.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn a_judge_that_changes_its_mind_is_said_to() {
        let check = |rate: f64, items_for_margin, expected: Expect| {
            let known = Again { n: 40, rate, interval: Interval(0.0, 0.09), items_for_margin };
            expected.assert_eq(&again(&known));
        };
        check(
            0.0,
            None,
            expect![
                "Asked anew about 40 responses, it passed and failed the same ones (at most 9.0% differ)."
            ],
        );
        check(
            0.05,
            Some(124),
            expect![
                "Asked anew about 40 responses, it passed what it had failed, or the reverse, of 5.0% (0.0–9.0%). Because of that alone, a gate with a margin of 5 points needs about 124 items."
            ],
        );
    }

    #[test]
    fn how_often_to_ask_is_said() {
        let check = |icc, best_repeats, expected: Expect| {
            let known = Noise {
                n: 20,
                repeats: 3,
                judge_variance: 0.1,
                item_variance: 0.1,
                icc,
                icc_of_means: None,
                best_repeats,
                target_cost: None,
            };
            expected.assert_eq(&noise(&known));
        };
        check(
            Some(0.9),
            Some(1.0),
            expect![
                "Asked 3 times each about 20 questions, two answers to the same question are alike by 0.90 (1 is always the same, 0 is chance). To ask once tells most for the money: more items tell more than more answers."
            ],
        );
        check(
            Some(0.5),
            Some(2.7),
            expect![
                "Asked 3 times each about 20 questions, two answers to the same question are alike by 0.50 (1 is always the same, 0 is chance). To ask 3 times tells most for the money."
            ],
        );
        check(
            None,
            None,
            expect!["Asked 3 times each about 20 questions, it gave the same level to everything."],
        );
    }

    #[test]
    fn few_questions_do_not_show_a_drift() {
        let drift = Drift { n: 5, kappa_before: 1.0, kappa_now: 0.5, drifted: false };
        expect!["On 5 labelled questions that it was asked anew, its kappa was 1.00 and is 0.50, too few to tell whether it has changed."].assert_eq(&still(drift));
        expect!["On 30 labelled questions that it was asked anew, its kappa was 1.00 and is 0.90."]
            .assert_eq(&still(Drift { n: 30, kappa_now: 0.9, ..drift }));
    }

    #[test]
    fn what_sways_it_is_said() {
        expect!["It likes short responses more than people do: rank correlation −0.35 between length and how much higher it is, on 10 questions."].assert_eq(&length_sways((10, -0.35)));
        expect!["The length of a response hardly sways it: rank correlation 0.10 between length and how much higher it is, on 10 questions."].assert_eq(&length_sways((10, 0.1)));
        let own = Lenience { n: 20, mean: 0.12 };
        let others = Lenience { n: 30, mean: -0.03 };
        let known =
            Family { own, others: Some(others), gap: Some(0.15), gap_interval: Some(Interval(-0.02, 0.32)) };
        expect!["Of models of its own vendor it passes 12.0 points more than people do (n 20), of others 3.0 points less than people do (n 30): a gap of +15.0 points (−2.0 to +32.0 points)."].assert_eq(&family(known));
        expect!["Of models of its own vendor it passes 12.0 points more than people do (n 20). There are no labels of other vendors' models to compare with."].assert_eq(&family(Family { others: None, gap: None, gap_interval: None, ..known }));
    }
}
