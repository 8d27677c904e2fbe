//! Which labels stand for the responses of their run, and which for themselves alone.
//!
//! What the queue picks is odd, and a judge is wrong on odd responses more often than on others: how often it
//! is right, by their labels, would be too low. Source: `spec/results.md` D.4.

use std::collections::HashMap;

use crate::id::RunId;
use crate::label::{Drawn, Lot};

/// Where a label comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The run in which it was given.
    pub run: RunId,
    pub lot: Lot,
    /// None when somebody chose the item by hand.
    pub drawn: Option<Drawn>,
}

/// Tells of each label whether it stands for the responses of its run.
///
/// Those that were drawn by lot do, and those that somebody chose by hand are taken to. One from the queue
/// does where the lot came by: it would have drawn the item, had it not had a label already. To leave that out
/// would leave out what is odd, and make the judge look better than it is.
pub fn stand(labels: &[Origin]) -> Vec<bool> {
    let mut reached: HashMap<&RunId, Lot> = HashMap::new();
    for label in labels.iter().filter(|label| label.drawn == Some(Drawn::Random)) {
        let reached = reached.entry(&label.run).or_insert(label.lot);
        *reached = label.lot.max(*reached);
    }
    let stands = |label: &Origin| match label.drawn {
        None | Some(Drawn::Random) => true,
        Some(Drawn::Queue) => reached.get(&label.run).is_some_and(|reached| label.lot <= *reached),
    };
    labels.iter().map(stands).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ItemId, SetId};
    use expect_test::{Expect, expect};

    /// Tells which of some labels stand, each written as the place in the lot and how it was drawn: `r` by lot,
    /// `q` from the queue, `h` by hand.
    fn check(labels: &[(&str, &str)], expected: Expect) {
        let set = SetId::try_from("s".to_owned()).expect("an id");
        let lot = |item: usize| Lot::of(&set, &ItemId::try_from(item.to_string()).expect("an id"));
        let mut lots: Vec<Lot> = (0..10).map(lot).collect();
        lots.sort_unstable();
        let origins = labels.iter().map(|(run, label)| {
            let place = label.chars().next().and_then(|sign| sign.to_digit(10)).expect("a place");
            let drawn = match &label[1..] {
                "r" => Some(Drawn::Random),
                "q" => Some(Drawn::Queue),
                _ => None,
            };
            let run = RunId::try_from((*run).to_owned()).expect("an id");
            Origin { run, lot: lots[place as usize], drawn }
        });
        let stand = stand(&origins.collect::<Vec<_>>());
        let standing = labels.iter().zip(stand).filter(|(_, stands)| *stands).map(|((_, label), _)| *label);
        expected.assert_eq(&standing.collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn what_is_drawn_by_lot_or_chosen_by_hand_stands() {
        check(&[], expect![""]);
        check(&[("a", "3r"), ("a", "5h")], expect!["3r 5h"]);
        check(&[("a", "3q"), ("a", "5h")], expect!["5h"]);
    }

    #[test]
    fn what_the_lot_passed_over_because_it_had_a_label_stands() {
        check(&[("a", "3q"), ("a", "5r"), ("a", "7q")], expect!["3q 5r"]);
        check(&[("a", "3q"), ("b", "5r")], expect!["5r"]);
    }
}
