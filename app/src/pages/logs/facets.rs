//! The rail of facets: which values occur among the matching logs, how often; a click filters by one.

use leptos::prelude::*;
use shared::log::{Facet, Facets, Outcome};

use crate::address;
use crate::components::loaded::{Load, loaded};
use crate::wording;
use crate::wording::number::count;

/// Shows the facets.
#[component]
pub fn FacetRail(facets: Load<Facets>) -> impl IntoView {
    any! {
        <aside class="rail" aria-label="Filters">
            <details open=wide()>
                <summary>"Filters"</summary>
                {loaded(facets, |facets| {
                    any! {
                        <FacetList name="feature" title="Feature" values=facets.feature />
                        <FacetList name="model" title="Model" values=facets.model />
                        <FacetList name="provider" title="Provider" values=facets.provider />
                        <FacetList name="outcome" title="Outcome" values=facets.outcome />
                    }
                })}
            </details>
        </aside>
    }
}

/// Tells whether there is room for the rail beside the table.
fn wide() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_none_or(|width| width > 900.0)
}

#[component]
fn FacetList(name: &'static str, title: &'static str, values: Vec<Facet>) -> impl IntoView {
    let chosen = address::parameter(name);
    let values = values.into_iter().map(move |Facet { value, count: number }| {
        let label = match value.parse::<Outcome>() {
            Ok(outcome) if name == "outcome" => wording::log::outcome(outcome).to_owned(),
            _ => value.clone(),
        };
        let (of_pressed, of_click) = (value.clone(), value);
        let is_chosen = move |value: &str| chosen.with(|chosen| chosen.as_deref() == Some(value));
        let pressed = move || is_chosen(&of_pressed).to_string();
        let toggle = move |_| {
            let value = (!untrack(|| is_chosen(&of_click))).then(|| of_click.clone());
            address::set(&[(name, value), ("open", None)]);
        };
        any! {
            <li>
                <button type="button" class="facet" aria-pressed=pressed on:click=toggle>
                    <span>{label}</span>
                    <span class="number quiet">{count(number)}</span>
                </button>
            </li>
        }
    });
    let values = values.collect_view();
    let any = !values.is_empty();
    any.then(|| {
        any! {
            <h2>{title}</h2>
            <ul class="facets" aria-label=title>{values}</ul>
        }
    })
}
