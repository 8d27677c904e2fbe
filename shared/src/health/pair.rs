//! Judge and person on the same question about the same response.
//!
//! Leaves out what pairs come to (`health`).

use crate::criteria::Criterion;
use crate::label::Opinion;
use crate::outcome;
use crate::score::{HIGHEST, Level, MeanLevel, Score, Threshold};

/// One response with what the judge and people say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The judge's levels, in the order of the criteria; none where it gave none.
    pub levels: Vec<Option<MeanLevel>>,
    /// The score from which an item passes.
    pub threshold: Threshold,
    pub labels: Vec<Said>,
    /// How long the response is for one character of the original; above 0. None without an original.
    pub length_ratio: Option<f64>,
    /// The response is of a model of the judge's own vendor; none when that is not known.
    pub own_family: Option<bool>,
}

/// What one person says of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The place of the criterion; none for the response as a whole.
    pub criterion: Option<usize>,
    pub opinion: Opinion,
    /// It stands for the responses of its run, and not for itself alone (`lots`).
    pub stands: bool,
}

/// What a judge or people say of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub passes: bool,
    /// None when no level was given.
    pub level: Option<MeanLevel>,
}

/// What the judge and what people say of one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub judge: Verdict,
    pub people: Verdict,
    pub length_ratio: Option<f64>,
    /// What people say stands for the responses of the run: somebody's label does.
    pub stands: bool,
    pub own_family: Option<bool>,
}

/// Pairs, and how many questions have none because people are evenly divided.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pairs {
    pub pairs: Vec<Pair>,
    pub disputed: u64,
}

impl Pairs {
    fn add(&mut self, judge: Option<Verdict>, people: &People, case: &Case, about: Option<usize>) {
        match (judge, people) {
            (Some(judge), People::Agree(people)) => {
                self.pairs.push(Pair {
                    judge,
                    people: *people,
                    length_ratio: case.length_ratio,
                    stands: case.stands(about),
                    own_family: case.own_family,
                });
            }
            (Some(_), People::Divided) => self.disputed += 1,
            (None, _) | (_, People::Silent) => {}
        }
    }
}

/// What several people come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum People {
    Silent,
    /// As many say that it will do as say that it will not.
    Divided,
    Agree(Verdict),
}

impl People {
    /// Brings labels together: the mean of levels when all give one, as the judge's repeats are; else what
    /// most of them say.
    fn of(opinions: &[Opinion]) -> Self {
        if opinions.is_empty() {
            return Self::Silent;
        }
        let levels = opinions.iter().map(|opinion| match opinion {
            Opinion::Level(level) => Some(*level),
            Opinion::Pass(_) => None,
        });
        if let Some(level) = levels.collect::<Option<Vec<Level>>>().and_then(|levels| MeanLevel::of(&levels))
        {
            return Self::Agree(Verdict { passes: level.passes(), level: Some(level) });
        }
        let passes = opinions.iter().filter(|opinion| opinion.passes()).count();
        match (2 * passes).cmp(&opinions.len()) {
            std::cmp::Ordering::Less => Self::Agree(Verdict { passes: false, level: None }),
            std::cmp::Ordering::Equal => Self::Divided,
            std::cmp::Ordering::Greater => Self::Agree(Verdict { passes: true, level: None }),
        }
    }
}

impl Case {
    fn people(&self, criterion: Option<usize>) -> People {
        let opinions = self.labels.iter().filter(|said| said.criterion == criterion).map(|said| said.opinion);
        People::of(&opinions.collect::<Vec<_>>())
    }

    /// Gives whether people pass the response as a whole, and whether that stands for the responses of the run;
    /// none when they say nothing of it, or are evenly divided.
    pub fn people_say(&self, criteria: &[Criterion]) -> Option<(bool, bool)> {
        match self.people_of_whole(criteria) {
            People::Agree(verdict) => Some((verdict.passes, self.stands(None))),
            People::Silent | People::Divided => None,
        }
    }

    /// Tells whether what people say of a criterion, or of the whole, stands for the responses of the run; what
    /// their verdicts on the criteria add up to does if one of them does.
    fn stands(&self, criterion: Option<usize>) -> bool {
        let adds_up = criterion.is_none() && self.labels.iter().all(|said| said.criterion.is_some());
        self.labels.iter().any(|said| said.stands && (adds_up || said.criterion == criterion))
    }

