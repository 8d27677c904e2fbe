//! Logs as a file: a line each, as lists have them. No bodies, only previews.

use super::csv::{line, number, text};
use crate::log::Log;

/// The columns of the table.
const COLUMNS: [&str; 18] = [
    "id",
    "created_at",
    "feature",
    "provider",
    "model",
    "status",
    "outcome",
    "streamed",
    "latency_ms",
    "ttft_ms",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "user",
    "session",
    "tags",
    "request",
    "response",
];

/// Writes logs as a table, below a line of names.
pub fn csv(logs: &[Log]) -> String {
    let mut table = String::new();
    line(&mut table, COLUMNS.into_iter().map(str::to_owned));
    for log in logs {
        line(&mut table, cells(log).into_iter());
    }
    table
}

/// Writes logs as JSON, each on a line of its own, as they are.
pub fn jsonl(logs: &[Log]) -> String {
    // By way of a value: one way of writing is less to load than two.
    let lines = logs.iter().map(|log| serde_json::to_value(log).unwrap_or_default().to_string() + "\n");
    lines.collect()
}

fn cells(log: &Log) -> [String; 18] {
    let own = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
    let tags = serde_json::to_value(&log.tags).unwrap_or_default();
    [
        log.id.to_string(),
        log.created_at.to_string(),
        own(&log.feature),
        own(&log.provider),
        text(&log.model),
        number(log.status),
        log.outcome.word().to_owned(),
        log.streamed.to_string(),
        number(log.latency_ms),
        number(log.ttft_ms),
        number(log.usage.input_tokens),
        number(log.usage.output_tokens),
        number(log.cost_usd),
        own(&log.user),
        own(&log.session),
        if log.tags.is_empty() { String::new() } else { tags.to_string() },
        text(&log.request_preview),
        text(&log.response_preview),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn logs() -> Vec<Log> {
        let log = |request: &str, feature: Option<&str>| {
            json!({
                "id": "l1", "created_at": "2026-11-01T09:30:00.000Z", "feature": feature, "provider": null, "model": "=m",
                "status": 200, "outcome": "success", "streamed": false, "complete": true, "latency_ms": 12, "ttft_ms": null,
                "usage": {"input_tokens": 3, "output_tokens": null}, "cost_usd": 0.5, "user": "@ann", "session": null,
                "tags": {"plan": "pro"}, "request_preview": request, "response_preview": "Say \"hi\""
            })
        };
        let logs = [log("=HYPERLINK(\"https://elsewhere.example\")", Some("+1")), log("a,b\u{1b}", None)];
        logs.into_iter().map(|log| serde_json::from_value(log).expect("a log")).collect()
    }

    #[test]
    fn a_table_has_a_line_for_each_log_and_no_formula() {
        expect![[r#"
            "id","created_at","feature","provider","model","status","outcome","streamed","latency_ms","ttft_ms","input_tokens","output_tokens","cost_usd","user","session","tags","request","response"\r
            "l1","2026-11-01T09:30:00.000Z","'+1","","'=m","200","success","false","12","","3","","0.5","'@ann","","{""plan"":""pro""}","'=HYPERLINK(""https://elsewhere.example"")","Say ""hi"""\r
            "l1","2026-11-01T09:30:00.000Z","","","'=m","200","success","false","12","","3","","0.5","'@ann","","{""plan"":""pro""}","a,b","Say ""hi"""\r
        "#]].assert_eq(&csv(&logs()).replace('\r', "\\r"));
    }

    #[test]
    fn lines_of_json_are_the_rows_as_they_are() {
        expect![[r#"
            {"id":"l1","created_at":"2026-11-01T09:30:00.000Z","feature":"+1","provider":null,"model":"=m","status":200,"outcome":"success","streamed":false,"complete":true,"latency_ms":12,"ttft_ms":null,"usage":{"input_tokens":3,"output_tokens":null},"cost_usd":0.5,"user":"@ann","session":null,"tags":{"plan":"pro"},"request_preview":"=HYPERLINK(\"https://elsewhere.example\")","response_preview":"Say \"hi\""}
            {"id":"l1","created_at":"2026-11-01T09:30:00.000Z","feature":null,"provider":null,"model":"=m","status":200,"outcome":"success","streamed":false,"complete":true,"latency_ms":12,"ttft_ms":null,"usage":{"input_tokens":3,"output_tokens":null},"cost_usd":0.5,"user":"@ann","session":null,"tags":{"plan":"pro"},"request_preview":"a,b\u001b","response_preview":"Say \"hi\""}
        "#]].assert_eq(&jsonl(&logs()));
    }
}
