//! Which addresses a provider or a webhook may have.
//!
//! The same rules hold when an address is saved and when it is used.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Why an address is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("\"{0}\" is not an address; write one such as https://api.example.com/v1")]
    NotAnAddress(String),
    #[error("an address must begin with https://, so that nothing is sent in the clear")]
    NotSecure,
    #[error("an address must not hold a user name or password; the key goes into its own field")]
    HasUser,
    #[error("the host \"{0}\" is not public; name a public host")]
    NotPublic(String),
    #[error(
        "the host \"{0}\" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host"
    )]
    Worker(String),
    #[error("port {0} is not allowed; 443 and 8443 are")]
    Port(String),
    #[error("the host \"{0}\" is this service's own, and calls would come back to it; name another host")]
    Own(String),
}

/// What the operator allows beyond the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Providers on this very machine, for development.
    pub loopback: bool,
    /// Origins on `workers.dev`, such as `https://models.acme.workers.dev`, with commas between them.
    pub origins: Arc<str>,
}

impl Allowed {
    fn names(&self, parts: &Parts<'_>) -> bool {
        self.origins.split(',').any(|origin| {
            let named = split(origin.trim()).ok().flatten();
            named.is_some_and(|named| {
                named.scheme == parts.scheme
                    && named.host.eq_ignore_ascii_case(parts.host)
                    && named.port() == parts.port()
            })
        })
    }
}

/// The parts of an address that the rules look at.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
}

impl Parts<'_> {
    fn port(&self) -> u16 {
        let usual = if self.scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
        self.port.and_then(|port| port.parse().ok()).unwrap_or(usual)
    }
}

/// Names that lead inside: by their last part.
const INSIDE: [&str; 12] = [
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "test",
    "invalid",
    "onion",
    "localhost",
    "arpa",
];

/// Public names that lead wherever the asker says: each answers with the address that stands in the name, or with
/// this very machine.
const ANYWHERE: [&str; 8] =
    ["nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "vcap.me", "local.gd", "localho.st"];

/// Where Workers are. Those of this account are there too, which may hold what is nobody else's, and nobody tells a Worker
/// under which name its account has them.
const WORKERS: &str = "workers.dev";

/// The longest query of a call, in bytes.
pub const LONGEST_QUERY: usize = 2_000;

/// Checks an address.
///
/// # Errors
/// Says which rule it breaks.
pub fn check(url: &str, allowed: &Allowed) -> Result<(), BadAddress> {
    let not_an_address = || BadAddress::NotAnAddress(url.chars().take(200).collect());
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !plain || url.len() > 500 || url.contains(['#', '?']) {
        return Err(not_an_address());
    }
    let parts = split(url)?.ok_or_else(not_an_address)?;
    if allowed.loopback && is_loopback(parts.host) && matches!(parts.scheme, "http" | "https") {
        return Ok(());
    }
    if parts.scheme != "https" {
        return Err(BadAddress::NotSecure);
    }
    if !is_public_name(parts.host) {
        return Err(BadAddress::NotPublic(parts.host.to_owned()));
    }
    if is_under(parts.host, WORKERS) && !allowed.names(&parts) {
        return Err(BadAddress::Worker(parts.host.to_owned()));
    }
    match parts.port {
        None | Some("443" | "8443") => Ok(()),
        Some(port) => Err(BadAddress::Port(port.to_owned())),
    }
}

/// Checks the address of a call: that of a provider, and a query after it, which leads nowhere by itself.
///
/// # Errors
/// Says which rule it breaks.
pub fn check_call(url: &str, allowed: &Allowed) -> Result<(), BadAddress> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let is_plain = query.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'));
    if !is_plain || query.len() > LONGEST_QUERY {
        return Err(BadAddress::NotAnAddress(url.chars().take(200).collect()));
    }
    check(address, allowed)
}

