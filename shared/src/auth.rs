//! Who may do what: scopes and tokens.
//!
//! Leaves out where tokens are kept and how they are carried.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::criteria::Name;
use crate::id::KeyId;
use crate::moment::Moment;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The gateway and the import of logs.
    Ingest,
    /// Reading everything but secrets.
    Read,
    /// Starting and steering runs, and the gate.
    Run,
    /// Everything.
    Admin,
}

impl Scope {
    /// Tells whether having these scopes allows what needs `self`. `admin` allows everything.
    pub fn is_in(self, scopes: &[Self]) -> bool {
        scopes.contains(&self) || scopes.contains(&Self::Admin)
    }

    /// Gives the word on the wire and in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Run => "run",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `admin`, `key:` and the key's name, or whom Cloudflare Access named: an address of e-mail, or the name of a
    /// service token.
    pub subject: String,
    pub scopes: Vec<Scope>,
}

/// What the token of an access key or a session begins with: whoever sees one knows whose it is.
pub const TOKEN_PREFIX: &str = "asy_";

/// How many hexadecimal digits a token is drawn with, and how many more check it.
const DRAWN: usize = 64;
const CHECKING: usize = 8;

/// Writes a token out of 32 random bytes: [`TOKEN_PREFIX`], 64 hexadecimal digits, and 8 that check them.
pub fn token(random: &[u8; 32]) -> String {
    let drawn = canonical::hex(random);
    format!("{TOKEN_PREFIX}{drawn}{}", check_digits(&drawn))
}

/// Tells whether a text can be a token at all: one that is mistyped, cut off or made up need not be looked for, and whoever
/// scans for secrets need not ask.
pub fn is_token(text: &str) -> bool {
    let digits = text.strip_prefix(TOKEN_PREFIX).and_then(|digits| digits.split_at_checked(DRAWN));
    digits.is_some_and(|(drawn, checking)| check_digits(drawn) == checking)
}

/// The first digits of the SHA-256 of what was drawn.
fn check_digits(drawn: &str) -> String {
    let mut digest = canonical::hex(&canonical::digest(drawn.as_bytes()));
    digest.truncate(CHECKING);
    digest
}

/// Gives what is stored of a token. It has 256 random bits, so a plain hash cannot be turned around.
pub fn token_hash(token: &str) -> String {
    canonical::hex(&canonical::digest(token.as_bytes()))
}

/// An access key as lists show it: without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessKey {
    pub id: KeyId,
    pub name: Name,
    pub scopes: Vec<Scope>,
    pub created_at: Moment,
    pub expires_at: Option<Moment>,
    pub last_used_at: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(scopes: &[Scope], expected: Expect) {
        let all = [Scope::Ingest, Scope::Read, Scope::Run, Scope::Admin];
        let allowed: Vec<_> = all.into_iter().filter(|scope| scope.is_in(scopes)).map(Scope::word).collect();
        expected.assert_eq(&allowed.join(" "));
    }

    #[test]
    fn only_admin_allows_more_than_it_says() {
        check(&[Scope::Read], expect!["read"]);
        check(&[Scope::Run, Scope::Ingest], expect!["ingest run"]);
        check(&[Scope::Admin], expect!["ingest read run admin"]);
        check(&[], expect![""]);
    }

    #[test]
    fn a_token_is_stored_as_its_hash() {
        let token = token(&[1; 32]);
        assert_eq!(token.len(), 76);
        assert_ne!(token_hash(&token), token);
    }

    #[test]
    fn what_was_not_written_here_is_no_token() {
        let token = token(&[1; 32]);
        assert!(is_token(&token));
        let mistyped = token.replacen('1', "7", 1);
        let longer = format!("{token}0");
        let others = ["", "asy_", "asy_unknown", "asy_é", &token[..68], &token[4..], &mistyped, &longer];
        assert_eq!(others.into_iter().filter(|text| is_token(text)).collect::<Vec<_>>(), Vec::<&str>::new());
        assert!(!is_token(&format!("asy_{}", "é".repeat(36))), "not between the bytes of a letter");
    }
}
