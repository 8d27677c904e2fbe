//! Tries every reference vector natively, each a test under its own id.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let trials = vectors::ids().into_iter().map(|id| {
        let name = id.clone();
        Trial::test(name, move || vectors::check(&id).map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
