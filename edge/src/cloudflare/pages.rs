//! The app's own page, for every address that is no file: the app reads the address itself.

use worker::{Env, Method, Request, RequestInit, Response, response_to_wasm, web_sys};

use crate::policy;

const BINDING: &str = "ASSETS";

/// Where the build puts files whose names change with their content.
const FILES: &str = "/assets/";

/// Answers a request that no file answers.
///
/// A file that is gone is not there. With the page in its place, kept for a year as the file would have been,
/// a browser that asks during a deploy would have a broken app for that long.
pub async fn answer(request: Request, env: &Env) -> worker::Result<web_sys::Response> {
    let is_page =
        matches!(request.method(), Method::Get | Method::Head) && !request.path().starts_with(FILES);
    if !is_page {
        let missing = Response::error("there is nothing here", 404)?;
        for (name, value) in policy::HEADERS {
            missing.headers().set(name, value)?;
        }
        return Ok(missing.into());
    }
    let mut url = request.url()?;
    url.set_path("/");
    url.set_query(None);
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_headers(request.headers().clone());
    response_to_wasm(env.assets(BINDING)?.fetch(url, Some(init)).await?)
}
