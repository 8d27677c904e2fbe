//! Looking before all items are in.

use serde_json::{Value, json};
use shared::stats::sequential::{ENOUGH, evidence, interval};

use super::read::{count, each, list, number};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("seq.asymp_cs", |inputs| {
        let interval = |of: &Value| interval(number(&of[0]), number(&of[1]), count(&of[2]), number(&of[3]));
        each(&inputs["mean_var_n_alpha"], |of| json!(interval(of)))
    }),
    case("seq.mcnemar_eprocess", path),
];

fn path(inputs: &Value) -> Value {
    let (mut broke, mut fixed) = (0, 0);
    let outcomes = list(&inputs["discordant_outcomes_1_new_better"]).iter();
    let values: Vec<f64> = outcomes
        .map(|outcome| {
            *(if count(outcome) == 1 { &mut fixed } else { &mut broke }) += 1;
            evidence(broke, fixed)
        })
        .collect();
    let enough = values.iter().position(|&value| value >= ENOUGH);
    json!({"e_values": values, "first_n_with_e>=20": enough.map(|place| place + 1)})
}
