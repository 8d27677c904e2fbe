//! Prints how many milliseconds it takes to add a run up, for each number of items that is given.

use std::time::Instant;

/// The quickest of so many: what the machine can do, without what else it does.
const TIMES: u32 = 9;

#[expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this program is for, and it runs natively"
)]
fn main() {
    for items in std::env::args().skip(1).filter_map(|word| word.parse().ok()) {
        let scores = rescoring::columns(items);
        let quickest = (0..TIMES).map(|time| {
            let began = Instant::now();
            let rate = rescoring::add_up(&scores, 0.5 + f64::from(time) / 20.0);
            assert!(rate.is_some(), "a run with items has a pass rate");
            began.elapsed()
        });
        println!("{items} {}", quickest.min().unwrap_or_default().as_secs_f64() * 1000.0);
    }
}
