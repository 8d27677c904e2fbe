//! What came of a run, at the threshold that the reader holds it to.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::GetScores;
use shared::id::{ItemId, RunId};
use shared::run::Run;
use shared::score::Threshold;
use shared::summary::exact::Exact;
use shared::summary::failing::{self, Failing};
use shared::summary::{Scores, Summary};

use super::alike::{self, FailuresInCommon, Known};
use super::criteria::CriterionTable;
use super::filter;
use super::left_out;
use super::results::ResultList;
use super::shipping::Shipping;
use super::slices::Slices;
use super::tiles::Tiles;
use crate::cell::Derived;
use crate::components::distribution::DistributionChart;
use crate::components::focus;
use crate::components::loaded::{Load, loaded};
use crate::components::movable::Movable;
use crate::components::texts::Texts;
use crate::rescore::{self, Order, Rescored, Scored, Show};
use crate::route::Route;
use crate::weights::Weights;
use crate::wording::judge;
use crate::wording::number::{took, usd};
use crate::wording::run::{WEIGHED, headline, why_nothing};
use crate::{address, api};

/// Everything that the parts of the report show, as the threshold and the filter change.
#[derive(Clone, Copy)]
pub struct Report {
    pub run: StoredValue<RunId>,
    pub scores: StoredValue<Arc<Scores>>,
    pub exact: StoredValue<Arc<Exact>>,
    /// The items in the orders that lists have them in.
    pub order: StoredValue<Arc<Order>>,
    pub threshold: Derived<Threshold>,
    /// The threshold once it is let go of: what takes long to work out follows this one.
    pub settled: Derived<Threshold>,
    pub rescored: Derived<Rescored>,
    pub show: Derived<Show>,
    /// What is shown unless the address asks for something else.
    pub usual: Show,
    /// What the items say, as far as it is read.
    pub texts: Texts,
    /// What the list is filtered by: keys with their values.
    pub slices: Derived<Vec<(String, String)>>,
    pub failing: Derived<Failing>,
}

/// Shows what came of a run.
#[component]
pub fn Report(
    run: RunId,
    /// The threshold that the run was made with.
    judged_at: Threshold,
    /// The run itself.
    whole: Option<Run>,
    /// What the service says of the run beside its scores.
    summary: Option<Summary>,
) -> impl IntoView {
    let run = StoredValue::new(run);
    let here = address::current();
    // Known before the scores are, and asked for with them: the page asks for enough without it.
    let (at_once, threshold) =
        untrack(|| (here.with(alike::is_asked), Movable::of_address(judged_at).settled.get()));
    let common = StoredValue::new(None::<Known>);
    let scores = Load::new(move || {
        let run = run.get_value();
        async move {
            if !at_once {
                return api::read_from(&GetScores { run }).await.map(Arc::new);
            }
            let (scores, known) = alike::read(run, threshold).await?;
            common.set_value(Some(known));
            Ok(Arc::new(scores))
        }
    });
    let summary = StoredValue::new(summary);
    let whole = StoredValue::new(whole);
    let word = address::parameter("weights");
    let left_out = left_out::of_address();
    // What is read stays read when criteria are weighed otherwise.
    let texts = Texts::of(run);
    loaded(scores, move |scores: Arc<Scores>| {
        let of_weights = Arc::clone(&scores);
        let weights = Derived::new(move || {
            let columns = &of_weights.criteria;
            let asked = word.with(|word| word.as_deref().and_then(|word| Weights::read(word, columns)));
            asked.unwrap_or_else(|| Weights::as_judged(columns))
        });
        let numbers = move || {
            focus::keep();
            let out = left_out.get();
            let judged = if out.is_empty() { Arc::clone(&scores) } else { Arc::new(scores.without(&out)) };
            let weights = weights.get();
            let weighed = if weights.word(&judged.criteria).is_some() {
                Arc::new(weights.weigh(&judged))
            } else {
                Arc::clone(&judged)
            };
            any! { <Numbers run judged scores=weighed weights texts left_out=out judged_at whole summary common /> }
        };
        any! { {numbers} }
    })
}

