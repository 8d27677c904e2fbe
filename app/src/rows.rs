//! The rows of a list in the pages that they came in: one more page costs the same however many there are.

use std::sync::Arc;

/// Rows, a page at a time. A copy shares its pages with the original.
#[derive(Debug)]
pub struct Rows<T> {
    pages: Vec<Arc<Vec<T>>>,
    /// How many rows there are up to the end of each page.
    ends: Vec<usize>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), ends: Vec::new() }
    }
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), ends: self.ends.clone() }
    }
}

impl<T> Rows<T> {
    /// Puts a page to the end.
    pub fn push(&mut self, page: Arc<Vec<T>>) {
        self.ends.push(self.len() + page.len());
        self.pages.push(page);
    }

    /// Gives how many rows there are.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the row at a place.
    pub fn get(&self, place: usize) -> Option<&T> {
        let page = self.ends.partition_point(|end| *end <= place);
        let begins = page.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.pages.get(page)?.get(place - begins)
    }

    /// Gives the rows from a place on, without a walk over those before.
    pub fn from(&self, place: usize) -> impl Iterator<Item = &T> {
        let page = self.ends.partition_point(|end| *end <= place);
        let begins = page.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.pages.iter().skip(page).flat_map(|page| page.iter()).skip(place - begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts pages of these sizes together, and compares them with a plain list.
    fn check(sizes: &[usize]) {
        let (mut rows, mut plain) = (Rows::default(), Vec::new());
        for size in sizes {
            let page: Vec<_> = (plain.len()..plain.len() + size).collect();
            plain.extend(page.clone());
            rows.push(Arc::new(page));
            assert_eq!((rows.len(), rows.is_empty()), (plain.len(), plain.is_empty()));
            for place in 0..plain.len() + 2 {
                assert_eq!(rows.get(place), plain.get(place), "{place} of {sizes:?}");
                let from: Vec<_> = rows.from(place).collect();
                assert_eq!(from, plain.iter().skip(place).collect::<Vec<_>>(), "{place} of {sizes:?}");
            }
        }
    }

    #[test]
    fn rows_have_the_places_that_they_have_in_a_plain_list() {
        check(&[]);
        check(&[3]);
        check(&[0, 3]);
        check(&[2, 0, 0, 1, 4, 0]);
    }

    #[test]
    fn one_more_page_copies_no_row() {
        let mut rows = Rows::default();
        for page in 0..500 {
            let page = Arc::new(vec![page; 200]);
            let before = rows.clone();
            rows.push(page.clone());
            // The page is shared by the list and by whoever had it; those before it are untouched.
            assert_eq!(Arc::strong_count(&page), 2);
            assert_eq!(before.len() + 200, rows.len());
        }
        assert_eq!(rows.get(99_999), Some(&499));
    }
}
