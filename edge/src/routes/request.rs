//! Reading a request: who sends it, and its parts as the types of the call.

mod once;

use std::any::TypeId;
use std::pin::pin;

use axum::body::Body;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, Method, header};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;
use shared::api::{Endpoint, Method as Verb};
use shared::auth::{Caller, Scope};
use shared::mistake::{self, Mistake};
use shared::query;

use super::Incoming;
use crate::assertion;
use crate::auth::{self, Credentials};
use crate::failure::Failure;
use crate::pace;
use crate::ports::{Clock, Ports, Secrets};
use crate::upload::Upload;

/// One call as a handler gets it: everything read and checked.
pub struct Call<E: Endpoint> {
    pub path: E,
    pub query: E::Query,
    pub body: E::Body,
    pub caller: Caller,
    /// Where the request was sent to: the scheme and the host of this service, as whoever sent it knows it.
    pub own: String,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
}

/// Gives the name of the session cookie: over TLS, the prefix binds it to this host, and no other name counts, since pages
/// of a neighbouring host could set it.
pub fn cookie_name(plain_http: bool) -> &'static str {
    if plain_http { "assay" } else { "__Host-assay" }
}

/// The most bytes of a body that is taken in before anything is decided.
const SMALL: usize = 64 * 1024;

/// Takes in the body of a request that says it is small, whoever sends it.
///
/// The runtime closes a connection whose request was answered with its body unread, and a client that was
/// about to use it again sees a fault that nobody asked for. A large body waits: whoever may not send it is
/// told so without it.
///
/// # Errors
/// Too slow when it does not come in time, unreadable when it breaks off.
pub async fn take_in(ports: &(impl Clock + Secrets), request: Request) -> Result<Request, Failure> {
    if stated_length(&request).is_none_or(|length| length > SMALL) {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let bytes = whole_body(ports, Request::new(body), SMALL).await?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

fn stated_length(request: &Request) -> Option<usize> {
    text(request.headers(), header::CONTENT_LENGTH.as_str())?.parse().ok()
}

/// Finds out whether the sender of a request may make it.
///
/// # Errors
/// Unauthorized or forbidden.
pub async fn allow(ports: &impl Ports, request: &Request, scope: Option<Scope>) -> Result<Caller, Failure> {
    let Some(scope) = scope else { return Ok(Caller { subject: "anybody".to_owned(), scopes: Vec::new() }) };
    let credentials = credentials(request);
    let identify = auth::identify(ports, &credentials);
    let caller = match &credentials.bearer {
        Some(token) => auth::unless_guessed(ports, &address(request), token, identify).await?,
        None => identify.await?,
    };
    auth::take(ports, &format!("caller|{}", caller.subject), pace::CALLS).await?;
    auth::require(&caller, scope)?;
    Ok(caller)
}

/// Gives the address that a request comes from, as the platform says; empty in local development.
pub fn address(request: &Request) -> String {
    text(request.headers(), "cf-connecting-ip").unwrap_or_default()
}

fn credentials(request: &Request) -> Credentials {
    let headers = request.headers();
    Credentials {
        bearer: bearer(headers),
        session: session(request),
        assertion: assertion(headers),
        same_origin: is_same_origin(request),
        changes: !matches!(*request.method(), Method::GET | Method::HEAD),
        may_be_form: may_be_form(request),
    }
}

/// Tells whether what a request sends may be what a form sends: it does not say that it is JSON.
fn may_be_form(request: &Request) -> bool {
    match text(request.headers(), header::CONTENT_TYPE.as_str()) {
        None => stated_length(request).is_some_and(|length| length > 0),
        Some(kind) => {
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let is_json =
                |kind: &str| matches!(kind, "json" | "jsonl" | "x-ndjson") || kind.ends_with("+json");
            !kind.strip_prefix("application/").is_some_and(is_json)
        }
    }
}

/// Gives the token of `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = text(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Some(token.trim().to_owned()) } else { None }
}

/// Gives the value of the session cookie.
pub fn session(request: &Request) -> Option<String> {
    cookie(request.headers(), cookie_name(is_plain_http(request)))
}

/// Gives what Cloudflare Access says of the sender. Its header wins: a browser may hold on to an older cookie.
fn assertion(headers: &HeaderMap) -> Option<String> {
    text(headers, assertion::HEADER).or_else(|| cookie(headers, assertion::COOKIE))
}

/// Gives the value of the first cookie of this name.
fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = text(headers, header::COOKIE.as_str())?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
}

