//! Waking the shards of runs, each a Durable Object of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared::id::RunId;
use worker::Env;

use super::ledger::Calls;
use super::{Cloudflare, clock};
use crate::ports::{Random, Schedule, SqlError};

const BINDING: &str = "SHARDS";

/// How often a shard is called that does not hear.
const TRIES: u32 = 3;

impl Schedule for Cloudflare {
    async fn wake(&self, run: &RunId, shard: u32) -> Result<(), SqlError> {
        let mut tried = 1;
        loop {
            let Err(error) = self.call(run, shard).await else { return Ok(()) };
            if tried == TRIES {
                return Err(SqlError::Busy(format!("{BINDING}: {error}")));
            }
            let [jitter] = self.bytes();
            clock::delay(u64::from(jitter) * u64::from(tried)).await;
            tried += 1;
        }
    }

    fn was_woken(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }
}

impl Cloudflare {
    /// Takes the bindings for a slice of a shard, which is told by `woken` that it was woken, and counts its calls.
    pub(super) fn of_shard(env: Env, woken: Arc<AtomicBool>, calls: Arc<Calls>) -> Self {
        Self { woken, calls, ..Self::new(env) }
    }

    async fn call(&self, run: &RunId, shard: u32) -> worker::Result<()> {
        let object = self.env.durable_object(BINDING)?.get_by_name(&format!("{run}:{shard}"))?;
        // The host means nothing: the call goes to this very object.
        let reply = object.fetch_with_str(&format!("https://shard/wake?run={run}&shard={shard}")).await?;
        match reply.status_code() {
            200..=299 => Ok(()),
            status => Err(worker::Error::RustError(format!("the shard answered {status}"))),
        }
    }
}
