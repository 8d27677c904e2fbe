//! What is kept of what passes: read and changed.

use serde::{Deserialize, Serialize};

use super::endpoints;
use crate::auth::Scope;
use crate::json;
use crate::moment::Moment;
use crate::policy::{Days, Leave, Logging, Mode};
use crate::redact::{Kinds, Patterns, Redaction};
use crate::share::Share;

/// The settings of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settings {
    pub log: Logging,
    pub redaction: Redaction,
    /// What became of logs that had grown too old; null before there were any.
    pub last_retention: Option<Retention>,
}

/// How many logs have been deleted because they had grown too old.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retention {
    /// When such logs were last looked for.
    pub checked_at: Moment,
    /// When any were last found.
    pub deleted_at: Option<Moment>,
    /// How many were deleted then, and how many large bodies with them.
    pub logs: u64,
    pub bodies: u64,
    /// How many had grown too old before that pass, and how many are left after it: null where it broke off, and of a
    /// pass that is older than this. Counted by their time, so that logs that stay are not walked.
    pub before: Option<u64>,
    pub after: Option<u64>,
    /// How many were deleted in all.
    pub logs_in_all: u64,
    /// The oldest log that is there now.
    pub oldest: Option<Moment>,
}

/// Changes settings; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LoggingChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<RedactionChange>,
}

/// Changes which logs there are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoggingChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Share>,
    /// Null keeps logs for ever.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::given")]
    pub retention_days: Option<Option<Days>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_leave: Option<Leave>,
}

/// Changes what is taken out of logs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RedactionChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The kinds that are looked for from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Kinds>,
    /// The patterns that are looked for from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patterns: Option<Patterns>,
}

endpoints! {
    /// Reads what is kept of what passes.
    GetSettings {} Get "/api/settings" Some(Scope::Read), 200;
    (), () => Settings;

    /// Changes what is kept of what passes, within half a minute everywhere.
    PatchSettings {} Patch "/api/settings" Some(Scope::Admin), 200;
    (), SettingsChange => Settings;
}
