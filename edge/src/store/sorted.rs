//! Pages of lists that stand in an order of the reader's choice, which no index has.
//!
//! All rows of the list are gathered and sorted for each page: for lists of some thousands of rows. Leaves out lists in
//! their usual order, which come out of an index (`page`).

use serde::Deserialize;
use serde_json::Value;
use shared::api::List;
use shared::query::Page;

use super::page::{self, Cursors, Place};
use super::{first, rows};
use crate::failure::Failure;
use crate::ports::{Bound, Sql, Statement};

/// A list and what it is sorted by. Its parts are SQL.
#[derive(Debug, Clone, Copy)]
pub struct Sorted {
    /// The tables, joined.
    pub from: &'static str,
    /// Later rows have larger ones.
    pub id: &'static str,
    /// What rows are sorted by; null where they lack it.
    pub key: &'static str,
    /// The largest key stands first.
    pub falls: bool,
}

#[derive(Deserialize)]
struct Found {
    id: String,
}

/// Where the last page ended: its row, and what that is sorted by now.
struct Last {
    id: String,
    key: Bound,
}

impl Sorted {
    /// Gives the ids of the rows that are `of` the list and on this page. Rows that are alike stand the newest first, and
    /// those that lack what is sorted by stand last.
    ///
    /// # Errors
    /// Invalid when the cursor is not one that the list gave.
    pub async fn page(
        &self,
        sql: &impl Sql,
        cursors: &Cursors,
        of: (&str, Vec<Bound>),
        page: &Page,
    ) -> Result<List<String>, Failure> {
        let Self { from, id, key, falls } = self;
        let last = match cursors.start(page)? {
            Some(place) => Some(self.last(sql, place.id).await?),
            None => None,
        };
        let (after, place) = self.after(last);
        let way = if *falls { "DESC" } else { "ASC" };
        let (of, values) = of;
        let text = format!(
            "SELECT {id} AS id FROM {from} WHERE {of} AND ({after}) ORDER BY {key} IS NULL, {key} {way}, {id} DESC LIMIT ?"
        );
        let values = values.into_iter().chain(place).chain([page::ask(page).into()]);
        let found = rows::<Found>(sql, Statement::new(text, values)).await?;
        let List { data, next_cursor } =
            cursors.cut(found, page, |row| Place { sort: 0.0, id: row.id.clone() });
        Ok(List { data: data.into_iter().map(|row| row.id).collect(), next_cursor })
    }

    /// Reads what the last row of a page is sorted by. It may have left the list meanwhile.
    async fn last(&self, sql: &impl Sql, place: String) -> Result<Last, Failure> {
        #[derive(Deserialize)]
        struct Stored {
            key: Value,
        }
        let Self { from, id, key, .. } = self;
        let text = format!("SELECT {key} AS key FROM {from} WHERE {id} = ?");
        let stored = first::<Stored>(sql, Statement::new(text, [place.as_str().into()])).await?;
        let key = match stored.map(|stored| stored.key) {
            Some(Value::Null) => Bound::Null,
            Some(Value::String(text)) => text.into(),
            Some(Value::Number(number)) => Bound::Number(number.as_f64().unwrap_or_default()),
            _ => return Err(page::not_given()),
        };
        Ok(Last { id: place, key })
    }

    /// Writes which rows come after the last one.
    fn after(&self, last: Option<Last>) -> (String, Vec<Bound>) {
        let Self { id, key, falls, .. } = self;
        let beyond = if *falls { "<" } else { ">" };
        match last {
            None => ("1".to_owned(), Vec::new()),
            Some(Last { id: last, key: Bound::Null }) => {
                (format!("{key} IS NULL AND {id} < ?"), vec![last.into()])
            }
            Some(Last { id: last, key: value }) => (
                format!("{key} IS NULL OR {key} {beyond} ? OR {key} = ? AND {id} < ?"),
                vec![value.clone(), value, last.into()],
            ),
        }
    }
}
