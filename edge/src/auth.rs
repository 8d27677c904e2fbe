//! Who calls, and whether they may. Deny by default: every route says which scope it needs.

use shared::auth::{Caller, Scope, is_token, token_hash};
use shared::canonical;

use crate::assertion::keys::{self, Key, Step};
use crate::assertion::{Assertion, Team, Unfit};
use crate::failure::Failure;
use crate::pace::{self, Limit, Rate, TooEarly};
use crate::ports::{Clock, Journal, Paced, Secrets, Sql, Upstream, Vouched};
use crate::store::access::{self, KeyHolder};

/// What a request carries to show who sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The token of `Authorization: Bearer`.
    pub bearer: Option<String>,
    /// The value of the session cookie.
    pub session: Option<String>,
    /// The token of Cloudflare Access, in its header or its cookie.
    pub assertion: Option<String>,
    /// The request comes from a page of this very origin, as the browser says.
    pub same_origin: bool,
    /// The request changes something.
    pub changes: bool,
    /// What it sends may be what a form sends, which any site may have a browser do.
    pub may_be_form: bool,
}

/// Finds out who calls. A token wins over a session, and a session over what Cloudflare Access says.
///
/// # Errors
/// Unauthorized without valid credentials; forbidden when what browsers send by themselves comes from another site's
/// page.
pub async fn identify(
    ports: &(impl Sql + Clock + Secrets + Journal + Upstream + Vouched),
    credentials: &Credentials,
) -> Result<Caller, Failure> {
    if let Some(token) = &credentials.bearer {
        return by_token(ports, token).await;
    }
    let assertion = credentials.assertion.as_ref().and_then(|assertion| Some((assertion, ports.team()?)));
    if credentials.session.is_none() && assertion.is_none() {
        return Err(Failure::Unauthorized);
    }
    if credentials.changes && !credentials.same_origin {
        return Err(Failure::ForeignOrigin(
            "a session changes things from this app's own pages alone: the header Origin must name this app, as a browser writes it; elsewhere send a token as \"Authorization: Bearer …\"",
        ));
    }
    if credentials.changes && credentials.may_be_form {
        return Err(Failure::ForeignOrigin(
            "a session sends JSON alone: the header Content-Type must be application/json, or application/jsonl for a file",
        ));
    }
    if let Some(session) = credentials.session.as_ref().filter(|session| is_token(session)) {
        let admin = admin_token(ports).map(|token| token_hash(&token));
        let found = access::session(ports, &token_hash(session), admin.as_deref(), ports.now()).await?;
        if let Some(caller) = found {
            return Ok(caller);
        }
    }
    match assertion {
        Some((assertion, team)) => by_assertion(ports, &team, assertion).await,
        None => Err(Failure::Unauthorized),
    }
}

/// Finds out whom Cloudflare Access let pass.
async fn by_assertion(
    ports: &(impl Clock + Journal + Upstream + Vouched),
    team: &Team,
    token: &str,
) -> Result<Caller, Failure> {
    let assertion = Assertion::read(token, team, ports.now())?;
    let key = key(ports, team, &assertion.key).await?;
    if !ports.is_signed(&key, assertion.signed.as_bytes(), &assertion.signature).await {
        return Err(Unfit::Signature.into());
    }
    Ok(Caller { scopes: team.scopes(&assertion.subject), subject: assertion.subject })
}

/// How long a team's keys may take to come.
const KEYS_DEADLINE_MS: u64 = 5_000;

/// Finds a key of a team.
async fn key(
    ports: &(impl Clock + Journal + Upstream + Vouched),
    team: &Team,
    id: &str,
) -> Result<Key, Failure> {
    loop {
        match ports.keys(|keys| keys.next(id, ports.now())) {
            Step::Take(key) => return Ok(key),
            Step::Wait(millis) => ports.sleep(millis).await,
            Step::Unknown => return Err(Unfit::Key.into()),
            Step::Unreached => {
                return Err(Failure::Unavailable(
                    "the keys of Cloudflare Access cannot be had now; try again in a moment".to_owned(),
                ));
            }
            Step::Ask => {
                let read = ask(ports, team).await;
                if let Err(why) = &read {
                    ports.note(&format!("there are no keys at {}: {why}", team.keys_url()));
                }
                ports.keys(|keys| keys.learn(read.ok(), ports.now()));
            }
        }
    }
}

