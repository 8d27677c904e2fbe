//! Which part of the traffic a set stands for: the features of last week's logs beside those of its items.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// How far back the traffic is looked at, in days.
pub const DAYS: i64 = 7;

/// How many logs and items have each feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coverage {
    /// The logs since then are counted.
    pub from: Moment,
    /// The features with most logs first; those of items alone come last.
    pub features: Vec<Represented>,
}

/// A feature among the logs and among the items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Represented {
    /// None is what has no feature.
    pub feature: Option<String>,
    pub logs: u64,
    pub items: u64,
}

impl Coverage {
    /// Puts the counts of logs and of items together.
    pub fn of(from: Moment, logs: Vec<(Option<String>, u64)>, items: Vec<(Option<String>, u64)>) -> Self {
        let count_of = |counts: &[(Option<String>, u64)], feature: &Option<String>| {
            counts.iter().find(|(known, _)| known == feature).map_or(0, |(_, count)| *count)
        };
        let features = logs.iter().chain(&items).map(|(feature, _)| Represented {
            feature: feature.clone(),
            logs: count_of(&logs, feature),
            items: count_of(&items, feature),
        });
        let mut features: Vec<_> = features.collect();
        features
            .sort_by(|one, other| other.logs.cmp(&one.logs).then_with(|| one.feature.cmp(&other.feature)));
        features.dedup();
        Self { from, features }
    }

    /// Gives how many logs there were.
    pub fn logs(&self) -> u64 {
        self.features.iter().map(|feature| feature.logs).sum()
    }

    /// Gives the share of the logs whose feature the set has an item of, from 0 to 1; none without logs.
    pub fn share(&self) -> Option<f64> {
        let covered: u64 = self.features.iter().filter(|one| one.items > 0).map(|one| one.logs).sum();
        let logs = self.logs();
        (logs > 0).then(|| covered as f64 / logs as f64)
    }

    /// Gives the features of logs that the set has no item of.
    pub fn missing(&self) -> impl Iterator<Item = &Represented> {
        self.features.iter().filter(|feature| feature.items == 0 && feature.logs > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(logs: &[(&str, u64)], items: &[(&str, u64)], expected: Expect) {
        let counts = |counts: &[(&str, u64)]| {
            counts
                .iter()
                .map(|(name, count)| (Some((*name).to_owned()).filter(|name| !name.is_empty()), *count))
                .collect()
        };
        let coverage = Coverage::of(Moment::from_millis(0), counts(logs), counts(items));
        let missing: Vec<_> =
            coverage.missing().map(|feature| feature.feature.as_deref().unwrap_or("(none)")).collect();
        let all: Vec<_> = coverage
            .features
            .iter()
            .map(|one| format!("{} {}/{}", one.feature.as_deref().unwrap_or("(none)"), one.items, one.logs))
            .collect();
        expected.assert_eq(&format!(
            "{:?} of {}, missing {missing:?}: {}",
            coverage.share(),
            coverage.logs(),
            all.join(", ")
        ));
    }

    #[test]
    fn a_feature_is_stood_for_by_any_item() {
        check(
            &[("code", 10), ("support", 30)],
            &[("support", 1)],
            expect![[r#"Some(0.75) of 40, missing ["code"]: support 1/30, code 0/10"#]],
        );
        check(
            &[("support", 3), ("", 1)],
            &[("", 2), ("old", 5)],
            expect![[r#"Some(0.25) of 4, missing ["support"]: support 0/3, (none) 2/1, old 5/0"#]],
        );
    }

    #[test]
    fn without_logs_there_is_no_share() {
        check(&[], &[("support", 1)], expect!["None of 0, missing []: support 1/0"]);
        check(&[], &[], expect!["None of 0, missing []: "]);
    }
}
