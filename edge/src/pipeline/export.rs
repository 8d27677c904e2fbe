//! Files of rows: written a page at a time, each read when the one before it was taken, so that no more than a page is
//! held, however many rows there are. Leaves out how a file is sent.

use crate::failure::Failure;

/// The rows of a file, page by page.
pub trait Pages<P> {
    /// Writes the next page; none when all are written. A page may be empty.
    ///
    /// # Errors
    /// What the database says: the file breaks off there.
    async fn next(&mut self, ports: &P) -> Result<Option<String>, Failure>;
}
