//! What the gateway may go on knowing of the database, so that a request need not ask before it is passed on.
//!
//! Rows of access keys and providers, as they are stored: a provider's key stays sealed, and is opened for each request
//! anew, so that in the clear it lives no longer than the request. All else is asked each time. Leaves out where this
//! is kept: one for each isolate, which shares it with no other.
//!
//! A change elsewhere is seen within `LIFE_MS`, half of what the contract allows; a change made here, at once. While the
//! database cannot be asked, what was known is good for longer: production goes on, and nobody can change anything.

use std::cell::RefCell;
use std::collections::HashMap;

use shared::id::KeyId;
use shared::moment::Moment;

use crate::ports::{Clock, Row, SqlError, Statement};

/// How long rows are good for.
const LIFE_MS: i64 = 30_000;

/// How old rows may get while the database does not answer. Whoever was shut out by another instance just before comes
/// in for as long, at most.
const OUTAGE_MS: i64 = 300_000;

/// How long it is good for that there is no such key, or that the database did not answer; and how old it must be that there is no such provider for it to
/// be asked again before anybody is refused.
const REFUSAL_MS: i64 = 1_000;

/// How long the database may take to answer before what was known a while ago does, and where nothing was: a request waits
/// meanwhile.
const SPARED_MS: u64 = 3_000;
const PATIENCE_MS: u64 = 10_000;

/// The most answers that are kept: of a few hundred bytes each, but for providers with long lists of prices.
const MOST: usize = 500;

/// How often the use of a key is noted, at most.
const USE_NOTED_EVERY_MS: i64 = 60_000;

/// Answers of the database, with when they were asked for.
#[derive(Debug, Default)]
pub struct Known {
    answers: HashMap<String, Answer>,
    /// How often everything was forgotten: an answer that was asked for before that is not kept after it.
    forgotten: u64,
    /// When the use of each key was last noted from here.
    noted: HashMap<KeyId, Moment>,
}

#[derive(Debug)]
struct Answer {
    rows: Vec<Row>,
    asked: Moment,
    life_ms: i64,
}

impl Answer {
    /// An answer from the future is of a clock that has leapt back, and good for nothing.
    fn holds(&self, now: Moment) -> bool {
        (0..self.life_ms).contains(&self.age_ms(now))
    }

    fn age_ms(&self, now: Moment) -> i64 {
        now.millis().saturating_sub(self.asked.millis())
    }

    /// Gives what goes on being good although the database did not say so: rows, since that there are none refuses
    /// somebody. The next second nobody asks again, as whoever asks may have to wait.
    fn outlives(&self, now: Moment) -> Option<Self> {
        let age_ms = self.age_ms(now);
        let is_good = !self.rows.is_empty() && (0..OUTAGE_MS).contains(&age_ms);
        is_good.then(|| Self { rows: self.rows.clone(), asked: self.asked, life_ms: age_ms + REFUSAL_MS })
    }
}

/// Tells what a statement asks for, if its answer may be kept.
fn subject(statement: &Statement) -> Option<Subject> {
    let (columns, rest) = statement.sql.split_once(" FROM ")?;
    match rest.split(' ').next() {
        _ if !columns.starts_with("SELECT ") => None,
        Some("api_key") => Some(Subject::Key),
        Some("provider") => Some(Subject::Provider),
        _ => None,
    }
}

/// What an answer that may be kept is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Key,
    Provider,
}

/// Tells whether a statement changes what is kept here. That a key was used does not, nor that there is a new one.
pub fn changes(statement: &Statement) -> bool {
    ["DELETE FROM api_key ", "INTO provider ", "UPDATE provider ", "DELETE FROM provider "]
        .iter()
        .any(|change| statement.sql.contains(change))
}

/// Answers a statement from what is known, else asks and keeps the answer, if it may be kept. What was known a while
/// ago answers in the place of an error, and of an answer that does not come.
///
/// # Errors
/// What `ask` says when nothing was known, which is never kept; busy when no answer came.
pub async fn query(
    known: &RefCell<Known>,
    clock: &impl Clock,
    statement: Statement,
    ask: impl AsyncFnOnce(Statement) -> Result<Vec<Row>, SqlError>,
) -> Result<Vec<Row>, SqlError> {
    let Some(subject) = subject(&statement) else { return ask(statement).await };
    let key = format!("{}\n{:?}", statement.sql, statement.values);
    let now = clock.now();
    let (patience_ms, forgotten) = {
        let known = known.borrow();
        let answer = known.answers.get(&key);
        if let Some(answer) = answer.filter(|answer| answer.holds(now)) {
            return Ok(answer.rows.clone());
        }
        let is_spared = answer.and_then(|answer| answer.outlives(now)).is_some();
        (if is_spared { SPARED_MS } else { PATIENCE_MS }, known.forgotten)
    };
    let answer = match clock.in_time(patience_ms, ask(statement)).await {
        Ok(rows) => {
            let life_ms = if rows.is_empty() && subject == Subject::Key { REFUSAL_MS } else { LIFE_MS };
            Answer { rows, asked: now, life_ms }
        }
        Err(error) => {
            // By now: whoever comes within the next second does not wait as long again.
            let outlived = known.borrow().answers.get(&key).and_then(|answer| answer.outlives(clock.now()));
            outlived.ok_or(error)?
        }
    };
    let rows = answer.rows.clone();
    known.borrow_mut().keep(key, answer, forgotten, now);
    Ok(rows)
}

