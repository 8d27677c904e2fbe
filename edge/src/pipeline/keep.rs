//! Request → log or none: what is kept of a request before anything is known of its answer, and what of an answer that
//! nobody waits for any more.

use shared::id::LogId;
use shared::policy::{Leave, Mode};

use crate::gateway::head::Head;
use crate::gateway::problem::Refusal;
use crate::gateway::route::{self, Keep};
use crate::ports::{Journal, Rules};

/// Decides what is kept: what the caller wishes, else what was decided for all, of the share that is taken.
///
/// None when nobody knows what was decided. Then nothing is kept, as words that were not to be kept cannot be taken back,
/// and a log is lost.
///
/// # Errors
/// When the wish does not read.
pub async fn of(ports: &(impl Rules + Journal), head: &Head, id: &LogId) -> Result<Option<Keep>, Refusal> {
    let wish = route::keep(head)?;
    if head.get("x-assay-log").is_some() {
        return Ok(Some(wish));
    }
    let rules = match ports.rules().await {
        Ok(rules) => rules,
        Err(error) => {
            ports.note(&format!("the log {id} is lost, as nobody knows what may be kept: {error}"));
            return Ok(None);
        }
    };
    Ok(Some(match rules.log.mode {
        _ if !rules.log.takes(id) => Keep::Nothing,
        Mode::Full => Keep::Everything,
        Mode::Metadata => Keep::Metadata,
        Mode::Off => Keep::Nothing,
    }))
}

/// Decides what becomes of an answer whose caller leaves. When nobody knows what was decided, it costs no more.
pub async fn on_leave(ports: &(impl Rules + Journal)) -> Leave {
    match ports.rules().await {
        Ok(rules) => rules.log.on_leave,
        Err(error) => {
            ports.note(&format!(
                "an answer whose caller leaves is cut off, as nobody knows what was decided: {error}"
            ));
            Leave::Cancel
        }
    }
}
