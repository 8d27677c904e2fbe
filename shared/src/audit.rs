//! Who changed what with the rights of an operator: one entry for each call that did.
//!
//! Leaves out what was sent, which may hold secrets, and calls that were refused.

use serde::{Deserialize, Serialize};

use crate::id::{AuditId, KeyId};
use crate::moment::Moment;

/// A call that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// The id of the request: its reply carried it as `x-request-id`.
    pub id: AuditId,
    pub created_at: Moment,
    /// `admin`, `key:` and the key's name, or whom Cloudflare Access named.
    pub subject: String,
    /// The access key that was shown, or that the session was opened with; null for the operator's own token, and once
    /// the call has revoked the key itself.
    pub key_id: Option<KeyId>,
    /// It came from a signed-in browser, or through Cloudflare Access.
    pub session: bool,
    pub method: String,
    /// The path of the call, its parameters in braces.
    pub route: String,
    /// The ids in the path, with a slash between them; else the id of what was made.
    pub thing: Option<String>,
    pub status: u16,
}
