//! Addresses of providers, thousands of them: whatever passes leads where it says to whoever fetches it.
//!
//! The other side is `url`, which reads addresses by the standard that `fetch` follows. What one reader takes for a
//! name and another for a number is how such rules are passed.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use edge::upstream::address::{self, Allowed};
use url::{Host, Url};

use crate::support::dice::Dice;

/// Addresses that lead inside: this machine, private networks, the link, shared space, and what clouds answer at.
const INSIDE: [[u8; 4]; 10] = [
    [127, 0, 0, 1],
    [127, 1, 2, 3],
    [0, 0, 0, 0],
    [10, 0, 0, 1],
    [172, 16, 0, 1],
    [192, 168, 1, 1],
    [169, 254, 169, 254],
    [100, 100, 100, 200],
    [192, 0, 0, 192],
    [255, 255, 255, 255],
];

/// Every way that somebody reads an address of four bytes.
fn spellings([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let whole = u32::from_be_bytes([a, b, c, d]);
    let (low16, low24) = (whole & 0xffff, whole & 0x00ff_ffff);
    let dotted = Ipv4Addr::new(a, b, c, d).to_string();
    let fullwidth: String = dotted
        .chars()
        .map(|digit| digit.to_digit(10).map_or('。', |n| char::from_u32(0xff10 + n).unwrap()))
        .collect();
    let (high, low) = (whole >> 16, whole & 0xffff);
    vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{a}.{b}.{low16}"),
        format!("{a}.{low24}"),
        format!("{whole}"),
        format!("{whole:#x}"),
        format!("{whole:#X}"),
        format!("{whole:#o}").replace('o', ""),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.0{b:o}.{low16}"),
        format!("{a:03}.{b:03}.{c:03}.{d:03}"),
        dotted.replace('.', "%2e"),
        dotted.replace('.', "。"),
        fullwidth,
        format!("[::ffff:{dotted}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[::{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[2002:{high:x}:{low:x}::]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("{dotted}.nip.io"),
        format!("{}.sslip.io", dotted.replace('.', "-")),
    ]
}

/// Names that lead inside, or may, and addresses of version 6 that do.
const NAMES: [&str; 25] = [
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "localhost.localdomain",
    "printer",
    "printer.local",
    "db.internal",
    "db.internal.",
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data.ec2.internal",
    "router.lan",
    "wiki.corp",
    "x.home.arpa",
    "1.0.0.127.in-addr.arpa",
    "x.onion",
    "x.acme.workers.dev",
    "localtest.me",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00::1]",
    "[fe80::1%25eth0]",
];

#[test]
fn nothing_inside_passes_in_any_spelling() {
    let hosts = INSIDE.iter().flat_map(|address| spellings(*address)).chain(NAMES.map(str::to_owned));
    let mut tried = 0;
    for host in hosts {
        for url in [
            format!("https://{host}"),
            format!("https://{host}:443/v1"),
            format!("https://{host}:8443"),
            format!("https://{host}/v1"),
            format!("HTTPS://{host}/v1"),
            format!("https:\\\\{host}/v1"),
            format!("https://api.example.com@{host}/v1"),
            format!("https://api.example.com:x@{host}/v1"),
            format!("https://{host}#api.example.com"),
            format!("https://{host}\\.example.com"),
            format!("https://{host}\t.example.com"),
            format!("http://{host}"),
        ] {
            assert!(address::check(&url, &Allowed::default()).is_err(), "{url} passes");
            tried += 1;
        }
    }
    assert!(tried > 2000, "{tried}");
}

/// Makes an address out of parts that fit and parts that do not.
fn draw(dice: &mut Dice) -> String {
    let ip = INSIDE[usize::try_from(dice.below(10)).unwrap()];
    let spelled = spellings(ip);
    let inside = spelled[usize::try_from(dice.below(spelled.len() as u64)).unwrap()].as_str();
    let public = ["api.example.com", "API.Example.com", "a.b", "xn--bcher-kva.example", "x-1.example.net"];
    let host = match dice.below(10) {
        0..6 => dice.pick(&public).to_owned(),
        6 => dice.pick(&NAMES).to_owned(),
        7 => inside.to_owned(),
        8 => format!("{inside}.example.com"),
        _ => format!("{}.{inside}", dice.pick(&public)),
    };
    let scheme =
        dice.pick(&["https", "https", "https", "https", "https", "HTTPS", "http", "ftp", "https:", ""]);
    let separator = dice.pick(&["://", "://", "://", "://", "://", "://", ":/", ":", ":///", ":\\\\"]);
    let user = dice.pick(&["", "", "", "", "", "", "a@", "a:b@", "api.example.com\\@", "@"]);
    let port =
        dice.pick(&["", "", "", "", ":443", ":8443", ":0443", ":+443", ":22", ":", ":99999", ":443:443"]);
    let path = dice.pick(&[
        "",
        "/",
        "/v1",
        "/v1/",
        "//evil.example",
        "/@evil.example",
        "/%2e%2e/x",
        "/../x",
        "?a",
        "#b",
    ]);
    let mut url = format!("{scheme}{separator}{user}{host}{port}{path}");
    // A slip of the pen, or a trick: one odd character anywhere.
    if dice.chance(50) {
        let odd = [
            '.', '-', '@', ':', '/', '\\', '%', '\t', '\n', ' ', '\u{200b}', '。', '０', '#', '?', '[', ']',
            '_', '\0', '0', 'x',
        ];
        let places: Vec<usize> = url.char_indices().map(|(place, _)| place).collect();
        let place = dice.pick(&places);
        url.insert(place, dice.pick(&odd));
    }
    url
}

#[test]
fn what_passes_leads_where_it_says() {
    let mut dice = Dice::of(7);
    let mut origins: BTreeMap<String, String> = BTreeMap::new();
    let mut passed = 0;
    for _ in 0..200_000 {
        let text = draw(&mut dice);
        if address::check(&text, &Allowed::default()).is_err() {
            continue;
        }
        passed += 1;
        // A name in another alphabet may be spelled wrongly: then nobody can fetch it.
        let Ok(url) = Url::parse(&text) else {
            assert!(text.to_ascii_lowercase().contains("xn--"), "{text:?} passes, and cannot be read");
            continue;
        };
        assert_eq!(url.scheme(), "https", "{text:?}");
        assert_eq!((url.username(), url.password()), ("", None), "{text:?}");
        assert!(
            matches!(url.port_or_known_default(), Some(443 | 8443)),
            "{text:?} leads to {:?}",
            url.port()
        );
        let Some(Host::Domain(name)) = url.host() else { panic!("{text:?} leads to {:?}", url.host()) };
        assert!(!name.ends_with('.') && name.contains('.'), "{text:?} leads to {name}");
        let rest = text.split_once("://").unwrap().1.to_ascii_lowercase();
        assert!(rest.starts_with(name), "{text:?} leads to {name}");
        // A key is bound to what `origin` gives: two origins must never have the same.
        let known =
            origins.entry(address::origin(&text)).or_insert_with(|| url.origin().ascii_serialization());
        assert_eq!(*known, url.origin().ascii_serialization(), "{text:?}");
    }
    assert!(passed > 5_000, "{passed}");
    assert!(origins.len() > 50, "{}", origins.len());
}