/// Tells whether the connection is not encrypted, as it is in local development.
pub fn is_plain_http(request: &Request) -> bool {
    request.uri().scheme_str() != Some("https")
}

/// Tells whether a request comes from this app's own page: the browser says so, and pages cannot change what it says.
fn is_same_origin(request: &Request) -> bool {
    let says_so = text(request.headers(), "sec-fetch-site").as_deref() == Some("same-origin");
    !is_foreign(request) && (says_so || origin(request).is_some())
}

/// Tells whether a request comes from another site's page. One that says nothing comes from no page.
pub fn is_foreign(request: &Request) -> bool {
    let site = text(request.headers(), "sec-fetch-site");
    let elsewhere = site.is_some_and(|site| !matches!(site.as_str(), "same-origin" | "none"));
    elsewhere || origin(request).is_some_and(|origin| !is_own(&origin, request))
}

fn origin(request: &Request) -> Option<String> {
    text(request.headers(), header::ORIGIN.as_str())
}

/// Tells whether an origin is the one that a request was sent to.
fn is_own(origin: &str, request: &Request) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    // Somebody on the way may write the pages that came without TLS. The other way round, TLS may have ended before.
    own_host(request).as_deref() == Some(host) && (scheme == "https" || is_plain_http(request))
}

/// Gives the host that a request was sent to, with its port where that is written.
fn own_host(request: &Request) -> Option<String> {
    let own = request.uri().authority().map(ToString::to_string);
    own.or_else(|| text(request.headers(), header::HOST.as_str()))
}

fn own_origin(request: &Request) -> String {
    let scheme = if is_plain_http(request) { "http" } else { "https" };
    format!("{scheme}://{}", own_host(request).unwrap_or_default())
}

/// Gives a header as text.
pub fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Reads a request into a call.
///
/// # Errors
/// Not found when the path holds no id; invalid or unreadable by the place of what is wrong.
pub async fn read<E: Endpoint>(ports: &(impl Clock + Secrets), incoming: Incoming) -> Result<Call<E>, Failure>
where
    E::Body: 'static,
{
    let Incoming { caller, params, request } = incoming;
    let params = params.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let path = serde_json::from_value(Value::Object(params)).map_err(|_| Failure::NotFound("page"))?;
    let query = query::read(pairs(&request)?)?;
    let idempotency_key = text(request.headers(), "idempotency-key");
    let own = own_origin(&request);
    let body = if TypeId::of::<E::Body>() == TypeId::of::<()>() {
        if E::METHOD != Verb::Get {
            check_nothing(&whole_body(ports, request, E::LARGEST).await?)?;
        }
        b"null".to_vec()
    } else {
        whole_body(ports, request, E::LARGEST).await?
    };
    Ok(Call { path, query, body: read_body(&body)?, caller, own, idempotency_key })
}

/// Gives the parameters of the query string.
pub fn pairs(request: &Request) -> Result<Vec<(String, String)>, Failure> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map_err(|error| Failure::invalid("?", format!("the query string does not read: {error}")))?;
    Ok(pairs)
}

/// Reads a body to its end.
///
/// # Errors
/// As `pieces` has them.
pub async fn whole_body(
    ports: &(impl Clock + Secrets),
    request: Request,
    largest: usize,
) -> Result<Vec<u8>, Failure> {
    let mut pieces = pin!(pieces(ports, request, largest).await?);
    let mut body = Vec::new();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(piece?.as_ref());
    }
    Ok(body)
}

/// How many times the most that a call takes are taken in and let go before it is refused.
const LET_GO: usize = 4;

