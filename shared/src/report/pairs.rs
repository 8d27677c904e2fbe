//! Two runs that compare as a file, at one threshold: what the comparison came to, and its items.
//!
//! Of the items only how they did: what they say is not read for this.

mod junit;
mod markdown;

use serde_json::json;

use super::csv::{line, text};
use super::{Format, millionths};
use crate::compare::Comparison;
use crate::compare::items::{Flip, ItemPair, ItemPairs};
use crate::id::RunId;
use crate::score::Threshold;

/// What is written.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    pub base: &'a RunId,
    pub candidate: &'a RunId,
    /// At the threshold.
    pub comparison: &'a Comparison,
    pub threshold: Threshold,
    pub pairs: &'a ItemPairs,
    /// Which of the items are written, in this order.
    pub places: &'a [usize],
}

impl Compared<'_> {
    /// Gives the items that are written, with how each came out.
    fn items(&self) -> impl Iterator<Item = (ItemPair<'_>, Flip)> {
        let flip = |pair: &ItemPair<'_>| {
            Flip::of(pair.base.passes(self.threshold), pair.candidate.passes(self.threshold))
        };
        let pairs = self.places.iter().filter_map(|&place| self.pairs.at(place));
        pairs.map(move |pair| (pair, flip(&pair)))
    }
}

/// Writes the comparison: whole in Markdown and `JUnit`, for spreadsheets and programs only the items.
pub fn write(compared: &Compared<'_>, format: Format) -> String {
    match format {
        Format::Markdown => markdown::write(compared),
        Format::Junit => junit::write(compared),
        Format::Csv => csv(compared),
        Format::Jsonl => jsonl(compared),
    }
}

/// The columns of the table.
const COLUMNS: [&str; 7] =
    ["item_id", "feature", "base_score", "candidate_score", "difference", "change", "threshold"];

/// Writes the items as a table, below a line of names.
fn csv(compared: &Compared<'_>) -> String {
    let mut table = String::new();
    line(&mut table, COLUMNS.into_iter().map(str::to_owned));
    for (pair, flip) in compared.items() {
        let Written { base, candidate, difference } = written(&pair);
        let cells = [
            pair.item.to_string(),
            text(pair.feature.unwrap_or_default()),
            base.to_string(),
            candidate.to_string(),
            difference.to_string(),
            flip.word().to_owned(),
            compared.threshold.to_string(),
        ];
        line(&mut table, cells.into_iter());
    }
    table
}

/// Writes the items as JSON, each on a line of its own.
fn jsonl(compared: &Compared<'_>) -> String {
    let line = |(pair, flip): (ItemPair<'_>, Flip)| {
        let Written { base, candidate, difference } = written(&pair);
        let line = json!({
            "item_id": pair.item.as_str(), "feature": pair.feature, "base_score": base, "candidate_score": candidate,
            "difference": difference, "change": flip.word(), "threshold": compared.threshold.value(),
        });
        line.to_string() + "\n"
    };
    compared.items().map(line).collect()
}

/// What is written of a pair.
struct Written {
    base: f64,
    candidate: f64,
    difference: f64,
}

