//! Who comes in, who pays, and what of a request's head is ours alone.
//!
//! No secret of Assay's may reach a provider, wherever in the head it stands and however it is written there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use shared::auth::TOKEN_PREFIX;
use shared::chat::wire::Wire;

use super::head::Head;
use super::problem::Refusal;
use crate::store::provider::Reach;
use crate::upstream::address;

/// What passes of a query, by its name: many of `Anthropic`'s clients mark beta calls there, and some providers have their
/// version in it. The rest stays behind, as headers do that are not on a list: a query can say anything to a provider, and
/// it may be the stored key that pays.
const QUERY: [&str; 2] = ["beta", "api-version"];

/// The longest value that passes, in bytes.
const LONGEST_VALUE: usize = 100;

/// The headers in which a caller shows a provider who pays.
const PAYS: [&str; 2] = ["authorization", "x-api-key"];

/// How the caller shows who it is, and who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The Assay token.
    pub token: String,
    /// The operator's token, if there is one.
    admin: Option<String>,
    /// The caller's own headers that show the provider who pays; without any the stored key is used.
    own: Vec<(String, String)>,
}

impl Credentials {
    /// Reads the credentials: the token of `x-assay-key`, else the bearer, else of `x-api-key`.
    ///
    /// # Errors
    /// When there is no token.
    pub fn of(head: &Head, admin: Option<String>) -> Result<Self, Refusal> {
        let bearer = head.get("authorization").and_then(bearer);
        let ours = head.get("x-assay-key");
        let token = ours.or(bearer).or(head.get("x-api-key")).ok_or(Refusal::NoToken)?;
        let mut read = Self { token: token.to_owned(), admin, own: Vec::new() };
        if ours.is_some() {
            let shown = PAYS.into_iter().filter_map(|name| Some((name, head.get(name)?)));
            let own = shown.filter(|(_, value)| !read.is_ours(value));
            read.own = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        }
        Ok(read)
    }

    /// Tells whether a text holds a secret of Assay's: this token, any that begins as ours do, or the operator's; as it is,
    /// or packed as a name with a password is.
    pub fn is_ours(&self, text: &str) -> bool {
        let packed = text.split(is_between).filter_map(unpacked);
        packed.chain([text.to_owned()]).any(|text| self.holds(&text))
    }

    fn holds(&self, text: &str) -> bool {
        let secrets = [Some(&self.token), self.admin.as_ref()];
        text.split(|sign| !is_of_word(sign)).any(|word| word.starts_with(TOKEN_PREFIX))
            || secrets.into_iter().flatten().any(|secret| stands_in(text, secret))
    }

    /// Gives what of the caller's query goes along, with its question mark: what is on the list, and nothing of ours.
    pub fn query(&self, query: Option<&str>) -> String {
        let mut kept = String::new();
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(value) = address::read_part(&value.replace('+', " ")) else { continue };
            if !QUERY.contains(&name) || self.is_ours(&value) || value.len() > LONGEST_VALUE {
                continue;
            }
            kept.push(if kept.is_empty() { '?' } else { '&' });
            kept.push_str(&format!("{name}={}", address::part(&value)));
        }
        kept
    }

    /// Gives the headers that show the provider who pays.
    pub fn pay(&self, reach: &Reach, wire: Wire) -> Vec<(String, String)> {
        if self.own.is_empty() { reach.key_headers(wire) } else { self.own.clone() }
    }
}

/// The fewest characters of a secret: what is shorter stands in other words, too.
const SHORTEST_SECRET: usize = 6;

/// Gives the secrets of headers that show who pays, without the word for how they are shown.
pub fn secrets(paying: &[(String, String)]) -> Vec<String> {
    let shown = paying
        .iter()
        .map(|(_, value)| value.split_once(' ').map_or(value.as_str(), |(_, secret)| secret.trim()));
    shown.filter(|secret| secret.len() >= SHORTEST_SECRET).map(str::to_owned).collect()
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

/// Tells a sign that may stand in a token from one that ends it.
fn is_of_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_')
}

/// Tells a sign that is not of base64, in either alphabet.
fn is_between(sign: char) -> bool {
    !is_of_word(sign) && !matches!(sign, '+' | '/')
}

/// Reads base64, in either alphabet; none of what is no text.
fn unpacked(packed: &str) -> Option<String> {
    let packed = packed.replace('-', "+").replace('_', "/");
    String::from_utf8(STANDARD_NO_PAD.decode(packed).ok()?).ok()
}

