//! Who is signed in, and what they may do: what somebody may not is not offered.
//!
//! Leaves out refusing it, which the service does.

use leptos::prelude::*;
use shared::api::Endpoint;
use shared::api::access::{GetSession, Session};
use shared::auth::Scope;

use super::loaded::{Load, Loaded};
use crate::wording::fault;
use crate::{api, signed_in};

/// Who is signed in; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Caller(Load<Option<Session>>);

impl Caller {
    /// Makes it known to every page, for as long as the reader is `inside`: asked for, unless the browser knows.
    pub fn provide(inside: Memo<bool>) {
        provide_context(Self(Load::new(move || {
            let inside = inside.get();
            async move {
                if !inside {
                    return Ok(None);
                }
                match signed_in::remembered() {
                    Some(session) => Ok(Some(session)),
                    None => learn().await.map(Some),
                }
            }
        })));
    }

    /// Gives whom the app knows.
    pub fn of_app() -> Self {
        // Provided before anything is shown.
        use_context().unwrap_or_else(|| Self(Load::new(|| async { Ok(None) })))
    }

    /// Gives who it is, as soon as that is known.
    pub fn get(self) -> Option<Session> {
        self.0.get()?.ok()?
    }

    /// Tells whether they may make a call, as soon as that is known.
    pub fn may<E: Endpoint>(self) -> bool {
        self.has(E::SCOPE)
    }

    /// Tells whether they may do what needs a scope, as soon as that is known.
    pub fn has(self, scope: Option<Scope>) -> bool {
        self.allows(scope) == Some(true)
    }

    /// Tells whether they may do what needs a scope; none while that is not known.
    fn allows(self, scope: Option<Scope>) -> Option<bool> {
        let session = self.get()?;
        Some(scope.is_none_or(|scope| scope.is_in(&session.scopes)))
    }
}

/// Asks who is signed in, and has the browser remember it.
///
/// # Errors
/// As every call.
pub async fn learn() -> Loaded<Session> {
    let session = api::read_from(&GetSession {}).await?;
    signed_in::remember(&session);
    Ok(session)
}

/// Shows something to whoever may make a call, as soon as that is known.
pub fn offered<E: Endpoint>(show: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    shown(E::SCOPE, true, Box::new(show))
}

/// As `offered`, to whoever has a scope.
pub fn offered_with(scope: Scope, show: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    shown(Some(scope), true, Box::new(show))
}

/// Says to whoever may not make a call why what makes it is not offered.
pub fn why_not<E: Endpoint>() -> AnyView {
    let Some(scope) = E::SCOPE else { return ().into_any() };
    shown(Some(scope), false, Box::new(move || any! { <p class="notice">{fault::beyond(scope)}</p> }))
}

fn shown(scope: Option<Scope>, to_allowed: bool, show: Box<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    let caller = Caller::of_app();
    let shown = Memo::new(move |_| caller.allows(scope) == Some(to_allowed));
    let view = move || shown.get().then(&show);
    view.into_any()
}
