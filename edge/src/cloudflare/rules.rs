//! What may be kept, remembered by the isolate: every request that passes asks for it.

use std::sync::{Arc, Mutex, PoisonError};

use shared::policy::Policy;
use worker::js_sys::Date;

use super::Cloudflare;
use crate::ports::{Rules, SqlError};
use crate::store::settings;

/// How long it is remembered. What an isolate knows of a change made in another is as old at most.
const FRESH_MS: f64 = 30_000.0;

/// For how long nobody asks again when the database did not say.
const QUIET_MS: f64 = 1_000.0;

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

struct Known {
    policy: Arc<Policy>,
    read_at: f64,
}

fn known() -> Option<(Arc<Policy>, f64)> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().map(|known| (Arc::clone(&known.policy), Date::now() - known.read_at))
}

fn remember(known: Option<Known>) {
    *KNOWN.lock().unwrap_or_else(PoisonError::into_inner) = known;
}

impl Rules for Cloudflare {
    async fn rules(&self) -> Result<Arc<Policy>, SqlError> {
        let known = known();
        if let Some((policy, age)) = &known
            && (0.0..FRESH_MS).contains(age)
        {
            return Ok(Arc::clone(policy));
        }
        match settings::policy(self).await {
            Ok(policy) => {
                let policy = Arc::new(policy);
                remember(Some(Known { policy: Arc::clone(&policy), read_at: Date::now() }));
                Ok(policy)
            }
            // What was decided a while ago is better than nothing, and a database in trouble is not asked by every request.
            Err(error) => {
                let (policy, _) = known.ok_or(error)?;
                let read_at = Date::now() - FRESH_MS + QUIET_MS;
                remember(Some(Known { policy: Arc::clone(&policy), read_at }));
                Ok(policy)
            }
        }
    }

    fn forget_rules(&self) {
        remember(None);
    }
}
