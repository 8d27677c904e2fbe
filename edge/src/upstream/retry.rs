//! When to ask again, and when to stop asking.
//!
//! Only what may pass next time is retried. Full jitter; the provider's own wish wins. Leaves out waiting.

use serde_json::Value;
use shared::chat::openai;
use shared::log::preview;
use shared::moment::Moment;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::ports::{Answer, Unreached};

/// What to do about a call that did not bring an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Wait so many milliseconds and ask again.
    Again { wait_ms: u64, rate_limited: bool },
    /// The provider wants so long a wait that the whole run pauses until then.
    Pause { until: Moment, why: String },
    /// The key or the model is not accepted: every other call will fail alike.
    Rejected(String),
    /// This call cannot succeed.
    GiveUp(String),
}

/// The most tries of one call.
pub const TRIES: u32 = 5;
/// The longest wait inside a slice; a longer one pauses the run.
const LONGEST_WAIT_MS: u64 = 5 * 60 * 1000;
/// The first and the longest step of the waits that nobody asked for.
const FIRST_WAIT_MS: u64 = 500;
const LAST_WAIT_MS: u64 = 30_000;

/// Decides after a failed try. `tried` counts the tries so far, from 1; `jitter` is drawn from 0 to 1.
pub fn decide(failed: &Result<Answer, Unreached>, tried: u32, jitter: f64, now: Moment) -> Step {
    let answer = match failed {
        Err(unreached @ Unreached::TooLarge(_)) => return Step::GiveUp(unreached.to_string()),
        Err(unreached) => return again(tried, jitter, None, false, now, &unreached.to_string()),
        Ok(answer) => answer,
    };
    let why = said(answer.status, &head(&answer.body));
    let wish = answer.retry_after.as_deref().and_then(|wish| read_wish(wish, now));
    match answer.status {
        401 | 403 => Step::Rejected(why),
        404 => Step::Rejected(why),
        429 => again(tried, jitter, wish, true, now, &why),
        408 | 409 | 500..=599 => again(tried, jitter, wish, false, now, &why),
        300..=399 => {
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

fn again(tried: u32, jitter: f64, wish: Option<u64>, rate_limited: bool, now: Moment, why: &str) -> Step {
    let most = FIRST_WAIT_MS.saturating_mul(1 << tried.min(10)).min(LAST_WAIT_MS);
    let own = (most as f64 * jitter.clamp(0.0, 1.0)) as u64;
    // At least what the provider wants, and a little more, so that not all come back at once.
    let more = (FIRST_WAIT_MS as f64 * jitter.clamp(0.0, 1.0)) as u64;
    let wait_ms = wish.map_or(own, |wish| wish.saturating_add(more));
    if wait_ms > LONGEST_WAIT_MS {
        let millis = i64::try_from(wait_ms).unwrap_or(i64::MAX);
        return Step::Pause { until: now.plus(millis), why: why.to_owned() };
    }
    if tried >= TRIES {
        Step::GiveUp(format!("{why} (tried {tried} times)"))
    } else {
        Step::Again { wait_ms, rate_limited }
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
    let error = serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|body| body.get("error").map(openai::error_message));
    preview(error.as_deref().unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(status: u16, retry_after: Option<&str>, tried: u32, expected: Expect) {
        let now = Moment::from_millis(1_793_871_000_000); // 2026-11-05T09:30:00Z
        let answer =
            Answer { status, retry_after: retry_after.map(str::to_owned), body: "slow down".to_owned() };
        expected.assert_eq(&format!("{:?}", decide(&Ok(answer), tried, 0.5, now)));
    }

    #[test]
    fn the_wish_of_the_provider_is_kept_in_both_forms() {
        check(429, Some("2"), 1, expect!["Again { wait_ms: 2250, rate_limited: true }"]);
        check(
            429,
            Some("Thu, 05 Nov 2026 09:30:10 GMT"),
            1,
            expect!["Again { wait_ms: 10250, rate_limited: true }"],
        );
        check(503, Some("1"), 1, expect!["Again { wait_ms: 1250, rate_limited: false }"]);
    }

    #[test]
    fn waits_grow_and_end() {
        check(429, None, 1, expect!["Again { wait_ms: 500, rate_limited: true }"]);
        check(500, None, 4, expect!["Again { wait_ms: 4000, rate_limited: false }"]);
        check(500, None, 5, expect![[r#"GiveUp("the provider answered 500: slow down (tried 5 times)")"#]]);
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
    fn what_cannot_pass_is_not_tried_again() {
        check(400, None, 1, expect![[r#"GiveUp("the provider answered 400: slow down")"#]]);
        check(401, None, 1, expect![[r#"Rejected("the provider answered 401: slow down")"#]]);
        check(
            302,
            None,
            1,
            expect![[r#"GiveUp("the provider redirects (302); redirects are not followed")"#]],
        );
    }
}
