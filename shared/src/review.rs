//! Finders: which items of a run a person should read, and which to label.
//!
//! Source of the kinds: `spec/results.md` D.4. Leaves out what is shown of an item, and what becomes of
//! a label.

use serde::{Deserialize, Serialize};

use crate::judge::Flag;
use crate::label::{Drawn, Lot, StandsFor};
use crate::outcome::Change;
use crate::score::Level;
use crate::scorer::kind::Kind as Scorer;
use crate::scorer::result::{Mark, ScorerResult};

/// How many items are worth a person's attention at once.
pub const QUEUE: usize = 20;
/// Levels so far apart are no matter of taste.
const WIDE: u8 = 2;

/// What is known of an item that a person might look at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// The score, 0 to 1, with whether it passes; none unless scored.
    pub scored: Option<Scored>,
    /// The original response's score.
    pub baseline: Option<f64>,
    pub change: Option<Change>,
    /// A required criterion is not met.
    pub required_failed: bool,
    /// By criterion, the level that each repeat or each judge of a panel gave.
    pub levels: Vec<Vec<Level>>,
    /// Whether a person says that it passes.
    pub label: Option<bool>,
    /// What scorers that need no model say of its quality; none where they say nothing of it.
    pub checks: Option<bool>,
    pub flags: Vec<Flag>,
}

/// What the judge's levels come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// 0 to 1.
    pub score: f64,
    pub passes: bool,
}

/// Below which likeness to the original a response has nothing of it. Source: `spec/results.md` D.4.
const UNLIKE: f64 = 0.1;

/// Gives what scorers say of a response's quality: that it is not good if one does, else that it is if one
/// does; none where they say nothing of it.
///
/// What a response took says nothing of it. Nor does that it is put otherwise than the original: only that
/// it is alike, or has nothing in common with it.
pub fn checks(results: &[ScorerResult]) -> Option<bool> {
    let say = |result: &ScorerResult| {
        let Mark::Scored { score, passed } = result.mark else { return None };
        match result.kind {
            Scorer::Latency | Scorer::Cost | Scorer::LatencyRatio | Scorer::CostRatio | Scorer::Error => None,
            Scorer::Levenshtein
            | Scorer::FuzzyMatch
            | Scorer::Rouge1
            | Scorer::Rouge2
            | Scorer::RougeL
            | Scorer::TokenF1
            | Scorer::Chrf
            | Scorer::Gleu
            | Scorer::Bleu
            | Scorer::BleuSimple
                if !passed && score.value() >= UNLIKE =>
            {
                None
            }
            _ => Some(passed),
        }
    };
    // Of the two, that it is not good is the lesser.
    results.iter().filter_map(say).min()
}

/// Why a person should look at an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It passes where the original does not, or the reverse.
    Flipped,
    /// The judge does not agree with itself, or a panel does not agree.
    Torn,
    /// The judge says otherwise than a person.
    AgainstPerson,
    /// The judge says otherwise than scorers that need no model.
    AgainstChecks,
    /// A quote is not where the judge says, or the response seems to talk to the judge.
    Doubtful,
}

impl Kind {
    /// Every kind, in the order in which the queue takes turns.
    pub const ALL: [Self; 5] =
        [Self::Flipped, Self::Torn, Self::AgainstPerson, Self::AgainstChecks, Self::Doubtful];

    /// Gives how much an item is of this kind, first what counts most; none if it is not.
    fn strength(self, item: &Seen) -> Option<[f64; 2]> {
        match self {
            Self::Flipped => {
                let drop = item.drop().unwrap_or(0.0).abs();
                match item.change? {
                    Change::Broke => Some([1.0, drop]),
                    Change::Fixed => Some([0.0, drop]),
                    Change::Same => None,
                }
            }
            Self::Torn => {
                let by_levels = item.levels.iter().filter_map(|levels| torn(levels));
                by_levels.chain(item.flags.iter().any(is_split).then_some([1.0, 0.0])).max_by(stronger)
            }
            Self::AgainstPerson => item.against(item.label?),
            Self::AgainstChecks => item.against(item.checks?),
            Self::Doubtful => {
                let doubts = item.flags.iter().filter(is_doubt).count();
                (doubts > 0).then_some([doubts as f64, 0.0])
            }
        }
    }
}

