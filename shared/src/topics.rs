//! Topics: what failing items have in common, in the words of the judge.
//!
//! A reading aid and no evidence: it saves a person from reading the same failure twenty times. Leaves out
//! which items fail.

pub mod alike;
pub mod linkage;
pub mod means;
pub mod named;
pub mod neighbours;
pub mod terms;
pub mod texts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::terms::{Corpus, Weights};
use crate::stats::rng::Rng;

/// The most texts that are all compared with one another.
const MOST_COMPARED: usize = 500;
/// Groups that are farther apart on average are not one topic.
const CUT: f64 = 0.75;
/// How many terms name a topic.
const NAMING: usize = 3;
/// How many texts stand for a topic.
const EXAMPLES: usize = 3;
/// How many terms of a topic are kept, so that it is known again.
const KEPT: usize = 20;
/// The most characters of a term: more than any word of what the judge says can have.
const LONGEST_TERM: usize = 2_000;

/// English words that say nothing of what went wrong, and those that the judge says of every response.
const STOP_WORDS: &str = "\
    about after all also although an and any are as at be because been before being both but by can \
    could did do does doing don each even for from had has have he her here his how however if in \
    instead into is it its just may me more most much my no nor not of on only or other our out over \
    own rather same she should so some such than that the their them then there therefore these they \
    this those though through thus to too under until up very was we were what when where whether \
    which while who why will with would you your candidate criterion criteria judge level original \
    reference response score";

/// Failing items whose judgements say similar things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Topic {
    /// Its three strongest terms, or fewer if it has fewer; one at least.
    pub terms: Vec<String>,
    /// The places of its texts, rising; one at least.
    pub members: Vec<usize>,
    /// The places of the texts nearest to its middle, at most three, the nearest first.
    pub examples: Vec<usize>,
    pub middle: Middle,
}

/// The strongest terms of a topic with their weights: what it is known again by.
///
/// On the wire, pairs of a term and its weight: 1 to 20 terms, each once and of 1 to 2,000 characters, their
/// weights above 0 and at most 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<(String, f64)>", into = "Vec<(String, f64)>")]
pub struct Middle(BTreeMap<String, f64>);

/// The terms are not what a topic can be known again by.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum NotAMiddle {
    #[error("a topic is known by 1 to {KEPT} terms, not {0}")]
    Count(usize),
    #[error("a term has 1 to {LONGEST_TERM} characters, not {0}")]
    Term(usize),
    #[error("the weight of \"{0}\" is {1}; a weight is above 0 and at most 1")]
    Weight(String, f64),
    #[error("\"{0}\" is given twice; give each term once")]
    Twice(String),
}

impl TryFrom<Vec<(String, f64)>> for Middle {
    type Error = NotAMiddle;

    fn try_from(terms: Vec<(String, f64)>) -> Result<Self, NotAMiddle> {
        if !(1..=KEPT).contains(&terms.len()) {
            return Err(NotAMiddle::Count(terms.len()));
        }
        let mut weights = BTreeMap::new();
        for (term, weight) in terms {
            let length = term.chars().count();
            if !(1..=LONGEST_TERM).contains(&length) {
                return Err(NotAMiddle::Term(length));
            }
            // What is no number is above nothing.
            if !(weight > 0.0 && weight <= 1.0) {
                return Err(NotAMiddle::Weight(term, weight));
            }
            if weights.contains_key(&term) {
                return Err(NotAMiddle::Twice(term));
            }
            weights.insert(term, weight);
        }
        Ok(Self(weights))
    }
}

impl From<Middle> for Vec<(String, f64)> {
    fn from(middle: Middle) -> Self {
        middle.0.into_iter().collect()
    }
}

/// Gives the words that tell nothing of a failure, in English.
pub fn stop_words() -> Vec<&'static str> {
    STOP_WORDS.split(' ').collect()
}

