//! What the failures have in common: topics of what the judge says, and whether failing requests are alike.
//!
//! The texts are read only when somebody asks for them: by a press, which the address says, so that Back takes it back; or
//! by that address, where they come with the scores.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::{GetScores, GetTexts, InCommon, TextsQuery};
use shared::id::{RunId, SetId};
use shared::score::Threshold;
use shared::summary::Scores;
use shared::topics::alike;
use shared::topics::named::NamedTopic;
use shared::topics::texts::Texts;

use super::report::Report;
use super::topics::Topics;
use crate::address::Address;
use crate::components::caller::Caller;
use crate::components::loaded::{Load, Loaded, loaded};
use crate::wording::topic;
use crate::{address, api};

/// What the address calls it.
const PARAMETER: &str = "common";

/// What the items say, and what people call topics.
type Answers = (Arc<Texts>, Arc<Vec<NamedTopic>>);

/// What was read with the scores, at this threshold.
#[derive(Debug, Clone)]
pub struct Known {
    threshold: Threshold,
    answers: Answers,
}

/// Tells whether the address asks for what the failures have in common.
pub fn is_asked(address: &Address) -> bool {
    address.parameter(PARAMETER).is_some()
}

/// Reads the scores of a run, and with them what the failures have in common at a threshold.
///
/// # Errors
/// What the service says.
pub async fn read(run: RunId, threshold: Threshold) -> Loaded<(Scores, Known)> {
    let query = TextsQuery { threshold: Some(threshold), scores: Some(true) };
    let InCommon { texts, topics, scores } = api::call(&GetTexts { run: run.clone() }, &query, &()).await?;
    let scores = match scores {
        Some(scores) => scores,
        None => api::read_from(&GetScores { run }).await?,
    };
    Ok((scores, Known { threshold, answers: (Arc::new(texts), Arc::new(topics)) }))
}

/// Shows the panel, closed until it is asked for; nothing when nothing fails.
#[component]
pub fn FailuresInCommon(
    report: Report,
    /// Whose topics they are; without it they cannot be named.
    set: Option<SetId>,
    /// What was read already: it is shown once, and read again after that.
    known: StoredValue<Option<Known>>,
) -> impl IntoView {
    let set = StoredValue::new(set);
    let here = address::current();
    let open = Memo::new(move |_| here.with(is_asked));
    let fails = Memo::new(move |_| report.failing.with(|failing| failing.failures > 0));
    let view = move || if open.get() { opened(report, set.get_value(), known) } else { closed() };
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

fn closed() -> AnyView {
    any! {
        <p class="spread">
            <span class="quiet">{topic::OFFER}</span>
            <button type="button" on:click=move |_| address::set(&[(PARAMETER, Some("yes".to_owned()))])>
                "Group the failures"
            </button>
        </p>
    }
}

fn opened(report: Report, set: Option<SetId>, known: StoredValue<Option<Known>>) -> AnyView {
    let caller = Caller::of_app();
    let answers = Load::new(move || {
        let (run, threshold) = (report.run.get_value(), report.settled.get());
        let known = known.try_update_value(Option::take).flatten();
        async move {
            if let Some(known) = known.filter(|known| known.threshold == threshold) {
                return Ok(known.answers);
            }
            let query = TextsQuery { threshold: Some(threshold), scores: None };
            let read = api::call(&GetTexts { run }, &query, &()).await?;
            Ok((Arc::new(read.texts), Arc::new(read.topics)))
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
