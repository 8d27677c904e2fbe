//! Where a run fails: the groups of items that fail more often than the others, or score lower; and every feature.

use leptos::prelude::*;
use shared::slices::low::Low;
use shared::slices::{self, Slice};
use shared::summary::failing::{self, OfFeature};

use super::filter;
use super::report::Report;
use crate::address;
use crate::cell::Derived;
use crate::components::slice_bar::slice_bar;
use crate::wording;
use crate::wording::number::{count, percent_or_none, percent_range, score};
use crate::wording::slice;

/// Shows the groups of items that stand out at the threshold, by how often they fail or by their average.
#[component]
pub fn Slices(report: Report) -> impl IntoView {
    let by = address::parameter("by");
    let by_average = Memo::new(move |_| by.with(|by| by.as_deref() == Some("average")));
    let view = move || if by_average.get() { lower(report) } else { failing(report) };
    let choice = move |average: bool, name: &'static str| {
        let href = address::link_with("by", average.then(|| "average".to_owned()));
        let pressed = move || (by_average.get() == average).to_string();
        any! {
            <button type="button" class="chip" aria-pressed=pressed on:click=move |_| address::go(&untrack(&href))>
                {name}
            </button>
        }
    };
    any! {
        <section aria-labelledby="slices-title">
            <h2 id="slices-title">"Where it fails"</h2>
            <div class="chips" role="group" aria-label="What to look at">
                {choice(false, "By pass rate")} {choice(true, "By average score")}
            </div>
            {view}
            {by_feature(report)}
        </section>
    }
}

/// Lists how every feature does, where there is more than one.
fn by_feature(report: Report) -> AnyView {
    let Report { scores, failing, .. } = report;
    let features = Derived::new(move || {
        scores.with_value(|scores| failing.with(|failing| failing::by_feature(scores, &failing.failed)))
    });
    let some = Memo::new(move |_| features.with(|features| features.len() > 1));
    let row = move |of: &OfFeature| {
        let name = of.feature.clone().map_or_else(
            || wording::log::without("feature").into_any(),
            |name| filter::link(report, vec![("feature".to_owned(), name.clone())], name),
        );
        any! {
            <tr>
                <th scope="row">{name}</th>
                <td class="number">{count(of.scored)}</td>
                <td class="number">{percent_or_none(of.pass_rate)}</td>
                <td class="number">{of.interval.map(percent_range)}</td>
            </tr>
        }
    };
    let table = move || {
        any! {
            <details>
                <summary>"By feature"</summary>
                <div class="scroll">
                    <table class="plain">
                        <caption>{move || format!("At threshold {}, the lowest first.", score(report.settled.get().value()))}</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Feature"</th>
                                <th scope="col" class="number">"n"</th>
                                <th scope="col" class="number">"Pass rate"</th>
                                <th scope="col" class="number">"95% interval"</th>
                            </tr>
                        </thead>
                        <tbody>{move || features.with(|features| features.iter().map(row).collect_view())}</tbody>
                    </table>
                </div>
            </details>
        }
    };
    any! { {move || some.get().then(table)} }
}

fn failing(report: Report) -> AnyView {
    // By itself: another threshold need not have anything else fail.
    let note = move || {
        let threshold = score(report.settled.get().value());
        format!("By feature, tags and what requests and responses are like, at threshold {threshold}.")
    };
    let shown = move || {
        report.failing.with(|failing| {
            let pattern = slices::pattern(failing.failures, &failing.slices, None);
            let said = slice::pattern(failing.failures, failing.slices.len(), pattern);
            let judged = (!failing.judged.is_empty()).then(|| {
                any! {
                    <h3>"What the judge says of them"</h3>
                    {list(report, &failing.judged)}
                }
            });
            let numbers =
                failing.numbers.iter().map(|number| any! { <p class="quiet">{slice::number(number)}</p> });
            any! {
                <p>
                    {said} " " <span class="quiet">{note}</span>
                </p>
                {list(report, &failing.slices)}
                {numbers.collect_view()}
                {judged}
            }
        })
    };
    any! { {shown} }
}

fn list(report: Report, slices: &[Slice]) -> Option<AnyView> {
    let found = slices.iter().map(|slice| found(report, slice)).collect_view();
    (!slices.is_empty()).then(|| any! { <ol class="slices">{found}</ol> })
}

fn found(report: Report, found: &Slice) -> AnyView {
    any! {
        <li>
            <strong>{filter::link(report, filter::conditions(found), slice::name(found))}</strong>
            {slice_bar(found)}
            <p>{slice::found(found)}</p>
        </li>
    }
}

fn lower(report: Report) -> AnyView {
    let Report { scores, exact, .. } = report;
    let low = Derived::new(move || {
        exact.with_value(|exact| scores.with_value(|scores| failing::low(scores, exact)))
    });
    let item = move |low: &Low| {
        let conditions = vec![(low.key.clone(), low.value.clone())];
        any! {
            <li>
                <strong>{filter::link(report, conditions, slice::condition(&low.key, &low.value))}</strong>
                <p>{slice::low(low)}</p>
            </li>
        }
    };
    let shown = move || {
        low.with(|low| {
            any! {
                <p>
                    {slice::lower(low.len())} " "
                    <span class="quiet">"By feature, tags and what requests and responses are like, whatever the threshold."</span>
                </p>
                {(!low.is_empty()).then(|| any! { <ol class="slices">{low.iter().map(item).collect_view()}</ol> })}
            }
        })
    };
    any! { {shown} }
}
