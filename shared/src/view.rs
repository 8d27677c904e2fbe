//! Saved views: addresses of the app that somebody keeps under a name, for everybody.
//!
//! Leaves out what a page reads out of its query: a parameter that it does not know, it says itself.

use serde::{Deserialize, Serialize};

use crate::criteria::Name;
use crate::id::ViewId;
use crate::moment::Moment;

/// The pages of the app that a view can be of; a part in braces is an id.
pub const PAGES: [&str; 11] = [
    "/",
    "/logs",
    "/sets",
    "/sets/{set}",
    "/runs",
    "/runs/new",
    "/runs/{run}",
    "/judges/{version}",
    "/compare",
    "/settings",
    "/design",
];

/// The most characters of an address.
const LONGEST: usize = 4000;

/// A page of the app with its query, such as `/logs?feature=support`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct PageAddress(String);

/// The text is no address of a page.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPage {
    #[error("\"{0}\" is no page of this app; an address begins with the path of one, such as /logs or /runs")]
    Unknown(String),
    #[error(
        "an address is a path with its query, such as /logs?feature=support, without spaces and without #"
    )]
    Odd,
    #[error("an address has at most {LONGEST} characters, not {0}")]
    TooLong(usize),
}

impl PageAddress {
    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the path.
    pub fn path(&self) -> &str {
        split(&self.0).0
    }

    /// Gives the query, without its question mark.
    pub fn query(&self) -> &str {
        split(&self.0).1
    }
}

fn split(address: &str) -> (&str, &str) {
    address.split_once('?').unwrap_or((address, ""))
}

impl TryFrom<String> for PageAddress {
    type Error = NotAPage;

    fn try_from(text: String) -> Result<Self, NotAPage> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(NotAPage::TooLong(length));
        }
        if text
            .chars()
            .any(|character| character.is_whitespace() || character.is_control() || character == '#')
        {
            return Err(NotAPage::Odd);
        }
        let (path, query) = split(&text);
        if !PAGES.iter().any(|page| is_of(page, path)) {
            return Err(NotAPage::Unknown(path.to_owned()));
        }
        // One way to write an address without a query.
        Ok(if query.is_empty() { Self(path.to_owned()) } else { Self(text) })
    }
}

impl From<PageAddress> for String {
    fn from(address: PageAddress) -> Self {
        address.0
    }
}

/// Tells whether a path is that of a page.
fn is_of(page: &str, path: &str) -> bool {
    let is_id = |part: &str| {
        (1..=64).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let (page, path) = (page.split('/'), path.split('/'));
    page.clone().count() == path.clone().count()
        && page.zip(path).all(|(wanted, part)| wanted == part || (wanted.starts_with('{') && is_id(part)))
}

/// An address under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct View {
    pub id: ViewId,
    pub name: Name,
    pub address: PageAddress,
    /// Who saved it.
    pub author: String,
    pub created_at: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(address: &str, expected: Expect) {
        let read = PageAddress::try_from(address.to_owned());
        expected.assert_eq(&read.map_or_else(
            |error| error.to_string(),
            |address| format!("{} | {}", address.path(), address.query()),
        ));
    }

    #[test]
    fn an_address_is_a_page_with_its_query() {
        check("/", expect!["/ | "]);
        check("/logs?feature=support&q=a%20b?", expect!["/logs | feature=support&q=a%20b?"]);
        check("/runs/0199-a?show=broke", expect!["/runs/0199-a | show=broke"]);
        check("/runs?", expect!["/runs | "]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let no_page = |path: &str| {
            format!(
                "\"{path}\" is no page of this app; an address begins with the path of one, such as /logs or /runs"
            )
        };
        for path in [
            "",
            "logs",
            "/nowhere",
            "//evil.example",
            "/logs/",
            "/runs/a.b",
            "/sets/",
            "/sign-in",
            "/api/logs",
        ] {
            assert_eq!(
                PageAddress::try_from(path.to_owned()).map_err(|error| error.to_string()),
                Err(no_page(path))
            );
        }
        check(
            "https://evil.example/logs",
            expect![[
                r#""https://evil.example/logs" is no page of this app; an address begins with the path of one, such as /logs or /runs"#
            ]],
        );
        check(
            "/logs#part",
            expect![
                "an address is a path with its query, such as /logs?feature=support, without spaces and without #"
            ],
        );
        check(
            "/logs?q=a b",
            expect![
                "an address is a path with its query, such as /logs?feature=support, without spaces and without #"
            ],
        );
        check(
            &format!("/logs?q={}", "x".repeat(4000)),
            expect!["an address has at most 4000 characters, not 4008"],
        );
    }
}
