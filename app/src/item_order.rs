//! The orders that a list of a set's items can be in.
//!
//! Pure.

use std::cmp::Ordering;

use shared::set::ItemRow;

use crate::order::{self, Column};

/// What items are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// When they came into the set.
    #[default]
    Added,
    Feature,
    /// Whether somebody has verified them.
    Verified,
}

impl Column for By {
    const ALL: &'static [Self] = &[Self::Added, Self::Feature, Self::Verified];

    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Feature => "feature",
            Self::Verified => "verified",
        }
    }

    fn falls(self) -> bool {
        self == Self::Added
    }
}

/// An order of items; the newest stand first unless somebody says otherwise.
pub type Order = order::Order<By>;

impl Order {
    /// Sorts items that come the newest first; `row` gives one. What has no feature stands last, and what is alike stays
    /// as it is.
    pub fn sort<T>(self, items: &mut [T], row: impl Fn(&T) -> &ItemRow) {
        let turn = |ordering: Ordering| if self.falls() { ordering.reverse() } else { ordering };
        match self.by {
            By::Added if self.turned => items.reverse(),
            By::Added => {}
            By::Feature => {
                let feature = |item: &T| row(item).feature.as_deref().map(str::to_lowercase);
                items.sort_by(|one, other| match (feature(one), feature(other)) {
                    (Some(one), Some(other)) => turn(one.cmp(&other)),
                    (one, other) => other.is_some().cmp(&one.is_some()),
                });
            }
            By::Verified => {
                items.sort_by(|one, other| turn(row(one).verified.cmp(&row(other).verified)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(word: &str, expected: Expect) {
        let item = |id: &str, feature: Option<&str>, verified: bool| {
            let item = json!({
                "id": id, "log_id": null, "feature": feature, "tags": {}, "verified": verified,
                "request_preview": "", "reference_preview": null, "lossy": [], "added_in": 1,
            });
            serde_json::from_value::<ItemRow>(item).expect("an item")
        };
        let mut items = vec![
            item("d", Some("support"), false),
            item("c", None, true),
            item("b", Some("Code"), false),
            item("a", Some("support"), true),
        ];
        Order::read(word).sort(&mut items, |item| item);
        let ids: Vec<_> = items.iter().map(|item| item.id.to_string()).collect();
        expected.assert_eq(&ids.join(" "));
    }

    #[test]
    fn the_newest_stand_first_unless_somebody_says_otherwise() {
        check("", expect!["d c b a"]);
        check("nonsense", expect!["d c b a"]);
        check("-added", expect!["a b c d"]);
    }

    #[test]
    fn what_has_no_feature_stands_last_either_way() {
        check("feature", expect!["b d a c"]);
        check("-feature", expect!["d a b c"]);
    }

    #[test]
    fn what_nobody_has_verified_stands_first() {
        check("verified", expect!["d b c a"]);
        check("-verified", expect!["c a d b"]);
    }

    #[test]
    fn a_column_that_is_pressed_again_turns() {
        let pressed = [By::Feature, By::Feature, By::Feature, By::Added, By::Added];
        let words = pressed.into_iter().scan(Order::default(), |order, by| {
            *order = order.pressed(by);
            Some(order.word().unwrap_or_default())
        });
        expect!["feature, -feature, feature, , -added"].assert_eq(&words.collect::<Vec<_>>().join(", "));
        assert!(By::ALL.iter().all(|by| Order::read(by.word()).by == *by));
    }
}
