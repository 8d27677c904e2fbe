//! What a judge's levels add up to, and where floats would fail an item that passes.

use serde_json::{Map, Value, json};
use shared::judge::choice::FACTUALITY;
use shared::score::{HIGHEST, Level, MeanLevel, Part, Score, Threshold, Weight};
use shared::stats::correction::Accuracy;
use shared::stats::logprob::expected_level;

use super::read::{count, each, list, number, numbers};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("judge.aggregate", aggregate),
    // The maps of other tools: that they differ is why ours is part of the judge's version.
    case("judge.factuality_maps", factuality).without(&["autoevals", "promptfoo"]),
    case("judge.expected_level", expected),
    case("judge.attenuation", attenuated),
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

fn expected(inputs: &Value) -> Value {
    let highest = u8::try_from(count(&inputs["scale_max"])).expect("a small number");
    each(&inputs["raw_and_top_logprobs"], |reply| {
        let likely = list(&reply[1]).iter();
        let likely: Vec<(&str, f64)> =
            likely.map(|pair| (pair[0].as_str().expect("a token"), number(&pair[1]))).collect();
        json!(expected_level(level(count(&reply[0])).number(), &likely, highest))
    })
}

fn attenuated(inputs: &Value) -> Value {
    let judge = |specificity: &Value| Accuracy {
        sensitivity: number(&inputs["sens"]),
        specificity: number(specificity),
    };
    let (old, new) = (judge(&inputs["spec_old"]), [0, 1].map(|run| judge(&inputs["spec_new"][run])));
    let seen_old = old.seen(number(&inputs["true_old"]));
    let seen = new.map(|judge| judge.seen(number(&inputs["true_new"])));
    let corrected = |seen: f64| Some(old.truth(seen)? - old.truth(seen_old)?);
    json!({
        "obs_diff_same_spec": seen[0] - seen_old,
        "obs_diff_new_spec_.70": seen[1] - seen_old,
        "shared_J": old.j(),
        "corrected_diff_same": corrected(seen[0]),
        "corrected_diff_wrong_when_spec_differs": corrected(seen[1]),
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
