//! A criterion while it is being written: what was typed, and reading it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::api::sets::SetChange;
use shared::criteria::{Anchors, Criteria, Criterion, Kind, Name, Question, UseReference};
use shared::decimal::Decimal;
use shared::score::{Threshold, Weight};

use crate::cell::Cell;
use crate::wording::fault::sentence;

/// One criterion as typed.
#[derive(Clone, Copy)]
pub struct Draft {
    /// Tells the drafts of a form apart.
    pub number: u32,
    pub name: RwSignal<String>,
    pub question: RwSignal<String>,
    pub weight: RwSignal<String>,
    pub required: RwSignal<bool>,
    pub kind: Cell<Kind>,
    pub use_reference: Cell<UseReference>,
    /// What each level means, from 0 up; empty for the usual words.
    pub anchors: [RwSignal<String>; 6],
}

impl Draft {
    /// Starts from nothing.
    pub fn empty(number: u32) -> Self {
        Self {
            number,
            name: RwSignal::default(),
            question: RwSignal::default(),
            weight: RwSignal::new("1".to_owned()),
            required: RwSignal::new(false),
            kind: Cell::new(Kind::default()),
            use_reference: Cell::new(UseReference::default()),
            anchors: std::array::from_fn(|_| RwSignal::default()),
        }
    }

    /// Starts from a criterion.
    pub fn of(number: u32, criterion: &Criterion) -> Self {
        let anchors = BTreeMap::from(criterion.anchors.clone());
        let anchor = |level: usize| anchors.get(&level.to_string()).cloned().unwrap_or_default();
        Self {
            number,
            name: RwSignal::new(criterion.name.to_string()),
            question: RwSignal::new(criterion.question.to_string()),
            weight: RwSignal::new(criterion.weight.value().to_string()),
            required: RwSignal::new(criterion.required),
            kind: Cell::new(criterion.kind),
            use_reference: Cell::new(criterion.use_reference),
            anchors: std::array::from_fn(|level| RwSignal::new(anchor(level))),
        }
    }

    fn read(self) -> Result<Criterion, String> {
        let weight = self.weight.get_untracked();
        let Decimal(weight) = weight.trim().parse().map_err(|_| format!("\"{weight}\" is not a weight"))?;
        let mut anchors = BTreeMap::new();
        for (level, text) in self.anchors.iter().enumerate() {
            let text = text.get_untracked();
            if !text.trim().is_empty() {
                anchors.insert(level.to_string(), text);
            }
        }
        Ok(Criterion {
            name: Name::try_from(self.name.get_untracked()).map_err(|error| error.to_string())?,
            question: Question::try_from(self.question.get_untracked()).map_err(|error| error.to_string())?,
            weight: Weight::try_from(weight).map_err(|error| error.to_string())?,
            required: self.required.get_untracked(),
            kind: self.kind.get_untracked(),
            use_reference: self.use_reference.get_untracked(),
            anchors: Anchors::try_from(anchors).map_err(|error| error.to_string())?,
        })
    }
}

/// Reads the whole form.
///
/// # Errors
/// Says in a sentence what does not fit.
pub fn read(
    name: String,
    description: String,
    threshold: &str,
    drafts: &[Draft],
) -> Result<SetChange, String> {
    let criteria = drafts
        .iter()
        .zip(1_u32..)
        .map(|(draft, place)| draft.read().map_err(|error| sentence(&format!("criterion {place}: {error}"))));
    let criteria = Criteria::try_from(criteria.collect::<Result<Vec<_>, _>>()?);
    let threshold: Threshold = threshold.trim().parse().map_err(|error: String| sentence(&error))?;
    Ok(SetChange {
        name: Some(Name::try_from(name).map_err(|error| sentence(&error.to_string()))?),
        description: Some(description),
        criteria: Some(criteria.map_err(|error| sentence(&error.to_string()))?),
        scorers: None,
        threshold: Some(threshold),
    })
}
