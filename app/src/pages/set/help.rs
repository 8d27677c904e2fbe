//! What a judge is shown besides a criterion's question, while it is being written.

use leptos::prelude::*;
use shared::criteria::example::{Check, Checks, Example, Examples, MOST_EXAMPLES, Reasoning, Text};
use shared::criteria::{Criterion, Kind};
use shared::score::Level;

use crate::cell::Cell;

/// The help as typed.
#[derive(Clone, Copy)]
pub struct Help {
    /// One question a line.
    checks: RwSignal<String>,
    examples: Cell<Vec<Typed>>,
    datamark: RwSignal<bool>,
}

/// One graded response as typed; what is optional is empty when left out.
#[derive(Clone, Copy)]
struct Typed {
    /// Tells the examples of a criterion apart.
    number: u32,
    request: RwSignal<String>,
    reference: RwSignal<String>,
    candidate: RwSignal<String>,
    reasoning: RwSignal<String>,
    level: RwSignal<String>,
}

impl Typed {
    fn empty(number: u32) -> Self {
        Self {
            number,
            request: RwSignal::default(),
            reference: RwSignal::default(),
            candidate: RwSignal::default(),
            reasoning: RwSignal::default(),
            level: RwSignal::new("5".to_owned()),
        }
    }

    fn of(number: u32, example: &Example) -> Self {
        let text = |text: &Text| RwSignal::new(text.to_string());
        Self {
            number,
            request: text(&example.request),
            reference: example.reference.as_ref().map(text).unwrap_or_default(),
            candidate: text(&example.candidate),
            reasoning: RwSignal::new(example.reasoning.to_string()),
            level: RwSignal::new(example.level.number().to_string()),
        }
    }

    fn read(self) -> Result<Example, String> {
        let text = |field: &str, typed: RwSignal<String>| {
            Text::try_from(typed.get_untracked()).map_err(|error| format!("{field}: {error}"))
        };
        let reference = match self.reference.with_untracked(|text| text.trim().is_empty()) {
            true => None,
            false => Some(text("original response", self.reference)?),
        };
        let level = self.level.get_untracked();
        let level = level.parse::<u8>().map_err(|error| format!("level: {error}"))?;
        Ok(Example {
            request: text("request", self.request)?,
            reference,
            candidate: text("response", self.candidate)?,
            reasoning: Reasoning::try_from(self.reasoning.get_untracked())
                .map_err(|error| error.to_string())?,
            level: Level::try_from(level).map_err(|error| error.to_string())?,
        })
    }
}

impl Help {
    /// Starts from nothing.
    pub fn empty() -> Self {
        Self { checks: RwSignal::default(), examples: Cell::new(Vec::new()), datamark: RwSignal::new(false) }
    }

    /// Starts from a criterion's.
    pub fn of(criterion: &Criterion) -> Self {
        let checks = criterion.checks.as_slice().iter().map(Check::as_str);
        let examples = criterion.examples.as_slice().iter().zip(0..);
        let examples = examples.map(|(example, number)| Typed::of(number, example));
        Self {
            checks: RwSignal::new(checks.collect::<Vec<_>>().join("\n")),
            examples: Cell::new(examples.collect()),
            datamark: RwSignal::new(criterion.datamark),
        }
    }

    /// Reads the questions to consider: one a line, empty lines left out.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn checks(self) -> Result<Checks, String> {
        let checks = self.checks.get_untracked();
        let lines = checks.lines().filter(|line| !line.trim().is_empty());
        let checks = lines.map(|line| Check::try_from(line.to_owned()).map_err(|error| error.to_string()));
        Checks::try_from(checks.collect::<Result<Vec<_>, _>>()?).map_err(|error| error.to_string())
    }

    /// Reads the graded responses; none where they are not shown.
    ///
    /// # Errors
    /// Says what does not fit, and in which of them.
    pub fn examples(self, kind: Kind) -> Result<Examples, String> {
        if chooses(kind) {
            return Ok(Examples::default());
        }
        let typed = self.examples.get_untracked().into_iter().zip(1_u32..);
        let examples =
            typed.map(|(typed, place)| typed.read().map_err(|error| format!("example {place}: {error}")));
        Examples::try_from(examples.collect::<Result<Vec<_>, _>>()?).map_err(|error| error.to_string())
    }

    /// Tells whether white space is to be marked.
    pub fn datamark(self) -> bool {
        self.datamark.get_untracked()
    }

    /// Shows the fields. A criterion that is answered by a choice has no examples.
    pub fn fields(self, kind: Cell<Kind>) -> AnyView {
        let is_open = self.checks.with_untracked(|checks| !checks.is_empty())
            || !self.examples.get_untracked().is_empty()
            || self.datamark();
        let is_gone = move || chooses(kind.get());
        let is_full = move || self.examples.with(Vec::len) >= MOST_EXAMPLES;
        any! {
            <details open=is_open>
                <summary>"Help for the judge"</summary>
                <label class="field">
                    <span>"To consider: up to three yes-or-no questions, one a line"</span>
                    <textarea rows="3" bind:value=self.checks></textarea>
                </label>
                <label class="choice">
                    <input type="checkbox" bind:checked=self.datamark />
                    "Mark the white space of what is judged: for prose, where a response could talk to the judge"
                </label>
                <div class:gone=is_gone>
                    <p class="quiet small">
                        "Examples that you have graded show the judge where your levels lie. A response that is an example says nothing of how well the judge agrees with people."
                    </p>
                    {move || self.list()}
                    // Beside the list, not in it: what it makes must outlive the list as it is drawn now.
                    <button type="button" disabled=is_full on:click=move |_| self.add()>
                        "Add an example"
                    </button>
                </div>
            </details>
        }
    }

    fn add(self) {
        self.examples.update(|examples| {
            let number = examples.iter().map(|typed| typed.number + 1).max().unwrap_or_default();
            examples.push(Typed::empty(number));
        });
    }

    fn list(self) -> AnyView {
        let examples = self.examples.get().into_iter().zip(1_u32..);
        let fields = examples.map(|(typed, place)| {
            let number = typed.number;
            let remove =
                move |_| self.examples.update(|examples| examples.retain(|known| known.number != number));
            let levels =
                ["5", "4", "3", "2", "1", "0"].map(|level| any! { <option value=level>{level}</option> });
            any! {
                <div role="group" aria-label=format!("Example {place}")>
                    {text("Request", typed.request)}
                    {text("Original response (optional)", typed.reference)}
                    {text("Response", typed.candidate)}
                    {text("Why it has its level", typed.reasoning)}
                    <div class="fields">
                        <label class="field">
                            <span>"Level"</span>
                            <select bind:value=typed.level>{levels.collect_view()}</select>
                        </label>
                    </div>
                    <button type="button" on:click=remove>
                        {format!("Remove example {place}")}
                    </button>
                </div>
            }
        });
        fields.collect_view().into_any()
    }
}

/// Tells whether a kind is answered by a choice: it has no examples, which have levels.
fn chooses(kind: Kind) -> bool {
    matches!(kind, Kind::Factuality | Kind::Compare)
}

fn text(title: &'static str, typed: RwSignal<String>) -> AnyView {
    any! {
        <label class="field">
            <span>{title}</span>
            <textarea rows="2" bind:value=typed></textarea>
        </label>
    }
}
