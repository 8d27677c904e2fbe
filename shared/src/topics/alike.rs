//! What the failing items of a run have in common, by their texts: topics, and whether they lie together.

use super::neighbours::{Closeness, Neighbours};
use super::texts::Texts;
use super::{Topic, stop_words, terms};
use crate::stats::rng::Rng;

/// Whoever looks again finds the same.
const SEED: u64 = 1;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alike {
    /// How many items with texts have a score, and how many of them fail.
    pub scored: u64,
    pub failures: u64,
    /// Failing items that the judge said nothing of: a scorer failed them.
    pub wordless: u64,
    /// The largest first; members and examples are places in the texts.
    pub topics: Vec<Topic>,
    /// Whether failing requests say similar things; none when nothing fails.
    pub closeness: Option<Closeness>,
}

/// Finds what failing items have in common. `failed` tells how each item of the texts ended, none without a
/// score: such items count nowhere.
pub fn of(texts: &Texts, failed: &[Option<bool>]) -> Alike {
    let ended = failed.iter().enumerate().filter_map(|(place, failed)| Some((place, (*failed)?)));
    let ended: Vec<(usize, bool)> = ended.filter(|(place, _)| *place < texts.items.len()).collect();
    let failing = || ended.iter().filter(|(_, failed)| *failed).map(|(place, _)| *place);
    let said =
        |place: usize| texts.said.get(place).and_then(Option::as_deref).filter(|said| !said.is_empty());
    let (places, words): (Vec<usize>, Vec<&str>) =
        failing().filter_map(|place| Some((place, said(place)?))).unzip();
    let failures = failing().count();
    Alike {
        scored: ended.len() as u64,
        failures: failures as u64,
        wordless: (failures - places.len()) as u64,
        topics: topics(&words, &places),
        closeness: closeness(texts, &ended),
    }
}

fn topics(words: &[&str], places: &[usize]) -> Vec<Topic> {
    let back = |found: Vec<usize>| found.into_iter().map(|index| places[index]).collect();
    let topics = super::of(words, &stop_words(), &mut Rng::seeded(SEED)).into_iter();
    topics
        .map(|topic| Topic { members: back(topic.members), examples: back(topic.examples), ..topic })
        .collect()
}

fn closeness(texts: &Texts, ended: &[(usize, bool)]) -> Option<Closeness> {
    let (places, failed): (Vec<usize>, Vec<bool>) = ended.iter().copied().unzip();
    if !failed.contains(&true) {
        return None;
    }
    let requests = places.iter().map(|&place| texts.requests.get(place).map_or("", String::as_str));
    let corpus = terms::read(&requests.collect::<Vec<_>>(), &stop_words());
    Neighbours::of(&corpus).closeness(&failed, &mut Rng::seeded(SEED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ItemId;
    use expect_test::{Expect, expect};

    /// Items a line each: how it ended (F, P, U), the request, and what the judge says after a "|".
    fn check(items: &str, expected: Expect) {
        let lines: Vec<_> = items.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let parts = lines.iter().map(|line| line[1..].split_once('|').unwrap_or((&line[1..], "")));
        let texts = Texts {
            items: lines.iter().map(|_| ItemId::try_from("i".to_owned()).expect("an id")).collect(),
            requests: parts.clone().map(|(request, _)| request.to_owned()).collect(),
            said: parts.map(|(_, said)| (!said.is_empty()).then(|| said.to_owned())).collect(),
            outcomes: 0,
        };
        let failed: Vec<_> =
            lines.iter().map(|line| (!line.starts_with('U')).then(|| line.starts_with('F'))).collect();
        let Alike { scored, failures, wordless, topics, closeness } = of(&texts, &failed);
        let topics = topics.iter().map(|topic| format!("{:?} {:?}", topic.terms, topic.members));
        let closeness = closeness.map(|found| (found.share, found.expected));
        expected.assert_eq(&format!(
            "{failures} of {scored} fail, {wordless} wordless, {closeness:.2?}\n{}",
            topics.collect::<Vec<_>>().join("\n")
        ));
    }

    #[test]
    fn nothing_has_nothing_in_common() {
        check(
            "",
            expect![[r#"
            0 of 0 fail, 0 wordless, None
        "#]],
        );
        check(
            "P Hi",
            expect![[r#"
            0 of 1 fail, 0 wordless, None
        "#]],
        );
        check(
            "U Hi",
            expect![[r#"
            0 of 0 fail, 0 wordless, None
        "#]],
        );
        check(
            "F Hi",
            expect![[r#"
            1 of 1 fail, 1 wordless, None
        "#]],
        );
    }

    #[test]
    fn members_are_places_of_the_texts() {
        check(
            "P export a table
             F export dates | wrong date format
             U export rows | wrong date format
             F find a cup | rude tone
             F export a date | the date format is wrong
             F weigh a cup",
            expect![[r#"
                4 of 5 fail, 1 wordless, Some((0.75, 0.75))
                ["date", "format", "wrong"] [1, 4]
                ["rude", "tone"] [3]"#]],
        );
    }
}
