//! Gathering logs, so that they are written together: a database takes a hundred rows nearly as fast as one.
//!
//! Pure: holds what waits and decides who writes what, and when. Requests of an isolate share it, and none of them waits
//! for another: each looks again after a while, since a request may end before it has written what it took on. Then
//! the next that looks takes it on. Leaves out the writing.

use std::collections::VecDeque;
use std::rc::Rc;

use shared::moment::Moment;

use crate::store::log::Draft;

/// How long logs are gathered for one write while they keep coming, and after what lull no more are waited for. A write
/// keeps the thread from the requests, so few large ones touch fewer of them.
const GATHER_MS: i64 = 250;
const LULL_MS: i64 = 20;

/// How long after a write others are expected: one that comes alone is written at once.
const EXPECT_MS: i64 = 250;

/// The most logs of one write, and the most of their text, in bytes. Requests that wait for a write are fewer than one of a
/// hundred, however many come.
const MOST_LOGS: usize = 200;
const MOST_BYTES: usize = 1_000_000;

/// The most text that may wait, in bytes: an isolate has 128 MB for everything. What comes on top is dropped.
const MOST_WAITING: usize = 24_000_000;

/// How long a write may take before it counts as given up, with the request that had taken it on.
const LOST_MS: i64 = 10_000;

/// How often the others look whether the logs are written.
const LOOK_MS: u64 = 60;

/// How long a database is left alone that has too much to do.
const REST_MS: i64 = 1_000;

/// How old logs may get while the database takes none. Past it they are dropped: what a request leaves behind is
/// given 30 s by the platform.
const PATIENCE_MS: i64 = 25_000;

/// The logs that wait, oldest first, in lots.
#[derive(Debug, Default)]
pub struct Lots {
    lots: VecDeque<Lot>,
    /// The lots so far; their numbers begin at 1.
    opened: u64,
    bytes: usize,
    /// Who writes the first lot, since when; the number tells one writer from the next.
    writing: Option<(u64, Moment)>,
    writers: u64,
    /// When the last lot was done with.
    wrote: Option<Moment>,
    /// When the database last had too much to do.
    rests_since: Option<Moment>,
    /// Logs that were dropped, and are not in the count that is kept.
    dropped: u64,
}

#[derive(Debug)]
struct Lot {
    number: u64,
    opened: Moment,
    /// When the last of its logs came.
    added: Moment,
    bytes: usize,
    drafts: Rc<Vec<Draft>>,
}

/// The place of a log among those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    lot: u64,
    /// It is the first of its lot, and its request looks for the lull; the others only see that it was not lost.
    watches: bool,
}

/// What is to be done next by someone whose log waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing: the log is written, or dropped.
    Done,
    /// Look again after so many milliseconds.
    Wait(u64),
    /// Write these logs, and say how it went.
    Write(Job),
}

/// A lot to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    writer: u64,
    pub drafts: Rc<Vec<Draft>>,
}

impl Lots {
    /// Takes a log in; none if too much waits already, and the log is dropped.
    pub fn add(&mut self, draft: Draft, now: Moment) -> Option<Ticket> {
        let size = draft.bytes();
        if self.bytes + size > MOST_WAITING && !self.lots.is_empty() {
            self.dropped += 1;
            return None;
        }
        let is_first = self.lots.len() == 1;
        let writes_first = self.writing.is_some();
        let open = self.lots.back_mut().filter(|lot| {
            let is_taken = is_first && writes_first;
            !is_taken && lot.drafts.len() < MOST_LOGS && lot.bytes + size <= MOST_BYTES
        });
        let watches = open.is_none();
        let lot = match open {
            Some(lot) => lot,
            None => {
                self.opened += 1;
                self.lots.push_back(Lot {
                    number: self.opened,
                    opened: now,
                    added: now,
                    bytes: 0,
                    drafts: Rc::default(),
                });
                self.lots.back_mut()?
            }
        };
        Rc::make_mut(&mut lot.drafts).push(draft);
        lot.bytes += size;
        lot.added = now;
        self.bytes += size;
        Some(Ticket { lot: lot.number, watches })
    }

    /// Says what is to be done next by whoever has this ticket.
    pub fn next(&mut self, ticket: Ticket, now: Moment) -> Step {
        let Some(first) = self.lots.front() else { return Step::Done };
        if ticket.lot < first.number {
            return Step::Done;
        }
        if self.writing.is_some_and(|(_, since)| left(since, LOST_MS, now).is_some()) {
            return Step::Wait(LOOK_MS);
        }
        if let Some(rest) = self.rests_since.and_then(|since| left(since, REST_MS, now)) {
            return Step::Wait(rest);
        }
        let is_full = first.drafts.len() >= MOST_LOGS || first.bytes >= MOST_BYTES || self.lots.len() > 1;
        let is_expected = self.wrote.is_some_and(|wrote| left(wrote, EXPECT_MS, now).is_some());
        let is_alone = first.drafts.len() == 1 && !is_expected;
        let more = left(first.opened, GATHER_MS, now).zip(left(first.added, LULL_MS, now));
        if let Some((rest, lull)) = more.filter(|_| !is_full && !is_alone) {
            return Step::Wait(if ticket.watches { rest.min(lull) } else { rest + LOOK_MS });
        }
        self.writers += 1;
        self.writing = Some((self.writers, now));
        Step::Write(Job { writer: self.writers, drafts: Rc::clone(&first.drafts) })
    }

