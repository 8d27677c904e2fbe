//! A shard of a run: an object whose alarm takes one turn after the other.
//!
//! It holds nothing but which run and shard it is, and how many of its slices were lost. What the run has come to is in the
//! database, so a shard may end at any point and begin again.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{Either, select, try_join};
use serde::{Deserialize, Serialize};
use shared::id::RunId;
use shared::moment::Moment;
use worker::js_sys::Date;
use worker::wasm_bindgen::JsValue;
use worker::{DurableObject, Env, Request, Response, ScheduledTime, State, durable_object};

use super::Cloudflare;
use super::ledger::Calls;
use crate::pipeline::turn;
use crate::ports::{Alarm, Losses, Unarmed};

/// Where the object keeps what it works on.
const KEY: &str = "work";

/// Where it keeps how many of its slices were lost in a row.
const LOSSES: &str = "losses";

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

    /// Takes a turn.
    async fn alarm(&self) -> worker::Result<Response> {
        self.turn().await.map_err(|error| worker::Error::RustError(error.to_string()))?;
        Response::empty()
    }
}

impl RunShard {
    async fn turn(&self) -> Result<(), Unarmed> {
        let begun = try_join(self.work(), self.calls()).await;
        let calls = begun.as_ref().map(|(_, calls)| Arc::clone(calls)).unwrap_or_default();
        let ports = Cloudflare::of_shard(self.env.clone(), Arc::clone(&self.woken), Arc::clone(&calls));
        let work = match begun {
            Ok((Some(work), _)) => work,
            Ok((None, _)) => return Ok(()),
            Err(error) => return turn::later(&ports, &self.state, &error).await,
        };
        self.woken.store(false, Ordering::Relaxed);
        let turn = pin!(turn::turn(&ports, &self.state, &work.run, work.shard));
        match select(turn, pin!(calls.keep(&self.state))).await {
            Either::Left((ended, _)) => ended,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn work(&self) -> Result<Option<Work>, Unarmed> {
        self.state.storage().get(KEY).await.map_err(unheard)
    }

    async fn calls(&self) -> Result<Arc<Calls>, Unarmed> {
        Calls::of(&self.state).await.map(Arc::new).map_err(unheard)
    }
}

impl Alarm for State {
    async fn alarm(&self) -> Result<Option<Moment>, Unarmed> {
        Ok(self.storage().get_alarm().await.map_err(unheard)?.map(Moment::from_millis))
    }

    async fn set_alarm(&self, at: Moment) -> Result<(), Unarmed> {
        let at = ScheduledTime::new(Date::new(&JsValue::from_f64(at.millis() as f64)));
        self.storage().set_alarm(at).await.map_err(unheard)
    }

    async fn delete_alarm(&self) -> Result<(), Unarmed> {
        self.storage().delete_alarm().await.map_err(unheard)
    }
}

impl Losses for State {
    async fn losses(&self) -> Result<u32, Unarmed> {
        Ok(self.storage().get(LOSSES).await.map_err(unheard)?.unwrap_or(0))
    }

    async fn keep_losses(&self, losses: u32) -> Result<(), Unarmed> {
        self.storage().put(LOSSES, losses).await.map_err(unheard)
    }
}

fn unheard(error: worker::Error) -> Unarmed {
    Unarmed(error.to_string())
}
