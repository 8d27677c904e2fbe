//! Who calls, and whether they may. Deny by default: every route says which scope it needs.

use shared::auth::{Caller, Scope, token_hash};
use shared::canonical;

use crate::failure::Failure;
use crate::ports::{Clock, Secrets, Sql};
use crate::store::access::{self, KeyHolder};

/// What a request carries to show who sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The token of `Authorization: Bearer`.
    pub bearer: Option<String>,
    /// The value of the session cookie.
    pub session: Option<String>,
    /// The request comes from a page of this very origin, as the browser says.
    pub same_origin: bool,
    /// The request changes something.
    pub changes: bool,
}

/// Finds out who calls. A token wins over a cookie.
///
/// # Errors
/// Unauthorized without valid credentials; forbidden when a cookie comes from another site's page.
pub async fn identify(
    ports: &(impl Sql + Clock + Secrets),
    credentials: &Credentials,
) -> Result<Caller, Failure> {
    if let Some(token) = &credentials.bearer {
        return by_token(ports, token).await;
    }
    let Some(session) = &credentials.session else { return Err(Failure::Unauthorized) };
    if credentials.changes && !credentials.same_origin {
        return Err(Failure::ForeignOrigin(
            "a session changes things from this app's own pages alone: the header Origin must name this app, as a browser writes it; elsewhere send a token as \"Authorization: Bearer …\"",
        ));
    }
    let admin = admin_token(ports).map(|token| token_hash(&token));
    let found = access::session(ports, &token_hash(session), admin.as_deref(), ports.now()).await?;
    found.ok_or(Failure::Unauthorized)
}

/// Finds out who a token belongs to, the operator or an access key, and notes that the key was used.
///
/// # Errors
/// Unauthorized when the token is unknown, revoked or expired.
pub async fn by_token(ports: &(impl Sql + Clock + Secrets), token: &str) -> Result<Caller, Failure> {
    let KeyHolder { caller, unnoted } = holder(ports, token).await?;
    if let Some(key) = unnoted {
        // A use that could not be noted must not keep anybody out.
        let _ = access::note_use(ports, &key, ports.now()).await;
    }
    Ok(caller)
}

/// Finds out who a token belongs to, and leaves it to the caller to note its use.
///
/// # Errors
/// Unauthorized when the token is unknown, revoked or expired.
pub async fn holder(ports: &(impl Sql + Clock + Secrets), token: &str) -> Result<KeyHolder, Failure> {
    if is_admin(ports, token) {
        let caller = Caller { subject: "admin".to_owned(), scopes: vec![Scope::Admin] };
        return Ok(KeyHolder { caller, unnoted: None });
    }
    if !token.starts_with("asy_") {
        return Err(Failure::Unauthorized);
    }
    access::key_holder(ports, &token_hash(token), ports.now()).await?.ok_or(Failure::Unauthorized)
}

/// Compares hashes, not texts: how long it takes says nothing of the token.
fn is_admin(secrets: &impl Secrets, token: &str) -> bool {
    let digest = |text: &str| canonical::digest(text.as_bytes());
    admin_token(secrets).is_some_and(|admin| digest(&admin) == digest(token))
}

fn admin_token(secrets: &impl Secrets) -> Option<String> {
    secrets.admin_token().filter(|token| !token.is_empty())
}

/// Checks that a caller may.
///
/// # Errors
/// Forbidden when the scope is not among the caller's.
pub fn require(caller: &Caller, scope: Scope) -> Result<(), Failure> {
    if scope.is_in(&caller.scopes) { Ok(()) } else { Err(Failure::Forbidden(scope)) }
}
