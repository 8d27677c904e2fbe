//! A comparison as Markdown, for a pull request: the verdict with its numbers, then which items changed.

use super::Compared;
use crate::compare::items::{Flip, ItemPair};
use crate::compare::{Comparison, words};
use crate::percent::of as percent;
use crate::report::markdown::{MOST_ITEMS, escaped, flips, rest, sentence};

/// Writes a comparison.
pub fn write(compared: &Compared<'_>) -> String {
    let Compared { base, candidate, comparison, threshold, .. } = *compared;
    let mut text = format!("# Eval runs compared\n\n{}\n\n", verdict(comparison));
    let dropped = match comparison.dropped {
        0 => String::new(),
        dropped => format!(", {dropped} left out: not both runs have a score of them"),
    };
    text.push_str(&format!("- {} compared{dropped}\n", words::items(comparison.items)));
    for note in words::needed(comparison).into_iter().chain(comparison.clusters.map(words::together)) {
        text.push_str(&format!("- {}\n", sentence(&note)));
    }
    text.push_str(&format!("- New run {candidate}, base {base}, threshold {threshold}\n"));
    flips(&mut text, "Items", comparison);
    list(&mut text, "Broke: the base passes, the new run does not", Flip::Broke, compared);
    list(&mut text, "Fixed: the new run passes, the base does not", Flip::Fixed, compared);
    list(&mut text, "Both fail", Flip::BothFail, compared);
    text
}

/// Writes the verdict: `New run passes 55.0 %, base 67.5 %. 7 broke, 2 fixed. …`.
fn verdict(comparison: &Comparison) -> String {
    let rates = comparison.pass_rate.candidate.zip(comparison.pass_rate.base);
    let Some(((new, base), changes)) = rates.zip(words::changes(comparison)) else {
        return "No item has a score in both runs, so there is nothing to compare.".to_owned();
    };
    format!(
        "New run passes {}, base {}. {changes}. Margin {}: **{}**.",
        percent(new),
        percent(base),
        comparison.margin.points(),
        words::verdict(comparison.verdict)
    )
}

fn list(text: &mut String, title: &str, flip: Flip, compared: &Compared<'_>) {
    let items: Vec<_> = compared.items().filter(|(_, known)| *known == flip).collect();
    if items.is_empty() {
        return;
    }
    text.push_str(&format!("\n## {title} ({})\n\n", items.len()));
    for (pair, _) in items.iter().take(MOST_ITEMS) {
        item(text, pair);
    }
    rest(text, items.len());
}

fn item(text: &mut String, pair: &ItemPair<'_>) {
    let feature = pair.feature.map(|feature| format!(" ({})", escaped(feature))).unwrap_or_default();
    text.push_str(&format!(
        "- **{:.2}, base {:.2}** {}{feature}\n",
        pair.candidate.value(),
        pair.base.value(),
        escaped(pair.item.as_str())
    ));
}