/// Groups the judgements of failing items, the largest group first; of equal ones the earlier.
///
/// A text is the judge's reasoning on one item, with what it quotes. Texts without terms are in no topic.
/// Up to 500 texts are joined by average linkage, more are grouped around centres, the first of which `rng`
/// draws.
pub fn of(texts: &[&str], stop_words: &[&str], rng: &mut Rng) -> Vec<Topic> {
    let corpus = terms::read(texts, stop_words);
    let (places, weights): (Vec<usize>, Vec<Weights>) =
        corpus.texts.iter().cloned().enumerate().filter(|(_, text)| !text.is_empty()).unzip();
    let groups = if weights.len() <= MOST_COMPARED {
        linkage::groups(&linkage::join(&weights), weights.len(), CUT)
    } else {
        means::groups(&weights, corpus.terms.len(), rng)
    };
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (group, place) in groups.into_iter().zip(places) {
        // Groups are numbered in the order of their first texts.
        if members.len() <= group {
            members.push(Vec::new());
        }
        members[group].push(place);
    }
    let mut topics: Vec<_> = members.into_iter().map(|members| topic(&corpus, members)).collect();
    topics.sort_by_key(|topic| std::cmp::Reverse(topic.members.len()));
    topics
}

fn topic(corpus: &Corpus, members: Vec<usize>) -> Topic {
    let middle = Weights::sum(members.iter().map(|&member| &corpus.texts[member]));
    let mut strongest = middle.0.clone();
    strongest.sort_by(|one, other| other.1.total_cmp(&one.1));
    strongest.truncate(KEPT);
    // So few digits read back as the very numbers that were written.
    let rounded = |weight: f64| ((weight * 1e6).round() / 1e6).min(1.0);
    let kept = strongest.iter().map(|&(term, weight)| (corpus.terms[term].clone(), rounded(weight)));
    let kept = kept.filter(|(_, weight)| *weight > 0.0).collect();
    let terms = strongest.iter().take(NAMING).map(|&(term, _)| corpus.terms[term].clone()).collect();
    let mut examples: Vec<_> =
        members.iter().map(|&member| (middle.nearness(&corpus.texts[member]), member)).collect();
    examples.sort_by(|one, other| other.0.total_cmp(&one.0));
    let examples = examples.into_iter().take(EXAMPLES).map(|(_, member)| member).collect();
    Topic { terms, members, examples, middle: Middle(kept) }
}

impl Middle {
    /// Gives how near two topics are: the cosine, 0 for no term in common to 1 for the same.
    fn nearness(&self, other: &Self) -> f64 {
        let length =
            |Self(weights): &Self| weights.values().map(|weight| weight * weight).sum::<f64>().sqrt();
        let lengths = length(self) * length(other);
        let shared = self.0.iter().filter_map(|(term, weight)| Some(weight * other.0.get(term)?));
        if lengths > 0.0 { shared.sum::<f64>() / lengths } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(texts: &[&str], expected: Expect) {
        let topics = of(texts, &stop_words(), &mut Rng::seeded(1));
        let show = |topic: &Topic| {
            let Topic { terms, members, examples, .. } = topic;
            format!("{} {members:?} {examples:?}", terms.join(", "))
        };
        expected.assert_eq(&topics.iter().map(show).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn nothing_and_texts_without_terms_have_no_topics() {
        check(&[], expect![""]);
        check(&["", "The response is not."], expect![""]);
    }

    #[test]
    fn one_text_is_a_topic() {
        check(&["Wrong date."], expect!["date, wrong [0] [0]"]);
    }

    #[test]
    fn the_largest_topic_is_first() {
        check(
            &[
                "The tone is too informal.",
                "Wrong date format.",
                "The date format is wrong.",
                "Uses a wrong format for the date.",
            ],
            expect![[r#"
                date, format, wrong [1, 2, 3] [1, 2, 3]
                informal, tone [0] [0]"#]],
        );
    }

    #[test]
    fn many_texts_are_grouped_too() {
        let texts: Vec<&str> = ["refund amount missing", "wrong date format"].repeat(300);
        let topics = of(&texts, &stop_words(), &mut Rng::seeded(1));
        let sizes: Vec<_> = topics.iter().map(|topic| (topic.terms.join(" "), topic.members.len())).collect();
        expect![[r#"[("amount missing refund", 300), ("date format wrong", 300)]"#]]
            .assert_eq(&format!("{sizes:?}"));
    }
}
