//! Two runs over the same items, and the gate between them.

use serde_json::{Value, json};
use shared::stats::margin;
use shared::stats::paired::scores::Gains;
use shared::stats::paired::{Table, ranks, signs};
use shared::stats::{Interval, Z_90, Z_95, correlation, mean, sequential};

use super::read::{self, count, each, number, numbers};
use super::{Case, case, data};

pub const CASES: &[Case] = &[
    case("paired.t", t),
    case("paired.wilcoxon", wilcoxon).without(&["p_two_sided_normal_ties_cc"]),
    case(
        "paired.signtest",
        |inputs| json!({"p_two_sided": signs::sign_test(count(&inputs["wins"]), count(&inputs["losses"]))}),
    ),
    case("paired.signflip_exact", |inputs| json!({"p_two_sided": signs::exact(&steps(&inputs["d"]))})),
    case("paired.signflip_mc", |inputs| {
        let draws = u32::try_from(count(&inputs["B"])).expect("some draws");
        json!({"p_two_sided": signs::drawn(&steps(&inputs["d"]), draws, count(&inputs["seed"]))})
    }),
    case("mcnemar.b5_c15", mcnemar).without(NORMAL),
    case("mcnemar.b0_c0", mcnemar).without(NORMAL),
    case("mcnemar.b10_c10", mcnemar).without(NORMAL),
    case("mcnemar.b0_c5", mcnemar).without(NORMAL),
    case("mcnemar.b1_c9", mcnemar).without(NORMAL),
    case("mcnemar.b0_c1", mcnemar).without(NORMAL),
    case("mcnemar.dataset", both_runs),
    case("pairdiff.36_12_2_0", difference).without(OTHER_WAYS),
    case("pairdiff.150_10_20_20", difference).without(OTHER_WAYS),
    case("pairdiff.80_5_5_10", difference).without(OTHER_WAYS),
    case("pairdiff.90_0_0_10", difference).without(OTHER_WAYS),
    case("pairdiff.100_0_0_0", difference).without(OTHER_WAYS),
    // The p value is the statistic's.
    case("gate.noninferiority", gate).without(&["newcombe90", "z_noninf"]),
];

/// Approximations of the exact test that are worse than the two that are shown.
const NORMAL: &[&str] = &["chi2", "p_asymptotic", "p_asymptotic_cc"];
/// Intervals that were compared with Tango's and found worse.
const OTHER_WAYS: &[&str] = &["newcombe10_95", "newcombe10_90", "phi_cc", "bonett_price_95", "wald_95"];

/// Turns differences of scores into differences of levels.
fn steps(differences: &Value) -> Vec<i64> {
    numbers(differences).into_iter().map(|difference| (difference * 5.0).round() as i64).collect()
}

fn gains() -> Vec<i64> {
    let (old, new) = (read::levels("old"), read::levels("new"));
    old.into_iter().zip(new).map(|(old, new)| i64::from(new) - i64::from(old)).collect()
}

fn t(_: &Value) -> Value {
    let steps = gains();
    let df = steps.len() - 1;
    let gains = Gains::of(steps, 5).expect("five steps");
    let t = gains.t().expect("a test");
    let (old, new) = (read::scores("old"), read::scores("new"));
    let error = |scores: &[f64]| mean::standard_error(scores).expect("two scores");
    json!({
        "mean_diff": gains.mean(),
        "sd_diff": gains.deviation(),
        "se": gains.standard_error(),
        "t": t.t,
        "df": df,
        "p_two_sided": t.p,
        "ci95": gains.interval(0.95),
        "lower95_one_sided": gains.interval(0.90).map(|Interval(low, _)| low),
        "corr": correlation::pearson(&old, &new),
        "unpaired_se": error(&old).hypot(error(&new)),
    })
}

fn wilcoxon(inputs: &Value) -> Value {
    assert_eq!(json!(gains()), inputs["diff_levels"]);
    let test = ranks::wilcoxon(&gains()).expect("something moved");
    json!({
        "n_nonzero": test.n,
        "W_plus": test.gained,
        "W_minus": test.lost,
        "p_two_sided_normal_ties_no_cc": test.p,
        "rank_biserial": test.rank_biserial,
    })
}

fn mcnemar(inputs: &Value) -> Value {
    let (broke, fixed) = (count(&inputs["b"]), count(&inputs["c"]));
    let test = Table { broke, fixed, ..Table::default() }.mcnemar();
    json!({
        "p_exact": test.exact,
        "p_mid": test.mid,
        "e_value_KT": sequential::evidence(broke, fixed),
        "anytime_p_at_this_n": sequential::anytime_p(broke, fixed),
    })
}

fn both_runs(_: &Value) -> Value {
    let passes = |level: u8| level >= 4;
    let pairs = read::levels("old").into_iter().zip(read::levels("new"));
    let table = Table::of(pairs.map(|(old, new)| (passes(old), passes(new))));
    let test = table.mcnemar();
    json!({
        "a": table.both_pass,
        "b_old_pass_new_fail": table.broke,
        "c_old_fail_new_pass": table.fixed,
        "d": table.both_fail,
        "p_exact": test.exact,
        "p_mid": test.mid,
    })
}

fn difference(inputs: &Value) -> Value {
    let table = Table {
        both_pass: count(&inputs["a_both_pass"]),
        broke: count(&inputs["b_old_only"]),
        fixed: count(&inputs["c_new_only"]),
        both_fail: count(&inputs["d_both_fail"]),
    };
    json!({
        "diff": table.difference(),
        "tango_95": table.interval(Z_95),
        "tango_90": table.interval(Z_90),
    })
}

fn gate(_: &Value) -> Value {
    each(data("gate.noninferiority"), |row| {
        let [both_pass, broke, fixed, both_fail] = [0, 1, 2, 3].map(|place| count(&row["table"][place]));
        let table = Table { both_pass, broke, fixed, both_fail };
        let (interval, margin) = (table.interval(Z_90).expect("some items"), number(&row["delta"]));
        json!({
            "table": row["table"],
            "delta": margin,
            "diff": table.difference(),
            "tango90": interval,
            "p_noninf": table.p_worse_by(margin),
            "verdict": margin::decide(interval, margin),
        })
    })
}
