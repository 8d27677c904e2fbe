//! Deciding on runs: comparisons, the gate, reports.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, header};
use shared::api::decide::{Compared, GetCompare, GetGate, REPORT, ReportQuery};
use shared::api::{Endpoint, Method};
use shared::auth::Scope;
use shared::gate::Verdict;
use shared::id::RunId;
use shared::query;

use super::{Call, Incoming, Route, Table, bodies, request};
use crate::failure::Failure;
use crate::pipeline::decide::{self, Reported};
use crate::ports::Ports;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let gate_route = Route { method: GetGate::METHOD, path: GetGate::ROUTE, scope: GetGate::SCOPE };
    let report_route = Route { method: Method::Get, path: REPORT, scope: Some(Scope::Read) };
    // A file of rows outlives the call, and needs ports of its own.
    let ports = Arc::clone(&table.ports);
    let report = async move |_: &P, incoming| report(Arc::clone(&ports), incoming).await;
    table.on(compare).on_raw(gate_route, gate).on_raw(report_route, report)
}

async fn compare<P: Ports>(ports: &P, call: Call<GetCompare>) -> Result<Compared, Failure> {
    decide::compare(ports, &call.query).await
}

/// Answers by the status too, so that `curl --fail --retry` is a whole client.
async fn gate<P: Ports>(ports: &P, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let call = request::read::<GetGate>(ports, incoming).await?;
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

async fn report<P: Ports>(ports: Arc<P>, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let query: ReportQuery = query::read(request::pairs(&incoming.request)?)?;
    let id = incoming.params.into_iter().next().map(|(_, value)| value).unwrap_or_default();
    let id = RunId::try_from(id).map_err(|_| Failure::NotFound("run"))?;
    let format = query.format.unwrap_or_default();
    let (kind, name) = (format.media_type(), format!("{id}.{}", format.ending()));
    match decide::report(&*ports, &id, format, query.bom.unwrap_or_default()).await? {
        Reported::Whole(text) => Ok(bodies::file(kind, &name, Body::from(text))),
        Reported::Paged(pages) => bodies::paged(ports, kind, &name, pages).await,
    }
}
