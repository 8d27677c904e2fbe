//! Webhooks in words: what they are told, and what became of it.

use shared::api::webhooks::WebhookTest;
use shared::moment::Moment;
use shared::webhook::{Delivery, Event, State};

use super::fault::sentence;
use super::number::{counted, seconds, took};
use super::time::ago;

/// Says when a webhook is told.
pub fn event(event: Event) -> &'static str {
    match event {
        Event::RunFinished => "a run is over",
        Event::RunPaused => "a run is paused",
    }
}

/// Says when a webhook is told, of all that it is told.
pub fn events(events: &[Event]) -> String {
    let words: Vec<_> = events.iter().map(|known| event(*known)).collect();
    format!("Told when {}", words.join(", or when "))
}

/// What is said of a delivery: how it is marked, and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub class: &'static str,
    pub mark: &'static str,
    pub words: String,
}

/// Says what became of a delivery.
pub fn delivery(delivery: &Delivery, now: Moment) -> Said {
    let Delivery { event, tries, tried_at, state, next_try_at, status, error, .. } = delivery;
    let what = match event {
        Event::RunFinished => "that a run was over",
        Event::RunPaused => "that a run was paused",
    };
    let when = ago(now.since(*tried_at));
    let tried = match tries {
        1 => String::new(),
        tries => format!(" at try {tries}"),
    };
    let why = error.as_deref().map(sentence).unwrap_or_default();
    match state {
        State::Delivered => {
            let answered = status.map(|status| format!(", answered {status}")).unwrap_or_default();
            Said {
                class: "mark good",
                mark: "✓ delivered",
                words: format!("{what}, {when}{tried}{answered}."),
            }
        }
        State::Waiting => {
            let wait_s = next_try_at.map_or(0, |next| next.since(now).div_ceil(1000));
            let next = match wait_s {
                0 => "Next try at once.".to_owned(),
                wait_s => format!("Next try in {}.", seconds(wait_s)),
            };
            let words = format!("{what}, {when}{tried}. {why} {next}");
            Said { class: "mark odd", mark: "… not yet", words: words.replace("  ", " ") }
        }
        State::GivenUp => {
            let words = format!("{what}, {when} after {}. {why}", counted(u64::from(*tries), "try", "tries"));
            Said { class: "mark bad", mark: "✗ given up", words }
        }
    }
}

/// Says how a sample was taken.
pub fn tested(test: &WebhookTest) -> Said {
    match (&test.error, test.status) {
        (None, status) => {
            let status = status.map(|status| format!(" with {status}")).unwrap_or_default();
            let words = format!("It answered{status} in {}.", took(Some(test.latency_ms)));
            Said { class: "mark good", mark: "✓ taken", words }
        }
        (Some(why), _) => Said { class: "mark bad", mark: "✗ not taken", words: sentence(why) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    fn shown(said: &Said) -> String {
        format!("[{}] {}", said.mark, said.words)
    }

    fn check(state: &str, tries: u32, status: Value, error: Value, next_ms: Option<i64>, expected: Expect) {
        let now = Moment::from_millis(1_793_871_000_000);
        let one = json!({
            "type": "run.finished", "run_id": "r", "tries": tries, "tried_at": now.plus(-120_000), "state": state,
            "next_try_at": next_ms.map(|next_ms| now.plus(next_ms)), "status": status, "error": error,
        });
        let one: Delivery = serde_json::from_value(one).expect("a delivery");
        expected.assert_eq(&shown(&delivery(&one, now)));
    }

    #[test]
    fn what_became_of_a_delivery_is_said_with_what_comes_next() {
        let nothing = || Value::Null;
        check(
            "delivered",
            1,
            json!(204),
            nothing(),
            None,
            expect!["[✓ delivered] that a run was over, 2 min ago, answered 204."],
        );
        check(
            "delivered",
            3,
            json!(200),
            nothing(),
            None,
            expect!["[✓ delivered] that a run was over, 2 min ago at try 3, answered 200."],
        );
        check(
            "waiting",
            1,
            json!(500),
            json!("it answered 500"),
            Some(3_000),
            expect!["[… not yet] that a run was over, 2 min ago. It answered 500. Next try in 3 s."],
        );
        check(
            "waiting",
            4,
            nothing(),
            json!("the connection broke: no route"),
            Some(6_000_000),
            expect![
                "[… not yet] that a run was over, 2 min ago at try 4. The connection broke: no route. Next try in 1 h 40 min."
            ],
        );
        check(
            "waiting",
            1,
            nothing(),
            nothing(),
            Some(-5),
            expect!["[… not yet] that a run was over, 2 min ago. Next try at once."],
        );
        check(
            "given_up",
            8,
            json!(404),
            json!("it answered 404"),
            None,
            expect!["[✗ given up] that a run was over, 2 min ago after 8 tries. It answered 404."],
        );
        check(
            "given_up",
            1,
            json!(410),
            json!("it answered 410"),
            None,
            expect!["[✗ given up] that a run was over, 2 min ago after 1 try. It answered 410."],
        );
    }

    #[test]
    fn a_test_says_what_was_answered() {
        let test = |status, error: Option<&str>| WebhookTest {
            ok: error.is_none(),
            status,
            latency_ms: 120,
            error: error.map(str::to_owned),
        };
        expect!["[✓ taken] It answered with 204 in 120 ms."]
            .assert_eq(&shown(&tested(&test(Some(204), None))));
        expect!["[✗ not taken] It answered 500."]
            .assert_eq(&shown(&tested(&test(Some(500), Some("it answered 500")))));
    }

    #[test]
    fn it_is_said_when_somebody_is_told() {
        expect!["Told when a run is over, or when a run is paused"].assert_eq(&events(&Event::ALL));
        expect!["Told when a run is paused"].assert_eq(&events(&[Event::RunPaused]));
    }
}
