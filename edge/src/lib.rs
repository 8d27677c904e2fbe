//! The Worker: fetches and stores.
//!
//! Steps are generic over the `ports`; only `cloudflare` knows the platform, so everything else runs
//! natively under `cargo test`.
#![expect(async_fn_in_trait, reason = "ports are used inside this crate and its tests; nothing needs Send")]

pub mod pace;
pub mod ports;
pub mod failure;
pub mod vault;
pub mod policy;
pub mod auth;
pub mod store;
pub mod upstream;
pub mod pipeline;
pub mod routes;
pub mod gateway;
pub mod cloudflare;

use std::sync::Arc;

use axum::body::Body;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, web_sys};

use cloudflare::Cloudflare;

/// Writes down where a panic was: the platform says only that there was one.
#[worker::event(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| worker::console_error!("{panic}")));
}

/// Answers a request to the gateway or the API, or for what is no file: files are served by the platform itself.
#[worker::event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let path = request.path();
    if path.starts_with("/v1/") {
        return cloudflare::gateway::answer(request, env, &context).await;
    }
    if !path.starts_with("/api/") {
        return cloudflare::pages::answer(&request, &env).await;
    }
    let Ok(request) = worker::request_from_wasm(Clone::clone(request.inner())) else {
        return Ok(Response::error("the address or the headers do not read", 400)?.into());
    };
    let ports = Arc::new(Cloudflare::new(env));
    worker::response_to_wasm(routes::answer(ports, request.map(Body::new)).await)
}

/// Does what is due from time to time.
#[worker::event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    cloudflare::sweep::run(env).await;
}
