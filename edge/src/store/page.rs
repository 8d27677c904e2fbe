//! Pages of lists, by the key of the last row: never by offset.
//!
//! A cursor is opaque to callers: the sort value and the id of the last row.

use shared::api::List;
use shared::canonical::hex;
use shared::query::Page;

use crate::failure::Failure;
use crate::ports::Bound;

/// Where the last page ended.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct Place {
    /// The value that the list is sorted by.
    pub sort: f64,
    /// The id, which breaks ties.
    pub id: String,
}

impl Place {
    /// Writes the place as a cursor.
    pub fn cursor(&self) -> String {
        hex(format!("{:?}|{}", self.sort, self.id).as_bytes())
    }

    fn read(cursor: &str) -> Option<Self> {
        let pairs = cursor
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let text = String::from_utf8(pairs.collect::<Option<Vec<_>>>()?).ok()?;
        let (sort, id) = text.split_once('|')?;
        Some(Self { sort: sort.parse().ok()?, id: id.to_owned() })
    }
}

/// Reads where a page begins; none for the first.
///
/// # Errors
/// Invalid when the cursor is not one that a list gave.
pub fn start(page: &Page) -> Result<Option<Place>, Failure> {
    let place = page.cursor.as_deref().map(|cursor| Place::read(cursor).ok_or_else(is_of_another_list));
    place.transpose()
}

/// Says that a cursor is not one that the list gave.
pub fn is_of_another_list() -> Failure {
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

/// Makes a page of the rows that were found.
pub fn cut<T>(mut rows: Vec<T>, page: &Page, place: impl Fn(&T) -> Place) -> List<T> {
    let size = usize::try_from(page.size()).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let next_cursor = if more { rows.last().map(|last| place(last).cursor()) } else { None };
    List { data: rows, next_cursor }
}

/// Makes a page of a short list that is at hand whole, in the rising order of its places.
///
/// # Errors
/// Invalid when the cursor is not one that a list gave.
pub fn rising<T>(rows: Vec<T>, page: &Page, place: impl Fn(&T) -> Place) -> Result<List<T>, Failure> {
    let start = start(page)?;
    let is_left = |row: &T| start.as_ref().is_none_or(|start| place(row) > *start);
    let left = rows.into_iter().filter(is_left).collect();
    Ok(cut(left, page, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let place = Place { sort: 1_788_224_400_123.0, id: "0199-a".to_owned() };
        assert_eq!(Place::read(&place.cursor()), Some(place));
        assert_eq!(Place::read("zz"), None);
        assert_eq!(Place::read("é"), None);
    }
}
