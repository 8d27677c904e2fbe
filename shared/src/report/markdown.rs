//! A report as Markdown, for a pull request: the verdict with its numbers, then what to read.
//!
//! What models and users wrote is escaped, so that it neither marks up the page nor calls anybody, and is
//! kept on one line. The items are the worst ones, and so few that a comment holds them.

use super::Report;
use crate::compare::{Comparison, words};
use crate::outcome::{Change, Row, Verdict};
use crate::percent::{of as percent, range};
use crate::run::Status;
use crate::summary::Summary;

/// The most items of a list. Forges cut comments off at 65,536 characters; an item has about a thousand.
pub(super) const MOST_ITEMS: usize = 20;
/// The most characters of one text.
const MOST_CHARACTERS: usize = 300;

/// Writes a run.
pub fn write(report: &Report<'_>) -> String {
    let (run, summary) = (report.run, report.summary);
    let mut text = format!("# Eval run: {}\n\n{}\n\n", escaped(run.name.as_str()), verdict(summary));
    if run.status != Status::Done {
        let word = super::word(&run.status);
        let counts = run.counts;
        text.push_str(&format!(
            "**The run is not done ({word}): {} of {}.**\n\n",
            counts.done,
            words::items(counts.total)
        ));
    }
    for note in notes(summary) {
        text.push_str(&format!("- {note}\n"));
    }
    text.push_str(&format!(
        "- Set {} (version {}), target {}, judge {}, threshold {}\n",
        escaped(run.set_name.as_str()),
        run.set_version,
        escaped(&format!("{}/{}", run.target.provider, run.target.provider.own_model(&run.target.model))),
        escaped(&format!("{}/{}", run.judge.provider, run.judge.provider.own_model(&run.judge.model))),
        summary.threshold
    ));
    criteria(&mut text, summary);
    scorers(&mut text, summary);
    if let Some(comparison) = &summary.versus_baseline {
        flips(&mut text, "Against the original responses", comparison);
    }
    slices(&mut text, summary);
    let is_low = |row: &&Row| matches!(row.verdict, Verdict::Fail | Verdict::Error);
    let broke = report.rows.iter().filter(|row| row.change == Some(Change::Broke));
    list(&mut text, "Broke: the original passes, the new response does not", broke);
    let low = report.rows.iter().filter(is_low).filter(|row| row.change != Some(Change::Broke));
    list(&mut text, "Other low-scoring items", low);
    list(&mut text, "Unscored", report.rows.iter().filter(|row| row.verdict == Verdict::Unscored));
    text
}

/// Writes the verdict: `New passes 55.0 % (39.8 to 69.3), old 67.5 %. 7 broke, 2 fixed. …`.
fn verdict(summary: &Summary) -> String {
    let Some((rate, interval)) = summary.pass_rate.zip(summary.pass_rate_interval) else {
        return "Nothing is scored, so there is no pass rate.".to_owned();
    };
    let new = format!("New passes {} ({})", percent(rate), range(interval));
    let original = summary.baseline.as_ref().and_then(|original| original.pass_rate);
    let compared = summary.versus_baseline.as_ref();
    let compared = compared.and_then(|compared| Some((compared.verdict, words::changes(compared)?)));
    let (Some(original), Some((verdict, changes)), Some(comparison)) =
        (original, compared, &summary.versus_baseline)
    else {
        return format!("{new}: {} of {} scored items.", summary.passed, summary.scored);
    };
    let over = match comparison.dropped {
        0 => String::new(),
        _ => format!("Over the {} with a score on both sides: ", words::items(comparison.items)),
    };
    format!(
        "{new}, old {}. {over}{changes}. Margin {}: **{}**.",
        percent(original),
        comparison.margin.points(),
        words::verdict(verdict)
    )
}

