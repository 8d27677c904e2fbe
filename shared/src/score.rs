//! Levels, scores and thresholds: the numbers that a verdict is made of.
//!
//! Sums and comparisons are in integers until the last division: 0.8·0.3 + 0.8·0.7 is not 0.8 in floats,
//! and an item at the threshold passes. That there is no score is never a number.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::share::Share;

/// The highest level; also the number of steps between the scores 0 and 1.
pub const HIGHEST: u8 = 5;

const MICRO: u64 = 1_000_000;

/// How well a response meets a criterion: 0 (not at all) to 5 (fully).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub struct Level(u8);

/// The number is not a level.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("level {0} does not exist; levels are 0 to 5")]
pub struct NotALevel(u8);

impl Level {
    /// The level of a response that meets nothing.
    pub const LOWEST: Self = Self(0);
    /// The lowest level that passes.
    pub const PASSING: Self = Self(4);

    /// Gives the number, 0 to 5.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Makes a level that is written in the code; more than the highest is the highest.
    pub const fn of(number: u8) -> Self {
        Self(if number > HIGHEST { HIGHEST } else { number })
    }
}

impl TryFrom<u8> for Level {
    type Error = NotALevel;

    fn try_from(number: u8) -> Result<Self, NotALevel> {
        if number <= HIGHEST { Ok(Self(number)) } else { Err(NotALevel(number)) }
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.0
    }
}

/// The number is not a share of one.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a {1}; a {1} is from 0 to 1")]
pub struct NotAShare(f64, &'static str);

/// The score from which an item passes, 0 to 1, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct Threshold(Share);

impl Threshold {
    /// Gives the threshold as a number from 0 to 1.
    pub fn value(self) -> f64 {
        self.0.value()
    }

    /// Gives millionths.
    pub fn micro(self) -> u32 {
        self.0.micro()
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self(Share::THRESHOLD)
    }
}

impl TryFrom<f64> for Threshold {
    type Error = NotAShare;

    fn try_from(value: f64) -> Result<Self, NotAShare> {
        Share::try_from(value).map(Self).map_err(|_| NotAShare(value, "threshold"))
    }
}

impl From<Threshold> for f64 {
    fn from(threshold: Threshold) -> Self {
        threshold.value()
    }
}

impl std::str::FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Decimal(value) = text.parse().map_err(|_| format!("\"{text}\" is not a number from 0 to 1"))?;
        Self::try_from(value).map_err(|error| error.to_string())
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.value())
    }
}

/// A scorer's score: a share of one, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct PartScore(f64);

impl PartScore {
    /// Gives the number, 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Gives millionths, rounded: what scores are compared and added in.
    pub fn micro(self) -> u32 {
        (self.0 * MICRO as f64).round() as u32
    }

    /// Gives the nearest whole millionths: a number that counts the same when it is written and read again.
    pub fn rounded(self) -> Self {
        Self(f64::from(self.micro()) / MICRO as f64)
    }

    /// Gives what is missing to 1.
    pub fn rest(self) -> Self {
        Self(1.0 - self.0)
    }

    /// Tells whether the score is at or above a threshold, in millionths.
    ///
    /// Source: `trap.threshold_float` of the reference vectors.
    pub fn reaches(self, threshold: Threshold) -> bool {
        self.micro() >= threshold.micro()
    }
}

impl TryFrom<f64> for PartScore {
    type Error = NotAShare;

    fn try_from(value: f64) -> Result<Self, NotAShare> {
        // Adding 0 makes 0 of −0, which an empty sum is.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(NotAShare(value, "score")) }
    }
}

impl From<PartScore> for f64 {
    fn from(share: PartScore) -> Self {
        share.value()
    }
}

/// How much a criterion counts against the others: above 0, at most 1000, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct Weight(u32);

/// The number is not a weight.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a weight; a weight is above 0 and at most 1000")]
pub struct NotAWeight(f64);

