//! Which migrations the database has.

use crate::ports::{Sql, SqlError, Statement};

/// The newest migration that this code needs.
pub const NEEDED: &str = "0016";

/// Gives the number of the newest migration that was applied; none when there is none.
///
/// The table is the deployment tool's own.
pub async fn newest(sql: &impl Sql) -> Result<Option<String>, SqlError> {
    let statement = Statement::new(
        "SELECT substr(name, 1, 4) AS number FROM d1_migrations ORDER BY name DESC LIMIT 1",
        [],
    );
    let rows = sql.query(statement).await?;
    Ok(rows.first().and_then(|row| row.get("number")?.as_str().map(str::to_owned)))
}
