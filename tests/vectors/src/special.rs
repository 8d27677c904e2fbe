//! The functions that tests and intervals are made of, and random numbers.

use serde_json::{Value, json};
use shared::stats::rng::Rng;
use shared::stats::special;

use super::read::{count, each, number};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("sf.normal_ppf", |inputs| each(&inputs["p"], |p| json!(special::normal_quantile(number(p))))),
    case("sf.normal_cdf", |inputs| each(&inputs["x"], |x| json!(special::normal_below(number(x))))),
    case("sf.t_ppf", |inputs| {
        each(&inputs["p_df"], |pair| json!(special::t_quantile(number(&pair[0]), number(&pair[1]))))
    }),
    case("sf.t_sf2", |inputs| {
        each(&inputs["abs_t_df"], |pair| json!(special::t_p(number(&pair[0]), number(&pair[1]))))
    }),
    case("sf.betainc", |inputs| {
        let below = |abx: &Value| special::beta_below(number(&abx[0]), number(&abx[1]), number(&abx[2]));
        each(&inputs["a_b_x"], |abx| json!(below(abx)))
    }),
    case("sf.lgamma", |inputs| each(&inputs["x"], |x| json!(special::ln_gamma(number(x))))),
    case("prng.xoshiro256pp", |inputs| drawn(inputs, |rng| json!(format!("{:#018x}", rng.draw())))),
    case("prng.below", |inputs| {
        let n = count(&inputs["n"]) as usize;
        drawn(inputs, |rng| json!(rng.below(n)))
    }),
];

fn drawn(inputs: &Value, mut draw: impl FnMut(&mut Rng) -> Value) -> Value {
    let mut rng = Rng::seeded(count(&inputs["seed"]));
    (0..count(&inputs["count"])).map(|_| draw(&mut rng)).collect()
}
