//! The health card: where the judge stands, its figures, and the tables that they come from.

use leptos::prelude::*;
use shared::health::{Card, CriterionCard, Health, Status};
use shared::unseen::seen;

use crate::wording::judge::{self, coefficient, share};
use crate::wording::number::{count, counted, fixed, percent};

/// Says where the judge stands, and what is missing for the next better status.
pub fn standing(card: &Card) -> AnyView {
    let missing = judge::missing(card);
    let missing = (!missing.is_empty()).then(|| {
        let each = missing.into_iter().map(|missing| any! { <li>{missing}</li> });
        let title = match card.status {
            Status::Weak => "To be validated",
            Status::NotUsable | Status::Unlabelled | Status::Validated => "To be of use",
        };
        any! {
            <div>
                <h2>{title}</h2>
                <ul class="bullets">{each.collect_view()}</ul>
            </div>
        }
    });
    let disputed = (card.disputed > 0).then(|| {
        format!(
            " {} on which people are evenly divided count nowhere.",
            counted(card.disputed, "question", "questions")
        )
    });
    any! {
        <section class="standing" aria-label="Standing">
            <p class="verdict">{mark(card.status)} " " {judge::meaning(card)}</p>
            <p class="quiet">{judge::known_from(card)} {disputed}</p>
            {missing}
        </section>
    }
}

fn mark(status: Status) -> AnyView {
    let class = match status {
        Status::Validated => "mark good",
        Status::Weak | Status::Unlabelled => "mark odd",
        Status::NotUsable => "mark bad",
    };
    any! { <span class=class>{judge::status(status)}</span> }
}

/// Shows the figures, each with its interval and what it says.
pub fn numbers(health: &Health) -> AnyView {
    let card = &health.overall;
    let counts = card.confusion;
    let passed = format!("n {}", count(counts.both_pass + counts.human_only));
    let failed = format!("n {}", count(counts.both_fail + counts.judge_only));
    let flips = health.flips.map(|flips| {
        let of = format!("of pairs of answers to {}", counted(flips.n, "question", "questions"));
        tile(
            "Contradicts itself",
            percent(flips.rate),
            of,
            "Two answers to the same question, one pass and one fail.",
        )
    });
    let orders = health.order_consistency.map(|rate| {
        tile("Same in both orders", percent(rate), String::new(), "Of comparisons asked in both orders.")
    });
    let canaries = health.canaries.as_ref().map(|canaries| {
        let missed = count(canaries.missed.len() as u64);
        let of = format!("of {}", counted(canaries.run, "known case", "known cases"));
        tile("Known cases wrong", missed, of, "In its newest run.")
    });
    any! {
        <section class="tiles" aria-labelledby="figures-title">
            <h2 id="figures-title" class="hidden">
                "Figures"
            </h2>
            {tile("Sensitivity", share(card.sensitivity, card.sensitivity_interval), passed, "Of what people pass, what it passes.")}
            {tile("Specificity", share(card.specificity, card.specificity_interval), failed, "Of what people fail, what it fails.")}
            {tile(
                "Kappa",
                coefficient(card.kappa, card.kappa_interval),
                format!("n {}", count(card.n)),
                "Agreement beyond chance: 0 is chance, 1 is perfect.",
            )} {flips} {orders} {canaries}
        </section>
    }
}

/// Shows a figure; what stands in brackets after it is its interval.
fn tile(title: &'static str, value: String, n: String, words: &'static str) -> AnyView {
    let (big, interval) = match value.split_once(" (") {
        Some((big, interval)) => (big.to_owned(), format!("{}, ", interval.trim_end_matches(')'))),
        None => (value, String::new()),
    };
    any! {
        <div class="tile">
            <h3>{title}</h3>
            <p class="big number">{big}</p>
            <p class="quiet number">{interval} {n}</p>
            <p class="quiet">{words}</p>
        </div>
    }
}

/// Shows how often the judge and people said what.
pub fn confusion(card: &Card) -> AnyView {
    let counts = card.confusion;
    let row = |title: &'static str, cells: [u64; 2]| {
        let sum = count(cells[0] + cells[1]);
        any! {
            <tr>
                <th scope="row">{title}</th>
                <td class="number" data-label="judge passes">{count(cells[0])}</td>
                <td class="number" data-label="judge fails">{count(cells[1])}</td>
                <td class="number quiet" data-label="together">{sum}</td>
            </tr>
        }
    };
    any! {
        <section aria-labelledby="confusion-title">
            <h2 id="confusion-title">"What both say"</h2>
            <table class="rows" aria-labelledby="confusion-title">
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col" class="number">"Judge passes"</th>
                        <th scope="col" class="number">"Judge fails"</th>
                        <th scope="col" class="number">"Together"</th>
                    </tr>
                </thead>
                <tbody>
                    {row("People pass", [counts.both_pass, counts.human_only])}
                    {row("People fail", [counts.judge_only, counts.both_fail])}
                </tbody>
            </table>
            {levels(card)}
        </section>
    }
}

fn levels(card: &Card) -> Option<AnyView> {
    let levels = card.levels?;
    let mut words = Vec::new();
    words.extend(
        levels.mean_error.map(|error| format!("they are {} levels apart on the mean", fixed(error, 2))),
    );
    words.extend(
        levels.kappa_quadratic.map(|kappa| format!("weighted kappa {}", coefficient(Some(kappa), None))),
    );
    words.extend(levels.spearman.map(|rank| format!("rank correlation {}", coefficient(Some(rank), None))));
    let text = format!(
        "On {} with levels by people: {}.",
        counted(levels.n, "question", "questions"),
        words.join(", ")
    );
    (!words.is_empty()).then(|| any! { <p class="quiet small">{text}</p> })
}

/// Shows each criterion's card in a row.
pub fn by_criterion(criteria: &[CriterionCard]) -> AnyView {
    let rows = criteria.iter().map(|criterion| {
        let card = &criterion.card;
        any! {
            <tr>
                <th scope="row">{seen(&criterion.name)} <br /> {mark(card.status)}</th>
                <td class="number" data-label="n">{count(card.n)}</td>
                <td class="number" data-label="sensitivity">{share(card.sensitivity, None)}</td>
                <td class="number" data-label="specificity">{share(card.specificity, None)}</td>
                <td class="number" data-label="kappa">{coefficient(card.kappa, None)}</td>
            </tr>
        }
    });
    any! {
        <table class="rows" aria-labelledby="by-criterion-title">
            <thead>
                <tr>
                    <th scope="col">"Criterion"</th>
                    <th scope="col" class="number">"n"</th>
                    <th scope="col" class="number">"Sensitivity"</th>
                    <th scope="col" class="number">"Specificity"</th>
                    <th scope="col" class="number">"Kappa"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
