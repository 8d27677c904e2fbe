//! How many items a question needs, and many questions at once.

use serde_json::{Value, json};
use shared::stats::multiplicity::{benjamini_hochberg, holm};
use shared::stats::power::{self, Aim, Averaged};
use shared::stats::special::normal_quantile;

use super::read::{count, each, number, numbers};
use super::{Case, case, data};

pub const CASES: &[Case] = &[
    case("power.paired_mean", mean),
    case("power.mde_paired_mean", |inputs| {
        let detectable = |of: &Value| aim(inputs).detectable(number(&of[0]).powi(2), count(&of[1]));
        each(&inputs["sd_diff_n"], |of| json!(detectable(of)))
    }),
    case("power.mcnemar", rates),
    case("power.miller", repeated),
    case("power.wilson_halfwidth", width),
    case("multi.bh10", |inputs| {
        let p = numbers(&inputs["p"]);
        json!({"bh_q": benjamini_hochberg(&p), "holm": holm(&p)})
    })
    .without(&["bonferroni", "by_q"]),
];

fn aim(inputs: &Value) -> Aim {
    Aim::of(number(&inputs["alpha"]), number(&inputs["power"])).expect("shares")
}

/// Works out each row of a vector whose questions, of these names, stand beside their answers.
fn rows(id: &str, questions: &[&str], answer: impl Fn(&Value) -> Value) -> Value {
    each(data(id), |row| {
        let mut answered = answer(row);
        let object = answered.as_object_mut().expect("answers");
        object.extend(questions.iter().map(|&name| (name.to_owned(), row[name].clone())));
        answered
    })
}

fn mean(inputs: &Value) -> Value {
    let aim = aim(inputs);
    rows("power.paired_mean", &["sd_diff", "delta"], |row| {
        let (variance, delta) = (number(&row["sd_diff"]).powi(2), number(&row["delta"]));
        json!({
            "n_two_sided": aim.items(variance, delta),
            "n_noninferiority_one_sided": aim.items_for_margin(variance, delta),
            "n_t_exact": aim.items_by_t(variance, delta),
        })
    })
}

fn rates(inputs: &Value) -> Value {
    let aim = aim(inputs);
    rows("power.mcnemar", &["p_discordant", "diff"], |row| {
        let (discordance, difference) = (number(&row["p_discordant"]), number(&row["diff"]));
        json!({
            "n_mcnemar": aim.items_for_rates(discordance, difference),
            "n_noninferiority_margin_eq_diff_true_diff_0": aim.items_for_margin(discordance, difference),
        })
    })
}

fn repeated(inputs: &Value) -> Value {
    let aim = aim(inputs);
    rows("power.miller", &["omega2", "sigma2_A", "sigma2_B", "K_A", "K_B", "delta"], |row| {
        let noise = |variance: &str, repeats: &str| Averaged {
            variance: number(&row[variance]),
            repeats: count(&row[repeats]),
        };
        let variance =
            power::variance(number(&row["omega2"]), noise("sigma2_A", "K_A"), noise("sigma2_B", "K_B"));
        json!({"n": aim.items(variance, number(&row["delta"]))})
    })
}

fn width(inputs: &Value) -> Value {
    let z = normal_quantile(f64::midpoint(1.0, number(&inputs["conf"])));
    rows("power.wilson_halfwidth", &["p", "half_width"], |row| {
        let items = |z| power::items_for_width(number(&row["p"]), number(&row["half_width"]), z);
        json!({"n": z.and_then(items)})
    })
}
