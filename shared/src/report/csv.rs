//! A report as a table: RFC 4180, every cell quoted, lines ended by CRLF, with a byte order mark where it is asked for.
//!
//! Spreadsheets take a text that begins like a formula for one, whoever wrote it. Such a text gets an
//! apostrophe before it.

use super::{mark, word};
use crate::outcome::Row;
use crate::scorer::result::Mark;

/// The columns of every report, before and after those of the criteria and the scorers.
const BEFORE: [&str; 7] = ["item_id", "log_id", "feature", "verdict", "score", "baseline_score", "change"];
const AFTER: [&str; 6] = ["request", "response", "latency_ms", "cost_usd", "flags", "judged_by"];

/// What begins a table that old spreadsheets are to read as UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// Writes the line of names. A criterion has three columns, as has a scorer.
pub fn head(criteria: &[String], scorers: &[String]) -> String {
    let mut table = String::new();
    let of_criterion =
        |name: &String| [name.clone(), format!("{name}, baseline"), format!("{name}, reasoning")];
    let of_scorer = |name: &String| [name.clone(), format!("{name}, score"), format!("{name}, reason")];
    let names = BEFORE.map(str::to_owned).into_iter();
    let names = names.chain(criteria.iter().flat_map(of_criterion)).chain(scorers.iter().flat_map(of_scorer));
    let names = names.chain(AFTER.map(str::to_owned));
    line(&mut table, names.map(|name| text(&name)));
    table
}

/// Writes results, a line each.
pub fn write(rows: &[Row], criteria: &[String], scorers: &[String]) -> String {
    let mut table = String::new();
    for row in rows {
        line(&mut table, cells(row, criteria, scorers));
    }
    table
}

fn cells(row: &Row, criteria: &[String], scorers: &[String]) -> impl Iterator<Item = String> {
    let before = [
        row.item_id.to_string(),
        row.log_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(row.feature.as_deref().unwrap_or_default()),
        row.verdict.word().to_owned(),
        number(row.score),
        number(row.baseline_score),
        row.change.map(|change| word(&change)).unwrap_or_default(),
    ];
    let judged = criteria.iter().flat_map(|name| {
        let judged = row.criteria.iter().find(|criterion| criterion.name == *name);
        [
            number(judged.and_then(|judged| judged.level).map(f64::from)),
            number(judged.and_then(|judged| judged.baseline_level).map(f64::from)),
            text(judged.map_or("", |judged| &judged.reasoning_preview)),
        ]
    });
    let scored = scorers.iter().flat_map(|name| {
        let scored = row.scorers.iter().find(|scorer| scorer.name == *name);
        let score = scored.and_then(|scored| match scored.mark {
            Mark::Scored { score, .. } => Some(score.value()),
            Mark::Skipped | Mark::Error => None,
        });
        [
            scored.map_or("", |scored| mark(scored.mark)).to_owned(),
            number(score),
            text(scored.map_or("", |scored| &scored.reason)),
        ]
    });
    let flags: Vec<_> = row.flags.iter().map(word).collect();
    let after = [
        text(&row.request_preview),
        text(&row.response_preview),
        number(row.latency_ms),
        number(row.cost_usd),
        flags.join(" "),
        text(&judges(row)),
    ];
    let (judged, scored): (Vec<_>, Vec<_>) = (judged.collect(), scored.collect());
    before.into_iter().chain(judged).chain(scored).chain(after)
}

/// Names the models that judged the new response, each once.
fn judges(row: &Row) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in row.criteria.iter().flat_map(|criterion| &criterion.answered_by).map(ToString::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// Writes a number; a cell of what is not known is empty.
pub(super) fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Makes a text that somebody else wrote safe to open. Neither a quote before the sign hides it, nor what is not written.
pub(super) fn text(text: &str) -> String {
    let begins_a_formula = text
        .trim_start_matches(|character| character == '"' || is_left_out(character))
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if begins_a_formula { format!("'{text}") } else { text.to_owned() }
}

/// Tells what no cell holds: readers stop at a NUL, and terminals obey what follows an escape.
fn is_left_out(character: char) -> bool {
    character.is_control() && !['\t', '\r', '\n'].contains(&character)
}

/// Writes a line of cells, each between quotes.
pub(super) fn line(table: &mut String, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            table.push(',');
        }
        table.push('"');
        table.push_str(&cell.replace(is_left_out, "").replace('"', "\"\""));
        table.push('"');
    }
    table.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use crate::report::Format;
    use crate::report::sample::{check, row, rows, run, scored_rows};
    use expect_test::expect;

    #[test]
    fn a_table_has_a_line_for_each_item() {
        check(
            &run("mock/new", "done"),
            &rows(),
            Format::Csv,
            expect![[r#"
                "item_id","log_id","feature","verdict","score","baseline_score","change","Tone","Tone, baseline","Tone, reasoning","request","response","latency_ms","cost_usd","flags","judged_by"\r
                "i1","","support","error","","","","","","","Where is it?","the provider answered 400: no","1234","0.0002","","judge-1 (fp_1), judge-2"\r
                "i1","","support","unscored","","1","","","5","the judge declined: No.","When?","Soon.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
                "i1","","support","fail","0.4","1","broke","2","5","It explains nothing.","Why?","Because.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
                "i1","","support","fail","0","0.2","same","0","1","It says nothing.","How?","Well.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
                "i1","","support","pass","1","1","same","5","5","It is right.","Who?","Ann.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "#]],
        );
    }

    #[test]
    fn scorers_stand_behind_the_criteria() {
        check(
            &run("mock/new", "done"),
            &scored_rows(),
            Format::Csv,
            expect![[r#"
                "item_id","log_id","feature","verdict","score","baseline_score","change","Tone","Tone, baseline","Tone, reasoning","Alike","Alike, score","Alike, reason","request","response","latency_ms","cost_usd","flags","judged_by"\r
                "i1","","support","pass","1","1","same","5","5","It is right.","fail","0.4","'=0.4 is below 0.75","Who?","Ann.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
                "i1","","support","pass","1","1","same","5","5","It is right.","skipped","","there is no original","Who?","Ann.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
                "i1","","support","pass","1","1","same","5","5","It is right.","error","","the text is too long","Who?","Ann.","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "#]],
        );
    }

    #[test]
    fn a_text_that_begins_like_a_formula_is_none() {
        let texts = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\"=1+1\"",
            "a=1",
            "a,\"b\"\r\nc",
            "\0\u{1b}[2Jx",
            "\u{1}=1+1",
            "\u{1b}\"\u{9b}@SUM(A1)",
            "",
        ];
        let rows: Vec<_> = texts.iter().map(|text| row("fail", [Some(2), None], text, "", "")).collect();
        let table = super::head(&[], &[]) + &super::write(&rows, &[], &[]);
        let shown = table.replace('\r', "\\r").replace('\t', "\\t");
        expect![[r#"
            "item_id","log_id","feature","verdict","score","baseline_score","change","request","response","latency_ms","cost_usd","flags","judged_by"\r
            "'=1+1","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'+1","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'-1","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'@SUM(A1)","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'\tx","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'\rx","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'""=1+1""","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "a=1","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "a,""b""\r
            c","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "[2Jx","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'=1+1","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "'""@SUM(A1)","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
            "","","1234","0.0002","","judge-1 (fp_1), judge-2"\r
        "#]].assert_eq(&shown.replace("\"i1\",\"\",\"support\",\"fail\",\"0.4\",\"\",\"\",", ""));
    }
}
