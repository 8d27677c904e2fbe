//! A run's numbers at any threshold, worked out from its columns of scores.
//!
//! The adding up is `shared`'s; here it is put beside what the screen lists. Leaves out every pixel and word.

use std::cmp::Ordering;

use shared::clusters::{self, Together};
use shared::compare::items::Flip;
use shared::outcome::{self, Change, Verdict};
use shared::run::Counts;
use shared::score::{Score, Threshold};
use shared::stats::paired::Table;
use shared::stats::{Interval, Z_95, proportion};
use shared::summary::exact::Exact;
use shared::summary::{Scores, Summary};

/// A run at one threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rescored {
    pub summary: Summary,
    /// One for each item, in the order of the columns.
    pub items: Vec<Item>,
    /// None when no item has a score on both sides.
    pub pairs: Option<Pairs>,
}

/// One item at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    pub verdict: Verdict,
    pub score: Option<f64>,
    pub baseline: Option<f64>,
    pub change: Option<Change>,
    /// The bar of the distribution that the item is in, 0 to 9.
    pub bin: Option<usize>,
}

impl Item {
    /// Gives the verdict that both responses have; none where they have not the same.
    fn kept(&self) -> Option<Verdict> {
        (self.change == Some(Change::Same)).then_some(self.verdict)
    }
}

/// The new and the original responses over the items that are scored on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pairs {
    pub n: u64,
    pub broke: u64,
    pub fixed: u64,
    /// The new pass rate minus the original's.
    pub difference: f64,
    /// 95 %.
    pub interval: Interval,
}

/// The new and the original scores of the items that have both. No threshold changes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The original score, then the new one.
    scores: Vec<(Score, Score)>,
    /// Where some of the items belong together.
    together: Option<Together>,
}

impl Scored {
    /// Finds the items; the exact scores are of these columns.
    pub fn of(scores: &Scores, exact: &Exact) -> Self {
        let both = exact.original_scores().iter().zip(exact.new_scores()).enumerate();
        let both = both.filter_map(|(place, (original, new))| {
            Some((original.zip(*new)?, scores.clusters.get(place).copied().flatten()))
        });
        let (scores, clusters): (Vec<_>, Vec<_>) = both.unzip();
        Self { together: Together::of(&clusters), scores }
    }

    fn at(&self, threshold: Threshold) -> Option<Pairs> {
        let passes =
            || self.scores.iter().map(|(original, new)| (original.passes(threshold), new.passes(threshold)));
        let table = Table::of(passes());
        let gain = |(original, new): (bool, bool)| f64::from(i8::from(new) - i8::from(original));
        let together = self.together.as_ref();
        let widened = together.map(|together| together.widen(&passes().map(gain).collect::<Vec<_>>()));
        Some(Pairs {
            n: table.n(),
            broke: table.broke,
            fixed: table.fixed,
            difference: table.difference()?,
            interval: table.interval(Z_95 * clusters::effect(widened).sqrt())?,
        })
    }
}

/// Adds a run up at a threshold. The exact scores, and those of the items that have both, are of these columns.
pub fn at(scores: &Scores, exact: &Exact, both: &Scored, threshold: Threshold) -> Rescored {
    let (new, original) = (exact.new_scores(), exact.original_scores());
    let items = new.iter().zip(original).enumerate().map(|(place, (&new, &original))| Item {
        verdict: if scores.errored.get(place).copied().unwrap_or_default() {
            Verdict::Error
        } else {
            outcome::verdict(new, threshold)
        },
        score: new.map(|score| score.value()),
        baseline: original.map(|score| score.value()),
        change: Change::between(original, new, threshold),
        bin: new.map(|score| score.tenth().min(9)),
    });
    let items: Vec<_> = items.collect();
    Rescored { summary: exact.at(threshold), items, pairs: both.at(threshold) }
}

/// Which items a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Show {
    /// Those below the threshold.
    #[default]
    Low,
    All,
    Passed,
    Broke,
    Fixed,
    BothFail,
    BothPass,
    /// Those that kept their verdict, whichever it is.
    Same,
    Unscored,
    Errored,
    /// Those in one bar of the distribution, 0 to 9.
    Bin(usize),
}

impl Show {
    /// Gives what is shown first: the low-scoring items; where nothing has a score, what has none.
    pub fn usual(summary: &Summary) -> Self {
        match (summary.scored, summary.unscored) {
            (0, 0) => Self::Errored,
            (0, _) => Self::Unscored,
            _ => Self::Low,
        }
    }

