//! Sealing of secrets: AES-256-GCM, bound to the record that the secret belongs to.
//!
//! Each secret is sealed with a key of its own, which is drawn anew whenever it is sealed, and that key with one of the
//! ring. So a key of the ring seals nothing but 32 random bytes each time, and what one secret's own key tells, it tells of
//! no other. What is sealed names the key of the ring, so that another can take over while the one before still opens what
//! it sealed. Leaves out where the keys come from.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use shared::canonical::{digest, hex, unhex};

use crate::signature;

/// The secret cannot be sealed or opened: other sealing keys, another record, or a changed text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret cannot be sealed or opened with these keys for this record")]
pub struct Shut;

/// What must be drawn anew for each secret that is sealed: a key of its own, and a nonce for each of the two keys.
pub type Drawn = [u8; 32 + 12 + 12];

/// The keys that open what is sealed. The newest alone seals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keyring {
    pub newest: [u8; 32],
    /// The one before.
    pub older: Option<[u8; 32]>,
}

impl Keyring {
    /// Seals a secret. `record` names what the secret belongs to.
    ///
    /// # Errors
    /// When the cipher refuses, which it does only for texts of many gigabytes.
    pub fn seal(&self, drawn: &Drawn, secret: &str, record: &str) -> Result<String, Shut> {
        let (own, nonces) = drawn.split_at(32);
        let (first, second) = nonces.split_at(12);
        let own_key = close(&self.newest, first, own, &of_key(record))?;
        let text = close(own, second, secret.as_bytes(), &of_text(record))?;
        Ok(format!("v3:{}:{own_key}:{text}", name(&self.newest)))
    }

    /// Gives the keys, the newest first.
    pub fn keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// Gives keys for another use, which tell nothing of these.
    pub fn for_use(&self, word: &str) -> Self {
        let of = |key: [u8; 32]| signature::hmac(&key, word.as_bytes());
        Self { newest: of(self.newest), older: self.older.map(of) }
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// When it was sealed with neither key or for another record, or the text was changed.
    pub fn open(&self, sealed: &str, record: &str) -> Result<String, Shut> {
        let sealed = Sealed::read(sealed).ok_or(Shut)?;
        let mut fitting = self.keys().filter(|key| sealed.key.is_none_or(|named| named == name(key)));
        let opened = fitting.find_map(|key| sealed.open(key, record).ok());
        String::from_utf8(opened.ok_or(Shut)?).map_err(|_| Shut)
    }

    /// Tells whether a text says that it was sealed as secrets are now: with a key of its own, and that with the newest.
    pub fn is_newest(&self, sealed: &str) -> bool {
        let is_newest = |sealed: Sealed| sealed.own_key.is_some() && sealed.key == Some(&name(&self.newest));
        Sealed::read(sealed).is_some_and(is_newest)
    }
}

/// The parts of a sealed secret.
struct Sealed<'a> {
    /// The name of the key of the ring; none of what was sealed before there were names.
    key: Option<&'a str>,
    /// The secret's own key; none of what was sealed with the key of the ring itself.
    own_key: Option<Closed>,
    text: Closed,
}

impl<'a> Sealed<'a> {
    fn read(sealed: &'a str) -> Option<Self> {
        let (key, own_key, text) = match *sealed.split(':').collect::<Vec<_>>() {
            ["v1", nonce, text] => (None, None, [nonce, text]),
            ["v2", key, nonce, text] => (Some(key), None, [nonce, text]),
            ["v3", key, first, own_key, nonce, text] => (Some(key), Some([first, own_key]), [nonce, text]),
            _ => return None,
        };
        let own_key = match own_key {
            Some(parts) => Some(Closed::read(parts)?),
            None => None,
        };
        Some(Self { key, own_key, text: Closed::read(text)? })
    }

    fn open(&self, key: &[u8; 32], record: &str) -> Result<Vec<u8>, Shut> {
        match &self.own_key {
            None => self.text.open(key, record),
            Some(own_key) => {
                let own_key = <[u8; 32]>::try_from(own_key.open(key, &of_key(record))?).map_err(|_| Shut)?;
                self.text.open(&own_key, &of_text(record))
            }
        }
    }
}

/// Some bytes that were encrypted, as they are written down.
struct Closed {
    nonce: [u8; 12],
    bytes: Vec<u8>,
}

impl Closed {
    fn read([nonce, bytes]: [&str; 2]) -> Option<Self> {
        Some(Self { nonce: unhex(nonce)?.try_into().ok()?, bytes: unhex(bytes)? })
    }

    fn open(&self, key: &[u8; 32], bound_to: &str) -> Result<Vec<u8>, Shut> {
        let payload = Payload { msg: &self.bytes, aad: bound_to.as_bytes() };
        cipher(key).decrypt(Nonce::from_slice(&self.nonce), payload).map_err(|_| Shut)
    }
}

/// Encrypts some bytes with a key of 32 bytes and a nonce of 12, and writes them down.
fn close(key: &[u8], nonce: &[u8], bytes: &[u8], bound_to: &str) -> Result<String, Shut> {
    let payload = Payload { msg: bytes, aad: bound_to.as_bytes() };
    let closed = cipher(key).encrypt(Nonce::from_slice(nonce), payload).map_err(|_| Shut)?;
    Ok(format!("{}:{}", hex(nonce), hex(&closed)))
}

/// What a secret's own key is bound to: it is never taken for a text.
fn of_key(record: &str) -> String {
    format!("key|{record}")
}

/// What a secret's text is bound to.
fn of_text(record: &str) -> String {
    format!("text|{record}")
}

