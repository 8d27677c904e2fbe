//! Each criterion over the whole run.

use leptos::prelude::*;

use crate::cell::Derived;
use crate::rescore::Rescored;
use crate::wording::number::{count, percent_or_none, score_or_none};

/// Shows how the responses did on each criterion; nothing when there is only one.
#[component]
pub fn CriterionTable(rescored: Derived<Rescored>) -> impl IntoView {
    let criteria = Derived::new(move || rescored.with(|rescored| rescored.summary.criteria.clone()));
    move || {
        let criteria = criteria.get();
        (criteria.len() > 1).then(|| {
            let rows = criteria.into_iter().map(|criterion| {
                any! {
                    <tr>
                        <th scope="row">{criterion.name}</th>
                        <td class="number" data-label="at level 4 or above">{percent_or_none(criterion.pass_rate)}</td>
                        <td class="number" data-label="average">{score_or_none(criterion.average)}</td>
                        <td class="number" data-label="unscored">{count(criterion.unscored)}</td>
                    </tr>
                }
            });
            any! {
                <section aria-labelledby="criteria-title">
                    <h2 id="criteria-title">"By criterion"</h2>
                    <table class="rows" aria-labelledby="criteria-title">
                        <thead>
                            <tr>
                                <th scope="col">"Criterion"</th>
                                <th scope="col" class="number">"At level 4 or above"</th>
                                <th scope="col" class="number">"Average"</th>
                                <th scope="col" class="number">"Unscored"</th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </section>
            }
        })
    }
}
