//! Saved views.

use serde::Deserialize;
use shared::criteria::Name;
use shared::id::ViewId;
use shared::view::{PageAddress, View};

use super::access::moment;
use super::{number, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// The most views of one page, and the most that a list gives.
pub const MOST: u32 = 200;

#[derive(Deserialize)]
struct Stored {
    id: ViewId,
    path: String,
    query: String,
    name: Name,
    author: String,
    created_at: f64,
}

impl Stored {
    fn view(self) -> Result<View, SqlError> {
        let text = if self.query.is_empty() { self.path } else { format!("{}?{}", self.path, self.query) };
        let address = PageAddress::try_from(text).map_err(|error| SqlError::Broken(error.to_string()))?;
        let Self { id, name, author, created_at, .. } = self;
        Ok(View { id, name, address, author, created_at: moment(created_at) })
    }
}

/// Keeps a view.
///
/// # Errors
/// Taken when the page has a view of this name.
pub async fn add(sql: &impl Sql, view: &View) -> Result<(), SqlError> {
    let text = "INSERT INTO saved_view (id, path, query, name, author, created_at) VALUES (?, ?, ?, ?, ?, ?)";
    let values = bind![
        view.id.as_str(),
        view.address.path(),
        view.address.query(),
        view.name.as_str(),
        view.author.as_str(),
        view.created_at
    ];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

/// Counts the views of a page.
pub async fn count(sql: &impl Sql, path: &str) -> Result<u64, SqlError> {
    let text = "SELECT count(*) AS n FROM saved_view WHERE path = ?";
    Ok(number(&sql.query(Statement::new(text, bind![path])).await?, "n"))
}

/// Lists the views of a page by name, or the newest of all pages.
pub async fn list(sql: &impl Sql, path: Option<&str>) -> Result<Vec<View>, SqlError> {
    let columns = "SELECT id, path, query, name, author, created_at FROM saved_view";
    let statement = match path {
        Some(path) => {
            Statement::new(format!("{columns} WHERE path = ? ORDER BY name LIMIT ?"), bind![path, MOST])
        }
        None => Statement::new(format!("{columns} ORDER BY id DESC LIMIT ?"), bind![MOST]),
    };
    rows::<Stored>(sql, statement).await?.into_iter().map(Stored::view).collect()
}

/// Deletes a view. Tells whether there was one.
pub async fn delete(sql: &impl Sql, id: &ViewId) -> Result<bool, SqlError> {
    super::delete(sql, "saved_view WHERE id = ?", &[], id.as_str()).await
}
