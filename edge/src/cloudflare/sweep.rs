//! What the platform's clock sets going: runs whose shards were not woken, telling webhooks what they were not told, sealing
//! secrets with the newest key, and deleting logs that have grown too old and bodies that no log has.

use worker::Env;

use super::Cloudflare;
use crate::pipeline::{deliver, reseal, retention, wake};
use crate::ports::Journal;

/// Does what is due. What goes wrong is written down; the next time takes up what is left.
pub async fn run(env: Env) {
    let ports = Cloudflare::new(env);
    if let Err(failure) = wake::sweep(&ports).await {
        ports.note(&format!("runs were not woken: {failure:?}"));
    }
    if let Err(failure) = deliver::sweep(&ports).await {
        ports.note(&format!("webhooks were not told: {failure:?}"));
    }
    if let Err(failure) = reseal::sweep(&ports).await {
        ports.note(&format!("stored secrets were not sealed anew: {failure:?}"));
    }
    if let Err(failure) = retention::sweep(&ports).await {
        ports.note(&format!("old logs were not deleted: {failure:?}"));
    }
    if let Err(failure) = retention::sweep_loose(&ports).await {
        ports.note(&format!("bodies that no log has were not deleted: {failure:?}"));
    }
}
