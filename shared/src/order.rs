//! The orders that a list can be in, each with its word.
//!
//! Leaves out how rows compare: the database sorts.

use std::str::FromStr;

/// What the rows of a list are sorted by.
pub trait Column: Copy + PartialEq + Send + Sync + 'static {
    /// All orders of the list with their words. The usual one stands first; of a column, that which pressing its head
    /// leads to.
    const ORDERS: &'static [(&'static str, Order<Self>)];
}

/// An order of a list. Rows that lack what they are sorted by stand last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<C> {
    pub by: C,
    /// The largest, newest or last letter stands first.
    pub falls: bool,
}

impl<C: Column> Default for Order<C> {
    fn default() -> Self {
        C::ORDERS[0].1
    }
}

impl<C: Column> Order<C> {
    /// Gives the word that stands for it.
    pub fn word(self) -> &'static str {
        C::ORDERS.iter().find(|(_, order)| *order == self).map_or(C::ORDERS[0].0, |(word, _)| word)
    }

    /// Gives the order that pressing the head of a column leads to: its own, or the other way round where it is that
    /// already.
    #[must_use]
    pub fn pressed(self, by: C) -> Self {
        let of_column = C::ORDERS.iter().map(|(_, order)| *order).find(|order| order.by == by);
        match of_column.unwrap_or_default() {
            order if order == self => Self { by, falls: !order.falls },
            order => order,
        }
    }
}

impl<C: Column> FromStr for Order<C> {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = C::ORDERS.iter().find(|(known, _)| *known == word);
        known.map(|(_, order)| *order).ok_or_else(|| {
            let known: Vec<_> = C::ORDERS.iter().map(|(known, _)| *known).collect();
            format!("\"{word}\" is no order; known are {}", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum By {
        Time,
        Name,
    }

    impl Column for By {
        const ORDERS: &'static [(&'static str, Order<Self>)] = &[
            ("newest", Order { by: Self::Time, falls: true }),
            ("oldest", Order { by: Self::Time, falls: false }),
            ("a_to_z", Order { by: Self::Name, falls: false }),
            ("z_to_a", Order { by: Self::Name, falls: true }),
        ];
    }

    fn check(word: &str, expected: Expect) {
        let order = word.parse::<Order<By>>();
        let read = order.map(|order| format!("{order:?}, written {}", order.word()));
        expected.assert_eq(&read.unwrap_or_else(|why| why));
    }

    #[test]
    fn each_order_has_a_word() {
        check("newest", expect!["Order { by: Time, falls: true }, written newest"]);
        check("z_to_a", expect!["Order { by: Name, falls: true }, written z_to_a"]);
        check("tallest", expect![[r#""tallest" is no order; known are newest, oldest, a_to_z, z_to_a"#]]);
    }

    #[test]
    fn a_column_that_is_pressed_again_turns() {
        let pressed = [By::Time, By::Time, By::Name, By::Name, By::Name, By::Time].into_iter();
        let words = pressed.scan(Order::default(), |order, by| {
            *order = order.pressed(by);
            Some(order.word())
        });
        expect!["oldest, newest, a_to_z, z_to_a, a_to_z, newest"]
            .assert_eq(&words.collect::<Vec<_>>().join(", "));
    }
}
