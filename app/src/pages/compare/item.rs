//! One item in both runs, over the right side of the page: what was asked, both responses, and what is said of them.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::runs::GetResult;
use shared::chat::{Output, openai};
use shared::compare::items::ItemPairs;
use shared::id::{ItemId, RunId};
use shared::judge::Block;
use shared::outcome::Detail;
use shared::unseen::seen;

use super::beside::Shown;
use super::items::standing;
use crate::address;
use crate::api;
use crate::components::conversation::{output, request};
use crate::components::dialog::{Dialog, Place};
use crate::components::loaded::{Load, loaded};
use crate::components::opened::{Opened, close};
use crate::components::result::judgement::judgements;
use crate::components::result::{new_response, quotes, scorers};
use crate::components::sides::sides;
use crate::route::Route;

/// Shows the open item.
#[component]
pub fn ItemPanel(
    shown: Shown,
    /// The open one of the listed items.
    opened: Opened,
) -> impl IntoView {
    let runs = StoredValue::new((shown.base.get_value(), shown.candidate.get_value()));
    let both = Load::new(move || {
        let item = opened.id::<ItemId>();
        let (base, candidate) = runs.get_value();
        async move {
            let Some(item) = item else { return Ok(None) };
            let base = api::read_from(&GetResult { run: base, item: item.clone() }).await?;
            let candidate = api::read_from(&GetResult { run: candidate, item }).await?;
            Ok(Some((base, candidate)))
        }
    });
    opened.listen();
    let show = move |(base, candidate): (Detail, Detail)| {
        let place = |pairs: &Arc<ItemPairs>| pairs.items.iter().position(|item| *item == base.row.item_id);
        let line = shown.pairs.with_value(place).map(|place| standing(shown, place));
        detail(&base, &candidate, line, &runs.get_value())
    };
    any! {
        <Dialog title="Item" place=Place::Side tools=move || opened.buttons() back=opened.back() on_close=close()>
            {loaded(both, move |both| both.map(show).into_any())}
        </Dialog>
    }
}

fn detail(
    base: &Detail,
    candidate: &Detail,
    line: Option<AnyView>,
    (base_run, candidate_run): &(RunId, RunId),
) -> AnyView {
    let messages =
        openai::read_request(&candidate.request).map(|request| request.messages).unwrap_or_default();
    let original = candidate.reference.clone().map(|reference| {
        any! {
            <details>
                <summary>"The original response"</summary>
                {output(&Output::from(reference))}
            </details>
        }
    });
    let open = |run: &RunId, words: &'static str| {
        let shown = [("show", "all".to_owned()), ("open", candidate.row.item_id.to_string())];
        let shown = shown.map(|(name, value)| (name.to_owned(), value));
        any! { <a href=address::write(&Route::Run(run.clone()).path(), &shown)>{words}</a> }
    };
    any! {
        <p class="line">{line} <span class="quiet">{candidate.row.feature.as_deref().map(seen)}</span></p>
        <section>
            <h3>"Request"</h3>
            {request(&messages, &quotes(candidate, Block::Request))}
        </section>
        {sides(
            new_response(base, "Response of the base"),
            new_response(candidate, "Response of the new run"),
        )}
        {original}
        <section>
            <h3>"What the judge says of the new run"</h3>
            {judgements(candidate)}
        </section>
        <section>
            <h3>"What the judge says of the base"</h3>
            {judgements(base)}
        </section>
        {scorers::results(&candidate.row.scorers, &base.row.scorers, "base")}
        <p class="links">
            {open(candidate_run, "Open it in the new run")} {open(base_run, "Open it in the base")}
        </p>
    }
}
