//! Which migrations the database has.

use crate::ports::{Sql, SqlError, Statement};

/// The newest migration that this code needs.
pub const NEEDED: &str = "0027";

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

/// Says which migrations are missing, if any are. One that was broken off in the middle is not among those that were
/// applied.
pub fn missing(newest: Option<&str>) -> Option<String> {
    let needed: u32 = NEEDED.parse().ok()?;
    let applied = newest.and_then(|number| number.parse::<u32>().ok());
    match applied {
        Some(applied) if applied >= needed => None,
        Some(applied) if applied + 1 == needed => {
            Some(format!("migration {NEEDED} is missing, or applied in part; apply it"))
        }
        Some(applied) => Some(format!(
            "migrations {:04} to {NEEDED} are missing, or applied in part; apply them",
            applied + 1
        )),
        None => Some(format!("migrations up to {NEEDED} are missing; apply them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let needed: u32 = NEEDED.parse().expect("a number");
        let missing = |behind: u32| missing(Some(&format!("{:04}", needed - behind)));
        assert_eq!(missing(0), None);
        assert_eq!(missing(1), Some(format!("migration {NEEDED} is missing, or applied in part; apply it")));
        let from = needed - 2;
        assert_eq!(
            missing(3),
            Some(format!("migrations {from:04} to {NEEDED} are missing, or applied in part; apply them"))
        );
        assert_eq!(super::missing(None), Some(format!("migrations up to {NEEDED} are missing; apply them")));
        assert_eq!(super::missing(Some("9999")), None, "newer than this code");
    }
}
