//! What scorers that need no model come to over a run: the columns of it, and each one added up.

use serde::{Deserialize, Serialize};

use crate::score::Weight;
use crate::scorer::result::{Mark, Marks};
use crate::stats::mean;

/// One scorer's results: the n-th mark is the n-th item's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ScorerColumn"))]
pub struct Column {
    pub name: String,
    /// How much it counts in the score of an item; none for a check beside the score.
    pub weight: Option<Weight>,
    /// Skipped where the outcome is older than its scorers.
    pub marks: Marks,
    /// Those of the original responses; skipped where there is none, or no baseline.
    pub baseline_marks: Marks,
}

/// One scorer over the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScorerSummary {
    pub name: String,
    /// The share of the items with a score that pass; none when no item has one.
    pub pass_rate: Option<f64>,
    pub average: Option<f64>,
    pub skipped: u64,
    pub errors: u64,
}

/// Adds one scorer up.
pub fn of(column: &Column) -> ScorerSummary {
    let marks = column.marks.0.iter();
    let scored = marks.clone().filter_map(|mark| match mark {
        Mark::Scored { score, passed } => Some((score.value(), *passed)),
        Mark::Skipped | Mark::Error => None,
    });
    let (scores, passed): (Vec<f64>, Vec<bool>) = scored.unzip();
    let passes = passed.iter().filter(|&&passed| passed).count();
    let count = |which: Mark| marks.clone().filter(|&&mark| mark == which).count() as u64;
    ScorerSummary {
        name: column.name.clone(),
        pass_rate: if scores.is_empty() { None } else { Some(passes as f64 / scores.len() as f64) },
        average: mean::of(&scores),
        skipped: count(Mark::Skipped),
        errors: count(Mark::Error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::PartScore;
    use expect_test::{Expect, expect};

    fn scored(score: f64, passed: bool) -> Mark {
        Mark::Scored { score: PartScore::try_from(score).expect("a score"), passed }
    }

    fn check(marks: &[Mark], expected: Expect) {
        let column = Column {
            name: "a".to_owned(),
            weight: None,
            marks: Marks(marks.to_vec()),
            baseline_marks: Marks::default(),
        };
        let ScorerSummary { pass_rate, average, skipped, errors, .. } = of(&column);
        expected.assert_eq(&format!(
            "rate {pass_rate:?}, average {average:?}, {skipped} skipped, {errors} errors"
        ));
    }

    #[test]
    fn what_has_no_score_is_counted_not_averaged() {
        check(&[], expect!["rate None, average None, 0 skipped, 0 errors"]);
        check(&[Mark::Skipped, Mark::Error], expect!["rate None, average None, 1 skipped, 1 errors"]);
        check(&[scored(0.5, true)], expect!["rate Some(1.0), average Some(0.5), 0 skipped, 0 errors"]);
        check(
            &[scored(0.5, true), Mark::Skipped, scored(0.0, false), Mark::Skipped],
            expect!["rate Some(0.5), average Some(0.25), 2 skipped, 0 errors"],
        );
    }
}
