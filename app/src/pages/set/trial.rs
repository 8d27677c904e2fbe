//! Trying scorers on all items of a set while they are being written.
//!
//! The items and what scores them are fetched once, when somebody asks for it. Every scorer is tried by itself: typing in one leaves the
//! others as they are. The work is done in slices, so that the page answers between them.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::sets::EXPORT;
use shared::id::SetId;
use shared::scorer::Scorer;

use super::check::Draft;
use crate::cell::Derived;
use crate::components::fault::fault;
use crate::components::loaded::{Load, loading};
use crate::trial::{self, Example, Sample, Score, Tally};
use crate::wording::scorer;
use crate::{address, api, clock, part};

/// Milliseconds without a key before what was typed is tried.
const PAUSE: i32 = 200;
/// Milliseconds of work between which the page may do something else: half a frame.
const SLICE: i64 = 8;

/// What trying takes: the samples, and scoring.
#[derive(Clone)]
struct Loaded {
    samples: Arc<Vec<Sample>>,
    score: Score,
}

/// The items that scorers are tried on.
#[derive(Clone, Copy)]
pub struct Trial {
    asked: RwSignal<bool>,
    loaded: Load<Option<Loaded>>,
    /// How many items the set has.
    items: u64,
}

impl Trial {
    /// Offers the items of a version of a set.
    pub fn of(set: &SetId, version: u32, items: u64) -> Self {
        let asked = RwSignal::new(false);
        let path = EXPORT.replace("{set}", set.as_str());
        let path = address::write(&path, &[("version".to_owned(), version.to_string())]);
        let loaded = Load::new(move || {
            let path = asked.get().then(|| path.clone());
            async move {
                let Some(path) = path else { return Ok(None) };
                let score = part::scoring().await?;
                let lines = api::asset(&path).await?;
                let (mut samples, mut slice) = (Vec::new(), Slice::start());
                for line in lines.lines() {
                    samples.extend(trial::read(line));
                    slice.rest().await;
                }
                Ok(Some(Loaded { samples: Arc::new(samples), score }))
            }
        });
        Self { asked, loaded, items }
    }

    /// Shows the button that begins, then what the scorers are tried on.
    pub fn bar(self) -> AnyView {
        let items = self.items;
        let shown = move || {
            if !self.asked.get() {
                return any! {
                    <p class="line">
                        <button type="button" on:click=move |_| self.asked.set(true)>
                            {scorer::offer(items)}
                        </button>
                        <span class="quiet">"Here in the browser, as you type: nothing is sent anywhere."</span>
                    </p>
                };
            }
            match self.loaded.get() {
                None | Some(Ok(None)) => loading(),
                Some(Err(error)) => fault(&error, Some(Callback::new(move |()| self.loaded.refetch()))),
                Some(Ok(Some(Loaded { samples, .. }))) => {
                    any! { <p class="quiet" role="status">{scorer::tried(items, samples.len() as u64)}</p> }
                }
            }
        };
        (items > 0).then_some(shown).into_any()
    }

    /// Shows what a scorer says of the items, as it is typed.
    pub fn of_scorer(self, draft: Draft) -> AnyView {
        // A number for each change: work that a later one has overtaken ends.
        let turn = StoredValue::new(0_u32);
        let tally = Load::new(move || {
            let loaded = self.loaded.get().and_then(Result::ok).flatten();
            let scorer = draft.read();
            let mine = turn.try_get_value().unwrap_or_default() + 1;
            turn.set_value(mine);
            async move {
                let (Some(loaded), Ok(scorer)) = (loaded, scorer) else { return Ok(None) };
                clock::sleep(PAUSE).await;
                let still = move || turn.try_get_value() == Some(mine);
                Ok(count(&scorer, &loaded, still).await.map(|tally| (scorer, tally)))
            }
        });
        let tried = Derived::new(move || tally.get().and_then(Result::ok).flatten());
        let examples = move || tried.with(|tried| tried.as_ref().map(|(_, tally)| tally.examples.clone()));
        let none = move || examples().is_none_or(|examples| examples.is_empty());
        let shown = move || {
            let examples = examples().unwrap_or_default();
            examples.into_iter().map(example).collect_view()
        };
        any! {
            <div class="trial" class:gone=move || tried.with(Option::is_none)>
                <div role="status">
                    {move || tried.get().map(|(scorer, tally)| counted(&scorer, &tally))}
                </div>
                // What was opened stays open while more is typed.
                <details class:gone=none>
                    <summary>"Some that do not pass"</summary>
                    <ul class="examples">{shown}</ul>
                </details>
            </div>
        }
    }
}

/// Tries a scorer on the samples; none when that is overtaken.
async fn count(scorer: &Scorer, loaded: &Loaded, still: impl Fn() -> bool) -> Option<Tally> {
    let (mut tally, mut slice) = (Tally::default(), Slice::start());
    for sample in &*loaded.samples {
        let (mark, reason) = (loaded.score)(scorer, sample);
        tally.add(sample, mark, &reason);
        if slice.rest().await && !still() {
            return None;
        }
    }
    still().then_some(tally)
}

/// A stretch of work after which the page gets its turn.
struct Slice {
    until: i64,
}

impl Slice {
    fn start() -> Self {
        Self { until: clock::now().millis() + SLICE }
    }

    /// Lets the page do something else if it is time; tells whether it was.
    async fn rest(&mut self) -> bool {
        if clock::now().millis() < self.until {
            return false;
        }
        clock::sleep(0).await;
        *self = Self::start();
        true
    }
}

fn counted(tried: &Scorer, tally: &Tally) -> AnyView {
    let counts = scorer::counts(tally);
    let counts = counts.into_iter().map(|(class, words)| any! { <span class=class>{words}</span> " " });
    let itself = tried.check.compares_with_original().then_some(scorer::WITH_ITSELF);
    any! {
        <p class="line">"On the original responses: " {counts.collect_view()}</p>
        <p class="quiet small">{itself}</p>
    }
}

fn example(example: Example) -> AnyView {
    let Example { mark, reason, request, response } = example;
    any! {
        <li>
            <p class="line">
                {scorer::verdict(mark)} <span class="quiet">{reason}</span>
            </p>
            <p class="small">
                <span class="quiet">"Asked: "</span>
                {request}
            </p>
            <p class="small">
                <span class="quiet">"Answered: "</span>
                {response}
            </p>
        </li>
    }
}
