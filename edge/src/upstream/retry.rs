//! When to ask again, and when to stop asking.
//!
//! Only what may pass next time is retried. Full jitter; the provider's own wish wins. Leaves out waiting.

mod google;

use serde_json::Value;
use shared::chat::openai;
use shared::log::preview;
use shared::moment::Moment;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::ports::{Answer, Unreached};

/// What to do about a try that brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Wait so many milliseconds and ask again, `more` times at most. `rate_limited`: the calls come too fast. `wished`: the
    /// provider said how long.
    Again { wait_ms: u64, more: u32, rate_limited: bool, wished: bool },
    /// The provider wants so long a wait that the whole run pauses until then.
    Pause { until: Moment, why: String },
    /// What was paid for is used up: the whole run pauses until somebody has seen to it.
    Exhausted(String),
    /// The key or the model is not accepted, or the address leads in a circle: every other call will fail alike.
    Rejected(String),
    /// This question cannot be answered.
    GiveUp(String),
}

/// What a question has been through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// The tries so far, the one that failed among them.
    pub tried: u32,
    /// Those of them that were turned away for coming too fast while other questions were let through: they tell of the
    /// pace of all, not of this one.
    pub turned_away: u32,
    /// Those of them that failed: a provider that was busy meanwhile takes nothing from what failures may take.
    pub failed: u32,
    /// How long it waited because the provider wished so, in milliseconds.
    pub waited_ms: u64,
}

/// The most tries of one question, how many of them may fail, and the most with all that were turned away while others were
/// let through. Where one call of ten is turned away, five tries in a row are once in fifty runs of 1,000 items.
const TRIES: u32 = 5;
const TRIES_OF_FAILURES: u32 = 3;
const TRIES_IN_ALL: u32 = 10;
/// The longest wait of a question for a provider in all; a longer one pauses the run.
pub const LONGEST_WAIT_MS: u64 = 5 * 60 * 1000;
/// The first and the longest step of the waits that nobody asked for.
const FIRST_WAIT_MS: u64 = 500;
const LAST_WAIT_MS: u64 = 30_000;

/// Tells whether a try failed: the provider broke down over it, or gave what is no answer. Else it was busy or out of
/// reach, or refused.
pub fn is_failure(tried: &Result<Answer, Unreached>) -> bool {
    match tried {
        Ok(answer) => (500..=599).contains(&answer.status) && !matches!(answer.status, 503 | 508 | 529),
        Err(unreached) => matches!(unreached, Unreached::Flawed(_)),
    }
}

/// Decides after a try without an answer, which `tries` counts already. `jitter` is drawn from 0 to 1.
pub fn decide(failed: &Result<Answer, Unreached>, tries: Tries, jitter: f64, now: Moment) -> Step {
    let pace = Pace { tries, jitter: jitter.clamp(0.0, 1.0), now };
    let answer = match failed {
        Err(unreached @ Unreached::TooLarge(_)) => return Step::GiveUp(unreached.to_string()),
        Err(unreached) => return pace.again(pace.left(failed), None, false, &unreached.to_string()),
        Ok(answer) => answer,
    };
    let why = said(answer.status, &head(&answer.body));
    let error = error_of(&answer.body);
    let wish = answer.retry_after.as_deref().and_then(|wish| read_wish(wish, now));
    let wish = wish.or_else(|| error.as_ref().and_then(google::wish_ms));
    match (answer.status, Complaint::of(error.as_ref())) {
        (402, _) | (400 | 403 | 429, Complaint::Quota) => Step::Exhausted(why),
        (401 | 403 | 404 | 508, _) | (400, Complaint::Caller) => Step::Rejected(why),
        // Overloaded, as some say it, or broken down.
        (408 | 409 | 429 | 500..=599, _) => pace.again(pace.left(failed), wish, answer.status == 429, &why),
        (300..=399, _) => {
            Step::GiveUp(format!("the provider redirects ({}); redirects are not followed", answer.status))
        }
        _ => Step::GiveUp(why),
    }
}

fn said(status: u16, words: &str) -> String {
    format!("the provider answered {status}: {words}")
}

