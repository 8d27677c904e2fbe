//! The rail of facets: which values occur among the matching logs, how often; a click includes or excludes one.

use leptos::prelude::*;
use shared::log::{Facet, Facets, Outcome, TAGGED, TagFacet};
use shared::unseen::seen;

use super::query::{self, Choose, Chosen};
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
                        {list("feature", "Feature", facets.feature)}
                        {list("model", "Model", facets.model)}
                        {list("provider", "Provider", facets.provider)}
                        {list("outcome", "Outcome", facets.outcome)}
                        {tags(facets.tags)}
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

/// Names a value of a field; an empty one is that there is none.
fn label(name: &str, value: &str) -> String {
    match value.parse::<Outcome>() {
        Ok(outcome) if name == "outcome" => wording::log::outcome(outcome).to_owned(),
        _ if value.is_empty() => wording::log::without(name),
        _ => seen(value),
    }
}

/// Goes to where a value is included, excluded or neither.
fn go(name: &str, value: &str, how: Choose) {
    let here = address::here();
    address::go(&address::write(&here.path, &query::choose(&here.query, name, value, how)));
}

fn list(name: &'static str, title: &'static str, values: Vec<Facet>) -> Option<AnyView> {
    // That nothing has a value is nothing to choose by.
    let has_values = values.iter().any(|facet| facet.value.is_some());
    let choices = values.into_iter().map(|Facet { value, count }| {
        let value = value.unwrap_or_default();
        choice(name.to_owned(), label(name, &value), value, count)
    });
    has_values.then(|| {
        let values = choices.collect_view();
        any! {
            <h2>{title}</h2>
            <ul class="facets" aria-label=title>{values}</ul>
        }
    })
}

/// Lists the tags, those that many logs have first.
fn tags(tags: Vec<TagFacet>) -> Option<AnyView> {
    let values: Vec<_> = tags
        .into_iter()
        .map(|TagFacet { name, value, count }| {
            choice(format!("tag.{name}"), seen(&format!("{name}: {value}")), value, count)
        })
        .collect();
    (!values.is_empty()).then(|| {
        let title = format!("Counted among the newest {} that match", count(TAGGED.into()));
        any! {
            <h2 title=title>"Tags"</h2>
            <ul class="facets" aria-label="Tags">{values}</ul>
        }
    })
}

/// Shows a value, and a button that leaves its logs out.
fn choice(name: String, label: String, value: String, number: u64) -> AnyView {
    let address = address::current();
    let (field, text) = (name.clone(), value.clone());
    let chosen = Memo::new(move |_| {
        address.with(|address| {
            match query::chosen(&address.query, &field, &text) {
                Choose::Include => "in",
                Choose::Exclude => "out",
                Choose::Leave => "",
            }
            .to_owned()
        })
    });
    let is = move |word: &'static str| chosen.with(|chosen| chosen == word);
    let place = StoredValue::new((name, value));
    let toggle = move |word: &'static str, how: Choose| {
        let how = if untrack(|| is(word)) { Choose::Leave } else { how };
        place.with_value(|(name, value)| go(name, value, how));
    };
    let exclude = format!("Leave out {label}");
    any! {
        <li class:out=move || is("out")>
            <button
                type="button"
                class="facet"
                aria-pressed=move || is("in").to_string()
                on:click=move |_| toggle("in", Choose::Include)
            >
                <span>{label}</span>
                <span class="number quiet">{count(number)}</span>
            </button>
            <button
                type="button"
                class="icon"
                aria-label=exclude.clone()
                title=exclude
                aria-pressed=move || is("out").to_string()
                on:click=move |_| toggle("out", Choose::Exclude)
            >
                "−"
            </button>
        </li>
    }
}

/// Shows what was chosen, each with a button that takes it back.
pub fn chips() -> AnyView {
    let address = address::current();
    let chip = |Chosen { name, value, excluded }: Chosen| {
        let said = wording::log::chosen(&name, &label(&name, &value), value.is_empty(), excluded);
        let remove = format!("Remove the filter {said}");
        any! {
            <li>
                <button type="button" class="chip" aria-label=remove on:click=move |_| go(&name, &value, Choose::Leave)>
                    {said}
                    " ✕"
                </button>
            </li>
        }
    };
    let shown = move || {
        let chosen = address.with(|address| query::all_chosen(&address.query));
        (!chosen.is_empty()).then(|| {
            any! { <ul class="chips" aria-label="Chosen">{chosen.into_iter().map(chip).collect_view()}</ul> }
        })
    };
    shown.into_any()
}
