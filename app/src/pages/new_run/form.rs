//! The form of a new run.

use leptos::prelude::*;
use shared::api::choices::Choices;
use shared::api::runs::PostRun;
use shared::id::SetId;
use shared::run::NewRun;
use shared::unseen::seen;

use super::reading::{self, Typed};
use super::target::TargetFields;
use super::{again, estimate};
use crate::api;
use crate::cell::Derived;
use crate::components::doing::Doing;
use crate::components::judging::Judging;
use crate::components::mistakes::Mistakes;
use crate::route::Route;
use crate::wording::number::counted;
use crate::{address, clock};

/// Everything that is typed but target and judge.
#[derive(Clone, Copy)]
struct Fields {
    set: RwSignal<String>,
    name: RwSignal<String>,
    /// None while the set's own threshold stands.
    threshold: RwSignal<Option<String>>,
    concurrency: RwSignal<String>,
    budget: RwSignal<String>,
    sample: RwSignal<String>,
    baseline: RwSignal<bool>,
    fresh: RwSignal<bool>,
}

/// The form, started from what was used last.
#[component]
pub fn RunForm(choices: Choices, set: Option<SetId>) -> impl IntoView {
    let target = TargetFields::start(&choices);
    let judge = again::last(&choices.runs).map(|run| &run.judge);
    let judge = Judging::start(judge, choices.providers.data.clone());
    let first = choices.sets.data.first().map(|set| set.id.to_string()).unwrap_or_default();
    let fields = Fields {
        set: RwSignal::new(set.map_or(first, String::from)),
        name: RwSignal::default(),
        threshold: RwSignal::new(None),
        concurrency: RwSignal::new("16".to_owned()),
        budget: RwSignal::default(),
        sample: RwSignal::default(),
        baseline: RwSignal::new(true),
        fresh: RwSignal::new(false),
    };
    let providers = StoredValue::new(choices.providers.data);
    let sets = StoredValue::new(choices.sets.data);
    let threshold = Memo::new(move |_| {
        fields.threshold.get().unwrap_or_else(|| {
            let chosen = fields.set.get();
            sets.with_value(|sets| {
                sets.iter().find(|set| set.id.as_str() == chosen).map(|set| set.threshold.to_string())
            })
            .unwrap_or_default()
        })
    });
    let mistakes = Mistakes::of("run");
    let seed = clock::draw();
    let run = Derived::new(move || reading::read(&typed(fields, target, judge, threshold.get(), seed)).ok());
    // What was sent last, and its key: sending the same again starts no second run.
    let sent = StoredValue::new(None::<(NewRun, String)>);
    let start = Doing::new(move || {
        let typed = untrack(|| typed(fields, target, judge, threshold.get(), seed));
        async move {
            mistakes.clear();
            let run = reading::read(&typed).map_err(|found| mistakes.found(found))?;
            let known = sent.try_get_value().flatten().filter(|(known, _)| *known == run);
            let key =
                known.map_or_else(|| format!("{:08x}{:08x}", clock::draw(), clock::draw()), |(_, key)| key);
            sent.try_update_value(|sent| *sent = Some((run.clone(), key.clone())));
            let run =
                api::call_once(&PostRun {}, &run, key).await.map_err(|error| mistakes.answered(error))?;
            address::go(&Route::Run(run.id).path());
            Ok(())
        }
    });
    let set_options = sets.with_value(|sets| {
        let options = sets.iter().map(|set| {
            let title = format!(
                "{} ({}, version {})",
                seen(set.name.as_str()),
                counted(set.item_count, "item", "items"),
                set.version
            );
            any! { <option value=set.id.to_string()>{title}</option> }
        });
        options.collect_view()
    });
    let [of_set, of_name, of_threshold] = ["/set_id", "/name", "/threshold"].map(|place| mistakes.at(place));
    let set_field = any! {
        <select
            id=of_set.id.clone()
            aria-invalid=of_set.invalid()
            aria-describedby=of_set.described()
            bind:value=fields.set
        >
            {set_options}
        </select>
    };
    let name_field = any! {
        <input
            id=of_name.id.clone()
            maxlength="200"
            aria-invalid=of_name.invalid()
            aria-describedby=of_name.described()
            bind:value=fields.name
        />
    };
    let threshold_field = any! {
        <input
            id=of_threshold.id.clone()
            class="short"
            inputmode="decimal"
            required
            aria-invalid=of_threshold.invalid()
            aria-describedby=of_threshold.described()
            prop:value=threshold
            on:input:target=move |event| fields.threshold.set(Some(event.target().value()))
        />
    };
    let form = any! {
        <form
            class="new-run"
            data-guarded
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                start.start();
            }
        >
            <fieldset>
                <legend>"What is asked"</legend>
                <div class="fields">
                    {of_set.field("field grow", "Eval set", set_field)}
                    {of_name.field("field grow", "Name of the run (optional)", name_field)}
                </div>
            </fieldset>
            <fieldset>
                <legend>"Target: what you want to ship"</legend>
                {target.fields(providers, fields.set, mistakes)}
            </fieldset>
            <fieldset>
                <legend>"Judge: who scores the responses"</legend>
                {judge.fields(mistakes)}
                <div class="fields">
                    {of_threshold.field("field", "Threshold to pass", threshold_field)}
                </div>
                <label class="choice">
                    <input type="checkbox" bind:checked=fields.baseline />
                    "Score the original responses too, to compare with them"
                </label>
            </fieldset>
            {limits(fields, mistakes)}
            {start.problem()}
            {start.submit("Start the run", "Starting…")}
        </form>
    };
    any! {
        <div class="set-up">{form} {estimate::beside(run)}</div>
        {target.keeping()}
    }
}

fn limits(fields: Fields, mistakes: Mistakes) -> AnyView {
    let number = |pointer: &str,
                  mode: &'static str,
                  hint: &'static str,
                  typed: RwSignal<String>,
                  label: &'static str| {
        let wrong = mistakes.at(pointer);
        let control = any! {
            <input
                id=wrong.id.clone()
                inputmode=mode
                class="short"
                placeholder=hint
                aria-invalid=wrong.invalid()
                aria-describedby=wrong.described()
                bind:value=typed
            />
        };
        wrong.field("field", label, control)
    };
    any! {
        <details class="limits">
            <summary>"Limits"</summary>
            <div class="fields">
                {number("/concurrency", "numeric", "16", fields.concurrency, "Calls at once")}
                {number("/budget_usd", "decimal", "none", fields.budget, "Budget in US dollars (optional)")}
                {number("/sample", "numeric", "all", fields.sample, "Only a random sample of (optional)")}
            </div>
            <label class="choice">
                <input type="checkbox" bind:checked=fields.fresh />
                "Ask everything anew, even where an answer to the same question is stored"
            </label>
        </details>
    }
}

fn typed(fields: Fields, target: TargetFields, judge: Judging, threshold: String, seed: u32) -> Typed {
    Typed {
        set: fields.set.get(),
        name: fields.name.get(),
        target: target.typed(),
        judge: judge.read(),
        threshold,
        concurrency: fields.concurrency.get(),
        budget: fields.budget.get(),
        sample: fields.sample.get(),
        baseline: fields.baseline.get(),
        fresh: fields.fresh.get(),
        seed,
    }
}
