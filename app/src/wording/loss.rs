//! What could not be stored, in words: how much, what that means, what helps.

use shared::api::logs::Lost;
use shared::moment::Moment;

use super::number::{count, counted};
use super::time::ago;

/// How long a loss is told, in milliseconds: a week.
const TOLD_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// What is said of a loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    pub meaning: &'static str,
    pub help: &'static str,
}

/// Says what was lost; nothing when nothing was, or long ago.
pub fn told(lost: Lost, now: Moment) -> Option<Told> {
    let at = lost.last_at.filter(|at| now.since(*at) < TOLD_MS)?;
    let stored = match lost.words {
        0 => None,
        1 => Some("1 log was stored without its words".to_owned()),
        many => Some(format!("{} logs were stored without their words", count(many))),
    };
    let missing = match lost.logs {
        0 => None,
        logs => Some(format!("{} could not be stored", counted(logs, "log", "logs"))),
    };
    let meaning = match (lost.logs, lost.words) {
        (0, 0) => return None,
        (0, _) => {
            "Their words found no room: the database was full, or large bodies could not be stored. Numbers and labels of these logs are kept; they cannot be read, searched or made into items."
        }
        _ => "The callers got their answers all the same. Lists, counts and samples are without these logs.",
    };
    let help = if lost.words > 0 {
        "Make room: delete logs that are no longer needed, keep logs for fewer days, or give the database more room. If it is not full, what the Worker writes down says why large bodies were not stored."
    } else {
        "The database was full, had too much to do or did not answer. Keep logs for fewer days or a smaller share of requests, or give the database more room."
    };
    let what = [missing, stored].into_iter().flatten().collect::<Vec<_>>().join(", and ");
    Some(Told { what: format!("{what}, last {}.", ago(now.since(at))), meaning, help })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(logs: u64, words: u64, minutes_ago: Option<i64>, expected: Expect) {
        let now = Moment::from_millis(1_793_871_000_000);
        let last_at = minutes_ago.map(|minutes| now.plus(-minutes * 60_000));
        let told = told(Lost { logs, words, last_at }, now);
        expected.assert_eq(
            &told.map_or_else(String::new, |told| format!("{}\n{}\n{}", told.what, told.meaning, told.help)),
        );
    }

    #[test]
    fn nothing_is_said_of_no_loss_nor_of_one_long_ago() {
        check(0, 0, None, expect![""]);
        check(3, 1, Some(7 * 24 * 60), expect![""]);
    }

    #[test]
    fn what_is_missing_is_counted() {
        check(
            1200,
            0,
            Some(5),
            expect![[r#"
            1,200 logs could not be stored, last 5 min ago.
            The callers got their answers all the same. Lists, counts and samples are without these logs.
            The database was full, had too much to do or did not answer. Keep logs for fewer days or a smaller share of requests, or give the database more room."#]],
        );
    }

    #[test]
    fn words_without_room_are_said_to_have_found_none() {
        check(
            0,
            1,
            Some(0),
            expect![[r#"
            1 log was stored without its words, last just now.
            Their words found no room: the database was full, or large bodies could not be stored. Numbers and labels of these logs are kept; they cannot be read, searched or made into items.
            Make room: delete logs that are no longer needed, keep logs for fewer days, or give the database more room. If it is not full, what the Worker writes down says why large bodies were not stored."#]],
        );
        check(
            1,
            24,
            Some(6 * 24 * 60),
            expect![[r#"
            1 log could not be stored, and 24 logs were stored without their words, last 6 days ago.
            The callers got their answers all the same. Lists, counts and samples are without these logs.
            Make room: delete logs that are no longer needed, keep logs for fewer days, or give the database more room. If it is not full, what the Worker writes down says why large bodies were not stored."#]],
        );
    }
}
