//! Texts as weighted terms: how near two of them are by the words that they share.
//!
//! A term weighs the more the oftener a text has it and the fewer texts do. Source: TF-IDF as scikit-learn
//! defines it; `cl.tfidf` of the reference vectors. Leaves out stems and languages: a word is a run of
//! letters, digits and "_", in lower case, two at least.

use std::collections::BTreeMap;

/// Texts, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corpus {
    /// Every term that occurs, in the order of the alphabet.
    pub terms: Vec<String>,
    /// How much each term weighs by being rare: ln((1 + texts) / (1 + texts that have it)) + 1.
    pub rarity: Vec<f64>,
    /// The n-th is the n-th text.
    pub texts: Vec<Weights>,
}

/// What terms weigh in a text, of length 1 all together; empty when it has no terms.
///
/// Terms are places in [`Corpus::terms`], rising.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(pub Vec<(usize, f64)>);

/// Reads texts; words of `stop_words` are no terms.
pub fn read(texts: &[&str], stop_words: &[&str]) -> Corpus {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    let counted: Vec<_> = texts.iter().map(|text| count(text, stop_words)).collect();
    let mut having: BTreeMap<&str, usize> = BTreeMap::new();
    for (word, _) in counted.iter().flatten() {
        *having.entry(word).or_default() += 1;
    }
    let all = (1 + texts.len()) as f64;
    let rarity: Vec<_> = having.values().map(|&having| libm::log(all / (1 + having) as f64) + 1.0).collect();
    let terms = having.keys().map(|&term| term.to_owned()).collect();
    for (place, number) in having.values_mut().enumerate() {
        *number = place;
    }
    let weigh = |(word, count): (&str, usize)| {
        let term = *having.get(word)?;
        Some((term, count as f64 * rarity[term]))
    };
    let texts = counted.into_iter().map(|words| Weights::of(words.into_iter().filter_map(weigh).collect()));
    Corpus { terms, texts: texts.collect(), rarity }
}

/// Counts the words of a text in lower case, in the order of the alphabet.
fn count<'a>(text: &'a str, stop_words: &[&str]) -> Vec<(&'a str, usize)> {
    let words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
    let mut words: Vec<_> = words.filter(|word| word.chars().nth(1).is_some()).collect();
    words.sort_unstable();
    let counts = words.chunk_by(|one, other| one == other).map(|same| (same[0], same.len()));
    counts.filter(|(word, _)| !stop_words.contains(word)).collect()
}

impl Weights {
    /// Takes weights in the order of the terms, and makes their length 1.
    pub fn of(mut weights: Vec<(usize, f64)>) -> Self {
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        if length > 0.0 {
            for (_, weight) in &mut weights {
                *weight /= length;
            }
        }
        Self(weights)
    }

    /// Tells whether the text has no terms.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives how near two texts are: the cosine, 0 for no term in common to 1 for the same.
    pub fn nearness(&self, other: &Self) -> f64 {
        let (mut sum, mut rest) = (0.0, other.0.iter().peekable());
        for &(term, weight) in &self.0 {
            while rest.next_if(|(other, _)| *other < term).is_some() {}
            if let Some((_, its)) = rest.next_if(|(other, _)| *other == term) {
                sum += weight * its;
            }
        }
        sum
    }

    /// Adds the weights of some texts up, and makes their length 1.
    pub fn sum<'a>(texts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        for &(term, weight) in texts.flat_map(|text| &text.0) {
            *sums.entry(term).or_default() += weight;
        }
        Self::of(sums.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(texts: &[&str], expected: Expect) {
        let corpus = read(texts, &["the"]);
        let first = corpus.texts.first().cloned().unwrap_or_default();
        let nearness: Vec<_> =
            corpus.texts.iter().map(|text| format!("{:.3}", first.nearness(text))).collect();
        expected.assert_eq(&format!("{} | {}", corpus.terms.join(" "), nearness.join(" ")));
    }

    #[test]
    fn words_are_runs_of_two_letters_or_more() {
        check(&["The user's ÄRGER: a_b 42, x!", "ärger"], expect!["42 a_b user ärger | 1.000 0.380"]);
    }

    #[test]
    fn a_text_without_terms_is_near_nothing() {
        check(&[], expect![" | "]);
        check(&["the", "the the"], expect![" | 0.000 0.000"]);
        check(&["", "word"], expect!["word | 0.000 0.000"]);
    }

    #[test]
    fn the_same_words_in_another_order_are_the_same_text() {
        check(
            &["late order", "order late", "late late order", "cup"],
            expect!["cup late order | 1.000 1.000 0.949 0.000"],
        );
    }
}
