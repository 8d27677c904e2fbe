//! What is loaded before it is shown: while it loads, when it failed, when it is there.
//!
//! Replies of every type share one machinery: the code for each kind of reply alone would be a large part of
//! the program.

use std::any::Any;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;

use super::fault::fault;
use crate::api::CallError;

/// What a call came to.
pub type Loaded<T> = Result<T, CallError>;

/// A reply of any type.
type AnyReply = Arc<dyn Any + Send + Sync>;
type Fetching = Pin<Box<dyn Future<Output = Loaded<AnyReply>>>>;

/// A reply that is loaded, and loaded again when what it was asked by changes.
pub struct Load<T> {
    any: LocalResource<Loaded<AnyReply>>,
    kind: PhantomData<fn() -> T>,
}

/// Copies whatever the reply is: it is a handle.
impl<T> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Load<T> {}

impl<T: Clone + Send + Sync + 'static> Load<T> {
    /// Loads what `fetch` gives; again when a signal that it reads before it waits changes.
    pub fn new<Fut>(fetch: impl Fn() -> Fut + 'static) -> Self
    where
        Fut: Future<Output = Loaded<T>> + 'static,
    {
        let fetch = move || -> Fetching {
            let reply = fetch();
            Box::pin(async move { reply.await.map(|reply| Arc::new(reply) as AnyReply) })
        };
        Self { any: start(Box::new(fetch)), kind: PhantomData }
    }

    /// Gives the reply once it is there; what was there before stays while it loads again.
    pub fn get(self) -> Option<Loaded<T>> {
        self.any.get().and_then(|reply| match reply {
            Ok(reply) => reply.downcast_ref::<T>().cloned().map(Ok),
            Err(error) => Some(Err(error)),
        })
    }

    /// Loads it again.
    pub fn refetch(self) {
        self.any.refetch();
    }
}

fn start(fetch: Box<dyn Fn() -> Fetching>) -> LocalResource<Loaded<AnyReply>> {
    LocalResource::new(fetch)
}

/// Shows a reply once it is there.
pub fn loaded<T: Clone + Send + Sync + 'static>(
    load: Load<T>,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let show = move |reply: &AnyReply| reply.downcast_ref::<T>().cloned().map(&show).into_any();
    draw(load.any, Box::new(show))
}

fn draw(
    any: LocalResource<Loaded<AnyReply>>,
    show: Box<dyn Fn(&AnyReply) -> AnyView + Send + Sync>,
) -> AnyView {
    let retry = Callback::new(move |()| any.refetch());
    let shown = move || {
        any.get().map(|reply| match reply {
            Ok(reply) => show(&reply),
            Err(error) => fault(&error, Some(retry)),
        })
    };
    view! { <Transition fallback=loading>{shown}</Transition> }.into_any()
}

/// Says that something is loading; appears only when it takes a while.
pub fn loading() -> AnyView {
    view! {
        <p class="loading" role="status">
            "Loading…"
        </p>
    }
    .into_any()
}