/// Checks that an address leads away from the service, which was itself reached at `own`. Of the names that lead to it
/// only this one is known: a call that comes back by another bears the mark that every call has, and is refused then.
///
/// # Errors
/// Says so when it leads back.
pub fn check_away(url: &str, own: &str) -> Result<(), BadAddress> {
    let (Some(there), Some(here)) = (split(url)?, split(own)?) else { return Ok(()) };
    let leads_back = if is_loopback(there.host) {
        // Many services share this machine, each with a port of its own.
        is_loopback(here.host) && there.port() == here.port()
    } else {
        there.host.eq_ignore_ascii_case(here.host.trim_end_matches('.'))
    };
    if leads_back { Err(BadAddress::Own(there.host.to_owned())) } else { Ok(()) }
}

/// Writes a text as a part of an address, so that nothing in it can mean more than itself.
pub fn part(text: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Reads a part of an address; none when it is no text.
pub fn read_part(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(Cow::into_owned)
}

/// Gives scheme, host and port: what a stored key is bound to.
pub fn origin(url: &str) -> String {
    let end = url
        .find("://")
        .map(|scheme| scheme + 3)
        .and_then(|start| url.get(start..)?.find('/').map(|path| start + path));
    url.get(..end.unwrap_or(url.len())).unwrap_or(url).to_ascii_lowercase()
}

fn split(url: &str) -> Result<Option<Parts<'_>>, BadAddress> {
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(None) };
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Err(BadAddress::HasUser);
    }
    if let Some(bracketed) = authority.strip_prefix('[') {
        let Some((host, rest)) = bracketed.split_once(']') else { return Ok(None) };
        let port = rest.strip_prefix(':');
        let fits = (rest.is_empty() || port.is_some()) && port.is_none_or(is_port);
        return Ok(fits.then_some(Parts { scheme, host, port }));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let fits = !host.is_empty() && port.is_none_or(is_port);
    Ok(fits.then_some(Parts { scheme, host, port }))
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

/// Tells whether it is a name of at least two parts, no address in any spelling, and leads outside.
fn is_public_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let parts: Vec<_> = host.split('.').collect();
    let named = host.len() <= 253 && parts.iter().all(|part| is_label(part));
    let last = parts.last().copied().unwrap_or_default();
    // No top-level name begins with a digit: this refuses 127.1, 0x7f.1 and 2130706433 alike.
    let is_number = last.bytes().next().is_none_or(|byte| byte.is_ascii_digit());
    let leads_anywhere = ANYWHERE.iter().any(|name| is_under(&host, name));
    let leads_inside = INSIDE.contains(&last) || host.starts_with("metadata") || leads_anywhere;
    named && parts.len() >= 2 && !is_number && !leads_inside
}

/// Tells whether a host is this name or one below it.
fn is_under(host: &str, name: &str) -> bool {
    let Some(start) = host.len().checked_sub(name.len()) else { return false };
    let (rest, end) = host.as_bytes().split_at(start);
    end.eq_ignore_ascii_case(name.as_bytes()) && rest.last().is_none_or(|before| *before == b'.')
}

