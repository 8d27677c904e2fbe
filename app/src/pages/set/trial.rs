//! Trying scorers on the original responses of a set, and on those of its last run, while they are being written.
//!
//! The responses and what scores them are fetched once, when somebody asks for them. Every scorer is tried by itself:
//! typing in one leaves the others as they are. The work is done in slices, so that the page answers between them.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::sets::{ANSWERS, EXPORT};
use shared::id::{RunId, SetId};
use shared::scorer::Scorer;

use super::check::Draft;
use crate::cell::Derived;
use crate::components::fault::fault;
use crate::components::loaded::{Load, loading};
use crate::route::Route;
use crate::trial::{self, Example, Sample, Score, Tally};
use crate::wording::scorer;
use crate::{address, api, clock, part};

/// Milliseconds without a key before what was typed is tried.
const PAUSE: i32 = 200;
/// Milliseconds of work between which the page may do something else: half a frame.
const SLICE: i64 = 8;

/// Reads a line of a file: a response, with the run that it is of where it is of one.
type Read = fn(&str) -> Option<(Option<RunId>, Sample)>;

/// What trying takes: the samples, and scoring.
#[derive(Clone)]
struct Loaded {
    samples: Arc<Vec<Sample>>,
    /// The run that they are of; none of the original responses.
    run: Option<RunId>,
    score: Score,
}

/// The responses that scorers are tried on.
#[derive(Clone, Copy)]
pub struct Trial {
    originals: Responses,
    /// Those of the last run.
    answers: Responses,
    /// How many items the set has.
    items: u64,
}

/// Responses of one kind.
#[derive(Clone, Copy)]
struct Responses {
    asked: RwSignal<bool>,
    loaded: Load<Option<Loaded>>,
    /// What they are called.
    title: &'static str,
}

impl Responses {
    /// Offers what is in a file, one response a line.
    fn of(title: &'static str, path: String, read: Read) -> Self {
        let asked = RwSignal::new(false);
        let loaded = Load::new(move || {
            let path = asked.get().then(|| path.clone());
            async move {
                let Some(path) = path else { return Ok(None) };
                let score = part::scoring().await?;
                let lines = api::asset(&path).await?;
                let (mut samples, mut run, mut slice) = (Vec::new(), None, Slice::start());
                for line in lines.lines() {
                    if let Some((of, sample)) = read(line) {
                        samples.push(sample);
                        run = of;
                    }
                    slice.rest().await;
                }
                Ok(Some(Loaded { samples: Arc::new(samples), run, score }))
            }
        });
        Self { asked, loaded, title }
    }

    /// Shows the button that begins, then what the scorers are tried on.
    fn show(
        self,
        offer: &str,
        tried: impl Fn(u64, Option<RunId>) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        let offer = offer.to_owned();
        let shown = move || {
            if !self.asked.get() {
                return any! {
                    <p>
                        <button type="button" on:click=move |_| self.asked.set(true)>
                            {offer.clone()}
                        </button>
                    </p>
                };
            }
            match self.loaded.get() {
                None | Some(Ok(None)) => loading(),
                Some(Err(error)) => fault(&error, Some(Callback::new(move |()| self.loaded.refetch()))),
                Some(Ok(Some(Loaded { samples, run, .. }))) => {
                    any! { <p class="quiet" role="status">{tried(samples.len() as u64, run)}</p> }
                }
            }
        };
        shown.into_any()
    }

    /// Shows what a scorer says of the responses, as it is typed.
    fn of_scorer(self, draft: Draft) -> AnyView {
        // A number for each change: work that a later one has overtaken ends.
        let turn = StoredValue::new(0_u32);
        let tally = Load::new(move || {
            let loaded = self.loaded.get().and_then(Result::ok).flatten();
            let scorer = draft.read();
            let mine = turn.try_get_value().unwrap_or_default() + 1;
            turn.set_value(mine);
            async move {
                let (Some(loaded), Ok(scorer)) = (loaded, scorer) else { return Ok(None) };
                if loaded.samples.is_empty() {
                    return Ok(None);
                }
                clock::sleep(PAUSE).await;
                let still = move || turn.try_get_value() == Some(mine);
                let with_itself = loaded.run.is_none() && scorer.check.compares_with_original();
                Ok(count(&scorer, &loaded, still).await.map(|tally| (with_itself, tally)))
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
                    {move || tried.get().map(|(with_itself, tally)| counted(self.title, with_itself, &tally))}
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

impl Trial {
    /// Offers the items of a version of a set, and what its last run was answered.
    pub fn of(set: &SetId, version: u32, items: u64) -> Self {
        let path = |path: &str| path.replace("{set}", set.as_str());
        let export = address::write(&path(EXPORT), &[("version".to_owned(), version.to_string())]);
        Self {
            originals: Responses::of(scorer::ON_ORIGINALS, export, |line| Some((None, trial::read(line)?))),
            answers: Responses::of(scorer::ON_ANSWERS, path(ANSWERS), |line| {
                trial::read_answer(line).map(|(run, sample)| (Some(run), sample))
            }),
            items,
        }
    }

    /// Shows the buttons that begin, then what the scorers are tried on.
    pub fn bar(self) -> AnyView {
        let items = self.items;
        let originals = move |samples: u64, _| scorer::tried(items, samples).into_any();
        let answers = |samples: u64, run: Option<RunId>| {
            let link = run.map(|run| any! { " " <a href=Route::Run(run).path()>"Open the run"</a> });
            any! { {scorer::tried_answers(samples)} {link} }
        };
        let begun = move || self.originals.asked.get() || self.answers.asked.get();
        let shown = move || {
            any! {
                <div class="line">
                    {self.originals.show(&scorer::offer(items), originals)}
                    {self.answers.show(scorer::OFFER_ANSWERS, answers)}
                </div>
                <p class="quiet small" class:gone=begun>
                    "Here in the browser, as you type: nothing is sent anywhere."
                </p>
            }
        };
        (items > 0).then(shown).into_any()
    }

    /// Shows what a scorer says of the responses, as it is typed.
    pub fn of_scorer(self, draft: Draft) -> AnyView {
        let shown = |responses: Responses| move || responses.asked.get().then(|| responses.of_scorer(draft));
        any! {
            {shown(self.originals)}
            {shown(self.answers)}
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

fn counted(title: &'static str, with_itself: bool, tally: &Tally) -> AnyView {
    let counts = scorer::counts(tally);
    let counts = counts.into_iter().map(|(class, words)| any! { <span class=class>{words}</span> " " });
    let itself = with_itself.then_some(scorer::WITH_ITSELF);
    any! {
        <p class="line">{title} ": " {counts.collect_view()}</p>
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
