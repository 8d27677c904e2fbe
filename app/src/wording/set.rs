//! Eval sets in words: kinds of criteria, how the reference is used.

use shared::api::sets::Added;
use shared::criteria::{Kind, UseReference};
use shared::id::ItemId;
use shared::set::ItemRow;
use shared::set::coverage::Coverage;
use shared::unseen::seen;

use super::fault::{self, Fault};
use super::number::{count, counted};

/// Says how a criterion is answered.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Levels => "a level from 0 to 5",
        Kind::Binary => "yes or no",
        Kind::Factuality => "how its facts relate to the original's",
        Kind::Compare => "which is better, it or the original",
    }
}

/// Says how a criterion uses the original response.
pub fn use_reference(used: UseReference) -> &'static str {
    match used {
        UseReference::Context => "shown as an earlier answer that may be wrong",
        UseReference::Gold => "shown as an answer a person has verified",
        UseReference::None => "not shown",
    }
}

/// Says what of a logged request its chat request has no place for.
pub fn lossy(lossy: &[String]) -> String {
    format!("The log asked more than a chat request can say; left out: {}.", lossy.join(", "))
}

/// Says that there is nothing to compare a set with.
pub const NO_TRAFFIC: &str = "No log came in during the last 7 days: how much of the traffic these items stand for shows when some do.";

/// Says that it is not known what part of the traffic a set stands for, and why.
pub fn no_coverage(fault: &Fault) -> String {
    format!(
        "What part of last week's traffic these items stand for did not load. {}",
        fault::words(fault).what
    )
}

/// Says how much of last week's traffic has the features of a set's items.
pub fn covered(coverage: &Coverage) -> String {
    let logs = coverage.logs();
    if logs == 0 {
        return NO_TRAFFIC.to_owned();
    }
    let missing: u64 = coverage.missing().map(|one| one.logs).sum();
    let has = match logs - missing {
        0 => "none".to_owned(),
        has if has == logs => "all".to_owned(),
        has => count(has),
    };
    format!("The set has items for the features of {has} of last week's {}.", counted(logs, "log", "logs"))
}

/// The logs that nobody named a feature for.
const FEATURELESS: &str = "logs without a feature";

/// The most features that are named.
const NAMED: usize = 3;

/// Says which features a set has nothing of; none when there is nothing to say.
pub fn missing(coverage: &Coverage) -> Option<String> {
    let missing: Vec<_> = coverage.missing().collect();
    let named = missing.iter().take(NAMED).map(|one| {
        let name = seen(one.feature.as_deref().unwrap_or(FEATURELESS));
        format!("{name} ({})", count(one.logs))
    });
    let named: Vec<_> = named.collect();
    let more = missing.len().saturating_sub(NAMED) as u64;
    let more = if more > 0 { format!(" and {}", counted(more, "more", "more")) } else { String::new() };
    (!named.is_empty()).then(|| format!("None for {}{more}.", named.join(", ")))
}

/// What is on the button that takes in a sample.
pub const ADD_SAMPLE: &str = "Add a sample";

/// Names that button: whose logs, and how many.
pub fn add_sample(feature: Option<&str>, n: u32) -> String {
    format!(
        "{ADD_SAMPLE} of {}: {}",
        seen(feature.unwrap_or(FEATURELESS)),
        counted(u64::from(n), "log", "logs")
    )
}

/// Says what became of a sample that was to be taken in.
pub fn sample_added(added: &Added) -> String {
    match added.added {
        0 => "Nothing was added: the set has these requests already, or they have no answer.".to_owned(),
        n => format!("{} added; the set is now version {}.", counted(n, "item", "items"), added.version),
    }
}

/// Says how many items were taken out.
pub fn removed(items: u64) -> String {
    match items {
        0 => "Nothing is removed: the newest version has none of these items any more.".to_owned(),
        1 => {
            "The item is removed from the next version on. Older versions and their runs keep it.".to_owned()
        }
        items => format!(
            "{} items are removed from the next version on. Older versions and their runs keep them.",
            count(items)
        ),
    }
}

/// Says that items that were taken out are there again. Their results in earlier runs are those of the items before.
pub fn items_back(items: u64, version: u32) -> String {
    if items == 1 {
        return format!(
            "The item is back, as a new one of version {version}: beside runs from before it was removed, it is left out."
        );
    }
    format!(
        "{} items are back, as new ones of version {version}: beside runs from before they were removed, they are left out.",
        count(items)
    )
}

/// Says that an item was changed: another one may stand in its place now.
pub fn item_changed(before: &ItemId, now: &ItemRow) -> String {
    if now.id == *before {
        return "Saved: the tags of the item.".to_owned();
    }
    format!(
        "Saved: the item is changed from version {} on. Older versions and their runs keep it as it was.",
        now.added_in
    )
}

/// Says that an item has no response any more.
pub const RESPONSE_REMOVED: &str =
    "The response is removed from the next version on. Older versions and their runs keep it.";
/// Says that an item has its response again.
pub const RESPONSE_BACK: &str = "The response is back, in the next version of the set.";

