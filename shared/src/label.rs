//! Labels: what people say of a response, for the judge to be measured by.
//!
//! A label belongs to one response, the completion of one item, so that every run over the same completions
//! has it too. It is on one criterion or on the response as a whole. Labels are never edited: a newer one of
//! the same person about the same thing counts instead. Leaves out comparing them with the judge (`health`).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::canonical::{self, Key};
use crate::criteria::{Criterion, Kind, Name};
use crate::id::{ItemId, LabelId, RunId, SetId};
use crate::json::Object;
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::score::{HIGHEST, Level};

/// How an item came to be labelled, where nobody chose it by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// By lot: it stands for the results of its run.
    Random,
    /// It was picked because something about it is odd: it stands for itself alone.
    Queue,
}

impl Drawn {
    /// Gives the word on the wire and in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Queue => "queue",
        }
    }
}

/// How many results a label stands for: one over the chance that its item had of being picked, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct StandsFor(f64);

/// The number is not one over a chance.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a weight; a label stands for 1 result or more")]
pub struct NotAChance(f64);

impl StandsFor {
    /// What is certain of being picked stands for itself.
    pub const ITSELF: Self = Self(1.0);

    /// Takes one over the chance of being among `picked` out of `all`; certain when that is no chance.
    pub fn of(picked: usize, all: usize) -> Self {
        if (1..all).contains(&picked) { Self(all as f64 / picked as f64) } else { Self::ITSELF }
    }

    /// Gives the number, at least 1.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for StandsFor {
    type Error = NotAChance;

    fn try_from(value: f64) -> Result<Self, NotAChance> {
        if value.is_finite() && value >= 1.0 { Ok(Self(value)) } else { Err(NotAChance(value)) }
    }
}

impl From<StandsFor> for f64 {
    fn from(weight: StandsFor) -> Self {
        weight.0
    }
}

/// An item's place in the lot by which items are drawn to be labelled: the lowest come first.
///
/// It depends on nothing that could make the item odd, and is the same in every run of a set: so its runs are
/// measured by labels of the same items, and the lot goes on where it stopped. What it passes over because it
/// has a label already belongs to the same sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lot([u8; 32]);

impl Lot {
    /// Draws the place of an item of a set.
    pub fn of(set: &SetId, item: &ItemId) -> Self {
        Self(canonical::digest(format!("lot|{set}|{item}").as_bytes()))
    }
}

/// How an item was drawn, and how many it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    pub drawn: Drawn,
    /// None when nobody said.
    pub weight: Option<StandsFor>,
}

/// What a label says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// How well the response does.
    Level(Level),
    /// Whether the response will do.
    Pass(bool),
}

impl Opinion {
    /// Takes the one of the two that is given.
    ///
    /// # Errors
    /// Names the field that is missing, or that stands beside the other.
    pub fn of(level: Option<Level>, pass: Option<bool>) -> Result<Self, Mistake> {
        match (level, pass) {
            (Some(level), None) => Ok(Self::Level(level)),
            (None, Some(pass)) => Ok(Self::Pass(pass)),
            (Some(_), Some(_)) => Err(Mistake::new("/pass", "give level or pass, not both")),
            (None, None) => Err(Mistake::new("/level", "give level, from 0 to 5, or pass, true or false")),
        }
    }

    /// Tells whether the response will do: at or above the lowest passing level.
    pub fn passes(self) -> bool {
        match self {
            Self::Level(level) => level >= Level::PASSING,
            Self::Pass(pass) => pass,
        }
    }

    /// Checks that it answers a criterion of this kind.
    ///
    /// # Errors
    /// Names the level when the answer is yes or no and the level is neither.
    pub fn suits(self, kind: Kind) -> Result<(), Mistake> {
        match (kind, self) {
            (Kind::Binary, Self::Level(level)) if !matches!(level.number(), 0 | HIGHEST) => {
                let number = level.number();
                let detail = format!(
                    "the criterion is binary, and level {number} is neither; give pass, or level 0 or 5"
                );
                Err(Mistake::new("/level", detail))
            }
            _ => Ok(()),
        }
    }
}