    fn judge(&self, criterion: usize) -> Option<Verdict> {
        let level = self.levels.get(criterion).copied().flatten()?;
        Some(Verdict { passes: level.passes(), level: Some(level) })
    }

    /// Adds levels on each criterion up to a verdict on the whole.
    fn whole(
        &self,
        criteria: &[Criterion],
        level: impl Fn(usize) -> Option<MeanLevel>,
    ) -> Option<(bool, Option<MeanLevel>)> {
        let levels = (0..criteria.len()).map(level);
        let score: Score = outcome::score(criteria.iter().zip(levels))?;
        let level = MeanLevel::try_from(score.value() * f64::from(HIGHEST)).ok();
        Some((score.passes(self.threshold), level))
    }

    fn judge_of_whole(&self, criteria: &[Criterion]) -> Option<Verdict> {
        let judged = self.whole(criteria, |criterion| self.levels.get(criterion).copied().flatten());
        judged.map(|(passes, level)| Verdict { passes, level })
    }

    /// Gives what people say of the whole; when they say nothing of it, what their verdicts on all of the
    /// criteria add up to.
    fn people_of_whole(&self, criteria: &[Criterion]) -> People {
        let said = self.people(None);
        if said != People::Silent {
            return said;
        }
        let verdict = |criterion| match self.people(Some(criterion)) {
            People::Agree(verdict) => Some(verdict),
            People::Silent | People::Divided => None,
        };
        // Where people say no more than that it will do, it does fully.
        let level = |criterion| {
            let verdict = verdict(criterion)?;
            let extreme = if verdict.passes { HIGHEST } else { 0 };
            verdict.level.or_else(|| MeanLevel::of(&[Level::try_from(extreme).ok()?]))
        };
        let all_levels = (0..criteria.len())
            .all(|criterion| verdict(criterion).is_some_and(|verdict| verdict.level.is_some()));
        match self.whole(criteria, level) {
            None => People::Silent,
            Some((passes, level)) => People::Agree(Verdict { passes, level: level.filter(|_| all_levels) }),
        }
    }
}

/// Pairs judge and people on one criterion.
pub fn on_criterion(cases: &[Case], criterion: usize) -> Pairs {
    let mut pairs = Pairs::default();
    for case in cases {
        pairs.add(case.judge(criterion), &case.people(Some(criterion)), case, Some(criterion));
    }
    pairs
}

/// Pairs judge and people on responses as wholes: said of them, or added up from all of the criteria.
pub fn on_wholes(cases: &[Case], criteria: &[Criterion]) -> Pairs {
    let mut pairs = Pairs::default();
    for case in cases {
        pairs.add(case.judge_of_whole(criteria), &case.people_of_whole(criteria), case, None);
    }
    pairs
}

