//! The columns that the table of a set's items has.

use shared::api::sets::ItemBy;

use crate::components::columns;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Request,
    Original,
    Feature,
    Verified,
    Added,
}

use Column::{Added, Feature, Original, Request, Verified};

impl columns::Column for Column {
    type By = ItemBy;
    const ALL: &'static [Self] = &[Request, Original, Feature, Verified, Added];
    const LEADS: Self = Request;
    const KEY: &'static str = "item-columns";

    fn word(self) -> &'static str {
        match self {
            Request => "request",
            Original => "original",
            Feature => "feature",
            Verified => "verified",
            Added => "added",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Request => "Request",
            Original => "Original response",
            Feature => "Feature",
            Verified => "Verified",
            Added => "Since version",
        }
    }

    fn by(self) -> Option<ItemBy> {
        match self {
            Feature => Some(ItemBy::Feature),
            Verified => Some(ItemBy::Verified),
            Added => Some(ItemBy::Added),
            Request | Original => None,
        }
    }

    fn is_number(self) -> bool {
        self == Added
    }

    fn width(self) -> Option<f64> {
        match self {
            Request | Original => None,
            Feature => Some(160.0),
            Verified => Some(100.0),
            Added => Some(132.0),
        }
    }
}
