//! A way to make a request panic, so that a test can see what becomes of the others.
//!
//! It exists only where the operator set `DEBUG_PANIC`, and is no part of the API that is described.

use axum::body::Body;
use axum::http::Response;
use shared::api::Method;
use shared::auth::Scope;

use super::{Incoming, Route, Table};
use crate::failure::Failure;
use crate::ports::Ports;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    if !table.ports.may_panic() {
        return table;
    }
    let route = Route { method: Method::Post, path: "/api/debug/panic", scope: Some(Scope::Admin) };
    table.on_raw(route, panic)
}

/// Panics where a mistake usually would: after something was waited for, when others may be under way.
async fn panic<P: Ports>(ports: &P, _: Incoming) -> Result<Response<Body>, Failure> {
    ports.sleep(1).await;
    panic!("a panic was asked for");
}
