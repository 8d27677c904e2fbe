//! A run's pass rate as people would see it: the judge's, less what labels show that it gets wrong.
//!
//! Two ways, the first where it can be had: from labels of a random part of this very run, and from how often
//! the judge is right. Leaves out reading labels. Source: `spec/statistics.md` B.4.

use serde::{Deserialize, Serialize};

use crate::criteria::Name;
use crate::id::RunId;
use crate::label::Lot;
use crate::stats::agreement::Confusion;
use crate::stats::correction::{Calibration, Estimate, Labelled, Mismatch};
use crate::stats::proportion::Proportion;
use crate::stats::{Interval, Z_95};

/// The fewest labels drawn by lot that a pass rate is estimated from: with fewer, its interval would be too
/// narrow.
pub const FEWEST_DRAWN: usize = 30;
/// The fewest labelled responses that people pass, and that they fail, to say how often the judge is right.
pub const FEWEST_OF_EACH: u64 = 10;
/// How much of what the lot came by must have a label: what people left out need not be like the rest.
const COMPLETE: f64 = 0.8;

/// A scored response of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    pub lot: Lot,
    /// What the run says of it.
    pub passes: bool,
    /// None when it has no label, or people are evenly divided.
    pub people: Option<Said>,
}

/// What people say of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub passes: bool,
    /// It was drawn by lot to be labelled.
    pub by_lot: bool,
    /// It stands for the responses of its run (`lots`).
    pub stands: bool,
}

/// Labels of responses that are not of this run.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// Which run's, with no labels counted yet.
    pub source: Source,
    /// Whether the judge passes a response, and whether people do.
    pub pairs: Vec<(bool, bool)>,
}

/// Whose responses the labels are on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    pub run_id: RunId,
    pub name: Name,
    /// The run has the same target. A judge may be fooled more by one target than by another: then labels of
    /// the other make even the direction of a difference wrong.
    pub same_target: bool,
    /// How many of its responses have labels.
    pub labels: u64,
}

/// How a pass rate was corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By labels of a random part of this run.
    RandomLabels,
    /// By how often the judge is right on what people pass, and on what they fail.
    JudgeAccuracy,
}

/// A share with how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rate {
    pub method: Method,
    pub rate: f64,
    /// 95 %.
    pub interval: Interval,
}

/// What the run itself says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Observed {
    pub passed: u64,
    pub scored: u64,
    /// None when nothing is scored.
    pub rate: Option<f64>,
    /// Wilson's, 95 %.
    pub interval: Option<Interval>,
}

/// Why a pass rate is not corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    NothingScored,
    /// There are fewer labels of one kind than it takes.
    TooFewLabels,
    /// The judge hardly tells passes from fails.
    Blind,
    /// The run passes more than it would if everything were right: the labels do not match it.
    MoreThanAll,
    /// The run passes less than it would if nothing were right: the labels do not match it.
    LessThanNone,
}

impl From<Mismatch> for WhyNot {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Nothing => Self::TooFewLabels,
            Mismatch::Blind => Self::Blind,
            Mismatch::MoreThanAll => Self::MoreThanAll,
            Mismatch::LessThanNone => Self::LessThanNone,
        }
    }
}

/// A run's pass rate, as it is and corrected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Corrected {
    pub observed: Observed,
    /// None when the labels do not allow it.
    pub corrected: Option<Rate>,
    /// None when it is corrected.
    pub why_not: Option<WhyNot>,
    /// How many labelled responses people pass.
    pub people_pass: u64,
    /// How many labelled responses people fail.
    pub people_fail: u64,
    /// Where the labels come from, this run first.
    pub sources: Vec<Source>,
}

