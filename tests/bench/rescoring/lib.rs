//! A run to add up again, as big as asked for: what the browser does when a run is opened, a part of it whenever
//! a threshold is moved, and when somebody asks what its failures have in common.
//!
//! Leaves out measuring the time, which is done differently natively (`main.rs`) and in Wasm (`rescoring.mjs`).

use shared::score::{MeanLevel, Threshold, Weight};
use shared::summary::exact::Exact;
use shared::summary::{Column, Scores};
use shared::topics::texts::Texts;
#[cfg(target_family = "wasm")]
use shared::{summary::failing, topics::alike};

const CRITERIA: usize = 3;

/// Makes the columns of a run of `items` items and three criteria, with baseline; always the same.
///
/// Built from the JSON that the browser would get, so that nothing about the columns is left out.
pub fn columns(items: usize) -> Scores {
    let mut state = 1_u64;
    let mut level = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Three of four levels are 4 or 5, and one in sixteen is missing.
        let drawn = f64::from((state >> 60) as u8);
        if drawn == 0.0 { None } else { MeanLevel::try_from((drawn / 2.0).min(5.0).floor()).ok() }
    };
    let mut column = |criterion: usize| Column {
        name: format!("criterion {criterion}"),
        weight: Weight::default(),
        required: criterion == 0,
        levels: (0..items).map(|_| level()).collect(),
        baseline_levels: (0..items).map(|_| level()).collect(),
    };
    let id = |item: usize| serde_json::from_value(serde_json::json!(format!("item-{item}"))).ok();
    Scores {
        items: (0..items).filter_map(id).collect(),
        criteria: (0..CRITERIA).map(&mut column).collect(),
        errored: vec![false; items],
        latency_ms: (0..items).map(|item| Some(100 + item as u64 % 977)).collect(),
        cost_usd: vec![Some(0.001); items],
        ..Scores::default()
    }
}

/// Adds the run up at a threshold, from its columns on; gives the pass rate, so that nothing can be left out.
pub fn add_up(scores: &Scores, threshold: f64) -> Option<f64> {
    Exact::of(scores).at(Threshold::try_from(threshold).ok()?).pass_rate
}

/// What the words of texts are drawn from.
const WORDS: [&str; 24] = [
    "amount",
    "apology",
    "balance",
    "chapter",
    "currency",
    "customer",
    "deadline",
    "delivery",
    "discount",
    "format",
    "greeting",
    "invoice",
    "language",
    "margin",
    "number",
    "office",
    "paragraph",
    "quantity",
    "receipt",
    "schedule",
    "summary",
    "table",
    "totals",
    "weather",
];

/// Makes the texts of as many items, two hundred characters of request and six hundred against each that fails.
pub fn texts(scores: &Scores, failed: &[Option<bool>]) -> Texts {
    let mut state = 7_u64;
    let mut words = move |count: usize| {
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // The lower places come more often, and one word in four is a number that few texts share.
            let drawn = (state >> 33) as usize;
            if drawn.is_multiple_of(4) {
                format!("n{}", drawn % 9_973)
            } else {
                WORDS[(drawn % 576).isqrt()].to_owned()
            }
        };
        (0..count).map(|_| word()).collect::<Vec<_>>().join(" ")
    };
    Texts {
        items: scores.items.clone(),
        requests: failed.iter().map(|_| words(28)).collect(),
        said: failed.iter().map(|failed| (*failed == Some(true)).then(|| words(85))).collect(),
        outcomes: scores.items.len() as u64,
    }
}

/// A run in the memory of Wasm.
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub struct Run(Scores);

#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen]
impl Run {
    /// Makes a run of so many items.
    #[wasm_bindgen::prelude::wasm_bindgen(constructor)]
    pub fn new(items: usize) -> Self {
        Self(columns(items))
    }

    /// Adds it up at a threshold.
    pub fn add_up(&self, threshold: f64) -> Option<f64> {
        add_up(&self.0, threshold)
    }
}

/// The texts of a run in the memory of Wasm, with how its items ended.
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub struct Saying(Texts, Vec<Option<bool>>);

#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen]
impl Saying {
    /// Makes those of so many items, of which the share that the threshold makes fail does.
    #[wasm_bindgen::prelude::wasm_bindgen(constructor)]
    pub fn new(items: usize, threshold: f64) -> Self {
        let scores = columns(items);
        let failed =
            Threshold::try_from(threshold).map(|threshold| failing::failed(&Exact::of(&scores), threshold));
        let failed = failed.unwrap_or_default();
        Self(texts(&scores, &failed), failed)
    }

    /// Gives how many of them fail.
    pub fn failures(&self) -> usize {
        self.1.iter().filter(|failed| **failed == Some(true)).count()
    }

    /// Finds what the failures have in common; gives the number of topics.
    pub fn in_common(&self) -> usize {
        alike::of(&self.0, &self.1).topics.len()
    }
}