    /// Takes the word of a writer that its lot is done with, but for so many logs that could not be written.
    pub fn wrote(&mut self, job: &Job, dropped: u64, now: Moment) {
        if !self.is_at_work(job) {
            return; // It was given up, and another has taken the lot on.
        }
        self.writing = None;
        self.rests_since = None;
        self.wrote = Some(now);
        self.dropped += dropped;
        if let Some(lot) = self.lots.pop_front() {
            self.bytes -= lot.bytes;
        }
    }

    /// Takes the word of a writer that the database has too much to do: the lot is tried again, unless it is too old.
    pub fn put_off(&mut self, job: &Job, now: Moment) {
        if !self.is_at_work(job) {
            return;
        }
        let is_old = |lot: &Lot| now.millis().saturating_sub(lot.opened.millis()) > PATIENCE_MS;
        if self.lots.front().is_some_and(is_old) {
            return self.wrote(job, job.drafts.len() as u64, now);
        }
        self.writing = None;
        self.rests_since = Some(now);
    }

    fn is_at_work(&self, job: &Job) -> bool {
        self.writing.is_some_and(|(writer, _)| writer == job.writer)
    }

    /// Counts logs that were dropped.
    pub fn drop(&mut self, logs: u64) {
        self.dropped += logs;
    }

