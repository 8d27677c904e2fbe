//! Pages of lists, by the key of the last row: never by offset.
//!
//! A cursor is opaque to callers: the sort value and the id of the last row, signed for the list that they are of. One that
//! was edited, or that another list gave, is refused. Leaves out where the keys that sign come from.

use shared::api::List;
use shared::canonical::{digest, hex, unhex};
use shared::query::Page;

use crate::failure::Failure;
use crate::ports::Bound;
use crate::signature;
use crate::vault::Keyring;

/// Where the last page ended.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct Place {
    /// The value that the list is sorted by.
    pub sort: f64,
    /// The id, which breaks ties.
    pub id: String,
}

impl Place {
    fn write(&self) -> String {
        format!("{:?}|{}", self.sort, self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (sort, id) = text.split_once('|')?;
        Some(Self { sort: sort.parse().ok()?, id: id.to_owned() })
    }
}

/// How many bytes of a code stand in a cursor: nobody guesses them.
const TAG: usize = 16;

/// The cursors of one list.
pub struct Cursors {
    keys: Keyring,
    list: String,
}

impl Cursors {
    /// Tells of which list: its name, and what tells it from others of that name, such as the set that it is of and its
    /// order. What may change from page to page is left out.
    pub fn of(keys: Keyring, name: &'static str, whose: &str) -> Self {
        Self { keys, list: format!("{name}|{whose}") }
    }

    /// Writes a place as a cursor.
    pub fn write(&self, place: &Place) -> String {
        let place = place.write();
        hex(&[&self.tag(&self.keys.newest, &place), place.as_bytes()].concat())
    }

    fn read(&self, cursor: &str) -> Option<Place> {
        let bytes = unhex(cursor)?;
        let (tag, place) = bytes.split_first_chunk::<TAG>()?;
        let place = std::str::from_utf8(place).ok()?;
        // Hashes are compared: how long it takes says nothing of the code.
        let is_signed = self.keys.keys().any(|key| digest(&self.tag(key, place)) == digest(tag));
        Place::read(place).filter(|_| is_signed)
    }

    fn tag(&self, key: &[u8; 32], place: &str) -> [u8; TAG] {
        let code = signature::hmac(key, format!("{}|{place}", self.list).as_bytes());
        std::array::from_fn(|at| code[at])
    }

    /// Reads where a page begins; none for the first.
    ///
    /// # Errors
    /// Invalid when the cursor is not one that this list gave.
    pub fn start(&self, page: &Page) -> Result<Option<Place>, Failure> {
        let place = page.cursor.as_deref().map(|cursor| self.read(cursor).ok_or_else(not_given));
        place.transpose()
    }

    /// Makes a page of the rows that were found.
    pub fn cut<T>(&self, mut rows: Vec<T>, page: &Page, place: impl Fn(&T) -> Place) -> List<T> {
        let size = usize::try_from(page.size()).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next_cursor = if more { rows.last().map(|last| self.write(&place(last))) } else { None };
        List { data: rows, next_cursor }
    }

    /// Makes a page of a short list that is at hand whole, in the rising order of its places.
    ///
    /// # Errors
    /// Invalid when the cursor is not one that this list gave.
    pub fn rising<T>(
        &self,
        rows: Vec<T>,
        page: &Page,
        place: impl Fn(&T) -> Place,
    ) -> Result<List<T>, Failure> {
        let start = self.start(page)?;
        let is_left = |row: &T| start.as_ref().is_none_or(|start| place(row) > *start);
        let left = rows.into_iter().filter(is_left).collect();
        Ok(self.cut(left, page, place))
    }
}

/// The refusal of a cursor that no page of the list ended with.
pub fn not_given() -> Failure {
    Failure::invalid("?cursor", "the cursor is not one that this list gave; leave it out to begin")
}

/// Writes the condition that a row comes after `place`, for a list that falls by `columns`.
pub fn after(columns: (&'static str, &'static str), place: Option<&Place>) -> (String, Vec<Bound>) {
    match place {
        None => ("1".to_owned(), Vec::new()),
        Some(place) => (
            format!("({}, {}) < (?, ?)", columns.0, columns.1),
            vec![place.sort.into(), place.id.clone().into()],
        ),
    }
}

/// Gives how many rows to ask for: one more than the page holds, which tells whether there is a next.
pub fn ask(page: &Page) -> u32 {
    page.size() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// The cursors of a list, signed with keys of one byte each, 32 times.
    fn cursors(newest: u8, older: Option<u8>, name: &'static str, whose: &str) -> Cursors {
        Cursors::of(Keyring { newest: [newest; 32], older: older.map(|older| [older; 32]) }, name, whose)
    }

    fn place() -> Place {
        Place { sort: 1_788_224_400_123.0, id: "0199|a".to_owned() }
    }

    /// Writes a cursor of the items of a set, and tells what another list makes of it.
    fn check(other: &Cursors, expected: Expect) {
        let cursor = cursors(1, None, "items", "s1").write(&place());
        expected.assert_eq(&format!("{:?}", other.read(&cursor)));
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_list_alone() {
        check(
            &cursors(1, None, "items", "s1"),
            expect![[r#"Some(Place { sort: 1788224400123.0, id: "0199|a" })"#]],
        );
        check(&cursors(1, None, "items", "s2"), expect!["None"]);
        check(&cursors(1, None, "items", "s1|"), expect!["None"]);
        check(&cursors(1, None, "versions", "s1"), expect!["None"]);
    }

    #[test]
    fn a_cursor_lives_on_for_as_long_as_the_key_that_signed_it() {
        check(
            &cursors(3, Some(1), "items", "s1"),
            expect![[r#"Some(Place { sort: 1788224400123.0, id: "0199|a" })"#]],
        );
        check(&cursors(3, None, "items", "s1"), expect!["None"]);
        expect!["c2a00649380113cadb59ca9d5f1ae291313738383232343430303132332e307c303139397c61"]
            .assert_eq(&cursors(1, None, "items", "s1").write(&place()));
    }

    #[test]
    fn a_cursor_that_was_edited_does_not_read() {
        let list = cursors(1, None, "items", "s1");
        let cursor = list.write(&place());
        for at in 0..cursor.len() {
            for other in ["0", "1", "A", "g"].iter().filter(|other| **other != &cursor[at..=at]) {
                let edited = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
                assert_eq!(list.read(&edited), None, "{edited}");
            }
        }
        let unsigned = hex(place().write().as_bytes());
        for edited in
            [&cursor[2 * TAG..], &unsigned, &cursor[..2 * TAG], &cursor.to_uppercase(), "", "zz", "é"]
        {
            assert_eq!(list.read(edited), None, "{edited}");
        }
    }
}
