//! Comparisons in words, the numbers first: for reports and for a gate's reasons.

use super::Comparison;
use crate::clusters::Clusters;
use crate::percent::{points, range};
use crate::stats::margin::Decision;

/// Says what a verdict means for shipping.
pub fn verdict(verdict: Decision) -> &'static str {
    match verdict {
        Decision::Better => "better",
        Decision::NonInferior => "not worse by more than the margin",
        Decision::WorseWithinMargin => "worse, but within the margin",
        Decision::Fail => "worse by more than the margin - do not ship",
        Decision::FailSignificantlyWorse => "significantly worse - do not ship",
        Decision::Inconclusive => "cannot tell",
    }
}

/// Says what changed: `7 broke, 2 fixed. Difference -12.5 points (90 % interval -25.5 to -0.2)`.
///
/// None when no item is compared.
pub fn changes(comparison: &Comparison) -> Option<String> {
    let rates = comparison.pass_rate;
    let (difference, interval) = rates.difference.zip(rates.interval_90)?;
    Some(format!(
        "{} broke, {} fixed. Difference {} points (90 % interval {})",
        comparison.broke,
        comparison.fixed,
        points(difference),
        range(interval)
    ))
}

/// Says what would be needed to tell: `40 items can tell a margin of 18.6 points; …`.
///
/// None when no item is compared.
pub fn needed(comparison: &Comparison) -> Option<String> {
    let can = comparison
        .detectable_margin
        .map(|margin| format!("{} can tell a margin of {} points", items(comparison.items), points(margin)));
    let takes = comparison.items_needed.map(|needed| {
        format!("; one of {} points takes about {}", comparison.margin.points(), items(needed))
    });
    can.map(|can| can + &takes.unwrap_or_default())
}

/// Says what it does to intervals that items belong together.
pub fn together(clusters: Clusters) -> String {
    match (clusters.count, clusters.few) {
        (1, _) => {
            "all items are of one conversation or user; the intervals speak of that one alone".to_owned()
        }
        (count, few) => format!(
            "items share conversations or users, {count} of them, for which the intervals allow{}",
            if few { "; fewer than 10 are too few to rely on the intervals" } else { "" }
        ),
    }
}

/// Counts items: `1 item`, `2 items`.
pub fn items(number: u64) -> String {
    format!("{number} {}", if number == 1 { "item" } else { "items" })
}
