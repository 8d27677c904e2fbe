//! Names of facts: ids are text, made as UUID version 7 so that they sort by time.
//!
//! Leaves out drawing random bits: they are arguments.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// The text cannot be an id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an id; an id has 1 to 64 letters, digits, '-' or '_'")]
pub struct NotAnId(String);

/// Writes a version 7 UUID out of a time and ten random bytes.
///
/// The same arguments give the same id: an import that derives the bytes from the content of a record
/// makes the same id for the same record.
pub fn v7(at: Moment, random: &[u8; 10]) -> String {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid().to_string()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Makes a fresh id out of a time and ten random bytes.
            pub fn make(at: Moment, random: &[u8; 10]) -> Self {
                Self(v7(at, random))
            }

            /// Gives the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                let fits = (1..=64).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
                if fits { Ok(Self(text)) } else { Err(NotAnId(text)) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// Names a logged request.
    LogId
    /// Names an eval set.
    SetId
    /// Names one item of a set.
    ItemId
    /// Names a saved target.
    TargetId
    /// Names a run.
    RunId
    /// Names an entry of the audit.
    AuditId
    /// Names an access key.
    KeyId
    /// Names a provider record.
    ProviderId
    /// Names a label.
    LabelId
    /// Names a saved view.
    ViewId
    /// Names a webhook.
    WebhookId
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(id: Result<LogId, NotAnId>, expected: Expect) {
        expected.assert_eq(&id.map_or_else(|error| error.to_string(), |id| id.to_string()));
    }

    #[test]
    fn the_same_time_and_bytes_make_the_same_id() {
        let at = Moment::from_millis(1_788_224_400_000);
        check(Ok(LogId::make(at, &[7; 10])), expect!["01a05a7a-ea80-7707-8707-070707070707"]);
    }

    #[test]
    fn an_id_has_no_odd_characters() {
        check(
            LogId::try_from("a/b".to_owned()),
            expect![[r#""a/b" is not an id; an id has 1 to 64 letters, digits, '-' or '_'"#]],
        );
        check(
            LogId::try_from(String::new()),
            expect![[r#""" is not an id; an id has 1 to 64 letters, digits, '-' or '_'"#]],
        );
    }
}