    /// Gives how many were dropped since this was last asked, for the count that is kept.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

/// Gives what is left of a time that began at some moment; none when it is over, or the clock has leapt back.
fn left(since: Moment, lasting_ms: i64, now: Moment) -> Option<u64> {
    let past = now.millis().saturating_sub(since.millis());
    u64::try_from(lasting_ms - past).ok().filter(|left| past >= 0 && *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::body::Pair;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn draft(bytes: usize) -> Draft {
        let log = json!({"id": "l", "created_at": "2026-01-01T00:00:00.000Z", "feature": null, "provider": null, "model": "m",
            "status": 200, "outcome": "success", "streamed": false, "complete": true, "latency_ms": null, "ttft_ms": null,
            "usage": {"input_tokens": null, "output_tokens": null}, "cost_usd": null, "user": null, "session": null,
            "tags": {}, "request_preview": "", "response_preview": ""});
        let log = serde_json::from_value(log).expect("a log");
        Draft { log, import_key: None, body: Pair::default(), text: "x".repeat(bytes), is_wordless: false }
    }

    /// Plays a story: at each moment, one thing that a request does. Tells what it is told.
    ///
    /// `add` takes a log in and looks; `look 1` has the first log of that lot look, and `see 1` another one of it;
    /// `wrote 1`, `lost 1` and `busy 1` are the words of the first writer, and so on.
    fn check(story: &[(i64, &str)], expected: Expect) {
        let mut lots = Lots::default();
        let mut jobs = Vec::new();
        let mut told = String::new();
        for (at, does) in story {
            let now = Moment::from_millis(*at);
            let (what, number) = does
                .split_once(' ')
                .map_or((*does, 1), |(what, number)| (what, number.parse::<usize>().expect("a number")));
            let ticket = match what {
                "add" => lots.add(draft(number), now),
                "look" | "see" => Some(Ticket { lot: number as u64, watches: what == "look" }),
                "wrote" => {
                    lots.wrote(&jobs[number - 1], 0, now);
                    None
                }
                "lost" => {
                    lots.wrote(&jobs[number - 1], 1, now);
                    None
                }
                _ => {
                    lots.put_off(&jobs[number - 1], now);
                    None
                }
            };
            told.push_str(&format!("{at} {does}"));
            if let Some(ticket) = ticket {
                told.push_str(&format!(": {} ", ticket.lot));
                match lots.next(ticket, now) {
                    Step::Done => told.push_str("done"),
                    Step::Wait(ms) => told.push_str(&format!("wait {ms}")),
                    Step::Write(job) => {
                        told.push_str(&format!("write {}", job.drafts.len()));
                        jobs.push(job);
                    }
                }
            }
            told.push('\n');
        }
        told.push_str(&format!("{} dropped, {} bytes wait", lots.take_dropped(), lots.bytes));
        expected.assert_eq(&told);
    }

    #[test]
    fn a_log_that_comes_alone_is_written_at_once() {
        check(
            &[(0, "add"), (5, "wrote 1"), (6, "look 1"), (260, "add")],
            expect![[r#"
            0 add: 1 write 1
            5 wrote 1
            6 look 1: 1 done
            260 add: 2 write 1
            0 dropped, 1 bytes wait"#]],
        );
    }

    #[test]
    fn what_comes_together_is_written_together_once_no_more_comes() {
        check(
            &[
                (0, "add"),
                (1, "wrote 1"),
                (2, "add"),
                (12, "add"),
                (22, "look 2"),
                (32, "look 2"),
                (33, "look 2"),
                (50, "wrote 2"),
                (312, "see 2"),
            ],
            expect![[r#"
                0 add: 1 write 1
                1 wrote 1
                2 add: 2 wait 20
                12 add: 2 wait 300
                22 look 2: 2 wait 10
                32 look 2: 2 write 2
                33 look 2: 2 wait 60
                50 wrote 2
                312 see 2: 2 done
                0 dropped, 0 bytes wait"#]],
        );
    }

    #[test]
    fn what_keeps_coming_is_written_after_a_while() {
        check(
            &[(0, "add"), (1, "wrote 1"), (2, "add"), (245, "add"), (246, "look 2"), (252, "look 2")],
            expect![[r#"
                0 add: 1 write 1
                1 wrote 1
                2 add: 2 wait 20
                245 add: 2 wait 67
                246 look 2: 2 wait 6
                252 look 2: 2 write 2
                0 dropped, 2 bytes wait"#]],
        );
    }

    #[test]
    fn what_keeps_coming_is_not_written_sooner_because_nobody_was_expected() {
        check(
            &[(0, "add"), (1, "wrote 1"), (200, "add"), (245, "add"), (252, "add"), (272, "look 2")],
            expect![[r#"
                0 add: 1 write 1
                1 wrote 1
                200 add: 2 wait 20
                245 add: 2 wait 265
                252 add: 2 wait 258
                272 look 2: 2 write 3
                0 dropped, 3 bytes wait"#]],
        );
    }

    #[test]
    fn a_lot_that_its_first_request_left_is_taken_on_by_another() {
        check(
            &[(0, "add"), (1, "wrote 1"), (2, "add"), (3, "add"), (312, "see 2")],
            expect![[r#"
            0 add: 1 write 1
            1 wrote 1
            2 add: 2 wait 20
            3 add: 2 wait 309
            312 see 2: 2 write 2
            0 dropped, 2 bytes wait"#]],
        );
    }

    #[test]
    fn what_comes_while_a_lot_is_written_is_of_the_next() {
        check(
            &[
                (0, "add"),
                (1, "add"),
                (2, "add"),
                (5, "wrote 1"),
                (6, "look 2"),
                (41, "look 2"),
                (42, "look 1"),
            ],
            expect![[r#"
                0 add: 1 write 1
                1 add: 2 wait 60
                2 add: 2 wait 60
                5 wrote 1
                6 look 2: 2 wait 16
                41 look 2: 2 write 2
                42 look 1: 1 done
                0 dropped, 2 bytes wait"#]],
        );
    }

    #[test]
    fn what_a_request_took_on_and_left_is_taken_on_by_the_next() {
        check(
            &[
                (0, "add"),
                (9_999, "add"),
                (10_000, "look 1"),
                (10_001, "wrote 1"),
                (10_060, "wrote 2"),
                (10_061, "look 1"),
            ],
            expect![[r#"
                0 add: 1 write 1
                9999 add: 2 wait 60
                10000 look 1: 1 write 1
                10001 wrote 1
                10060 wrote 2
                10061 look 1: 1 done
                0 dropped, 1 bytes wait"#]],
        );
    }

    #[test]
    fn a_full_lot_does_not_wait() {
        check(
            &[(0, "add"), (1, "wrote 1"), (2, "add 999998"), (3, "add 2")],
            expect![[r#"
                0 add: 1 write 1
                1 wrote 1
                2 add 999998: 2 wait 20
                3 add 2: 2 write 2
                0 dropped, 1000000 bytes wait"#]],
        );
    }

    #[test]
    fn a_busy_database_is_left_alone_and_asked_again_until_the_logs_are_old() {
        check(
            &[
                (0, "add"),
                (40, "look 1"),
                (50, "busy 1"),
                (51, "look 1"),
                (1_050, "look 1"),
                (25_500, "busy 2"),
                (25_501, "look 1"),
            ],
            expect![[r#"
                0 add: 1 write 1
                40 look 1: 1 wait 60
                50 busy 1
                51 look 1: 1 wait 999
                1050 look 1: 1 write 1
                25500 busy 2
                25501 look 1: 1 done
                1 dropped, 0 bytes wait"#]],
        );
    }

    #[test]
    fn what_waits_is_bounded_and_what_is_dropped_is_counted() {
        check(
            &[(0, "add 23999999"), (1, "add 1"), (1, "add 1"), (60, "look 1"), (70, "lost 1"), (71, "add 1")],
            expect![[r#"
                0 add 23999999: 1 write 1
                1 add 1: 2 wait 60
                1 add 1
                60 look 1: 1 wait 60
                70 lost 1
                71 add 1: 2 wait 240
                2 dropped, 2 bytes wait"#]],
        );
    }

    #[test]
    fn a_clock_that_leaps_back_holds_nothing_up() {
        check(
            &[(90_000, "add"), (0, "look 1"), (-50_000, "look 1")],
            expect![[r#"
            90000 add: 1 write 1
            0 look 1: 1 write 1
            -50000 look 1: 1 write 1
            0 dropped, 1 bytes wait"#]],
        );
    }
}