/// Tells whether a flag casts doubt on what the judge said.
fn is_doubt(flag: &&Flag) -> bool {
    matches!(flag, Flag::InstructionInData | Flag::SuspectedInjection | Flag::UnverifiedQuote)
}

/// Tells whether a flag says that judgements of the same response are far apart.
fn is_split(flag: &Flag) -> bool {
    matches!(flag, Flag::PanelDisagrees | Flag::OrderInconsistent)
}

impl Seen {
    /// Gives by how much the score is below the original's.
    fn drop(&self) -> Option<f64> {
        Some(self.baseline? - self.scored?.score)
    }

    /// Gives how far the score is from what others say, if it passes and they say it does not, or the reverse.
    fn against(&self, passes: bool) -> Option<[f64; 2]> {
        let scored = self.scored.filter(|scored| scored.passes != passes)?;
        Some([if passes { 1.0 - scored.score } else { scored.score }, 0.0])
    }
}

fn stronger(one: &[f64; 2], other: &[f64; 2]) -> std::cmp::Ordering {
    one[0].total_cmp(&other[0]).then(one[1].total_cmp(&other[1]))
}

/// Gives whether levels are wide apart, and their entropy in nats; none when they agree.
fn torn(levels: &[Level]) -> Option<[f64; 2]> {
    let (least, most) = (levels.iter().min()?.number(), levels.iter().max()?.number());
    if least == most {
        return None;
    }
    let part = |level: u8| {
        let count = levels.iter().filter(|given| given.number() == level).count();
        if count == 0 { 0.0 } else { entropy_part(count as f64 / levels.len() as f64) }
    };
    let entropy = (least..=most).map(part).sum();
    Some([if most - least >= WIDE { 1.0 } else { 0.0 }, entropy])
}

fn entropy_part(share: f64) -> f64 {
    -share * libm::log(share)
}

/// Gives the places of scored items, those to read first in front.
///
/// The lowest score comes first, then a required criterion that is not met, then the largest drop from the
/// original.
pub fn low_scoring(items: &[Seen]) -> Vec<usize> {
    let scored = items.iter().enumerate().filter_map(|(place, item)| {
        let drop = item.drop().unwrap_or(f64::NEG_INFINITY);
        Some((item.scored?.score, !item.required_failed, -drop, place))
    });
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|one, other| {
        one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)).then(one.2.total_cmp(&other.2))
    });
    scored.into_iter().map(|(.., place)| place).collect()
}

/// Gives the places of the items of a kind, the strongest first.
pub fn disagreements(items: &[Seen], kind: Kind) -> Vec<usize> {
    let found = items.iter().enumerate().filter_map(|(place, item)| Some((kind.strength(item)?, place)));
    let mut found: Vec<_> = found.collect();
    found.sort_by(|one, other| stronger(&other.0, &one.0));
    found.into_iter().map(|(_, place)| place).collect()
}

/// An item of the queue, and why it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub place: usize,
    /// The first kind whose turn took it; it may be of others too.
    pub kind: Kind,
}

/// Gives the items to look at next, at most [`QUEUE`]: the kinds take turns with their strongest.
pub fn queue(items: &[Seen]) -> Vec<Next> {
    turns(items, |_| true, QUEUE)
}

