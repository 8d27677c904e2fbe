//! The fields of a target: a model, what its prompt changes, and targets that were used before.

use leptos::prelude::*;
use shared::api::choices::Choices;
use shared::criteria::Name;
use shared::id::TargetId;
use shared::provider::Provider;
use shared::target::SavedTarget;
use shared::unseen::seen;

use super::again::{self, Known};
use super::keeping::{self, Keeping, SaveTarget};
use super::logged;
use super::saved::SavedTargets;
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
    /// The saved one that was taken last.
    taken: Cell<Option<TargetId>>,
    /// What somebody is asked about those that are saved.
    keeping: Cell<Option<Keeping>>,
    /// Whether the fields that are seldom needed are shown.
    opened: RwSignal<bool>,
    /// Those that can be taken again.
    known: Cell<Vec<Known>>,
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
            taken: Cell::new(None),
            keeping: Cell::new(None),
            opened: RwSignal::new(false),
            known: Cell::new(again::known(choices)),
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

    /// Gives the known target that is written now, as it changes.
    fn same(self) -> Option<usize> {
        let typed = self.typed();
        self.known.with(|known| known.iter().position(|known| known.typed == typed))
    }

    /// Gives the saved target that was taken last, for as long as it is there.
    pub fn taken(self) -> Option<SavedTarget> {
        let taken = self.taken.get()?;
        self.saved().into_iter().find(|saved| saved.id == taken)
    }

    /// Gives the saved targets, as they change.
    pub fn saved(self) -> Vec<SavedTarget> {
        self.known.with(|known| known.iter().filter_map(|known| known.saved.clone()).collect())
    }

    /// Finds the saved target with this name.
    pub fn saved_as(self, name: &Name) -> Option<TargetId> {
        let saved = untrack(|| self.saved());
        saved.into_iter().find(|saved| saved.name == *name).map(|saved| saved.id)
    }

    /// Knows a target from now on that was saved, in the place of its version before.
    pub fn learn(self, saved: &SavedTarget) {
        self.known.update(|known| {
            known.retain(|known| known.saved.as_ref().is_none_or(|before| before.id != saved.id));
            known.insert(0, Known::of(saved));
        });
        self.taken.set(Some(saved.id.clone()));
    }

    /// Knows a saved target as it is now, in its place; at the end where it was not known.
    pub fn relearn(self, saved: &SavedTarget) {
        let is_it = |known: &Known| known.saved.as_ref().is_some_and(|before| before.id == saved.id);
        self.known.update(|known| match known.iter().position(is_it) {
            Some(place) => known[place] = Known::of(saved),
            None => known.push(Known::of(saved)),
        });
    }

    /// Knows a target no more that was saved.
    pub fn forget(self, target: &TargetId) {
        self.known.update(|known| {
            known.retain(|known| known.saved.as_ref().is_none_or(|saved| saved.id != *target));
        });
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
            {keeping::buttons(self, self.keeping)}
        }
    }

    /// Shows the panel in which it is saved, or those that are saved are changed: forms, which must not be in another one.
    pub fn keeping(self) -> AnyView {
        let close = Callback::new(move |()| _ = self.keeping.set(None));
        let shown = move || {
            self.keeping.get().map(|what| match what {
                Keeping::Save => any! { <SaveTarget fields=self close /> },
                Keeping::Change => any! { <SavedTargets fields=self close /> },
            })
        };
        shown.into_any()
    }

    /// Offers the targets that were used before or saved; nothing where there are none.
    fn again(self, mistakes: Mistakes) -> AnyView {
        // It is said to be one of them for as long as nothing about it is changed.
        let same = Derived::new(move || self.same().map_or_else(String::new, |place| place.to_string()));
        let choose = move |place: String| {
            let place = place.parse::<usize>().ok();
            let chosen = place.and_then(|place| self.known.with(|known| known.get(place).cloned()));
            if let Some(Known { typed, saved, .. }) = chosen {
                mistakes.clear();
                self.taken.set(saved.map(|saved| saved.id));
                self.write(typed);
            }
        };
        let group = |all: &[Known], title: &'static str, saved: bool| {
            let of_group = all.iter().enumerate().filter(|(_, known)| known.saved.is_some() == saved);
            let options = of_group.map(|(place, known)| {
                any! { <option value=place.to_string()>{seen(&known.name)}</option> }
            });
            let options: Vec<_> = options.collect();
            (!options.is_empty()).then(|| any! { <optgroup label=title>{options}</optgroup> })
        };
        let shown = move || {
            let all = self.known.get();
            (!all.is_empty()).then(|| {
                any! {
                    <label class="field">
                        <span>"Take a target again"</span>
                        <select
                            prop:value=move || same.get()
                            on:change:target=move |event| choose(event.target().value())
                        >
                            <option value="" disabled>
                                "as it is written below"
                            </option>
                            {group(&all, "Saved", true)}
                            {group(&all, "Of earlier runs", false)}
                        </select>
                    </label>
                }
            })
        };
        any! { {shown} }
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
