//! Logs in words: outcomes, imports, what was added to a set.

use shared::api::logs::{By, ImportReport, Order};
use shared::api::sets::{Added, Dedupe};
use shared::import::Format;
use shared::log::Outcome;
use shared::log::again::Language;
use shared::unseen::seen;

use super::number::{count, counted};

/// Says how a logged request ended.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "answered",
        Outcome::EmptyOutput => "empty answer",
        Outcome::InvalidRequest => "request refused",
        Outcome::Unauthorized => "key refused",
        Outcome::RateLimited => "rate limited",
        Outcome::ProviderError => "provider failed",
        Outcome::Incomplete => "cut off",
        Outcome::Timeout => "timed out",
        Outcome::ParseError => "unreadable answer",
        Outcome::ClientAbort => "caller left",
    }
}

/// Says in which order logs stand.
pub fn order(order: Order) -> &'static str {
    match (order.by, order.falls) {
        (By::Time, true) => "Newest first.",
        (By::Time, false) => "Oldest first.",
        (By::Latency, true) => "Slowest first; what has no latency stands last.",
        (By::Latency, false) => "Fastest first; what has no latency stands last.",
        (By::Cost, true) => "Dearest first; what has no cost stands last.",
        (By::Cost, false) => "Cheapest first; what has no cost stands last.",
        (By::Tokens, true) => "Most tokens first; what has no tokens counted stands last.",
        (By::Tokens, false) => "Fewest tokens first; what has no tokens counted stands last.",
    }
}

/// Names the logs that have no value of a field.
pub fn without(field: &str) -> String {
    format!("(no {field})")
}

/// Says what was chosen of a field, by the name of a value; `lacking` when it is that there is none.
pub fn chosen(field: &str, value: &str, lacking: bool, excluded: bool) -> String {
    let field = seen(&field.strip_prefix("tag.").unwrap_or(field).replace('_', " "));
    let value = seen(value);
    match (lacking, excluded) {
        (true, false) => format!("no {field}"),
        (true, true) => format!("any {field}"),
        (false, false) => format!("{field}: {value}"),
        (false, true) => format!("{field}: not {value}"),
    }
}

/// Says how many logs match.
pub fn matches(number: u64) -> String {
    match number {
        0 => "No log matches".to_owned(),
        1 => "1 log matches".to_owned(),
        many => format!("{} logs match", count(many)),
    }
}

/// Says that logs came in while others are read.
pub fn new_logs(number: u64, more: bool) -> String {
    let more = if more { "+" } else { "" };
    let noun = if number == 1 && more.is_empty() { "log" } else { "logs" };
    format!("{}{more} new {noun}", count(number))
}

/// Names what a logged request is written in.
pub fn language(language: Language) -> &'static str {
    match language {
        Language::Curl => "curl",
        Language::Python => "Python",
        Language::JavaScript => "JavaScript",
    }
}

/// Offers to copy what a logged request is written in.
pub fn copy_as(language: Language) -> &'static str {
    match language {
        Language::Curl => "Copy as curl",
        Language::Python => "Copy as Python",
        Language::JavaScript => "Copy as JavaScript",
    }
}

/// Says what goes into a file of logs that stand in an order.
pub fn export(matching: u64, most: u64, order: Order) -> String {
    let is_usual = order == Order::default();
    let which = if matching > most {
        let first = if is_usual { "newest" } else { "first" };
        format!("The {first} {} of the {} that match", count(most), counted(matching, "log", "logs"))
    } else {
        format!(
            "The {} that {}",
            counted(matching, "log", "logs"),
            if matching == 1 { "matches" } else { "match" }
        )
    };
    let list = if is_usual { "shows" } else { "sorts and shows" };
    format!("{which}, as the list {list} them: previews of at most 200 characters, no whole texts.")
}

/// Says how far reading has come.
pub fn read_so_far(read: u64, of: u64) -> String {
    format!("{} of {} read", count(read), count(of.max(read)))
}

/// Names a format of files.
pub fn format(format: Format) -> &'static str {
    match format {
        Format::ChatPairs => "pairs of request and response",
        Format::InputOutput => "pairs of input and output",
        Format::Messages => "conversations that end with the answer",
        Format::Batch => "batch input with its output",
        Format::Langfuse => "Langfuse",
        Format::Helicone => "Helicone",
        Format::Litellm => "LiteLLM",
        Format::Cloudflare => "Cloudflare AI Gateway",
        Format::Braintrust => "Braintrust",
        Format::Opentelemetry => "OpenTelemetry spans",
    }
}

/// Says which formats are understood.
pub fn formats() -> String {
    let names = Format::ALL.map(format);
    format!("Understood are JSON lines and JSON lists of: {}.", names.join("; "))
}

/// Says as what a file was read.
pub fn read_as(report: &ImportReport) -> String {
    format!("Read as {}.", format(report.format))
}

/// Says what became of an imported file.
pub fn import(report: &ImportReport) -> String {
    let imported = format!("{} imported", counted(report.imported, "log", "logs"));
    let duplicates = match report.duplicates {
        0 => String::new(),
        n => format!(", {} here already", count(n)),
    };
    let rejected = match report.rejected.len() as u64 {
        0 => String::new(),
        n => format!(", {} not taken", counted(n, "line", "lines")),
    };
    format!("{imported}{duplicates}{rejected}.")
}

/// Says that nothing was found by these words.
pub fn no_match(words: &str) -> String {
    format!("No log contains “{words}”.")
}

