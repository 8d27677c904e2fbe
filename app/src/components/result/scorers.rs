//! What the scorers, which need no model, say of a response.

use leptos::prelude::*;
use shared::scorer::result::{Mark, ScorerResult};
use shared::unseen::seen;

use crate::wording::scorer;

/// Shows what every scorer says, beside what it says of the other response; nothing when the set has none.
///
/// `others` are in the same order, or none; `whose` names the response that they are of.
pub fn results(results: &[ScorerResult], others: &[ScorerResult], whose: &str) -> Option<AnyView> {
    let lines = results.iter().enumerate().map(|(place, result)| {
        let other = others.get(place).filter(|other| other.name == result.name);
        let other = other.map(|other| {
            any! {
                <span class="other">
                    <span class="quiet">{format!("{whose}: ")}</span>
                    {mark(other)}
                    " "
                    <span class="number">{scorer::score(other.mark)}</span>
                    " "
                    <span class="quiet">{seen(&other.reason)}</span>
                </span>
            }
        });
        any! {
            <li>
                <p class="line">
                    {mark(result)} <strong>{seen(&result.name)}</strong> <span class="number">{scorer::score(result.mark)}</span>
                    <span class="quiet">{seen(&result.reason)}</span>
                </p>
                {other}
            </li>
        }
    });
    let lines = lines.collect_view();
    (!lines.is_empty()).then(|| {
        any! {
            <section>
                <h3>"What the scorers say"</h3>
                <ul class="checks">{lines}</ul>
            </section>
        }
    })
}

/// Shows the scorers that a response does not pass, and those that did not work; nothing when there are none.
pub fn against(results: &[ScorerResult]) -> Option<AnyView> {
    let shown = results.iter().filter(|result| !is_fine(result.mark)).map(|result| {
        any! {
            <span>
                {mark(result)} " " {seen(&result.name)} " "
                <span class="quiet number">{scorer::score(result.mark)}</span>
            </span>
        }
    });
    let shown = shown.collect_view();
    (!shown.is_empty()).then(|| any! { <p class="line small">{shown}</p> })
}

fn is_fine(mark: Mark) -> bool {
    matches!(mark, Mark::Skipped | Mark::Scored { passed: true, .. })
}

fn mark(result: &ScorerResult) -> AnyView {
    let class = match result.mark {
        Mark::Scored { passed: true, .. } => "mark good",
        Mark::Scored { passed: false, .. } => "mark bad",
        Mark::Skipped => "mark",
        Mark::Error => "mark odd",
    };
    any! { <span class=class>{scorer::verdict(result.mark)}</span> }
}