/// Tells whether a secret stands in a text by itself: one that is short may well be a part of another word.
fn stands_in(text: &str, secret: &str) -> bool {
    let is_alone = |(start, found): (usize, &str)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    };
    !secret.is_empty() && text.match_indices(secret).any(is_alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const ADMIN: &str = "open.sesame";

    fn of(head: &str) -> Result<Credentials, Refusal> {
        Credentials::of(&Head::of(head), Some(ADMIN.to_owned()))
    }

    fn check(head: &str, expected: Expect) {
        expected.assert_eq(&of(head).map_or_else(
            |refusal| refusal.code().to_owned(),
            |credentials| format!("{} own={:?}", credentials.token, credentials.own),
        ));
    }

    #[test]
    fn the_token_is_taken_from_our_header_first() {
        check("authorization: Bearer asy_1", expect!["asy_1 own=[]"]);
        check("authorization: bearer  asy_1", expect!["asy_1 own=[]"]);
        check("x-api-key: asy_1", expect!["asy_1 own=[]"]);
        check("x-assay-key: asy_1", expect!["asy_1 own=[]"]);
        check("authorization: Bearer asy_1\nx-api-key: asy_2", expect!["asy_1 own=[]"]);
        check("authorization: Basic abc", expect!["invalid_api_key"]);
        check("", expect!["invalid_api_key"]);
    }

    #[test]
    fn a_secret_is_what_stands_behind_the_word_for_how_it_is_shown() {
        let paying =
            [("authorization", "Bearer  7f3c9a0b"), ("x-api-key", "sk-ant-1"), ("x-api-key", "short")];
        let paying = paying.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(secrets(&paying), ["7f3c9a0b", "sk-ant-1"]);
    }

    #[test]
    fn whoever_brings_a_key_pays_with_it() {
        for (header, value) in [
            ("authorization", "Bearer sk-own"),
            ("authorization", "Basic YTpiOmM="),
            ("authorization", "sk-easy_asy"),
            ("x-api-key", "sk-ant-own"),
            // The operator's token is in it, but not by itself.
            ("x-api-key", "sk-open.sesame-1"),
        ] {
            let own = vec![(header.to_owned(), value.to_owned())];
            assert_eq!(of(&format!("x-assay-key: asy_1\n{header}: {value}")).map(|read| read.own), Ok(own));
        }
    }

    #[test]
    fn no_secret_of_ours_goes_to_a_provider() {
        let packed = |text: &str| STANDARD_NO_PAD.encode(text);
        for token in ["asy_2", "asy_1", "team", ADMIN] {
            for value in [
                token.to_owned(),
                format!("Bearer {token}"),
                format!("bearer   {token}"),
                format!("Token token=\"{token}\""),
                format!("Bearer Bearer {token},x"),
                format!("Basic {}", packed(&format!("{token}:"))),
                format!("Basic {}==", packed(&format!("me:{token}"))),
                format!("basic {}", packed(&format!("é?>:{token}")).replace('+', "-").replace('/', "_")),
            ] {
                for name in PAYS {
                    let read = of(&format!("x-assay-key: team\n{name}: {value}"));
                    assert_eq!(read.map(|read| read.own), Ok(Vec::new()), "{name}: {value}");
                }
            }
        }
        check(
            "x-assay-key: asy_1\nx-api-key: asy_2\nauthorization: Bearer sk-own",
            expect![[r#"asy_1 own=[("authorization", "Bearer sk-own")]"#]],
        );
    }

    #[test]
    fn what_is_on_the_list_of_a_query_goes_along_and_can_mean_no_more() {
        let credentials = of("x-assay-key: team").expect("credentials");
        let kept = |query| credentials.query(Some(query));
        assert_eq!(credentials.query(None), "");
        assert_eq!(kept(""), "");
        assert_eq!(kept("beta=true"), "?beta=true");
        assert_eq!(
            kept("api-version=2024-10-21&key=k&beta=true&_method=DELETE"),
            "?api-version=2024-10-21&beta=true"
        );
        assert_eq!(kept("beta"), "?beta=");
        assert_eq!(kept("beta=a%26key%3Db%23c"), "?beta=a%26key%3Db%23c");
        assert_eq!(kept("beta=a/../b?c"), "?beta=a%2F..%2Fb%3Fc");
        assert_eq!(kept("beta=a+b&beta=%FF"), "?beta=a%20b");
        assert_eq!(kept("beta=asy_1&api-version=team&beta=open.sesame"), "");
        assert_eq!(kept(&format!("beta={}", "a".repeat(LONGEST_VALUE + 1))), "");
    }
}