#[component]
fn Numbers(
    run: StoredValue<RunId>,
    /// The columns as the run was judged, and as the reader weighs the criteria.
    judged: Arc<Scores>,
    scores: Arc<Scores>,
    weights: Weights,
    texts: Texts,
    /// The items that the reader leaves out: they are in none of the columns.
    left_out: Vec<ItemId>,
    judged_at: Threshold,
    whole: StoredValue<Option<Run>>,
    summary: StoredValue<Option<Summary>>,
    common: StoredValue<Option<Known>>,
) -> impl IntoView {
    let exact = Arc::new(Exact::of(&scores));
    let order = StoredValue::new(Arc::new(Order::of(&scores, &exact)));
    let both = StoredValue::new(Scored::of(&scores, &exact));
    let exact = StoredValue::new(exact);
    let scores = StoredValue::new(scores);
    let movable = Movable::of_address(judged_at);
    let Movable { now: threshold, settled, .. } = movable;
    let rescored = Derived::new(move || {
        let threshold = threshold.get();
        let at = |scores: &Scores, exact: &Exact| {
            both.with_value(|both| rescore::at(scores, exact, both, threshold))
        };
        exact.with_value(|exact| scores.with_value(|scores| at(scores, exact)))
    });
    let word = address::parameter("show");
    // Whether an item has a score depends on no threshold.
    let nothing = untrack(|| rescored.with(|rescored| rescored.summary.scored == 0));
    let usual = untrack(|| rescored.with(|rescored| Show::usual(&rescored.summary)));
    let show = Derived::new(move || word.with(|word| word.as_deref().map_or(usual, Show::read)));
    let here = address::current();
    let slices = Derived::new(move || here.with(filter::read));
    let failing = Derived::new(move || {
        exact.with_value(|exact| scores.with_value(|scores| failing::of(scores, exact, settled.get())))
    });
    let report = Report {
        run,
        scores,
        exact,
        order,
        threshold,
        settled,
        rescored,
        show,
        usual,
        texts,
        slices,
        failing,
    };
    // They do not depend on the threshold: the bars stay while it moves.
    let counts = Derived::new(move || {
        rescored.with(|rescored| {
            let distribution = &rescored.summary.distribution;
            (distribution.counts.clone(), distribution.baseline_counts.clone())
        })
    });
    let headline = move || {
        let headline = rescored.with(headline);
        let details = headline.details.into_iter().map(|detail| any! { <p>{detail}</p> });
        any! {
            <p class="verdict">{headline.verdict}</p>
            {details.collect_view()}
        }
    };
    // They are the items that are read first: the list is of them.
    let why = move || {
        let items = scores.with_value(|scores| scores.items.clone());
        nothing.then(|| why_nothing(&texts.of_all(&items), items.len() as u64)).flatten()
    };
    let weighs_otherwise = weights.word(&judged.criteria).is_some();
    let distribution = move || {
        any! {
            <section aria-labelledby="distribution-title">
                <h2 id="distribution-title">"Score distribution"</h2>
                <DistributionChart counts threshold=movable show />
            </section>
        }
    };
    any! {
        <section class="headline" aria-labelledby="verdict-title">
            <h2 id="verdict-title" class="hidden">
                "Verdict"
            </h2>
            {headline}
            {move || why().map(|why| any! { <p>{why}</p> })}
            {weighs_otherwise.then(|| any! { <p class="notice">{WEIGHED}</p> })}
            {left_out::notice(&left_out, texts)}
        </section>
        {whole.get_value().filter(|run| run.status.is_final()).map(|whole| any! { <Shipping report whole /> })}
        <Tiles rescored />
        {whole.with_value(|run| run.as_ref().filter(|run| run.status.is_final()).map(as_people_see_it))}
        <div class="beside">
        {(!nothing).then(distribution)}
        <div class="column">
            <CriterionTable judged weights />
            <p class="quiet">{whole.with_value(|run| summary.with_value(|summary| spent(run.as_ref(), summary.as_ref(), rescored)))}</p>
        </div>
        </div>
        {(!nothing).then(|| any! {
            <Slices report />
            <FailuresInCommon known=common report set=whole.with_value(|run| run.as_ref().map(|run| run.set_id.clone())) />
        })}
        <ResultList report />
    }
}

/// Leads to the pass rate that people would see, which takes their labels to tell.
fn as_people_see_it(run: &Run) -> AnyView {
    let judge = Route::Judge(run.judge_version.clone()).path();
    let href = address::write(&judge, &[("run".to_owned(), run.id.to_string())]);
    any! {
        <p class="quiet">
            "The pass rate is as the judge sees it. " <a href=href>"How would people see it?"</a>
        </p>
    }
}

/// Says what the run cost and how long answers took.
fn spent(run: Option<&Run>, summary: Option<&Summary>, rescored: Derived<Rescored>) -> impl IntoView + use<> {
    // The scores know what the answers cost, not what the judge did.
    let cost = summary.map_or(run.and_then(|run| run.cost_usd), |summary| summary.cost_usd);
    let latency = untrack(|| {
        rescored.with(|rescored| summary.map_or(rescored.summary.latency_ms, |summary| summary.latency_ms))
    });
    // Where it scored nothing, what it answered of them was too short to ask it about.
    let scored = summary.filter(|summary| summary.scored > 0);
    let canaries = scored.and_then(|summary| judge::reliable(&summary.canaries));
    let words = format!(
        "Cost {}. Half of the answers took {} or less, 95% of them {} or less.",
        usd(cost),
        took(latency.p50),
        took(latency.p95)
    );
    any! {
        {words}
        " "
        {canaries}
    }
}
