//! The judge's health: how far its verdicts are those of people.
//!
//! Proportion of agreement is left out on purpose: 95 % of agreement can be a kappa of -0.02. Figures and the
//! rule of the status: `spec/judging.md` A.7 of the design.

pub mod again;
pub mod answers;
pub mod corrected;
pub mod family;
pub mod lots;
pub mod pair;

use serde::{Deserialize, Deserializer, Serialize};

use self::again::{Again, Drift, Twice};
use self::answers::{Answers, Flips, Noise};
use self::family::Family;
use self::pair::{Case, Pair, Pairs};
use crate::canonical::Key;
use crate::criteria::Criterion;
use crate::json::Object;
use crate::judge::Judge;
use crate::score::{HIGHEST, MeanLevel};
use crate::stats::agreement::alpha::{Scale, alpha};
use crate::stats::agreement::kappa::{Matrix, Weights};
use crate::stats::agreement::{self, Confusion};
use crate::stats::{Interval, Z_95, correlation};
use crate::summary::Canaries;

/// Whether a judge may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It agrees with people, surely enough to gate on it.
    Validated,
    /// It tells good from bad, but how well is not sure enough.
    Weak,
    /// It does not tell good from bad, or there are too few labels to know: not usable for gates.
    NotUsable,
    /// Nobody labelled what it judged.
    Unlabelled,
}

/// How far a judge agrees with people on some questions. A figure is none where it is not defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Card {
    pub status: Status,
    /// Questions that the judge and people answered; several people count as one. What the queue picked is
    /// not among them.
    pub n: u64,
    /// Questions about items that the queue picked because they are odd: they count for levels alone.
    #[serde(default)]
    pub queued: u64,
    /// Questions that the judge answered and on which people are evenly divided; they count nowhere.
    pub disputed: u64,
    pub confusion: Confusion,
    /// Of what people pass, the share that the judge passes.
    pub sensitivity: Option<f64>,
    /// Wilson's, 95 %.
    pub sensitivity_interval: Option<Interval>,
    /// Of what people fail, the share that the judge fails.
    pub specificity: Option<f64>,
    /// Wilson's, 95 %.
    pub specificity_interval: Option<Interval>,
    /// The mean of the two.
    pub balanced_accuracy: Option<f64>,
    /// Youden's J: their sum less 1; what is left of a difference between two runs when this judge looks at it.
    pub youden_j: Option<f64>,
    /// Cohen's kappa of pass and fail.
    pub kappa: Option<f64>,
    /// 95 %.
    pub kappa_interval: Option<Interval>,
    /// Gwet's AC1 of pass and fail.
    pub gwet_ac1: Option<f64>,
    /// On the questions to which people gave levels; none when they gave none.
    pub levels: Option<LevelAgreement>,
}

/// How far a judge's levels are those of people; means of levels are rounded to one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LevelAgreement {
    pub n: u64,
    /// Cohen's kappa, quadratic weights.
    pub kappa_quadratic: Option<f64>,
    /// Krippendorff's alpha, ordinal.
    pub alpha_ordinal: Option<f64>,
    pub spearman: Option<f64>,
    /// How many levels they are apart on the mean.
    pub mean_error: Option<f64>,
    /// How many levels the judge is higher on the mean.
    pub bias: Option<f64>,
    /// Spearman's correlation of how much higher the judge is with how much longer the response is than the
    /// original: above 0, the judge likes length more than people do.
    pub length_slope: Option<f64>,
}

/// One criterion's card.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CriterionCard {
    pub name: String,
    #[serde(flatten)]
    pub card: Card,
}

impl<'de> Deserialize<'de> for CriterionCard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self { name: object.take("name")?, card: object.rest()? })
    }
}

/// How far a judge can be trusted. On the wire the members of `overall` stand beside the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    pub judge_version: Key,
    pub judge: Judge,
    /// Every question that people were asked.
    #[serde(flatten)]
    pub overall: Card,
    /// Responses as wholes, as people say or as their verdicts on all of the criteria add up, and as the
    /// judge's levels do, without scorers.
    pub items: Card,
    pub criteria: Vec<CriterionCard>,
    /// None when the judge is asked once.
    pub flips: Option<Flips>,
    /// Of comparisons, how often both orders pick the same side; none without comparisons.
    pub order_consistency: Option<f64>,
    /// None unless the judge was asked the same several times.
    pub noise: Option<Noise>,
    /// What a run that asked everything anew says otherwise: of the newest, on responses that another judged
    /// too. None when there is none.
    pub again: Option<Again>,
    /// None when no labelled response was judged anew.
    pub drift: Option<Drift>,
    /// None when nobody labelled responses of a model of the judge's own vendor.
    pub family: Option<Family>,
    /// Of the newest run, as far as it got; none while none was tried.
    pub canaries: Option<Canaries>,
}