impl Weight {
    /// Gives the weight as a number.
    pub fn value(self) -> f64 {
        f64::from(self.0) / MICRO as f64
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self(1_000_000)
    }
}

impl TryFrom<f64> for Weight {
    type Error = NotAWeight;

    fn try_from(value: f64) -> Result<Self, NotAWeight> {
        let micro = (value * MICRO as f64).round();
        if (1.0..=1e9).contains(&micro) { Ok(Self(micro as u32)) } else { Err(NotAWeight(value)) }
    }
}

impl From<Weight> for f64 {
    fn from(weight: Weight) -> Self {
        weight.value()
    }
}

/// A mean of levels, 0 to 5, in 75 600ths: exact for 1, 3, 5, 7 or 9 levels or quarters of levels, for the
/// mean of up to five such means, for 2 of one judge, and through a number and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct MeanLevel(u32);

/// The parts of a level: 4 for quarters, times 315 for 3, 5, 7 or 9 of them, times 60 for 2 to 5 means.
const PARTS: u32 = 75_600;

/// The number is not a mean of levels.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a mean level; it is from 0 to 5")]
pub struct NotAMeanLevel(f64);

impl MeanLevel {
    /// Takes the mean of some levels; none of none.
    pub fn of(levels: &[Level]) -> Option<Self> {
        let sum: u32 = levels.iter().map(|level| u32::from(level.0) * PARTS).sum();
        let count = u32::try_from(levels.len()).ok().filter(|&count| count > 0)?;
        Some(Self((sum + count / 2) / count))
    }

    /// Makes a level of quarters, 0 to 20; more is the highest.
    pub fn of_quarters(quarters: u8) -> Self {
        Self(u32::from(quarters.min(4 * HIGHEST)) * (PARTS / 4))
    }

    /// Takes the mean of means, each counted once; none of none.
    pub fn between(means: &[Self]) -> Option<Self> {
        let sum: u32 = means.iter().map(|mean| mean.0).sum();
        let count = u32::try_from(means.len()).ok().filter(|&count| count > 0)?;
        Some(Self((sum + count / 2) / count))
    }

    /// Tells whether two means lie so many levels or more apart.
    pub fn is_apart(self, other: Self, levels: u8) -> bool {
        self.0.abs_diff(other.0) >= u32::from(levels) * PARTS
    }

    /// Gives the mean, 0 to 5.
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(PARTS)
    }

    /// Gives the mean as a score, 0 to 1.
    pub fn score(self) -> f64 {
        f64::from(self.0) / f64::from(PARTS * u32::from(HIGHEST))
    }

    /// Tells whether the mean is at or above the lowest passing level.
    pub fn passes(self) -> bool {
        self.0 >= PARTS * u32::from(Level::PASSING.0)
    }
}

impl TryFrom<f64> for MeanLevel {
    type Error = NotAMeanLevel;

    fn try_from(value: f64) -> Result<Self, NotAMeanLevel> {
        let fits = (0.0..=f64::from(HIGHEST)).contains(&value);
        if fits { Ok(Self((value * f64::from(PARTS)).round() as u32)) } else { Err(NotAMeanLevel(value)) }
    }
}

impl From<MeanLevel> for f64 {
    fn from(level: MeanLevel) -> Self {
        level.value()
    }
}

/// One criterion's part in the score of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub level: MeanLevel,
    pub weight: Weight,
    /// The item fails, whatever its score, if this part is below the lowest passing level.
    pub required: bool,
}

/// One scorer's part in the score of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScorerPart {
    pub score: PartScore,
    pub weight: Weight,
}

/// The score of an item, exact: a fraction of integers, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    over: u128,
    /// Above 0.
    under: u128,
    required_met: bool,
}

