//! A criterion while it is being written: what was typed, and reading it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::api::sets::SetChange;
use shared::criteria::{Anchors, Criteria, Criterion, Kind, Name, Question, UseReference};
use shared::decimal::Decimal;
use shared::mistake::Mistake;
use shared::score::{Threshold, Weight};

use super::editor;
use super::help::Help;
use crate::cell::Cell;
use crate::wording;

/// One criterion as typed.
#[derive(Clone, Copy)]
pub struct Draft {
    number: u32,
    pub name: RwSignal<String>,
    pub question: RwSignal<String>,
    pub weight: RwSignal<String>,
    pub required: RwSignal<bool>,
    pub kind: Cell<Kind>,
    pub use_reference: Cell<UseReference>,
    /// What each level means, from 0 up; empty for the usual words.
    pub anchors: [RwSignal<String>; 6],
    pub help: Help,
}

impl editor::Draft for Draft {
    fn empty(number: u32) -> Self {
        Self {
            number,
            name: RwSignal::default(),
            question: RwSignal::default(),
            weight: RwSignal::new("1".to_owned()),
            required: RwSignal::new(false),
            kind: Cell::new(Kind::default()),
            use_reference: Cell::new(UseReference::default()),
            anchors: std::array::from_fn(|_| RwSignal::default()),
            help: Help::empty(),
        }
    }

    fn number(self) -> u32 {
        self.number
    }

    fn called(self) -> String {
        wording::set::part("The criterion", &self.name.get())
    }
}

impl Draft {
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
            help: Help::of(criterion),
        }
    }

    fn read(self) -> Result<Criterion, Mistake> {
        let typed = self.weight.get();
        let weight: Result<Decimal, _> = typed.trim().parse();
        let Decimal(weight) =
            weight.map_err(|_| Mistake::new("/weight", format!("\"{typed}\" is not a weight")))?;
        let mut anchors = BTreeMap::new();
        for (level, text) in self.anchors.iter().enumerate() {
            let text = text.get();
            if !text.trim().is_empty() {
                anchors.insert(level.to_string(), text);
            }
        }
        Ok(Criterion {
            name: Name::try_from(self.name.get()).map_err(|error| at("/name", &error))?,
            question: Question::try_from(self.question.get()).map_err(|error| at("/question", &error))?,
            weight: Weight::try_from(weight).map_err(|error| at("/weight", &error))?,
            required: self.required.get(),
            kind: self.kind.get(),
            use_reference: self.use_reference.get(),
            anchors: Anchors::try_from(anchors).map_err(|error| at("/anchors", &error))?,
            checks: self.help.checks()?,
            examples: self.help.examples(self.kind.get())?,
            datamark: self.help.datamark(),
        })
    }
}

fn at(pointer: &str, error: &impl ToString) -> Mistake {
    Mistake::new(pointer, error.to_string())
}

/// What is typed beside the criteria.
#[derive(Clone, Copy)]
pub struct Head {
    pub name: RwSignal<String>,
    pub description: RwSignal<String>,
    pub threshold: RwSignal<String>,
}

/// Reads the whole form.
///
/// # Errors
/// Says what does not fit, each by its place in the change of the set.
pub fn read(head: Head, drafts: &[Draft]) -> Result<SetChange, Vec<Mistake>> {
    let (mut criteria, mut mistakes) = (Vec::new(), Vec::new());
    let name = Name::try_from(head.name.get()).map_err(|error| mistakes.push(at("/name", &error)));
    let threshold: Result<Threshold, String> = head.threshold.get().trim().parse();
    let threshold = threshold.map_err(|error| mistakes.push(at("/threshold", &error)));
    for (place, draft) in drafts.iter().enumerate() {
        match draft.read() {
            Ok(criterion) => criteria.push(criterion),
            Err(Mistake { pointer, detail }) => {
                mistakes.push(Mistake::new(format!("/criteria/{place}{pointer}"), detail));
            }
        }
    }
    let (Ok(name), Ok(threshold), true) = (name, threshold, mistakes.is_empty()) else {
        return Err(mistakes);
    };
    let criteria = Criteria::try_from(criteria).map_err(|error| vec![at("/criteria", &error)])?;
    Ok(SetChange {
        name: Some(name),
        description: Some(head.description.get()),
        criteria: Some(criteria),
        scorers: None,
        threshold: Some(threshold),
    })
}
