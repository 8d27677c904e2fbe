//! Secret → the same secret, sealed as secrets are now: with a key of its own, and that with the newest key.
//!
//! The key before goes on opening what it sealed, so nothing waits for this: what belongs to somebody who is being saved is
//! sealed anew at once, and the rest by a sweep.

use crate::failure::Failure;
use crate::ports::{Journal, Random, Secrets, Sql};
use crate::store::sealed::{self, Sealed};

/// Seals anew what the newest key did not seal, or sealed without keys of their own, and notes how many secrets that were and how many are left.
///
/// # Errors
/// What the database says; what was not sealed anew opens as before.
pub async fn sweep(ports: &(impl Sql + Random + Secrets + Journal)) -> Result<(), Failure> {
    let (anew, left) = seal(ports, |_| true).await?;
    if anew > 0 {
        ports.note(&format!(
            "stored secrets: {anew} sealed anew with ENCRYPTION_KEY, {left} left that another key sealed"
        ));
    }
    Ok(())
}

/// Seals the secret of a provider or a webhook anew, if it is not sealed as secrets are now. One that cannot be is left as it is.
pub async fn one(ports: &(impl Sql + Random + Secrets), id: &str) {
    // Whatever it was saved for is done; the sweep comes by again.
    let _ = seal(ports, |secret| secret.id == id).await;
}

/// Seals some secrets anew. Gives how many, and how many of them are left.
async fn seal(
    ports: &(impl Sql + Random + Secrets),
    which: impl Fn(&Sealed) -> bool,
) -> Result<(usize, usize), Failure> {
    let Some(keyring) = ports.keyring() else { return Ok((0, 0)) };
    let mut due = sealed::all(ports).await?;
    due.retain(|secret| which(secret) && !keyring.is_newest(&secret.sealed));
    let anew = due.iter().filter_map(|secret| {
        let record = secret.record();
        let opened = keyring.open(&secret.sealed, &record).ok()?;
        Some((secret.clone(), keyring.seal(&ports.bytes(), &opened, &record).ok()?))
    });
    let anew: Vec<_> = anew.collect();
    if anew.is_empty() {
        return Ok((0, due.len()));
    }
    let replaced = sealed::replace(ports, &anew).await?;
    Ok((replaced, due.len() - replaced))
}
