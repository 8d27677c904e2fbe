//! The HTTP contract: every call with its path, its scope, what goes in and what comes out.
//!
//! One definition serves the route, the client and the tests, so that they cannot drift apart. Leaves out
//! the gateway's `/v1`, whose bodies are the providers'.

pub mod access;
pub mod choices;
pub mod decide;
#[cfg(feature = "schema")]
pub mod describe;
pub mod labels;
pub mod logs;
pub mod runs;
pub mod sets;
pub mod settings;
pub mod tryout;
pub mod views;
pub mod webhooks;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::auth::Scope;
use crate::mistake::Mistake;
use crate::query::Query;

/// The verbs that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Gives the word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A type that the `OpenAPI` document can describe; outside its tests, any type.
#[cfg(feature = "schema")]
pub trait Described: schemars::JsonSchema {}
#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> Described for T {}
/// A type that the `OpenAPI` document can describe; outside its tests, any type.
#[cfg(not(feature = "schema"))]
pub trait Described {}
#[cfg(not(feature = "schema"))]
impl<T> Described for T {}

/// The most bytes of a body, unless the call says otherwise: nothing larger fits into a row.
pub const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// A call of the API. The fields of the type are the parameters in its path.
pub trait Endpoint: Serialize + DeserializeOwned {
    /// What stands in the query string.
    type Query: Query;
    /// What is sent; `()` when nothing is.
    type Body: Serialize + DeserializeOwned + Described;
    /// What comes back.
    type Reply: Serialize + DeserializeOwned + Described;
    const METHOD: Method;
    /// The path, its parameters in braces.
    const ROUTE: &'static str;
    /// What the caller must be allowed; none when anybody may.
    const SCOPE: Option<Scope>;
    /// The status of success.
    const STATUS: u16;
    /// The most bytes of a body.
    const LARGEST: usize = LARGEST_BODY;

    /// Writes the path with its parameters filled in.
    fn path(&self) -> String {
        let fields = serde_json::to_value(self).unwrap_or_default();
        let fields = fields.as_object().into_iter().flatten();
        fields.fold(Self::ROUTE.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
        })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct List<T> {
    pub data: Vec<T>,
    /// What to ask for next; none on the last page.
    pub next_cursor: Option<String>,
}

/// How many of what was named were deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deleted {
    pub deleted: u64,
}

/// Why a call failed: RFC 9457, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A stable word for the kind of problem, as a URI reference: `/problems/not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What was wrong and what would be right.
    pub detail: String,
    /// What of the request does not fit; empty where it is no value of the request.
    #[serde(default)]
    pub errors: Vec<Mistake>,
}

/// Declares calls: `Name { path parameters } "QUERY?BODY→REPLY"` in Rust's own words; after the status may stand the
/// most bytes of a body.
macro_rules! endpoints {
    ($(
        #[doc = $doc:literal]
        $name:ident { $($field:ident: $type:ty),* } $method:ident $route:literal $scope:expr, $status:literal $(, $largest:expr)?;
        $query:ty, $body:ty => $reply:ty;
    )*) => {
        /// Describes these calls.
        #[cfg(feature = "schema")]
        pub fn describe(document: &mut crate::api::describe::Document) {
            $(document.add::<$name>(stringify!($name), $doc);)*
        }
        $(
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $(pub $field: $type),* }

        impl crate::api::Endpoint for $name {
            type Query = $query;
            type Body = $body;
            type Reply = $reply;
            const METHOD: crate::api::Method = crate::api::Method::$method;
            const ROUTE: &'static str = $route;
            const SCOPE: Option<crate::auth::Scope> = $scope;
            const STATUS: u16 = $status;
            $(const LARGEST: usize = $largest;)?
        }
        )*
    };
}
pub(crate) use endpoints;

/// The answer of [`GetHealth`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// `ok`, or `migrating` while migrations are missing.
    pub status: String,
    pub version: String,
    /// The number of the newest migration, such as `0001`.
    pub schema: String,
    /// Logs of the gateway that were lost since the beginning, because the database could not take them.
    #[serde(default)]
    pub log_dropped: u64,
}

endpoints! {
    /// Describes every call.
    GetOpenapi {} Get "/api/openapi.json" Some(Scope::Read), 200;
    (), () => serde_json::Value;

    /// Tells whether the service works.
    GetHealth {} Get "/api/health" None, 200;
    (), () => Health;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ItemId, SetId};
    use expect_test::{Expect, expect};

    fn check<E: Endpoint>(call: &E, expected: Expect) {
        expected.assert_eq(&call.path());
    }

    #[test]
    fn a_path_has_its_parameters_filled_in() {
        let set = SetId::try_from("s1".to_owned()).expect("an id");
        let item = ItemId::try_from("i1".to_owned()).expect("an id");
        check(&GetHealth {}, expect!["/api/health"]);
        check(&sets::GetItem { set, item }, expect!["/api/sets/s1/items/i1"]);
    }
}
