//! Sealing of secrets: AES-256-GCM, bound to the record that the secret belongs to.
//!
//! Leaves out where the sealing key comes from.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use shared::canonical::hex;

/// The secret cannot be sealed or opened: another sealing key, another record, or a changed text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret cannot be sealed or opened with this key for this record")]
pub struct Shut;

/// Seals a secret. `nonce` must be drawn anew each time; `record` names what the secret belongs to.
///
/// # Errors
/// When the cipher refuses, which it does only for texts of many gigabytes.
pub fn seal(key: &[u8; 32], nonce: &[u8; 12], secret: &str, record: &str) -> Result<String, Shut> {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
    let payload = Payload { msg: secret.as_bytes(), aad: record.as_bytes() };
    let sealed = cipher.encrypt(Nonce::from_slice(nonce), payload).map_err(|_| Shut)?;
    Ok(format!("v1:{}:{}", hex(nonce), hex(&sealed)))
}

/// Opens a sealed secret.
///
/// # Errors
/// When key or record are not those it was sealed with, or the text was changed.
pub fn open(key: &[u8; 32], sealed: &str, record: &str) -> Result<String, Shut> {
    let mut parts = sealed.split(':');
    let (Some("v1"), Some(nonce), Some(text), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Shut);
    };
    let (nonce, text) = (unhex(nonce).ok_or(Shut)?, unhex(text).ok_or(Shut)?);
    if nonce.len() != 12 {
        return Err(Shut);
    }
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
    let opened = cipher.decrypt(Nonce::from_slice(&nonce), Payload { msg: &text, aad: record.as_bytes() });
    String::from_utf8(opened.map_err(|_| Shut)?).map_err(|_| Shut)
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

    #[test]
    fn a_secret_opens_for_its_own_record_alone() {
        let sealed = seal(&[1; 32], &[2; 12], "sk-secret", "provider|a|https://x");
        let open = |key: u8, record: &str| sealed.as_deref().map(|sealed| open(&[key; 32], sealed, record));
        assert_eq!(open(1, "provider|a|https://x"), Ok(Ok("sk-secret".to_owned())));
        assert_eq!(open(1, "provider|a|https://y"), Ok(Err(Shut)));
        assert_eq!(open(3, "provider|a|https://x"), Ok(Err(Shut)));
    }

    #[test]
    fn a_hint_shows_little() {
        assert_eq!(hint("sk-0123456789abcd"), "…abcd");
        assert_eq!(hint("short"), "…");
    }
}