/// Says what qualifies the verdict.
fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = vec![format!(
        "{}: {} pass, {} fail, {} unscored, {} without an answer",
        words::items(summary.items),
        summary.passed,
        summary.scored - summary.passed,
        summary.unscored,
        summary.errored
    )];
    let bounds = summary.pass_rate_bounds.filter(|_| summary.unscored > 0);
    notes.extend(bounds.map(|bounds| {
        format!("Whatever the unscored items are, the pass rate is within {} %", range(bounds))
    }));
    let average = summary.average.zip(summary.average_interval);
    notes.extend(average.map(|(average, interval)| {
        let original = summary.baseline.as_ref().and_then(|original| original.average);
        let original = original.map(|average| format!(", old {average:.3}")).unwrap_or_default();
        format!("Average score {average:.3} ({:.3} to {:.3}){original}", interval.0, interval.1)
    }));
    let compared = summary.versus_baseline.as_ref();
    notes.extend(compared.and_then(words::needed));
    notes.extend(summary.clusters.map(|clusters| sentence(&words::together(clusters))));
    let canaries = &summary.canaries;
    if !canaries.missed.is_empty() {
        notes.push(format!(
            "**The judge is unreliable in this run**: it missed {}",
            canaries.missed.join(", ")
        ));
    }
    notes.extend(summary.cost_usd.map(|cost| format!("Answers cost {cost:.4} USD")));
    notes
}

/// Begins with a capital letter.
pub(super) fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn criteria(text: &mut String, summary: &Summary) {
    text.push_str(
        "\n## Criteria\n\n| Criterion | Pass rate | Average | Unscored |\n| --- | ---: | ---: | ---: |\n",
    );
    for criterion in &summary.criteria {
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            escaped(&criterion.name),
            or_none(criterion.pass_rate.map(percent)),
            or_none(criterion.average.map(|average| format!("{average:.3}"))),
            criterion.unscored
        ));
    }
}

fn scorers(text: &mut String, summary: &Summary) {
    if summary.scorers.is_empty() {
        return;
    }
    text.push_str(
        "\n## Scorers\n\n| Scorer | Pass rate | Average | Skipped | Errors |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    for scorer in &summary.scorers {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            escaped(&scorer.name),
            or_none(scorer.pass_rate.map(percent)),
            or_none(scorer.average.map(|average| format!("{average:.3}"))),
            scorer.skipped,
            scorer.errors
        ));
    }
}

fn or_none(number: Option<String>) -> String {
    number.unwrap_or_else(|| "–".to_owned())
}

/// Counts the items by how both sides did on them.
pub(super) fn flips(text: &mut String, title: &str, comparison: &Comparison) {
    text.push_str(&format!(
        "\n## {title}\n\n| Broke | Fixed | Both fail | Both pass | Dropped |\n\
         | ---: | ---: | ---: | ---: | ---: |\n| {} | {} | {} | {} | {} |\n",
        comparison.broke, comparison.fixed, comparison.both_fail, comparison.both_pass, comparison.dropped
    ));
}

fn slices(text: &mut String, summary: &Summary) {
    if summary.slices.is_empty() {
        return;
    }
    text.push_str("\n## Where items fail more often\n\n");
    let name = |key: &str, value: &str| format!("{}: {}", escaped(key), escaped(value));
    for slice in summary.slices.iter().take(MOST_ITEMS) {
        let and = slice.and.as_ref().map(|and| format!(" and {}", name(&and.key, &and.value)));
        text.push_str(&format!(
            "- {}{}: {} of {} fail, {} pass ({}) against {} elsewhere; {:.1} times as often as all, {} of all failures, q {:.3}\n",
            name(&slice.key, &slice.value),
            and.unwrap_or_default(),
            slice.failures,
            slice.items,
            percent(slice.pass_rate),
            range(slice.interval),
            percent(slice.pass_rate_elsewhere),
            slice.lift,
            percent(slice.share_of_failures),
            slice.q
        ));
    }
}

fn list<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = &'a Row>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("\n## {title} ({})\n\n", rows.len()));
    for row in rows.iter().take(MOST_ITEMS) {
        item(text, row);
    }
    rest(text, rows.len());
}

/// Says how many of a list did not find room in it.
pub(super) fn rest(text: &mut String, all: usize) {
    if all > MOST_ITEMS {
        text.push_str(&format!("\n{} more are in the other formats.\n", all - MOST_ITEMS));
    }
}

fn item(text: &mut String, row: &Row) {
    let score = |score: Option<f64>| score.map(|score| format!("{score:.2}"));
    let head = match (row.verdict, score(row.score), score(row.baseline_score)) {
        (Verdict::Error, _, _) => "no answer".to_owned(),
        (_, None, _) => "unscored".to_owned(),
        (_, Some(new), None) => new,
        (_, Some(new), Some(original)) => format!("{new}, old {original}"),
    };
    text.push_str(&format!("- **{head}** {}\n", escaped(&row.request_preview)));
    let what = if row.verdict == Verdict::Error { "Error" } else { "Response" };
    text.push_str(&format!("  - {what}: {}\n", escaped(&row.response_preview)));
    for criterion in &row.criteria {
        let level = criterion.level.map_or("unscored".to_owned(), super::level);
        let said = format!("{level}. {}", escaped(&criterion.reasoning_preview));
        text.push_str(&format!("  - {}: {}\n", escaped(&criterion.name), said.trim_end()));
    }
}

