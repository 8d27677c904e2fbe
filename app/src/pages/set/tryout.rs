//! Trying the judge on a few items of the set while its criteria are being written. Nothing of it is saved in the set.

use leptos::prelude::*;
use shared::api::choices::{ChoicesQuery, GetChoices};
use shared::api::sets::{GetItems, ItemsQuery, SetChange};
use shared::api::tryout::{NewTrial, PostTrial, Trial};
use shared::id::SetId;
use shared::mistake::Mistake;
use shared::provider::ProviderName;
use shared::query::Page;
use shared::run::Run;
use shared::set::{ItemRow, Reference};

use crate::api;
use crate::cell::Cell;
use crate::components::caller;
use crate::components::doing::{Doing, NotDone};
use crate::components::judging::Judging;
use crate::components::loaded::{Load, loaded};
use crate::components::marks;
use crate::components::mistakes::Mistakes;
use crate::components::result::judgement;
use crate::wording::fault::unfit;
use crate::wording::judge::tried;
use crate::wording::number::score_or_none;
use crate::wording::preview;

/// On so many items, the newest.
const ITEMS: u32 = 3;

/// Gives what is typed of the criteria now.
type Typed = Callback<(), Result<SetChange, Vec<Mistake>>>;

/// An item that the judge is tried on.
#[derive(Clone, Copy)]
struct Subject {
    /// What is judged in the place of the original response, if anything is typed.
    response: RwSignal<String>,
    ask: Doing,
    came: Cell<Option<Came>>,
}

/// What came of it.
#[derive(Clone)]
struct Came {
    trial: Trial,
    of_original: bool,
    simulated: bool,
}

/// Offers to try the judge on the newest items.
#[component]
pub fn TryOut(set: SetId, typed: Typed) -> impl IntoView {
    let set = StoredValue::new(set);
    let asked = RwSignal::new(false);
    let ground = Load::new(move || {
        let wanted = asked.get().then(|| set.get_value());
        async move {
            let Some(set) = wanted else { return Ok(None) };
            let choices = api::call(&GetChoices {}, &ChoicesQuery { set_id: Some(set.clone()) }, &()).await?;
            let page = Page { limit: Some(ITEMS), cursor: None };
            let items =
                api::call(&GetItems { set }, &ItemsQuery { page, ..ItemsQuery::default() }, &()).await?;
            Ok(Some((choices, items.data)))
        }
    });
    let bench = move || {
        if !asked.get() {
            let offered = caller::offered::<PostTrial>(move || {
                any! {
                    <button type="button" on:click=move |_| asked.set(true)>
                        "Try it on items of this set…"
                    </button>
                }
            });
            return any! { {offered} {caller::why_not::<PostTrial>()} };
        }
        loaded(ground, move |ground| match ground {
            None => ().into_any(),
            Some((_, items)) if items.is_empty() => {
                any! { <p class="empty">"The set has no items yet to try it on."</p> }
            }
            Some((choices, items)) => {
                let last = choices.runs.iter().find(|run| run.counts.done > 0).map(judge_of);
                let judging = Judging::start(last.as_ref(), choices.providers.data);
                bench(set, items, judging, typed)
            }
        })
    };
    any! {
        <section class="try-out" aria-labelledby="try-title">
            <h2 id="try-title">"Try the judge"</h2>
            <p class="quiet">
                "Ask the judge the questions above as they are typed now, before you save them. What it says is no run and counts nowhere."
            </p>
            {bench}
        </section>
    }
}

fn judge_of(run: &Run) -> shared::judge::Judge {
    run.judge.clone()
}

fn bench(set: StoredValue<SetId>, items: Vec<ItemRow>, judging: Judging, typed: Typed) -> AnyView {
    let mistakes = Mistakes::of("trial");
    let subjects: Vec<_> = items
        .into_iter()
        .map(|item| {
            let subject = subject(set, &item, judging, typed, mistakes);
            (item, subject)
        })
        .collect();
    let all: Vec<_> = subjects.iter().map(|(_, subject)| *subject).collect();
    let shown = subjects.into_iter().enumerate().map(|(place, (item, subject))| show(place, &item, subject));
    any! {
        <form
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                for subject in &all {
                    subject.ask.start();
                }
            }
        >
            <fieldset>
                <legend>"Judge"</legend>
                {judging.fields(mistakes)}
            </fieldset>
            <button type="submit" class="main">
                "Ask the judge"
            </button>
            <ol class="subjects">{shown.collect_view()}</ol>
        </form>
    }
}

fn subject(
    set: StoredValue<SetId>,
    item: &ItemRow,
    judging: Judging,
    typed: Typed,
    mistakes: Mistakes,
) -> Subject {
    let (response, came) = (RwSignal::new(String::new()), Cell::new(None::<Came>));
    let call = PostTrial { set: set.get_value(), item: item.id.clone() };
    let ask = Doing::new(move || {
        mistakes.clear();
        let (judge, change, text) = untrack(|| (judging.read(), typed.run(()), response.get()));
        let call = call.clone();
        async move {
            let judge = judge.map_err(|mistake| mistakes.found(vec![mistake]))?;
            let change = change.map_err(|found| NotDone::Unfit(unfit(&found)))?;
            let Some(criteria) = change.criteria else { return Ok(()) };
            let simulated =
                judge.members().iter().any(|member| member.provider.as_str() == ProviderName::DEMO);
            let response = Some(text).filter(|text| !text.trim().is_empty()).map(Reference::Text);
            let of_original = response.is_none();
            let threshold = change.threshold.unwrap_or_default();
            let new = NewTrial { judge, criteria, threshold, response };
            let trial = api::submit(&call, &new).await.map_err(|error| mistakes.answered(error))?;
            came.set(Some(Came { trial, of_original, simulated }));
            Ok(())
        }
    });
    Subject { response, ask, came }
}

fn show(place: usize, item: &ItemRow, subject: Subject) -> AnyView {
    let number = place + 1;
    let original = item.reference_preview.as_deref().map_or_else(|| "none".to_owned(), preview::of);
    let came = move || subject.came.get().map(|came| came_of(&came));
    any! {
        <li class="subject">
            <h3>{format!("Item {number}")}</h3>
            <p class="preview">{preview::leading(&item.request_preview)}</p>
            <p class="preview quiet">{format!("Original response: {original}")}</p>
            <details>
                <summary>"Judge another response"</summary>
                <label class="field">
                    <span>"Response in place of the original"</span>
                    <textarea rows="4" bind:value=subject.response></textarea>
                </label>
            </details>
            {subject.ask.button("", "Ask about this one", "Asking…", Some(format!("Ask about this one: item {number}")))}
            {subject.ask.problem()}
            <div role="status">{came}</div>
        </li>
    }
}

fn came_of(came: &Came) -> AnyView {
    let Came { trial, of_original, simulated } = came;
    let each = trial.criteria.iter().map(|outcome| judgement::alone(outcome, *of_original));
    any! {
        <p class="line">
            {marks::verdict(trial.verdict)} <strong class="number">{score_or_none(trial.score)}</strong>
            <span class="quiet">{tried(trial)}</span> {marks::simulated(*simulated)}
        </p>
        {each.collect_view()}
    }
}
