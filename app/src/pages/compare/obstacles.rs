//! Why two runs do not compare, and judging one of them again so that they do.

use leptos::prelude::*;
use shared::api::runs::PostRunRejudge;
use shared::api::sets::{GetSet, VersionQuery};
use shared::run::{Rejudge, Run};

use super::chosen::Chosen;
use crate::components::caller;
use crate::components::doing::Doing;
use crate::components::loaded::Load;
use crate::route::Route;
use crate::wording::compare::obstacle;
use crate::{address, api, clock};

/// Says why the runs do not compare, with what would help.
pub fn obstacles(reasons: &[String], chosen: Chosen) -> AnyView {
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
    let runs = Load::new(move || {
        let found = chosen.find();
        async move {
            match found {
                Some(found) => found.await.map(Some),
                None => Ok(None),
            }
        }
    });
    let again = move || {
        let (base, candidate) = runs.get().and_then(Result::ok).flatten()?;
        let judged_apart = base.judge_version != candidate.judge_version && base.set_id == candidate.set_id;
        judged_apart.then(|| ways(base, candidate))
    };
    any! {
        <p class="verdict">"These runs do not compare: a difference between them would not be the target's alone."</p>
        <ul class="obstacles">{reasons.collect_view()}</ul>
        {again}
    }
}

/// Offers to judge either as the other was. Of a run that judges another anew the criteria may be its own, so the
/// other cannot be judged by them here.
fn ways(base: Run, candidate: Run) -> AnyView {
    let as_candidate = candidate
        .rejudges
        .is_none()
        .then(|| way(base.clone(), candidate.clone(), "base", "Judge the base again, as the new run was"));
    let as_base = base.rejudges.is_none().then(|| {
        way(candidate.clone(), base.clone(), "candidate", "Judge the new run again, as the base was")
    });
    if as_candidate.is_none() && as_base.is_none() {
        let href = Route::Run(base.id).path();
        return any! {
            <p>"Both judge another run anew. " <a href=href>"Open the base"</a> " and choose there how it is judged again."</p>
        };
    }
    any! {
        <div class="actions">{as_candidate} {as_base}</div>
        <p class="quiet">"The responses stay as they are; no target is asked. What comes of it takes the run's place here, and the run itself stays."</p>
    }
}

fn way(run: Run, like: Run, side: &'static str, word: &'static str) -> AnyView {
    // Sending it again starts no second run.
    let key = format!("{:08x}{:08x}", clock::draw(), clock::draw());
    let act = Doing::new(move || {
        let (run, like, key) = (run.clone(), like.clone(), key.clone());
        async move {
            let same = run.set_version == like.set_version && run.rejudges.is_none();
            let criteria = if same {
                None
            } else {
                let query = VersionQuery { version: Some(like.set_version) };
                Some(api::call(&GetSet { set: like.set_id }, &query, &()).await?.criteria)
            };
            let change = Rejudge { judge: Some(like.judge), criteria, fresh: false };
            let made = api::call_once(&PostRunRejudge { run: run.id }, &change, key).await?;
            address::set(&[(side, Some(made.id.to_string()))]);
            Ok(())
        }
    });
    caller::offered::<PostRunRejudge>(move || {
        any! {
            <div class="form">
                {act.button("", word, "Starting…", None)}
                {act.problem()}
            </div>
        }
    })
}
