//! What the platform's clock sets going: deleting logs that have grown too old.

use worker::Env;

use super::Cloudflare;
use crate::pipeline::retention;
use crate::ports::Journal;

/// Deletes what is due. What goes wrong is written down; the next time takes up what is left.
pub async fn run(env: Env) {
    let ports = Cloudflare::new(env);
    if let Err(failure) = retention::sweep(&ports).await {
        ports.note(&format!("old logs were not deleted: {failure:?}"));
    }
}
