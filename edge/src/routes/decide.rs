//! Deciding on runs: comparisons and the gate.

use axum::body::Body;
use axum::http::{Response, header};
use shared::api::Endpoint;
use shared::api::decide::{GetCompare, GetGate};
use shared::compare::Comparison;
use shared::gate::Verdict;

use super::{Call, Incoming, Route, Table, bodies, request};
use crate::failure::Failure;
use crate::pipeline::decide;
use crate::ports::Ports;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let gate_route = Route { method: GetGate::METHOD, path: GetGate::ROUTE, scope: GetGate::SCOPE };
    table.on(compare).on_raw(gate_route, gate)
}

async fn compare<P: Ports>(ports: &P, call: Call<GetCompare>) -> Result<Comparison, Failure> {
    decide::compare(ports, &call.query).await
}

/// Answers by the status too, so that `curl --fail --retry` is a whole client.
async fn gate<P: Ports>(ports: &P, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let call = request::read::<GetGate>(incoming).await?;
    let gate = decide::gate(ports, &call.path.run, &call.query).await?;
    let status = match gate.verdict {
        Verdict::Pass => GetGate::STATUS,
        Verdict::Fail | Verdict::Inconclusive => 412,
        Verdict::Incomplete => 503,
    };
    let mut response = bodies::reply(status, &gate);
    if gate.verdict == Verdict::Incomplete {
        bodies::header(&mut response, header::RETRY_AFTER, "5");
    }
    Ok(response)
}