/// Makes a text of somebody else plain: on one line, not too long, with nothing that is markup.
pub(super) fn escaped(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut characters = text.chars().take(MOST_CHARACTERS).peekable();
    while let Some(character) = characters.next() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // A name or a number behind one of these would be linked, and somebody told.
            '@' | '#' => {
                escaped.push('\\');
                escaped.push(character);
                escaped.push('\u{200b}');
            }
            // Addresses would be linked.
            ':' if characters.peek() == Some(&'/') => escaped.push_str("\\:"),
            '.' if ends_in_www(&escaped) => escaped.push_str("\\."),
            // What turns the direction of text, or hides in it, is shown.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                escaped.push('\u{fffd}');
            }
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    if text.chars().nth(MOST_CHARACTERS).is_some() {
        escaped.push('…');
    }
    escaped
}

fn ends_in_www(text: &str) -> bool {
    text.as_bytes().last_chunk::<3>().is_some_and(|end| end.eq_ignore_ascii_case(b"www"))
}

#[cfg(test)]
mod tests {
    use crate::outcome::Row;
    use crate::report::sample::{check, hostile, row, rows, run, scored_rows, summary_of};
    use crate::report::{Format, Report};
    use expect_test::expect;

    #[test]
    fn scorers_have_a_table_of_their_own() {
        check(
            &run("mock/new", "done"),
            &scored_rows(),
            Format::Markdown,
            expect![[r#"
            # Eval run: mock/new

            New passes 100.0 % (43.9 to 100.0), old 100.0 %. 0 broke, 0 fixed. Difference 0.0 points (90 % interval -47.4 to 47.4). Margin 5: **cannot tell**.

            - 3 items: 3 pass, 0 fail, 0 unscored, 0 without an answer
            - Average score 1.000 (0.439 to 1.000), old 1.000
            - 3 items can tell a margin of 82.9 points; one of 5 points takes about 825 items
            - Set Support (version 2), target demo/echo, judge demo/echo, threshold 0.8

            ## Criteria

            | Criterion | Pass rate | Average | Unscored |
            | --- | ---: | ---: | ---: |
            | Tone | 100.0 % | 1.000 | 0 |

            ## Scorers

            | Scorer | Pass rate | Average | Skipped | Errors |
            | --- | ---: | ---: | ---: | ---: |
            | Alike | 0.0 % | 0.400 | 1 | 1 |

            ## Against the original responses

            | Broke | Fixed | Both fail | Both pass | Dropped |
            | ---: | ---: | ---: | ---: | ---: |
            | 0 | 0 | 0 | 3 | 0 |
        "#]],
        );
    }

    #[test]
    fn markdown_says_the_verdict_first_and_then_what_broke() {
        check(
            &run("mock/new", "done"),
            &rows(),
            Format::Markdown,
            expect![[r#"
                # Eval run: mock/new

                New passes 33.3 % (6.1 to 79.2), old 75.0 %. Over the 3 items with a score on both sides: 1 broke, 0 fixed. Difference -33.3 points (90 % interval -74.6 to 29.9). Margin 5: **cannot tell**.

                - 5 items: 1 pass, 2 fail, 1 unscored, 1 without an answer
                - Whatever the unscored items are, the pass rate is within 25.0 to 50.0 %
                - Average score 0.467 (0.111 to 0.860), old 0.800
                - 3 items can tell a margin of 82.9 points; one of 5 points takes about 825 items
                - Set Support (version 2), target demo/echo, judge demo/echo, threshold 0.8

                ## Criteria

                | Criterion | Pass rate | Average | Unscored |
                | --- | ---: | ---: | ---: |
                | Tone | 33.3 % | 0.467 | 1 |

                ## Against the original responses

                | Broke | Fixed | Both fail | Both pass | Dropped |
                | ---: | ---: | ---: | ---: | ---: |
                | 1 | 0 | 1 | 1 | 2 |

                ## Broke: the original passes, the new response does not (1)

                - **0.40, old 1.00** Why?
                  - Response: Because.
                  - Tone: 2. It explains nothing.

                ## Other low-scoring items (2)

                - **no answer** Where is it?
                  - Error: the provider answered 400: no
                  - Tone: unscored.
                - **0.00, old 0.20** How?
                  - Response: Well.
                  - Tone: 0. It says nothing.

                ## Unscored (1)

                - **unscored** When?
                  - Response: Soon.
                  - Tone: unscored. the judge declined: No.
            "#]],
        );
    }

    #[test]
    fn markdown_of_a_run_that_is_not_over_says_so() {
        check(
            &run("mock/new", "running"),
            &[],
            Format::Markdown,
            expect![[r#"
                # Eval run: mock/new

                Nothing is scored, so there is no pass rate.

                **The run is not done (running): 4 of 9 items.**

                - 0 items: 0 pass, 0 fail, 0 unscored, 0 without an answer
                - Set Support (version 2), target demo/echo, judge demo/echo, threshold 0.8

                ## Criteria

                | Criterion | Pass rate | Average | Unscored |
                | --- | ---: | ---: | ---: |
                | Tone | – | – | 0 |
            "#]],
        );
    }

    #[test]
    fn markdown_lists_the_worst_and_counts_the_others() {
        let row = row("fail", [Some(0), Some(5)], "Why?", "Because.", "No.");
        let rows = vec![row; 25];
        let text = super::write(&Report { run: &run("n", "done"), summary: &summary_of(&rows), rows: &rows });
        assert_eq!(text.matches("Why?").count(), 20);
        assert!(text.ends_with("\n5 more are in the other formats.\n"), "{text}");
    }

    #[test]
    fn markup_of_others_is_plain_in_markdown() {
        let (run, rows) = hostile(
            "<img src=x onerror=alert(1)> & **bold** [link](javascript:x) `code` |cell| @everybody #12 \
             https://x.example www.x.example \u{202e}back\n\n# Heading\n| a |",
        );
        check(
            &run,
            &rows,
            Format::Markdown,
            expect![[r#"
                # Eval run: &lt;img src=x onerror=alert(1)&gt; &amp; \*\*bold\*\* \[link\](javascript:x) \`code\` \|cell\| \@ZWSPeverybody \#ZWSP12 https\://x.example www\.x.example �back \#ZWSP Heading \| a \|

                New passes 0.0 % (0.0 to 79.3), old 100.0 %. 1 broke, 0 fixed. Difference -100.0 points (90 % interval -100.0 to 46.0). Margin 5: **cannot tell**.

                - 1 item: 0 pass, 1 fail, 0 unscored, 0 without an answer
                - Average score 0.400 (0.036 to 0.923), old 1.000
                - 1 item can tell a margin of 100.0 points; one of 5 points takes about 2474 items
                - Set Support (version 2), target demo/echo, judge demo/echo, threshold 0.8

                ## Criteria

                | Criterion | Pass rate | Average | Unscored |
                | --- | ---: | ---: | ---: |
                | Tone | 0.0 % | 0.400 | 0 |

                ## Against the original responses

                | Broke | Fixed | Both fail | Both pass | Dropped |
                | ---: | ---: | ---: | ---: | ---: |
                | 1 | 0 | 0 | 0 | 0 |

                ## Broke: the original passes, the new response does not (1)

                - **0.40, old 1.00** &lt;img src=x onerror=alert(1)&gt; &amp; \*\*bold\*\* \[link\](javascript:x) \`code\` \|cell\| \@ZWSPeverybody \#ZWSP12 https\://x.example www\.x.example �back \#ZWSP Heading \| a \|
                  - Response: &lt;img src=x onerror=alert(1)&gt; &amp; \*\*bold\*\* \[link\](javascript:x) \`code\` \|cell\| \@ZWSPeverybody \#ZWSP12 https\://x.example www\.x.example �back \#ZWSP Heading \| a \|
                  - Tone: 2. &lt;img src=x onerror=alert(1)&gt; &amp; \*\*bold\*\* \[link\](javascript:x) \`code\` \|cell\| \@ZWSPeverybody \#ZWSP12 https\://x.example www\.x.example �back \#ZWSP Heading \| a \|
            "#]],
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        let (_, rows) = hostile("x");
        let long = "x".repeat(5000);
        let rows = [Row { request_preview: long.clone(), response_preview: long, ..rows[0].clone() }];
        let text = super::write(&Report { run: &run("n", "done"), summary: &summary_of(&rows), rows: &rows });
        assert!(text.len() < 2000, "{}", text.len());
    }
}
