//! Signatures of webhooks: the symmetric scheme of Standard Webhooks 1.0, `v1`.
//!
//! What is signed is the message's id, the second in which it is sent and the body, with full stops between them; the
//! signature is an HMAC (RFC 2104) by SHA-256, which others sign with too. Leaves out where secrets are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use shared::canonical::digest;
use shared::moment::Moment;

/// What a secret begins with when people see it.
const PREFIX: &str = "whsec_";

/// How many bytes SHA-256 takes at once.
const BLOCK: usize = 64;

/// The text holds no secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is written as {PREFIX} and base64")]
pub struct NoSecret;

/// Writes a secret as people see it.
pub fn secret(bytes: &[u8; 32]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// Gives the headers that prove a message to whoever has the secret. `id` has no full stop in it.
///
/// # Errors
/// When the secret does not read.
pub fn headers(
    secret: &str,
    id: &str,
    sent_at: Moment,
    body: &str,
) -> Result<Vec<(String, String)>, NoSecret> {
    let key = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or(NoSecret)?;
    let timestamp = sent_at.millis().div_euclid(1000).to_string();
    let mac = hmac(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    let headers = [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(mac))),
    ];
    Ok(headers.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

/// Gives the code of a message, which nobody makes without the key.
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |mask: u8, rest: &[u8]| [&block.map(|byte| byte ^ mask)[..], rest].concat();
    let inner = digest(&padded(0x36, message));
    digest(&padded(0x5c, &inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::canonical::hex;

    fn check(key: &[u8], message: &[u8], expected: Expect) {
        expected.assert_eq(&hex(&hmac(key, message)));
    }

    /// RFC 4231, test cases 1, 2, 3 and 6.
    #[test]
    fn a_code_is_that_of_the_rfc() {
        check(
            &[0x0b; 20],
            b"Hi There",
            expect!["b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
        );
        check(
            b"Jefe",
            b"what do ya want for nothing?",
            expect!["5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
        );
        check(
            &[0xaa; 20],
            &[0xdd; 50],
            expect!["773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
        );
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        check(
            &[0xaa; 131],
            long,
            expect!["60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"],
        );
    }

    /// The vector in the tests of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let sent_at = Moment::from_millis(1_614_265_330_999);
        let headers = headers(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            sent_at,
            r#"{"test": 2432232314}"#,
        );
        let lines = headers.expect("a secret").into_iter().map(|(name, value)| format!("{name}: {value}"));
        expect![[r#"
            webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek
            webhook-timestamp: 1614265330
            webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="#]]
        .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_secret_that_is_none_signs_nothing() {
        let of = |secret: &str| headers(secret, "msg_1", Moment::from_millis(0), "{}").map(|_| ());
        assert_eq!(of(&secret(&[7; 32])), Ok(()));
        for other in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?"] {
            assert_eq!(of(other), Err(NoSecret), "{other}");
        }
    }
}
