//! What Cloudflare Access says of whoever it let pass: a JSON Web Token, read and held against what is configured.
//!
//! Pure. Leaves out the signature, which the platform checks, and how the keys of a team are fetched. What is read here
//! is a claim until its signature is known to be right.

pub mod keys;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use shared::auth::Scope;
use shared::moment::Moment;

/// The header in which Access hands on its token.
pub const HEADER: &str = "cf-access-jwt-assertion";

/// The cookie in which it gives it to browsers.
pub const COOKIE: &str = "CF_Authorization";

/// The most bytes of a token: several times what Access writes with groups and claims of the team's own.
const LARGEST: usize = 16 * 1024;

/// The most bytes of a name: an address of e-mail has 320 at most.
const LONGEST_NAME: usize = 320;

/// How far the clocks here and there may be apart, in seconds.
const LEEWAY_S: f64 = 60.0;

/// The team before a deployment, as the operator configured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Who signs, and where its keys are: `https://team.cloudflareaccess.com`.
    origin: String,
    /// The tag of the application, which its tokens are for.
    audience: String,
    /// Who may do everything, in small letters.
    admins: Vec<String>,
}

impl Team {
    /// Reads what is configured: the team's domain, the tag of the application, and the names, with commas between them,
    /// of those who may do everything. None unless both of the first are there.
    pub fn of(domain: Option<String>, audience: Option<String>, admins: Option<String>) -> Option<Self> {
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let domain = given(domain)?;
        let domain = domain.trim_end_matches('/');
        // Without TLS it is refused when it is fetched, but for this very machine in development.
        let origin = if domain.contains("://") { domain.to_owned() } else { format!("https://{domain}") };
        let admins = given(admins).unwrap_or_default();
        let admins = admins.split(',').map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty());
        Some(Self { origin, audience: given(audience)?, admins: admins.collect() })
    }

    /// Gives where the team's keys are.
    pub fn keys_url(&self) -> String {
        format!("{}/cdn-cgi/access/certs", self.origin)
    }

    /// Gives what somebody may: everything for those who are named, else reading and running.
    pub fn scopes(&self, name: &str) -> Vec<Scope> {
        if self.admins.iter().any(|admin| admin == name) {
            vec![Scope::Admin]
        } else {
            vec![Scope::Read, Scope::Run]
        }
    }
}

/// Why a token does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("it is longer than {LARGEST} bytes")]
    TooLarge,
    #[error(
        "it must be three parts in base64url with points between them: a head with alg and kid, claims with iss, aud and exp, and a signature"
    )]
    Malformed,
    #[error("it is signed by an algorithm other than RS256, the only one that counts")]
    Algorithm,
    #[error("its issuer is not the team of ACCESS_TEAM_DOMAIN")]
    Issuer,
    #[error("it is not for the application of ACCESS_AUD")]
    Audience,
    #[error("it is over; sign in again")]
    Expired,
    #[error("it does not hold yet; one of the clocks must be wrong")]
    Early,
    #[error("it names nobody: neither email nor common_name is a name")]
    Nobody,
    #[error("the team has no key of that name")]
    Key,
    #[error("its signature is wrong")]
    Signature,
}

/// A token that would hold, if its signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion<'a> {
    /// The address of e-mail, in small letters; for a service token its common name.
    pub subject: String,
    /// The name of the key that it is signed with.
    pub key: String,
    /// What is signed.
    pub signed: &'a str,
    pub signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
    /// Extensions that must be understood: none is here.
    crit: Option<IgnoredAny>,
}

/// The claims that count; all others may be anything.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    email: Option<String>,
    common_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl<'a> Assertion<'a> {
    /// Reads a token and checks what it claims.
    ///
    /// # Errors
    /// Says why it does not count.
    pub fn read(token: &'a str, team: &Team, now: Moment) -> Result<Self, Unfit> {
        if token.len() > LARGEST {
            return Err(Unfit::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Unfit::Malformed)?;
        let (head, claims) = signed.split_once('.').ok_or(Unfit::Malformed)?;
        let head: Head = part(head)?;
        // It says itself how it is to be checked: only what we would have said counts.
        if head.alg != "RS256" {
            return Err(Unfit::Algorithm);
        }
        if head.crit.is_some() {
            return Err(Unfit::Malformed);
        }
        let claims: Claims = part(claims)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Unfit::Malformed)?;
        claims.check(team, now)?;
        Ok(Self { subject: claims.subject()?, key: head.kid, signed, signature })
    }
}