/// Gives what the provider says of a request that it does not take as it is (400), from why a call has no
/// answer; none when that is for something else.
pub fn complaint(why: &str) -> Option<&str> {
    why.strip_prefix(&said(400, ""))
}

/// What an error body complains of, where that decides more than its status.
#[derive(Debug, PartialEq, Eq)]
enum Complaint {
    /// Nothing is left of what was paid for.
    Quota,
    /// The key is not accepted, or there is no such model, or not for this key.
    Caller,
    Other,
}

impl Complaint {
    fn of(error: Option<&Value>) -> Self {
        let Some(error) = error else { return Self::Other };
        if let Some(complaint) = google::complaint(error) {
            return complaint;
        }
        let word = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let words = [word("code"), word("type")];
        let message = word("message").to_lowercase();
        let is_quota = words.iter().any(|word| {
            matches!(
                *word,
                "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active" | "billing_error"
            )
        });
        if is_quota
            || message.contains("credit balance is too low")
            || message.contains("exceeded your current quota")
            || message.contains("reached your specified api usage limits")
        {
            return Self::Quota;
        }
        if words.contains(&"model_not_found") { Self::Caller } else { Self::Other }
    }
}

/// Gives the error that a body tells of. Google's services may put it into a list.
fn error_of(body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).ok()?;
    body.get("error").or_else(|| body.pointer("/0/error")).cloned()
}

/// How a question goes on after a failed try.
struct Pace {
    tries: Tries,
    jitter: f64,
    now: Moment,
}

impl Pace {
    /// Gives how many more tries may follow.
    fn left(&self, after: &Result<Answer, Unreached>) -> u32 {
        let Tries { tried, turned_away, failed, .. } = self.tries;
        let left = (TRIES + turned_away).min(TRIES_IN_ALL).saturating_sub(tried);
        if is_failure(after) { left.min(TRIES_OF_FAILURES.saturating_sub(failed)) } else { left }
    }

    fn again(&self, more: u32, wish: Option<u64>, rate_limited: bool, why: &str) -> Step {
        let Tries { tried, waited_ms, .. } = self.tries;
        let step = FIRST_WAIT_MS.saturating_mul(1 << tried.min(10)).min(LAST_WAIT_MS);
        let own = (step as f64 * self.jitter) as u64;
        // At least what the provider wants, and a little later, so that not all come back at once.
        let later = (FIRST_WAIT_MS as f64 * self.jitter) as u64;
        let wait_ms = wish.map_or(own, |wish| wish.saturating_add(later));
        if wish.is_some() && wait_ms.saturating_add(waited_ms) > LONGEST_WAIT_MS {
            let millis = i64::try_from(wait_ms).unwrap_or(i64::MAX);
            return Step::Pause { until: self.now.plus(millis), why: why.to_owned() };
        }
        if more == 0 {
            Step::GiveUp(format!("{why} (tried {tried} times)"))
        } else {
            Step::Again { wait_ms, more, rate_limited, wished: wish.is_some() }
        }
    }
}

/// Reads a `retry-after`, in seconds or as a date, as milliseconds from now.
fn read_wish(wish: &str, now: Moment) -> Option<u64> {
    if let Ok(seconds) = wish.trim().parse::<f64>() {
        return if seconds >= 0.0 { Some((seconds * 1000.0) as u64) } else { None };
    }
    // HTTP dates end in "GMT", which RFC 2822 allows for "+0000".
    let at = OffsetDateTime::parse(wish.trim(), &Rfc2822).ok()?;
    let at = Moment::from_millis(at.unix_timestamp().saturating_mul(1000));
    Some(at.since(now))
}