/// Refuses a request that says that its body is too large, after the body was taken in and let go, within bounds: a
/// client that is still sending when its connection ends sees a fault, and not why.
async fn unless_too_large(
    ports: &(impl Clock + Secrets),
    request: Request,
    largest: usize,
) -> Result<Request, Failure> {
    let Some(length) = stated_length(&request).filter(|length| *length > largest) else { return Ok(request) };
    if length <= largest * LET_GO {
        let mut upload = Upload::of(ports, request.into_body().into_data_stream());
        while let Some(Ok(_)) = upload.next().await? {}
    }
    Err(too_large(largest))
}

/// Gives a body in the pieces in which it comes; nothing of it is held.
///
/// # Errors
/// Too large, before the first piece where the request says so, else from the piece that goes beyond. Too slow from where a
/// piece does not come in time, unreadable from where the body breaks off.
pub async fn pieces(
    ports: &(impl Clock + Secrets),
    request: Request,
    largest: usize,
) -> Result<impl Stream<Item = Result<impl AsRef<[u8]>, Failure>>, Failure> {
    let request = unless_too_large(ports, request, largest).await?;
    let upload = Upload::of(ports, request.into_body().into_data_stream());
    Ok(stream::try_unfold(upload, move |mut upload| async move {
        let Some(piece) = upload.next().await? else { return Ok(None) };
        let piece = piece.map_err(|error| Failure::Unreadable(format!("the body broke off: {error}")))?;
        if upload.bytes() > largest { Err(too_large(largest)) } else { Ok(Some((piece, upload))) }
    }))
}

fn too_large(largest: usize) -> Failure {
    let most = match largest / 1024 {
        kilobytes @ 0..1024 => format!("{kilobytes} kB"),
        kilobytes => format!("{} MB", kilobytes / 1024),
    };
    Failure::TooLarge(format!(
        "the body is larger than {most}, the most that this call takes; send less at once"
    ))
}

/// Checks the body of a call that takes none. Clients that always send one send `{}` or `null`.
fn check_nothing(bytes: &[u8]) -> Result<(), Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    match bytes.trim_ascii() {
        b"" | b"null" => Ok(()),
        bytes => read_body::<Nothing>(bytes).map(|Nothing {}| ()),
    }
}

fn read_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if bytes.trim_ascii().is_empty() {
        // Nothing is said where nothing need be said.
        let empty = || Failure::Unreadable("the body is empty; a JSON object is expected".to_owned());
        return serde_json::from_slice(b"{}").map_err(|_| empty());
    }
    // A list would be taken for the members in their order. Calls without a body read `null`.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    if !is_object && bytes != b"null" {
        check_json(bytes)?;
        return Err(Failure::invalid("", "the body must be a JSON object"));
    }
    if let Some(twice) = once::find(bytes) {
        check_json(bytes)?;
        return Err(Failure::Invalid(twice));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize::<_, T>(&mut json);
    let value = read.map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        match error.classify() {
            // What comes after the value that does not fit has not been read yet.
            Category::Data => {
                check_json(bytes).err().unwrap_or_else(|| Failure::Invalid(misfit(pointer, &error)))
            }
            Category::Io | Category::Syntax | Category::Eof => no_json(&error),
        }
    })?;
    json.end().map_err(|error| Failure::Unreadable(format!("the body goes on after its JSON: {error}")))?;
    Ok(value)
}

fn check_json(bytes: &[u8]) -> Result<(), Failure> {
    serde_json::from_slice::<IgnoredAny>(bytes).map(|_| ()).map_err(|error| no_json(&error))
}

fn no_json(error: &serde_json::Error) -> Failure {
    Failure::Unreadable(format!("the body is not JSON: {error}"))
}

