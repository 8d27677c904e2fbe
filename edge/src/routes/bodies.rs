//! Writing replies: JSON, files and problems.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use crate::failure::Failure;

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
pub fn file(kind: &'static str, name: &str, text: String) -> Response<Body> {
    let mut response = with(200, kind, Body::from(text));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
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