impl Score {
    /// Adds up the parts: Σ levelᵢ·wᵢ / (5·Σ wᵢ). None when there are no parts.
    ///
    /// Source: `judge.aggregate` of the reference vectors.
    pub fn of(parts: &[Part]) -> Option<Self> {
        let over = parts.iter().map(|part| u128::from(part.weight.0) * u128::from(part.level.0)).sum();
        let weights: u128 = parts.iter().map(|part| u128::from(part.weight.0)).sum();
        let under = weights * u128::from(PARTS * u32::from(HIGHEST));
        let required_met = parts.iter().all(|part| !part.required || part.level.passes());
        if under == 0 { None } else { Some(Self { over, under, required_met }) }
    }

    /// Adds up the parts and those of scorers, whose scores count in millionths. None without a criterion's part.
    ///
    /// Source: `trap.threshold_float` of the reference vectors.
    pub fn with(parts: &[Part], scorers: &[ScorerPart]) -> Option<Self> {
        let judged = Self::of(parts)?;
        if scorers.is_empty() {
            return Some(judged);
        }
        // One fraction holds both: levels by the parts of a level, scorers by millionths.
        let (levels, shares) = (u128::from(PARTS * u32::from(HIGHEST)), u128::from(MICRO));
        let over = |part: &ScorerPart| u128::from(part.weight.0) * u128::from(part.score.micro());
        let over: u128 = scorers.iter().map(over).sum();
        let under: u128 = scorers.iter().map(|part| u128::from(part.weight.0)).sum();
        Some(Self {
            over: judged.over * shares + over * levels,
            under: (judged.under + under * levels) * shares,
            required_met: judged.required_met,
        })
    }

    /// Gives the score as a number from 0 to 1.
    pub fn value(self) -> f64 {
        self.over as f64 / self.under as f64
    }

    /// Gives the score as a fraction of integers, over and under; scores of the same criteria have the same under.
    pub fn fraction(self) -> (u128, u128) {
        (self.over, self.under)
    }

    /// Gives how many whole tenths it has, 0 to 10.
    pub fn tenth(self) -> usize {
        usize::try_from(self.over * 10 / self.under).unwrap_or(usize::MAX)
    }

