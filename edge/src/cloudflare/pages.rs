//! What is neither the gateway nor the API: the files of the app, and its page for every address that is no file.
//!
//! Leaves out which page an address means: the app reads it by itself. When deployed, the platform answers files that
//! are there before it asks here.

use worker::{Env, Method, Request, RequestInit, Response, response_to_wasm, web_sys};

use crate::policy;

const BINDING: &str = "ASSETS";

/// Where the build puts files whose names change with their content.
const FILES: &str = "/assets/";

/// Answers with the file or the page at an address.
///
/// A file that is gone is not there. With the page in its place, kept for a year as the file would have been,
/// a browser that asks during a deploy would have a broken app for that long.
pub async fn answer(request: Request, env: &Env) -> worker::Result<web_sys::Response> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return missing();
    }
    let mut url = request.url()?;
    let is_file = is_file(url.path());
    if !is_file {
        url.set_path("/");
        url.set_query(None);
    }
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_headers(request.headers().clone());
    let found = env.assets(BINDING)?.fetch(url, Some(init)).await?;
    if is_file && found.status() == 404 { missing() } else { response_to_wasm(found) }
}

/// Says whether an address is one of a file: no page's has a dot.
fn is_file(path: &str) -> bool {
    path.starts_with(FILES) || path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

fn missing() -> worker::Result<web_sys::Response> {
    let missing = Response::error("there is nothing here", 404)?;
    for (name, value) in policy::HEADERS {
        missing.headers().set(name, value)?;
    }
    Ok(missing.into())
}

#[cfg(test)]
mod tests {
    use super::is_file;

    #[test]
    fn a_file_has_a_dot_in_its_name_or_is_of_the_build() {
        for (path, expected) in [
            ("/", false),
            ("/logs", false),
            ("/runs/0192f0c1-2b7e-7c3a-9d57-1f0a2b3c4d5e", false),
            ("/sample_logs.jsonl", true),
            ("/assets/app_bg-BxJtP1Ec.wasm", true),
            ("/assets/gone", true),
            ("/a.b/c", false),
        ] {
            assert_eq!(is_file(path), expected, "{path}");
        }
    }
}