    /// Gives the word that stands for it in an address.
    pub fn word(self) -> String {
        match self {
            Self::Low => "low".to_owned(),
            Self::All => "all".to_owned(),
            Self::Passed => "passed".to_owned(),
            Self::Broke => "broke".to_owned(),
            Self::Fixed => "fixed".to_owned(),
            Self::BothFail => Flip::BothFail.word().to_owned(),
            Self::BothPass => Flip::BothPass.word().to_owned(),
            Self::Same => "same".to_owned(),
            Self::Unscored => "unscored".to_owned(),
            Self::Errored => "error".to_owned(),
            Self::Bin(bin) => format!("bin{bin}"),
        }
    }

    /// Reads the word; a word that is not known shows the low-scoring items.
    pub fn read(word: &str) -> Self {
        let bin = word.strip_prefix("bin").and_then(|bin| bin.parse().ok()).filter(|&bin| bin < 10);
        match word {
            "all" => Self::All,
            "passed" => Self::Passed,
            "broke" => Self::Broke,
            "fixed" => Self::Fixed,
            "both_fail" => Self::BothFail,
            "both_pass" => Self::BothPass,
            "same" => Self::Same,
            "unscored" => Self::Unscored,
            "error" => Self::Errored,
            _ => bin.map_or(Self::Low, Self::Bin),
        }
    }

    /// Tells whether an item is shown.
    pub fn holds(self, item: &Item) -> bool {
        match self {
            Self::Low => item.verdict == Verdict::Fail,
            Self::All => true,
            Self::Passed => item.verdict == Verdict::Pass,
            Self::Broke => item.change == Some(Change::Broke),
            Self::Fixed => item.change == Some(Change::Fixed),
            Self::BothFail => item.kept() == Some(Verdict::Fail),
            Self::BothPass => item.kept() == Some(Verdict::Pass),
            Self::Same => item.change == Some(Change::Same),
            Self::Unscored => item.verdict == Verdict::Unscored,
            Self::Errored => item.verdict == Verdict::Error,
            Self::Bin(bin) => item.bin == Some(bin) && item.verdict != Verdict::Error,
        }
    }
}

/// How many items each list would show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    verdicts: [u64; 4],
    changes: [u64; 3],
    /// Of those that kept their verdict, how many have which.
    kept: [u64; 4],
    bins: [u64; 10],
}

impl Counted {
    /// Counts the items that are within what the reader chose, in one walk.
    pub fn of(items: &[Item], within: &[bool]) -> Self {
        let mut counted = Self::default();
        let chosen = items.iter().zip(within).filter(|(_, within)| **within);
        for (item, _) in chosen {
            counted.verdicts[item.verdict as usize] += 1;
            if let Some(change) = item.change {
                counted.changes[change as usize] += 1;
            }
            if let Some(verdict) = item.kept() {
                counted.kept[verdict as usize] += 1;
            }
            if let Some(bin) = item.bin.filter(|_| item.verdict != Verdict::Error) {
                counted.bins[bin] += 1;
            }
        }
        counted
    }

    /// Gives how many one list shows.
    pub fn shown(&self, show: Show) -> u64 {
        let verdict = |verdict: Verdict| self.verdicts[verdict as usize];
        let change = |change: Change| self.changes[change as usize];
        match show {
            Show::Low => verdict(Verdict::Fail),
            Show::All => self.verdicts.iter().sum(),
            Show::Passed => verdict(Verdict::Pass),
            Show::Broke => change(Change::Broke),
            Show::Fixed => change(Change::Fixed),
            Show::BothFail => self.kept[Verdict::Fail as usize],
            Show::BothPass => self.kept[Verdict::Pass as usize],
            Show::Same => change(Change::Same),
            Show::Unscored => verdict(Verdict::Unscored),
            Show::Errored => verdict(Verdict::Error),
            Show::Bin(bin) => self.bins.get(bin).copied().unwrap_or_default(),
        }
    }
}

/// The places of a run's items in the orders that lists have them in. No threshold changes them: what is shown at one
/// is chosen out of them in a walk, and nothing is sorted while a threshold is dragged.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The worst first, and before them what has no score.
    worst: Vec<usize>,
    /// What changed most against the original response first.
    changed: Vec<usize>,
}

