//! Taking logs, or an item of a run, into a set: which ones, and which set.

use leptos::prelude::*;
use shared::api::sets::{AddItems, Added, Dedupe, GetSet, GetSets, NewSet, PostItems, PostSet, VersionQuery};
use shared::criteria::example::{Checks, Examples};
use shared::criteria::{Criteria, Criterion, Kind, Name, Question, UseReference};
use shared::id::{LogId, SetId};
use shared::log::filter::Filter;
use shared::mistake::Mistake;
use shared::run::Sample;
use shared::score::{Threshold, Weight};
use shared::scorer::Scorers;
use shared::set::{self, NewItem};
use shared::unseen::seen;

use super::caller;
use super::dialog::Dialog;
use super::doing::{Doing, NotDone};
use super::loaded::{Load, loaded};
use super::mistakes::Mistakes;
use super::opened::Opened;
use crate::api;
use crate::cell::Cell;
use crate::clock;
use crate::route::Route;
use crate::wording;
use crate::wording::number::{count, counted};

/// What there is to choose from.
#[derive(Debug, Clone, Default)]
pub struct Picked {
    pub checked: Vec<LogId>,
    /// An item that has no log; there is nothing else to choose then.
    pub item: Option<NewItem>,
    pub filter: Filter,
    /// How many the filter matches.
    pub matching: u64,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Checked,
    All,
    Sampled,
}

/// What was typed.
#[derive(Clone, Copy)]
struct Form {
    which: Cell<Which>,
    sample: RwSignal<String>,
    /// What is nearly the same as another item is left out, too.
    near: RwSignal<bool>,
    /// The id of the set that was chosen; empty for a new one, none while the first one stands.
    chosen: RwSignal<Option<String>>,
    /// The id of the first set; empty if there is none.
    first: Memo<String>,
    name: RwSignal<String>,
    question: RwSignal<String>,
    mistakes: Mistakes,
}

impl Form {
    /// Gives the id of the set that is meant; empty for a new one.
    fn set(self) -> String {
        self.chosen.get().unwrap_or_else(|| self.first.get())
    }

    fn dedupe(self) -> Dedupe {
        if self.near.get_untracked() { Dedupe::Near } else { Dedupe::Exact }
    }
}

/// The question that a new set starts with: it fits most requests, and shows how one reads.
const FIRST_QUESTION: &str = "Does the response do what the request asks, correctly and completely?";
const FIRST_NAME: &str = "Does what was asked";

/// The name that a new set starts with: of the one feature that its logs have, if they have one.
fn first_name(filter: &Filter) -> String {
    match filter.feature.any.as_slice() {
        [Some(feature)] => feature.clone(),
        _ => String::new(),
    }
}

/// Adding what a panel over a list shows: a button among the panel's tools, and the form that it opens.
#[derive(Clone, Copy)]
pub struct Adding(RwSignal<bool>);

impl Adding {
    /// Starts without the form.
    pub fn start() -> Self {
        Self(RwSignal::new(false))
    }

    /// Shows the panel's tools: the buttons that step, and the one that adds.
    pub fn tools(self, opened: Opened) -> AnyView {
        any! {
            {opened.buttons()}
            {caller::offered::<PostItems>(move || {
                any! {
                    <button type="button" class="main" on:click=move |_| self.0.set(true)>
                        "Add to set…"
                    </button>
                }
            })}
        }
    }

    /// Shows the form once it is asked for and what is `picked` is there. `added` hears of what was added.
    pub fn form(
        self,
        picked: impl Fn() -> Option<Picked> + Send + Sync + 'static,
        added: Callback<()>,
    ) -> AnyView {
        let close = Callback::new(move |()| self.0.set(false));
        let picked = move || if self.0.get() { picked() } else { None };
        let form = move || picked().map(|picked| any! { <AddToSet picked close added /> });
        form.into_any()
    }
}

