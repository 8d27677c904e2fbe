//! Levels, scores and thresholds: where floats would fail an item that passes.

use serde_json::{Map, Value, json};
use shared::judge::choice::FACTUALITY;
use shared::score::{HIGHEST, Level, MeanLevel, Part, Score, Threshold, Weight};

use super::read::{count, each, list, number, numbers};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("judge.aggregate", aggregate),
    // The maps of other tools: that they differ is why ours is part of the judge's version.
    case("judge.factuality_maps", factuality).without(&["autoevals", "promptfoo"]),
    case("trap.threshold_float", weighted).without(&["naive_weighted_sum", "naive_pass"]),
    case("trap.mean_of_repeats", repeats).without(&["naive_mean"]),
    case("trap.sum_0.1x8", tenths).without(&["naive_sum", "naive_pass"]),
];

fn level(number: u64) -> Level {
    Level::try_from(u8::try_from(number).expect("a small number")).expect("a level")
}

fn part(level: Level, weight: f64, required: bool) -> Part {
    let weight = Weight::try_from(weight).expect("a weight");
    Part { level: MeanLevel::of(&[level]).expect("one level"), weight, required }
}

fn threshold(inputs: &Value) -> Threshold {
    Threshold::try_from(number(&inputs["threshold"])).expect("a threshold")
}

fn aggregate(inputs: &Value) -> Value {
    each(&inputs["levels_weights_required"], |item| {
        let criteria = list(&item[0]).iter().zip(list(&item[1])).zip(list(&item[2]));
        let parts = criteria.map(|((number, weight), required)| {
            part(level(count(number)), self::number(weight), count(required) == 1)
        });
        let score = Score::of(&parts.collect::<Vec<_>>()).expect("some parts");
        json!({"score": score.value(), "passed": score.passes(threshold(inputs))})
    })
}

fn weighted(inputs: &Value) -> Value {
    let criteria = list(&inputs["scores"]).iter().zip(list(&inputs["weights"]));
    let parts = criteria
        .map(|(score, weight)| part(level((number(score) * 5.0).round() as u64), number(weight), false));
    let score = Score::of(&parts.collect::<Vec<_>>()).expect("some parts");
    json!({"required_pass": score.passes(threshold(inputs))})
}

fn repeats(inputs: &Value) -> Value {
    let levels: Vec<Level> = list(&inputs["levels"]).iter().map(|number| level(count(number))).collect();
    let mean = MeanLevel::of(&levels).expect("some levels");
    json!({"integer_mean": mean.score(), "pass_thr_0.8": mean.passes()})
}

fn tenths(inputs: &Value) -> Value {
    let sum = shared::stats::sum(numbers(&inputs["values"]).into_iter());
    let score = Threshold::try_from(sum).expect("a share");
    json!({"required_pass": score >= threshold(inputs)})
}

fn factuality(_: &Value) -> Value {
    let ours: Map<_, _> = FACTUALITY
        .iter()
        .map(|(choice, level)| {
            let name = json!(choice).as_str().unwrap_or_default().to_owned();
            (name, json!(f64::from(level.number()) / f64::from(HIGHEST)))
        })
        .collect();
    json!({"ours": ours})
}