impl Known {
    fn keep(&mut self, key: String, answer: Answer, forgotten: u64, now: Moment) {
        if forgotten != self.forgotten {
            return;
        }
        if self.answers.len() >= MOST {
            self.answers.retain(|_, answer| answer.holds(now));
        }
        if self.answers.len() >= MOST {
            // Strangers who try one token after the other must not drive out those who may come in.
            self.answers.retain(|_, answer| !answer.rows.is_empty());
        }
        if self.answers.len() >= MOST {
            self.answers.clear();
        }
        self.answers.insert(key, answer);
    }

    /// Forgets all answers, those that are still on their way among them.
    pub fn forget(&mut self) {
        self.answers.clear();
        self.forgotten += 1;
    }

    /// Forgets what was not there a while ago, as it may be there now. Tells whether there was any such thing: then
    /// a refusal is worth asking again.
    pub fn doubt(&mut self, now: Moment) -> bool {
        let before = self.answers.len();
        let is_doubtful = |answer: &Answer| answer.rows.is_empty() && answer.asked <= now.plus(-REFUSAL_MS);
        self.answers.retain(|_, answer| !is_doubtful(answer));
        self.answers.len() < before
    }

    /// Tells whether the use of a key is to be noted now, and takes it for noted.
    pub fn is_to_note(&mut self, key: &KeyId, now: Moment) -> bool {
        self.noted.retain(|_, noted| *noted > now.plus(-USE_NOTED_EVERY_MS) && *noted <= now);
        if self.noted.contains_key(key) {
            return false;
        }
        self.noted.insert(key.clone(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::bind;
    use crate::ports::Bound;
    use expect_test::{Expect, expect};
    use futures_util::FutureExt;
    use serde_json::json;

    const KEY: &str = "SELECT id FROM api_key WHERE token_hash = ?";
    const PROVIDER: &str = "SELECT id FROM provider WHERE name = ?";

    /// A clock that stands still, on which every wait is over as soon as anybody looks.
    struct At(Moment);

    impl Clock for At {
        fn now(&self) -> Moment {
            self.0
        }

        fn ticks_ms(&self) -> u64 {
            self.0.millis() as u64
        }

        async fn sleep(&self, _: u64) {}
    }

    /// The clock at a second.
    fn at(second: f64) -> At {
        At(Moment::from_millis((second * 1000.0) as i64))
    }

    /// Asks at these seconds, and tells each time whether the database was asked.
    fn ask(known: &RefCell<Known>, sql: &str, found: bool, seconds: &[f64]) -> String {
        let asked = seconds.iter().map(|second| {
            let (mut asked, clock) = (false, at(*second));
            let row = || Row::from_iter([("id".to_owned(), json!("1"))]);
            let rows = query(known, &clock, Statement::new(sql, bind!["x"]), async |_| {
                asked = true;
                Ok(if found { vec![row()] } else { Vec::new() })
            });
            assert_eq!(
                rows.now_or_never().map(|rows| rows.map(|rows| rows.len())),
                Some(Ok(usize::from(found)))
            );
            if asked { "asked" } else { "known" }
        });
        asked.collect::<Vec<_>>().join(" ")
    }

    fn check(sql: &str, found: bool, seconds: &[f64], expected: Expect) {
        expected.assert_eq(&ask(&RefCell::default(), sql, found, seconds));
    }

    #[test]
    fn keys_and_providers_are_known_for_half_a_minute() {
        check(KEY, true, &[0.0, 29.9, 30.0, 59.0], expect!["asked known asked known"]);
        check(PROVIDER, true, &[0.0, 29.9, 30.0, 59.0], expect!["asked known asked known"]);
        check(PROVIDER, false, &[0.0, 29.9, 30.0], expect!["asked known asked"]);
    }

    #[test]
    fn a_key_that_is_not_there_is_asked_for_after_a_second() {
        check(KEY, false, &[0.0, 0.9, 1.0], expect!["asked known asked"]);
    }

    #[test]
    fn nothing_else_is_kept() {
        check("SELECT id FROM session WHERE token_hash = ?", true, &[0.0, 0.0], expect!["asked asked"]);
        check("UPDATE api_key SET last_used_at = ?", true, &[0.0, 0.0], expect!["asked asked"]);
    }

    #[test]
    fn a_clock_that_leaps_back_takes_nothing_from_the_future() {
        check(KEY, true, &[600.0, 0.0, 1.0], expect!["asked asked known"]);
    }

    #[test]
    fn an_answer_that_was_on_its_way_when_all_was_forgotten_is_not_kept() {
        let known = RefCell::<Known>::default();
        let statement = Statement::new(KEY, [Bound::from("x")]);
        let clock = at(0.0);
        let late = query(&known, &clock, statement, async |_| {
            known.borrow_mut().forget();
            Ok(vec![Row::new()])
        });
        assert_eq!(late.now_or_never(), Some(Ok(vec![Row::new()])));
        assert_eq!(ask(&known, KEY, true, &[0.0, 0.0]), "asked known");
    }

    #[test]
    fn an_error_is_not_kept() {
        let known = RefCell::<Known>::default();
        let statement = Statement::new(KEY, [Bound::from("x")]);
        let busy = SqlError::Busy("D1 DB is overloaded".to_owned());
        let clock = at(0.0);
        let failed = query(&known, &clock, statement, async |_| Err(busy.clone()));
        assert_eq!(failed.now_or_never(), Some(Err(busy.clone())));
        assert_eq!(ask(&known, KEY, true, &[0.0]), "asked");
    }

    /// Asks a database that is busy, or says nothing, at these seconds, after it answered at none.
    fn ask_in_vain(found: bool, is_silent: bool, seconds: &[f64]) -> String {
        let known = RefCell::<Known>::default();
        ask(&known, KEY, found, &[0.0]);
        let asked = seconds.iter().map(|second| {
            let mut word = "known";
            let clock = at(*second);
            let rows = query(&known, &clock, Statement::new(KEY, bind!["x"]), async |_| {
                word = "asked";
                if is_silent {
                    pending::<()>().await;
                }
                Err(SqlError::Busy("D1 DB is overloaded".to_owned()))
            });
            let rows = rows.now_or_never().expect("an answer at once");
            format!("{word}: {}", rows.map_or("busy".to_owned(), |rows| format!("{} row", rows.len())))
        });
        asked.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn what_was_known_goes_on_while_the_database_is_busy_or_silent() {
        for is_silent in [false, true] {
            expect!["known: 1 row, asked: 1 row, known: 1 row, asked: 1 row, asked: 1 row, asked: busy"]
                .assert_eq(&ask_in_vain(true, is_silent, &[29.9, 30.0, 30.9, 31.0, 299.9, 300.9]));
            expect!["asked: busy, asked: busy"].assert_eq(&ask_in_vain(false, is_silent, &[1.0, 1.1]));
        }
    }

    #[test]
    fn what_was_forgotten_does_not_go_on() {
        let known = RefCell::<Known>::default();
        ask(&known, KEY, true, &[0.0]);
        known.borrow_mut().forget();
        let busy = SqlError::Busy("D1 DB is overloaded".to_owned());
        let statement = Statement::new(KEY, bind!["x"]);
        let clock = at(0.001);
        let failed = query(&known, &clock, statement, async |_| Err(busy.clone()));
        assert_eq!(failed.now_or_never(), Some(Err(busy)));
    }

    #[test]
    fn nobody_is_refused_a_provider_for_what_was_a_second_ago() {
        let known = RefCell::<Known>::default();
        let doubt = |second: i64| known.borrow_mut().doubt(Moment::from_millis(second * 1000));
        assert_eq!(ask(&known, PROVIDER, false, &[0.0, 0.5]), "asked known");
        assert!(!doubt(0));
        assert!(doubt(1));
        assert_eq!(ask(&known, PROVIDER, true, &[1.0, 1.0]), "asked known");
        assert!(!doubt(20));
    }

    #[test]
    fn strangers_do_not_drive_out_who_may_come_in() {
        let known = RefCell::<Known>::default();
        ask(&known, KEY, true, &[0.0]);
        for stranger in 0..2 * MOST {
            ask(&known, &format!("{KEY} -- {stranger}"), false, &[0.0]);
            assert!(known.borrow().answers.len() <= MOST);
        }
        assert_eq!(ask(&known, KEY, true, &[0.0]), "known");
    }

    #[test]
    fn what_changes_keys_and_providers_is_told_from_what_does_not() {
        let changed = |sql: &str| changes(&Statement::new(sql, []));
        assert!(changed("DELETE FROM api_key WHERE id = ?"));
        assert!(changed("INSERT INTO provider (id) VALUES (?)"));
        assert!(changed("DELETE FROM provider WHERE id = ?"));
        assert!(!changed("UPDATE api_key SET last_used_at = ? WHERE id = ?"));
        assert!(!changed("INSERT INTO log (id, provider) VALUES (?, ?)"));
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let mut known = Known::default();
        let key = KeyId::try_from("k".to_owned()).expect("an id");
        let noted = [0, 59_999, 60_000, 60_001, 10].map(|at| known.is_to_note(&key, Moment::from_millis(at)));
        assert_eq!(noted, [true, false, true, false, true]);
    }
}
