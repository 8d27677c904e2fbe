//! The buckets of this instance, for all its requests, and what the platform counts for all instances.

use std::cell::RefCell;

use worker::RateLimiter;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::{JsCast, JsValue};

use super::{Cloudflare, words};
use crate::pace::{Limit, Pace};
use crate::ports::{Paced, SqlError};

thread_local! {
    static PACE: RefCell<Pace> = RefCell::default();
}

impl Paced for Cloudflare {
    fn pace<T>(&self, use_it: impl FnOnce(&mut Pace) -> T) -> T {
        PACE.with_borrow_mut(use_it)
    }

    async fn is_within(&self, limit: Limit, who: &str) -> Result<bool, SqlError> {
        let binding = match limit {
            Limit::Calls => "CALL_LOTS",
            Limit::Guesses => "GUESSES",
        };
        let broken = |why: String| SqlError::Broken(format!("{binding}: {why}"));
        let bound =
            Reflect::get(&self.env, &JsValue::from(binding)).map_err(|thrown| broken(words(&thrown)))?;
        if bound.is_undefined() {
            return Err(broken("there is no such binding".to_owned()));
        }
        let counted = RateLimiter::unchecked_from_js(bound).limit(who.to_owned()).await;
        counted.map(|counted| counted.success).map_err(|error| broken(error.to_string()))
    }
}
