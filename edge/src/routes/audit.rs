//! The audit: each call that changed something with the rights of an operator is written down, each that deleted something or
//! carried whole texts off in a file, who came in and went, and each that was refused where it matters: signing in, and
//! changing what the caller may not. All can be read.
//!
//! Whom Cloudflare Access lets pass signs in nowhere: what counts is that the app asks who they are, once a day.
//!
//! Whoever is refused again and again fills no database: of one address and token a few refusals in an hour are written
//! down by each instance, and of all of them [`crate::store::audit::MOST_REFUSALS`] in a day.

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use shared::api::access::{AuditCheck, GetAudit, GetAuditCheck, GetSession, PostSession};
use shared::api::decide::REPORT;
use shared::api::sets::{ANSWERS, EXPORT};
use shared::api::{Endpoint, List, Method};
use shared::audit::{self, Entry};
use shared::auth::{Caller, Scope, token_hash};
use shared::id::AuditId;

use super::{Call, Route, Table, request};
use crate::failure::Failure;
use crate::pace;
use crate::pipeline;
use crate::ports::{Ports, Secrets};
use crate::store::audit::Deed;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(list).on(check)
}

async fn list<P: Ports>(ports: &P, call: Call<GetAudit>) -> Result<List<Entry>, Failure> {
    pipeline::audit::list(ports, &call.query).await
}

async fn check<P: Ports>(ports: &P, call: Call<GetAuditCheck>) -> Result<AuditCheck, Failure> {
    pipeline::audit::check(ports, &call.query).await
}

/// Stays with a request: the id that its reply carries, which names its entry too.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Stays with a response: the id of what was made.
#[derive(Debug, Clone)]
pub(super) struct Made(pub(super) String);

/// Stays with the response to a sign-in: who it was, and the hash of the token they showed.
#[derive(Debug, Clone)]
pub(super) struct SignedIn(pub(super) Caller, pub(super) String);

fn signs_in(route: Route) -> bool {
    route.method == PostSession::METHOD && route.path == PostSession::ROUTE
}

/// Tells whether a call gives a file of what is stored.
fn carries_off(route: Route) -> bool {
    route.method == Method::Get && [EXPORT, ANSWERS, REPORT].contains(&route.path)
}

/// Tells whether a call asks who its sender is, which the app does before anything else.
fn arrives(route: Route) -> bool {
    route.method == GetSession::METHOD && route.path == GetSession::ROUTE
}

/// Notes of a call what may be written down once it has been answered; none of a call that changes nothing, carries nothing
/// off and does not come in.
pub(super) fn notice(
    ports: &impl Secrets,
    route: Route,
    params: &[(String, String)],
    request: &Request,
) -> Option<Deed> {
    if route.method == Method::Get && !carries_off(route) && !arrives(route) {
        return None;
    }
    let RequestId(id) = request.extensions().get::<RequestId>()?;
    let headers = request.headers();
    let token_hash_of = |token: Option<String>| token.map(|token| token_hash(&token));
    let bearer = token_hash_of(request::bearer(headers));
    let ids: Vec<_> = params.iter().map(|(_, value)| value.as_str()).collect();
    let address = request::address(request);
    let salt = ports.keyring().filter(|_| !address.is_empty()).map(|keyring| keyring.newest);
    Some(Deed {
        id: AuditId::try_from(id.clone()).ok()?,
        subject: None,
        session: bearer.is_none() && request::session(request).is_some(),
        // A token wins over what browsers send by themselves.
        session_hash: if bearer.is_some() { None } else { token_hash_of(request::session(request)) },
        token_hash: bearer,
        method: route.method.word(),
        route: route.path,
        thing: (!ids.is_empty()).then(|| ids.join("/")),
        status: 0,
        address_hash: salt.map(|salt| audit::address_hash(&salt, &address)),
    })
}

/// Writes down what came of a call that was answered. What failed by itself changed nothing.
pub(super) async fn write(
    ports: &impl Ports,
    route: Route,
    caller: &Caller,
    deed: Deed,
    response: &Response<Body>,
) {
    let is_worth = if arrives(route) {
        // Neither a token nor a session: somebody else vouched for them.
        let is_vouched = deed.token_hash.is_none() && deed.session_hash.is_none();
        let who = format!("arrived|{}", caller.subject);
        is_vouched && ports.pace(|pace| pace.take(&who, pace::ARRIVALS, ports.now())).is_ok()
    } else {
        let deletes = route.method == Method::Delete;
        route.scope == Some(Scope::Admin) || signs_in(route) || carries_off(route) || deletes
    };
    if !is_worth || !response.status().is_success() {
        return;
    }
    let extensions = response.extensions();
    let mut deed = Deed {
        status: response.status().as_u16(),
        subject: Some(caller.subject.clone()),
        // Whoever was let in without a token was so by what browsers send by themselves.
        session: deed.token_hash.is_none(),
        ..deed
    };
    deed.thing = deed.thing.or_else(|| extensions.get::<Made>().map(|made| made.0.clone()));
    if let Some(SignedIn(caller, token_hash)) = extensions.get::<SignedIn>() {
        deed.subject = Some(caller.subject.clone());
        deed.token_hash = Some(token_hash.clone());
        deed.session_hash = None;
        deed.session = false;
    }
    pipeline::audit::write(ports, &deed).await;
}

/// Writes down that a call was refused, if that matters and is not said of its sender often enough.
pub(super) async fn refuse(ports: &impl Ports, route: Route, deed: Deed, failure: &Failure) {
    let is_worth = match failure {
        Failure::Unauthorized => signs_in(route),
        Failure::Forbidden(_) | Failure::ForeignOrigin(_) => true,
        _ => false,
    };
    let (address, token) = (deed.address_hash.as_deref(), deed.token_hash.as_deref());
    let who = format!("refused|{} {}|{address:?}|{token:?}", deed.method, deed.route);
    if is_worth && ports.pace(|pace| pace.take(&who, pace::REFUSALS, ports.now())).is_ok() {
        pipeline::audit::write(ports, &Deed { status: failure.status(), ..deed }).await;
    }
}
