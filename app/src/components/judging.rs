//! Choosing who judges: a model, how often it is asked, and a panel of others.

mod reading;

use leptos::prelude::*;
use shared::judge::Judge;
use shared::judge::panel::Member;
use shared::mistake::Mistake;
use shared::provider::Provider;

use super::mistakes::Mistakes;
use super::model::{Choice, ModelFields};
use crate::cell::Cell;
use crate::wording::judge;
use reading::{Chosen, Typed};

/// Who judges, as chosen.
#[derive(Clone, Copy)]
pub struct Judging {
    first: Seat,
    repeats: RwSignal<String>,
    border_repeats: RwSignal<String>,
    /// Each with a number that tells it from the others.
    panel: Cell<Vec<(u32, Seat)>>,
    providers: StoredValue<Vec<Provider>>,
}

/// One who judges, as chosen.
#[derive(Clone, Copy)]
struct Seat {
    choice: Choice,
    before: StoredValue<Option<Member>>,
    keeps: RwSignal<bool>,
}

impl Seat {
    /// Starts from who sat here before.
    fn start(before: Option<Member>, providers: &[Provider]) -> Self {
        let known = before
            .as_ref()
            .map(|before| (before.provider.to_string(), before.provider.own_model(&before.model).to_owned()));
        Self {
            choice: Choice::start(known, providers, |model| model.contains("judge")),
            before: StoredValue::new(before),
            keeps: RwSignal::new(true),
        }
    }

    /// Gives who is chosen, as it changes.
    fn chosen(self) -> Chosen {
        Chosen {
            provider: self.choice.provider.get(),
            model: self.choice.model.get(),
            before: self.before.get_value(),
            keeps: self.keeps.get(),
        }
    }

    /// Offers to leave the settings as they were, where there are some.
    fn settings(self) -> AnyView {
        let words = Memo::new(move |_| self.chosen().settings().map(judge::settings));
        let shown = move || {
            words.get().map(|words| {
                any! {
                    <label class="choice">
                        <input type="checkbox" bind:checked=self.keeps />
                        <span>{words}</span>
                    </label>
                }
            })
        };
        shown.into_any()
    }
}

/// The most judges beside the first.
const MOST: usize = 4;

impl Judging {
    /// Starts from who judged last.
    pub fn start(last: Option<&Judge>, providers: Vec<Provider>) -> Self {
        let mut members = last.map(Judge::members).unwrap_or_default().into_iter();
        let first = Seat::start(members.next(), &providers);
        let panel = members.zip(0..).map(|(member, number)| (number, Seat::start(Some(member), &providers)));
        let border = last.and_then(|judge| judge.border_repeats).map(|border| border.number().to_string());
        Self {
            first,
            repeats: RwSignal::new(last.map_or(1, |judge| judge.repeats.number()).to_string()),
            border_repeats: RwSignal::new(border.unwrap_or_default()),
            panel: Cell::new(panel.collect()),
            providers: StoredValue::new(providers),
        }
    }

    /// Reads what is chosen, as it changes.
    ///
    /// # Errors
    /// Says what does not fit, by its place in what is sent.
    pub fn read(self) -> Result<Judge, Mistake> {
        reading::read(&Typed {
            first: self.first.chosen(),
            repeats: self.repeats.get(),
            border_repeats: self.border_repeats.get(),
            panel: self.panel.get().into_iter().map(|(_, seat)| seat.chosen()).collect(),
        })
    }

    /// Shows the fields.
    pub fn fields(self, mistakes: Mistakes) -> AnyView {
        let open = !self.border_repeats.get_untracked().is_empty() || !self.panel.get_untracked().is_empty();
        let is_full = move || self.panel.with(Vec::len) >= MOST;
        any! {
            <ModelFields choice=self.first.choice providers=self.providers list="judge-models" mistakes at="/judge" />
            {self.first.settings()}
            <label class="field">
                <span>"Asks each question"</span>
                <select bind:value=self.repeats>
                    <option value="1">"once"</option>
                    {more()}
                </select>
            </label>
            <details open=open>
                <summary>"More judges, and more answers where it is close"</summary>
                <label class="field">
                    <span>"When the first answer is level 3 or 4, asks"</span>
                    <select bind:value=self.border_repeats>
                        <option value="">"no more often"</option>
                        {more()}
                    </select>
                </label>
                <p class="quiet small">
                    "Answers close to the border of passing are the ones that differ from time to time; it costs little to ask for those again."
                </p>
                {move || self.panel(mistakes)}
                <p class="quiet small">
                    "Each further judge answers every question too, and the level is the mean of all: choose models of different makers."
                </p>
                <p>
                    // Beside the list, not in it: what it makes must outlive the list as it is drawn now.
                    <button type="button" disabled=is_full on:click=move |_| self.add(mistakes)>
                        "Add a judge"
                    </button>
                </p>
            </details>
        }
    }

    fn panel(self, mistakes: Mistakes) -> AnyView {
        let members = self.panel.get().into_iter().enumerate().map(|(place, (number, seat))| {
            let remove = move |_| {
                // The places that mistakes name are others then.
                mistakes.clear();
                self.panel.update(|panel| panel.retain(|(known, _)| *known != number));
            };
            let list = format!("panel-models-{number}");
            let at = format!("/judge/panel/{place}");
            any! {
                <div class="member" role="group" aria-label=format!("Judge {}", place + 2)>
                    <ModelFields choice=seat.choice providers=self.providers list mistakes at />
                    {seat.settings()}
                    <button type="button" on:click=remove>
                        {format!("Remove judge {}", place + 2)}
                    </button>
                </div>
            }
        });
        members.collect_view().into_any()
    }

    fn add(self, mistakes: Mistakes) {
        mistakes.clear();
        let seat = self.providers.with_value(|providers| Seat::start(None, providers));
        // Which model is for the reader to say: the first judge again would be refused.
        seat.choice.model.set(String::new());
        self.panel.update(|panel| {
            let number = panel.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
            panel.push((number, seat));
        });
    }
}

fn more() -> AnyView {
    let times =
        ["3", "5", "7", "9"].map(|times| any! { <option value=times>{format!("{times} times")}</option> });
    times.collect_view().into_any()
}
