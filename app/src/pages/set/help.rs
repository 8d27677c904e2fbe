//! What a judge is shown besides a criterion's question, while it is being written.

use leptos::prelude::*;
use shared::criteria::example::{Check, Checks, Example, Examples, MOST_EXAMPLES, Reasoning, Text};
use shared::criteria::{Criterion, Kind};
use shared::mistake::Mistake;
use shared::score::Level;

use super::editor;
use crate::cell::Cell;
use crate::components::mistakes::{Mistakes, Wrong};
use crate::components::toasts::Toasts;
use crate::wording;

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

    fn read(self, kind: Kind) -> Result<Example, Mistake> {
        let text = |pointer: &str, typed: RwSignal<String>| {
            Text::try_from(typed.get_untracked()).map_err(|error| at(pointer, &error))
        };
        let reference = match self.reference.with_untracked(|text| text.trim().is_empty()) {
            true => None,
            false => Some(text("/reference", self.reference)?),
        };
        let level = self.level.get_untracked();
        let level = level.parse::<u8>().map_err(|error| at("/level", &error))?;
        let example = Example {
            request: text("/request", self.request)?,
            reference,
            candidate: text("/candidate", self.candidate)?,
            reasoning: Reasoning::try_from(self.reasoning.get_untracked())
                .map_err(|error| at("/reasoning", &error))?,
            level: Level::try_from(level).map_err(|error| at("/level", &error))?,
        };
        let alone = Examples::try_from(vec![example.clone()]).map_err(|error| at("", &error))?;
        alone.suit(kind).map_err(|error| at("/level", &error))?;
        Ok(example)
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
    pub fn checks(self) -> Result<Checks, Mistake> {
        let checks = self.checks.get_untracked();
        let lines = checks.lines().filter(|line| !line.trim().is_empty());
        let checks =
            lines.map(|line| Check::try_from(line.to_owned()).map_err(|error| at("/checks", &error)));
        Checks::try_from(checks.collect::<Result<Vec<_>, _>>()?).map_err(|error| at("/checks", &error))
    }

    /// Reads the graded responses; none where they are not shown.
    ///
    /// # Errors
    /// Says what does not fit, and in which of them.
    pub fn examples(self, kind: Kind) -> Result<Examples, Mistake> {
        if chooses(kind) {
            return Ok(Examples::default());
        }
        let typed = self.examples.get_untracked().into_iter().enumerate();
        let examples = typed.map(|(place, typed)| {
            let within = |mistake: Mistake| {
                Mistake::new(format!("/examples/{place}{}", mistake.pointer), mistake.detail)
            };
            typed.read(kind).map_err(within)
        });
        Examples::try_from(examples.collect::<Result<Vec<_>, _>>()?).map_err(|error| at("/examples", &error))
    }

    /// Tells whether white space is to be marked.
    pub fn datamark(self) -> bool {
        self.datamark.get_untracked()
    }

    /// Shows the fields, with what is wrong with them; `place` is the criterion's place in what is sent. A
    /// criterion that is answered by a choice has no examples.
    pub fn fields(self, kind: Cell<Kind>, mistakes: Mistakes, place: &str) -> AnyView {
        let checks = mistakes.at(format!("{place}/checks"));
        let examples = format!("{place}/examples");
        let whole = mistakes.beside(examples.clone(), |member| member.parse::<usize>().is_ok());
        let is_open = self.checks.with_untracked(|checks| !checks.is_empty())
            || !self.examples.get_untracked().is_empty()
            || self.datamark();
        let is_gone = move || chooses(kind.get());
        let is_full = move || self.examples.with(Vec::len) >= MOST_EXAMPLES;
        any! {
            <details open=is_open>
                <summary>"Help for the judge"</summary>
                {checks.text("To consider: up to three yes-or-no questions, one a line", "3", self.checks)}
                <label class="choice">
                    <input type="checkbox" bind:checked=self.datamark />
                    "Mark the white space of what is judged: for prose, where a response could talk to the judge"
                </label>
                <div class:gone=is_gone>
                    <p class="quiet small">
                        "Examples that you have graded show the judge where your levels lie. A response that is an example says nothing of how well the judge agrees with people."
                    </p>
                    {move || self.list(kind, mistakes, &examples)}
                    // Beside the list, not in it: what it makes must outlive the list as it is drawn now.
                    <button type="button" disabled=is_full on:click=move |_| self.add(mistakes)>
                        "Add an example"
                    </button>
                    {whole.alert()}
                </div>
            </details>
        }
    }

    // The places that mistakes name are others once the list is another.
    fn add(self, mistakes: Mistakes) {
        mistakes.clear();
        self.examples.update(|examples| {
            let number = examples.iter().map(|typed| typed.number + 1).max().unwrap_or_default();
            examples.push(Typed::empty(number));
        });
    }

    fn list(self, kind: Cell<Kind>, mistakes: Mistakes, examples: &str) -> AnyView {
        let toasts = Toasts::of_app();
        let typed = self.examples.get().into_iter().enumerate();
        let fields = typed.map(|(place, typed)| {
            let number = typed.number;
            let remove = move |_| {
                mistakes.clear();
                self.examples.update(|examples| examples.retain(|known| known.number != number));
                editor::offer(toasts, wording::set::example(place + 1), move || {
                    mistakes.clear();
                    self.examples.update(|examples| examples.insert(place.min(examples.len()), typed));
                });
            };
            let wrong = |member: &str| mistakes.at(format!("{examples}/{place}/{member}"));
            let title = wording::set::example(place + 1);
            any! {
                <div class="example" role="group" aria-label=title>
                    <p class="spread">
                        <strong>{title.clone()}</strong>
                        <button type="button" on:click=remove>
                            {format!("Remove example {}", place + 1)}
                        </button>
                    </p>
                    {wrong("request").text("Request", "2", typed.request)}
                    {wrong("reference").text("Original response (optional)", "2", typed.reference)}
                    {wrong("candidate").text("Response", "2", typed.candidate)}
                    {wrong("reasoning").text("Why it has its level", "2", typed.reasoning)}
                    {level(typed.level, kind, &wrong("level"))}
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

fn at(pointer: &str, error: &impl ToString) -> Mistake {
    Mistake::new(pointer, error.to_string())
}

/// Shows the levels that a criterion of this kind may have; one that was chosen before stays to be seen.
fn level(typed: RwSignal<String>, kind: Cell<Kind>, wrong: &Wrong) -> AnyView {
    let levels = ["5", "4", "3", "2", "1", "0"].map(|level| {
        let is_none = move || kind.get() == Kind::Binary && !matches!(level, "0" | "5");
        any! {
            <option value=level disabled=is_none hidden=is_none>
                {level}
            </option>
        }
    });
    let control = any! {
        <select
            id=wrong.id.clone()
            class="short"
            aria-invalid=wrong.invalid()
            aria-describedby=wrong.described()
            bind:value=typed
        >
            {levels.collect_view()}
        </select>
    };
    wrong.field("field", "Level", control)
}
