//! Judging the completions of a run anew: by another judge, or on what the set asks by now.

use leptos::prelude::*;
use shared::api::access::GetProviders;
use shared::api::runs::PostRunRejudge;
use shared::api::sets::{GetSet, VersionQuery};
use shared::id::{RunId, SetId};
use shared::judge::Judge;
use shared::provider::Provider;
use shared::query::{LARGEST_PAGE, Page};
use shared::run::{Rejudge, Run};
use shared::set;

use crate::cell::Derived;
use crate::components::caller;
use crate::components::dialog::Dialog;
use crate::components::doing::Doing;
use crate::components::fault::fault;
use crate::components::judging::Judging;
use crate::components::loaded::{Load, loading};
use crate::components::mistakes::Mistakes;
use crate::route::Route;
use crate::wording::run;
use crate::{address, api, clock};

/// What there is to choose from.
type Choices = (Vec<Provider>, set::Set);

/// Shows the button that opens the form.
pub fn button(run: &Run) -> AnyView {
    let open = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    // Of a run that judges another anew, the criteria may be its own.
    let known = run.rejudges.is_none().then_some(run.set_version);
    let about = StoredValue::new((run.id.clone(), run.set_id.clone(), run.judge.clone(), known));
    any! {
        {caller::offered::<PostRunRejudge>(move || {
            any! {
                <button type="button" on:click=move |_| open.set(true)>
                    "Judge again…"
                </button>
            }
        })}
        {move || {
            open.get()
                .then(|| {
                    let (run, set, judge, known) = about.get_value();
                    any! {
                        <Dialog title="Judge again" on_close=close>
                            <Again run set judge known />
                        </Dialog>
                    }
                })
        }}
    }
}

#[component]
fn Again(
    run: RunId,
    set: SetId,
    judge: Judge,
    /// The version of the set whose criteria the run has; none when it may have its own.
    known: Option<u32>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let page = Page { limit: Some(LARGEST_PAGE), cursor: None };
    let providers = Load::new(move || {
        let page = page.clone();
        async move { api::call(&GetProviders {}, &page, &()).await }
    });
    let newest = Load::new(move || {
        let set = set.get_value();
        async move { api::call(&GetSet { set }, &VersionQuery::default(), &()).await }
    });
    let choices = Derived::new(move || {
        let (providers, newest) = (providers.get()?, newest.get()?);
        Some(providers.and_then(|providers| Ok((providers.data, newest?))))
    });
    let retry = Callback::new(move |()| {
        providers.refetch();
        newest.refetch();
    });
    let about = StoredValue::new((run, judge));
    move || {
        choices.get().map_or_else(loading, |choices| match choices {
            Ok(choices) => {
                let (run, judge) = about.get_value();
                form(run, &judge, known, choices)
            }
            Err(error) => fault(&error, Some(retry)),
        })
    }
}

fn form(run: RunId, judge: &Judge, known: Option<u32>, (providers, set): Choices) -> AnyView {
    let judging = Judging::start(Some(judge), providers);
    let mistakes = Mistakes::of("again");
    let of_set = RwSignal::new(false);
    let fresh = RwSignal::new(false);
    let newest = set.version;
    // Sending the same again starts no second run.
    let sent = StoredValue::new(None::<(Rejudge, String)>);
    let start = Doing::new(move || {
        let change = untrack(|| judging.read()).map(|judge| Rejudge {
            judge: Some(judge),
            criteria: of_set.get_untracked().then(|| set.criteria.clone()),
            fresh: fresh.get_untracked(),
        });
        let call = PostRunRejudge { run: run.clone() };
        async move {
            mistakes.clear();
            let change = change.map_err(|mistake| mistakes.found(vec![mistake]))?;
            let known = sent.try_get_value().flatten().filter(|(known, _)| *known == change);
            let key =
                known.map_or_else(|| format!("{:08x}{:08x}", clock::draw(), clock::draw()), |(_, key)| key);
            sent.try_update_value(|sent| *sent = Some((change.clone(), key.clone())));
            let run = api::call_once(&call, &change, key).await.map_err(|error| mistakes.answered(error))?;
            address::go(&Route::Run(run.id).path());
            Ok(())
        }
    });
    let criteria = (known != Some(newest)).then(|| {
        any! {
            <fieldset>
                <legend>"Criteria"</legend>
                <label class="choice">
                    <input type="radio" name="criteria" prop:checked=move || !of_set.get() on:change=move |_| of_set.set(false) />
                    <span>"those of this run"</span>
                </label>
                <label class="choice">
                    <input type="radio" name="criteria" prop:checked=of_set on:change=move |_| of_set.set(true) />
                    <span>{run::newest_criteria(newest)}</span>
                </label>
            </fieldset>
        }
    });
    any! {
        <form
            data-guarded
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                start.start();
            }
        >
            <p>"The responses stay as they are; the target is not asked. What comes of it is another run, beside this one."</p>
            {judging.fields(mistakes)}
            {criteria}
            <label class="choice">
                <input type="checkbox" bind:checked=fresh />
                <span>"Ask anew what is known already, to see how steady the judge is"</span>
            </label>
            {start.problem()}
            {start.submit("Judge again", "Starting…")}
        </form>
    }
}
