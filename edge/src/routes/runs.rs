//! Runs.

use shared::api::List;
use shared::api::runs::{
    GetResult, GetResults, GetRun, GetRuns, GetScores, GetSummary, GetTexts, InCommon, PatchRun, PostRun,
    PostRunCancel, PostRunEstimate, PostRunPause, PostRunRejudge, PostRunResume, PostRunRetry,
};
use shared::estimate::Estimate;
use shared::outcome::{Detail, Row};
use shared::run::Run;
use shared::summary::{Scores, Summary};

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::{estimate, launch, rejudge, report, steer, text};
use crate::ports::Ports;
use crate::store::run;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let table =
        table.on(start).on(list).on(get).on(change).on(pause).on(resume).on(cancel).on(retry).on(rejudge);
    let table = table.on(foresee);
    table.on(summary).on(results).on(result).on(scores).on(texts)
}

async fn start<P: Ports>(ports: &P, call: Call<PostRun>) -> Result<Run, Failure> {
    let run = launch::start(ports, call.body, call.idempotency_key).await?;
    report::made(ports, &run).await
}

async fn foresee<P: Ports>(ports: &P, call: Call<PostRunEstimate>) -> Result<Estimate, Failure> {
    estimate::of(ports, call.body).await
}

async fn list<P: Ports>(ports: &P, call: Call<GetRuns>) -> Result<List<Run>, Failure> {
    let states = run::list(ports, &call.query).await?;
    let now = ports.now();
    let data = states.data.into_iter().map(|state| report::view(state, now)).collect();
    Ok(List { data, next_cursor: states.next_cursor })
}

async fn get<P: Ports>(ports: &P, call: Call<GetRun>) -> Result<Run, Failure> {
    report::run(ports, &call.path.run).await
}

async fn change<P: Ports>(ports: &P, call: Call<PatchRun>) -> Result<Run, Failure> {
    steer::change(ports, &call.path.run, call.body).await?;
    report::run(ports, &call.path.run).await
}

async fn pause<P: Ports>(ports: &P, call: Call<PostRunPause>) -> Result<Run, Failure> {
    steer::pause(ports, &call.path.run).await?;
    report::run(ports, &call.path.run).await
}

async fn resume<P: Ports>(ports: &P, call: Call<PostRunResume>) -> Result<Run, Failure> {
    steer::resume(ports, &call.path.run).await?;
    report::run(ports, &call.path.run).await
}

async fn cancel<P: Ports>(ports: &P, call: Call<PostRunCancel>) -> Result<Run, Failure> {
    steer::cancel(ports, &call.path.run).await?;
    report::run(ports, &call.path.run).await
}

async fn retry<P: Ports>(ports: &P, call: Call<PostRunRetry>) -> Result<Run, Failure> {
    steer::retry(ports, &call.path.run).await?;
    report::run(ports, &call.path.run).await
}

async fn rejudge<P: Ports>(ports: &P, call: Call<PostRunRejudge>) -> Result<Run, Failure> {
    let run = rejudge::start(ports, &call.path.run, call.body, call.idempotency_key).await?;
    report::made(ports, &run).await
}

async fn summary<P: Ports>(ports: &P, call: Call<GetSummary>) -> Result<Summary, Failure> {
    report::summary(ports, &call.path.run, call.query.threshold).await
}

async fn results<P: Ports>(ports: &P, call: Call<GetResults>) -> Result<List<Row>, Failure> {
    report::results(ports, &call.path.run, &call.query).await
}

async fn result<P: Ports>(ports: &P, call: Call<GetResult>) -> Result<Detail, Failure> {
    report::result(ports, &call.path.run, &call.path.item).await
}

async fn scores<P: Ports>(ports: &P, call: Call<GetScores>) -> Result<Scores, Failure> {
    report::scores(ports, &call.path.run).await
}

async fn texts<P: Ports>(ports: &P, call: Call<GetTexts>) -> Result<InCommon, Failure> {
    text::of(ports, &call.path.run, &call.query).await
}
