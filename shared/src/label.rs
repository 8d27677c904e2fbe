//! Labels: what people say of a response, for the judge to be measured by.
//!
//! A label belongs to one response, the completion of one item, so that every run over the same completions
//! has it too. It is on one criterion or on the response as a whole. Labels are never edited: a newer one of
//! the same person about the same thing counts instead. Leaves out comparing them with the judge (`health`).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::canonical::{self, Key};
use crate::criteria::{Criterion, Kind, Name};
use crate::id::{ItemId, LabelId, RunId};
use crate::json::Object;
use crate::mistake::Mistake;
use crate::moment::Moment;
use crate::score::{HIGHEST, Level};

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
            "id": "l", "run_id": "r", "item_id": "i", "criterion": "Accuracy", "level": 4, "note": null, "author": "admin",
            "created_at": "2026-11-22T10:00:00.000Z",
        });
        let read: Label = serde_json::from_value(label.clone()).expect("a label");
        assert_eq!(serde_json::to_value(read).expect("it serialises"), label);
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
