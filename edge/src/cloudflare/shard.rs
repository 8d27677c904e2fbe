//! A shard of a run: an object whose alarm takes one slice after the other.
//!
//! It holds nothing but which run and shard it is. What the run has come to is in the database, so a shard
//! may end at any point and begin again.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{Either, select};
use serde::{Deserialize, Serialize};
use shared::id::RunId;
use shared::moment::Moment;
use worker::js_sys::Date;
use worker::wasm_bindgen::JsValue;
use worker::{DurableObject, Env, Request, Response, ScheduledTime, State, console_error, durable_object};

use super::Cloudflare;
use super::ledger::Calls;
use crate::pipeline::step::{self, Next};
use crate::ports::Clock;

/// Where the object keeps what it works on.
const KEY: &str = "work";

/// When a slice is taken again that ended without a word: its instance was lost. A slice may take longer: the
/// platform holds an alarm back while the one before is at work. A restart waits for it, so it is short.
const LOST_AFTER_MS: i64 = 1_000;

/// When the alarm comes again after it could not do its work.
const FAILED_AFTER_MS: i64 = 5_000;

/// What a shard works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Work {
    run: RunId,
    shard: u32,
}

/// The object of one shard.
#[durable_object(alarm)]
#[derive(Debug)]
pub struct RunShard {
    state: State,
    env: Env,
    /// It was woken since its slice began, which is to look up why before it begins anything.
    woken: Arc<AtomicBool>,
}

impl DurableObject for RunShard {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, woken: Arc::default() }
    }

    /// Takes `/wake?run=…&shard=…`: the alarm comes at once. Safe to repeat.
    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let Ok(work) = request.query::<Work>() else {
            return Response::error("which run, which shard?", 400);
        };
        let storage = self.state.storage();
        self.woken.store(true, Ordering::Relaxed);
        storage.put(KEY, work).await?;
        storage.set_alarm(0).await?;
        Response::empty()
    }

    /// Takes a slice and arms itself for the next. An alarm that fails is dropped after six times, so this
    /// one never does.
    async fn alarm(&self) -> worker::Result<Response> {
        if let Err(error) = self.slice().await {
            console_error!("a shard's alarm failed and comes again: {error}");
            if let Err(error) = self.state.storage().set_alarm(FAILED_AFTER_MS).await {
                console_error!("a shard's alarm cannot be set: {error}");
                return Err(error);
            }
        }
        Response::empty()
    }
}

impl RunShard {
    async fn slice(&self) -> worker::Result<()> {
        let storage = self.state.storage();
        let Some(work) = storage.get::<Work>(KEY).await? else { return Ok(()) };
        let calls = Arc::new(Calls::of(&self.state).await?);
        let ports = Cloudflare::of_shard(self.env.clone(), Arc::clone(&self.woken), Arc::clone(&calls));
        self.woken.store(false, Ordering::Relaxed);
        // Armed before the work: if this instance is lost in the middle of it, the next begins here.
        let guard = ports.now().plus(LOST_AFTER_MS);
        storage.set_alarm(at(guard)).await?;
        let step = pin!(step::step(&ports, &work.run, work.shard));
        let next = match select(step, pin!(calls.keep(&self.state))).await {
            Either::Left((next, _)) => next,
            Either::Right((never, _)) => match never {},
        };
        if storage.get_alarm().await? != Some(guard.millis()) {
            return Ok(()); // It was woken meanwhile, and that alarm is sooner than any that would be set here.
        }
        match next {
            Next::Again => storage.set_alarm(0).await,
            Next::At(moment) => storage.set_alarm(at(moment)).await,
            Next::Stop => storage.delete_alarm().await,
        }
    }
}

fn at(moment: Moment) -> ScheduledTime {
    ScheduledTime::new(Date::new(&JsValue::from_f64(moment.millis() as f64)))
}
