//! Choosing who judges: a model, how often it is asked, and a panel of others.

mod reading;

use leptos::prelude::*;
use shared::judge::Judge;
use shared::mistake::Mistake;
use shared::provider::{Provider, ProviderName};

use super::mistakes::Mistakes;
use super::model::{Choice, ModelFields};
use crate::cell::Cell;
use reading::Typed;

/// Who judges, as chosen.
#[derive(Clone, Copy)]
pub struct Judging {
    first: Choice,
    repeats: RwSignal<String>,
    border_repeats: RwSignal<String>,
    /// Each with a number that tells it from the others.
    panel: Cell<Vec<(u32, Choice)>>,
    providers: StoredValue<Vec<Provider>>,
}

/// The most judges beside the first.
const MOST: usize = 4;

impl Judging {
    /// Starts from who judged last.
    pub fn start(last: Option<&Judge>, providers: Vec<Provider>) -> Self {
        let choice = |known: Option<(&ProviderName, &str)>| {
            let known = known.map(|(name, model)| (name.to_string(), name.own_model(model).to_owned()));
            Choice::start(known, &providers, |model| model.contains("judge"))
        };
        let panel = last.map(|judge| judge.panel.as_slice()).unwrap_or_default().iter().zip(0..);
        let panel = panel.map(|(member, number)| (number, choice(Some((&member.provider, &member.model)))));
        let border = last.and_then(|judge| judge.border_repeats).map(|border| border.number().to_string());
        Self {
            first: choice(last.map(|judge| (&judge.provider, judge.model.as_str()))),
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
        let chosen = |choice: Choice| (choice.provider.get(), choice.model.get());
        reading::read(&Typed {
            model: chosen(self.first),
            repeats: self.repeats.get(),
            border_repeats: self.border_repeats.get(),
            panel: self.panel.get().into_iter().map(|(_, choice)| chosen(choice)).collect(),
        })
    }

    /// Shows the fields.
    pub fn fields(self, mistakes: Mistakes) -> AnyView {
        let open = !self.border_repeats.get_untracked().is_empty() || !self.panel.get_untracked().is_empty();
        let is_full = move || self.panel.with(Vec::len) >= MOST;
        any! {
            <ModelFields choice=self.first providers=self.providers list="judge-models" mistakes at="/judge" />
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
        let members = self.panel.get().into_iter().enumerate().map(|(place, (number, choice))| {
            let remove = move |_| {
                // The places that mistakes name are others then.
                mistakes.clear();
                self.panel.update(|panel| panel.retain(|(known, _)| *known != number));
            };
            let list = format!("panel-models-{number}");
            let at = format!("/judge/panel/{place}");
            any! {
                <div class="member" role="group" aria-label=format!("Judge {}", place + 2)>
                    <ModelFields choice providers=self.providers list mistakes at />
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
        let choice = self
            .providers
            .with_value(|providers| Choice::start(None, providers, |model| model.contains("judge")));
        // Which model is for the reader to say: the first judge again would be refused.
        choice.model.set(String::new());
        self.panel.update(|panel| {
            let number = panel.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
            panel.push((number, choice));
        });
    }
}

fn more() -> AnyView {
    let times =
        ["3", "5", "7", "9"].map(|times| any! { <option value=times>{format!("{times} times")}</option> });
    times.collect_view().into_any()
}
