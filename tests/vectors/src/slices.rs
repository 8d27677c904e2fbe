//! Slices: tests of tables and of numbers by group.

use serde_json::{Value, json};
use shared::slices;
use shared::slices::tested::{self, Column};
use shared::stats::fisher::{self, Table};

use super::read::{count, list, number};
use super::{Case, case, data};

pub const CASES: &[Case] = &[
    case("fisher.8_12_10_70", table).without(NOT_SHOWN),
    case("fisher.3_1_1_3", table).without(NOT_SHOWN),
    case("fisher.5_0_15_80", table).without(NOT_SHOWN),
    case("slice.length_mannwhitney", lengths),
    case("slice.tags", tags),
];

/// The lift says the same in words that people use.
const NOT_SHOWN: &[&str] = &["odds_ratio_haldane"];

fn table(inputs: &Value) -> Value {
    let table = Table {
        slice_fail: count(&inputs["slice_fail"]),
        slice_pass: count(&inputs["slice_pass"]),
        rest_fail: count(&inputs["rest_fail"]),
        rest_pass: count(&inputs["rest_pass"]),
    };
    json!({
        "p_greater": fisher::greater(&table),
        "p_two_sided": fisher::two_sided(&table),
        "rate_slice": table.rate(),
        "rate_rest": table.rate_elsewhere(),
        "lift_vs_overall": table.lift(),
    })
}

/// Tells which items of a run of the data fail.
fn failed(inputs: &Value) -> Vec<Option<bool>> {
    let levels = if inputs["run"] == "new" { "levels_new" } else { "levels_old" };
    list(&data("data.paired40")[levels]).iter().map(|level| Some(count(level) < 4)).collect()
}

fn lengths(inputs: &Value) -> Value {
    let failed = failed(inputs);
    let lengths: Vec<_> =
        list(&data("data.paired40")["input_len"]).iter().map(|length| Some(number(length))).collect();
    let found = slices::separation(&failed, &lengths).expect("two groups");
    let fails = failed.iter().filter(|failed| **failed == Some(true)).count();
    json!({
        "n_fail": fails,
        "n_pass": failed.len() - fails,
        "U_fail": found.u,
        "auc": found.auc,
        "p_two_sided_cc": found.p,
    })
}

fn tags(inputs: &Value) -> Value {
    let tags: Vec<_> =
        list(&data("data.paired40")["tag"]).iter().map(|tag| tag.as_str().map(str::to_owned)).collect();
    let tested = tested::all(&failed(inputs), &[Column { key: "tag", values: &tags }]);
    let tested = tested.iter().map(|tested| {
        let Table { slice_fail, slice_pass, rest_fail, rest_pass } = tested.table;
        json!({
            "slice": tested.value,
            "table": [slice_fail, slice_pass, rest_fail, rest_pass],
            "p_greater": tested.p,
            "p_two": fisher::two_sided(&tested.table),
            "bh_q": tested.q,
        })
    });
    tested.collect()
}