/// Names a key, and tells nothing of it: the beginning of the hash of 32 random bytes.
fn name(key: &[u8; 32]) -> String {
    hex(&digest(key)[..4])
}

fn cipher(key: &[u8]) -> Aes256Gcm {
    Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key))
}

/// Gives what people may see of a secret: its last four characters, or nothing of a short one.
pub fn hint(secret: &str) -> String {
    let length = secret.chars().count();
    if length < 12 {
        "…".to_owned()
    } else {
        format!("…{}", secret.chars().skip(length - 4).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const RECORD: &str = "provider|a|https://x";
    const DRAWN: Drawn = [2; 56];

    /// A ring of these keys: each is one byte, 32 times.
    fn ring(newest: u8, older: Option<u8>) -> Keyring {
        Keyring { newest: [newest; 32], older: older.map(|older| [older; 32]) }
    }

    /// Seals with one ring, and tells what another makes of it for this record.
    fn check(sealer: Keyring, opener: Keyring, record: &str, expected: Expect) {
        let sealed = sealer.seal(&DRAWN, "sk-secret", RECORD).expect("sealed");
        let newest = if opener.is_newest(&sealed) { "its newest" } else { "not its newest" };
        expected.assert_eq(&format!("{:?}, {newest}", opener.open(&sealed, record)));
    }

    #[test]
    fn a_secret_opens_for_its_own_record_alone() {
        check(ring(1, None), ring(1, None), RECORD, expect![[r#"Ok("sk-secret"), its newest"#]]);
        check(ring(1, None), ring(1, None), "provider|a|https://y", expect!["Err(Shut), its newest"]);
        check(ring(1, None), ring(3, None), RECORD, expect!["Err(Shut), not its newest"]);
    }

    #[test]
    fn the_key_before_still_opens_and_seals_no_more() {
        check(ring(1, None), ring(3, Some(1)), RECORD, expect![[r#"Ok("sk-secret"), not its newest"#]]);
        check(ring(3, Some(1)), ring(3, None), RECORD, expect![[r#"Ok("sk-secret"), its newest"#]]);
        check(ring(3, Some(1)), ring(1, None), RECORD, expect!["Err(Shut), not its newest"]);
    }

    /// Sealed by earlier versions, with 32 bytes 1, for the record above: before keys had names, and with the key itself.
    const EARLIER: [&str; 2] = [
        "v1:020202020202020202020202:74bde43a2f34b398a74b14aa6a18621b4ce14c546f62c1b1e5",
        "v2:72cd6e84:020202020202020202020202:74bde43a2f34b398a74b14aa6a18621b4ce14c546f62c1b1e5",
    ];

    #[test]
    fn what_earlier_versions_sealed_opens_with_either_key_and_is_not_the_newest() {
        for sealed in EARLIER {
            for ring in [ring(1, None), ring(3, Some(1))] {
                assert_eq!(ring.open(sealed, RECORD), Ok("sk-secret".to_owned()), "{sealed}");
                assert!(!ring.is_newest(sealed), "{sealed}");
            }
            assert_eq!(ring(3, None).open(sealed, RECORD), Err(Shut), "{sealed}");
            assert_eq!(ring(1, None).open(sealed, "provider|a|https://y"), Err(Shut), "{sealed}");
        }
    }

    #[test]
    fn each_secret_is_sealed_with_a_key_of_its_own() {
        let sealed = |drawn: Drawn| ring(1, None).seal(&drawn, "sk-secret", RECORD).expect("sealed");
        let (one, other) = (sealed([2; 56]), sealed([4; 56]));
        let parts = |sealed: &str| sealed.split(':').map(str::to_owned).collect::<Vec<_>>();
        let (one_parts, other_parts) = (parts(&one), parts(&other));
        // The text of one does not open with the key of another, nor a key where a text stands.
        let mixed = [&one_parts[..4], &other_parts[4..]].concat().join(":");
        let swapped = [&one_parts[..2], &one_parts[4..], &one_parts[2..4]].concat().join(":");
        let text_alone = [&["v2".to_owned()], &one_parts[1..2], &one_parts[4..]].concat().join(":");
        let key_alone = [&["v2".to_owned()], &one_parts[1..4]].concat().join(":");
        for changed in [mixed, swapped, text_alone, key_alone] {
            assert_eq!(ring(1, None).open(&changed, RECORD), Err(Shut), "{changed}");
        }
        expect!["v3:72cd6e84:020202020202020202020202:05d4cb4b4855c3ffd1cebeca5ea5c0b0a0b7d3ede9b38f73df85e2f97af9767d2156ed24d552c3d42d5bf68b1e9850e0:020202020202020202020202:1baf43f6f78e093ac0f74cd9958b62ac10914f5eb38483ba97"].assert_eq(&one);
    }

    #[test]
    fn a_text_that_was_changed_does_not_open() {
        let ring = ring(1, None);
        let sealed = ring.seal(&DRAWN, "sk-secret", RECORD).expect("sealed");
        for place in 0..sealed.len() {
            let other = if &sealed[place..=place] == "0" { "1" } else { "0" };
            let changed = format!("{}{other}{}", &sealed[..place], &sealed[place + 1..]);
            assert_eq!(ring.open(&changed, RECORD), Err(Shut), "{changed}");
        }
        for changed in [sealed.replace("v3:", "v4:"), sealed.replace("0202", "02"), String::new()] {
            assert_eq!(ring.open(&changed, RECORD), Err(Shut), "{changed}");
        }
    }

    #[test]
    fn a_hint_shows_little() {
        assert_eq!(hint("sk-0123456789abcd"), "…abcd");
        assert_eq!(hint("short"), "…");
    }
}
