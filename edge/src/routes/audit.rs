//! The audit: each call that changed something with the rights of an operator is written down, and can be read.

use axum::body::Body;
use axum::http::Response;
use shared::api::access::{GetAudit, PostSession};
use shared::api::{Endpoint, List, Method};
use shared::audit::Entry;
use shared::auth::{Caller, Scope, token_hash};
use shared::id::AuditId;

use super::{Call, Incoming, Route, Table, request};
use crate::failure::Failure;
use crate::ports::Ports;
use crate::store::audit::{self, Deed};

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(list)
}

async fn list<P: Ports>(ports: &P, call: Call<GetAudit>) -> Result<List<Entry>, Failure> {
    audit::list(ports, &call.query).await
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

/// Notes what will be written down of a call once it has been answered; none when nothing will.
pub(super) fn notice(route: Route, incoming: &Incoming) -> Option<Deed> {
    let signs_in = route.method == PostSession::METHOD && route.path == PostSession::ROUTE;
    let changes = route.method != Method::Get && route.scope == Some(Scope::Admin);
    if !changes && !signs_in {
        return None;
    }
    let RequestId(id) = incoming.request.extensions().get::<RequestId>()?;
    let headers = incoming.request.headers();
    let token_hash_of = |token: Option<String>| token.map(|token| token_hash(&token));
    let bearer = token_hash_of(request::bearer(headers));
    let ids: Vec<_> = incoming.params.iter().map(|(_, value)| value.as_str()).collect();
    Some(Deed {
        id: AuditId::try_from(id.clone()).ok()?,
        subject: incoming.caller.subject.clone(),
        // A token wins over what browsers send by themselves.
        session: bearer.is_none(),
        session_hash: if bearer.is_some() { None } else { token_hash_of(request::session(headers)) },
        token_hash: bearer,
        method: route.method.word(),
        route: route.path,
        thing: (!ids.is_empty()).then(|| ids.join("/")),
        status: 0,
    })
}

/// Writes down what came of a call. What failed changed nothing.
pub(super) async fn write(ports: &impl Ports, deed: Deed, response: &Response<Body>) {
    if !response.status().is_success() {
        return;
    }
    let extensions = response.extensions();
    let mut deed = Deed { status: response.status().as_u16(), ..deed };
    deed.thing = deed.thing.or_else(|| extensions.get::<Made>().map(|made| made.0.clone()));
    if let Some(SignedIn(caller, token_hash)) = extensions.get::<SignedIn>() {
        deed.subject.clone_from(&caller.subject);
        deed.token_hash = Some(token_hash.clone());
        deed.session_hash = None;
        deed.session = false;
    }
    let now = ports.now();
    if let Err(error) = audit::add(ports, &deed, now).await {
        // It has happened: to answer that it failed would be wrong too.
        ports.note(&format!(
            "{} {} by {} is not in the audit: {error}",
            deed.method, deed.route, deed.subject
        ));
    }
}