/// Says what became of logs that were to be added to a set.
pub fn added(added: &Added, dedupe: Dedupe, set: &str) -> String {
    let head = match added.added {
        0 => format!("Nothing new for “{set}”"),
        n => format!("{} added to “{set}”, version {}", counted(n, "item", "items"), added.version),
    };
    let duplicates = match added.duplicates {
        0 => String::new(),
        n if dedupe == Dedupe::Near => {
            format!(" {} in it already, or nearly.", counted(n, "log was", "logs were"))
        }
        n => format!(" {} in it already.", counted(n, "log was", "logs were")),
    };
    let skipped = match added.skipped {
        0 => String::new(),
        n => {
            let mut reasons: Vec<_> = added.refused.iter().map(|refused| refused.reason.as_str()).collect();
            reasons.sort_unstable();
            reasons.dedup();
            let reasons: Vec<_> = reasons.into_iter().map(|reason| left_out(reason, n)).collect();
            format!(" {} left out: {}.", counted(n, "log", "logs"), reasons.join("; "))
        }
    };
    format!("{head}.{duplicates}{skipped}")
}

/// Says why so many logs are no items; a reason that is not known stays as it is.
fn left_out(reason: &str, logs: u64) -> String {
    match (reason, logs) {
        ("it has no answer to compare with", 1) => "it has no response".to_owned(),
        ("it has no answer to compare with", _) => "they have no response".to_owned(),
        ("its answer did not arrive whole", 2..) => "their response did not arrive whole".to_owned(),
        _ => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::api::sets::Refused;
    use shared::id::LogId;
    use shared::import::Rejected;

    fn check(text: String, expected: Expect) {
        expected.assert_eq(&text);
    }

    #[test]
    fn what_was_chosen_is_said_and_so_is_that_there_is_none() {
        let said = [("feature", "code", false), ("tag.a_b", "x", true)]
            .map(|(field, value, excluded)| chosen(field, value, false, excluded));
        assert_eq!(said, ["feature: code", "a b: not x"]);
        assert_eq!(
            [false, true].map(|excluded| chosen("feature", "", true, excluded)),
            ["no feature", "any feature"]
        );
        assert_eq!(without("feature"), "(no feature)");
    }

    #[test]
    fn imports_say_what_was_not_taken() {
        let report = |imported, duplicates, rejected: &[u64]| ImportReport {
            format: Format::ChatPairs,
            imported,
            duplicates,
            rejected: rejected.iter().map(|&line| Rejected { line, reason: "not JSON".to_owned() }).collect(),
        };
        check(import(&report(64, 0, &[])), expect!["64 logs imported."]);
        check(import(&report(1, 2, &[3])), expect!["1 log imported, 2 here already, 1 line not taken."]);
    }

    #[test]
    fn formats_are_named() {
        check(
            formats(),
            expect![
                "Understood are JSON lines and JSON lists of: pairs of request and response; pairs of input and output; conversations that end with the answer; batch input with its output; Langfuse; Helicone; LiteLLM; Cloudflare AI Gateway; Braintrust; OpenTelemetry spans."
            ],
        );
    }

    #[test]
    fn additions_say_what_was_left_out() {
        let refused = |reason: &str| Refused {
            log_id: LogId::try_from("l".to_owned()).expect("an id"),
            reason: reason.to_owned(),
        };
        let reasons =
            ["it has no answer to compare with", "it asks for embeddings", "it asks for embeddings"];
        let report = |added, duplicates, skipped: usize| Added {
            added,
            duplicates,
            skipped: skipped as u64,
            refused: reasons.into_iter().map(refused).take(skipped).collect(),
            version: 2,
        };
        check(
            added(&report(60, 4, 1), Dedupe::Exact, "Support"),
            expect![
                "60 items added to “Support”, version 2. 4 logs were in it already. 1 log left out: it has no response."
            ],
        );
        check(
            added(&report(2, 0, 3), Dedupe::Exact, "Support"),
            expect![
                "2 items added to “Support”, version 2. 3 logs left out: it asks for embeddings; they have no response."
            ],
        );
        check(
            added(&report(0, 3, 0), Dedupe::Exact, "Support"),
            expect!["Nothing new for “Support”. 3 logs were in it already."],
        );
        check(
            added(&report(5, 2, 0), Dedupe::Near, "Support"),
            expect!["5 items added to “Support”, version 2. 2 logs were in it already, or nearly."],
        );
    }

    #[test]
    fn logs_that_come_in_are_counted() {
        check(
            [new_logs(1, false), new_logs(12, false), new_logs(100, true)].join(" | "),
            expect!["1 new log | 12 new logs | 100+ new logs"],
        );
    }

    #[test]
    fn an_export_says_what_is_in_it() {
        check(
            export(64, 10_000, Order::default()),
            expect![
                "The 64 logs that match, as the list shows them: previews of at most 200 characters, no whole texts."
            ],
        );
        check(
            export(1, 10_000, Order::default()),
            expect![
                "The 1 log that matches, as the list shows them: previews of at most 200 characters, no whole texts."
            ],
        );
        check(
            export(123_456, 10_000, Order::default()),
            expect![
                "The newest 10,000 of the 123,456 logs that match, as the list shows them: previews of at most 200 characters, no whole texts."
            ],
        );
        check(
            export(123_456, 10_000, Order { by: By::Cost, falls: true }),
            expect![
                "The first 10,000 of the 123,456 logs that match, as the list sorts and shows them: previews of at most 200 characters, no whole texts."
            ],
        );
        check(read_so_far(400, 1_234), expect!["400 of 1,234 read"]);
    }

    #[test]
    fn matches_are_counted() {
        check(
            [0, 1, 1200].map(matches).join(" | "),
            expect!["No log matches | 1 log matches | 1,200 logs match"],
        );
    }
}