/// Corrects a run's pass rate. `run` stands for the run itself, with no labels counted yet.
///
/// Labels of other runs are used only where this one's do not say how often the judge is right on both.
pub fn of(run: Source, responses: &[Response], elsewhere: Vec<Elsewhere>) -> Corrected {
    let passed = responses.iter().filter(|response| response.passes).count() as u64;
    let passed = Proportion { part: passed, rest: responses.len() as u64 - passed };
    let observed = Observed {
        passed: passed.part,
        scored: passed.whole(),
        rate: passed.rate(),
        interval: passed.interval(Z_95),
    };
    if let Some((rate, sample)) = by_lot(responses) {
        let people_pass = sample.iter().filter(|both| both.human > 0.5).count() as u64;
        let labels = sample.len() as u64;
        return Corrected {
            observed,
            corrected: Some(rate),
            why_not: None,
            people_pass,
            people_fail: labels - people_pass,
            sources: vec![Source { labels, ..run }],
        };
    }
    let own = responses.iter().filter_map(|response| {
        response.people.filter(|said| said.stands).map(|said| (response.passes, said.passes))
    });
    let (confusion, sources) = known(run, own.collect(), elsewhere);
    let (sensitivity, specificity) = (confusion.sensitivity(), confusion.specificity());
    let corrected = if observed.scored == 0 {
        Err(WhyNot::NothingScored)
    } else if is_enough(&confusion) {
        let corrected = Calibration { sensitivity, specificity }.correct(passed, Z_95);
        corrected.map_err(WhyNot::from)
    } else {
        Err(WhyNot::TooFewLabels)
    };
    let rate = corrected.as_ref().ok().map(|corrected| Rate {
        method: Method::JudgeAccuracy,
        rate: corrected.rate,
        interval: corrected.interval,
    });
    Corrected {
        observed,
        corrected: rate,
        why_not: corrected.err(),
        people_pass: sensitivity.whole(),
        people_fail: specificity.whole(),
        sources,
    }
}

fn is_enough(confusion: &Confusion) -> bool {
    confusion.sensitivity().whole() >= FEWEST_OF_EACH && confusion.specificity().whole() >= FEWEST_OF_EACH
}

/// Takes the labels of the run, and of others where they do not suffice.
fn known(run: Source, own: Vec<(bool, bool)>, elsewhere: Vec<Elsewhere>) -> (Confusion, Vec<Source>) {
    let confusion = Confusion::of(own.iter().copied());
    let mut all = vec![Elsewhere { source: run, pairs: own }];
    if !is_enough(&confusion) {
        all.extend(elsewhere);
    }
    all.retain(|labels| !labels.pairs.is_empty());
    let pairs = all.iter().flat_map(|labels| labels.pairs.iter().copied());
    let confusion = Confusion::of(pairs);
    let sources = all.into_iter().map(|labels| Source { labels: labels.pairs.len() as u64, ..labels.source });
    (confusion, sources.collect())
}