impl<'de> Deserialize<'de> for Health {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self {
            judge_version: object.take("judge_version")?,
            judge: object.take("judge")?,
            items: object.take("items")?,
            criteria: object.take("criteria")?,
            flips: object.take("flips")?,
            order_consistency: object.take("order_consistency")?,
            noise: object.take("noise")?,
            again: object.take("again")?,
            drift: object.take("drift")?,
            family: object.take("family")?,
            canaries: object.take("canaries")?,
            overall: object.rest()?,
        })
    }
}

/// What a judge is measured by.
#[derive(Debug, Clone)]
pub struct Measured<'a> {
    pub judge: Judge,
    pub criteria: &'a [Criterion],
    pub cases: &'a [Case],
    /// What was answered to some questions, drawn at random.
    pub answers: &'a [Answers],
    /// What a response costs in judgements of it; none when it is not known.
    pub target_cost: Option<f64>,
    /// Whether each of two judgements of the same response passes it.
    pub again: &'a [(bool, bool)],
    /// Labelled questions that were judged at first and anew.
    pub twice: &'a [Twice],
    pub canaries: Option<Canaries>,
}

/// Measures a judge.
pub fn of(judge_version: Key, measured: Measured<'_>) -> Health {
    let Measured { judge, criteria, cases, answers, target_cost, again, twice, canaries } = measured;
    let on_criterion = |(place, criterion): (usize, &Criterion)| CriterionCard {
        name: criterion.name.to_string(),
        card: card(&pair::on_criterion(cases, place)),
    };
    let everything = pair::on_everything(cases, criteria);
    Health {
        judge_version,
        judge,
        overall: card(&everything),
        items: card(&pair::on_wholes(cases, criteria)),
        criteria: criteria.iter().enumerate().map(on_criterion).collect(),
        flips: answers::flips(answers),
        order_consistency: answers::order_consistency(answers),
        noise: answers::noise(answers, target_cost),
        again: again::again(again),
        drift: again::drift(twice),
        family: family::of(&everything.pairs),
        canaries,
    }
}

/// The fewest labels of each class that validate a judge.
pub const FEWEST: u64 = 30;
/// How low the intervals of its sensitivity and its specificity may begin.
pub const LOWEST: f64 = 0.7;
/// How low its kappa may be.
pub const LOWEST_KAPPA: f64 = 0.6;
/// How low the J of a weak judge may be.
pub const LOWEST_J: f64 = 0.3;
/// What rounding may take from a figure at its border: 0.6 + 0.7 - 1 is not 0.3.
const ROUNDING: f64 = 1e-12;

/// Decides whether a judge may decide, by its verdicts and those of people.
pub fn status(confusion: &Confusion) -> Status {
    let (sensitivity, specificity) = (confusion.sensitivity(), confusion.specificity());
    let is_sure = [sensitivity, specificity].iter().all(|share| {
        let low = share.interval(Z_95).map(|Interval(low, _)| low);
        share.whole() >= FEWEST && low.is_some_and(|low| low >= LOWEST)
    });
    if confusion.accuracy().whole() == 0 {
        Status::Unlabelled
    } else if is_sure && confusion.kappa().is_some_and(|kappa| kappa >= LOWEST_KAPPA - ROUNDING) {
        Status::Validated
    } else if confusion.j().is_some_and(|j| j >= LOWEST_J - ROUNDING) {
        Status::Weak
    } else {
        Status::NotUsable
    }
}

/// Adds pairs up.
pub fn card(pairs: &Pairs) -> Card {
    let (standing, queued): (Vec<&Pair>, Vec<&Pair>) = pairs.pairs.iter().partition(|pair| pair.stands);
    let confusion = Confusion::of(standing.iter().map(|pair| (pair.judge.passes, pair.people.passes)));
    let (sensitivity, specificity) = (confusion.sensitivity(), confusion.specificity());
    Card {
        status: status(&confusion),
        n: standing.len() as u64,
        queued: queued.len() as u64,
        disputed: pairs.disputed,
        confusion,
        sensitivity: sensitivity.rate(),
        sensitivity_interval: sensitivity.interval(Z_95),
        specificity: specificity.rate(),
        specificity_interval: specificity.interval(Z_95),
        balanced_accuracy: confusion.balanced_accuracy(),
        youden_j: confusion.j(),
        kappa: confusion.kappa(),
        kappa_interval: confusion.kappa_interval(Z_95),
        gwet_ac1: confusion.ac1(),
        levels: level_agreement(&pairs.pairs),
    }
}

