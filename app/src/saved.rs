//! Files that the app writes and the browser saves.

use leptos::prelude::document;
use leptos::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::{JsError, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Hands a file to the browser, which saves it where the reader's files go.
///
/// # Errors
/// When the browser has no room for it.
pub fn save(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let bag = BlobPropertyBag::new();
    bag.set_type(kind);
    let file = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &bag)?;
    let href = Url::create_object_url_with_blob(&file)?;
    let link = document().create_element("a")?;
    let link: HtmlAnchorElement = link.dyn_into().map_err(|_| JsError::new("a link is one"))?;
    link.set_href(&href);
    link.set_download(name);
    link.click();
    // The browser has taken the file by now: the click asked for it.
    Url::revoke_object_url(&href)
}
