//! Sealing of secrets: AES-256-GCM, bound to the record that the secret belongs to.
//!
//! What is sealed names its key, so that another key can take over while the one before still opens what it sealed.
//! Leaves out where the keys come from.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use shared::canonical::{digest, hex};

/// The secret cannot be sealed or opened: other sealing keys, another record, or a changed text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret cannot be sealed or opened with these keys for this record")]
pub struct Shut;

/// The keys that open what is sealed. The newest alone seals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keyring {
    pub newest: [u8; 32],
    /// The one before.
    pub older: Option<[u8; 32]>,
}

impl Keyring {
    /// Seals a secret. `nonce` must be drawn anew each time; `record` names what the secret belongs to.
    ///
    /// # Errors
    /// When the cipher refuses, which it does only for texts of many gigabytes.
    pub fn seal(&self, nonce: &[u8; 12], secret: &str, record: &str) -> Result<String, Shut> {
        let payload = Payload { msg: secret.as_bytes(), aad: record.as_bytes() };
        let sealed = cipher(&self.newest).encrypt(Nonce::from_slice(nonce), payload).map_err(|_| Shut)?;
        Ok(format!("v2:{}:{}:{}", name(&self.newest), hex(nonce), hex(&sealed)))
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// When it was sealed with neither key or for another record, or the text was changed.
    pub fn open(&self, sealed: &str, record: &str) -> Result<String, Shut> {
        let Sealed { key: named, nonce, text } = Sealed::read(sealed).ok_or(Shut)?;
        let keys = std::iter::once(&self.newest).chain(&self.older);
        let mut fitting = keys.filter(|key| named.is_none_or(|named| named == name(key)));
        let payload = || Payload { msg: &text, aad: record.as_bytes() };
        let opened = fitting.find_map(|key| cipher(key).decrypt(Nonce::from_slice(&nonce), payload()).ok());
        String::from_utf8(opened.ok_or(Shut)?).map_err(|_| Shut)
    }

    /// Tells whether a text says that the newest key sealed it.
    pub fn is_newest(&self, sealed: &str) -> bool {
        Sealed::read(sealed).and_then(|sealed| sealed.key).is_some_and(|named| named == name(&self.newest))
    }
}

/// The parts of a sealed secret.
struct Sealed<'a> {
    /// The name of the key; none of what was sealed before there were names.
    key: Option<&'a str>,
    nonce: Vec<u8>,
    text: Vec<u8>,
}

impl<'a> Sealed<'a> {
    fn read(sealed: &'a str) -> Option<Self> {
        let (key, nonce, text) = match *sealed.split(':').collect::<Vec<_>>() {
            ["v1", nonce, text] => (None, nonce, text),
            ["v2", key, nonce, text] => (Some(key), nonce, text),
            _ => return None,
        };
        let nonce = unhex(nonce).filter(|nonce| nonce.len() == 12)?;
        Some(Self { key, nonce, text: unhex(text)? })
    }
}

/// Names a key, and tells nothing of it: the beginning of the hash of 32 random bytes.
fn name(key: &[u8; 32]) -> String {
    hex(&digest(key)[..4])
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
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

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const RECORD: &str = "provider|a|https://x";

    /// A ring of these keys: each is one byte, 32 times.
    fn ring(newest: u8, older: Option<u8>) -> Keyring {
        Keyring { newest: [newest; 32], older: older.map(|older| [older; 32]) }
    }

    /// Seals with one ring, and tells what another makes of it for this record.
    fn check(sealer: Keyring, opener: Keyring, record: &str, expected: Expect) {
        let sealed = sealer.seal(&[2; 12], "sk-secret", RECORD).expect("sealed");
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

    /// Sealed by an earlier version, with 32 bytes 1, for the record above.
    const UNNAMED: &str = "v1:020202020202020202020202:74bde43a2f34b398a74b14aa6a18621b4ce14c546f62c1b1e5";

    #[test]
    fn what_was_sealed_before_keys_had_names_opens_with_either() {
        for ring in [ring(1, None), ring(3, Some(1))] {
            assert_eq!(ring.open(UNNAMED, RECORD), Ok("sk-secret".to_owned()));
            assert!(!ring.is_newest(UNNAMED));
        }
        assert_eq!(ring(3, None).open(UNNAMED, RECORD), Err(Shut));
    }

    #[test]
    fn a_text_that_was_changed_does_not_open() {
        let ring = ring(1, None);
        let sealed = ring.seal(&[2; 12], "sk-secret", RECORD).expect("sealed");
        let (start, last) = sealed.split_at(sealed.len() - 1);
        let other = if last == "0" { "1" } else { "0" };
        for changed in [
            format!("{start}{other}"),
            sealed.replace("v2:", "v3:"),
            sealed.replace("0202", "02"),
            String::new(),
        ] {
            assert_eq!(ring.open(&changed, RECORD), Err(Shut), "{changed}");
        }
    }

    #[test]
    fn a_hint_shows_little() {
        assert_eq!(hint("sk-0123456789abcd"), "…abcd");
        assert_eq!(hint("short"), "…");
    }
}