/// Gives the words of an error body: its message where it has one.
pub fn head(body: &str) -> String {
    let error = error_of(body).as_ref().map(openai::error_message);
    preview(error.as_deref().unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;
    use shared::chat::stream::Flaw;

    fn check(status: u16, retry_after: Option<&str>, tried: u32, expected: Expect) {
        let now = Moment::from_millis(1_793_871_000_000); // 2026-11-05T09:30:00Z
        let answer =
            Ok(Answer { status, retry_after: retry_after.map(str::to_owned), body: "slow down".to_owned() });
        expected.assert_eq(&format!("{:?}", decide(&answer, all(&answer, tried), 0.5, now)));
    }

    /// So many tries that came to the same.
    fn all(came_to: &Result<Answer, Unreached>, tried: u32) -> Tries {
        Tries { tried, failed: if is_failure(came_to) { tried } else { 0 }, ..Tries::default() }
    }

    /// Decides after so many tries without an answer.
    fn check_unreached(unreached: Unreached, tried: u32, expected: Expect) {
        let unreached = Err(unreached);
        let tries = all(&unreached, tried);
        expected.assert_eq(&format!("{:?}", decide(&unreached, tries, 0.5, Moment::from_millis(0))));
    }

    /// Decides after a first try that was answered with this error.
    fn check_error(status: u16, code: &str, message: &str, expected: Expect) {
        let body = json!({"error": {"message": message, "type": "error", "code": code}}).to_string();
        let answer = Answer { status, retry_after: None, body };
        let tries = Tries { tried: 1, ..Tries::default() };
        expected.assert_eq(&format!("{:?}", decide(&Ok(answer), tries, 0.5, Moment::from_millis(0))));
    }

    #[test]
    fn the_wish_of_the_provider_is_kept_in_both_forms() {
        check(
            429,
            Some("2"),
            1,
            expect!["Again { wait_ms: 2250, more: 4, rate_limited: true, wished: true }"],
        );
        check(
            429,
            Some("Thu, 05 Nov 2026 09:30:10 GMT"),
            1,
            expect!["Again { wait_ms: 10250, more: 4, rate_limited: true, wished: true }"],
        );
        check(
            503,
            Some("1"),
            1,
            expect!["Again { wait_ms: 1250, more: 4, rate_limited: false, wished: true }"],
        );
    }

    #[test]
    fn waits_grow_and_end() {
        check(429, None, 1, expect!["Again { wait_ms: 500, more: 4, rate_limited: true, wished: false }"]);
        check(429, None, 4, expect!["Again { wait_ms: 4000, more: 1, rate_limited: true, wished: false }"]);
        check(429, None, 5, expect![[r#"GiveUp("the provider answered 429: slow down (tried 5 times)")"#]]);
        check(500, None, 2, expect!["Again { wait_ms: 1000, more: 1, rate_limited: false, wished: false }"]);
        check(500, None, 3, expect![[r#"GiveUp("the provider answered 500: slow down (tried 3 times)")"#]]);
    }

    #[test]
    fn what_is_turned_away_while_others_are_let_through_has_more_tries() {
        let check = |tried, turned_away, expected: Expect| {
            let answer = Answer { status: 429, retry_after: None, body: "slow down".to_owned() };
            let tries = Tries { tried, turned_away, ..Tries::default() };
            expected.assert_eq(&format!("{:?}", decide(&Ok(answer), tries, 0.5, Moment::from_millis(0))));
        };
        check(5, 1, expect!["Again { wait_ms: 8000, more: 1, rate_limited: true, wished: false }"]);
        check(9, 5, expect!["Again { wait_ms: 15000, more: 1, rate_limited: true, wished: false }"]);
        check(9, 4, expect![[r#"GiveUp("the provider answered 429: slow down (tried 9 times)")"#]]);
        check(10, 10, expect![[r#"GiveUp("the provider answered 429: slow down (tried 10 times)")"#]]);
    }

    #[test]
    fn who_was_busy_before_takes_nothing_from_what_failures_may_take() {
        let check = |tried, turned_away, failed, expected: Expect| {
            let answer = Answer { status: 500, retry_after: None, body: "oops".to_owned() };
            let tries = Tries { tried, turned_away, failed, waited_ms: 0 };
            expected.assert_eq(&format!("{:?}", decide(&Ok(answer), tries, 0.5, Moment::from_millis(0))));
        };
        check(3, 0, 1, expect!["Again { wait_ms: 2000, more: 2, rate_limited: false, wished: false }"]);
        check(4, 0, 2, expect!["Again { wait_ms: 4000, more: 1, rate_limited: false, wished: false }"]);
        check(5, 0, 2, expect![[r#"GiveUp("the provider answered 500: oops (tried 5 times)")"#]]);
        check(5, 2, 3, expect![[r#"GiveUp("the provider answered 500: oops (tried 5 times)")"#]]);
    }

    #[test]
    fn what_broke_off_is_asked_for_again() {
        let reset = || Unreached::Reset("gone".to_owned());
        check_unreached(
            reset(),
            4,
            expect!["Again { wait_ms: 4000, more: 1, rate_limited: false, wished: false }"],
        );
        check_unreached(
            reset(),
            5,
            expect![[r#"GiveUp("the connection to the provider broke: gone (tried 5 times)")"#]],
        );
        check_unreached(
            Unreached::Stalled(7),
            4,
            expect!["Again { wait_ms: 4000, more: 1, rate_limited: false, wished: false }"],
        );
        check_unreached(
            Unreached::Stalled(7),
            5,
            expect![[r#"GiveUp("the answer stood still for 7 ms (tried 5 times)")"#]],
        );
        // It was paid for each time.
        check_unreached(
            Unreached::Flawed(Flaw::CutOff),
            2,
            expect!["Again { wait_ms: 1000, more: 1, rate_limited: false, wished: false }"],
        );
        check_unreached(
            Unreached::Flawed(Flaw::CutOff),
            3,
            expect![[
                r#"GiveUp("the answer is not whole: its stream ended with neither a finish reason nor [DONE]; if all do, turn streaming off for the provider (tried 3 times)")"#
            ]],
        );
        check_unreached(
            Unreached::TooLarge(7),
            1,
            expect![[r#"GiveUp("the answer is larger than 7 bytes")"#]],
        );
    }

    #[test]
    fn a_long_wish_pauses_the_run() {
        check(
            429,
            Some("86400"),
            1,
            expect![[
                r#"Pause { until: Moment(1793957400250), why: "the provider answered 429: slow down" }"#
            ]],
        );
    }

    #[test]
    fn waits_that_add_up_to_a_long_one_pause_the_run() {
        let answer = Answer { status: 429, retry_after: Some("200".to_owned()), body: String::new() };
        let tries = Tries { tried: 2, waited_ms: 200_000, ..Tries::default() };
        expect![[r#"Pause { until: Moment(200000), why: "the provider answered 429: " }"#]]
            .assert_eq(&format!("{:?}", decide(&Ok(answer), tries, 0.0, Moment::from_millis(0))));
    }

    #[test]
    fn an_exhausted_quota_is_not_waited_for() {
        check_error(
            429,
            "insufficient_quota",
            "You exceeded your current quota.",
            expect![[r#"Exhausted("the provider answered 429: You exceeded your current quota.")"#]],
        );
        check_error(
            429,
            "rate_limit_exceeded",
            "Rate limit reached.",
            expect!["Again { wait_ms: 500, more: 4, rate_limited: true, wished: false }"],
        );
        check_error(
            400,
            "",
            "Your credit balance is too low.",
            expect![[r#"Exhausted("the provider answered 400: Your credit balance is too low.")"#]],
        );
        check_error(
            400,
            "invalid_request_error",
            "You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.",
            expect![[
                r#"Exhausted("the provider answered 400: You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.")"#
            ]],
        );
        check_error(
            402,
            "",
            "Pay first.",
            expect![[r#"Exhausted("the provider answered 402: Pay first.")"#]],
        );
    }

    #[test]
    fn an_unknown_model_fails_every_call_alike() {
        check_error(
            404,
            "model_not_found",
            "No such model.",
            expect![[r#"Rejected("the provider answered 404: No such model.")"#]],
        );
        check_error(
            400,
            "model_not_found",
            "No such model.",
            expect![[r#"Rejected("the provider answered 400: No such model.")"#]],
        );
        check_error(
            400,
            "bad_value",
            "No such parameter.",
            expect![[r#"GiveUp("the provider answered 400: No such parameter.")"#]],
        );
    }

    /// Decides after a first try that was answered with this error of Google's, alone or in a list.
    fn check_google(status: u16, error: Value, expected: Expect) {
        let step = |body: Value| {
            let answer = Answer { status, retry_after: None, body: body.to_string() };
            let tries = Tries { tried: 1, ..Tries::default() };
            decide(&Ok(answer), tries, 0.5, Moment::from_millis(0))
        };
        let alone = step(json!({"error": error}));
        assert_eq!(step(json!([{"error": error}])), alone);
        expected.assert_eq(&format!("{alone:?}"));
    }

    #[test]
    fn google_tells_in_the_body_how_long_to_wait_and_what_is_used_up() {
        let error = |quota: &str, delay: Option<&str>| {
            let violation = json!({"quotaMetric": "generativelanguage.googleapis.com/generate_content_requests", "quotaId": quota});
            let mut details = vec![
                json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}),
            ];
            details.extend(delay.map(
                |delay| json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}),
            ));
            json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota.", "details": details})
        };
        check_google(
            429,
            error("RequestsPerMinutePerProjectPerModel", Some("45.837906927s")),
            expect!["Again { wait_ms: 46088, more: 4, rate_limited: true, wished: true }"],
        );
        check_google(
            429,
            error("RequestsPerMinutePerProjectPerModel", Some("7200s")),
            expect![[
                r#"Pause { until: Moment(7200250), why: "the provider answered 429: You exceeded your current quota." }"#
            ]],
        );
        check_google(
            429,
            error("RequestsPerMinutePerProjectPerModel", None),
            expect!["Again { wait_ms: 500, more: 4, rate_limited: true, wished: false }"],
        );
        check_google(
            429,
            error("RequestsPerDayPerProjectPerModel-FreeTier", Some("38s")),
            expect![[r#"Exhausted("the provider answered 429: You exceeded your current quota.")"#]],
        );
        let depleted = json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota, please check your plan."});
        check_google(
            429,
            depleted,
            expect![[
                r#"Exhausted("the provider answered 429: You exceeded your current quota, please check your plan.")"#
            ]],
        );
        let busy = json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Resource has been exhausted (e.g. check quota)."});
        check_google(
            429,
            busy,
            expect!["Again { wait_ms: 500, more: 4, rate_limited: true, wished: false }"],
        );
    }

    #[test]
    fn google_refuses_callers_with_other_numbers() {
        let info = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]);
        let key = json!({"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid.", "details": info});
        check_google(400, key, expect![[r#"Rejected("the provider answered 400: API key not valid.")"#]]);
        let place = json!({"code": 400, "status": "FAILED_PRECONDITION", "message": "User location is not supported for the API use."});
        check_google(
            400,
            place,
            expect![[
                r#"Rejected("the provider answered 400: User location is not supported for the API use.")"#
            ]],
        );
        let model = json!({"code": 404, "status": "NOT_FOUND", "message": "models/x is not found for API version v1beta."});
        check_google(
            404,
            model,
            expect![[
                r#"Rejected("the provider answered 404: models/x is not found for API version v1beta.")"#
            ]],
        );
        let argument = json!({"code": 400, "status": "INVALID_ARGUMENT", "message": "Unknown name \"x\"."});
        check_google(400, argument, expect![[r#"GiveUp("the provider answered 400: Unknown name \"x\".")"#]]);
        let full = json!({"code": 503, "status": "UNAVAILABLE", "message": "The model is overloaded."});
        check_google(
            503,
            full,
            expect!["Again { wait_ms: 500, more: 4, rate_limited: false, wished: false }"],
        );
    }

    #[test]
    fn what_cannot_pass_is_not_tried_again() {
        check(400, None, 1, expect![[r#"GiveUp("the provider answered 400: slow down")"#]]);
        check(401, None, 1, expect![[r#"Rejected("the provider answered 401: slow down")"#]]);
        check(508, None, 1, expect![[r#"Rejected("the provider answered 508: slow down")"#]]);
        check(
            302,
            None,
            1,
            expect![[r#"GiveUp("the provider redirects (302); redirects are not followed")"#]],
        );
    }
}
