//! The order of the logs, as the address has it.
//!
//! The service sorts: of long lists only some rows are here.

use shared::api::logs::{By, Order};

/// Reads the word of an address; without one that is known, the newest stand first.
pub fn read(word: Option<&str>) -> Order {
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// Gives the word that stands for an order in an address; none for the usual one.
pub fn write(order: Order) -> Option<String> {
    (order != Order::default()).then(|| order.word().to_owned())
}

/// Gives the order that pressing a column leads to: the largest first, or the other way round where it is that already.
pub fn pressed(order: Order, by: By) -> Order {
    Order { by, falls: order.by != by || !order.falls }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_column_that_is_pressed_again_turns() {
        let pressed = [By::Cost, By::Cost, By::Cost, By::Tokens, By::Time, By::Time].into_iter();
        let words = pressed.scan(Order::default(), |order, by| {
            *order = super::pressed(*order, by);
            Some(write(*order).unwrap_or_else(|| "as usual".to_owned()))
        });
        expect!["dearest, cheapest, dearest, most_tokens, as usual, oldest"]
            .assert_eq(&words.collect::<Vec<_>>().join(", "));
    }

    #[test]
    fn what_is_written_reads_back_and_what_is_not_known_is_as_usual() {
        for (_, order) in Order::ALL {
            assert_eq!(read(write(order).as_deref()), order);
        }
        assert_eq!(read(Some("nonsense")), Order::default());
    }
}
