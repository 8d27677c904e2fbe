//! A report as `JUnit` XML: one test case an item.
//!
//! An item that fails is a failure and one without an answer an error. One that could not be judged is
//! skipped: it is neither passed nor failed, and the gate counts it. Characters that XML 1.0 cannot hold are
//! left out; texts are previews, as in lists. A run that is not done has an error besides.

use super::Report;
use crate::outcome::{Row, Verdict};
use crate::run::Status;

/// Writes a run as one test suite, its items in the order that they have.
pub fn write(report: &Report<'_>) -> String {
    let rows = report.rows;
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let open = report.run.counts.total.saturating_sub(rows.len() as u64);
    let open = if report.run.status == Status::Done { 0 } else { open };
    let is_cut = usize::from(open > 0);
    let millis: u64 = rows.iter().filter_map(|row| row.latency_ms).sum();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"",
        rows.len() + is_cut,
        count(Verdict::Fail),
        count(Verdict::Error) + is_cut,
        count(Verdict::Unscored),
        seconds(millis)
    );
    // JUnit's times have neither a zone nor parts of a second.
    let at = report.run.created_at.to_string();
    let at = at.split('.').next().unwrap_or_default();
    let at = format!(" timestamp=\"{at}\"");
    let mut xml = begun(report.run.name.as_str(), &at, &counts, properties(report));
    for row in rows {
        case(&mut xml, row, report);
    }
    if open > 0 {
        let set = escaped(report.run.set_name.as_str());
        xml.push_str(&format!(
            "<testcase name=\"the whole run\" classname=\"{set}\" time=\"0.000\">\n\
             <error message=\"{open} of {} items have no outcome: the run is not done\" type=\"incomplete\"></error>\n</testcase>\n",
            report.run.counts.total
        ));
    }
    xml + END
}

/// Ends what `begun` begins.
pub(super) const END: &str = "</testsuite>\n</testsuites>\n";

/// Begins a file of one suite: its name, when it was, how many cases of which kind it has, and what it is about.
pub(super) fn begun(
    name: &str,
    at: &str,
    counts: &str,
    properties: impl IntoIterator<Item = (&'static str, String)>,
) -> String {
    let name = escaped(name);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{name}\" {counts}>\n\
         <testsuite name=\"{name}\"{at} {counts}>\n<properties>\n"
    );
    for (name, value) in properties {
        xml.push_str(&format!("<property name=\"{name}\" value=\"{}\"/>\n", escaped(&value)));
    }
    xml + "</properties>\n"
}

fn properties(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let (run, summary) = (report.run, report.summary);
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    vec![
        ("run", run.id.to_string()),
        ("set", format!("{} (version {})", run.set_name, run.set_version)),
        ("target", format!("{}/{}", run.target.provider, run.target.provider.own_model(&run.target.model))),
        ("judge", format!("{}/{}", run.judge.provider, run.judge.provider.own_model(&run.judge.model))),
        ("threshold", summary.threshold.to_string()),
        ("pass_rate", number(summary.pass_rate)),
        ("average", number(summary.average)),
        ("unscored", summary.unscored.to_string()),
    ]
}

fn case(xml: &mut String, row: &Row, report: &Report<'_>) {
    let set = report.run.set_name.as_str();
    xml.push_str(&format!(
        "<testcase name=\"{}\" classname=\"{}\" time=\"{}\"",
        escaped(&format!("{} [{}]", row.request_preview, row.item_id)),
        escaped(row.feature.as_deref().unwrap_or(set)),
        seconds(row.latency_ms.unwrap_or_default())
    ));
    let (element, message, text) = match row.verdict {
        Verdict::Pass => {
            xml.push_str("/>\n");
            return;
        }
        Verdict::Fail => ("failure", lost(row, report), judged(row)),
        Verdict::Unscored => ("skipped", "it could not be judged".to_owned(), judged(row)),
        Verdict::Error => ("error", "the target gave no answer".to_owned(), row.response_preview.clone()),
    };
    // A skipped case has no type.
    let kind = if element == "skipped" { String::new() } else { format!(" type=\"{}\"", row.verdict.word()) };
    xml.push_str(&format!(
        ">\n<{element} message=\"{}\"{kind}>{}</{element}>\n</testcase>\n",
        escaped(&message),
        escaped(&text)
    ));
}

/// Says by how much an item fails, or that it is for a part that is required.
fn lost(row: &Row, report: &Report<'_>) -> String {
    let threshold = report.summary.threshold.value();
    match row.score {
        Some(score) if score < threshold => format!("score {score:.2} is below the threshold {threshold}"),
        Some(score) => format!("score {score:.2}, but a required criterion is not met"),
        None => "it has no score".to_owned(),
    }
}

