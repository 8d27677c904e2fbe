//! Run → run: the completions of one run, judged anew. The target is not asked.

use shared::canonical;
use shared::criteria::Name;
use shared::id::RunId;
use shared::judge;
use shared::run::{NewRun, Rejudge};

use super::{launch, steer};
use crate::failure::Failure;
use crate::ports::{Clock, Journal, Random, Schedule, Secrets, Sql};
use crate::store;
use crate::store::run::{Event, Frozen, Idempotency, Items};

/// Starts a run over the completions of one that is over. The same idempotency key with the same body gives
/// the same run.
///
/// # Errors
/// Not found; conflict while the run is under way; invalid when a choice does not fit, by its place.
pub async fn start(
    ports: &(impl Sql + Clock + Random + Secrets + Schedule + Journal),
    source: &RunId,
    change: Rejudge,
    idempotency_key: Option<String>,
) -> Result<RunId, Failure> {
    let body_hash = canonical::key(&("rejudge", source.as_str(), &change)).to_string();
    let idempotency = Idempotency { key: idempotency_key, body_hash };
    if let Some(run) = launch::again(ports, &idempotency).await? {
        return Ok(run);
    }
    if let Some(judge) = &change.judge {
        judge.check().map_err(|mistake| mistake.under("/judge"))?;
    }
    let state = steer::find(ports, source).await?;
    if !matches!(state.last.map(|last| last.event), Some(Event::Done { .. } | Event::Cancelled)) {
        return Err(Failure::Conflict(
            "the run is still under way; judge it anew when it is done, or cancel it".to_owned(),
        ));
    }
    let source = state.run;
    let now = ports.now();
    let own = change.criteria.or_else(|| source.criteria.clone());
    let config = NewRun {
        judge: change.judge.unwrap_or_else(|| source.config.judge.clone()),
        // A known answer is as good, unless the judge is to show how steady it is.
        fresh: change.fresh,
        ..source.config.clone()
    };
    launch::check_budget(&config, launch::known_judges(ports, &config.judge).await?.into_iter())?;
    let judged_by = Frozen { criteria: own.clone(), ..source.clone() };
    let criteria = launch::criteria(ports, &judged_by).await?;
    let items = store::item::ids(ports, &source.set_id, source.set_version).await?;
    let items: Vec<_> = items.into_iter().map(String::from).collect();
    let canaries = launch::canaries(&source.set_id, source.set_version, &items, criteria.len());
    let run = Frozen {
        id: RunId::make(now, &ports.bytes()),
        name: name(&source.name),
        set_id: source.set_id,
        set_version: source.set_version,
        judge_version: judge::version_of_all(&config.judge, &criteria),
        config,
        total: source.total,
        created_at: now,
        rejudges: Some(source.id.clone()),
        criteria: own,
    };
    launch::keep(ports, &run, &idempotency, Items::AsIn(&source.id), &canaries).await
}

/// Names the run after the one whose completions it judges.
fn name(source: &Name) -> Name {
    let ending = ", judged anew";
    let head = source.as_str().strip_suffix(ending).unwrap_or(source.as_str());
    let head: String = head.chars().take(200 - ending.len()).collect();
    Name::try_from(format!("{head}{ending}")).unwrap_or_else(|_| source.clone())
}