/// Adds logs to a set, an existing or a new one.
#[component]
pub fn AddToSet(
    picked: Picked,
    /// A new set stands chosen, not the first that there is.
    #[prop(optional)]
    anew: bool,
    close: Callback<()>,
    added: Callback<()>,
) -> impl IntoView {
    let sets = Load::new(|| api::every(|page| async move { api::call(&GetSets {}, &page, &()).await }));
    let which = match (picked.checked.is_empty(), &picked.item) {
        (true, None) => Which::All,
        (false, _) | (true, Some(_)) => Which::Checked,
    };
    let form = Form {
        which: Cell::new(which),
        sample: RwSignal::new(picked.matching.min(50).to_string()),
        near: RwSignal::new(false),
        chosen: RwSignal::new(anew.then(String::new)),
        first: Memo::new(move |_| {
            let first = sets.get().and_then(Result::ok).and_then(|sets| Some(sets.first()?.id.to_string()));
            first.unwrap_or_default()
        }),
        name: RwSignal::new(first_name(&picked.filter)),
        question: RwSignal::new(FIRST_QUESTION.to_owned()),
        mistakes: Mistakes::of("add"),
    };
    let report = Cell::new(None);
    let of_add = picked.clone();
    let add = Doing::new(move || {
        let picked = of_add.clone();
        async move {
            form.mistakes.clear();
            let dedupe = form.dedupe();
            let (what, set) = add_items(&picked, form, dedupe).await?;
            report.set(Some((what, dedupe, set)));
            added.try_run(());
            Ok(())
        }
    });
    let result = move || report.get().map(|(report, dedupe, set)| done(&report, dedupe, &set, close));
    any! {
        <Dialog title="Add to set" on_close=close>
            <form
                data-guarded
                class:gone=move || add.is_done()
                on:submit=move |event| {
                    event.prevent_default();
                    add.start();
                }
            >
                <WhichLogs picked form />
                {loaded(sets, move |sets| which_set(&sets, form))}
                {add.problem()}
                {add.submit("Add", "Adding…")}
            </form>
            {result}
        </Dialog>
    }
}

#[component]
fn WhichLogs(picked: Picked, form: Form) -> impl IntoView {
    let Picked { checked, matching, item, .. } = picked;
    let choice = move |which: Which, label: AnyView| {
        any! {
            <label class="choice wraps">
                <input
                    type="radio"
                    name="which"
                    prop:checked=move || form.which.get() == which
                    on:change=move |_| _ = form.which.set(which)
                />
                {label}
            </label>
        }
    };
    let checked = checked.len() as u64;
    let takes_many = checked > 1 || matching > 1;
    let sampled = any! {
        "A random sample of "
        <input
            type="number"
            class="short"
            aria-label="Size of the sample"
            min="1"
            max=matching
            bind:value=form.sample
            on:input=move |_| _ = form.which.set(Which::Sampled)
        />
        {format!(" of the {} that match", count(matching))}
    };
    any! {
        <fieldset>
            <legend>"Which logs"</legend>
            {item.map(|_| choice(Which::Checked, "This item".into_any()))}
            {(checked > 0)
                .then(|| {
                    let label = if matching == 0 { "This log".to_owned() } else { format!("The {} checked", counted(checked, "log", "logs")) };
                    choice(Which::Checked, label.into_any())
                })}
            {(matching > 0).then(|| choice(Which::All, format!("All {} that match", count(matching)).into_any()))}
            {(matching > 1).then(|| choice(Which::Sampled, sampled.into_any()))}
        </fieldset>
        {takes_many.then(|| near_duplicates(form))}
    }
}

/// Asks whether what is nearly the same is one item. The same is one always.
fn near_duplicates(form: Form) -> AnyView {
    any! {
        <label class="choice wraps">
            <input type="checkbox" bind:checked=form.near />
            "Leave out logs that say nearly the same as another"
        </label>
    }
}

