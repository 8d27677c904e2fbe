//! What a comparison came to.

use leptos::prelude::*;
use shared::compare::Comparison;
use shared::compare::criteria::CriterionGain;
use shared::compare::items::Flip;
use shared::id::RunId;
use shared::unseen::seen;

use super::beside::Shown;
use super::choice::Choice;
use super::chosen::Chosen;
use super::obstacles::obstacles;
use crate::address;
use crate::cell::Derived;
use crate::components::held::held;
use crate::route::Route;
use crate::wording::compare::{
    can_tell, counted_flip, criterion_change, criterion_gain, dropped, means, rates, together, verdict,
};
use crate::wording::fault::sentence;
use crate::wording::number::{count, score_or_none};
use crate::wording::spent::{cost, took};

/// Says what a comparison came to.
pub fn said(comparison: &Comparison) -> Option<AnyView> {
    let (rates, verdict) = rates(comparison).zip(verdict(comparison))?;
    Some(any! { <p class="verdict">{rates} " " {verdict}</p> })
}

/// Shows the numbers that it comes from.
pub fn numbers(comparison: &Comparison) -> AnyView {
    let details = [
        means(comparison),
        took(comparison),
        cost(comparison),
        can_tell(comparison),
        together(comparison.items, comparison.clusters),
        dropped(comparison),
    ];
    let details = details.into_iter().flatten().map(|detail| any! { <p>{detail}</p> });
    any! {
        {held(comparison)}
        {details.collect_view()}
    }
}

/// Says that no item has a score in both runs.
pub fn nothing(shown: Shown) -> AnyView {
    let dropped = untrack(|| shown.compared.with(dropped));
    any! {
        <p class="verdict">"No item has a score in both runs, so there is nothing to compare."</p>
        {dropped.map(|dropped| any! { <p>{dropped}</p> })}
        {links(shown)}
    }
}

/// Says that the runs do not compare.
pub fn apart(reasons: &[String], chosen: Chosen) -> AnyView {
    let Choice { base, candidate, .. } = chosen.choice;
    any! {
        {obstacles(reasons, chosen)}
        {open(candidate.get_untracked(), base.get_untracked())}
    }
}

/// Says that a run is not over.
pub fn waiting(why: &str) -> AnyView {
    any! { <p class="notice" role="status">{sentence(why)} " This page looks again by itself."</p> }
}

/// Counts the items by how both runs did on them. The counts list them: `shown` is which are listed.
pub fn table(comparison: &Comparison, shown: Derived<Option<Flip>>) -> AnyView {
    let total = |one: u64, other: u64| count(one + other);
    let Comparison { both_pass, broke, fixed, both_fail, .. } = *comparison;
    let cell = move |flip: Flip, n: u64| {
        let choose = move |_| {
            let word = (shown.get_untracked() != Some(flip)).then(|| flip.word().to_owned());
            let lists = word.is_some();
            address::set(&[("show", word), ("open", None)]);
            if lists {
                request_animation_frame(reveal);
            }
        };
        let class = match flip {
            Flip::Broke => "chip bad",
            Flip::Fixed => "chip good",
            Flip::BothFail | Flip::BothPass => "chip",
        };
        any! {
            <td class="number">
                <button type="button" class=class aria-pressed=move || (shown.get() == Some(flip)).to_string() on:click=choose>
                    {counted_flip(flip, n)}
                </button>
            </td>
        }
    };
    any! {
        <table class="plain flips">
            <caption>"Items, by how both runs did on them. Press a number to list them."</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col" class="number">"New run passes"</th>
                    <th scope="col" class="number">"New run fails"</th>
                    <th scope="col" class="number">"All"</th>
                </tr>
            </thead>
            <tbody>
                <tr>
                    <th scope="row">"Base passes"</th>
                    {cell(Flip::BothPass, both_pass)} {cell(Flip::Broke, broke)}
                    <td class="number">{total(both_pass, broke)}</td>
                </tr>
                <tr>
                    <th scope="row">"Base fails"</th>
                    {cell(Flip::Fixed, fixed)} {cell(Flip::BothFail, both_fail)}
                    <td class="number">{total(fixed, both_fail)}</td>
                </tr>
                <tr>
                    <th scope="row">"All"</th>
                    <td class="number">{total(both_pass, fixed)}</td>
                    <td class="number">{total(broke, both_fail)}</td>
                    <td class="number">{count(comparison.items)}</td>
                </tr>
            </tbody>
        </table>
    }
}

/// Shows what each criterion gained; nothing when there is only one.
pub fn criteria(gains: &[CriterionGain]) -> Option<AnyView> {
    let row = |gain: &CriterionGain| {
        any! {
            <tr>
                <th scope="row">{seen(&gain.name)}</th>
                <td class="number" data-label="base">{score_or_none(gain.base)}</td>
                <td class="number" data-label="new run">{score_or_none(gain.candidate)}</td>
                <td class="number" data-label="difference">{criterion_gain(gain)}</td>
                <td data-label="change">{criterion_change(gain)}</td>
                <td class="number" data-label="items">{count(gain.n)}</td>
            </tr>
        }
    };
    let rows = || gains.iter().map(row).collect_view();
    (gains.len() > 1).then(|| {
        any! {
            <section aria-labelledby="criteria-title">
                <h2 id="criteria-title">"By criterion"</h2>
                <p class="quiet">
                    "Average scores, with the 95% interval of the difference. Of several criteria one may seem to change by chance: p allows for that."
                </p>
                <table class="rows" aria-labelledby="criteria-title">
                    <thead>
                        <tr>
                            <th scope="col">"Criterion"</th>
                            <th scope="col" class="number">"Base"</th>
                            <th scope="col" class="number">"New run"</th>
                            <th scope="col" class="number">"Difference"</th>
                            <th scope="col">"Change"</th>
                            <th scope="col" class="number">"Items"</th>
                        </tr>
                    </thead>
                    <tbody>{rows()}</tbody>
                </table>
            </section>
        }
    })
}

/// How far down the screen the list may begin that was asked for.
const LOWEST: f64 = 0.6;

/// Has the list that was asked for begin on the screen: it stands below all that is worked out.
fn reveal() {
    let Some(list) = document().get_element_by_id("flips-title") else { return };
    let screen = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    let below = list.get_bounding_client_rect().top() - LOWEST * screen;
    if below > 0.0 {
        window().scroll_by_with_x_and_y(0.0, below);
    }
}

/// Leads to both runs.
pub fn links(shown: Shown) -> AnyView {
    open(Some(shown.candidate.get_value()), Some(shown.base.get_value()))
}

fn open(candidate: Option<RunId>, base: Option<RunId>) -> AnyView {
    let link = |run: Option<RunId>, words: &'static str| {
        run.map(|run| any! { <a href=Route::Run(run).path()>{words}</a> })
    };
    any! {
        <p class="links">
            {link(candidate, "Open the new run")}
            " "
            {link(base, "Open the base")}
        </p>
    }
}
