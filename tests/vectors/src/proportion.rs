//! Pass rates.

use serde_json::{Value, json};
use shared::stats::proportion::{Proportion, most_failures, wilson};
use shared::stats::{Interval, Z_90, Z_95};

use super::read::count;
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("prop.k83_n100", rate).without(OTHER_WAYS),
    case("prop.k0_n10", rate).without(OTHER_WAYS),
    case("prop.k10_n10", rate).without(OTHER_WAYS),
    case("prop.k1_n1", rate).without(OTHER_WAYS),
    case("prop.k50_n100", rate).without(OTHER_WAYS),
    case("prop.k400_n500", rate).without(OTHER_WAYS),
    case("prop.k1_n30", rate).without(OTHER_WAYS),
    case("prop.rule_of_three", no_failure).without(&["rule_of_three"]),
];

/// Intervals that were compared with Wilson's and found worse.
const OTHER_WAYS: &[&str] = &["clopper_pearson95", "jeffreys95", "agresti_coull95", "wald95_DO_NOT_USE"];

fn rate(inputs: &Value) -> Value {
    let (k, n) = (count(&inputs["k"]), count(&inputs["n"]));
    json!({
        "p_hat": Proportion::of(k, n).and_then(Proportion::rate),
        "wilson95": wilson(k, n, Z_95),
        "wilson90": wilson(k, n, Z_90),
    })
}

fn no_failure(inputs: &Value) -> Value {
    let (k, n) = (count(&inputs["k_fail"]), count(&inputs["n"]));
    json!({
        "exact_upper95_one_sided": most_failures(n, 0.05),
        "wilson_upper95_two_sided": wilson(k, n, Z_95).map(|Interval(_, high)| high),
    })
}
