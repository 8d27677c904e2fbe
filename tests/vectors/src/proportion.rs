//! Pass rates.

use serde_json::{Value, json};
use shared::stats::proportion::wilson;
use shared::stats::{Z_90, Z_95};

use super::{Case, case};

pub const CASES: &[Case] = &[
    case("prop.k83_n100", rate).without(OTHER_WAYS),
    case("prop.k0_n10", rate).without(OTHER_WAYS),
    case("prop.k10_n10", rate).without(OTHER_WAYS),
    case("prop.k1_n1", rate).without(OTHER_WAYS),
    case("prop.k50_n100", rate).without(OTHER_WAYS),
    case("prop.k400_n500", rate).without(OTHER_WAYS),
    case("prop.k1_n30", rate).without(OTHER_WAYS),
];

/// Intervals that were compared with Wilson's and found worse.
const OTHER_WAYS: &[&str] = &["clopper_pearson95", "jeffreys95", "agresti_coull95", "wald95_DO_NOT_USE"];

fn rate(inputs: &Value) -> Value {
    let count = |name: &str| inputs[name].as_u64().expect("a count");
    let (k, n) = (count("k"), count("n"));
    json!({
        "p_hat": k as f64 / n as f64,
        "wilson95": wilson(k, n, Z_95),
        "wilson90": wilson(k, n, Z_90),
    })
}