/// Pairs judge and people on everything that people were asked.
///
/// What is said of the whole counts where nothing is said of a criterion: the same opinion is not counted
/// twice.
pub fn on_everything(cases: &[Case], criteria: &[Criterion]) -> Pairs {
    let mut pairs = Pairs::default();
    for case in cases {
        if case.labels.iter().all(|said| said.criterion.is_none()) {
            pairs.add(case.judge_of_whole(criteria), &case.people(None), case, None);
        }
        for criterion in 0..criteria.len() {
            pairs.add(case.judge(criterion), &case.people(Some(criterion)), case, Some(criterion));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const CRITERIA: &str = r#"[{"name": "a", "question": "One?"}, {"name": "b", "question": "Two?"}]"#;

    /// Pairs one response, whose labels are written `a3` for level 3 on a, `b+` for a pass on b, and `-` for
    /// a fail as a whole, with `?` before what stands for itself alone; a judge's level is a digit, and none a
    /// dot.
    fn check(levels: &str, labels: &str, expected: Expect) {
        let criteria: Vec<Criterion> = serde_json::from_str(CRITERIA).expect("criteria");
        let level = |sign: char| Level::try_from(u8::try_from(sign.to_digit(10)?).ok()?).ok();
        let said = |label: &str| {
            let about = label.trim_start_matches('?');
            let criterion = ["a", "b"].iter().position(|name| about.starts_with(name));
            let sign = label.chars().next_back().expect("an opinion");
            let opinion = level(sign).map_or(Opinion::Pass(sign == '+'), Opinion::Level);
            Said { criterion, opinion, stands: !label.starts_with('?') }
        };
        let cases = [Case {
            levels: levels.chars().map(|sign| MeanLevel::of(&[level(sign)?])).collect(),
            threshold: Threshold::default(),
            labels: labels.split_whitespace().map(said).collect(),
            length_ratio: None,
            own_family: None,
        }];
        let verdict = |verdict: Verdict| {
            let level = verdict.level.map(|level| level.value().to_string()).unwrap_or_default();
            format!("{}{level}", if verdict.passes { "+" } else { "-" })
        };
        let shown = |pairs: Pairs| {
            let lines = pairs.pairs.iter().map(|pair| {
                let alone = if pair.stands { "" } else { "?" };
                format!("{} {alone}{}", verdict(pair.judge), verdict(pair.people))
            });
            let divided = (0..pairs.disputed).map(|_| "divided".to_owned());
            lines.chain(divided).collect::<Vec<_>>().join(", ")
        };
        expected.assert_eq(&format!(
            "a: {} | b: {} | wholes: {} | everything: {}",
            shown(on_criterion(&cases, 0)),
            shown(on_criterion(&cases, 1)),
            shown(on_wholes(&cases, &criteria)),
            shown(on_everything(&cases, &criteria)),
        ));
    }

    #[test]
    fn a_label_is_paired_with_the_judge_on_the_same_question() {
        check("53", "a4", expect!["a: +5 +4 | b:  | wholes:  | everything: +5 +4"]);
        check("53", "a4 b2", expect!["a: +5 +4 | b: -3 -2 | wholes: +4 -3 | everything: +5 +4, -3 -2"]);
        check("53", "+", expect!["a:  | b:  | wholes: +4 + | everything: +4 +"]);
    }

    #[test]
    fn a_response_as_a_whole_has_a_level_too() {
        check("53", "2", expect!["a:  | b:  | wholes: +4 -2 | everything: +4 -2"]);
        check("53", "5 3 -", expect!["a:  | b:  | wholes: +4 - | everything: +4 -"]);
    }

    #[test]
    fn one_opinion_is_not_counted_twice() {
        check("53", "+ a4", expect!["a: +5 +4 | b:  | wholes: +4 + | everything: +5 +4"]);
        check("53", "+ a4 b2", expect!["a: +5 +4 | b: -3 -2 | wholes: +4 + | everything: +5 +4, -3 -2"]);
    }

    #[test]
    fn what_the_judge_could_not_judge_has_no_pair() {
        check("5.", "a4 b2 -", expect!["a: +5 +4 | b:  | wholes:  | everything: +5 +4"]);
    }

    #[test]
    fn several_people_count_as_one() {
        check("53", "a5 a4 a3", expect!["a: +5 +4 | b:  | wholes:  | everything: +5 +4"]);
        check("53", "a+ a- a+", expect!["a: +5 + | b:  | wholes:  | everything: +5 +"]);
        check("53", "a+ a-", expect!["a: divided | b:  | wholes:  | everything: divided"]);
        check("53", "a5 a-", expect!["a: divided | b:  | wholes:  | everything: divided"]);
    }

    #[test]
    fn verdicts_on_all_criteria_add_up_to_one_on_the_whole() {
        check("44", "a+ b+", expect!["a: +4 + | b: +4 + | wholes: +4 + | everything: +4 +, +4 +"]);
        check("44", "a4 b+", expect!["a: +4 +4 | b: +4 + | wholes: +4 + | everything: +4 +4, +4 +"]);
        check("44", "a+ b-", expect!["a: +4 + | b: +4 - | wholes: +4 - | everything: +4 +, +4 -"]);
        check("44", "a+ b+ b-", expect!["a: +4 + | b: divided | wholes:  | everything: +4 +, divided"]);
    }

    #[test]
    fn what_somebody_else_drew_by_lot_stands() {
        check("53", "?a4", expect!["a: +5 ?+4 | b:  | wholes:  | everything: +5 ?+4"]);
        check("53", "?a4 a5", expect!["a: +5 +4.5 | b:  | wholes:  | everything: +5 +4.5"]);
        check("53", "?a4 b2", expect!["a: +5 ?+4 | b: -3 -2 | wholes: +4 -3 | everything: +5 ?+4, -3 -2"]);
        check("53", "?+ b2", expect!["a:  | b: -3 -2 | wholes: +4 ?+ | everything: -3 -2"]);
    }

    #[test]
    fn nothing_said_is_no_pair() {
        check("44", "", expect!["a:  | b:  | wholes:  | everything: "]);
    }
}