fn turns(items: &[Seen], is_wanted: impl Fn(&Seen) -> bool, most: usize) -> Vec<Next> {
    let ranked = Kind::ALL.map(|kind| disagreements(items, kind));
    let mut lines = ranked.each_ref().map(|places| places.iter().filter(|place| is_wanted(&items[**place])));
    let mut queue: Vec<Next> = Vec::new();
    loop {
        let before = queue.len();
        for (kind, line) in Kind::ALL.into_iter().zip(&mut lines) {
            if queue.len() == most {
                return queue;
            }
            let mut new = line.filter(|&&place| queue.iter().all(|next| next.place != place));
            if let Some(&place) = new.next() {
                queue.push(Next { place, kind });
            }
        }
        if queue.len() == before {
            return queue;
        }
    }
}

/// An item to label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    pub place: usize,
    /// Those that are drawn by lot stand without weights for all that could be picked.
    pub drawn: Drawn,
    /// Why the queue has it; none if only the lot picked it.
    pub kind: Option<Kind>,
    pub weight: StandsFor,
}

/// Picks items for labels out of those that are scored and have none: half from the queue, the rest by lot.
///
/// `lots` gives each item's place in the lot, which takes the first. What both pick counts once, as drawn by
/// lot, so it may be less than [`QUEUE`] items. Both take turns, so that whoever stops early has labelled some
/// of each.
///
/// Items of the queue's half are certain of being picked; every other has the same chance. Sums over the
/// picked, each times its weight, so are right on average whatever the queue prefers. Source: Horvitz and
/// Thompson 1952.
pub fn sample(items: &[Seen], lots: &[Lot]) -> Vec<Pick> {
    let is_wanted = |item: &Seen| item.scored.is_some() && item.label.is_none();
    let mut wanted: Vec<usize> =
        items.iter().enumerate().filter(|(_, item)| is_wanted(item)).map(|(place, _)| place).collect();
    wanted.sort_by_key(|place| lots.get(*place));
    let queued = turns(items, is_wanted, QUEUE / 2);
    let lots = wanted.get(..QUEUE - queued.len()).unwrap_or(&wanted);
    let weight = StandsFor::of(lots.len(), wanted.len());
    let odd = queued.iter().filter(|next| !lots.contains(&next.place)).map(|next| Pick {
        place: next.place,
        drawn: Drawn::Queue,
        kind: Some(next.kind),
        weight: StandsFor::ITSELF,
    });
    let by_lot = lots.iter().map(|&place| {
        let kind = queued.iter().find(|next| next.place == place).map(|next| next.kind);
        let weight = if kind.is_some() { StandsFor::ITSELF } else { weight };
        Pick { place, drawn: Drawn::Random, kind, weight }
    });
    alternately(odd, by_lot)
}

