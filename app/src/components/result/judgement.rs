//! What the judge says of an item, criterion by criterion.

use leptos::prelude::*;
use shared::chat::openai;
use shared::judge::{Block, Judgement, Unscored};
use shared::outcome::{CriterionOutcome, Detail, Judged};
use shared::unseen::seen;

use crate::components::long_text::long_text;
use crate::passage;
use crate::wording::number::level;
use crate::wording::run;

/// The texts that the judge was shown, to look its quotes up in.
struct Shown {
    request: String,
    reference: String,
    response: String,
}

impl Shown {
    fn of(detail: &Detail) -> Self {
        let messages =
            openai::read_request(&detail.request).map(|request| request.messages).unwrap_or_default();
        Self {
            request: messages.iter().map(|message| message.content.text()).collect::<Vec<_>>().join("\n"),
            reference: detail.reference.as_ref().map(shared::set::Reference::plain).unwrap_or_default(),
            response: detail.response.as_ref().map(shared::chat::Output::plain).unwrap_or_default(),
        }
    }

    /// Tells whether a quote is really there. Where the original is judged, it is the candidate.
    fn has(&self, from: Block, quote: &str, of_original: bool) -> bool {
        let text = match (from, of_original) {
            (Block::Request, _) => &self.request,
            (Block::Reference, _) | (Block::Candidate, true) => &self.reference,
            (Block::Candidate, false) => &self.response,
        };
        passage::occurs(text, quote)
    }
}

/// Shows every criterion's judgements.
pub fn judgements(detail: &Detail) -> AnyView {
    let shown = Shown::of(detail);
    if detail.judgements.is_empty() {
        return any! { <p class="quiet">"There was nothing to judge."</p> };
    }
    detail.judgements.iter().map(|outcome| criterion(outcome, Some(&shown), false)).collect_view().into_any()
}

/// Shows the judgements on one criterion where the texts that it was shown are not at hand.
pub fn alone(outcome: &CriterionOutcome, of_original: bool) -> AnyView {
    criterion(outcome, None, of_original)
}

fn criterion(outcome: &CriterionOutcome, shown: Option<&Shown>, of_original: bool) -> AnyView {
    let original = outcome.baseline.as_ref();
    let compared = original.map(|original| format!("original {}", mean(original)));
    let original = original.map(|original| {
        any! {
            <details>
                <summary>"On the original response: " {mean(original)}</summary>
                {judged(original, shown, true)}
            </details>
        }
    });
    any! {
        <article class="judged">
            <h4>
                {seen(&outcome.name)} ": " <span class="number">{mean(&outcome.candidate)}</span> " "
                <span class="quiet number">{compared}</span>
            </h4>
            {judged(&outcome.candidate, shown, of_original)} {original}
        </article>
    }
}

fn mean(judged: &Judged) -> String {
    judged.level().map_or_else(|| "unscored".to_owned(), |mean| format!("level {} of 5", level(mean.value())))
}

fn judged(judged: &Judged, shown: Option<&Shown>, of_original: bool) -> AnyView {
    let many = judged.judgements.len() > 1;
    let levels = many.then(|| {
        let levels: Vec<_> = judged.levels().into_iter().map(|level| level.number().to_string()).collect();
        any! { <p class="quiet">{format!("Asked {} times: levels {}.", levels.len(), levels.join(", "))}</p> }
    });
    let each =
        judged.judgements.iter().map(|given| judgement(given, shown, of_original, many)).collect_view();
    let panel = judged.panel.iter().enumerate().map(|(place, judgements)| {
        let each = judgements.iter().map(|given| judgement(given, shown, of_original, true)).collect_view();
        any! {
            <h5>{format!("Judge {} of the panel", place + 2)}</h5>
            {each}
        }
    });
    let panel = panel.collect_view();
    let unscored = judged.unscored.as_ref().map(unscored);
    any! {
        {levels}
        {each}
        {panel}
        {unscored}
    }
}

fn judgement(judgement: &Judgement, shown: Option<&Shown>, of_original: bool, many: bool) -> AnyView {
    let quotes = judgement.evidence.iter().map(|quote| {
        let from = match (quote.from, of_original) {
            (Block::Request, _) => "request",
            (Block::Reference, _) | (Block::Candidate, true) => "original response",
            (Block::Candidate, false) => "new response",
        };
        let is_missing = shown.is_some_and(|shown| !shown.has(quote.from, &quote.quote, of_original));
        let missing = is_missing.then(|| {
            any! { " " <span class="mark odd">"not found in the text"</span> }
        });
        any! {
            <li>
                <q>{seen(&quote.quote)}</q>
                <span class="quiet">" in the " {from}</span>
                {missing}
            </li>
        }
    });
    let quotes = quotes.collect_view();
    let flags = judgement.flags.iter().map(|&flag| any! { <p class="notice">{run::flag(flag)}</p> });
    any! {
        <div class="judgement">
            {many.then(|| any! { <h5>{format!("Level {}", judgement.level.number())}</h5> })}
            {long_text(&judgement.reasoning)}
            {(!quotes.is_empty()).then(|| any! { <ul class="quotes">{quotes}</ul> })}
            {flags.collect_view()}
            {judgement.answered_by.as_ref().map(|by| any! { <p class="quiet small">{run::judged_by(by)}</p> })}
        </div>
    }
}

fn unscored(why: &Unscored) -> AnyView {
    let reply = match why {
        Unscored::Unreadable { reply, .. } if !reply.is_empty() => Some(reply.clone()),
        _ => None,
    };
    any! {
        <p class="notice">{run::unscored(why)}</p>
        {reply
            .map(|reply| {
                any! {
                    <details>
                        <summary>"The judge's reply"</summary>
                        {long_text(&reply)}
                    </details>
                }
            })}
    }
}
