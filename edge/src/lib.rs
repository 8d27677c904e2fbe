//! The Worker: fetches and stores.
//!
//! Steps are generic over the `ports`; only `cloudflare` knows the platform, so everything else runs
//! natively under `cargo test`.
#![expect(async_fn_in_trait, reason = "ports are used inside this crate and its tests; nothing needs Send")]

pub mod pace;
pub mod assertion;
pub mod ports;
pub mod upload;
pub mod failure;
pub mod vault;
pub mod signature;
pub mod policy;
pub mod auth;
pub mod store;
pub mod upstream;
pub mod pipeline;
pub mod routes;
pub mod gateway;
pub mod cloudflare;

use std::cell::OnceCell;
use std::sync::Arc;

use axum::body::Body;
use worker::{Context, Env, Response, ScheduleContext, ScheduledEvent, web_sys};

use cloudflare::Cloudflare;
use routes::Api;

thread_local! {
    /// The API of this isolate, whose bindings are the same for every request.
    static API: OnceCell<&'static Api<Cloudflare>> = const { OnceCell::new() };
}

/// Writes down where a panic was: the platform says only that there was one.
#[worker::event(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| worker::console_error!("{panic}")));
}

/// Answers a request to the gateway or the API, or for what is no file: files are served by the platform itself.
///
/// The request is the platform's own: the wrapper would read all that the platform knows of the caller first, which is
/// a tenth of what the gateway takes.
#[worker::event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let url = request.url();
    let (path, query) = parts(&url);
    if path.starts_with("/v1/") {
        return cloudflare::gateway::answer(request, (path, query), env, &context).await;
    }
    if !path.starts_with("/api/") {
        return cloudflare::pages::answer(request.into(), &env).await;
    }
    let Ok(request) = worker::request_from_wasm(request) else {
        return Ok(Response::error("the address or the headers do not read", 400)?.into());
    };
    // Leaked, since answers hold on to it over their waits.
    let api =
        API.with(|api| *api.get_or_init(|| Box::leak(Box::new(Api::over(Arc::new(Cloudflare::new(env)))))));
    worker::response_to_wasm(api.answer(request.map(Body::new)).await)
}

/// Gives path and query of an address as the platform writes it: after the host there is a slash.
fn parts(url: &str) -> (&str, Option<&str>) {
    let url = url.split('#').next().unwrap_or(url);
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let rest = url[host..].find('/').map_or("/", |slash| &url[host + slash..]);
    rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)))
}

/// Does what is due from time to time.
#[worker::event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    cloudflare::sweep::run(env).await;
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn path_and_query_of_an_address_come_after_the_host() {
        for (url, expected) in [
            ("https://assay.example/v1/models?a=/b?c#d?e", ("/v1/models", Some("a=/b?c"))),
            ("http://127.0.0.1:8787/", ("/", None)),
            ("http://[::1]:8787/api/logs#q", ("/api/logs", None)),
            ("https://assay.example", ("/", None)),
        ] {
            assert_eq!(parts(url), expected);
        }
    }
}