fn which_set(sets: &[set::Set], form: Form) -> AnyView {
    let options = sets.iter().map(|set| {
        let title = format!("{} ({})", seen(set.name.as_str()), counted(set.item_count, "item", "items"));
        any! { <option value=set.id.to_string()>{title}</option> }
    });
    let options = options.collect_view();
    let [name, question] = ["/name", "/criteria/0/question"].map(|place| form.mistakes.at(place));
    let of_name = any! {
        <input
            id=name.id.clone()
            required=move || form.set().is_empty()
            maxlength="200"
            placeholder="Support answers"
            aria-invalid=name.invalid()
            aria-describedby=name.described()
            bind:value=form.name
        />
    };
    let of_question = any! {
        <textarea
            id=question.id.clone()
            rows="3"
            maxlength="4000"
            aria-invalid=question.invalid()
            aria-describedby=question.described()
            bind:value=form.question
        ></textarea>
    };
    any! {
        <label class="field">
            <span>"Set"</span>
            <select
                prop:value=move || form.set()
                on:change:target=move |event| form.chosen.set(Some(event.target().value()))
            >
                {options}
                <option value="" selected=move || form.set().is_empty()>"A new set…"</option>
            </select>
        </label>
        <div class="form" class:gone=move || !form.set().is_empty()>
            {name.field("field", "Name of the new set", of_name)}
            {question.field("field", "What is a good response? A question in plain words", of_question)}
            <p class="quiet small">"You can change it and add more criteria on the set's page."</p>
        </div>
    }
}

fn done(report: &Added, dedupe: Dedupe, set: &set::Set, close: Callback<()>) -> AnyView {
    any! {
        <p role="status">
            <strong>{wording::log::added(report, dedupe, set.name.as_str())}</strong>
        </p>
        <p class="actions">
            <a class="button main" href=Route::Set(set.id.clone()).path()>
                "Open the set"
            </a>
            <a class="button" href=format!("{}?set={}", Route::NewRun.path(), set.id)>
                "Set up a run"
            </a>
            <button type="button" on:click=move |_| close.run(())>
                "Stay here"
            </button>
        </p>
    }
}

async fn add_items(picked: &Picked, form: Form, dedupe: Dedupe) -> Result<(Added, set::Set), NotDone> {
    let items = items(picked, form, dedupe).map_err(NotDone::unfit)?;
    let chosen = untrack(|| form.set());
    let set = match SetId::try_from(chosen) {
        Ok(set) => api::call(&GetSet { set }, &VersionQuery::default(), &()).await,
        Err(_) => {
            let set = new_set(form).map_err(|mistake| form.mistakes.found(vec![mistake]))?;
            let made = api::submit(&PostSet {}, &set).await;
            if let Ok(set) = &made {
                // If adding fails, the next try must not make the set again.
                form.chosen.set(Some(set.id.to_string()));
            }
            made
        }
    };
    let set = set.map_err(|error| form.mistakes.answered(error))?;
    let added = api::submit(&PostItems { set: set.id.clone() }, &items).await?;
    Ok((added, set))
}

fn items(picked: &Picked, form: Form, dedupe: Dedupe) -> Result<AddItems, Mistake> {
    let matching = |sample| AddItems::Matching { filter: Box::new(picked.filter.clone()), sample, dedupe };
    Ok(match form.which.get_untracked() {
        Which::Checked if picked.item.is_some() => {
            AddItems::Given { items: picked.item.iter().cloned().collect(), dedupe }
        }
        Which::Checked => AddItems::Logs { ids: picked.checked.clone(), dedupe },
        Which::All => matching(None),
        Which::Sampled => {
            let n = form.sample.get_untracked().trim().parse().ok().filter(|&n: &u32| n > 0);
            let n = n.ok_or_else(|| Mistake::new("", "the size of the sample is a number above 0"))?;
            matching(Some(Sample { n, seed: u64::from(clock::draw()) }))
        }
    })
}

fn new_set(form: Form) -> Result<NewSet, Mistake> {
    let at = |pointer: &str, error: &dyn std::fmt::Display| Mistake::new(pointer, error.to_string());
    let name = Name::try_from(form.name.get_untracked()).map_err(|error| at("/name", &error))?;
    let question = Question::try_from(form.question.get_untracked());
    let criterion = Criterion {
        name: Name::try_from(FIRST_NAME.to_owned()).map_err(|error| at("/criteria/0/name", &error))?,
        question: question.map_err(|error| at("/criteria/0/question", &error))?,
        weight: Weight::default(),
        required: false,
        kind: Kind::default(),
        use_reference: UseReference::default(),
        anchors: shared::criteria::Anchors::default(),
        checks: Checks::default(),
        examples: Examples::default(),
        datamark: false,
    };
    Ok(NewSet {
        name,
        description: String::new(),
        criteria: Criteria::try_from(vec![criterion]).map_err(|error| at("/criteria", &error))?,
        scorers: Scorers::default(),
        threshold: Threshold::default(),
    })
}