/// Names a part of a form by what it is and what it is called, if it is called anything yet.
pub fn part(what: &str, name: &str) -> String {
    if name.trim().is_empty() { what.to_owned() } else { format!("{what} “{}”", seen(name.trim())) }
}

/// Names an example of a criterion, counted from 1.
pub fn example(number: usize) -> String {
    format!("Example {number}")
}

/// Says that a part of a form was taken out, which holds once the form is saved.
pub fn part_removed(part: &str) -> String {
    format!("{part} is removed. It is gone once you save.")
}

/// Says that such a part is there again.
pub fn part_back(part: &str) -> String {
    format!("{part} is back.")
}

/// Says that a set was saved, and which version that made of the one before.
pub fn saved(before: u32, now: u32) -> String {
    if now > before {
        format!("Saved as version {now}. Earlier runs keep the version they were made with.")
    } else {
        "Saved.".to_owned()
    }
}

/// Says how many items have the words that are searched for, as far as they are loaded.
pub fn found(number: u64, has_more: bool) -> String {
    match (number, has_more) {
        (0, _) => "No item matches".to_owned(),
        (many, true) => format!("More than {} items match", count(many)),
        (1, false) => "1 item matches".to_owned(),
        (many, false) => format!("{} items match", count(many)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use shared::moment::Moment;

    #[test]
    fn coverage_says_how_much_and_what_is_missing() {
        let counts = |counts: &[(&str, u64)]| -> Vec<_> {
            counts
                .iter()
                .map(|(name, count)| (Some((*name).to_owned()).filter(|name| !name.is_empty()), *count))
                .collect()
        };
        let say = |logs: &[(&str, u64)], items: &[(&str, u64)]| {
            let coverage = Coverage::of(Moment::from_millis(0), counts(logs), counts(items));
            format!("{} {}", covered(&coverage), missing(&coverage).unwrap_or_default())
        };
        expect![
            "The set has items for the features of 1,000 of last week's 1,234 logs. None for code (234)."
        ]
        .assert_eq(&say(&[("support", 1_000), ("code", 234)], &[("support", 5)]));
        expect!["The set has items for the features of none of last week's 15 logs. None for a (5), b (4), c (3) and 2 more."].assert_eq(&say(&[("a", 5), ("b", 4), ("c", 3), ("d", 2), ("", 1)], &[]));
        expect!["The set has items for the features of all of last week's 1 log. "]
            .assert_eq(&say(&[("a", 1)], &[("a", 1)]));
        expect!["No log came in during the last 7 days: how much of the traffic these items stand for shows when some do. "].assert_eq(&say(&[], &[("a", 1)]));
        expect!["Add a sample of code: 1 log"].assert_eq(&add_sample(Some("code"), 1));
        expect!["Add a sample of logs without a feature: 10 logs"].assert_eq(&add_sample(None, 10));
    }

    #[test]
    fn what_was_found_is_counted_as_far_as_it_is_loaded() {
        let said =
            [(0, false), (1, false), (1_200, false), (200, true)].map(|(number, more)| found(number, more));
        expect!["No item matches | 1 item matches | 1,200 items match | More than 200 items match"]
            .assert_eq(&said.join(" | "));
    }

    #[test]
    fn what_is_not_known_of_the_traffic_is_said_with_the_reason() {
        expect!["What part of last week's traffic these items stand for did not load. Assay did not answer."]
            .assert_eq(&no_coverage(&Fault::Unreachable));
    }

    #[test]
    fn a_sample_says_what_became_of_it() {
        let added = |added| Added { added, duplicates: 0, skipped: 0, refused: Vec::new(), version: 3 };
        expect!["1 item added; the set is now version 3."].assert_eq(&sample_added(&added(1)));
        expect!["Nothing was added: the set has these requests already, or they have no answer."]
            .assert_eq(&sample_added(&added(0)));
    }

    #[test]
    fn items_that_went_and_came_are_counted() {
        let said = [removed(0), removed(1), removed(1_200), items_back(1, 4), items_back(1_200, 5)];
        expect![[r#"
            Nothing is removed: the newest version has none of these items any more.
            The item is removed from the next version on. Older versions and their runs keep it.
            1,200 items are removed from the next version on. Older versions and their runs keep them.
            The item is back, as a new one of version 4: beside runs from before it was removed, it is left out.
            1,200 items are back, as new ones of version 5: beside runs from before they were removed, they are left out."#]].assert_eq(&said.join("\n"));
    }

    #[test]
    fn what_was_removed_is_named() {
        expect!["The criterion “Polite” is removed. It is gone once you save."]
            .assert_eq(&part_removed(&part("The criterion", " Polite ")));
        expect!["The scorer is back."].assert_eq(&part_back(&part("The scorer", " ")));
    }

    #[test]
    fn what_was_left_out_of_a_request_is_named() {
        let lossy = lossy(&["thinking".to_owned(), "top_k".to_owned()]);
        expect!["The log asked more than a chat request can say; left out: thinking, top_k."]
            .assert_eq(&lossy);
    }
}
