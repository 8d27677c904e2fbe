//! One item of a run, over the right side of the page: what was asked, both responses, what people, the judge
//! and the scorers say.

mod judgement;
mod labels;
pub mod scorers;

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::access::GetSession;
use shared::api::runs::GetResult;
use shared::chat::openai;
use shared::id::{ItemId, RunId};
use shared::judge::Block;
use shared::label::Draw;
use shared::outcome::{Change, Detail};

use self::judgement::judgements;
use self::labels::Labelling;
use super::conversation::conversation;
use super::dialog::{Dialog, Place};
use super::json::json;
use super::loaded::{Load, loaded};
use super::long_text::long_pieces;
use super::marks;
use super::opened::{Opened, close};
use crate::rescore::Item;
use crate::route::Route;
use crate::wording::number::{score_or_none, took, usd};
use crate::{address, api, passage};

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
    let session = Load::new(|| async { api::read_from(&GetSession {}).await });
    opened.listen();
    let differences = RwSignal::new(true);
    any! {
        <Dialog title="Item" place=Place::Side tools=move || opened.buttons() on_close=close()>
            {loaded(result, move |result| {
                let labelling = result
                    .as_ref()
                    .map(|result| {
                        let draw = drawn.as_ref().and_then(|drawn| drawn(&result.row.item_id));
                        Labelling::of(result, run.get_value(), session, draw, labelled)
                    });
                result.zip(labelling).map(|(result, labelling)| detail(&result, differences, &judged, labelling)).into_any()
            })}
        </Dialog>
    }
}

fn detail(detail: &Detail, differences: RwSignal<bool>, judged: &JudgedAs, labelling: Labelling) -> AnyView {
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
                {error}
            </p>
        }
    });
    let request = conversation(&messages, &quotes(detail, Block::Request));
    let sent = detail.sent.as_ref().map(|sent| json("Request as it was sent to the target", sent));
    any! {
        <p class="line">
            {marks::verdict(verdict)} <strong class="number">{score_or_none(row.score)}</strong> {original}
            {marks::change(change.filter(|change| *change != Change::Same))}
            <span class="quiet">{row.feature.clone()}</span> <span class="quiet number">{spent}</span>
        </p>
        {error}
        <section>
            <h3>"Request"</h3>
            {request}
        </section>
        {responses(detail, differences)}
        <section>
            <h3>"What people say"</h3>
            {labelling.show(detail)}
        </section>
        <section>
            <h3>"What the judge says"</h3>
            {judgements(detail)}
        </section>
        {scorers::results(&row.scorers)}
        <section>
            <h3>"Raw"</h3>
            {sent} {json("Request as it was logged", &detail.request)} {log}
        </section>
    }
}

/// Gives what the judge quoted of one part, judging either response.
fn quotes(detail: &Detail, from: Block) -> Vec<&str> {
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

fn responses(detail: &Detail, differences: RwSignal<bool>) -> AnyView {
    let reference = detail.reference.as_ref().map(shared::set::Reference::plain);
    let response = detail.response.as_ref().map(shared::chat::Output::plain);
    let own = |block| quotes(detail, block).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (of_reference, of_response) = (own(Block::Reference), own(Block::Candidate));
    let compared = match (&reference, &response) {
        (Some(reference), Some(response)) => passage::differences(reference, response),
        _ => None,
    };
    let both = reference.is_some() && response.is_some();
    let too_long = both && compared.is_none();
    let can_compare = compared.is_some();
    let texts = move || {
        let marked = differences.get();
        let (only_reference, only_response) = compared.clone().filter(|_| marked).unwrap_or_default();
        let side =
            |text: &Option<String>, differs: &[std::ops::Range<usize>], quotes: &[String], class, none| {
                match text {
                    Some(text) => {
                        let quotes: Vec<_> = quotes.iter().map(String::as_str).collect();
                        long_pieces(passage::marked(text, differs, &quotes), class)
                    }
                    None => any! { <p class="quiet">{none}</p> },
                }
            };
        any! {
            <div class="sides">
                <div>
                    <h4>"Original response"</h4>
                    {side(&reference, &only_reference, &of_reference, "removed", "None was logged.")}
                </div>
                <div>
                    <h4>"New response"</h4>
                    {side(&response, &only_response, &of_response, "added", "There is none.")}
                </div>
            </div>
        }
    };
    any! {
        <section>
            <div class="spread">
                <h3>"Responses"</h3>
                {can_compare
                    .then(|| {
                        any! {
                            <label class="choice">
                                <input type="checkbox" bind:checked=differences />
                                "Mark the words that differ"
                            </label>
                        }
                    })}
                {too_long.then(|| any! { <p class="quiet">"Too long to compare word by word."</p> })}
            </div>
            {texts}
        </section>
    }
}
