//! Spherical k-means: groups around centres, for more texts than can be compared with one another.

use super::linkage::number;
use super::terms::Weights;
use crate::stats::rng::Rng;

/// The most rounds; texts that still change their group then are on the border anyway.
const ROUNDS: usize = 20;

/// Gives the group of each text, numbered from 0 in the order of their first texts; `terms` is the number
/// of terms that there are.
///
/// There are at most ⌈√(n/2)⌉ groups. The first centre is drawn, each next one is the text that is farthest
/// from those before. Source: Dhillon and Modha 2001; `spec/results.md` D.3.
pub fn groups(texts: &[Weights], terms: usize, rng: &mut Rng) -> Vec<usize> {
    let mut centres = first_centres(texts, terms, rng);
    let mut nearest = Vec::new();
    for _ in 0..ROUNDS {
        let before = std::mem::replace(&mut nearest, assign(texts, &centres));
        if before == nearest {
            break;
        }
        for (group, centre) in centres.iter_mut().enumerate() {
            let own = texts.iter().zip(&nearest).filter(|(_, nearest)| **nearest == group);
            let sum = Weights::sum(own.map(|(text, _)| text));
            // A group that lost all its texts keeps its centre.
            if !sum.is_empty() {
                *centre = Centre::of(&sum, terms);
            }
        }
    }
    number(&nearest)
}

/// The middle of a group: a weight for every term.
struct Centre(Vec<f64>);

impl Centre {
    fn of(weights: &Weights, terms: usize) -> Self {
        let mut all = vec![0.0; terms];
        for &(term, weight) in &weights.0 {
            all[term] = weight;
        }
        Self(all)
    }

    fn nearness(&self, text: &Weights) -> f64 {
        text.0.iter().map(|&(term, weight)| weight * self.0[term]).sum()
    }
}

fn first_centres(texts: &[Weights], terms: usize, rng: &mut Rng) -> Vec<Centre> {
    let wanted = (texts.len() as f64 / 2.0).sqrt().ceil() as usize;
    let mut centres = Vec::new();
    let mut nearness = vec![0.0_f64; texts.len()];
    let mut next = Some(rng.below(texts.len()));
    while let Some(text) = next.and_then(|next| texts.get(next)).filter(|_| centres.len() < wanted) {
        let centre = Centre::of(text, terms);
        for (nearness, text) in nearness.iter_mut().zip(texts) {
            *nearness = nearness.max(centre.nearness(text));
        }
        centres.push(centre);
        let farthest = nearness.iter().enumerate().min_by(|one, other| one.1.total_cmp(other.1));
        next = farthest.map(|(place, _)| place);
    }
    centres
}

/// Gives the nearest centre of each text, of equally near ones the first.
fn assign(texts: &[Weights], centres: &[Centre]) -> Vec<usize> {
    let nearest = |text| {
        let mut best = (0, f64::NEG_INFINITY);
        for (place, centre) in centres.iter().enumerate() {
            let nearness = centre.nearness(text);
            if nearness > best.1 {
                best = (place, nearness);
            }
        }
        best.0
    };
    texts.iter().map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::terms;
    use expect_test::{Expect, expect};

    fn check(texts: &[&str], expected: Expect) {
        let corpus = terms::read(texts, &[]);
        let groups = groups(&corpus.texts, corpus.terms.len(), &mut Rng::seeded(1));
        expected.assert_eq(&format!("{groups:?}"));
    }

    #[test]
    fn few_texts_are_few_groups() {
        check(&[], expect!["[]"]);
        check(&["late order"], expect!["[0]"]);
        check(&["late order", "late order"], expect!["[0, 0]"]);
    }

    #[test]
    fn texts_with_the_same_words_are_one_group() {
        let texts =
            ["late order", "wrong date", "order late", "date wrong", "order is late", "date is wrong"];
        check(&texts, expect!["[0, 1, 0, 1, 0, 1]"]);
    }
}