impl Order {
    /// Sorts the items.
    pub fn of(scores: &Scores, exact: &Exact) -> Self {
        let value = |score: Option<Score>| score.map(Score::value);
        let both = exact.new_scores().iter().zip(exact.original_scores());
        let values: Vec<_> = both.map(|(&new, &original)| (value(new), value(original))).collect();
        let gain = |place: usize| {
            let (new, original) = values.get(place).copied().unwrap_or_default();
            new.zip(original).map_or(0.0, |(new, original)| new - original)
        };
        let key = |place: usize| {
            let new = values.get(place).and_then(|(new, _)| *new);
            match scores.errored.get(place) {
                Some(true) => (0, -1.0, gain(place)),
                _ if new.is_none() => (1, -1.0, gain(place)),
                _ => (2, new.unwrap_or_default(), gain(place)),
            }
        };
        let sorted = |order: &dyn Fn(usize, usize) -> Ordering| {
            let mut places: Vec<_> = (0..values.len()).collect();
            places.sort_unstable_by(|&a, &b| order(a, b).then(a.cmp(&b)));
            places
        };
        Self {
            worst: sorted(&|a, b| {
                let ((rank, score, gain), (other_rank, other_score, other_gain)) = (key(a), key(b));
                rank.cmp(&other_rank).then(compare(score, other_score)).then(compare(gain, other_gain))
            }),
            changed: sorted(&|a, b| compare(gain(a).abs(), gain(b).abs()).reverse()),
        }
    }

    /// Gives the places of the items that are shown, the worst first.
    ///
    /// What changed against the original response stands by how much it changed.
    pub fn list(&self, items: &[Item], show: Show) -> Vec<usize> {
        let order = match show {
            Show::Broke | Show::Fixed => &self.changed,
            _ => &self.worst,
        };
        shown(order, items, show)
    }
}

/// Gives those of some places whose items are shown, in their order.
pub fn shown(places: &[usize], items: &[Item], show: Show) -> Vec<usize> {
    let is_shown = |place: &&usize| items.get(**place).is_some_and(|item| show.holds(item));
    places.iter().filter(is_shown).copied().collect()
}

fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// A pass rate out of counts alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    pub rate: f64,
    /// 95 %.
    pub interval: Interval,
    /// How many items are scored.
    pub scored: u64,
}