/// Estimates the pass rate from the responses that the lot came by; gives those that have labels as well.
///
/// None when they are too few, or too many of them have no label.
fn by_lot(responses: &[Response]) -> Option<(Rate, Vec<Labelled>)> {
    let drawn = responses.iter().filter(|response| response.people.is_some_and(|said| said.by_lot));
    let reached = drawn.map(|response| response.lot).max()?;
    let came_by = responses.iter().filter(|response| response.lot <= reached).count();
    let value = |passes: bool| f64::from(u8::from(passes));
    let mut labelled = Vec::new();
    let mut rest = Vec::new();
    for response in responses {
        match response.people.filter(|_| response.lot <= reached) {
            Some(said) => {
                labelled.push(Labelled { human: value(said.passes), judge: value(response.passes) });
            }
            None => rest.push(value(response.passes)),
        }
    }
    if labelled.len() < FEWEST_DRAWN || (labelled.len() as f64) < COMPLETE * came_by as f64 {
        return None;
    }
    let (rate, Interval(low, high)) = if rest.is_empty() {
        let passed = labelled.iter().filter(|both| both.human > 0.5).count() as u64;
        let people = Proportion { part: passed, rest: labelled.len() as u64 - passed };
        (people.rate()?, people.interval(Z_95)?)
    } else {
        let estimate = Estimate::of(&labelled, &rest, Z_95)?;
        (estimate.mean, estimate.interval)
    };
    let interval = Interval(low.clamp(0.0, 1.0), high.clamp(0.0, 1.0));
    Some((Rate { method: Method::RandomLabels, rate: rate.clamp(0.0, 1.0), interval }, labelled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ItemId, SetId};
    use expect_test::{Expect, expect};

    const BY_LOT: Said = Said { passes: true, by_lot: true, stands: true };
    const BY_HAND: Said = Said { by_lot: false, ..BY_LOT };
    const QUEUED: Said = Said { by_lot: false, stands: false, ..BY_LOT };

    fn source(id: &str, same_target: bool) -> Source {
        let name = Name::try_from(format!("run {id}")).expect("a name");
        Source { run_id: RunId::try_from(id.to_owned()).expect("an id"), name, same_target, labels: 0 }
    }

    /// How many responses there are of a kind, whether the judge passes it, and how it came by which label.
    type Responses = (usize, bool, Option<(Said, bool)>);

    /// Makes responses in the order of the lot.
    fn responses(kinds: &[Responses]) -> Vec<Response> {
        let kinds =
            kinds.iter().flat_map(|&(count, passes, said)| std::iter::repeat_n((passes, said), count));
        let kinds: Vec<_> = kinds.collect();
        let set = SetId::try_from("s".to_owned()).expect("an id");
        let lot = |item: usize| Lot::of(&set, &ItemId::try_from(item.to_string()).expect("an id"));
        let mut lots: Vec<Lot> = (0..kinds.len()).map(lot).collect();
        lots.sort_unstable();
        let response = |(lot, (passes, said)): (Lot, (bool, Option<(Said, bool)>))| Response {
            lot,
            passes,
            people: said.map(|(said, passes)| Said { passes, ..said }),
        };
        lots.into_iter().zip(kinds).map(response).collect()
    }

    fn check_with(responses: &[Response], elsewhere: Vec<Elsewhere>, expected: Expect) {
        let Corrected { observed, corrected, why_not, people_pass, people_fail, sources } =
            of(source("a", true), responses, elsewhere);
        let corrected = corrected.map_or_else(
            || format!("{why_not:?}"),
            |Rate { method, rate, interval: Interval(low, high) }| {
                format!("{rate:.6} in {low:.6} to {high:.6} by {method:?}")
            },
        );
        let sources = sources.iter().map(|source| format!("{} of {}", source.labels, source.run_id));
        let sources: Vec<_> = sources.collect();
        expected.assert_eq(&format!(
            "{}/{}: {corrected}, people pass {people_pass}, fail {people_fail}; {}",
            observed.passed,
            observed.scored,
            sources.join(", ")
        ));
    }

    fn check(responses: &[Response], expected: Expect) {
        check_with(responses, Vec::new(), expected);
    }

    #[test]
    fn without_labels_nothing_is_corrected() {
        check(&[], expect!["0/0: Some(NothingScored), people pass 0, fail 0; "]);
        check(&responses(&[(5, true, None)]), expect!["5/5: Some(TooFewLabels), people pass 0, fail 0; "]);
        let some = |said| responses(&[(9, true, Some((said, true))), (20, false, Some((said, false)))]);
        check(&some(BY_HAND), expect!["9/29: Some(TooFewLabels), people pass 9, fail 20; 29 of a"]);
        check(&some(QUEUED), expect!["9/29: Some(TooFewLabels), people pass 0, fail 0; "]);
    }

    /// The vector `rogan_gladen`: 425 of 500 pass; of 100 that people pass the judge passes 92, of 50 that they
    /// fail it fails 42. Of these the run has none or all.
    #[test]
    fn how_often_the_judge_is_right_corrects_what_it_says() {
        let labels = |said| {
            let kinds = [
                (92, true, Some((said, true))),
                (8, false, Some((said, true))),
                (8, true, Some((said, false))),
                (42, false, Some((said, false))),
                (325, true, None),
                (25, false, None),
            ];
            responses(&kinds)
        };
        check(
            &labels(BY_HAND),
            expect![
                "425/500: 0.907895 in 0.835336 to 0.997584 by JudgeAccuracy, people pass 100, fail 50; 150 of a"
            ],
        );
        check(&labels(QUEUED), expect!["425/500: Some(TooFewLabels), people pass 0, fail 0; "]);
        let pairs = [(92, true, true), (8, false, true), (8, true, false), (42, false, false)];
        let pairs =
            pairs.iter().flat_map(|&(count, judge, people)| std::iter::repeat_n((judge, people), count));
        let elsewhere = Elsewhere { source: source("b", false), pairs: pairs.collect() };
        let bare = responses(&[(425, true, None), (75, false, None)]);
        check_with(
            &bare,
            vec![elsewhere.clone()],
            expect![
                "425/500: 0.907895 in 0.835336 to 0.997584 by JudgeAccuracy, people pass 100, fail 50; 150 of b"
            ],
        );
        check_with(
            &labels(BY_HAND),
            vec![elsewhere],
            expect![
                "425/500: 0.907895 in 0.835336 to 0.997584 by JudgeAccuracy, people pass 100, fail 50; 150 of a"
            ],
        );
    }

    #[test]
    fn labels_that_do_not_match_the_run_correct_nothing() {
        let labels = |wrong: usize, rest: (usize, bool)| {
            let kinds = [
                (20 - wrong, true, Some((BY_HAND, true))),
                (wrong, false, Some((BY_HAND, true))),
                (wrong, true, Some((BY_HAND, false))),
                (20 - wrong, false, Some((BY_HAND, false))),
                (rest.0, rest.1, None),
            ];
            responses(&kinds)
        };
        check(&labels(10, (10, true)), expect!["30/50: Some(Blind), people pass 20, fail 20; 40 of a"]);
        check(
            &labels(4, (400, true)),
            expect!["420/440: Some(MoreThanAll), people pass 20, fail 20; 40 of a"],
        );
        check(
            &labels(4, (400, false)),
            expect!["20/440: Some(LessThanNone), people pass 20, fail 20; 40 of a"],
        );
    }

    #[test]
    fn labels_drawn_by_lot_from_this_run_are_preferred() {
        let kinds = |said| {
            [(30, true, Some((said, true))), (5, true, Some((said, false))), (15, false, Some((said, false)))]
        };
        let rest = [(60, true, None), (40, false, None)];
        check(
            &responses(&[&kinds(BY_LOT)[..], &rest].concat()),
            expect![
                "95/150: 0.548670 in 0.444162 to 0.653178 by RandomLabels, people pass 30, fail 20; 50 of a"
            ],
        );
        check(
            &responses(&kinds(BY_LOT)),
            expect![
                "35/50: 0.600000 in 0.461814 to 0.723916 by RandomLabels, people pass 30, fail 20; 50 of a"
            ],
        );
        // What the lot passed over because it had a label belongs to the sample; what people left out does not.
        let odd = [(10, false, Some((QUEUED, false)))];
        check(
            &responses(&[&odd[..], &kinds(BY_LOT), &rest].concat()),
            expect![
                "95/160: 0.508941 in 0.414990 to 0.602891 by RandomLabels, people pass 30, fail 30; 60 of a"
            ],
        );
        let left_out = [(20, false, None)];
        check(
            &responses(&[&left_out[..], &kinds(BY_LOT), &rest].concat()),
            expect![
                "95/170: 0.411765 in 0.177670 to 0.564782 by JudgeAccuracy, people pass 30, fail 20; 50 of a"
            ],
        );
        check(
            &responses(&[&[(29, true, Some((BY_LOT, true)))][..], &rest].concat()),
            expect!["89/129: Some(TooFewLabels), people pass 29, fail 0; 29 of a"],
        );
    }
}
