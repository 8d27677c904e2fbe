//! Logs.

use axum::body::Body;
use axum::http::Response;
use shared::api::logs::{
    Count, GetLog, GetLogCount, GetLogFacets, GetLogs, IMPORT, ImportQuery, LARGEST_IMPORT, PostLogDelete,
};
use shared::api::{Deleted, List, Method};
use shared::auth::Scope;
use shared::import::{Format, Reader};
use shared::log::{Detail, Facets, Log};
use shared::query;

use super::{Call, Incoming, Route, Table, bodies, request};
use crate::failure::Failure;
use crate::pipeline::{curate, ingest};
use crate::ports::Ports;
use crate::store::log;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let import_route = Route { method: Method::Post, path: IMPORT, scope: Some(Scope::Ingest) };
    table.on(list).on(count).on(facets).on(get).on(delete).on_raw(import_route, import)
}

async fn list<P: Ports>(ports: &P, call: Call<GetLogs>) -> Result<List<Log>, Failure> {
    log::list::list(ports, &call.query).await
}

async fn count<P: Ports>(ports: &P, call: Call<GetLogCount>) -> Result<Count, Failure> {
    Ok(log::count(ports, &call.query).await?)
}

async fn facets<P: Ports>(ports: &P, call: Call<GetLogFacets>) -> Result<Facets, Failure> {
    Ok(log::facets::of(ports, &call.query).await?)
}

async fn get<P: Ports>(ports: &P, call: Call<GetLog>) -> Result<Detail, Failure> {
    let whole = log::whole(ports, &call.path.log).await?.ok_or(Failure::NotFound("log"))?;
    let sets = log::sets_with(ports, &call.path.log).await?;
    Ok(Detail::of(whole.log, whole.request, whole.response, sets))
}

async fn delete<P: Ports>(ports: &P, call: Call<PostLogDelete>) -> Result<Deleted, Failure> {
    Ok(Deleted { deleted: curate::delete_logs(ports, call.body).await? })
}

async fn import<P: Ports>(ports: &P, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let query: ImportQuery = query::read(request::pairs(&incoming.request)?)?;
    let format = Format::read(query.format.as_deref().unwrap_or("auto"))?;
    let reader = Reader::new(format, query.feature.as_deref(), ports.now());
    let file = request::pieces(ports, incoming.request, LARGEST_IMPORT).await?;
    let report = ingest::import(ports, file, reader).await?;
    Ok(bodies::reply(200, &report))
}
