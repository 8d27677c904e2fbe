//! What each criterion gained, over the items that have a level on it on both sides.
//!
//! "This one improved" is a claim about any of several, so that their p values are corrected together. Leaves
//! out which criteria are the same on both sides.

use serde::{Deserialize, Serialize};

use super::means;
use super::pairs::{Pair, Standing};
use crate::score::{MeanLevel, Part, Score, Weight};
use crate::stats::{Interval, multiplicity};

/// The levels of one criterion on both sides, an entry for each item.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    pub name: String,
    pub items: Vec<Item>,
}

/// The levels of one item on either side, where there are any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    pub base: Option<MeanLevel>,
    pub candidate: Option<MeanLevel>,
    pub cluster: Option<u32>,
}

/// What one criterion gained. Levels are as scores, 0 to 1; all but `n` is none when no item is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CriterionGain {
    pub name: String,
    /// Items with a level on both sides.
    pub n: u64,
    pub base: Option<f64>,
    pub candidate: Option<f64>,
    /// Candidate minus base.
    pub difference: Option<f64>,
    /// As that of the mean score, of this criterion alone.
    pub interval_95: Option<Interval>,
    /// As that of the mean score, of this criterion alone.
    pub p: Option<f64>,
    /// Corrected for as many criteria as have one: the one to claim by. Source: Holm 1979.
    pub p_holm: Option<f64>,
}

/// Compares both sides on each criterion.
pub fn of(criteria: &[Levels]) -> Vec<CriterionGain> {
    let mut gains: Vec<_> = criteria.iter().map(gain).collect();
    let p: Vec<f64> = gains.iter().filter_map(|gain| gain.p).collect();
    let tested = gains.iter_mut().filter(|gain| gain.p.is_some());
    for (gain, corrected) in tested.zip(multiplicity::holm(&p)) {
        gain.p_holm = Some(corrected);
    }
    gains
}

fn gain(levels: &Levels) -> CriterionGain {
    let pairs: Vec<Pair> = levels.items.iter().filter_map(pair).collect();
    let means = means::of(&pairs);
    CriterionGain {
        name: levels.name.clone(),
        n: pairs.len() as u64,
        base: means.base,
        candidate: means.candidate,
        difference: means.difference,
        interval_95: means.interval_95,
        p: means.p,
        p_holm: None,
    }
}

fn pair(item: &Item) -> Option<Pair> {
    let score = |level: MeanLevel| Score::of(&[Part { level, weight: Weight::default(), required: false }]);
    Some(Pair {
        base: Standing::Scored(score(item.base?)?),
        candidate: Standing::Scored(score(item.candidate?)?),
        cluster: item.cluster,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Level;
    use expect_test::{Expect, expect};

    /// Compares criteria, each of two lines of levels; a question mark is none.
    fn check(criteria: &[(&str, &str)], expected: Expect) {
        let level = |digit: char| {
            let level = digit.to_digit(6).and_then(|digit| Level::try_from(digit as u8).ok())?;
            MeanLevel::of(&[level])
        };
        let levels = criteria.iter().map(|(base, candidate)| Levels {
            name: "a".to_owned(),
            items: base
                .chars()
                .zip(candidate.chars())
                .map(|(base, candidate)| Item {
                    base: level(base),
                    candidate: level(candidate),
                    cluster: None,
                })
                .collect(),
        });
        let shown = of(&levels.collect::<Vec<_>>()).into_iter().map(|gain| {
            format!(
                "{} items: {:.4?} in {:.4?}, p {:.4?}, {:.4?}\n",
                gain.n, gain.difference, gain.interval_95, gain.p, gain.p_holm
            )
        });
        expected.assert_eq(&shown.collect::<String>());
    }

    #[test]
    fn no_criterion_gained_nothing() {
        check(&[], expect![""]);
        check(
            &[("?5", "5?")],
            expect![[r#"
            0 items: None in None, p None, None
        "#]],
        );
    }

    /// The first is `data.paired40` of the reference vectors; the difference and its interval are `paired.t`'s.
    #[test]
    fn several_criteria_are_corrected_together() {
        let (old, new) =
            ("5553224252154415555143555555545434434353", "5552234252054313352153555555325545344252");
        check(
            &[(old, new)],
            expect![[r#"
            40 items: Some(-0.0550) in Some(Interval(-0.1147, 0.0047)), p Some(0.0966), Some(0.0966)
        "#]],
        );
        check(
            &[(old, new), ("33333333", "55555555"), ("5?", "?5"), ("2", "3")],
            expect![[r#"
            40 items: Some(-0.0550) in Some(Interval(-0.1147, 0.0047)), p Some(0.0966), Some(0.1932)
            8 items: Some(0.4000) in None, p Some(0.0078), Some(0.0234)
            0 items: None in None, p None, None
            1 items: Some(0.2000) in None, p Some(1.0000), Some(1.0000)
        "#]],
        );
    }
}
