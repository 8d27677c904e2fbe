//! What people call topics, and which topics of a run go by which name.
//!
//! A name is given to the middle of one topic of one run, and sticks to the topic of another run that continues
//! it. Topics that go by the same name are one to the reader: so they are merged by hand.

use serde::{Deserialize, Serialize};

use super::{EXAMPLES, Middle, Topic};
use crate::canonical::{self, Key};
use crate::moment::Moment;

/// How near a topic must be to a named one to go by its name, as a cosine. Topics of one run that the grouping
/// keeps apart still share words, so this is nearer than what makes two texts one topic.
const NEAR: f64 = 0.5;
/// The most characters of a name.
const LONGEST: usize = 80;
/// The most names of a set that are read, the newest ones.
pub const MOST: u32 = 500;

/// What people call a topic: 1 to 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct TopicName(String);

/// The text is empty or too long for a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a topic's name has 1 to {LONGEST} characters, not {0}; null takes a name away")]
pub struct NotATopicName(usize);

impl TopicName {
    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TopicName {
    type Error = NotATopicName;

    fn try_from(text: String) -> Result<Self, NotATopicName> {
        let text = text.trim();
        let length = text.chars().count();
        if (1..=LONGEST).contains(&length) { Ok(Self(text.to_owned())) } else { Err(NotATopicName(length)) }
    }
}

impl From<TopicName> for String {
    fn from(name: TopicName) -> Self {
        name.0
    }
}

/// Names a topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTopicName {
    /// Null says that it has no name, whatever a topic near it is called.
    // With a reader of its own the field may not be left out.
    #[serde(deserialize_with = "Option::deserialize")]
    pub name: Option<TopicName>,
    pub terms: Middle,
}

/// What somebody called a topic. Of one middle the newest counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamedTopic {
    /// None when its name was taken away.
    pub name: Option<TopicName>,
    pub terms: Middle,
    /// Who says so.
    pub author: String,
    pub created_at: Moment,
}

/// Gives what the names of a middle are kept by.
pub fn key(middle: &Middle) -> Key {
    canonical::key(middle)
}

/// A topic as it is shown: one that was found, or several that go by one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    pub name: Option<TopicName>,
    /// The largest first; one at least, and only one without a name.
    pub parts: Vec<Topic>,
}

impl Called {
    /// Gives how many failures it has.
    pub fn size(&self) -> usize {
        self.parts.iter().map(|part| part.members.len()).sum()
    }

    /// Gives the places of the texts that stand for it: of several parts some of each in turn. At most three, or
    /// one for each part.
    pub fn examples(&self) -> Vec<usize> {
        let turns = (0..EXAMPLES)
            .flat_map(|turn| self.parts.iter().filter_map(move |part| part.examples.get(turn)).copied());
        turns.take(EXAMPLES.max(self.parts.len())).collect()
    }
}

/// Puts the topics of a run under their names, the largest first; of equal ones the one found earlier.
pub fn call(topics: &[Topic], named: &[NamedTopic]) -> Vec<Called> {
    let middles: Vec<_> = topics.iter().map(|topic| &topic.middle).collect();
    let known: Vec<_> = named.iter().map(|named| &named.terms).collect();
    let mut called: Vec<Called> = Vec::new();
    for (topic, known) in topics.iter().zip(continued(&middles, &known)) {
        let name = known.and_then(|place| named[place].name.clone());
        let same = called.iter_mut().find(|other| name.is_some() && other.name == name);
        match same {
            Some(same) => same.parts.push(topic.clone()),
            None => called.push(Called { name, parts: vec![topic.clone()] }),
        }
    }
    called.sort_by_key(|called| std::cmp::Reverse(called.size()));
    called
}

