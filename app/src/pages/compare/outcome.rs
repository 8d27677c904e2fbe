//! What a comparison came to.

use leptos::prelude::*;
use shared::compare::Comparison;
use shared::id::RunId;

use super::choice::Choice;
use crate::components::held::held;
use crate::route::Route;
use crate::wording::compare::{can_tell, dropped, means, obstacle, rates, together, verdict};
use crate::wording::number::count;

/// Shows what a comparison came to; none while no two runs are chosen.
pub fn outcome(comparison: Option<&Comparison>, choice: Choice) -> AnyView {
    let Some(comparison) = comparison else {
        return any! {
            <p class="empty">
                "Choose two runs of one set. They are compared over the items that both have, pair by pair."
            </p>
        };
    };
    let links = links(choice);
    if !comparison.comparable {
        return any! {
            {obstacles(&comparison.incomparable)}
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
    let details =
        [means(comparison), can_tell(comparison), together(comparison.clusters), dropped(comparison)];
    let details = details.into_iter().flatten().map(|detail| any! { <p>{detail}</p> });
    any! {
        <p class="verdict">{rates} " " {verdict}</p>
        <div class="beside">
            <div>
                {held(comparison)} {details.collect_view()}
            </div>
            <div>{table(comparison)}</div>
        </div>
        {links}
    }
}

fn obstacles(reasons: &[String]) -> AnyView {
    let reasons = reasons.iter().map(|reason| {
        let obstacle = obstacle(reason);
        let remedy = obstacle.remedy.map(|remedy| any! { <p>"What would help: " {remedy}</p> });
        any! {
            <li>
                <p>
                    <strong>{obstacle.why}</strong>
                </p>
                {remedy}
            </li>
        }
    });
    any! {
        <p class="verdict">"These runs do not compare: a difference between them would not be the target's alone."</p>
        <ul class="obstacles">{reasons.collect_view()}</ul>
    }
}

fn table(comparison: &Comparison) -> AnyView {
    let total = |one: u64, other: u64| count(one + other);
    let Comparison { both_pass, broke, fixed, both_fail, .. } = *comparison;
    any! {
        <table class="plain flips">
            <caption>"Items, by how both runs did on them"</caption>
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
                    <td class="number">{count(both_pass)}</td>
                    <td class="number">
                        <span class="mark bad">{format!("▼ {} broke", count(broke))}</span>
                    </td>
                    <td class="number">{total(both_pass, broke)}</td>
                </tr>
                <tr>
                    <th scope="row">"Base fails"</th>
                    <td class="number">
                        <span class="mark good">{format!("▲ {} fixed", count(fixed))}</span>
                    </td>
                    <td class="number">{count(both_fail)}</td>
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
