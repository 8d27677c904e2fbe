//! What each criterion of a run counts, where the reader weighs them otherwise than the run was judged with.
//!
//! Pure: what is in an address, and the columns that come of it. A criterion that counts 0 is left out.

use shared::decimal::Decimal;
use shared::score::Weight;
use shared::summary::{Column, Scores};

/// The weights of all criteria of a run, in their order, at least one of them above 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Vec<Option<Weight>>);

impl Weights {
    /// Gives those that the run was judged with.
    pub fn as_judged(columns: &[Column]) -> Self {
        Self(columns.iter().map(|column| Some(column.weight)).collect())
    }

    /// Reads those of an address, a number for each criterion: `2,0.5,0`. What does not fit the run is as if it were
    /// not there.
    pub fn read(word: &str, columns: &[Column]) -> Option<Self> {
        let weights = word.split(',').map(number).collect::<Option<Vec<_>>>()?;
        let fits = weights.len() == columns.len() && weights.iter().any(Option::is_some);
        fits.then_some(Self(weights))
    }

    /// Gives the word that stands for them in an address; none where they are as judged.
    pub fn word(&self, columns: &[Column]) -> Option<String> {
        let words = || self.0.iter().map(|weight| value(*weight).to_string()).collect::<Vec<_>>().join(",");
        (*self != Self::as_judged(columns)).then(words)
    }

    /// Gives the weight of the criterion at a place; 0 where it is left out.
    pub fn at(&self, place: usize) -> f64 {
        value(self.0.get(place).copied().flatten())
    }

    /// Gives them with what somebody types for the criterion at a place; none where that is no weight, or nothing
    /// would be left to judge by.
    #[must_use]
    pub fn with(&self, place: usize, typed: &str) -> Option<Self> {
        let mut weights = self.0.clone();
        *weights.get_mut(place)? = number(typed)?;
        weights.iter().any(Option::is_some).then_some(Self(weights))
    }

    /// Gives the columns of a run with these weights, without the criteria that are left out.
    pub fn weigh(&self, scores: &Scores) -> Scores {
        let criteria = scores.criteria.iter().zip(&self.0);
        let criteria =
            criteria.filter_map(|(column, weight)| Some(Column { weight: (*weight)?, ..column.clone() }));
        Scores { criteria: criteria.collect(), ..scores.clone() }
    }
}

/// Reads a weight, or a 0 that leaves a criterion out; none when it is neither.
fn number(typed: &str) -> Option<Option<Weight>> {
    let Decimal(number) = typed.trim().parse().ok()?;
    if number == 0.0 { Some(None) } else { Weight::try_from(number).ok().map(Some) }
}

fn value(weight: Option<Weight>) -> f64 {
    weight.map(Weight::value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::id::ItemId;
    use shared::score::MeanLevel;
    use shared::summary::exact::Exact;

    /// One item of three criteria: level 5, 1 and none.
    fn scores() -> Scores {
        let column = |name: &str, level: Option<f64>| Column {
            name: name.to_owned(),
            weight: Weight::default(),
            required: false,
            levels: vec![level.and_then(|level| MeanLevel::try_from(level).ok())],
            baseline_levels: vec![None],
        };
        Scores {
            items: vec![ItemId::try_from("i".to_owned()).expect("an id")],
            criteria: vec![column("a", Some(5.0)), column("b", Some(1.0)), column("c", None)],
            errored: vec![false],
            ..Scores::default()
        }
    }

    fn check(word: &str, expected: Expect) {
        let scores = scores();
        let weights = Weights::read(word, &scores.criteria);
        let shown = weights.map(|weights| {
            let weighed = weights.weigh(&scores);
            let score = Exact::of(&weighed).new_scores().first().copied().flatten();
            let names: Vec<_> = weighed.criteria.iter().map(|column| column.name.as_str()).collect();
            let word = weights.word(&scores.criteria);
            format!("{} {:?} {word:?}", names.join(" "), score.map(|score| score.value()))
        });
        expected.assert_eq(shown.as_deref().unwrap_or("as judged"));
    }

    #[test]
    fn a_criterion_counts_what_the_address_says() {
        check("3,1,0", expect![[r#"a b Some(0.8) Some("3,1,0")"#]]);
        check("1,0,0", expect![[r#"a Some(1.0) Some("1,0,0")"#]]);
        check("1,1,1", expect!["a b c None None"]);
        check(" 0.5, 2 ,0", expect![[r#"a b Some(0.36) Some("0.5,2,0")"#]]);
    }

    #[test]
    fn what_does_not_fit_the_run_changes_nothing() {
        for word in ["", "1", "1,1", "1,1,1,1", "0,0,0", "1,-1,1", "1,x,1", "1,1001,1", "1,NaN,1"] {
            check(word, expect!["as judged"]);
        }
    }

    #[test]
    fn what_is_typed_changes_one() {
        let judged = Weights::as_judged(&scores().criteria);
        let typed = |place: usize, typed: &str| {
            judged.with(place, typed).and_then(|weights| weights.word(&scores().criteria))
        };
        let typed = [typed(1, "2.5"), typed(0, "0"), typed(0, "1"), typed(0, "-1"), typed(9, "1")];
        expect![[r#"[Some("1,2.5,1"), Some("0,1,1"), None, None, None]"#]].assert_eq(&format!("{typed:?}"));
    }
}