/// Takes one from each in turn, and the rest of the longer.
fn alternately<T>(one: impl Iterator<Item = T>, other: impl Iterator<Item = T>) -> Vec<T> {
    let (mut one, mut other) = (one.fuse(), other.fuse());
    let mut all = Vec::new();
    loop {
        let turn = [one.next(), other.next()];
        if turn.iter().all(Option::is_none) {
            return all;
        }
        all.extend(turn.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ItemId, SetId};
    use expect_test::{Expect, expect};

    fn scored(score: f64) -> Seen {
        Seen { scored: Some(Scored { score, passes: score >= 0.8 }), ..Seen::default() }
    }

    fn levels(numbers: &[u8]) -> Vec<Vec<Level>> {
        vec![numbers.iter().filter_map(|&number| Level::try_from(number).ok()).collect()]
    }

    fn broke(score: f64) -> Seen {
        Seen { baseline: Some(1.0), change: Some(Change::Broke), ..scored(score) }
    }

    fn check(items: &[Seen], expected: Expect) {
        let ranked = Kind::ALL.map(|kind| format!("{kind:?} {:?}", disagreements(items, kind)));
        let queue = queue(items).into_iter().map(|next| format!("{} {:?}", next.place, next.kind));
        let queue: Vec<_> = queue.collect();
        expected.assert_eq(&format!(
            "low {:?}\n{}\nqueue {}",
            low_scoring(items),
            ranked.join("\n"),
            queue.join(", ")
        ));
    }

    #[test]
    fn of_nothing_nothing_is_to_be_read() {
        for items in [&[][..], &[Seen::default()], &[scored(0.9), scored(0.9)]] {
            assert_eq!(queue(items), []);
        }
    }

    #[test]
    fn the_lowest_is_read_first() {
        check(
            &[
                scored(0.4),
                Seen::default(),
                Seen { baseline: Some(0.6), ..scored(0.4) },
                Seen { baseline: Some(1.0), ..scored(0.4) },
                Seen { required_failed: true, ..scored(0.4) },
                scored(0.2),
            ],
            expect![[r#"
                low [5, 4, 3, 2, 0]
                Flipped []
                Torn []
                AgainstPerson []
                AgainstChecks []
                Doubtful []
                queue "#]],
        );
    }

    #[test]
    fn each_kind_is_ranked_by_its_own_strength() {
        check(
            &[
                Seen { baseline: Some(0.0), change: Some(Change::Fixed), ..scored(1.0) },
                broke(0.6),
                broke(0.2),
                Seen { levels: levels(&[3, 4, 4]), ..Seen::default() },
                Seen { levels: levels(&[3, 4]), ..Seen::default() },
                Seen { levels: levels(&[2, 4, 4]), ..Seen::default() },
                Seen { levels: levels(&[4, 4, 4]), ..Seen::default() },
                Seen { label: Some(false), ..scored(1.0) },
                Seen { label: Some(true), ..scored(0.7) },
                Seen { label: Some(true), ..scored(0.9) },
                Seen { checks: Some(false), ..scored(0.8) },
                Seen { checks: Some(true), ..scored(0.1) },
                Seen { flags: vec![Flag::InstructionInData], ..scored(0.9) },
                Seen { flags: vec![Flag::InstructionInData, Flag::UnverifiedQuote], ..scored(0.9) },
                Seen { flags: vec![Flag::PanelDisagrees], ..scored(0.9) },
                Seen { flags: vec![Flag::Truncated], ..scored(0.9) },
            ],
            expect![[r#"
                low [11, 2, 1, 8, 10, 9, 12, 13, 14, 15, 0, 7]
                Flipped [2, 1, 0]
                Torn [5, 14, 4, 3]
                AgainstPerson [7, 8]
                AgainstChecks [11, 10]
                Doubtful [13, 12]
                queue 2 Flipped, 5 Torn, 7 AgainstPerson, 11 AgainstChecks, 13 Doubtful, 1 Flipped, 14 Torn, 8 AgainstPerson, 10 AgainstChecks, 12 Doubtful, 0 Flipped, 4 Torn, 3 Torn"#]],
        );
    }

    fn check_checks(results: &[(Scorer, f64, bool)], expected: Expect) {
        let results = results.iter().map(|&(kind, score, passed)| {
            let score = crate::score::PartScore::try_from(score).expect("a score");
            let mark = Mark::Scored { score, passed };
            ScorerResult { name: String::new(), kind, mark, reason: String::new() }
        });
        let skipped =
            |mark| ScorerResult { name: String::new(), kind: Scorer::IsJson, mark, reason: String::new() };
        let results: Vec<_> = results.chain([skipped(Mark::Skipped), skipped(Mark::Error)]).collect();
        expected.assert_eq(&format!("{:?}", checks(&results)));
    }

    #[test]
    fn one_scorer_that_finds_it_bad_is_enough() {
        check_checks(&[], expect!["None"]);
        check_checks(&[(Scorer::IsJson, 1.0, true)], expect!["Some(true)"]);
        check_checks(
            &[(Scorer::IsJson, 1.0, true), (Scorer::RefusalChanged, 0.0, false)],
            expect!["Some(false)"],
        );
    }

    #[test]
    fn what_it_took_and_other_words_say_nothing_of_quality() {
        check_checks(&[(Scorer::Cost, 0.0, false), (Scorer::Error, 1.0, true)], expect!["None"]);
        check_checks(&[(Scorer::RougeL, 0.4, false)], expect!["None"]);
        check_checks(&[(Scorer::RougeL, 0.9, true)], expect!["Some(true)"]);
        check_checks(&[(Scorer::RougeL, 0.05, false)], expect!["Some(false)"]);
    }

    #[test]
    fn the_queue_takes_an_item_once_and_ends_at_twenty() {
        let both = Seen { label: Some(true), ..broke(0.2) };
        let items: Vec<_> = std::iter::repeat_n(both, 30).collect();
        let places: Vec<_> = queue(&items).into_iter().map(|next| next.place).collect();
        assert_eq!(places, (0..20).collect::<Vec<_>>());
    }

    /// Draws the lot of so many items, anew for each seed.
    fn lots(seed: usize, count: usize) -> Vec<Lot> {
        let id = |text: String| ItemId::try_from(text).expect("an id");
        let set = SetId::try_from(seed.to_string()).expect("an id");
        (0..count).map(|place| Lot::of(&set, &id(place.to_string()))).collect()
    }

    fn check_sample(items: &[Seen], expected: Expect) {
        let line = |pick: Pick| {
            let why = pick.kind.map(|kind| format!(" {kind:?}")).unwrap_or_default();
            format!("{} {} for {}{why}", pick.place, pick.drawn.word(), pick.weight.value())
        };
        expected.assert_eq(
            &sample(items, &lots(1, items.len())).into_iter().map(line).collect::<Vec<_>>().join(", "),
        );
    }

    /// Items of which those at some places are odd.
    fn some_odd(count: usize, odd: impl Fn(usize) -> bool) -> Vec<Seen> {
        (0..count).map(|place| if odd(place) { broke(0.2) } else { scored(0.9) }).collect()
    }

    #[test]
    fn half_of_the_labels_are_by_lot_and_both_halves_take_turns() {
        check_sample(
            &some_odd(100, |place| place % 7 == 6),
            expect![
                "6 queue for 1 Flipped, 62 random for 1 Flipped, 13 queue for 1 Flipped, 31 random for 10, 20 queue for 1 Flipped, 18 random for 10, 27 queue for 1 Flipped, 99 random for 10, 34 queue for 1 Flipped, 43 random for 10, 41 queue for 1 Flipped, 77 random for 10, 48 queue for 1 Flipped, 74 random for 10, 55 queue for 1 Flipped, 4 random for 10, 69 random for 1 Flipped, 76 random for 10"
            ],
        );
    }

    #[test]
    fn weights_add_up_to_the_items_on_average() {
        let items = some_odd(100, |place| place < 15);
        let total =
            |seed| sample(&items, &lots(seed, 100)).iter().map(|pick| pick.weight.value()).sum::<f64>();
        let mean = (0..2000).map(total).sum::<f64>() / 2000.0;
        assert!((mean - 100.0).abs() < 1.0, "{mean}");
    }

    #[test]
    fn what_the_queue_has_not_is_drawn() {
        let picks = sample(&some_odd(100, |place| place > 96), &lots(1, 100));
        let by_lot: Vec<_> = picks.iter().filter(|pick| pick.drawn == Drawn::Random).collect();
        assert_eq!(by_lot.len(), 17);
        let stands = |pick: &&Pick| pick.weight == StandsFor::of(17, 100);
        assert!(by_lot.iter().filter(|pick| pick.kind.is_none()).all(stands), "{by_lot:?}");
    }

    #[test]
    fn few_items_are_all_picked_and_labelled_ones_never() {
        let labelled = Seen { label: Some(true), ..broke(0.2) };
        check_sample(&[scored(0.5), labelled, Seen::default()], expect!["0 random for 1"]);
        check_sample(&[], expect![""]);
    }
}
