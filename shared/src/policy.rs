//! What is kept of what passes: whether there is a log, of which share of requests, how long, and without what.
//!
//! Leaves out what a caller wishes for one request, which goes before the mode and the share.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::id::LogId;
use crate::redact::Redaction;
use crate::share::Share;

/// The whole policy; at first everything is logged, redacted and kept for ever.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Policy {
    pub log: Logging,
    pub redaction: Redaction,
}

/// Which logs there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Logging {
    /// What a log keeps of a request that does not say it itself.
    pub mode: Mode,
    /// The share of those requests that have a log.
    pub sample: Share,
    /// After how many days logs are deleted; never, if null.
    pub retention_days: Option<Days>,
    /// What becomes of an answer whose caller leaves before its end.
    pub on_leave: Leave,
}

impl Default for Logging {
    fn default() -> Self {
        Self { mode: Mode::Full, sample: Share::WHOLE, retention_days: None, on_leave: Leave::Cancel }
    }
}

/// What a log keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Full,
    /// Numbers and labels, no words.
    Metadata,
    /// There is no log.
    Off,
}

/// What becomes of a streamed answer whose caller has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// The provider is hung up on, and the log ends with what had come.
    Cancel,
    /// The answer is paid for and logged to its end, for as long as the platform lets a request go on without its
    /// caller.
    Finish,
}

/// How long that is, in milliseconds: of 30 s, what is left when the log is to be written within them.
pub const LINGER_MS: u64 = 25_000;

/// A number of days, from one to ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u32", into = "u32")]
pub struct Days(u32);

/// The most days.
const MOST_DAYS: u32 = 3650;

/// The number is no number of days.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("logs cannot be kept for {0} days; give 1 to {MOST_DAYS} days, or null to keep them for ever")]
pub struct NotDays(u32);

impl TryFrom<u32> for Days {
    type Error = NotDays;

    fn try_from(days: u32) -> Result<Self, NotDays> {
        if (1..=MOST_DAYS).contains(&days) { Ok(Self(days)) } else { Err(NotDays(days)) }
    }
}

impl From<Days> for u32 {
    fn from(days: Days) -> Self {
        days.0
    }
}

impl Days {
    /// Gives the milliseconds.
    pub fn millis(self) -> i64 {
        i64::from(self.0) * 24 * 60 * 60 * 1000
    }
}

impl Logging {
    /// Tells whether a request is in the share that has a log: by its id, so that the same id always is.
    pub fn takes(&self, id: &LogId) -> bool {
        let [a, b, c, d, ..] = canonical::digest(id.as_str().as_bytes());
        let place = u64::from(u32::from_be_bytes([a, b, c, d]));
        // In integers: a share of one takes all, of nothing none.
        place * 1_000_000 < u64::from(self.sample.micro()) << 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;

    fn taken(sample: f64) -> usize {
        let logging = Logging { sample: Share::try_from(sample).expect("a share"), ..Logging::default() };
        let id = |n: u16| {
            let [high, low] = n.to_be_bytes();
            LogId::make(Moment::from_millis(0), &[high, low, 0, 0, 0, 0, 0, 0, 0, 0])
        };
        (0..1000).filter(|n| logging.takes(&id(*n))).count()
    }

    #[test]
    fn a_share_of_requests_is_taken_by_their_ids() {
        assert_eq!((taken(0.0), taken(1.0)), (0, 1000));
        let tenth = taken(0.1);
        assert!((70..130).contains(&tenth), "{tenth}");
        assert_eq!(taken(0.1), tenth);
    }

    #[test]
    fn a_policy_of_which_little_is_written_reads() {
        let policy: Policy = serde_json::from_str(r#"{"log": {"mode": "metadata"}}"#).expect("a policy");
        let log = Logging { mode: Mode::Metadata, ..Logging::default() };
        assert_eq!(policy, Policy { log, redaction: Redaction::default() });
        for days in [0, 3651] {
            assert_eq!(Days::try_from(days), Err(NotDays(days)));
        }
    }
}