/// Why somebody says so: 1 to 2000 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Note(String);

/// The most characters of a note.
const LONGEST: usize = 2000;

/// The text is empty or too long for a note.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a note has 1 to {LONGEST} characters, not {0}; leave it out when there is nothing to say")]
pub struct NotANote(usize);

impl TryFrom<String> for Note {
    type Error = NotANote;

    fn try_from(text: String) -> Result<Self, NotANote> {
        let text = text.trim();
        let length = text.chars().count();
        if (1..=LONGEST).contains(&length) { Ok(Self(text.to_owned())) } else { Err(NotANote(length)) }
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.0
    }
}

/// Labels a response: exactly one of `level` and `pass`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLabel {
    pub run_id: RunId,
    pub item_id: ItemId,
    /// Which criterion it is about, by its name; the response as a whole when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// How the item was drawn, as the review says it; left out when somebody chose it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
    /// How many results it stands for, as the review says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<StandsFor>,
}

impl NewLabel {
    /// Gives how the item was drawn; none when somebody chose it by hand.
    ///
    /// # Errors
    /// Names the weight when it is not said how the item was drawn.
    pub fn draw(&self) -> Result<Option<Draw>, Mistake> {
        match (self.drawn, self.weight) {
            (Some(drawn), weight) => Ok(Some(Draw { drawn, weight })),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let detail = "a weight needs drawn, \"random\" or \"queue\"; what is chosen by hand has none";
                Err(Mistake::new("/weight", detail))
            }
        }
    }
}

/// A person's verdict on a response. On the wire it has `level` or `pass`, as it was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Label {
    pub id: LabelId,
    /// The run in which it was given; others over the same completions have it too.
    pub run_id: RunId,
    pub item_id: ItemId,
    /// None when it is about the response as a whole.
    pub criterion: Option<Name>,
    #[serde(flatten)]
    pub opinion: Opinion,
    pub note: Option<Note>,
    /// How the item was drawn; none when somebody chose it by hand.
    pub drawn: Option<Drawn>,
    /// How many results it stands for; none when it is not known.
    pub weight: Option<StandsFor>,
    /// Who says so.
    pub author: String,
    pub created_at: Moment,
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        let opinion = Opinion::of(object.take("level")?, object.take("pass")?);
        Ok(Self {
            id: object.take("id")?,
            run_id: object.take("run_id")?,
            item_id: object.take("item_id")?,
            criterion: object.take("criterion")?,
            opinion: opinion.map_err(serde::de::Error::custom)?,
            note: object.take("note")?,
            drawn: object.take("drawn")?,
            weight: object.take("weight")?,
            author: object.take("author")?,
            created_at: object.take("created_at")?,
        })
    }
}