/// Tells whether a part of a name is one that names have: RFC 1123.
fn is_label(part: &str) -> bool {
    let spelled = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    spelled && (1..=63).contains(&part.len()) && !part.starts_with('-') && !part.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_all(urls: &[&str], allowed: &Allowed, expected: Expect) {
        let lines = urls.iter().map(|url| match check(url, allowed) {
            Ok(()) => format!("ok {url}"),
            Err(error) => format!("{error}"),
        });
        expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn public_names_over_tls_are_allowed() {
        check_all(
            &[
                "https://api.openai.com/v1",
                "https://x.example.com:8443",
                "https://gateway.ai.cloudflare.com/v1/a/b",
            ],
            &Allowed::default(),
            expect![[r#"
                ok https://api.openai.com/v1
                ok https://x.example.com:8443
                ok https://gateway.ai.cloudflare.com/v1/a/b"#]],
        );
    }

    #[test]
    fn what_leads_inside_is_refused_in_every_spelling() {
        let inside = [
            "http://api.openai.com",
            "https://127.0.0.1",
            "https://127.1",
            "https://2130706433",
            "https://0x7f.0.0.1",
            "https://[::ffff:127.0.0.1]/v1",
            "https://localhost",
            "https://metadata.google.internal",
            "https://10.0.0.1.nip.io",
            "https://localtest.me",
            "https://-a.com",
            "https://printer",
            "https://a.b.",
            "https://user:pass@a.com",
            "https://a.com:22",
            "ftp://a.com",
            "a.com",
            "https://exa mple.com",
            "https://bücher.example",
            "https://a%2ecom",
            "https://a.com?x=1",
        ];
        check_all(
            &inside,
            &Allowed::default(),
            expect![[r#"
            an address must begin with https://, so that nothing is sent in the clear
            the host "127.0.0.1" is not public; name a public host
            the host "127.1" is not public; name a public host
            the host "2130706433" is not public; name a public host
            the host "0x7f.0.0.1" is not public; name a public host
            the host "::ffff:127.0.0.1" is not public; name a public host
            the host "localhost" is not public; name a public host
            the host "metadata.google.internal" is not public; name a public host
            the host "10.0.0.1.nip.io" is not public; name a public host
            the host "localtest.me" is not public; name a public host
            the host "-a.com" is not public; name a public host
            the host "printer" is not public; name a public host
            the host "a.b." is not public; name a public host
            an address must not hold a user name or password; the key goes into its own field
            port 22 is not allowed; 443 and 8443 are
            an address must begin with https://, so that nothing is sent in the clear
            "a.com" is not an address; write one such as https://api.example.com/v1
            "https://exa mple.com" is not an address; write one such as https://api.example.com/v1
            "https://bücher.example" is not an address; write one such as https://api.example.com/v1
            the host "a%2ecom" is not public; name a public host
            "https://a.com?x=1" is not an address; write one such as https://api.example.com/v1"#]],
        );
    }

    #[test]
    fn this_machine_is_allowed_for_development_alone() {
        let here = [
            "http://127.0.0.1:9099/v1",
            "http://localhost:11434/v1",
            "http://[::1]:9099",
            "http://192.168.0.1",
            "http://[::1]evil.example:80",
            "http://localhost.evil.example",
        ];
        check_all(
            &here,
            &Allowed { loopback: true, ..Allowed::default() },
            expect![[r#"
                ok http://127.0.0.1:9099/v1
                ok http://localhost:11434/v1
                ok http://[::1]:9099
                an address must begin with https://, so that nothing is sent in the clear
                "http://[::1]evil.example:80" is not an address; write one such as https://api.example.com/v1
                an address must begin with https://, so that nothing is sent in the clear"#]],
        );
        check_all(
            &here,
            &Allowed::default(),
            expect![[r#"
                an address must begin with https://, so that nothing is sent in the clear
                an address must begin with https://, so that nothing is sent in the clear
                an address must begin with https://, so that nothing is sent in the clear
                an address must begin with https://, so that nothing is sent in the clear
                "http://[::1]evil.example:80" is not an address; write one such as https://api.example.com/v1
                an address must begin with https://, so that nothing is sent in the clear"#]],
        );
    }

    #[test]
    fn workers_are_refused_unless_the_operator_names_their_origin() {
        let workers = [
            "https://models.acme.workers.dev/v1",
            "https://MODELS.acme.Workers.Dev",
            "https://models.acme.workers.dev:443",
            "https://models.acme.workers.dev:8443",
            "https://other.acme.workers.dev",
            "https://x.models.acme.workers.dev",
            "https://workers.dev",
            "https://models.acme.workers.dev.example.com",
            "https://networkers.dev",
            "https://10.0.0.1",
        ];
        check_all(
            &workers,
            &Allowed::default(),
            expect![[r#"
            the host "models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "MODELS.acme.Workers.Dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "other.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "x.models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            ok https://models.acme.workers.dev.example.com
            ok https://networkers.dev
            the host "10.0.0.1" is not public; name a public host"#]],
        );
        let named = " https://models.acme.workers.dev/, https://10.0.0.1,,http://other.acme.workers.dev,acme.workers.dev";
        check_all(
            &workers,
            &Allowed { origins: named.into(), ..Allowed::default() },
            expect![[r#"
            ok https://models.acme.workers.dev/v1
            ok https://MODELS.acme.Workers.Dev
            ok https://models.acme.workers.dev:443
            the host "models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "other.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "x.models.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            the host "workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
            ok https://models.acme.workers.dev.example.com
            ok https://networkers.dev
            the host "10.0.0.1" is not public; name a public host"#]],
        );
    }

    #[test]
    fn what_leads_back_is_refused_by_the_name_that_the_service_was_reached_at() {
        let check = |url: &str, own: &str| match check_away(url, own) {
            Ok(()) => format!("{url} leads away from {own}"),
            Err(error) => error.to_string(),
        };
        let lines = [
            check("https://assay.example/v1", "https://assay.example"),
            check("https://ASSAY.example:8443/v1", "https://assay.example"),
            check("https://assay.example/v1", "https://assay.example."),
            check("http://localhost:8787/v1", "http://127.0.0.1:8787"),
            check("http://[::1]/v1", "http://localhost:80"),
            check("https://assay.example.com/v1", "https://assay.example"),
            check("https://my.assay.example/v1", "https://assay.example"),
            check("http://127.0.0.1:9099/v1", "http://127.0.0.1:8787"),
            check("http://127.0.0.1/v1", "https://assay.example"),
            check("https://assay.example/v1", "http://"),
        ];
        expect![[r#"
            the host "assay.example" is this service's own, and calls would come back to it; name another host
            the host "ASSAY.example" is this service's own, and calls would come back to it; name another host
            the host "assay.example" is this service's own, and calls would come back to it; name another host
            the host "localhost" is this service's own, and calls would come back to it; name another host
            the host "::1" is this service's own, and calls would come back to it; name another host
            https://assay.example.com/v1 leads away from https://assay.example
            https://my.assay.example/v1 leads away from https://assay.example
            http://127.0.0.1:9099/v1 leads away from http://127.0.0.1:8787
            http://127.0.0.1/v1 leads away from https://assay.example
            https://assay.example/v1 leads away from http://"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin("https://API.example.com:8443/v1/x"), "https://api.example.com:8443");
        assert_eq!(origin("https://api.example.com"), "https://api.example.com");
    }

    #[test]
    fn a_call_may_have_a_query_and_nothing_else_more() {
        let calls = [
            "https://api.example.com/v1/messages?beta=true",
            "https://api.example.com/v1/messages?",
            "https://api.example.com?@169.254.169.254/",
            "https://169.254.169.254?https://api.example.com/",
            "https://user@api.example.com/v1?a=b",
            "https://api.example.com/v1?a=b#c",
            "https://api.example.com/v1?a=b c",
            "https://api.example.com/v1?a=\\b",
        ];
        let lines = calls.map(|url| {
            check_call(url, &Allowed::default())
                .map_or_else(|error| error.to_string(), |()| format!("ok {url}"))
        });
        expect![[r#"
            ok https://api.example.com/v1/messages?beta=true
            ok https://api.example.com/v1/messages?
            ok https://api.example.com?@169.254.169.254/
            the host "169.254.169.254" is not public; name a public host
            an address must not hold a user name or password; the key goes into its own field
            "https://api.example.com/v1?a=b#c" is not an address; write one such as https://api.example.com/v1
            "https://api.example.com/v1?a=b c" is not an address; write one such as https://api.example.com/v1
            "https://api.example.com/v1?a=\b" is not an address; write one such as https://api.example.com/v1"#]].assert_eq(&lines.join("\n"));
        let long = format!("https://api.example.com/v1?{}", "a".repeat(LONGEST_QUERY + 1));
        assert!(check_call(&long, &Allowed::default()).is_err());
    }

    #[test]
    fn a_part_of_an_address_means_only_itself() {
        expect!["gemini-2.5-flash_x~"].assert_eq(&part("gemini-2.5-flash_x~"));
        expect!["a%2F..%2Fb%3Fc%23d%25e%20%C3%A9%5C"].assert_eq(&part("a/../b?c#d%e é\\"));
        assert_eq!(read_part("a%2F..%2fb+%C3%A9"), Some("a/../b+é".to_owned()));
        assert_eq!(read_part("%FF"), None);
    }
}
