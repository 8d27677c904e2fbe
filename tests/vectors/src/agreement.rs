//! How well judges agree with people, and with themselves.

use serde_json::{Value, json};
use shared::stats::agreement::alpha::{Scale, alpha};
use shared::stats::agreement::kappa::{Matrix, Weights};
use shared::stats::agreement::{self, Confusion};
use shared::stats::repeats::{self, Noise, Passes};
use shared::stats::{Z_95, correlation};

use super::read::{count, list};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("agree.2x2", pass_or_fail),
    // Another measure of what Spearman's correlation says.
    case("agree.ordinal60", levels).without(&["kendall_tau_b"]),
    case("agree.krippendorff_missing", missing),
    case("noise.repeats12x5", noise),
];

fn small(value: &Value) -> u8 {
    u8::try_from(count(value)).expect("a level")
}

fn pass_or_fail(inputs: &Value) -> Value {
    let matrix = &inputs["matrix_rows_judge_pass_fail_cols_human_pass_fail"];
    let confusion = Confusion {
        both_pass: count(&matrix[0][0]),
        judge_only: count(&matrix[0][1]),
        human_only: count(&matrix[1][0]),
        both_fail: count(&matrix[1][1]),
    };
    json!({
        "accuracy": confusion.accuracy().rate(),
        "sensitivity_pass": confusion.sensitivity().rate(),
        "specificity_pass": confusion.specificity().rate(),
        "precision_pass": confusion.precision().rate(),
        "npv": confusion.negative_precision().rate(),
        "f1_pass": confusion.f1(),
        "balanced_acc": confusion.balanced_accuracy(),
        "youden_J": confusion.j(),
        "mcc": confusion.mcc(),
        "kappa": confusion.kappa(),
        "kappa_se": confusion.matrix().kappa_error(),
        "kappa_ci95": confusion.kappa_interval(Z_95),
        "pabak": confusion.pabak(),
        "gwet_ac1": confusion.ac1(),
    })
}

fn levels(inputs: &Value) -> Value {
    let read = |rater: &str| list(&inputs[rater]).iter().map(small).collect::<Vec<_>>();
    let pairs: Vec<(u8, u8)> = read("judge").into_iter().zip(read("human")).collect();
    let units: Vec<Vec<u8>> = pairs.iter().map(|&(judge, human)| vec![judge, human]).collect();
    let floats = |rater: &str| read(rater).into_iter().map(f64::from).collect::<Vec<_>>();
    let (judge, human) = (floats("judge"), floats("human"));
    let matrix = Matrix::of(5, &pairs);
    let passes = Confusion::of(pairs.iter().map(|&(judge, human)| (judge >= 4, human >= 4)));
    json!({
        "kappa_unweighted": matrix.kappa(Weights::Nominal),
        "kappa_linear": matrix.kappa(Weights::Linear),
        "kappa_quadratic": matrix.kappa(Weights::Quadratic),
        "kripp_alpha_nominal": alpha(&units, Scale::Nominal),
        "kripp_alpha_ordinal": alpha(&units, Scale::Ordinal),
        "kripp_alpha_interval": alpha(&units, Scale::Interval),
        "gwet_ac1_nominal": matrix.ac1(),
        "spearman": correlation::spearman(&judge, &human),
        "pearson": correlation::pearson(&judge, &human),
        "mae_0_1": agreement::mean_error(&pairs).map(|levels| levels / 5.0),
        "bias_judge_minus_human_0_1": agreement::bias(&pairs).map(|levels| levels / 5.0),
        "pass_confusion_thr4": {
            "tp": passes.both_pass,
            "fp": passes.judge_only,
            "fn": passes.human_only,
            "tn": passes.both_fail,
        },
    })
}

fn missing(inputs: &Value) -> Value {
    let raters = list(&inputs["raters_x_units"]);
    let unit = |place: usize| {
        raters.iter().map(|ratings| &ratings[place]).filter(|rating| !rating.is_null()).map(small).collect()
    };
    let units: Vec<Vec<u8>> = (0..list(&raters[0]).len()).map(unit).collect();
    json!({
        "nominal": alpha(&units, Scale::Nominal),
        "ordinal": alpha(&units, Scale::Ordinal),
        "interval": alpha(&units, Scale::Interval),
        "ratio": alpha(&units, Scale::Ratio),
    })
}

fn noise(inputs: &Value) -> Value {
    let rows = list(&inputs["levels"]).iter().map(|row| list(row).iter().map(small).collect::<Vec<_>>());
    let rows: Vec<Vec<u8>> = rows.collect();
    let noise = Noise::of(5, &rows).expect("repeats");
    let passes = rows.iter().map(|row| Passes {
        passed: row.iter().filter(|&&level| level >= 4).count() as u64,
        repeats: row.len() as u64,
    });
    json!({
        "grand_mean": noise.mean,
        "MSB": noise.between,
        "MSW": noise.within,
        "var_judge": noise.within,
        "var_item": noise.items,
        "icc1": noise.icc(),
        "icc1_k": noise.icc_of_means(),
        "se_mean_from_item_means": noise.standard_error,
        "judge_share_of_se2": noise.judge_share(),
        "pass_flip_rate": repeats::flip_rate(&passes.collect::<Vec<_>>()),
        "f_stat": noise.f(),
        "optimal_K_when_judge_costs_equal_target": noise.best_repeats(1.0),
    })
}