impl Claims {
    fn check(&self, team: &Team, now: Moment) -> Result<(), Unfit> {
        let now_s = now.millis() as f64 / 1000.0;
        let is_ours = match &self.aud {
            Audience::One(audience) => *audience == team.audience,
            Audience::Several(audiences) => audiences.contains(&team.audience),
        };
        if self.iss != team.origin {
            Err(Unfit::Issuer)
        } else if !is_ours {
            Err(Unfit::Audience)
        } else if now_s >= self.exp + LEEWAY_S {
            Err(Unfit::Expired)
        } else if self.nbf.is_some_and(|from| now_s < from - LEEWAY_S) {
            Err(Unfit::Early)
        } else {
            Ok(())
        }
    }

    /// Gives who it is. No name may be taken for the operator's or for that of an access key.
    fn subject(&self) -> Result<String, Unfit> {
        let email = self.email.as_deref().filter(|email| email.contains('@'));
        let name = email.or(self.common_name.as_deref()).unwrap_or_default().to_lowercase();
        let is_ours = name == "admin" || name.starts_with("key:");
        let is_name = (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(char::is_control);
        if is_name && !is_ours { Ok(name) } else { Err(Unfit::Nobody) }
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Unfit> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unfit::Malformed)?;
    // A list would be taken for the members in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Unfit::Malformed);
    }
    serde_json::from_slice(&bytes).map_err(|_| Unfit::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    /// The second at which all of these are read.
    const NOW: i64 = 1_800_000_000;

    fn team(domain: &str, admins: &str) -> Option<Team> {
        Team::of(Some(domain.to_owned()), Some("tag".to_owned()), Some(admins.to_owned()))
    }

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn check_text(token: &str, expected: Expect) {
        let team = team("acme.cloudflareaccess.com", "").expect("a team");
        let read = Assertion::read(token, &team, Moment::from_millis(NOW * 1000));
        expected.assert_eq(&match read {
            Ok(Assertion { subject, key, signature, .. }) => {
                format!("{subject} by {key}, {} bytes", signature.len())
            }
            Err(unfit) => unfit.to_string(),
        });
    }

    /// Reads a good token in which these members of head and claims are others; null takes one out.
    fn check(head: Value, claims: Value, expected: Expect) {
        let with = |mut whole: Value, changes: Value| {
            for (name, value) in changes.as_object().expect("an object") {
                let members = whole.as_object_mut().expect("an object");
                if value.is_null() { _ = members.remove(name) } else { members[name] = value.clone() }
            }
            encoded(&whole)
        };
        let good_head = json!({"alg": "RS256", "kid": "k1", "typ": "JWT", "crit": null});
        let good = json!({"iss": "https://acme.cloudflareaccess.com", "aud": ["other", "tag"], "exp": NOW + 600, "nbf": NOW - 600,
            "iat": NOW - 600, "email": "Jane@Example.com", "common_name": null, "type": "app", "sub": "7335d417", "custom": {"a": [1]}});
        check_text(&format!("{}.{}.c2lnbmVk", with(good_head, head), with(good, claims)), expected);
    }

    #[test]
    fn a_good_token_names_somebody() {
        check(json!({"crit": null}), json!({}), expect![[r#"jane@example.com by k1, 6 bytes"#]]);
        check(json!({}), json!({"aud": "tag", "nbf": null}), expect!["jane@example.com by k1, 6 bytes"]);
        check(
            json!({}),
            json!({"email": null, "common_name": "E3F1.access"}),
            expect!["e3f1.access by k1, 6 bytes"],
        );
        check(
            json!({}),
            json!({"email": "", "common_name": "e3f1.access"}),
            expect!["e3f1.access by k1, 6 bytes"],
        );
    }

    #[test]
    fn one_algorithm_counts() {
        for algorithm in ["none", "None", "HS256", "RS512", "PS256", "ES256", "rs256", ""] {
            check(
                json!({"alg": algorithm}),
                json!({}),
                expect!["it is signed by an algorithm other than RS256, the only one that counts"],
            );
        }
    }

    #[test]
    fn it_is_for_this_application_by_this_team() {
        check(
            json!({}),
            json!({"iss": "https://evil.cloudflareaccess.com"}),
            expect!["its issuer is not the team of ACCESS_TEAM_DOMAIN"],
        );
        check(
            json!({}),
            json!({"iss": "https://acme.cloudflareaccess.com/"}),
            expect!["its issuer is not the team of ACCESS_TEAM_DOMAIN"],
        );
        check(json!({}), json!({"aud": ["other"]}), expect!["it is not for the application of ACCESS_AUD"]);
        check(json!({}), json!({"aud": []}), expect!["it is not for the application of ACCESS_AUD"]);
        check(json!({}), json!({"aud": "tag2"}), expect!["it is not for the application of ACCESS_AUD"]);
    }

    #[test]
    fn it_holds_for_its_time_give_or_take_a_minute() {
        check(json!({}), json!({"exp": NOW - 59}), expect!["jane@example.com by k1, 6 bytes"]);
        check(json!({}), json!({"exp": NOW - 60}), expect!["it is over; sign in again"]);
        check(json!({}), json!({"nbf": NOW + 60}), expect!["jane@example.com by k1, 6 bytes"]);
        check(
            json!({}),
            json!({"nbf": NOW + 61}),
            expect!["it does not hold yet; one of the clocks must be wrong"],
        );
        check(
            json!({}),
            json!({"exp": null}),
            expect![
                "it must be three parts in base64url with points between them: a head with alg and kid, claims with iss, aud and exp, and a signature"
            ],
        );
    }

    #[test]
    fn nobody_takes_another_kinds_name() {
        for claims in [
            json!({"email": null}),
            json!({"email": "jane"}),
            json!({"email": "j@x\n"}),
            json!({"email": null, "common_name": "Admin"}),
            json!({"email": null, "common_name": "key:ci"}),
            json!({"email": format!("{}@example.com", "j".repeat(320))}),
        ] {
            check(json!({}), claims, expect!["it names nobody: neither email nor common_name is a name"]);
        }
    }

    #[test]
    fn what_is_no_token_is_none() {
        const MALFORMED: &str = "it must be three parts in base64url with points between them: a head with alg and kid, claims with iss, aud and exp, and a signature";
        let malformed = |token: &str| {
            let team = team("acme.cloudflareaccess.com", "").expect("a team");
            let read = Assertion::read(token, &team, Moment::from_millis(NOW * 1000));
            assert_eq!(read.map_err(|unfit| unfit.to_string()).err().as_deref(), Some(MALFORMED), "{token}");
        };
        let head = encoded(&json!({"alg": "RS256", "kid": "k1"}));
        for token in ["", ".", "..", "...", "a.b.c", "é.é.é", &head, &format!("{head}.{head}.{head}.{head}")]
        {
            malformed(token);
        }
        malformed(&format!("{head}.{}.c2ln", URL_SAFE_NO_PAD.encode("[".repeat(4000))));
        malformed(&format!(
            "{head}.{}.c2ln",
            encoded(&json!(["https://acme.cloudflareaccess.com", "tag", 9e9]))
        ));
        malformed(&format!("{head}.{}.c2ln=", encoded(&json!({}))));
        malformed(&format!("{}.{}.", encoded(&json!({"alg": "RS256"})), encoded(&json!({}))));
        check(
            json!({"crit": ["b64"]}),
            json!({}),
            expect![
                "it must be three parts in base64url with points between them: a head with alg and kid, claims with iss, aud and exp, and a signature"
            ],
        );
        check_text(&format!("{head}.{}.c2ln", "A".repeat(17_000)), expect!["it is longer than 16384 bytes"]);
    }

    #[test]
    fn a_team_needs_a_domain_and_an_application() {
        let of = |domain: &str, audience: &str| {
            let team = Team::of(Some(domain.to_owned()), Some(audience.to_owned()), None);
            team.map(|team| team.keys_url())
        };
        let keys = Some("https://acme.cloudflareaccess.com/cdn-cgi/access/certs".to_owned());
        assert_eq!(of("acme.cloudflareaccess.com", "tag"), keys);
        assert_eq!(of(" https://acme.cloudflareaccess.com/ ", "tag"), keys);
        assert_eq!([of("", "tag"), of("acme.cloudflareaccess.com", " ")], [None, None]);
        assert_eq!(Team::of(None, None, None), None);
    }

    #[test]
    fn those_who_are_named_may_do_everything() {
        let team = team("acme.cloudflareaccess.com", " Jane@Example.com,, ops@example.com ").expect("a team");
        let scopes =
            ["jane@example.com", "ops@example.com", "john@example.com", ""].map(|name| team.scopes(name));
        let others = || vec![Scope::Read, Scope::Run];
        assert_eq!(scopes, [vec![Scope::Admin], vec![Scope::Admin], others(), others()]);
    }
}
