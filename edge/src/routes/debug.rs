//! Ways to make a request panic or fill the stack, so that a test can see what becomes of the others.
//!
//! It exists only where the operator set `DEBUG_PANIC`, and is no part of the API that is described.

use std::hint::black_box;

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
    let route = |path| Route { method: Method::Post, path, scope: Some(Scope::Admin) };
    table.on_raw(route("/api/debug/panic"), panic).on_raw(route("/api/debug/overflow"), overflow)
}

/// Panics where a mistake usually would: after something was waited for, when others may be under way.
async fn panic<P: Ports>(ports: &P, _: Incoming) -> Result<Response<Body>, Failure> {
    ports.sleep(1).await;
    panic!("a panic was asked for");
}

/// Fills the stack, at the same place.
async fn overflow<P: Ports>(ports: &P, _: Incoming) -> Result<Response<Body>, Failure> {
    ports.sleep(1).await;
    Err(Failure::Internal(format!("the stack holds {} calls", calls_below(0))))
}

/// Calls itself, and never comes back.
fn calls_below(depth: u64) -> u64 {
    // Without the black boxes it would become a loop.
    if black_box(depth) == u64::MAX { 0 } else { black_box(calls_below(black_box(depth + 1))) + 1 }
}
