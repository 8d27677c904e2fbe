//! Who is signed in, and what they may do: what somebody may not is not offered.
//!
//! Leaves out refusing it, which the service does.

use shared::api::Endpoint;
use shared::api::access::{GetSession, Session};

use super::loaded::{Load, Loaded};
use crate::{api, signed_in};

/// Who is signed in; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Caller(Load<Option<Session>>);

impl Caller {
    /// Asks for it once `needed` is so, unless the browser knows.
    pub fn ask(needed: impl Fn() -> bool + 'static) -> Self {
        Self(Load::new(move || {
            let needed = needed();
            async move {
                if !needed {
                    return Ok(None);
                }
                match signed_in::remembered() {
                    Some(session) => Ok(Some(session)),
                    None => learn().await.map(Some),
                }
            }
        }))
    }

    /// Gives who it is, as soon as that is known.
    pub fn get(self) -> Option<Session> {
        self.0.get()?.ok()?
    }

    /// Tells whether they may make a call, as soon as that is known.
    pub fn may<E: Endpoint>(self) -> bool {
        let allows = |session: Session| E::SCOPE.is_none_or(|scope| scope.is_in(&session.scopes));
        self.get().is_some_and(allows)
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
