//! One item of a run, over the right side of the page: what was asked, both responses, what people, the judge
//! and the scorers say.

pub mod judgement;
mod labels;
pub mod scorers;

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::GetResult;
use shared::chat::openai;
use shared::id::{ItemId, RunId};
use shared::judge::Block;
use shared::label::Draw;
use shared::outcome::{Change, Detail};
use shared::set::NewItem;
use shared::unseen::seen;

use self::judgement::judgements;
use self::labels::Labelling;
use super::add_to_set::{Adding, Picked};
use super::caller::Caller;
use super::conversation::request;
use super::dialog::{Dialog, Place};
use super::json::json;
use super::loaded::{Load, loaded};
use super::marks;
use super::opened::{Opened, close};
use super::sides::{Side, sides};
use crate::rescore::Item;
use crate::route::Route;
use crate::wording::number::{score_or_none, took, usd};
use crate::{address, api, wording};

/// Gives an item as the page judges it, at the threshold that is set there.
pub type JudgedAs = Arc<dyn Fn(&ItemId) -> Option<Item> + Send + Sync>;

/// Tells how an item was drawn; none when the reader chose it.
pub type DrawnAs = Arc<dyn Fn(&ItemId) -> Option<Draw> + Send + Sync>;

/// Shows the open item.
#[component]
pub fn ResultPanel(
    run: RunId,
    /// The open one of the listed items.
    opened: Opened,
    judged: JudgedAs,
    /// Hears of every label that is given or withdrawn.
    #[prop(optional)]
    labelled: Option<Callback<()>>,
    /// Goes with every label.
    #[prop(optional)]
    drawn: Option<DrawnAs>,
) -> impl IntoView {
    let run = StoredValue::new(run);
    let result = Load::new(move || {
        let (run, item) = (run.get_value(), opened.id::<ItemId>());
        async move {
            match item {
                Some(item) => api::read_from(&GetResult { run, item }).await.map(Some),
                None => Ok(None),
            }
        }
    });
    let caller = Caller::of_app();
    opened.listen();
    let adding = Adding::start();
    let picked = move || result.get().and_then(Result::ok).flatten().map(|result| picked(&result));
    any! {
        <Dialog title="Item" place=Place::Side tools=move || adding.tools(opened) back=opened.back() on_close=close()>
            {loaded(result, move |result| {
                let labelling = result
                    .as_ref()
                    .map(|result| {
                        let draw = drawn.as_ref().and_then(|drawn| drawn(&result.row.item_id));
                        Labelling::of(result, run.get_value(), caller, draw, labelled)
                    });
                result.zip(labelling).map(|(result, labelling)| detail(&result, &judged, labelling)).into_any()
            })}
            {adding.form(picked, Callback::new(|()| ()))}
        </Dialog>
    }
}

/// Gives what a set would be added: the log that the item came from, else the item itself.
fn picked(detail: &Detail) -> Picked {
    let row = &detail.row;
    let item = || NewItem {
        request: detail.request.clone(),
        reference: detail.reference.clone(),
        tags: BTreeMap::default(),
        feature: row.feature.clone(),
        log_id: None,
        verified: false,
        lossy: Vec::new(),
    };
    let checked: Vec<_> = row.log_id.iter().cloned().collect();
    Picked { item: checked.is_empty().then(item), checked, ..Picked::default() }
}

fn detail(detail: &Detail, judged: &JudgedAs, labelling: Labelling) -> AnyView {
    let row = &detail.row;
    let now = judged(&row.item_id);
    let verdict = now.map_or(row.verdict, |item| item.verdict);
    let change = now.map_or(row.change, |item| item.change);
    let messages = openai::read_request(&detail.request).map(|request| request.messages).unwrap_or_default();
    let log = row.log_id.clone().map(|log| {
        let href = address::write(&Route::Logs.path(), &[("open".to_owned(), log.to_string())]);
        any! { <a href=href>"Open the log it came from"</a> }
    });
    let original = row.baseline_score.map(|_| {
        any! { <span class="quiet number">{format!("original {}", score_or_none(row.baseline_score))}</span> }
    });
    let spent = format!("{} · {}", took(row.latency_ms), usd(row.cost_usd));
    let error = detail.error.clone().map(|error| {
        any! {
            <p class="fault">
                <strong>"The target gave no answer. "</strong>
                {seen(&error)}
            </p>
        }
    });
    let request = request(&messages, &quotes(detail, Block::Request));
    let sent = detail.sent.as_ref().map(|sent| json("Request as it was sent to the target", sent));
    let lossy = (!detail.lossy.is_empty())
        .then(|| any! { <p class="quiet">{wording::run::unsaid(&detail.lossy)}</p> });
    any! {
        <p class="line">
            {marks::verdict(verdict)} <strong class="number">{score_or_none(row.score)}</strong> {original}
            {marks::change(change.filter(|change| *change != Change::Same))}
            <span class="quiet">{row.feature.as_deref().map(seen)}</span> <span class="quiet number">{spent}</span>
        </p>
        {error}
        <section>
            <h3>"Request"</h3>
            {request}
        </section>
        {responses(detail)}
        <section>
            <h3>"What people say"</h3>
            {labelling.show(detail)}
        </section>
        <section>
            <h3>"What the judge says"</h3>
            {judgements(detail)}
        </section>
        {scorers::results(&row.scorers, &detail.baseline_scorers, "original")}
        <section>
            <h3>"Raw"</h3>
            {sent} {lossy} {json("Request as it was logged", &detail.request)} {log}
        </section>
    }
}

/// Gives what the judge quoted of one part, judging either response.
pub fn quotes(detail: &Detail, from: Block) -> Vec<&str> {
    let judged = detail.judgements.iter().flat_map(|outcome| {
        let candidate = outcome.candidate.judgements.iter().map(|judgement| (judgement, false));
        let original = outcome.baseline.iter().flat_map(|judged| &judged.judgements);
        candidate.chain(original.map(|judgement| (judgement, true)))
    });
    let quotes = judged.flat_map(|(judgement, of_original)| {
        judgement.evidence.iter().map(move |quote| (quote, of_original))
    });
    let quotes = quotes.filter(|(quote, of_original)| {
        // Where the original is judged, it is the candidate.
        let block = match (quote.from, of_original) {
            (Block::Candidate, true) => Block::Reference,
            (block, _) => block,
        };
        block == from
    });
    quotes.map(|(quote, _)| quote.quote.as_str()).collect()
}

fn responses(detail: &Detail) -> AnyView {
    let own = |block| quotes(detail, block).into_iter().map(str::to_owned).collect();
    let original = Side {
        title: "Original response",
        text: detail.reference.as_ref().map(shared::set::Reference::plain),
        quotes: own(Block::Reference),
        none: "None was logged.",
    };
    sides(original, new_response(detail, "New response"))
}

/// Gives the new response as one of two sides.
pub fn new_response(detail: &Detail, title: &'static str) -> Side {
    Side {
        title,
        text: detail.response.as_ref().map(shared::chat::Output::plain),
        quotes: quotes(detail, Block::Candidate).into_iter().map(str::to_owned).collect(),
        none: "There is none.",
    }
}