/// Names the member that does not fit, where the error names it in words alone.
fn misfit(mut pointer: String, error: &serde_json::Error) -> Mistake {
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let detail = whole.strip_suffix(&place).unwrap_or(&whole);
    for start in ["missing field `", "unknown field `"] {
        let name = detail.strip_prefix(start).and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
        if let Some(name) = name.filter(|name| !pointer.ends_with(&format!("/{name}"))) {
            pointer = format!("{pointer}/{name}");
        }
    }
    Mistake::new(pointer, mistake::plain(detail))
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let parts = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::api::access::NewKey;
    use shared::api::sets::{AddItems, NewSet};
    use shared::run::NewRun;

    fn check<T: DeserializeOwned>(body: &str, expected: Expect) {
        let failure = read_body::<T>(body.as_bytes()).err();
        expected.assert_eq(&failure.map_or("it reads".to_owned(), |failure| {
            let pointer = failure.problem().errors.first().map(|mistake| mistake.pointer.clone());
            format!("{} {} {failure}", failure.status(), pointer.unwrap_or_default())
        }));
    }

    const CRITERIA: &str = r#""criteria":[{"name":"a","question":"b"}]"#;

    #[test]
    fn a_body_that_is_not_json_is_unreadable() {
        check::<NewSet>("", expect!["400  the body is empty; a JSON object is expected"]);
        check::<NewSet>(
            "{",
            expect!["400  the body is not JSON: EOF while parsing an object at line 1 column 1"],
        );
        check::<AddItems>(
            r#"{"log_ids":[]} x"#,
            expect!["400  the body goes on after its JSON: trailing characters at line 1 column 16"],
        );
        check::<NewKey>(
            r#"{"name":5,"#,
            expect!["400  the body is not JSON: EOF while parsing an object at line 1 column 10"],
        );
        check::<NewKey>(
            r#"{"name":5} x"#,
            expect!["400  the body is not JSON: trailing characters at line 1 column 12"],
        );
        check::<NewKey>(
            &"[".repeat(100_000),
            expect!["400  the body is not JSON: EOF while parsing a list at line 1 column 100000"],
        );
        check::<NewKey>(
            "tru",
            expect!["400  the body is not JSON: EOF while parsing a value at line 1 column 3"],
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_named_by_its_place() {
        check::<NewSet>(
            &format!(r#"{{"name":"n",{CRITERIA},"threshold":1.2}}"#),
            expect!["422 /threshold 1.2 is not a threshold; a threshold is from 0 to 1"],
        );
        check::<NewSet>(
            &format!(r#"{{"name":"n",{CRITERIA},"colour":1}}"#),
            expect![
                "422 /colour colour is not known here; known are name, description, criteria, scorers, threshold"
            ],
        );
        check::<NewSet>(
            r#"{"name":"n","criteria":[]}"#,
            expect![
                "422 /criteria criteria must not be empty; write at least one question about what a good response is"
            ],
        );
        check::<NewSet>(&format!("{{{CRITERIA}}}"), expect!["422 /name name is missing"]);
        check::<NewSet>(
            r#"{"name":"n","criteria":[{"name":"a","question":"b","weight":-1}]}"#,
            expect!["422 /criteria/0/weight -1 is not a weight; a weight is above 0 and at most 1000"],
        );
        check::<NewSet>(
            r#"{"name":"n","criteria":[{"name":"a","question":"b","weigth":1}]}"#,
            expect![
                "422 /criteria/0/weigth weigth is not known here; known are name, question, weight, required, kind, use_reference, anchors, checks, examples, datamark"
            ],
        );
        check::<AddItems>(
            r#"{"filter":{"featur":"x"}}"#,
            expect![[
                r#"422 /filter/featur unknown parameter "featur"; known are feature, not.feature, model, not.model, provider, not.provider, outcome, not.outcome, status, user, session, tag., not.tag., from, to, q, min_latency_ms, min_cost_usd"#
            ]],
        );
        check::<AddItems>(
            r#"{"items":[{"request":"Hi","answer":"x"}]}"#,
            expect![
                "422 /items/0/answer answer is not known here; known are request, reference, tags, feature, log_id, verified, lossy"
            ],
        );
        check::<AddItems>("{}", expect!["422  give one of log_ids, filter, items or item_ids"]);
        check::<NewRun>(
            r#"{"set_id":"s","target":{"provider":"Demo","model":"m"},"judge":{"provider":"demo","model":"judge"}}"#,
            expect![[
                r#"422 /target/provider "Demo" cannot name it; a name has 1 to 32 lower-case letters, digits or '-', and starts with a letter or digit"#
            ]],
        );
    }
}
