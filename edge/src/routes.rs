//! The API: every call of `shared::api` answered. No logic of its own.
//!
//! `Table::on` is the one way in: it finds out who calls, whether they may, and reads path, query and
//! body into the call's types, so that no handler can forget to.

mod access;
mod audit;
mod bodies;
mod choices;
mod debug;
mod decide;
mod events;
mod labels;
mod logs;
mod providers;
mod request;
mod runs;
mod sets;
mod settings;
mod targets;
mod views;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderName, HeaderValue, Response};
use axum::routing::{MethodFilter, MethodRouter};
use serde_json::Value;
use shared::api::{Endpoint, GetHealth, GetOpenapi, Health, Method};
use shared::auth::Scope;
use shared::id;
use tower_service::Service;
use worker::send::SendFuture;

pub use self::request::Call;
use crate::failure::Failure;
use crate::policy;
use crate::ports::Ports;
use crate::store::{log, schema};

/// A route with its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    /// None when anybody may.
    pub scope: Option<Scope>,
}

/// The routes of the API while they are put together.
struct Table<P> {
    ports: Arc<P>,
    router: Router,
    routes: Vec<Route>,
}

impl<P: Ports> Table<P> {
    /// Answers a call with JSON.
    fn on<E, F>(self, handler: F) -> Self
    where
        E: Endpoint + Send + 'static,
        E::Body: 'static,
        F: AsyncFn(&P, Call<E>) -> Result<E::Reply, Failure> + Clone + Send + Sync + 'static,
    {
        let route = Route { method: E::METHOD, path: E::ROUTE, scope: E::SCOPE };
        self.on_raw(route, async move |ports: &P, incoming: Incoming| {
            let call = request::read::<E>(ports, incoming).await?;
            let reply = handler(ports, call).await?;
            let mut response = bodies::reply(E::STATUS, &reply);
            if E::STATUS == 201
                && let Ok(Value::Object(mut made)) = serde_json::to_value(&reply)
                && let Some(Value::String(id)) = made.remove("id")
            {
                response.extensions_mut().insert(audit::Made(id));
            }
            Ok(response)
        })
    }

    /// Answers a call whose body or reply is not JSON.
    fn on_raw<F>(mut self, route: Route, handler: F) -> Self
    where
        F: AsyncFn(&P, Incoming) -> Result<Response<Body>, Failure> + Clone + Send + Sync + 'static,
    {
        let ports = Arc::clone(&self.ports);
        let answer = move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            let (ports, handler) = (Arc::clone(&ports), handler.clone());
            SendFuture::new(async move {
                let named = |params: &RawPathParams| -> Vec<_> {
                    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
                };
                let named = params.as_ref().map(named).unwrap_or_default();
                let deed = audit::notice(&*ports, route, &named, &request);
                let answered = async {
                    let caller = request::allow(&*ports, &request, route.scope).await?;
                    // A path that does not read leads nowhere; a stranger does not get to know even that.
                    params.map_err(|_| Failure::NotFound("page"))?;
                    let incoming = Incoming { caller: caller.clone(), params: named, request };
                    Ok((handler(&ports, incoming).await?, caller))
                };
                match (answered.await, deed) {
                    (Ok((response, caller)), Some(deed)) => {
                        audit::write(&*ports, route, &caller, deed, &response).await;
                        response
                    }
                    (Ok((response, _)), None) => response,
                    (Err(failure), deed) => {
                        if let Some(deed) = deed {
                            audit::refuse(&*ports, route, deed, &failure).await;
                        }
                        bodies::problem(failure)
                    }
                }
            })
        };
        self.router = self.router.route(route.path, MethodRouter::new().on(filter(route.method), answer));
        self.routes.push(route);
        self
    }
}