fn written(pair: &ItemPair<'_>) -> Written {
    Written {
        base: millionths(pair.base.value()),
        candidate: millionths(pair.candidate.value()),
        difference: millionths(pair.gain()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::pairs::{Pair, Pairs, Standing};
    use crate::compare::{self, Unanswered};
    use crate::id::ItemId;
    use crate::score::{MeanLevel, Part, Score, Weight};
    use crate::share::Share;
    use expect_test::{Expect, expect};

    fn score(quarters: u8) -> Score {
        let level = MeanLevel::of_quarters(quarters);
        Score::of(&[Part { level, weight: Weight::default(), required: false }]).expect("a part")
    }

    /// A name, a feature, and the scores of the base and the candidate, in quarters of a level.
    type Item = (&'static str, Option<&'static str>, u8, u8);

    /// Writes the items at these places; beside all of them one has no score on either side.
    fn written(items: &[Item], places: &[usize], format: Format) -> String {
        let mut listed = ItemPairs::default();
        let mut pairs = Vec::new();
        for &(name, feature, base, candidate) in items {
            let item = ItemId::try_from(name.to_owned()).expect("an id");
            let (base, candidate) = (score(base), score(candidate));
            listed.push(ItemPair { item: &item, feature, base, candidate });
            let [base, candidate] = [base, candidate].map(Standing::Scored);
            pairs.push(Pair { base, candidate, cluster: None });
        }
        pairs.push(Pair { base: Standing::Unscored, candidate: Standing::Unanswered, cluster: None });
        let pairs = Pairs { pairs, alone: 0 };
        let threshold = Threshold::default();
        let run = |name: &str| RunId::try_from(name.to_owned()).expect("an id");
        let comparison = compare::of(&pairs, threshold, Share::MARGIN, Unanswered::Dropped);
        let (base, candidate) = (&run("r1"), &run("r2"));
        let compared =
            Compared { base, candidate, comparison: &comparison, threshold, pairs: &listed, places };
        write(&compared, format)
    }

    fn check(items: &[Item], places: &[usize], format: Format, expected: Expect) {
        let text = written(items, places, format);
        expected.assert_eq(&text.replace('\r', "\\r").replace('\u{200b}', "ZWSP"));
    }

    const ITEMS: [Item; 4] = [
        ("a", Some("=1+1"), 20, 16),
        ("b", None, 16, 12),
        ("c", Some("chat"), 7, 7),
        ("d", Some("chat"), 4, 18),
    ];

    #[test]
    fn a_table_has_a_line_for_each_item_in_their_order_and_no_formula() {
        check(
            &ITEMS,
            &[1, 0, 2],
            Format::Csv,
            expect![[r#"
            "item_id","feature","base_score","candidate_score","difference","change","threshold"\r
            "b","","0.8","0.6","-0.2","broke","0.8"\r
            "a","'=1+1","1","0.8","-0.2","both_pass","0.8"\r
            "c","chat","0.35","0.35","0","both_fail","0.8"\r
        "#]],
        );
    }

    #[test]
    fn lines_of_json_say_the_same() {
        check(
            &ITEMS,
            &[1, 0],
            Format::Jsonl,
            expect![[r#"
            {"item_id":"b","feature":null,"base_score":0.8,"candidate_score":0.6,"difference":-0.2,"change":"broke","threshold":0.8}
            {"item_id":"a","feature":"=1+1","base_score":1.0,"candidate_score":0.8,"difference":-0.2,"change":"both_pass","threshold":0.8}
        "#]],
        );
    }

    #[test]
    fn markdown_says_the_verdict_first_and_then_what_changed() {
        check(
            &ITEMS,
            &[0, 1, 2, 3],
            Format::Markdown,
            expect![[r#"
            # Eval runs compared

            New run passes 50.0 %, base 50.0 %. 1 broke, 1 fixed. Difference 0.0 points (90 % interval -53.2 to 53.2). Margin 5: **cannot tell**.

            - 4 items compared, 1 left out: not both runs have a score of them
            - 4 items can tell a margin of 87.9 points; one of 5 points takes about 1237 items
            - New run r2, base r1, threshold 0.8

            ## Items

            | Broke | Fixed | Both fail | Both pass | Dropped |
            | ---: | ---: | ---: | ---: | ---: |
            | 1 | 1 | 1 | 1 | 1 |

            ## Broke: the base passes, the new run does not (1)

            - **0.60, base 0.80** b

            ## Fixed: the new run passes, the base does not (1)

            - **0.90, base 0.20** d (chat)

            ## Both fail (1)

            - **0.35, base 0.35** c (chat)
        "#]],
        );
    }

    #[test]
    fn junit_fails_what_broke_and_skips_what_fails_in_both() {
        check(
            &ITEMS,
            &[0, 1, 2, 3],
            Format::Junit,
            expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="r2 against r1" tests="4" failures="1" errors="0" skipped="1" time="0.000">
            <testsuite name="r2 against r1" tests="4" failures="1" errors="0" skipped="1" time="0.000">
            <properties>
            <property name="base" value="r1"/>
            <property name="candidate" value="r2"/>
            <property name="threshold" value="0.8"/>
            <property name="margin" value="0.05"/>
            <property name="base_pass_rate" value="0.5"/>
            <property name="candidate_pass_rate" value="0.5"/>
            <property name="difference" value="0"/>
            <property name="verdict" value="inconclusive"/>
            <property name="dropped" value="1"/>
            </properties>
            <testcase name="a" classname="=1+1" time="0.000"/>
            <testcase name="b" classname="no feature" time="0.000">
            <failure message="score 0.60, base 0.80" type="broke"></failure>
            </testcase>
            <testcase name="c" classname="chat" time="0.000">
            <skipped message="it fails in both runs: score 0.35, base 0.35"></skipped>
            </testcase>
            <testcase name="d" classname="chat" time="0.000"/>
            </testsuite>
            </testsuites>
        "#]],
        );
    }

    #[test]
    fn a_comparison_of_no_items_says_so() {
        check(
            &[],
            &[],
            Format::Markdown,
            expect![[r#"
            # Eval runs compared

            No item has a score in both runs, so there is nothing to compare.

            - 0 items compared, 1 left out: not both runs have a score of them
            - New run r2, base r1, threshold 0.8

            ## Items

            | Broke | Fixed | Both fail | Both pass | Dropped |
            | ---: | ---: | ---: | ---: | ---: |
            | 0 | 0 | 0 | 0 | 1 |
        "#]],
        );
        check(
            &[],
            &[],
            Format::Junit,
            expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="r2 against r1" tests="0" failures="0" errors="0" skipped="0" time="0.000">
            <testsuite name="r2 against r1" tests="0" failures="0" errors="0" skipped="0" time="0.000">
            <properties>
            <property name="base" value="r1"/>
            <property name="candidate" value="r2"/>
            <property name="threshold" value="0.8"/>
            <property name="margin" value="0.05"/>
            <property name="base_pass_rate" value=""/>
            <property name="candidate_pass_rate" value=""/>
            <property name="difference" value=""/>
            <property name="verdict" value="inconclusive"/>
            <property name="dropped" value="1"/>
            </properties>
            </testsuite>
            </testsuites>
        "#]],
        );
    }

    #[test]
    fn markup_of_others_is_plain() {
        let items = [("a", Some("</x>|\u{0}\u{b}@all"), 20, 0)];
        check(
            &items,
            &[0],
            Format::Markdown,
            expect![[r#"
            # Eval runs compared

            New run passes 0.0 %, base 100.0 %. 1 broke, 0 fixed. Difference -100.0 points (90 % interval -100.0 to 46.0). Margin 5: **cannot tell**.

            - 1 item compared, 1 left out: not both runs have a score of them
            - 1 item can tell a margin of 100.0 points; one of 5 points takes about 2474 items
            - New run r2, base r1, threshold 0.8

            ## Items

            | Broke | Fixed | Both fail | Both pass | Dropped |
            | ---: | ---: | ---: | ---: | ---: |
            | 1 | 0 | 0 | 0 | 1 |

            ## Broke: the base passes, the new run does not (1)

            - **0.00, base 1.00** a (&lt;/x&gt;\|� \@ZWSPall)
        "#]],
        );
        check(
            &items,
            &[0],
            Format::Junit,
            expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="r2 against r1" tests="1" failures="1" errors="0" skipped="0" time="0.000">
            <testsuite name="r2 against r1" tests="1" failures="1" errors="0" skipped="0" time="0.000">
            <properties>
            <property name="base" value="r1"/>
            <property name="candidate" value="r2"/>
            <property name="threshold" value="0.8"/>
            <property name="margin" value="0.05"/>
            <property name="base_pass_rate" value="1"/>
            <property name="candidate_pass_rate" value="0"/>
            <property name="difference" value="-1"/>
            <property name="verdict" value="inconclusive"/>
            <property name="dropped" value="1"/>
            </properties>
            <testcase name="a" classname="&lt;/x&gt;|@all" time="0.000">
            <failure message="score 0.00, base 1.00" type="broke"></failure>
            </testcase>
            </testsuite>
            </testsuites>
        "#]],
        );
    }

    #[test]
    fn markdown_lists_no_more_than_a_comment_holds() {
        let places: Vec<_> = (0..25).collect();
        let text = written(&[("a", None, 20, 0); 25], &places, Format::Markdown);
        assert_eq!(text.matches("- **0.00").count(), 20);
        assert!(text.ends_with("\n5 more are in the other formats.\n"), "{text}");
    }
}