/// Works out where a run stands; none while nothing is scored.
pub fn standing(counts: &Counts) -> Option<Standing> {
    let scored = counts.passed + counts.failed;
    let interval = proportion::wilson(counts.passed, scored, Z_95)?;
    Some(Standing { rate: counts.passed as f64 / scored as f64, interval, scored })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::id::ItemId;
    use shared::score::{MeanLevel, PartScore, Weight};
    use shared::scorer::result::{Mark, Marks};
    use shared::summary::{Column, scorers};

    /// Five items of one criterion: broke, fixed, unscored, error, pass.
    fn scores() -> Scores {
        let levels = |numbers: [Option<f64>; 5]| {
            numbers.map(|number| number.and_then(|number| MeanLevel::try_from(number).ok())).to_vec()
        };
        Scores {
            items: (0..5).map(|n| ItemId::try_from(format!("i{n}")).expect("an id")).collect(),
            criteria: vec![Column {
                name: "a".to_owned(),
                weight: Weight::default(),
                required: false,
                levels: levels([Some(3.0), Some(4.0), None, None, Some(5.0)]),
                baseline_levels: levels([Some(5.0), Some(1.0), Some(5.0), Some(5.0), Some(5.0)]),
            }],
            errored: vec![false, false, false, true, false],
            ..Scores::default()
        }
    }

    fn check(threshold: f64, show: Show, expected: Expect) {
        let exact = Exact::of(&scores());
        let both = Scored::of(&scores(), &exact);
        let rescored = at(&scores(), &exact, &both, Threshold::try_from(threshold).expect("a threshold"));
        let listed = Order::of(&scores(), &exact).list(&rescored.items, show);
        let counted = Counted::of(&rescored.items, &[true; 5]).shown(show);
        assert_eq!(counted, listed.len() as u64, "what is counted is what is listed");
        let listed: Vec<_> = listed
            .into_iter()
            .filter_map(|place| Some(format!("{place} {}", rescored.items.get(place)?.verdict.word())))
            .collect();
        let pairs = rescored.pairs.map(|pairs| (pairs.n, pairs.broke, pairs.fixed));
        expected.assert_eq(&format!("{} | {pairs:?}", listed.join(", ")));
    }

    #[test]
    fn the_worst_stand_first_and_what_has_no_score_before_them() {
        check(0.8, Show::All, expect!["3 error, 2 unscored, 0 fail, 1 pass, 4 pass | Some((3, 1, 1))"]);
    }

    #[test]
    fn unscored_items_are_not_low_scoring() {
        check(0.8, Show::Low, expect!["0 fail | Some((3, 1, 1))"]);
    }

    #[test]
    fn a_moved_threshold_moves_every_verdict() {
        check(0.6, Show::Broke, expect![" | Some((3, 0, 1))"]);
        check(0.9, Show::Low, expect!["0 fail, 1 fail | Some((3, 1, 0))"]);
    }

    #[test]
    fn weighted_scorers_take_part_and_checks_do_not() {
        let mark =
            |score: f64| Mark::Scored { score: PartScore::try_from(score).expect("a score"), passed: true };
        let column = |weight: Option<f64>| scorers::Column {
            name: "s".to_owned(),
            weight: weight.and_then(|weight| Weight::try_from(weight).ok()),
            marks: Marks(vec![mark(1.0), mark(0.0), mark(1.0), Mark::Skipped, Mark::Error]),
            baseline_marks: Marks(vec![mark(0.0), mark(1.0), mark(1.0), Mark::Skipped, Mark::Skipped]),
        };
        let shown = |weight| {
            let scores = Scores { scorers: vec![column(weight)], ..scores() };
            let exact = Exact::of(&scores);
            let rescored = at(&scores, &exact, &Scored::of(&scores, &exact), Threshold::default());
            let items = rescored.items.into_iter();
            let items =
                items.map(|item| format!("{} {:?} {:?}", item.verdict.word(), item.score, item.baseline));
            items.collect::<Vec<_>>().join("\n")
        };
        expect![[r#"
            pass Some(0.8) Some(0.5)
            fail Some(0.4) Some(0.6)
            unscored None Some(1.0)
            error None Some(1.0)
            unscored None Some(1.0)"#]]
        .assert_eq(&shown(Some(1.0)));
        expect![[r#"
            fail Some(0.6) Some(1.0)
            pass Some(0.8) Some(0.2)
            unscored None Some(1.0)
            error None Some(1.0)
            pass Some(1.0) Some(1.0)"#]]
        .assert_eq(&shown(None));
    }

    #[test]
    fn what_kept_its_verdict_passes_or_fails_with_both_responses() {
        check(0.8, Show::BothPass, expect!["4 pass | Some((3, 1, 1))"]);
        check(0.8, Show::BothFail, expect![" | Some((3, 1, 1))"]);
        check(0.6, Show::BothPass, expect!["0 pass, 4 pass | Some((3, 0, 1))"]);
        check(0.9, Show::BothFail, expect!["1 fail | Some((3, 1, 0))"]);
        check(0.9, Show::Same, expect!["1 fail, 4 pass | Some((3, 1, 0))"]);
    }

    #[test]
    fn a_bar_shows_its_items() {
        check(0.8, Show::Bin(9), expect!["4 pass | Some((3, 1, 1))"]);
        check(0.8, Show::Bin(8), expect!["1 pass | Some((3, 1, 1))"]);
    }

    #[test]
    fn where_nothing_is_scored_that_is_shown_first() {
        let usual = |scored, unscored, errored| {
            Show::usual(&Summary {
                scored,
                unscored,
                errored,
                ..Exact::of(&scores()).at(Threshold::default())
            })
        };
        assert_eq!(
            [usual(1, 9, 9), usual(0, 1, 9), usual(0, 0, 9)],
            [Show::Low, Show::Unscored, Show::Errored]
        );
    }

    #[test]
    fn words_read_back() {
        let all = [
            Show::Low,
            Show::All,
            Show::Passed,
            Show::Broke,
            Show::Fixed,
            Show::BothFail,
            Show::BothPass,
            Show::Same,
            Show::Unscored,
            Show::Errored,
            Show::Bin(3),
        ];
        for show in all {
            assert_eq!(Show::read(&show.word()), show);
        }
        assert_eq!(Show::read("bin12"), Show::Low);
    }

    #[test]
    fn nothing_scored_stands_nowhere() {
        assert_eq!(standing(&Counts { total: 4, done: 2, unscored: 2, ..Counts::default() }), None);
    }
}
