//! Shipping in words: what the gate says, the command that asks it, and the reports.

use shared::gate::Verdict;
use shared::id::RunId;
use shared::report::Format;
use shared::share::Share;

use super::number::score;

/// Says that the judge is why it may not ship; what it got wrong is said above.
pub const UNRELIABLE: &str = "The judge is unreliable in this run: see the warning above.";

/// Says that no item has a score.
pub const NOTHING_KNOWN: &str =
    "No item has a score, so nothing speaks for the run or against it. CI is told no.";

/// Says what the gate says, with a mark that does not need colour.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓ yes",
        Verdict::Fail => "✗ no",
        Verdict::Incomplete => "… not over yet",
        Verdict::Inconclusive => "? cannot tell",
    }
}

/// Says that the page holds a run to another threshold than the gate does.
pub fn moved(threshold: f64, judged_at: f64) -> String {
    format!(
        "This is at the threshold of {} set here; CI holds the run to {}, as it was judged.",
        score(threshold),
        score(judged_at)
    )
}

/// Writes the command that asks the gate from elsewhere.
pub fn command(origin: &str, run: &RunId, margin: Option<Share>) -> String {
    let margin = margin.map(|margin| format!("?margin={margin}")).unwrap_or_default();
    format!(
        "curl -fsS --retry 100 --retry-delay 5 \\\n  -H \"Authorization: Bearer $ASSAY_KEY\" \\\n  \"{origin}/api/runs/{run}/gate{margin}\""
    )
}

/// Names a format of a report.
pub fn format(format: Format) -> &'static str {
    match format {
        Format::Markdown => "Markdown",
        Format::Junit => "JUnit",
        Format::Csv => "CSV",
        Format::Jsonl => "JSONL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(margin: Option<f64>, expected: Expect) {
        let margin = margin.map(|margin| Share::try_from(margin).expect("a share"));
        let run = RunId::try_from("r1".to_owned()).expect("an id");
        expected.assert_eq(&command("https://a.example", &run, margin));
    }

    #[test]
    fn the_gate_is_asked_at_a_margin_where_there_is_one() {
        check(
            None,
            expect![[r#"
            curl -fsS --retry 100 --retry-delay 5 \
              -H "Authorization: Bearer $ASSAY_KEY" \
              "https://a.example/api/runs/r1/gate""#]],
        );
        check(
            Some(0.025),
            expect![[r#"
            curl -fsS --retry 100 --retry-delay 5 \
              -H "Authorization: Bearer $ASSAY_KEY" \
              "https://a.example/api/runs/r1/gate?margin=0.025""#]],
        );
    }
}
