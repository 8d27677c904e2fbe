//! Labels.

use shared::api::labels::{DeleteLabel, PutLabel};
use shared::label::Label;

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::label;
use crate::ports::Ports;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(put).on(withdraw)
}

async fn put<P: Ports>(ports: &P, call: Call<PutLabel>) -> Result<Label, Failure> {
    label::put(ports, &call.caller, call.body).await
}

async fn withdraw<P: Ports>(ports: &P, call: Call<DeleteLabel>) -> Result<(), Failure> {
    label::withdraw(ports, &call.caller, &call.path.label).await
}
