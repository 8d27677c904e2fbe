//! What a comparison came to.

use leptos::prelude::*;
use shared::compare::Comparison;
use shared::compare::criteria::CriterionGain;
use shared::compare::items::Flip;
use shared::id::RunId;

use super::both::Both;
use super::choice::Choice;
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

/// Shows what a comparison came to. The counts of items list them: `flip` is which are listed.
pub fn outcome(comparison: &Comparison, both: Both, flip: Derived<Option<Flip>>) -> AnyView {
    let links = links(both.choice);
    if !comparison.comparable {
        return any! {
            {obstacles(&comparison.incomparable, both)}
            {links}
        };
    }
    let Some((rates, verdict)) = rates(comparison).zip(verdict(comparison)) else {
        return any! {
            <p class="verdict">"No item has a score in both runs, so there is nothing to compare."</p>
            {dropped(comparison).map(|dropped| any! { <p>{dropped}</p> })}
            {links}
        };
    };
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
        <p class="verdict">{rates} " " {verdict}</p>
        <div class="beside">
            <div>
                {held(comparison)} {details.collect_view()}
            </div>
            <div>{table(comparison, flip)}</div>
        </div>
        {criteria(&comparison.criteria)}
        {links}
    }
}

/// Says that a run is not over.
pub fn waiting(why: &str) -> AnyView {
    any! { <p class="notice" role="status">{sentence(why)} " This page looks again by itself."</p> }
}

fn table(comparison: &Comparison, shown: Derived<Option<Flip>>) -> AnyView {
    let total = |one: u64, other: u64| count(one + other);
    let Comparison { both_pass, broke, fixed, both_fail, .. } = *comparison;
    let cell = move |flip: Flip, n: u64| {
        let choose = move |_| {
            let word = (shown.get_untracked() != Some(flip)).then(|| flip.word().to_owned());
            address::set(&[("show", word), ("open", None)]);
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
fn criteria(gains: &[CriterionGain]) -> Option<AnyView> {
    let row = |gain: &CriterionGain| {
        any! {
            <tr>
                <th scope="row">{gain.name.clone()}</th>
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

fn links(choice: Choice) -> AnyView {
    let link = |run: Option<RunId>, words: &'static str| {
        run.map(|run| any! { <a href=Route::Run(run).path()>{words}</a> })
    };
    any! {
        <p class="links">
            {link(choice.candidate.get_untracked(), "Open the new run")}
            " "
            {link(choice.base.get_untracked(), "Open the base")}
        </p>
    }
}
