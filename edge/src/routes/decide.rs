//! Deciding on runs: comparisons.

use shared::api::decide::GetCompare;
use shared::compare::Comparison;

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::decide;
use crate::ports::Ports;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(compare)
}

async fn compare<P: Ports>(ports: &P, call: Call<GetCompare>) -> Result<Comparison, Failure> {
    decide::compare(ports, &call.query).await
}
