//! Writing replies: JSON, files and problems.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use futures_util::stream;
use serde::Serialize;
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
/// Those of the first page. Where a later one does not come, the file breaks off: it never ends as if it were whole.
pub async fn paged<P: Ports + 'static>(
    ports: Arc<P>,
    kind: &'static str,
    name: &str,
    mut pages: impl Pages<P> + Send + 'static,
) -> Result<Response<Body>, Failure> {
    let first = next(&*ports, &mut pages).await?;
    let all = first.map(|first| (ports, pages, Some(first)));
    let rest = stream::unfold(all, |left| SendFuture::new(take(left)));
    Ok(file(kind, name, Body::from_stream(rest)))
}

/// What is left of a file: what reads it, and the page to be sent; none at its end.
type Left<P, R> = Option<(Arc<P>, R, Option<String>)>;

/// Gives the page that was read before, and reads the one behind it only when it is asked for.
async fn take<P: Ports, R: Pages<P>>(left: Left<P, R>) -> Option<(Result<String, Failure>, Left<P, R>)> {
    let (ports, mut pages, first) = left?;
    let page = match first {
        Some(page) => Ok(Some(page)),
        None => next(&*ports, &mut pages).await,
    };
    match page {
        Ok(page) => page.map(|page| (Ok(page), Some((ports, pages, None)))),
        Err(failure) => {
            ports.note(&format!("a file breaks off: {failure:?}"));
            Some((Err(failure), None))
        }
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
