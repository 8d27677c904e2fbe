//! What the items of a run say: the texts that topics and neighbours are found in.
//!
//! Apart from the scores, which never carry texts: only who asks what failures have in common reads these.

use serde::{Deserialize, Serialize};

use crate::id::ItemId;

/// The most items whose texts are read: of a larger run a random sample, which is the same each time.
pub const MOST: u32 = 2_000;
/// The most characters of what is said against one response.
pub const LONGEST: usize = 1_000;

/// The texts of a run as columns: the n-th entry of each is the n-th item's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Texts {
    pub items: Vec<ItemId>,
    /// The head of what the user says last, at most 200 characters.
    pub requests: Vec<String>,
    /// What the judge says against the new response, with what it quotes, at most 1,000 characters; none of an
    /// item that passes or has no score.
    pub said: Vec<Option<String>>,
    /// How many items of the run have an outcome. When that is more than there are here, these are a random
    /// sample of them.
    pub outcomes: u64,
}

/// Joins what was said, as far as there is room for it.
pub fn join(said: impl Iterator<Item = String>) -> String {
    let parts: Vec<_> = said.filter(|said| !said.is_empty()).collect();
    parts.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_joined_as_far_as_there_is_room() {
        let join = |parts: &[&str]| join(parts.iter().map(|part| (*part).to_owned()));
        assert_eq!(join(&[]), "");
        assert_eq!(join(&["Wrong.", "", "Late."]), "Wrong. Late.");
        assert_eq!(join(&["é".repeat(LONGEST).as_str(), "x"]).chars().count(), LONGEST);
    }
}
