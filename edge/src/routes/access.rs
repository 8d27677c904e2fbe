//! Sessions and access keys.

use axum::body::Body;
use axum::http::{Response, header};
use shared::api::access::{
    DeleteKey, DeleteSession, GetKeys, GetSession, MadeKey, PostKey, PostSession, Session, SignIn,
};
use shared::api::{Endpoint, List};
use shared::auth::{self, AccessKey, token_hash};
use shared::id::KeyId;

use super::audit::SignedIn;
use super::{Call, Incoming, Route, Table, bodies, request};
use crate::auth::{by_token, unless_tried};
use crate::failure::Failure;
use crate::pace;
use crate::ports::Ports;
use crate::store::access::{self, NewSession};

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let raw = |method, path, scope| Route { method, path, scope };
    table
        .on_raw(raw(PostSession::METHOD, PostSession::ROUTE, PostSession::SCOPE), sign_in)
        .on(session)
        .on_raw(raw(DeleteSession::METHOD, DeleteSession::ROUTE, DeleteSession::SCOPE), sign_out)
        .on(make_key)
        .on(keys)
        .on(revoke_key)
}

/// How long a session lasts, in seconds: seven days.
const SESSION_S: i64 = 7 * 24 * 60 * 60;

async fn sign_in<P: Ports>(ports: &P, incoming: Incoming) -> Result<Response<Body>, Failure> {
    // Else another site could have somebody work under its own name here, and read what they leave.
    if request::is_foreign(&incoming.request) {
        return Err(Failure::ForeignOrigin(
            "sign in from this app's own page; another site cannot do it for you",
        ));
    }
    let plain = request::is_plain_http(&incoming.request);
    let who = format!("sign-in|{}", request::address(&incoming.request));
    let call = request::read::<PostSession>(ports, incoming).await?;
    let SignIn { token } = call.body;
    let token = token.trim();
    let caller = unless_tried(ports, &who, token, pace::SIGN_INS, by_token(ports, token)).await?;
    let secret = auth::token(&ports.bytes());
    let now = ports.now();
    let session = NewSession {
        token_hash: &token_hash(&secret),
        caller: &caller,
        granted_by: &token_hash(token),
        until: now.plus(SESSION_S * 1000),
    };
    access::keep_session(ports, &session, now).await?;
    let mut response = with_cookie(&secret, SESSION_S, plain);
    response.extensions_mut().insert(SignedIn(caller, token_hash(token)));
    Ok(response)
}

async fn sign_out<P: Ports>(ports: &P, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let Incoming { request, .. } = incoming;
    if let Some(secret) = request::session(&request) {
        access::end_session(ports, &token_hash(&secret)).await?;
    }
    Ok(with_cookie("", 0, request::is_plain_http(&request)))
}

fn with_cookie(value: &str, seconds: i64, plain_http: bool) -> Response<Body> {
    let name = request::cookie_name(plain_http);
    let mark = if plain_http { "" } else { "; Secure" };
    let mut response = bodies::reply(204, &());
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{mark}");
    bodies::header(&mut response, header::SET_COOKIE, &cookie);
    response
}

async fn session<P: Ports>(_: &P, call: Call<GetSession>) -> Result<Session, Failure> {
    Ok(Session { subject: call.caller.subject, scopes: call.caller.scopes })
}

async fn make_key<P: Ports>(ports: &P, call: Call<PostKey>) -> Result<MadeKey, Failure> {
    let new = call.body;
    if new.scopes.is_empty() {
        return Err(Failure::invalid(
            "/scopes",
            "a key needs at least one scope: ingest, read, run or admin",
        ));
    }
    let now = ports.now();
    if let Some(end) = new.expires_at.filter(|end| *end <= now) {
        let detail = format!("{end} is past; name a time to come, or leave it out for a key without an end");
        return Err(Failure::invalid("/expires_at", detail));
    }
    let mut scopes = Vec::new();
    for scope in new.scopes {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let token = auth::token(&ports.bytes());
    let key = AccessKey {
        id: KeyId::make(now, &ports.bytes()),
        name: new.name,
        scopes,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
    };
    access::add_key(ports, &key, &token_hash(&token)).await?;
    Ok(MadeKey { id: key.id, name: key.name, scopes: key.scopes, token })
}

async fn keys<P: Ports>(ports: &P, call: Call<GetKeys>) -> Result<List<AccessKey>, Failure> {
    access::keys(ports, &call.query).await
}

async fn revoke_key<P: Ports>(ports: &P, call: Call<DeleteKey>) -> Result<(), Failure> {
    if access::revoke_key(ports, &call.path.key).await? {
        Ok(())
    } else {
        Err(Failure::NotFound("access key"))
    }
}