/// Asks for a team's keys; says in words why there are none.
async fn ask(ports: &impl Upstream, team: &Team) -> Result<Vec<Key>, String> {
    let answer =
        ports.read_at(&team.keys_url(), KEYS_DEADLINE_MS).await.map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("the answer has status {}", answer.status));
    }
    keys::read(&answer.body).ok_or_else(|| "the answer holds no RSA key for signatures".to_owned())
}

/// Finds out by `identify` who shows a token, unless whoever comes from this address has shown too many that are nobody's.
/// `ADMIN_TOKEN` alone can be guessed, as a person chose it. Access keys cannot; and one that was revoked, asked with
/// again and again, keeps nobody else out.
///
/// # Errors
/// Too often; otherwise as `identify`.
pub async fn unless_guessed<T>(
    ports: &(impl Clock + Paced),
    address: &str,
    token: &str,
    identify: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    if is_token(token) {
        return identify.await;
    }
    unless_tried(ports, &format!("guess|{address}"), token, pace::GUESSES, identify).await
}

/// Finds out who calls, unless `who` has tried too often to be somebody: what succeeds does not count, nor what was
/// refused before.
///
/// # Errors
/// Too often; otherwise as `identify`.
pub async fn unless_tried<T>(
    ports: &(impl Clock + Paced),
    who: &str,
    token: &str,
    rate: Rate,
    identify: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let hash = token_hash(token);
    if ports.pace(|pace| pace.is_refused(&hash)) {
        return Err(Failure::Unauthorized);
    }
    // Before anything is known, since a right token must look like a wrong one then.
    ports.pace(|pace| pace.take(who, rate, ports.now()))?;
    let found = identify.await;
    match &found {
        Ok(_) => ports.pace(|pace| pace.give_back(who)),
        Err(Failure::Unauthorized) => {
            ports.pace(|pace| pace.refuse(hash));
            count(ports, Limit::Guesses, who, rate).await?;
        }
        Err(_) => {}
    }
    found
}

/// Takes one of what a caller may, and has every lot of them counted.
///
/// # Errors
/// Too early, by this instance or by all.
pub async fn take(ports: &(impl Clock + Paced), who: &str, rate: Rate) -> Result<(), TooEarly> {
    if ports.pace(|pace| pace.take_of_lot(who, rate, ports.now()))? {
        count(ports, Limit::Calls, who, rate).await?;
    }
    Ok(())
}

/// How long the platform may take to count one, in milliseconds.
const COUNT_MS: u64 = 250;

/// Has the platform count one more of `who` for all instances, and holds them up here when that is too much. Where it says
/// nothing, nobody is held up.
///
/// # Errors
/// Too early when they are over the limit.
pub async fn count(
    ports: &(impl Clock + Paced),
    limit: Limit,
    who: &str,
    rate: Rate,
) -> Result<(), TooEarly> {
    match ports.in_time(COUNT_MS, ports.is_within(limit, who)).await {
        Ok(false) => Err(ports.pace(|pace| pace.shut(who, rate, limit.period_s(), ports.now()))),
        Ok(true) | Err(_) => Ok(()),
    }
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
    if !is_token(token) {
        return Err(Failure::Unauthorized);
    }
    access::key_holder(ports, &token_hash(token), ports.now()).await?.ok_or(Failure::Unauthorized)
}

/// Compares hashes, not texts: how long it takes says nothing of the token.
fn is_admin(secrets: &impl Secrets, token: &str) -> bool {
    let digest = |text: &str| canonical::digest(text.as_bytes());
    admin_token(secrets).is_some_and(|admin| digest(&admin) == digest(token))
}

/// Gives the operator's token, if there is one.
pub fn admin_token(secrets: &impl Secrets) -> Option<String> {
    secrets.admin_token().filter(|token| !token.is_empty())
}

/// Checks that a caller may.
///
/// # Errors
/// Forbidden when the scope is not among the caller's.
pub fn require(caller: &Caller, scope: Scope) -> Result<(), Failure> {
    if scope.is_in(&caller.scopes) { Ok(()) } else { Err(Failure::Forbidden(scope)) }
}
