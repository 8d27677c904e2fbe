//! Writing replies: JSON, files and problems.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use worker::send::SendFuture;

use crate::failure::Failure;
use crate::pipeline::export::Pages;
use crate::ports::Ports;

/// Writes a reply as JSON; 204 has no body.
pub fn reply(status: u16, value: &impl Serialize) -> Response<Body> {
    if status == 204 {
        return with(204, "", Body::empty());
    }
    match serde_json::to_vec(value) {
        Ok(json) => with(status, "application/json", Body::from(json)),
        Err(error) => problem(Failure::Internal(format!("a reply does not serialise: {error}"))),
    }
}

/// Writes a failure. It stays with the response, for whoever notes it.
pub fn problem(failure: Failure) -> Response<Body> {
    let json = serde_json::to_vec(&failure.problem()).unwrap_or_default();
    let mut response = with(failure.status(), "application/problem+json", Body::from(json));
    let after = match failure {
        Failure::TooOften(seconds) => Some(seconds),
        _ => (failure.status() == 503).then_some(5),
    };
    if let Some(seconds) = after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.extensions_mut().insert(failure);
    response
}

/// Writes a file to be saved.
pub fn file(kind: &'static str, name: &str, body: Body) -> Response<Body> {
    let mut response = with(200, kind, body);
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Writes a file to be saved that is read page by page, as it is taken.
///
/// # Errors
/// Those of the first page. Where a later one does not come, the file breaks off, and its last line says so: of a body whose
/// length nobody knew workerd writes an end also when it breaks off.
pub async fn paged<P: Ports + 'static>(
    ports: Arc<P>,
    kind: &'static str,
    name: &str,
    mut pages: impl Pages<P> + Send + 'static,
) -> Result<Response<Body>, Failure> {
    let first = next(&*ports, &mut pages).await?;
    let all = first.map(|first| Left { ports, kind, pages, then: Then::Send(first) });
    let rest = stream::unfold(all, |left| SendFuture::new(take(left)));
    Ok(file(kind, name, Body::from_stream(rest)))
}

/// What is left of a file, and what reads it.
struct Left<P, R> {
    ports: Arc<P>,
    kind: &'static str,
    pages: R,
    then: Then,
}

/// What comes next of a file.
enum Then {
    /// The page that was read.
    Send(String),
    /// Another page is to be read.
    Read,
    BreakOff(Failure),
}

/// Gives the page that was read before, and reads the one behind it only when it is asked for.
async fn take<P: Ports, R: Pages<P>>(
    left: Option<Left<P, R>>,
) -> Option<(Result<String, Failure>, Option<Left<P, R>>)> {
    let Left { ports, kind, mut pages, then } = left?;
    let (piece, then) = match then {
        Then::Send(page) => (page, Then::Read),
        Then::BreakOff(failure) => return Some((Err(failure), None)),
        Then::Read => match next(&*ports, &mut pages).await {
            Ok(page) => (page?, Then::Read),
            Err(failure) => {
                ports.note(&format!("a file breaks off: {failure:?}"));
                (broken_off(kind), Then::BreakOff(failure))
            }
        },
    };
    Some((Ok(piece), Some(Left { ports, kind, pages, then })))
}

/// Writes the last line of a file that breaks off: no row of it, in a table as in lines of JSON.
fn broken_off(kind: &str) -> String {
    let words = "the file breaks off here, and the rest of it is missing: save it again";
    if kind.starts_with("text/csv") {
        format!("\"{words}\"\r\n")
    } else {
        format!("{}\n", json!({"error": words}))
    }
}

/// Writes the next page that is not empty.
async fn next<P>(ports: &P, pages: &mut impl Pages<P>) -> Result<Option<String>, Failure> {
    loop {
        match pages.next(ports).await? {
            Some(page) if page.is_empty() => {}
            page => return Ok(page),
        }
    }
}

/// Writes a reply whose body is still to come.
pub fn stream(kind: &'static str, body: Body) -> Response<Body> {
    with(200, kind, body)
}

/// Adds a header; one whose value cannot be written is left out.
pub fn header(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
}

fn with(status: u16, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !kind.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}
