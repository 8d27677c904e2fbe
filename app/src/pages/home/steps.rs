//! The first steps, in their order, each ticked when it is done.

use std::time::Duration;

use leptos::prelude::*;
use shared::api::access::GetProviders;
use shared::api::runs::PostRun;
use shared::api::sets::PostSet;
use shared::auth::Scope;
use shared::id::SetId;
use shared::query::Page;

use crate::api;
use crate::cell::Cell;
use crate::components::caller;
use crate::components::copy::copy;
use crate::components::doing::Doing;
use crate::components::loaded::Load;
use crate::route::Route;
use crate::wording::{log, number};

/// Where the sample logs are among the files of this app.
const SAMPLES: &str = "/sample_logs.jsonl";

/// Leads from nothing to the first run.
#[component]
pub fn Steps(
    /// How many logs there are.
    logs: u64,
    /// The newest set, if there is one.
    set: Option<SetId>,
    /// A run was started.
    ran: bool,
    /// Looks again whether logs have come in.
    recheck: Callback<()>,
) -> impl IntoView {
    if logs == 0 {
        // A request that goes through the gateway ticks the first step by itself.
        if let Ok(timer) = set_interval_with_handle(move || recheck.run(()), Duration::from_secs(3)) {
            on_cleanup(move || timer.clear());
        }
    }
    let make_set = if logs > 0 { "/logs?add=new" } else { "/logs" };
    let run = set.as_ref().map(|set| format!("{}?set={set}", Route::NewRun.path()));
    any! {
        <section class="steps" aria-labelledby="steps-title">
            <h2 id="steps-title">"First steps"</h2>
            <ol>
                <Step done={logs > 0} title="Bring in logs">
                    {if logs > 0 {
                        any! { <p>{number::counted(logs, "log is", "logs are")} " here."</p> }
                    } else {
                        any! { <BringLogs recheck /> }
                    }}
                </Step>
                <Step done=set.is_some() title="Make an eval set">
                    <p>
                        "Choose logs, give the set a name, and say in plain words what a good response is. "
                        {(logs > 0).then(|| caller::offered::<PostSet>(move || any! { <a class="button" href=make_set>"Make a set from these logs"</a> }))}
                    </p>
                </Step>
                <Step done=ran title="Run it">
                    <p>
                        "Pick the model or prompt you want to ship. A judge scores its responses and the original ones side by side. "
                        {run.map(|href| caller::offered::<PostRun>(move || any! { <a class="button" href=href.clone()>"Set up a run"</a> }))}
                    </p>
                </Step>
            </ol>
        </section>
    }
}

#[component]
fn Step(done: bool, title: &'static str, children: Children) -> impl IntoView {
    any! {
        <li class:done=done>
            <h3>
                {title} " " {done.then(|| any! { <span class="mark good">"✓ done"</span> })}
            </h3>
            {children()}
        </li>
    }
}

#[component]
fn BringLogs(recheck: Callback<()>) -> impl IntoView {
    let loaded = Cell::new(None);
    let load = Doing::new(move || async move {
        let file = api::asset(SAMPLES).await?;
        loaded.set(Some(api::import(file).await?));
        recheck.try_run(());
        Ok(())
    });
    let providers = Load::new(|| async { api::call(&GetProviders {}, &Page::default(), &()).await });
    let model = move || {
        let providers = providers.get().and_then(Result::ok).map(|list| list.data).unwrap_or_default();
        let simulated = providers.into_iter().find(|provider| provider.simulated);
        let model = simulated.and_then(|provider| {
            let model = provider.models.first()?;
            Some(format!("{}/{}", provider.name, provider.name.own_model(&model.id)))
        });
        model.unwrap_or_else(|| "openai/gpt-4o-mini".to_owned())
    };
    let origin = window().location().origin().unwrap_or_default();
    let command = move || {
        format!(
            "curl {origin}/v1/chat/completions \\\n  -H \"Authorization: Bearer $ASSAY_KEY\" \\\n  -H \"Content-Type: application/json\" \\\n  -H \"x-assay-feature: support\" \\\n  -d '{{\"model\": \"{}\", \"messages\": [{{\"role\": \"user\", \"content\": \"Where is my order?\"}}]}}'",
            model()
        )
    };
    any! {
        <p>"Load sample logs to try everything out, or send your own traffic."</p>
        <p>{caller::offered_with(Scope::Ingest, move || load.button("main", "Load sample logs", "Loading…", None))}</p>
        {load.problem()}
        <p role="status">{move || loaded.get().map(|report| log::import(&report))}</p>
        <p>
            "To log your own: send a request through the gateway. Make an access key in "
            <a href="/settings">"Settings"</a> " and put it in " <code>"ASSAY_KEY"</code>
            ". This step is ticked when the first request arrives."
        </p>
        <pre class="command" tabindex="0" aria-label="Example request">{command.clone()}</pre>
        <p>{copy("Copy", command)}</p>
    }
}