    /// Tells whether an item of this score passes: at or above the threshold, every required part met.
    pub fn passes(self, threshold: Threshold) -> bool {
        self.required_met && self.over * u128::from(MICRO) >= u128::from(threshold.micro()) * self.under
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn levels(numbers: &[u8]) -> Vec<Level> {
        numbers.iter().filter_map(|&number| Level::try_from(number).ok()).collect()
    }

    fn check(parts: &[(&[u8], f64, bool)], expected: Expect) {
        let parts = parts.iter().map(|(numbers, weight, required)| {
            Some(Part {
                level: MeanLevel::of(&levels(numbers))?,
                weight: Weight::try_from(*weight).ok()?,
                required: *required,
            })
        });
        let score = parts.collect::<Option<Vec<_>>>().and_then(|parts| Score::of(&parts));
        expected.assert_eq(&format!(
            "{:?}",
            score.map(|score| (score.value(), score.passes(Threshold::default())))
        ));
    }

    #[test]
    fn an_item_at_the_threshold_passes() {
        check(&[(&[4], 1.0, false)], expect!["Some((0.8, true))"]);
        check(&[(&[4], 0.3, false), (&[4], 0.7, false)], expect!["Some((0.8, true))"]);
        check(&[(&[4, 4, 4], 1.0, false)], expect!["Some((0.8, true))"]);
    }

    #[test]
    fn a_required_part_below_four_fails_the_item() {
        check(&[(&[5], 1.0, false), (&[3], 1.0, true)], expect!["Some((0.8, false))"]);
    }

    #[test]
    fn repeats_of_different_number_are_averaged_before_they_are_added() {
        check(&[(&[3, 4, 5], 1.0, false), (&[5], 1.0, false)], expect!["Some((0.9, true))"]);
    }

    #[test]
    fn every_mean_that_can_be_is_exact_through_a_number_and_back() {
        let panels =
            [1, 3, 5, 7, 9].into_iter().flat_map(|repeats| (1..=5).map(move |judges| (repeats, judges)));
        let asked_twice: (u32, u32) = (2, 1);
        for (repeats, judges) in panels.chain([asked_twice]) {
            for quarters in 0..=20 * repeats {
                let exact = f64::from(quarters) / f64::from(4 * repeats * judges);
                let mean = MeanLevel::try_from(exact).expect("a mean");
                assert_eq!(mean.0 * 4 * repeats * judges, quarters * PARTS);
                assert_eq!(mean.value().to_bits(), exact.to_bits());
            }
        }
    }

    #[test]
    fn no_parts_have_no_score() {
        check(&[], expect!["None"]);
        check(&[(&[], 1.0, false)], expect!["None"]);
    }

    fn check_with(parts: &[(u8, f64)], scorers: &[(f64, f64)], expected: Expect) {
        let weight = |weight: f64| Weight::try_from(weight).expect("a weight");
        let parts = parts.iter().map(|(level, of)| Part {
            level: MeanLevel::of(&levels(&[*level])).expect("a level"),
            weight: weight(*of),
            required: false,
        });
        let scorers = scorers.iter().map(|(score, of)| ScorerPart {
            score: PartScore::try_from(*score).expect("a score"),
            weight: weight(*of),
        });
        let score = Score::with(&parts.collect::<Vec<_>>(), &scorers.collect::<Vec<_>>());
        expected.assert_eq(&format!(
            "{:?}",
            score.map(|score| (score.value(), score.passes(Threshold::default())))
        ));
    }

    #[test]
    fn weighted_scorers_take_part_exactly() {
        check_with(&[(4, 0.3)], &[(0.8, 0.7)], expect!["Some((0.8, true))"]);
        check_with(&[(4, 0.3)], &[(0.799_999_6, 0.7)], expect!["Some((0.8, true))"]);
        check_with(&[(4, 0.3)], &[(0.799_999_4, 0.7)], expect!["Some((0.7999993, false))"]);
        check_with(&[(5, 1.0), (3, 1.0)], &[(1.0 / 3.0, 1.0)], expect!["Some((0.6444443333333333, false))"]);
        check_with(&[(5, 1000.0)], &[(1.0, 1000.0)], expect!["Some((1.0, true))"]);
        check_with(&[(0, 1000.0)], &[(0.0, 1e-6)], expect!["Some((0.0, false))"]);
    }

    #[test]
    fn without_scorers_the_score_is_the_same_to_the_last_bit() {
        let parts: Vec<Part> = [(5, 0.3), (3, 0.7), (4, 1.1)]
            .into_iter()
            .filter_map(|(level, weight)| {
                let (level, weight) = (MeanLevel::of(&levels(&[level]))?, Weight::try_from(weight).ok()?);
                Some(Part { level, weight, required: false })
            })
            .collect();
        assert_eq!(Score::with(&parts, &[]), Score::of(&parts));
    }

    #[test]
    fn scorers_alone_are_no_score() {
        check_with(&[], &[(1.0, 1.0)], expect!["None"]);
    }

    #[test]
    fn a_share_is_from_0_to_1() {
        assert_eq!(PartScore::try_from(-0.0).map(|share| share.value().to_bits()), Ok(0));
        assert!(PartScore::try_from(f64::NAN).is_err());
        assert!(PartScore::try_from(1.000_1).is_err());
        let share = |value: f64| PartScore::try_from(value).expect("a share");
        let threshold = Threshold::default();
        assert!(share(0.1 + 0.7).reaches(threshold) && !share(0.799_999).reaches(threshold));
    }

    #[test]
    fn a_threshold_is_a_share() {
        assert_eq!(
            Threshold::try_from(1.2).map_err(|error| error.to_string()),
            Err("1.2 is not a threshold; a threshold is from 0 to 1".to_owned())
        );
        assert!(Threshold::try_from(f64::NAN).is_err());
    }
}
