//! Labels, and what they say of judges.

use shared::api::List;
use shared::api::labels::{DeleteLabel, GetCorrected, GetJudgeHealth, GetReview, Picked, PutLabel};
use shared::health::Health;
use shared::health::corrected::Corrected;
use shared::label::Label;

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::{correct, health, label, review};
use crate::ports::Ports;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(put).on(withdraw).on(to_label).on(corrected).on(judge_health)
}

async fn put<P: Ports>(ports: &P, call: Call<PutLabel>) -> Result<Label, Failure> {
    label::put(ports, &call.caller, call.body).await
}

async fn withdraw<P: Ports>(ports: &P, call: Call<DeleteLabel>) -> Result<(), Failure> {
    label::withdraw(ports, &call.caller, &call.path.label).await
}

async fn to_label<P: Ports>(ports: &P, call: Call<GetReview>) -> Result<List<Picked>, Failure> {
    review::to_label(ports, &call.path.run).await
}

async fn corrected<P: Ports>(ports: &P, call: Call<GetCorrected>) -> Result<Corrected, Failure> {
    correct::of(ports, &call.path.run).await
}

async fn judge_health<P: Ports>(ports: &P, call: Call<GetJudgeHealth>) -> Result<Health, Failure> {
    health::of(ports, &call.path.judge_version).await
}
