//! The results that have come while a run was followed, in the order in which they came. Any number of them.

use std::collections::HashMap;

use leptos::prelude::*;
use shared::id::ItemId;
use shared::outcome::Row;

/// A handle that can be copied. Keeping one more result copies none of the others.
#[derive(Clone, Copy)]
pub struct Came {
    rows: StoredValue<Vec<Row>>,
    places: StoredValue<HashMap<ItemId, usize>>,
    /// Counts what came.
    changes: RwSignal<u32>,
}

impl Came {
    /// Nothing has come.
    pub fn nothing() -> Self {
        Self {
            rows: StoredValue::new(Vec::new()),
            places: StoredValue::new(HashMap::new()),
            changes: RwSignal::new(0),
        }
    }

    /// Gives how many have come, as they come.
    pub fn count(self) -> usize {
        self.changes.get();
        self.rows.try_with_value(Vec::len).unwrap_or_default()
    }

    /// Gives the result at a place, as it changes.
    pub fn row(self, place: usize) -> Option<Row> {
        self.changes.get();
        self.rows.try_with_value(|rows| rows.get(place).cloned()).flatten()
    }

    /// Keeps a result: an item that was tried again stays where it was. Nothing happens once the page is gone.
    pub fn keep(self, row: Row) {
        let known = self.places.try_with_value(|places| places.get(&row.item_id).copied()).flatten();
        let item = row.item_id.clone();
        let place = self.rows.try_update_value(|rows| match known.and_then(|place| rows.get_mut(place)) {
            Some(known) => {
                *known = row;
                None
            }
            None => {
                rows.push(row);
                Some(rows.len() - 1)
            }
        });
        if let Some(place) = place.flatten() {
            self.places.update_value(|places| _ = places.insert(item, place));
        }
        _ = self.changes.try_update(|changes| *changes += 1);
    }
}
