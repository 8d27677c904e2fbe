//! What is loaded before it is shown: while it loads, when it failed, when it is there.
//!
//! What failed on the way is loaded again by itself once there is a way; so only what may be asked twice is loaded.
//! Whoever tries again means all of the page that failed.
//! Replies of every type share one machinery. It does what the reactive library's resources do, in a tenth of
//! their code: the app needs no server rendering and no hydration.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::connection::Connection;
use super::fault::fault;
use super::focus;
use crate::api::CallError;
use crate::cell::{AnyValue, Cell, cast};
use crate::wording::connection::is_of_the_way;

/// What a call came to.
pub type Loaded<T> = Result<T, CallError>;

type Fetching = Pin<Box<dyn Future<Output = Loaded<AnyValue>>>>;

/// A reply that is loaded, and loaded again when what it was asked by changes.
pub struct Load<T> {
    any: AnyLoad,
    kind: PhantomData<fn() -> T>,
}

/// Copies whatever the reply is: it is a handle.
impl<T> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Load<T> {}

#[derive(Clone, Copy)]
struct AnyLoad {
    connection: Connection,
    reply: Cell<Option<Loaded<AnyValue>>>,
    /// Counts how often it was asked to load again.
    again: Cell<u32>,
}

impl<T: Clone + Send + Sync + 'static> Load<T> {
    /// Loads what `fetch` gives; again when a signal that it reads before it waits changes.
    pub fn new<Fut>(fetch: impl Fn() -> Fut + 'static) -> Self
    where
        Fut: Future<Output = Loaded<T>> + 'static,
    {
        let fetch = move || -> Fetching {
            let reply = fetch();
            Box::pin(async move { reply.await.map(|reply| Arc::new(reply) as AnyValue) })
        };
        Self { any: AnyLoad::start(Box::new(fetch)), kind: PhantomData }
    }

    /// Gives the reply once it is there; what was there before stays while it loads again.
    pub fn get(self) -> Option<Loaded<T>> {
        self.any.reply.get().map(|reply| reply.map(|reply| cast::<T>(&reply).clone()))
    }

    /// Loads it again.
    pub fn refetch(self) {
        self.any.refetch();
    }

    /// Gives what loads all of the page that failed once more.
    pub fn retry(self) -> Callback<()> {
        self.any.retry()
    }

    /// Loads it again whenever the reader comes back after a while.
    #[must_use]
    pub fn fresh(self) -> Self {
        self.any.connection.on_wake(move || self.refetch());
        self
    }
}

impl AnyLoad {
    fn start(fetch: Box<dyn Fn() -> Fetching>) -> Self {
        let connection = Connection::of_app();
        let load = Self { connection, reply: Cell::new(None), again: Cell::new(0) };
        connection.on_return(move || {
            if load.reply.with(|reply| matches!(reply, Some(Err(error)) if is_of_the_way(&error.fault))) {
                load.refetch();
            }
        });
        connection.on_retry(move || {
            if load.reply.with(|reply| matches!(reply, Some(Err(_)))) {
                load.refetch();
            }
        });
        // Only the reply to the last request counts: an earlier one may come later.
        let turn = StoredValue::new(0_u32);
        Effect::new(move || {
            load.again.get();
            let fetching = fetch();
            let mine = turn.try_get_value().unwrap_or_default() + 1;
            turn.set_value(mine);
            spawn_local(async move {
                let reply = fetching.await;
                if let Err(error) = &reply {
                    connection.failed(&error.fault);
                }
                if turn.try_get_value() == Some(mine) {
                    load.reply.set(Some(reply));
                }
            });
        });
        load
    }

    fn refetch(self) {
        self.again.update(|again| *again += 1);
    }

    fn retry(self) -> Callback<()> {
        Callback::new(move |()| self.connection.retry())
    }
}

/// Shows a reply once it is there.
pub fn loaded<T: Clone + Send + Sync + 'static>(
    load: Load<T>,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    draw(load.any, Box::new(move |reply| show(cast::<T>(reply).clone())))
}

fn draw(load: AnyLoad, show: Box<dyn Fn(&AnyValue) -> AnyView + Send + Sync>) -> AnyView {
    let retry = load.retry();
    let shown = move || {
        focus::keep();
        load.reply.get().map_or_else(loading, |reply| match reply {
            Ok(reply) => show(&reply),
            Err(error) => fault(&error, Some(retry)),
        })
    };
    shown.into_any()
}

/// Says that something is loading; appears only when it takes a while.
pub fn loading() -> AnyView {
    any! {
        <p class="loading" role="status">
            "Loading…"
        </p>
    }
}
