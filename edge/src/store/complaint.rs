//! What the database says when it fails, and whether to ask it again.
//!
//! Its own words are all there is: D1 throws plain errors with neither a code nor a status. They are those of its
//! documentation and of the errors that people met. Leaves out how a statement gets there.

use crate::ports::{Clock, Random, SqlError, Statement};

/// How often a statement is tried that may pass next time.
const TRIES: u32 = 3;

/// What its documentation says may pass on a second try.
const PASSING: [&str; 5] = [
    "Network connection lost",
    "storage caused object to be reset",
    "reset because its code was updated",
    "due to transient issue on remote node",
    "request stream because client disconnected",
];

/// It has too much to do: what is asked at once again makes it more.
const LOADED: [&str; 2] = ["D1 DB is overloaded", "exceeded timeout which caused object to be reset"];

/// It has no more room: the platform's limits of a database and of an account, and that of the file.
const FULL: [&str; 3] =
    ["Exceeded maximum DB size", "Exceeded maximum account storage", "database or disk is full"];

/// Classes what the database says.
pub fn class(message: String) -> SqlError {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&["UNIQUE constraint failed"]) {
        SqlError::Taken(message)
    } else if says(&FULL) {
        SqlError::Full(message)
    } else if says(&PASSING) || says(&LOADED) {
        SqlError::Busy(message)
    } else {
        SqlError::Broken(message)
    }
}

/// Tells whether to try again at once.
fn may_pass(error: &SqlError) -> bool {
    matches!(error, SqlError::Busy(message) if !LOADED.iter().any(|words| message.contains(words)))
}

/// Tells whether statements may be done twice: a connection that was lost may have been lost with the reply alone. A
/// deletion may, unless it tells what it deleted, which is nothing the second time.
fn may_repeat(statements: &[Statement]) -> bool {
    statements.iter().all(|Statement { sql, .. }| {
        let keeps =
            [" ON CONFLICT DO NOTHING", " WHERE NOT EXISTS (", " DO UPDATE SET since = excluded.since"]
                .iter()
                .any(|rule| sql.contains(rule));
        match sql.split(' ').next() {
            Some("SELECT") => true,
            Some("DELETE") => !sql.contains(" RETURNING "),
            Some("INSERT") => keeps,
            // What is off a list is taken off no more.
            Some("UPDATE") => {
                sql.contains(" SET deleted_at = ? WHERE ") && sql.ends_with(" AND deleted_at IS NULL")
            }
            _ => false,
        }
    })
}

/// Tries statements again that may be repeated and may pass next time, after a short wait that is drawn anew for each.
/// What adds to a count or takes items is left to whoever asked: it may have been done.
///
/// # Errors
/// What the database said last.
pub async fn patiently<T>(
    ports: &(impl Clock + Random),
    statements: &[Statement],
    attempt: impl AsyncFn() -> Result<T, String>,
) -> Result<T, SqlError> {
    let mut tried = 1;
    loop {
        let error = match attempt().await {
            Ok(found) => return Ok(found),
            Err(message) => class(message),
        };
        if tried == TRIES || !may_pass(&error) || !may_repeat(statements) {
            return Err(error);
        }
        let [jitter] = ports.bytes();
        ports.sleep(u64::from(jitter) * u64::from(tried)).await;
        tried += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind;
    use expect_test::{Expect, expect};

    fn check(message: &str, expected: Expect) {
        let error = class(message.to_owned());
        let kind = match error {
            SqlError::Taken(_) => "taken",
            SqlError::Busy(_) => "busy",
            SqlError::Full(_) => "full",
            SqlError::Broken(_) | SqlError::Lost(_) => "broken",
        };
        expected.assert_eq(&format!("{kind} again={}", may_pass(&error)));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        check("D1_ERROR: Network connection lost.", expect!["busy again=true"]);
        check("D1_ERROR: D1 DB reset because its code was updated.", expect!["busy again=true"]);
        check(
            "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
            expect!["busy again=true"],
        );
        check(
            "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
            expect!["busy again=true"],
        );
        check(
            "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
            expect!["busy again=true"],
        );
        check(
            "D1_ERROR: Can't read from request stream because client disconnected.",
            expect!["busy again=true"],
        );
        check(
            "D1_ERROR: UNIQUE constraint failed: provider.name: SQLITE_CONSTRAINT",
            expect!["taken again=false"],
        );
        check("D1_ERROR: no such table: log: SQLITE_ERROR", expect!["broken again=false"]);
        check(
            "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
            expect!["broken again=false"],
        );
    }

    #[test]
    fn a_database_with_too_much_to_do_is_asked_later() {
        check("D1_ERROR: D1 DB is overloaded. Too many requests queued.", expect!["busy again=false"]);
        check("D1_ERROR: D1 DB is overloaded. Requests queued for too long.", expect!["busy again=false"]);
        check(
            "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
            expect!["busy again=false"],
        );
    }

    #[test]
    fn a_full_database_is_told_from_a_broken_one() {
        check("D1_ERROR: Exceeded maximum DB size", expect!["full again=false"]);
        check("D1_ERROR: Exceeded maximum DB size.", expect!["full again=false"]);
        check("D1_ERROR: Exceeded maximum account storage limit.", expect!["full again=false"]);
        check("D1_ERROR: database or disk is full: SQLITE_FULL", expect!["full again=false"]);
    }

    #[test]
    fn only_what_changes_nothing_the_second_time_is_repeated() {
        let repeats = |sql: &[&str]| {
            let statements: Vec<_> = sql.iter().map(|sql| Statement::new(*sql, bind![])).collect();
            may_repeat(&statements)
        };
        let store = "INSERT INTO fact (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING id";
        let words = "INSERT INTO words (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM words WHERE id = 1)";
        assert!(repeats(&["SELECT 1", store, words, "DELETE FROM fact"]));
        assert!(!repeats(&["SELECT 1", "UPDATE count SET n = n + 1"]));
        assert!(repeats(&["UPDATE list SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"]));
        assert!(!repeats(&[
            "UPDATE list SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL RETURNING id"
        ]));
        assert!(!repeats(&["DELETE FROM fact WHERE id = 1 RETURNING id"]));
        assert!(!repeats(&["INSERT INTO count (n) VALUES (1) ON CONFLICT (n) DO UPDATE SET n = n + 1"]));
        assert!(!repeats(&["INSERT INTO run (id) VALUES ('r')", "SELECT 1"]));
    }
}