/// Gives the place of the known topic that each topic of a run continues: the nearest, if it is near enough and
/// no other topic of the run is nearer to it. So one name does not spread over all topics that share words.
fn continued(topics: &[&Middle], known: &[&Middle]) -> Vec<Option<usize>> {
    let nearest = |one: &Middle, others: &[&Middle]| {
        let near = others.iter().map(|other| one.nearness(other)).enumerate();
        let near = near.filter(|(_, nearness)| *nearness >= NEAR);
        near.max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0))).map(|(place, _)| place)
    };
    let claims: Vec<_> = known.iter().map(|known| nearest(known, topics)).collect();
    let found = topics
        .iter()
        .enumerate()
        .map(|(place, topic)| nearest(topic, known).filter(|&known| claims[known] == Some(place)));
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;
    use crate::topics::{of, stop_words};
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn topics(texts: &[&str]) -> Vec<Topic> {
        of(texts, &stop_words(), &mut Rng::seeded(1))
    }

    /// Tells what the topics of some texts are called where topics of one text each were named before.
    fn check(named: &[(&str, &str)], texts: &[&str], expected: Expect) {
        let named = named.iter().flat_map(|(text, name)| {
            topics(&[text]).into_iter().map(|topic| NamedTopic {
                name: TopicName::try_from((*name).to_owned()).ok(),
                terms: topic.middle,
                author: "admin".to_owned(),
                created_at: Moment::from_millis(0),
            })
        });
        let called = call(&topics(texts), &named.collect::<Vec<_>>()).into_iter().map(|called| {
            let terms: Vec<_> = called.parts.iter().map(|part| part.terms.join(" ")).collect();
            let name = called.name.as_ref().map_or("no name", TopicName::as_str);
            format!("{name}: {} ({}, {:?})", terms.join(" | "), called.size(), called.examples())
        });
        expected.assert_eq(&called.collect::<Vec<_>>().join("\n"));
    }

    const RUN: [&str; 4] =
        ["Wrong date format.", "The date format is wrong.", "Totals are missing.", "A rude tone."];

    #[test]
    fn a_name_sticks_to_the_topic_that_continues_it() {
        check(
            &[],
            &RUN,
            expect![[r#"
            no name: date format wrong (2, [0, 1])
            no name: missing totals (1, [2])
            no name: rude tone (1, [3])"#]],
        );
        check(
            &[("Wrong date again.", "Dates"), ("Invented product.", "Inventions")],
            &RUN,
            expect![[r#"
            Dates: date format wrong (2, [0, 1])
            no name: missing totals (1, [2])
            no name: rude tone (1, [3])"#]],
        );
        check(&[("Wrong date.", "Dates")], &[], expect![""]);
    }

    #[test]
    fn topics_of_one_name_are_one() {
        check(
            &[(RUN[3], "Style"), (RUN[2], "Style")],
            &RUN,
            expect![[r#"
            no name: date format wrong (2, [0, 1])
            Style: missing totals | rude tone (2, [2, 3])"#]],
        );
        check(
            &[(RUN[0], "All"), (RUN[2], "All"), (RUN[3], "All")],
            &RUN,
            expect!["All: date format wrong | missing totals | rude tone (4, [0, 2, 3])"],
        );
    }

    #[test]
    fn a_name_does_not_spread_over_all_topics_that_share_its_words() {
        let named = [("late parcel refund amount", "Refunds")];
        check(&named, &["late parcel again"], expect!["Refunds: again late parcel (1, [0])"]);
        check(
            &named,
            &["late parcel again", "refund amount"],
            expect![[r#"
            no name: again late parcel (1, [0])
            Refunds: amount refund (1, [1])"#]],
        );
    }

    #[test]
    fn the_nearest_name_counts_be_it_that_there_is_none() {
        check(
            &[("wrong date today", "Dates"), ("wrong date", "Days")],
            &["wrong date"],
            expect!["Days: date wrong (1, [0])"],
        );
        check(
            &[("wrong date today", "Dates"), ("wrong date", "")],
            &["wrong date"],
            expect!["no name: date wrong (1, [0])"],
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let check = |body: serde_json::Value, expected: Expect| {
            let read = serde_json::from_value::<NewTopicName>(body);
            expected.assert_eq(&read.map_or_else(|error| error.to_string(), |new| format!("{new:?}")));
        };
        check(
            json!({"name": " Dates ", "terms": [["date", 0.8], ["wrong", 0.6]]}),
            expect![[
                r#"NewTopicName { name: Some(TopicName("Dates")), terms: Middle({"date": 0.8, "wrong": 0.6}) }"#
            ]],
        );
        check(
            json!({"name": null, "terms": [["date", 1]]}),
            expect![[r#"NewTopicName { name: None, terms: Middle({"date": 1.0}) }"#]],
        );
        check(json!({"terms": [["date", 1]]}), expect!["missing field `name`"]);
    }
}
