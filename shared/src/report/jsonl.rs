//! A report as JSON lines: one result a line, as the list of results has it.

use crate::outcome::Row;

/// Writes the results.
pub fn write(rows: &[Row]) -> String {
    let mut lines = String::new();
    for row in rows {
        lines.push_str(&serde_json::to_string(row).unwrap_or_default());
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::report::Format;
    use crate::report::sample::{check, rows, run};
    use expect_test::expect;

    #[test]
    fn json_lines_have_a_result_each() {
        check(
            &run("mock/new", "done"),
            &rows()[2..3],
            Format::Jsonl,
            expect![[r#"
                {"item_id":"i1","log_id":null,"feature":"support","verdict":"fail","score":0.4,"baseline_score":1.0,"change":"broke","criteria":[{"name":"Tone","level":2.0,"baseline_level":5.0,"score":0.4,"reasoning_preview":"It explains nothing.","answered_by":[{"model":"judge-1","system_fingerprint":"fp_1"},{"model":"judge-2"}]}],"scorers":[],"request_preview":"Why?","response_preview":"Because.","latency_ms":1234,"cost_usd":0.0002,"flags":[]}
            "#]],
        );
    }
}