/// A request whose sender may make it.
struct Incoming {
    caller: shared::auth::Caller,
    /// The parameters in the path.
    params: Vec<(String, String)>,
    request: Request,
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

fn table<P: Ports>(ports: Arc<P>) -> Table<P> {
    let table = Table { ports, router: Router::new(), routes: Vec::new() }.on(health).on(openapi);
    let table = access::routes(table);
    let table = audit::routes(table);
    let table = providers::routes(table);
    let table = logs::routes(table);
    let table = sets::routes(table);
    let table = targets::routes(table);
    let table = choices::routes(table);
    let table = runs::routes(table);
    let table = events::routes(table);
    let table = labels::routes(table);
    let table = decide::routes(table);
    let table = settings::routes(table);
    let table = views::routes(table);
    let table = webhooks::routes(table);
    debug::routes(table)
}

/// Lists every route, for the test that knocks at each.
pub fn all<P: Ports>(ports: Arc<P>) -> Vec<Route> {
    table(ports).routes
}

async fn health<P: Ports>(ports: &P, _: Call<GetHealth>) -> Result<Health, Failure> {
    let newest = schema::newest(ports).await.ok().flatten();
    if let Some(missing) = schema::missing(newest.as_deref()) {
        return Err(Failure::Unavailable(missing));
    }
    let schema = newest.unwrap_or_default();
    let log_dropped = log::tallied(ports, log::DROPPED).await?;
    Ok(Health { status: "ok".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), schema, log_dropped })
}

/// The description of the API. A test makes it out of the types, and sees that it is current.
const OPENAPI: &str = include_str!("../openapi.json");

async fn openapi<P: Ports>(_: &P, _: Call<GetOpenapi>) -> Result<Value, Failure> {
    serde_json::from_str(OPENAPI).map_err(|error| Failure::Internal(error.to_string()))
}

/// The API, put together once for all requests: that takes longer than most answers do.
#[derive(Debug)]
pub struct Api<P> {
    ports: Arc<P>,
    router: Router,
}

impl<P: Ports> Api<P> {
    /// Puts it together over these ports.
    pub fn over(ports: Arc<P>) -> Self {
        let Table { ports, router, .. } = table(ports);
        let of_unknown = Arc::clone(&ports);
        let unknown = move |request: Request| {
            let ports = Arc::clone(&of_unknown);
            SendFuture::new(async move { refuse(&*ports, &request, || Failure::NotFound("page")).await })
        };
        let of_wrong = Arc::clone(&ports);
        let wrong_method = move |request: Request| {
            let ports = Arc::clone(&of_wrong);
            SendFuture::new(async move {
                let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
                refuse(&*ports, &request, || Failure::WrongMethod { method, path }).await
            })
        };
        let router = router.fallback(unknown).method_not_allowed_fallback(wrong_method);
        Self { ports, router }
    }

    /// Answers a request to `/api`.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let request_id = id::v7(self.ports.now(), &self.ports.bytes());
        let secured = if request::is_plain_http(&request) { None } else { Some(policy::TLS_ALONE) };
        let mut response = match request::take_in(&*self.ports, request).await {
            Ok(mut request) => {
                request.extensions_mut().insert(audit::RequestId(request_id.clone()));
                // The router never fails: its error type has no value.
                let Ok(response) = self.router.clone().call(request).await;
                response
            }
            Err(failure) => bodies::problem(failure),
        };
        if let Some(Failure::Internal(cause)) = response.extensions().get::<Failure>() {
            self.ports.note(&format!("request {request_id}: {cause}"));
        }
        let headers = response.headers_mut();
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), request_id);
        }
        for (name, value) in policy::HEADERS.into_iter().chain(secured) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }
}

/// Says what is wrong with a request that no route takes; a stranger does not get to know even that.
async fn refuse(ports: &impl Ports, request: &Request, wrong: impl FnOnce() -> Failure) -> Response<Body> {
    match request::allow(ports, request, Some(Scope::Read)).await {
        Ok(_) | Err(Failure::Forbidden(_)) => bodies::problem(wrong()),
        Err(failure) => bodies::problem(failure),
    }
}
