//! What the failures have in common: topics of what the judge says, and whether failing requests are alike.
//!
//! The texts are read only when somebody asks for them.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::{GetTexts, SummaryQuery};
use shared::topics::Topic;
use shared::topics::alike::{self, Alike};
use shared::topics::texts::Texts;

use super::report::Report;
use crate::components::loaded::{Load, loaded};
use crate::wording::{slice, topic};
use crate::{address, api};

/// How many topics are shown.
const SHOWN: usize = 12;

/// Shows the panel, closed until it is asked for; nothing when nothing fails.
#[component]
pub fn InCommon(report: Report) -> impl IntoView {
    let asked = address::parameter("common");
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let fails = Memo::new(move |_| report.failing.with(|failing| failing.failures > 0));
    let view = move || if open.get() { opened(report) } else { closed() };
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
    let href = address::link_with("common", Some("yes".to_owned()));
    any! {
        <p class="spread">
            <span class="quiet">{topic::OFFER}</span>
            <a class="button" href=href>
                "Group the failures"
            </a>
        </p>
    }
}

fn opened(report: Report) -> AnyView {
    let texts = Load::new(move || {
        let (run, threshold) = (report.run.get_value(), report.settled.get());
        async move {
            let query = SummaryQuery { threshold: Some(threshold) };
            api::call(&GetTexts { run }, &query, &()).await.map(Arc::new)
        }
    });
    loaded(texts, move |texts: Arc<Texts>| {
        let failed = failed(report, &texts);
        let alike = alike::of(&texts, &failed);
        found(report, &texts, &alike)
    })
}

/// Tells how each item of the texts ended.
fn failed(report: Report, texts: &Texts) -> Vec<Option<bool>> {
    let failing = report.failing.get_untracked();
    report.scores.with_value(|scores| {
        let ended: HashMap<_, _> = scores.items.iter().zip(&failing.failed).collect();
        texts.items.iter().map(|item| ended.get(item).copied().copied().flatten()).collect()
    })
}

fn found(report: Report, texts: &Texts, alike: &Alike) -> AnyView {
    let failing = report.failing.get_untracked();
    let verdict = topic::verdict(alike, failing.failures, &failing.slices);
    let evidence = verdict.evidence.into_iter().map(|evidence| any! { <li>{evidence}</li> });
    let shown = alike.topics.iter().take(SHOWN).map(|found| shown(texts, found, alike.failures));
    let left = alike.topics.len().saturating_sub(SHOWN);
    any! {
        <p class="verdict">{verdict.said}</p>
        <ul class="bullets">{evidence.collect_view()}</ul>
        <h3>"What the judge says of them"</h3>
        <p class="quiet">{topic::NOTE} {topic::sample(texts.items.len() as u64, texts.outcomes)}</p>
        <ol class="topics">{shown.collect_view()}</ol>
        {topic::rest(left, alike.wordless).map(|rest| any! { <p class="quiet">{rest}</p> })}
    }
}

fn shown(texts: &Texts, found: &Topic, failures: u64) -> AnyView {
    let example = |place: usize| {
        let id = texts.items.get(place)?.to_string();
        let request = texts.requests.get(place).filter(|request| !request.is_empty());
        let said = texts.said.get(place).cloned().flatten().unwrap_or_default();
        Some(any! {
            <li>
                <a class="open" href=address::link_with("open", Some(id))>
                    {request.map_or("(no text)", String::as_str).to_owned()}
                </a>
                <p class="quiet preview">{slice::head(&said)}</p>
            </li>
        })
    };
    let examples = found.examples.iter().filter_map(|&place| example(place)).collect_view();
    any! {
        <li>
            <p>
                <strong>{topic::name(found)}</strong>
                " "
                <span class="quiet">{topic::size(found.members.len() as u64, failures)}</span>
            </p>
            <ul>{examples}</ul>
        </li>
    }
}
