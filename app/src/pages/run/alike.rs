//! What the failures have in common: topics of what the judge says, and whether failing requests are alike.
//!
//! The texts are read only when somebody asks for them by a press. The address says that they were, so that Back takes
//! it back; whoever opens that address elsewhere is offered them, as the page asks for enough without them.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::List;
use shared::api::runs::{GetTexts, SummaryQuery};
use shared::api::sets::GetTopics;
use shared::id::SetId;
use shared::topics::alike;
use shared::topics::named::NamedTopic;
use shared::topics::texts::Texts;

use super::report::Report;
use super::topics::Topics;
use crate::components::caller::Caller;
use crate::components::loaded::{Load, loaded};
use crate::components::toasts::Toasts;
use crate::wording::topic;
use crate::{address, api};

/// What the items say, and what people call topics.
type Answers = (Arc<Texts>, Arc<Vec<NamedTopic>>);

/// Shows the panel, closed until it is asked for; nothing when nothing fails.
#[component]
pub fn InCommon(
    report: Report,
    /// Whose topics they are; without it they cannot be named.
    set: Option<SetId>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let asked = address::parameter("common");
    let pressed = RwSignal::new(false);
    let open = Memo::new(move |_| pressed.get() && asked.with(Option::is_some));
    let fails = Memo::new(move |_| report.failing.with(|failing| failing.failures > 0));
    let press = Callback::new(move |()| {
        pressed.set(true);
        if asked.with_untracked(Option::is_none) {
            address::set(&[("common", Some("yes".to_owned()))]);
        }
    });
    let view = move || if open.get() { opened(report, set.get_value()) } else { closed(press) };
    move || {
        fails.get().then(|| {
            any! {
                <section aria-labelledby="common-title">
                    <h2 id="common-title">"What the failures have in common"</h2>
                    {view}
                </section>
            }
        })
    }
}

fn closed(press: Callback<()>) -> AnyView {
    any! {
        <p class="spread">
            <span class="quiet">{topic::OFFER}</span>
            <button type="button" on:click=move |_| press.run(())>
                "Group the failures"
            </button>
        </p>
    }
}

fn opened(report: Report, set: Option<SetId>) -> AnyView {
    let toasts = Toasts::of_app();
    let caller = Caller::of_app();
    let of_set = set.clone();
    let answers = Load::new(move || {
        let (run, threshold, set) = (report.run.get_value(), report.settled.get(), of_set.clone());
        async move {
            let query = SummaryQuery { threshold: Some(threshold) };
            let texts = api::call(&GetTexts { run }, &query, &()).await?;
            let named = match set {
                Some(set) => api::read_from(&GetTopics { set }).await,
                None => Ok(List { data: Vec::new(), next_cursor: None }),
            };
            // Without their names topics still read.
            let named =
                named.map_err(|error| toasts.failed(error)).map_or_else(|()| Vec::new(), |list| list.data);
            Ok((Arc::new(texts), Arc::new(named)))
        }
    });
    loaded(answers, move |answers: Answers| found(report, set.clone(), caller, answers))
}

/// Tells how each item of the texts ended.
fn failed(report: Report, texts: &Texts) -> Vec<Option<bool>> {
    let failing = report.failing.get_untracked();
    report.scores.with_value(|scores| {
        let ended: HashMap<_, _> = scores.items.iter().zip(&failing.failed).collect();
        texts.items.iter().map(|item| ended.get(item).copied().copied().flatten()).collect()
    })
}

fn found(report: Report, set: Option<SetId>, caller: Caller, (texts, named): Answers) -> AnyView {
    let failing = report.failing.get_untracked();
    let alike = alike::of(&texts, &failed(report, &texts));
    let verdict = topic::verdict(&alike, failing.failures, &failing.slices);
    let evidence = verdict.evidence.into_iter().map(|evidence| any! { <li>{evidence}</li> });
    let sample = topic::sample(texts.items.len() as u64, texts.outcomes);
    any! {
        <p class="verdict">{verdict.said}</p>
        <ul class="bullets">{evidence.collect_view()}</ul>
        <h3>"What the judge says of them"</h3>
        <p class="quiet">{topic::NOTE} {sample}</p>
        {Topics::of(texts, alike, set, &named, caller).show()}
    }
}