fn level_agreement(pairs: &[Pair]) -> Option<LevelAgreement> {
    let both =
        |pair: &Pair| Some(((nearest(pair.judge.level?), nearest(pair.people.level?)), pair.length_ratio));
    let (levels, ratios): (Vec<(u8, u8)>, Vec<Option<f64>>) = pairs.iter().filter_map(both).unzip();
    if levels.is_empty() {
        return None;
    }
    let (judge, people): (Vec<f64>, Vec<f64>) =
        levels.iter().map(|&(judge, people)| (f64::from(judge), f64::from(people))).unzip();
    let units: Vec<Vec<u8>> = levels.iter().map(|&(judge, people)| vec![judge, people]).collect();
    let higher = judge.iter().zip(&people).map(|(judge, people)| judge - people);
    let (higher, longer): (Vec<f64>, Vec<f64>) =
        higher.zip(ratios).filter_map(|(higher, ratio)| Some((higher, libm::log(ratio?)))).unzip();
    Some(LevelAgreement {
        n: levels.len() as u64,
        kappa_quadratic: Matrix::of(HIGHEST, &levels).kappa(Weights::Quadratic),
        alpha_ordinal: alpha(&units, Scale::Ordinal),
        spearman: correlation::spearman(&judge, &people),
        mean_error: agreement::mean_error(&levels),
        bias: agreement::bias(&levels),
        length_slope: correlation::spearman(&higher, &longer),
    })
}

