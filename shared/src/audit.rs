//! Who changed what with the rights of an operator, and who was refused: entries that hang together as a chain.
//!
//! Each entry carries the hash of the one before and its own, so that one that was changed, taken out or slipped in
//! later is found by whoever follows the chain. Leaves out what was sent, which may hold secrets. What no chain tells:
//! who can write to the database and knows these rules may write all of it anew. Against that helps the hash of an
//! entry that was noted elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::canonical::{self, Key};
use crate::id::{AuditId, KeyId};
use crate::moment::Moment;

/// A call that changed something, or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Its place in the chain; the first has 1, and none is left out.
    pub place: u64,
    /// The id of the request: its reply carried it as `x-request-id`.
    pub id: AuditId,
    pub created_at: Moment,
    /// `admin`, `key:` and the key's name, or whom Cloudflare Access named; `anybody` who did not show who they are.
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
    /// What came of it: 400 and above were refused.
    pub status: u16,
    /// Tells one address from another, as [`address_hash`] writes it; null where none is known.
    pub address_hash: Option<String>,
    /// The hash of the entry before; of the first, [`beginning`].
    pub previous: Key,
    /// The hash of all of the above.
    pub hash: Key,
}

impl Entry {
    /// Works out the hash that the entry must have.
    ///
    /// A member that is added to entries later must be left out here where it is null: old hashes stay as they are.
    pub fn digest(&self) -> Key {
        canonical::key(&json!({
            "place": self.place,
            "id": self.id,
            "created_at": self.created_at,
            "subject": self.subject,
            "key_id": self.key_id,
            "session": self.session,
            "method": self.method,
            "route": self.route,
            "thing": self.thing,
            "status": self.status,
            "address_hash": self.address_hash,
            "previous": self.previous,
        }))
    }

    /// Tells whether the call was refused.
    pub fn is_refusal(&self) -> bool {
        self.status >= 400
    }
}

/// Gives what the first entry carries in place of the hash of one before.
pub fn beginning() -> Key {
    canonical::key(&"the audit begins")
}

/// Writes what tells one address from another, and tells the address to nobody without `salt`: 16 hexadecimal digits.
pub fn address_hash(salt: &[u8; 32], address: &str) -> String {
    let mut hash = canonical::key(&json!(["address", canonical::hex(salt), address])).to_string();
    hash.truncate(16);
    hash
}

/// An entry by its place and hash: where a chain ends, or where it was followed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Link {
    pub place: u64,
    pub hash: Key,
}

impl Link {
    /// Gives where a chain stands before its first entry.
    pub fn before_all() -> Self {
        Self { place: 0, hash: beginning() }
    }

    /// Goes on to an entry, which must be the next.
    ///
    /// # Errors
    /// Says where the chain is broken, and how.
    pub fn follow(&self, entry: &Entry) -> Result<Self, Break> {
        let place = self.place + 1;
        if entry.place != place {
            return Err(Break { place, how: How::Missing });
        }
        if entry.previous != self.hash || entry.digest() != entry.hash {
            return Err(Break { place, how: How::Changed });
        }
        Ok(Self { place, hash: entry.hash.clone() })
    }

    /// Ends here, where the chain must end by what is noted beside it.
    ///
    /// # Errors
    /// Says that the newest entries are missing.
    pub fn end(&self, noted: Option<&Self>) -> Result<(), Break> {
        match noted {
            Some(noted) if noted != self => Err(Break { place: self.place + 1, how: How::Missing }),
            None if self.place > 0 => Err(Break { place: self.place + 1, how: How::Missing }),
            _ => Ok(()),
        }
    }
}

/// The first place at which the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Break {
    pub place: u64,
    pub how: How,
}

/// How a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The entry, or the one before it, is not as it was written.
    Changed,
    /// The entry is not there.
    Missing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A chain of three.
    fn chain() -> Vec<Entry> {
        let mut last = Link::before_all();
        let entry = |place: u64| {
            let mut entry = Entry {
                place,
                id: AuditId::try_from(format!("e{place}")).expect("an id"),
                created_at: Moment::from_millis(1_793_871_000_000 + place as i64),
                subject: "admin".to_owned(),
                key_id: None,
                session: false,
                method: "POST".to_owned(),
                route: "/api/sets".to_owned(),
                thing: Some("s".to_owned()),
                status: 201,
                address_hash: None,
                previous: last.hash.clone(),
                hash: beginning(),
            };
            entry.hash = entry.digest();
            last = Link { place, hash: entry.hash.clone() };
            entry
        };
        (1..=3).map(entry).collect()
    }

    fn check(spoil: impl FnOnce(&mut Vec<Entry>), expected: Expect) {
        let mut entries = chain();
        let head = entries.last().map(|last| Link { place: last.place, hash: last.hash.clone() });
        spoil(&mut entries);
        let followed = entries.iter().try_fold(Link::before_all(), |link, entry| link.follow(entry));
        let ended = followed.and_then(|link| link.end(head.as_ref()));
        expected.assert_eq(&match ended {
            Ok(()) => "holds".to_owned(),
            Err(Break { place, how }) => format!("{how:?} at {place}"),
        });
    }

    #[test]
    fn an_untouched_chain_holds() {
        check(|_| (), expect!["holds"]);
        assert_eq!(Link::before_all().end(None), Ok(()), "an empty one too");
    }

    #[test]
    fn what_was_changed_is_found() {
        check(|entries| entries[1].subject = "somebody".to_owned(), expect!["Changed at 2"]);
        check(|entries| entries[2].status = 403, expect!["Changed at 3"]);
        check(|entries| entries[0].created_at = Moment::from_millis(0), expect!["Changed at 1"]);
        // Its own hash was made to fit: then the next does not follow from it.
        check(
            |entries| {
                entries[1].thing = None;
                entries[1].hash = entries[1].digest();
            },
            expect!["Changed at 3"],
        );
    }

    #[test]
    fn what_was_taken_out_is_found() {
        check(|entries| _ = entries.remove(0), expect!["Missing at 1"]);
        check(|entries| _ = entries.remove(1), expect!["Missing at 2"]);
        check(|entries| _ = entries.pop(), expect!["Missing at 3"]);
        check(Vec::clear, expect!["Missing at 1"]);
    }

    #[test]
    fn the_content_of_an_entry_has_this_hash_for_ever() {
        let entries = chain();
        let hashes: Vec<_> = entries.iter().map(|entry| entry.hash.as_str()).collect();
        expect![[r#"
            591e07d984f8fda1cae6ed8e1ffe9ae3ea184f3e819a03471e015e09e9f6884a
            bdd7142f02522a24cc99012a03f2de8981eafdf38b52485f447890b8ef9607c1
            ab55c6876fbb79b97b48af90345476489de70c0bbee63312f5774e667b7f02de"#]]
        .assert_eq(&hashes.join("\n"));
    }

    #[test]
    fn addresses_are_told_apart_and_not_told() {
        let [a, b, salted] = [([1; 32], "192.0.2.1"), ([1; 32], "192.0.2.2"), ([2; 32], "192.0.2.1")]
            .map(|(salt, address)| address_hash(&salt, address));
        assert!(a != b && a != salted && a.len() == 16, "{a} {b} {salted}");
    }
}
