//! A run's pass rate beside what people would make of it.

use leptos::prelude::*;
use shared::health::corrected::{Corrected, Source};
use shared::unseen::seen;

use crate::route::Route;
use crate::wording::correct;

/// Shows both rates, or why there is but one.
pub fn rates(known: &Corrected) -> AnyView {
    let (rate, n) = correct::observed(&known.observed);
    let judge = tile("As the judge sees it", rate, n);
    let people = known.corrected.map(|rate| {
        let (big, rests_on) = correct::corrected(&rate, known.people_pass + known.people_fail);
        tile("As people would see it", big, rests_on)
    });
    let method = known.corrected.map(|rate| correct::method(rate.method));
    let why_not = known.why_not.map(|why| any! { <p>{correct::why_not(why, known)}</p> });
    let caution = known
        .corrected
        .and_then(|_| correct::caution(&known.sources))
        .map(|caution| any! { <p><span class="mark odd">"~ careful"</span> " " {caution}</p> });
    let sources = (!known.sources.is_empty()).then(|| sources(&known.sources));
    any! {
        <section aria-labelledby="corrected-title">
            <h2 id="corrected-title">"The pass rate of this run"</h2>
            <div class="tiles">{judge} {people}</div>
            {why_not}
            {method.map(|method| any! { <p class="quiet">{correct::WHAT} " " {method}</p> })}
            {caution}
            {sources}
        </section>
    }
}

fn tile(title: &'static str, value: String, rests_on: String) -> AnyView {
    any! {
        <div class="tile">
            <h3>{title}</h3>
            <p class="big number">{value}</p>
            <p class="quiet number">{rests_on}</p>
        </div>
    }
}

/// Says of which runs the labelled responses are.
fn sources(sources: &[Source]) -> AnyView {
    let each = sources.iter().map(|source| {
        let href = Route::Run(source.run_id.clone()).path();
        any! {
            <li>
                <a href=href>{seen(source.name.as_str())}</a>
                {correct::labels(source)}
            </li>
        }
    });
    any! {
        <p class="quiet small">"The labels are on responses of:"</p>
        <ul class="bullets quiet small">{each.collect_view()}</ul>
    }
}
