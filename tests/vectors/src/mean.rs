//! One run: its means, its spread and its summary.

use serde_json::{Value, json};
use shared::id::ItemId;
use shared::score::{Level, MeanLevel, Threshold, Weight};
use shared::stats::bootstrap::Bootstrap;
use shared::stats::cluster::Clustered;
use shared::stats::{Z_95, mean, quantile};
use shared::summary::{self, Column, Scores};

use super::read::{self, count, list, number, numbers};
use super::{Case, case, data};

pub const CASES: &[Case] =
    &[
        case("data.paired40", |_| json!({"levels_old": given("old"), "levels_new": given("new")}))
            .without(&["cluster", "input_len", "tag"]),
        case("run.summary_old", |_| summary("old")),
        case("run.summary_new", |_| summary("new")),
        case("mean_ci.disp_wilson.new", interval),
        case("mean_ci.disp_wilson.old", interval),
        case("mean_ci.disp_wilson.all_ones_20", interval),
        case("mean_ci.disp_wilson.all_zero_5", interval),
        case("mean_ci.disp_wilson.binary_83_100", interval),
        case("mean_ci.disp_wilson.single", interval),
        // The uncorrected error is too small.
        case("se.clustered_new", clustered_run).without(&["se_cluster_miller"]),
        case("se.clustered_tiny", clustered).without(&["miller"]),
        case("boot.mean_new", bootstrap).without(&["scipy_bca_B20000_sanity"]),
    ];

fn given(run: &str) -> Vec<Level> {
    read::levels(run).into_iter().map(|level| Level::try_from(level).expect("a level")).collect()
}

/// Makes a run of one criterion out of the levels.
fn columns(run: &str) -> Scores {
    let levels: Vec<_> = given(run).into_iter().map(|level| MeanLevel::of(&[level])).collect();
    Scores {
        items: (0..levels.len()).map(|n| ItemId::try_from(format!("i{n}")).expect("an id")).collect(),
        errored: vec![false; levels.len()],
        latency_ms: vec![None; levels.len()],
        cost_usd: vec![None; levels.len()],
        criteria: vec![Column {
            name: "a".to_owned(),
            weight: Weight::default(),
            required: false,
            baseline_levels: vec![None; levels.len()],
            levels,
        }],
        ..Scores::default()
    }
}

fn summary(run: &str) -> Value {
    let scores = read::scores(run);
    let summary = summary::of(&columns(run), Threshold::default());
    // A level is two bins wide; the highest is in the last bin, which is closed.
    let levels = [0, 2, 4, 6, 8, 9].map(|bin| summary.distribution.counts[bin]);
    json!({
        "n": summary.scored,
        "pass": summary.passed,
        "pass_rate": summary.pass_rate,
        "pass_wilson95": summary.pass_rate_interval,
        "mean": summary.average,
        "sd": mean::deviation(&scores),
        "se": mean::standard_error(&scores),
        "t_ci95": mean::t_interval(&scores, 0.95),
        "median": quantile::median(&scores),
        "hist_levels": levels,
    })
}

fn interval(inputs: &Value) -> Value {
    let scores = match inputs["x"].as_str() {
        Some("binary_83_100") => (0..100).map(|place| f64::from(place < 83)).collect(),
        Some(run) => read::scores(run),
        None => numbers(&inputs["x"]),
    };
    let phi = mean::dispersion(&scores);
    json!({
        "mean": mean::of(&scores),
        "phi": phi,
        "n_eff": scores.len() as f64 / phi,
        "ci95": mean::interval(&scores, Z_95),
    })
}

fn names(clusters: &Value) -> Vec<&str> {
    list(clusters).iter().map(|name| name.as_str().expect("a name")).collect()
}

fn clustered_run(_: &Value) -> Value {
    let scores = read::scores("new");
    let clusters = names(&data("data.paired40")["cluster"]);
    let clustered = Clustered::of(&scores, &clusters).expect("clusters");
    json!({
        "clusters": clustered.clusters,
        "se_iid": mean::standard_error(&scores),
        "se_cluster_G_over_Gm1": clustered.standard_error,
        "t_df": clustered.freedom(),
    })
}

fn clustered(inputs: &Value) -> Value {
    let scores = numbers(&inputs["x"]);
    let clustered = Clustered::of(&scores, &names(&inputs["cluster"])).expect("clusters");
    json!({
        "mean": clustered.mean,
        "se_iid": mean::standard_error(&scores),
        "corrected": clustered.standard_error,
    })
}

fn bootstrap(inputs: &Value) -> Value {
    let scores = read::scores("new");
    // Added up in the order drawn, as the vector's are.
    let mean =
        |places: &[usize]| places.iter().map(|&place| scores[place]).sum::<f64>() / places.len() as f64;
    let draws = number(&inputs["B"]) as usize;
    let bootstrap =
        Bootstrap::of(scores.len(), draws, count(&inputs["seed"]), mean).expect("numbers that vary");
    let corrected = bootstrap.corrected(0.95).expect("numbers on both sides");
    json!({
        "first5": bootstrap.replicates()[..5],
        "percentile95": bootstrap.percentile(0.95),
        "se_boot": bootstrap.standard_error(),
        "bca": {
            "z0": corrected.z0,
            "a": corrected.a,
            "alphas": corrected.shares,
            "ci95": corrected.interval,
        },
    })
}
