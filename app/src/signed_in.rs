//! Who is signed in, as this browser remembers it: asked for once, and forgotten where somebody signs in or out.
//!
//! Leaves out what they may do (`components::caller`). What is remembered shows no more than what may be done.

use leptos::prelude::window;
use shared::api::access::Session;
use shared::json;

/// Where it is kept.
const KEY: &str = "signed-in";

/// Gives who it is, where it is known. What does not read is as if it were not there.
pub fn remembered() -> Option<Session> {
    let kept = window().local_storage().ok()??.get_item(KEY).ok()??;
    json::read(&kept).ok()
}

/// Keeps who it is. Blocked storage only means that it is asked for again.
pub fn remember(session: &Session) {
    if let Ok(Some(storage)) = window().local_storage() {
        let kept = serde_json::to_value(session).unwrap_or_default();
        _ = storage.set_item(KEY, &kept.to_string());
    }
}

/// Forgets who it was.
pub fn forget() {
    if let Ok(Some(storage)) = window().local_storage() {
        _ = storage.remove_item(KEY);
    }
}
