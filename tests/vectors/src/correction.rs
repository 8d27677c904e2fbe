//! Pass rates without the judge's mistakes.

use serde_json::{Value, json};
use shared::stats::Z_95;
use shared::stats::correction::{Calibration, Estimate, Labelled};
use shared::stats::mean;
use shared::stats::proportion::Proportion;

use super::read::{count, each, numbers};
use super::{Case, case, data};

pub const CASES: &[Case] = &[
    // The delta method's interval is too narrow for few labels.
    case("rogan_gladen", calibrated).without(&["se_delta", "ci95_delta_clipped"]),
    // What another program says, and relying on the judge fully.
    case("ppi.mean", from_labels).without(&["ppi_lambda1", "ppi_py_estimate", "ppi_py_ci"]),
];

fn calibrated(_: &Value) -> Value {
    each(data("rogan_gladen"), |row| {
        let share = |part, whole| Proportion::of(count(part), count(whole)).expect("a part");
        let passed = share(&row["k"], &row["n"]);
        let calibration = Calibration {
            sensitivity: share(&row["sens"][0], &row["sens"][1]),
            specificity: share(&row["spec"][0], &row["spec"][1]),
        };
        let accuracy = calibration.accuracy().expect("labels");
        let truth = accuracy.truth(passed.rate().expect("some items")).expect("a judge that sees");
        let corrected = calibration.correct(passed, Z_95);
        json!({
            "k": passed.part,
            "n": passed.whole(),
            "sens": row["sens"],
            "spec": row["spec"],
            "p_obs": passed.rate(),
            "J": accuracy.j(),
            "theta_raw": truth,
            "theta": corrected.map_or(truth.clamp(0.0, 1.0), |corrected| corrected.rate),
            "calibration_mismatch": corrected.is_err(),
            "ci95_lee2025": calibration.interval(passed, Z_95),
            "naive_wilson95": passed.interval(Z_95),
        })
    })
}

fn from_labels(inputs: &Value) -> Value {
    let (human, judge) = (numbers(&inputs["Y_labeled"]), numbers(&inputs["f_labeled"]));
    let labelled: Vec<Labelled> =
        human.iter().zip(judge).map(|(&human, judge)| Labelled { human, judge }).collect();
    let (passed, n) = (count(&inputs["f_unlabeled_k"]), count(&inputs["f_unlabeled_n"]));
    let unlabelled: Vec<f64> = (0..n).map(|place| f64::from(place < passed)).collect();
    let estimate = Estimate::of(&labelled, &unlabelled, Z_95).expect("labels");
    json!({
        "lambda": estimate.reliance,
        "estimate": estimate.mean,
        "se": estimate.standard_error,
        "ci95": estimate.interval,
        "human_only_mean": mean::of(&human),
        "human_only_se": mean::standard_error(&human),
        "judge_only_mean": mean::of(&unlabelled),
    })
}