/// Writes what the judge said, a criterion a line, and then the response.
fn judged(row: &Row) -> String {
    let mut text = String::new();
    for criterion in &row.criteria {
        let level = match criterion.level {
            Some(level) => format!("level {}", super::level(level)),
            None => "unscored".to_owned(),
        };
        text.push_str(&format!("{}: {level}. {}\n", criterion.name, criterion.reasoning_preview));
    }
    text + "Response: " + &row.response_preview
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Writes a text so that it can stand in an attribute or an element.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // A parser would make spaces or line feeds of these.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", character as u32)),
            // XML 1.0 cannot hold these, not even escaped. Source: its production 2, `Char`.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use crate::report::Format;
    use crate::report::sample::{check, hostile, rows, run};
    use expect_test::expect;

    #[test]
    fn a_run_that_is_cut_short_is_an_error() {
        check(
            &run("mock/new", "cancelled"),
            &rows()[..1],
            Format::Junit,
            expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="mock/new" tests="2" failures="0" errors="2" skipped="0" time="1.234">
            <testsuite name="mock/new" timestamp="2026-11-01T09:30:00" tests="2" failures="0" errors="2" skipped="0" time="1.234">
            <properties>
            <property name="run" value="r1"/>
            <property name="set" value="Support (version 2)"/>
            <property name="target" value="demo/echo"/>
            <property name="judge" value="demo/echo"/>
            <property name="threshold" value="0.8"/>
            <property name="pass_rate" value=""/>
            <property name="average" value=""/>
            <property name="unscored" value="0"/>
            </properties>
            <testcase name="Where is it? [i1]" classname="support" time="1.234">
            <error message="the target gave no answer" type="error">the provider answered 400: no</error>
            </testcase>
            <testcase name="the whole run" classname="Support" time="0.000">
            <error message="8 of 9 items have no outcome: the run is not done" type="incomplete"></error>
            </testcase>
            </testsuite>
            </testsuites>
        "#]],
        );
    }

    #[test]
    fn junit_has_a_case_for_each_item() {
        check(
            &run("mock/new", "done"),
            &rows(),
            Format::Junit,
            expect![[r#"
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites name="mock/new" tests="5" failures="2" errors="1" skipped="1" time="6.170">
                <testsuite name="mock/new" timestamp="2026-11-01T09:30:00" tests="5" failures="2" errors="1" skipped="1" time="6.170">
                <properties>
                <property name="run" value="r1"/>
                <property name="set" value="Support (version 2)"/>
                <property name="target" value="demo/echo"/>
                <property name="judge" value="demo/echo"/>
                <property name="threshold" value="0.8"/>
                <property name="pass_rate" value="0.3333333333333333"/>
                <property name="average" value="0.4666666666666666"/>
                <property name="unscored" value="1"/>
                </properties>
                <testcase name="Where is it? [i1]" classname="support" time="1.234">
                <error message="the target gave no answer" type="error">the provider answered 400: no</error>
                </testcase>
                <testcase name="When? [i1]" classname="support" time="1.234">
                <skipped message="it could not be judged">Tone: unscored. the judge declined: No.&#10;Response: Soon.</skipped>
                </testcase>
                <testcase name="Why? [i1]" classname="support" time="1.234">
                <failure message="score 0.40 is below the threshold 0.8" type="fail">Tone: level 2. It explains nothing.&#10;Response: Because.</failure>
                </testcase>
                <testcase name="How? [i1]" classname="support" time="1.234">
                <failure message="score 0.00 is below the threshold 0.8" type="fail">Tone: level 0. It says nothing.&#10;Response: Well.</failure>
                </testcase>
                <testcase name="Who? [i1]" classname="support" time="1.234"/>
                </testsuite>
                </testsuites>
            "#]],
        );
    }

    #[test]
    fn markup_of_others_is_plain_in_xml() {
        let (run, rows) =
            hostile("</failure><x a=\"1\" b='2'>]]>&amp;\u{0}\u{8}\u{1b}[31m\u{fffe}\u{ffff}\t\r\n\u{85}😀");
        check(
            &run,
            &rows,
            Format::Junit,
            expect![[r#"
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites name="&lt;/failure&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;]]&gt;&amp;amp;[31m&#9;&#13;&#10;😀" tests="1" failures="1" errors="0" skipped="0" time="1.234">
                <testsuite name="&lt;/failure&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;]]&gt;&amp;amp;[31m&#9;&#13;&#10;😀" timestamp="2026-11-01T09:30:00" tests="1" failures="1" errors="0" skipped="0" time="1.234">
                <properties>
                <property name="run" value="r1"/>
                <property name="set" value="Support (version 2)"/>
                <property name="target" value="demo/echo"/>
                <property name="judge" value="demo/echo"/>
                <property name="threshold" value="0.8"/>
                <property name="pass_rate" value="0"/>
                <property name="average" value="0.4"/>
                <property name="unscored" value="0"/>
                </properties>
                <testcase name="&lt;/failure&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;]]&gt;&amp;amp;[31m&#9;&#13;&#10;😀 [i1]" classname="support" time="1.234">
                <failure message="score 0.40 is below the threshold 0.8" type="fail">Tone: level 2. &lt;/failure&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;]]&gt;&amp;amp;[31m&#9;&#13;&#10;😀&#10;Response: &lt;/failure&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;]]&gt;&amp;amp;[31m&#9;&#13;&#10;😀</failure>
                </testcase>
                </testsuite>
                </testsuites>
            "#]],
        );
    }
}
