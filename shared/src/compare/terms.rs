//! Whether two runs may be compared: only what was judged alike can be.
//!
//! A difference between runs that another judge graded would be the judge's as much as the target's.

use std::collections::BTreeSet;

use crate::canonical::Key;
use crate::criteria::Criterion;
use crate::id::SetId;
use crate::judge::Judge;
use crate::score::Threshold;
use crate::scorer::Scorers;

/// What a run was judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub set: &'a SetId,
    pub judge: &'a Judge,
    pub judge_version: &'a Key,
    pub criteria: &'a [Criterion],
    pub scorers: &'a Scorers,
    pub threshold: Threshold,
}

/// Lists why two runs do not compare, and what would make them; nothing when they do.
///
/// Versions of one set compare, over the items that both have.
pub fn differences(base: Terms<'_>, candidate: Terms<'_>) -> Vec<String> {
    let mut reasons = Vec::new();
    if base.set != candidate.set {
        reasons.push("they are runs of different sets; run both targets over one set".to_owned());
    }
    if base.judge_version != candidate.judge_version {
        let what = judged_differently(base, candidate);
        reasons.push(format!(
            "{what}; re-judge one of them as the other was judged, which asks no target again"
        ));
    }
    let scorers = scored_differently(base.scorers, candidate.scorers);
    if !scorers.is_empty() {
        reasons.push(format!(
            "their weighted scorers differ in {}; start one of them again with the other's version of the set",
            scorers.join(", ")
        ));
    }
    if base.threshold != candidate.threshold {
        reasons.push(format!(
            "their thresholds are {} and {}; start one of them again with the other's, which asks nothing again",
            base.threshold, candidate.threshold
        ));
    }
    reasons
}

fn judged_differently(base: Terms<'_>, candidate: Terms<'_>) -> String {
    let name = |judge: &Judge| format!("{}/{}", judge.provider, judge.provider.own_model(&judge.model));
    let (ours, theirs) = (name(base.judge), name(candidate.judge));
    if ours != theirs {
        return format!("they were judged by different models, {ours} and {theirs}");
    }
    if base.judge.params != candidate.judge.params || base.judge.repeats != candidate.judge.repeats {
        return format!("their judge, {ours}, had different settings");
    }
    let missing = |from: &[Criterion], of: &[Criterion]| {
        let names = from.iter().filter(|criterion| !of.contains(criterion));
        names.map(|criterion| format!("\"{}\"", criterion.name)).collect::<Vec<_>>()
    };
    let mut names = missing(base.criteria, candidate.criteria);
    for name in missing(candidate.criteria, base.criteria) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        "they were judged by different versions of the judge's instructions".to_owned()
    } else {
        format!("they were judged by different criteria, which differ in {}", names.join(", "))
    }
}

/// Names the weighted scorers that only one run has. A check beside the score makes no difference to it.
fn scored_differently(ours: &Scorers, theirs: &Scorers) -> Vec<String> {
    let [ours, theirs] = [ours, theirs].map(|scorers| {
        let weighted = scorers.named().into_iter().filter(|(_, scorer)| scorer.weight.is_some());
        weighted.collect::<Vec<_>>()
    });
    let only_ours = ours.iter().filter(|known| !theirs.contains(known));
    let only_theirs = theirs.iter().filter(|known| !ours.contains(known));
    let names = only_ours.chain(only_theirs).map(|(name, _)| format!("\"{name}\""));
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    /// Compares two runs, the second of which differs in this.
    fn check(judge: &Value, criteria: &Value, set: &str, threshold: f64, expected: Expect) {
        let usual = (json!({"provider": "p", "model": "m"}), json!([{"name": "a", "question": "?"}]));
        let read = |judge: &Value, criteria: &Value| {
            let judge: Judge = serde_json::from_value(judge.clone()).expect("a judge");
            let criteria: Vec<Criterion> = serde_json::from_value(criteria.clone()).expect("criteria");
            let version = judge::version_of_all(&judge, &criteria);
            (judge, criteria, version)
        };
        let base = read(&usual.0, &usual.1);
        let candidate = read(
            if judge.is_null() { &usual.0 } else { judge },
            if criteria.is_null() { &usual.1 } else { criteria },
        );
        let scorers = Scorers::default();
        let sets = ["s", set].map(|id| SetId::try_from(id.to_owned()).expect("an id"));
        let differences = differences(
            Terms {
                set: &sets[0],
                judge: &base.0,
                judge_version: &base.2,
                criteria: &base.1,
                scorers: &scorers,
                threshold: Threshold::default(),
            },
            Terms {
                set: &sets[1],
                judge: &candidate.0,
                judge_version: &candidate.2,
                criteria: &candidate.1,
                scorers: &scorers,
                threshold: Threshold::try_from(threshold).expect("a threshold"),
            },
        );
        expected.assert_eq(&differences.join("\n"));
    }

    #[test]
    fn what_is_judged_alike_compares() {
        check(&Value::Null, &Value::Null, "s", 0.8, expect![]);
        check(&json!({"provider": "p", "model": "p/m"}), &Value::Null, "s", 0.8, expect![]);
    }

    #[test]
    fn another_judge_does_not() {
        check(
            &json!({"provider": "p", "model": "n"}),
            &Value::Null,
            "s",
            0.8,
            expect![
                "they were judged by different models, p/m and p/n; re-judge one of them as the other was judged, which asks no target again"
            ],
        );
        check(
            &json!({"provider": "p", "model": "m", "repeats": 3}),
            &Value::Null,
            "s",
            0.8,
            expect![
                "their judge, p/m, had different settings; re-judge one of them as the other was judged, which asks no target again"
            ],
        );
    }

    #[test]
    fn other_criteria_do_not() {
        let criteria = json!([{"name": "a", "question": "?", "weight": 2}, {"name": "b", "question": "?"}]);
        check(
            &Value::Null,
            &criteria,
            "s",
            0.8,
            expect![[
                r#"they were judged by different criteria, which differ in "a", "b"; re-judge one of them as the other was judged, which asks no target again"#
            ]],
        );
    }

    #[test]
    fn another_set_or_threshold_does_not() {
        check(
            &Value::Null,
            &Value::Null,
            "t",
            0.9,
            expect![[r#"
            they are runs of different sets; run both targets over one set
            their thresholds are 0.8 and 0.9; start one of them again with the other's, which asks nothing again"#]],
        );
    }

    fn check_scorers(ours: Value, theirs: Value, expected: Expect) {
        let read = |scorers: Value| serde_json::from_value::<Scorers>(scorers).expect("scorers");
        expected.assert_eq(&scored_differently(&read(ours), &read(theirs)).join(", "));
    }

    #[test]
    fn other_weighted_scorers_do_not_and_checks_do() {
        let weighted = |weight: f64| json!({"type": "contains", "value": "x", "weight": weight});
        let beside = json!({"type": "error"});
        check_scorers(json!([weighted(1.0), beside]), json!([weighted(1.0)]), expect![]);
        check_scorers(json!([weighted(1.0)]), json!([weighted(2.0)]), expect![[r#""contains""#]]);
        check_scorers(
            json!([]),
            json!([{"type": "rouge-l", "name": "Like it", "weight": 1}, weighted(1.0)]),
            expect![[r#""Like it", "contains""#]],
        );
    }
}
