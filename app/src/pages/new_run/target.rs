//! The fields of a target: a model, what its prompt changes, and targets that were used before.

use leptos::prelude::*;
use shared::api::choices::Choices;
use shared::provider::Provider;

use super::again::{self, Known};
use super::logged;
use super::typed::{System, TypedTarget};
use crate::cell::{Cell, Derived};
use crate::components::mistakes::Mistakes;
use crate::components::model::{Choice, ModelFields};

/// A target while it is written.
#[derive(Clone, Copy)]
pub struct TargetFields {
    choice: Choice,
    params: RwSignal<String>,
    system: Cell<System>,
    system_text: RwSignal<String>,
    template: RwSignal<String>,
    tools: RwSignal<String>,
    /// Whether the fields that are seldom needed are shown.
    opened: RwSignal<bool>,
    /// Those that can be taken again.
    known: StoredValue<Vec<Known>>,
}

impl TargetFields {
    /// Starts from the model of the target that was used last.
    pub fn start(choices: &Choices) -> Self {
        let last = again::last(&choices.runs).map(|run| &run.target);
        let last = last
            .map(|target| (target.provider.to_string(), target.provider.own_model(&target.model).to_owned()));
        Self {
            choice: Choice::start(last, &choices.providers.data, |model| !model.contains("judge")),
            params: RwSignal::default(),
            system: Cell::new(System::Keep),
            system_text: RwSignal::default(),
            template: RwSignal::default(),
            tools: RwSignal::default(),
            opened: RwSignal::new(false),
            known: StoredValue::new(again::known(choices)),
        }
    }

    /// Gives what is written, as it changes.
    pub fn typed(self) -> TypedTarget {
        TypedTarget {
            provider: self.choice.provider.get(),
            model: self.choice.model.get(),
            params: self.params.get(),
            system: self.system.get(),
            system_text: self.system_text.get(),
            template: self.template.get(),
            tools: self.tools.get(),
        }
    }

    /// Writes a target into the fields.
    fn write(self, target: TypedTarget) {
        // What is taken again must be seen.
        if target.says_more() {
            self.opened.set(true);
        }
        self.choice.provider.set(target.provider);
        self.choice.model.set(target.model);
        self.params.set(target.params);
        self.system.set(target.system);
        self.system_text.set(target.system_text);
        self.template.set(target.template);
        self.tools.set(target.tools);
    }

    /// Shows the fields; against what was logged in this set.
    pub fn fields(
        self,
        providers: StoredValue<Vec<Provider>>,
        set: RwSignal<String>,
        mistakes: Mistakes,
    ) -> AnyView {
        any! {
            {self.again(mistakes)}
            <ModelFields choice=self.choice providers list="target-models" mistakes at="/target" />
            {self.prompt(set)}
            {self.details(mistakes)}
        }
    }

    /// Offers the targets that were used before or saved; nothing where there are none.
    fn again(self, mistakes: Mistakes) -> Option<AnyView> {
        let all = self.known.get_value();
        if all.is_empty() {
            return None;
        }
        let group = |title: &'static str, saved: bool| {
            let of_group = all.iter().enumerate().filter(|(_, known)| known.is_saved == saved);
            let options = of_group.map(|(place, known)| {
                any! { <option value=place.to_string()>{known.name.clone()}</option> }
            });
            let options: Vec<_> = options.collect();
            (!options.is_empty()).then(|| any! { <optgroup label=title>{options}</optgroup> })
        };
        let saved = group("Saved", true);
        let used = group("Of earlier runs", false);
        // It is said to be one of them for as long as nothing about it is changed.
        let same = Derived::new(move || {
            let typed = self.typed();
            self.known.with_value(|known| {
                let place = known.iter().position(|known| known.typed == typed);
                place.map_or_else(String::new, |place| place.to_string())
            })
        });
        let choose = move |place: String| {
            let chosen = place.parse::<usize>().ok().and_then(|place| {
                self.known.with_value(|known| known.get(place).map(|known| known.typed.clone()))
            });
            if let Some(target) = chosen {
                mistakes.clear();
                self.write(target);
            }
        };
        Some(any! {
            <label class="field">
                <span>"Take a target again"</span>
                <select
                    prop:value=move || same.get()
                    on:change:target=move |event| choose(event.target().value())
                >
                    <option value="" disabled>
                        "as it is written below"
                    </option>
                    {saved}
                    {used}
                </select>
            </label>
        })
    }

    fn prompt(self, set: RwSignal<String>) -> AnyView {
        const WAYS: [(&str, System, &str); 3] = [
            ("keep", System::Keep, "stays as it was logged"),
            ("replace", System::Replace, "is replaced"),
            ("append", System::Append, "is added to"),
        ];
        let word = move || WAYS.iter().find(|(_, way, _)| *way == self.system.get()).map(|(word, ..)| *word);
        let choose = move |chosen: String| {
            if let Some((_, way, _)) = WAYS.iter().find(|(word, ..)| *word == chosen) {
                self.system.set(*way);
            }
        };
        let changes = Memo::new(move |_| self.system.get() != System::Keep);
        let options = WAYS.map(|(word, _, title)| any! { <option value=word>{title}</option> });
        any! {
            <label class="field">
                <span>"The system prompt"</span>
                <select prop:value=word on:change:target=move |event| choose(event.target().value())>
                    {options.collect_view()}
                </select>
            </label>
            <label class="field" class:gone=move || !changes.get()>
                <span>
                    {move || if self.system.get() == System::Append { "Text that follows it" } else { "Text in its place" }}
                </span>
                <textarea rows="6" bind:value=self.system_text></textarea>
            </label>
            {move || changes.get().then(|| logged::against(set, self.system, self.system_text))}
        }
    }

    fn details(self, mistakes: Mistakes) -> AnyView {
        let field =
            |pointer: &str, help: &'static str, hint: &'static str, typed: RwSignal<String>, label| {
                let wrong = mistakes.at(pointer);
                let control = any! {
                    <textarea
                        id=wrong.id.clone()
                        rows="3"
                        spellcheck="false"
                        aria-invalid=wrong.invalid()
                        aria-describedby=wrong.described_after(help)
                        placeholder=hint
                        bind:value=typed
                    ></textarea>
                };
                wrong.field("field", label, control)
            };
        let template = field(
            "/target/prompt/template",
            "template-help",
            "{{ last_user }}",
            self.template,
            "Template of the last user message",
        );
        let tools = field(
            "/target/prompt/tools",
            "tools-help",
            "[{\"type\": \"function\", \"function\": {\"name\": \"find_order\", \"parameters\": {}}}]",
            self.tools,
            "Tools (functions), as JSON",
        );
        let params = field(
            "/target/params",
            "params-help",
            "{\"temperature\": 0, \"response_format\": {\"type\": \"json_object\"}}",
            self.params,
            "Model settings and response format, as JSON",
        );
        let opened = self.opened;
        any! {
            <details prop:open=opened on:toggle:target=move |event| opened.set(event.target().open())>
                <summary>"Template, tools and model settings"</summary>
                {template}
                <p id="template-help" class="quiet small">
                    "Jinja over " <code>"last_user"</code> ", " <code>"request"</code> " and " <code>"tags"</code>
                    ". Leave it empty to keep the message."
                </p>
                {tools}
                <p id="tools-help" class="quiet small">
                    "A list; it stands in the place of the logged tools, and " <code>"[]"</code>
                    " takes them away. Leave it empty to keep them."
                </p>
                {params}
                <p id="params-help" class="quiet small">
                    "They override the logged ones; " <code>"null"</code> " removes one."
                </p>
            </details>
        }
    }
}
