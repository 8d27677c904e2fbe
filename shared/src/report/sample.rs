//! Runs and results for the tests of reports.

use expect_test::Expect;
use serde_json::{Value, json};

use super::{Document, Format, Report, Rows};
use crate::outcome::{CriterionRow, Row, Verdict};
use crate::run::Run;
use crate::score::{MeanLevel, Threshold, Weight};
use crate::scorer::result::{Mark, Marks, ScorerResult};
use crate::summary::{self, Column, Scores, Summary, scorers};

pub fn run(name: &str, status: &str) -> Run {
    let model = json!({"provider": "demo", "model": "echo"});
    let run = json!({
        "id": "r1", "name": name, "set_id": "s1", "set_name": "Support", "set_version": 2, "target": model, "judge": model,
        "judge_version": "0".repeat(64), "threshold": 0.8, "budget_usd": null, "baseline": true, "status": status,
        "reason": null, "resumes_at": null, "calls": {"target": 0, "judge": 0, "memoised": 0, "retried": 0},
        "counts": {"total": 9, "done": 4, "passed": 2, "failed": 2, "unscored": 0, "errored": 0}, "cost_usd": null,
        "concurrency": {"asked": 1, "now": 1}, "eta_seconds": null, "simulated": false,
        "created_at": "2026-11-01T09:30:00.000Z", "finished_at": null, "summary": null,
    });
    serde_json::from_value(run).expect("a run")
}

/// Makes a result that has these texts, and of levels the new one and the original's.
pub fn row(verdict: &str, levels: [Option<u8>; 2], request: &str, response: &str, reasoning: &str) -> Row {
    let score = |level: Option<u8>| level.map(|level| f64::from(level) / 5.0);
    let passes = |level: u8| level >= 4;
    let change = match levels {
        [Some(new), Some(old)] if passes(old) && !passes(new) => json!("broke"),
        [Some(new), Some(old)] if !passes(old) && passes(new) => json!("fixed"),
        [Some(_), Some(_)] => json!("same"),
        _ => Value::Null,
    };
    let row = json!({
        "item_id": "i1", "log_id": null, "feature": "support", "verdict": verdict, "score": score(levels[0]),
        "baseline_score": score(levels[1]), "change": change, "scorers": [], "flags": [],
        "criteria": [{"name": "Tone", "level": levels[0], "baseline_level": levels[1], "score": score(levels[0]), "reasoning_preview": reasoning,
            "answered_by": [{"model": "judge-1", "system_fingerprint": "fp_1"}, {"model": "judge-2"}]}],
        "request_preview": request, "response_preview": response, "latency_ms": 1234, "cost_usd": 0.0002,
    });
    serde_json::from_value(row).expect("a row")
}

pub fn rows() -> Vec<Row> {
    vec![
        row("error", [None, None], "Where is it?", "the provider answered 400: no", ""),
        row("unscored", [None, Some(5)], "When?", "Soon.", "the judge declined: No."),
        row("fail", [Some(2), Some(5)], "Why?", "Because.", "It explains nothing."),
        row("fail", [Some(0), Some(1)], "How?", "Well.", "It says nothing."),
        row("pass", [Some(5), Some(5)], "Who?", "Ann.", "It is right."),
    ]
}

/// Results that a scorer scored, skipped and could not score.
pub fn scored_rows() -> Vec<Row> {
    let marks = [
        json!({"status": "ok", "score": 0.4, "passed": false, "reason": "=0.4 is below 0.75"}),
        json!({"status": "skipped", "score": null, "passed": null, "reason": "there is no original"}),
        json!({"status": "error", "score": null, "passed": null, "reason": "the text is too long"}),
    ];
    let scored = marks.into_iter().map(|mut mark| {
        mark["name"] = json!("Alike");
        mark["type"] = json!("rouge-l");
        let scorers = serde_json::from_value(json!([mark])).expect("a result");
        Row { scorers, ..row("pass", [Some(5), Some(5)], "Who?", "Ann.", "It is right.") }
    });
    scored.collect()
}

/// Puts what scorers say into columns, by the scorers of the first row.
fn scorer_columns(rows: &[Row]) -> Vec<scorers::Column> {
    let first =
        rows.iter().flat_map(|row| &row.scorers).take(rows.first().map_or(0, |row| row.scorers.len()));
    let column = |(place, result): (usize, &ScorerResult)| scorers::Column {
        name: result.name.clone(),
        weight: None,
        marks: Marks(rows.iter().map(|row| row.scorers[place].mark).collect()),
        baseline_marks: Marks(vec![Mark::Skipped; rows.len()]),
    };
    first.enumerate().map(column).collect()
}

/// Adds rows up as the service does.
pub fn summary_of(rows: &[Row]) -> Summary {
    let levels = |of: fn(&CriterionRow) -> Option<MeanLevel>| {
        rows.iter().map(|row| row.criteria.first().and_then(of)).collect()
    };
    let scores = Scores {
        items: rows.iter().map(|row| row.item_id.clone()).collect(),
        criteria: vec![Column {
            name: "Tone".to_owned(),
            weight: Weight::default(),
            required: false,
            levels: levels(|criterion| criterion.level),
            baseline_levels: levels(|criterion| criterion.baseline_level),
        }],
        scorers: scorer_columns(rows),
        errored: rows.iter().map(|row| row.verdict == Verdict::Error).collect(),
        ..Scores::default()
    };
    summary::of(&scores, Threshold::default())
}

pub fn check(run: &Run, rows: &[Row], format: Format, expected: Expect) {
    let summary = summary_of(rows);
    let of_rows = |file: Rows| file.head() + &file.write(rows);
    let text = match format {
        Format::Markdown => Document::Markdown.write(&Report { run, summary: &summary, rows }),
        Format::Junit => Document::Junit.write(&Report { run, summary: &summary, rows }),
        Format::Csv => of_rows(Rows::Csv {
            criteria: summary.criteria.iter().map(|criterion| criterion.name.clone()).collect(),
            scorers: summary.scorers.iter().map(|scorer| scorer.name.clone()).collect(),
            bom: false,
        }),
        Format::Jsonl => of_rows(Rows::Jsonl),
    };
    expected.assert_eq(&text.replace('\r', "\\r").replace('\u{200b}', "ZWSP"));
}

/// A result whose every text is this.
pub fn hostile(text: &str) -> (Run, Vec<Row>) {
    (run(text, "done"), vec![row("fail", [Some(2), Some(5)], text, text, text)])
}