fn nearest(level: MeanLevel) -> u8 {
    level.value().round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criteria::Kind;
    use crate::label::Opinion;
    use crate::score::{Level, Threshold};
    use expect_test::{Expect, expect};
    use pair::Said;
    use serde_json::json;

    fn check([both_pass, judge_only, human_only, both_fail]: [u64; 4], expected: Expect) {
        let confusion = Confusion { both_pass, judge_only, human_only, both_fail };
        let low = |interval: Option<Interval>| interval.map(|Interval(low, _)| low);
        let figures = [
            low(confusion.sensitivity().interval(Z_95)),
            low(confusion.specificity().interval(Z_95)),
            confusion.kappa(),
            confusion.j(),
        ];
        let figures = figures.map(|figure| figure.map_or("-".to_owned(), |figure| format!("{figure:.3}")));
        expected.assert_eq(&format!("{:?} {}", status(&confusion), figures.join(" ")));
    }

    #[test]
    fn a_judge_is_validated_by_thirty_labels_of_each_class() {
        check([30, 0, 0, 30], expect!["Validated 0.886 0.886 1.000 1.000"]);
        check([29, 0, 0, 30], expect!["Weak 0.883 0.886 1.000 1.000"]);
        check([30, 0, 0, 29], expect!["Weak 0.886 0.883 1.000 1.000"]);
        check([100, 0, 0, 1], expect!["Weak 0.963 0.207 1.000 1.000"]);
    }

    #[test]
    fn a_judge_is_validated_by_the_lower_ends() {
        check([26, 0, 4, 30], expect!["Validated 0.703 0.886 0.867 0.867"]);
        check([25, 0, 5, 30], expect!["Weak 0.664 0.886 0.833 0.833"]);
        check([30, 4, 0, 26], expect!["Validated 0.886 0.703 0.867 0.867"]);
        check([30, 5, 0, 25], expect!["Weak 0.886 0.664 0.833 0.833"]);
        check([40, 9, 6, 45], expect!["Validated 0.743 0.713 0.700 0.703"]);
    }

    #[test]
    fn a_judge_is_validated_by_kappa() {
        check([800, 30, 200, 120], expect!["Weak 0.774 0.729 0.405 0.600"]);
        check([400, 100, 100, 400], expect!["Validated 0.763 0.763 0.600 0.600"]);
        check([399, 100, 101, 400], expect!["Weak 0.761 0.763 0.598 0.598"]);
    }

    #[test]
    fn a_judge_that_tells_little_is_weak_and_one_that_tells_nothing_not_usable() {
        check([13, 7, 7, 13], expect!["Weak 0.433 0.433 0.300 0.300"]);
        check([12, 6, 8, 14], expect!["Weak 0.387 0.481 0.300 0.300"]);
        check([12, 7, 8, 13], expect!["NotUsable 0.387 0.433 0.250 0.250"]);
        check([10, 10, 10, 10], expect!["NotUsable 0.299 0.299 0.000 0.000"]);
        check([10, 0, 0, 0], expect!["NotUsable 0.722 - - -"]);
        check([1, 0, 0, 1], expect!["Weak 0.207 0.207 1.000 1.000"]);
        check([0, 0, 0, 0], expect!["Unlabelled - - - -"]);
    }

    fn level(number: u8) -> Level {
        Level::try_from(number).expect("a level")
    }

    /// Measures a judge of one criterion by its level, the opinion of people and how long the response is.
    fn measure(cases: &[(u8, Opinion, Option<f64>)], answers: &[Answers]) -> Health {
        let criteria: Vec<Criterion> =
            serde_json::from_value(json!([{"name": "a", "question": "Good?"}])).expect("criteria");
        assert_eq!(criteria[0].kind, Kind::Levels);
        let cases = cases.iter().map(|&(judge, opinion, length_ratio)| Case {
            levels: vec![MeanLevel::of(&[level(judge)])],
            threshold: Threshold::default(),
            labels: vec![Said { criterion: Some(0), opinion, stands: true }],
            length_ratio,
            own_family: None,
        });
        let measured = Measured {
            judge: serde_json::from_value(json!({"provider": "p", "model": "m"})).expect("a judge"),
            criteria: &criteria,
            cases: &cases.collect::<Vec<_>>(),
            answers,
            target_cost: None,
            again: &[],
            twice: &[],
            canaries: None,
        };
        of(crate::canonical::key(&"a judge"), measured)
    }

    fn check_levels(cases: &[(u8, Opinion, Option<f64>)], expected: Expect) {
        let levels = measure(cases, &[]).overall.levels;
        expected.assert_eq(&levels.map_or("none".to_owned(), |levels| {
            let figures = [
                levels.kappa_quadratic,
                levels.alpha_ordinal,
                levels.spearman,
                levels.mean_error,
                levels.bias,
                levels.length_slope,
            ];
            let figures =
                figures.map(|figure| figure.map_or("-".to_owned(), |figure| format!("{figure:.3}")));
            format!("{} {}", levels.n, figures.join(" "))
        }));
    }

    #[test]
    fn levels_are_compared_where_people_gave_them() {
        let of = |number| Opinion::Level(level(number));
        check_levels(&[], expect!["none"]);
        check_levels(&[(5, Opinion::Pass(true), None)], expect!["none"]);
        check_levels(&[(5, of(4), None)], expect!["1 0.000 0.000 - 1.000 1.000 -"]);
        check_levels(
            &[(5, of(4), None), (2, of(2), Some(1.0))],
            expect!["2 0.857 0.833 1.000 0.500 0.500 -"],
        );
        check_levels(
            &[(5, of(4), None), (5, of(4), None), (3, Opinion::Pass(true), None)],
            expect!["2 0.000 -0.500 - 1.000 1.000 -"],
        );
        let longer_is_better =
            [(5, of(2), Some(3.0)), (4, of(3), Some(1.5)), (3, of(3), Some(1.0)), (1, of(2), Some(0.5))];
        check_levels(&longer_is_better, expect!["4 0.083 0.191 0.000 1.250 0.750 1.000"]);
    }

    #[test]
    fn what_the_queue_picked_counts_for_levels_alone() {
        let pair = |judge: u8, people: u8, stands| {
            let verdict = |number| {
                let level = MeanLevel::of(&[level(number)]).expect("a mean");
                pair::Verdict { passes: level.passes(), level: Some(level) }
            };
            Pair {
                judge: verdict(judge),
                people: verdict(people),
                length_ratio: None,
                stands,
                own_family: None,
            }
        };
        let pairs = vec![pair(5, 4, true), pair(1, 2, true), pair(5, 1, false)];
        let card = card(&Pairs { pairs, disputed: 0 });
        assert_eq!((card.n, card.queued, card.confusion.accuracy().rest), (2, 1, 0));
        assert_eq!(card.levels.map(|levels| levels.n), Some(3));
    }

    #[test]
    fn health_reads_back() {
        let health = measure(
            &[(5, Opinion::Level(level(4)), Some(2.0)), (1, Opinion::Pass(false), None)],
            &[Answers::of(&[(level(4), None), (level(3), None)])],
        );
        let written = serde_json::to_value(&health).expect("it serialises");
        assert_eq!(serde_json::from_value::<Health>(written.clone()).expect("health"), health);
        assert_eq!(
            (&written["n"], &written["criteria"][0]["n"], &written["items"]["n"]),
            (&json!(2), &json!(2), &json!(2))
        );
    }
}