/// Gives what a label on each criterion is kept by, in the order of the criteria, each another.
///
/// It is the hash of what a person is asked. A criterion that is only renamed or weighted otherwise keeps its
/// labels; one that asks something else has none yet.
pub fn keys(criteria: &[Criterion]) -> Vec<Key> {
    let mut asked = BTreeMap::new();
    let key = |criterion: &Criterion| {
        let question = canonical::key(&(&criterion.question, criterion.kind, &criterion.anchors));
        let before = asked.entry(question.clone()).or_insert(0_u32);
        *before += 1;
        // The same question asked twice in one list is two criteria.
        if *before == 1 { question } else { canonical::key(&(question, *before)) }
    };
    criteria.iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(level: Option<u8>, pass: Option<bool>, kind: Kind, expected: Expect) {
        let level = level.map(|number| Level::try_from(number).expect("a level"));
        let opinion = Opinion::of(level, pass).and_then(|opinion| opinion.suits(kind).map(|()| opinion));
        expected.assert_eq(&match opinion {
            Ok(opinion) => format!("{opinion:?} {}", if opinion.passes() { "passes" } else { "fails" }),
            Err(mistake) => format!("{} {mistake}", mistake.pointer),
        });
    }

    #[test]
    fn a_label_is_a_level_or_a_pass() {
        check(Some(4), None, Kind::Levels, expect!["Level(Level(4)) passes"]);
        check(Some(3), None, Kind::Levels, expect!["Level(Level(3)) fails"]);
        check(None, Some(true), Kind::Levels, expect!["Pass(true) passes"]);
        check(Some(4), Some(true), Kind::Levels, expect!["/pass give level or pass, not both"]);
        check(None, None, Kind::Levels, expect!["/level give level, from 0 to 5, or pass, true or false"]);
    }

    #[test]
    fn a_binary_criterion_is_answered_by_yes_or_no() {
        check(Some(0), None, Kind::Binary, expect!["Level(Level(0)) fails"]);
        check(
            Some(4),
            None,
            Kind::Binary,
            expect!["/level the criterion is binary, and level 4 is neither; give pass, or level 0 or 5"],
        );
    }

    #[test]
    fn a_label_reads_back() {
        let label = json!({
            "id": "l", "run_id": "r", "item_id": "i", "criterion": "Accuracy", "level": 4, "note": null, "drawn": "random",
            "weight": 2.5, "author": "admin", "created_at": "2026-11-22T10:00:00.000Z",
        });
        let read: Label = serde_json::from_value(label.clone()).expect("a label");
        assert_eq!(serde_json::to_value(read).expect("it serialises"), label);
    }

    #[test]
    fn only_what_was_drawn_has_a_weight() {
        let check = |draw: serde_json::Value, expected: Expect| {
            let mut new = json!({"run_id": "r", "item_id": "i", "pass": true});
            new.as_object_mut().expect("an object").extend(draw.as_object().expect("an object").clone());
            let read = serde_json::from_value::<NewLabel>(new).map_err(|error| error.to_string());
            let draw = read.and_then(|new| new.draw().map_err(|mistake| mistake.to_string()));
            expected.assert_eq(&draw.map_or_else(|error| error, |draw| format!("{draw:?}")));
        };
        check(json!({}), expect!["None"]);
        check(json!({"drawn": "queue"}), expect!["Some(Draw { drawn: Queue, weight: None })"]);
        check(
            json!({"drawn": "random", "weight": 2.5}),
            expect!["Some(Draw { drawn: Random, weight: Some(StandsFor(2.5)) })"],
        );
        check(
            json!({"weight": 2.5}),
            expect![[r#"a weight needs drawn, "random" or "queue"; what is chosen by hand has none"#]],
        );
        check(
            json!({"drawn": "queue", "weight": 0.5}),
            expect!["0.5 is not a weight; a label stands for 1 result or more"],
        );
        check(json!({"drawn": "lot"}), expect!["unknown variant `lot`, expected `random` or `queue`"]);
    }

    #[test]
    fn a_criterion_keeps_its_labels_until_it_asks_something_else() {
        let criteria = |list| serde_json::from_value::<Vec<Criterion>>(list).expect("criteria");
        let before =
            keys(&criteria(json!([{"name": "a", "question": "One?"}, {"name": "b", "question": "Two?"}])));
        let renamed =
            keys(&criteria(json!([{"name": "A", "question": "One?", "weight": 3, "required": true}])));
        assert_eq!(renamed[0], before[0]);
        let asked_otherwise = criteria(json!([
            {"name": "a", "question": "Another?"}, {"name": "b", "question": "Two?", "kind": "binary"},
            {"name": "c", "question": "Two?", "anchors": {"5": "all of it"}},
        ]));
        assert!(keys(&asked_otherwise).iter().all(|key| !before.contains(key)));
        let twins = criteria(json!([{"name": "a", "question": "One?"}, {"name": "b", "question": "One?"}]));
        assert_ne!(keys(&twins)[0], keys(&twins)[1]);
    }
}
