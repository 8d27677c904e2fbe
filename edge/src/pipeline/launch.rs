//! Set → run: what was asked for is checked, frozen and handed to the shards.

use shared::canonical;
use shared::criteria::{Criterion, Name};
use shared::id::{ItemId, RunId, SetId};
use shared::judge::{self, Judge, canary};
use shared::moment::Moment;
use shared::provider::ProviderName;
use shared::run::NewRun;
use shared::scorer::Scorers;
use shared::set::Set;

use super::{draw, wake};
use crate::failure::Failure;
use crate::ports::{Clock, Journal, Random, Schedule, Secrets, Sql, SqlError};
use crate::store::canary::Drawn;
use crate::store::provider::Reach;
use crate::store::run::{Frozen, Idempotency, Items};
use crate::store::{self};

/// Starts a run. The same idempotency key with the same body gives the same run.
///
/// # Errors
/// Invalid when a choice does not fit, by its place; not when the key was used for another body.
pub async fn start(
    ports: &(impl Sql + Clock + Random + Secrets + Schedule + Journal),
    new: NewRun,
    idempotency_key: Option<String>,
) -> Result<RunId, Failure> {
    let idempotency = Idempotency { key: idempotency_key, body_hash: canonical::key(&new).to_string() };
    if let Some(run) = again(ports, &idempotency).await? {
        return Ok(run);
    }
    let Choice { set, items: all, .. } = choose(ports, &new).await?;
    let now = ports.now();
    let id = RunId::make(now, &ports.bytes());
    let items = pick(&new, id.as_str(), &all);
    let canaries = canaries(&set.id, set.version, &all, set.criteria.as_slice().len());
    let run = freeze(new, &set, items.len(), id, now)?;
    let items: Vec<_> = items.into_iter().filter_map(|id| ItemId::try_from(id).ok()).collect();
    keep(ports, &run, &idempotency, Items::Of(&items), &canaries).await
}

/// Freezes a run of so many items, with every choice made.
///
/// # Errors
/// Invalid when a model's name cannot name a run.
pub(super) fn freeze(
    new: NewRun,
    set: &Set,
    items: usize,
    id: RunId,
    now: Moment,
) -> Result<Frozen, Failure> {
    Ok(Frozen {
        name: match &new.name {
            Some(name) => name.clone(),
            None => usual_name(&new)?,
        },
        set_id: set.id.clone(),
        set_version: set.version,
        judge_version: judge::version_of_all(&new.judge, set.criteria.as_slice()),
        total: items as u64,
        created_at: now,
        config: chosen(new, set),
        rejudges: None,
        criteria: None,
        id,
    })
}

/// The most items of one run: all of their ids are in memory when it starts.
const MOST_ITEMS: u64 = 100_000;

/// Checks that a run of such a set has neither too few items nor too many.
fn check_size(new: &NewRun, set: &Set) -> Result<(), Failure> {
    if new.sample.is_some_and(|sample| sample.n == 0) {
        return Err(Failure::invalid("/sample/n", "a sample of 0 items has nothing to run; take at least 1"));
    }
    let items = new.sample.map_or(set.item_count, |sample| set.item_count.min(sample.n.into()));
    if items > MOST_ITEMS {
        let detail =
            format!("the run would have {items} items; one run has at most {MOST_ITEMS}: take a sample");
        return Err(Failure::invalid("/sample/n", detail));
    }
    Ok(())
}

/// What a new run is made of, checked.
pub(super) struct Choice {
    pub set: Set,
    pub target: Reach,
    /// The judge, then its panel, each with its model.
    pub judges: Vec<(Reach, String)>,
    /// The ids of all items of the set, the oldest first; never none.
    pub items: Vec<String>,
}

/// Looks up what a new run is made of.
///
/// # Errors
/// Invalid when a choice does not fit, by its place.
pub(super) async fn choose(ports: &(impl Sql + Secrets), new: &NewRun) -> Result<Choice, Failure> {
    let set = store::set::get(ports, &new.set_id, new.set_version).await?.ok_or_else(|| unknown_set(new))?;
    new.target.check().map_err(|mistake| mistake.under("/target"))?;
    new.judge.check().map_err(|mistake| mistake.under("/judge"))?;
    let target = known_provider(ports, &new.target.provider, "/target/provider").await?;
    let judges = known_judges(ports, &new.judge).await?;
    let priced = std::iter::once((target.clone(), new.target.model.clone())).chain(judges.iter().cloned());
    check_budget(new, priced)?;
    check_size(new, &set)?;
    let items = store::item::ids(ports, &set.id, set.version).await?;
    if items.is_empty() {
        return Err(Failure::invalid(
            "/set_id",
            format!("the set \"{}\" has no items; add some before running it", set.name),
        ));
    }
    Ok(Choice { set, target, judges, items: items.into_iter().map(String::from).collect() })
}

/// Picks the items of a run in its order, drawn by the sample's seed where there is one, else by the one given.
pub(super) fn pick(new: &NewRun, seed: &str, all: &[String]) -> Vec<String> {
    let mut items = all.to_vec();
    let seed = new.sample.map_or_else(|| seed.to_owned(), |sample| sample.seed.to_string());
    draw::shuffle(&seed, &mut items);
    items.truncate(new.sample.map_or(usize::MAX, |sample| usize::try_from(sample.n).unwrap_or(usize::MAX)));
    items
}

/// Keeps a new run and wakes its shards.
pub(super) async fn keep(
    ports: &(impl Sql + Schedule + Journal),
    run: &Frozen,
    idempotency: &Idempotency,
    items: Items<'_>,
    canaries: &[Drawn],
) -> Result<RunId, Failure> {
    match store::run::add(ports, run, idempotency, items, canaries).await {
        // Somebody sent the same key at the same time: theirs is the run.
        Err(SqlError::Taken(_)) => {
            return started_before(ports, idempotency)
                .await?
                .ok_or_else(|| Failure::Internal("a run vanished".to_owned()));
        }
        other => other?,
    }
    wake::all(ports, run).await;
    Ok(run.id.clone())
}

/// Draws the canaries of a run, one criterion each.
///
/// The draw depends on the set's version alone, so that what a judge said of them is known in the next run.
pub(super) fn canaries(set: &SetId, version: u32, items: &[String], criteria: usize) -> Vec<Drawn> {
    if criteria == 0 {
        return Vec::new();
    }
    let mut drawn = items.to_vec();
    draw::shuffle(&format!("canaries|{set}|{version}"), &mut drawn);
    drawn.truncate(canary::ALL.len() + 1);
    let drawn: Vec<_> = drawn.into_iter().filter_map(|id| ItemId::try_from(id).ok()).collect();
    let place = |place: usize| drawn.get(place % drawn.len().max(1)).cloned();
    let canaries = canary::ALL.into_iter().enumerate().filter_map(|(position, name)| {
        let item_id = place(position)?;
        let other_id = place(position + 1).filter(|other| *other != item_id);
        let criterion = position % criteria;
        Some(Drawn { position: u32::try_from(position).ok()?, name, criterion, item_id, other_id })
    });
    canaries.collect()
}

/// Gives the run that the same call started before, and wakes it if nothing has happened to it yet.
pub(super) async fn again(
    ports: &(impl Sql + Schedule + Journal),
    idempotency: &Idempotency,
) -> Result<Option<RunId>, Failure> {
    let Some(run) = started_before(ports, idempotency).await? else { return Ok(None) };
    let state = store::run::get(ports, &run).await?.ok_or(Failure::NotFound("run"))?;
    if state.last.is_none() {
        // Perhaps nobody could be woken the first time.
        wake::all(ports, &state.run).await;
    }
    Ok(Some(run))
}

async fn started_before(sql: &impl Sql, idempotency: &Idempotency) -> Result<Option<RunId>, Failure> {
    let Some(key) = &idempotency.key else { return Ok(None) };
    match store::run::by_idempotency_key(sql, key).await? {
        None => Ok(None),
        Some((run, hash)) if hash == idempotency.body_hash => Ok(Some(run)),
        Some(_) => Err(Failure::invalid(
            "Idempotency-Key",
            "this Idempotency-Key was used for another body; draw a new key for a new run",
        )),
    }
}

fn unknown_set(new: &NewRun) -> Failure {
    match new.set_version {
        Some(version) => Failure::invalid(
            "/set_version",
            format!("there is no set \"{}\" with a version {version}", new.set_id),
        ),
        None => Failure::invalid("/set_id", format!("there is no set \"{}\"", new.set_id)),
    }
}

/// Finds the provider of this name, which stands at `pointer`.
///
/// # Errors
/// Invalid when there is none.
pub async fn known_provider(
    ports: &(impl Sql + Secrets),
    name: &ProviderName,
    pointer: &str,
) -> Result<Reach, Failure> {
    if let Some(reach) = store::provider::reach(ports, name).await? {
        return Ok(reach);
    }
    let all = store::provider::all(ports).await?;
    let known: Vec<_> = all.iter().map(|provider| provider.name.as_str()).collect();
    let known = if known.is_empty() {
        "there are none yet".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    Err(Failure::invalid(pointer, format!("there is no provider \"{name}\"; {known}")))
}

/// Finds the provider of every judge; no judge may be named twice.
pub(super) async fn known_judges(
    ports: &(impl Sql + Secrets),
    judge: &Judge,
) -> Result<Vec<(Reach, String)>, Failure> {
    let members = judge.members();
    let mut known = Vec::new();
    for (place, member) in members.iter().enumerate() {
        let pointer = format!("/judge{}", judge::place_of(place));
        if members.iter().take(place).any(|other| other.is(member)) {
            let detail = format!(
                "the judge \"{}/{}\" is named twice; a panel is of different judges",
                member.provider,
                member.provider.own_model(&member.model)
            );
            return Err(Failure::invalid(&pointer, detail));
        }
        let reach = known_provider(ports, &member.provider, &format!("{pointer}/provider")).await?;
        known.push((reach, member.model.clone()));
    }
    Ok(known)
}

/// Checks that the budget of a run that was made can be kept.
pub(super) async fn check_budget_of(
    ports: &(impl Sql + Secrets),
    run: &NewRun,
    asks_target: bool,
) -> Result<(), Failure> {
    if run.budget_usd.is_none() {
        return Ok(());
    }
    let target = if asks_target {
        let reach = known_provider(ports, &run.target.provider, "/target/provider").await?;
        Some((reach, run.target.model.clone()))
    } else {
        None
    };
    check_budget(run, target.into_iter().chain(known_judges(ports, &run.judge).await?))
}

/// A budget cannot be kept when it is not known what a call costs.
pub(super) fn check_budget(
    new: &NewRun,
    mut models: impl Iterator<Item = (Reach, String)>,
) -> Result<(), Failure> {
    if new.budget_usd.is_none() {
        return Ok(());
    }
    match models.find(|(reach, model)| reach.provider.price(model).is_none()) {
        None => Ok(()),
        Some((reach, model)) => Err(Failure::invalid(
            "/budget_usd",
            format!(
                "the price of \"{model}\" of provider \"{}\" is not known; enter it there, or run without a budget",
                reach.provider.name
            ),
        )),
    }
}

fn usual_name(new: &NewRun) -> Result<Name, Failure> {
    let name = format!("{}/{}", new.target.provider, new.target.provider.own_model(&new.target.model));
    let name: String = name.chars().take(200).collect();
    Name::try_from(name).map_err(|error| Failure::invalid("/name", error.to_string()))
}

/// Fills in what was left to the set.
fn chosen(new: NewRun, set: &Set) -> NewRun {
    NewRun { set_version: Some(set.version), threshold: Some(new.threshold.unwrap_or(set.threshold)), ..new }
}

/// Gives the criteria that a run judges by: its own, or those of its set's version.
///
/// # Errors
/// What the database says.
pub async fn criteria(sql: &impl Sql, run: &Frozen) -> Result<Vec<Criterion>, Failure> {
    match &run.criteria {
        Some(own) => Ok(own.clone().into()),
        None => Ok(set_of(sql, run).await?.criteria.into()),
    }
}

/// Gives all that a run scores by: its criteria, and the scorers of its set's version.
///
/// # Errors
/// What the database says.
pub async fn measures(sql: &impl Sql, run: &Frozen) -> Result<(Vec<Criterion>, Scorers), Failure> {
    let set = set_of(sql, run).await?;
    Ok((run.criteria.clone().unwrap_or(set.criteria).into(), set.scorers))
}

async fn set_of(sql: &impl Sql, run: &Frozen) -> Result<Set, Failure> {
    let set = store::set::get(sql, &run.set_id, Some(run.set_version)).await?;
    set.ok_or_else(|| Failure::Internal(format!("the set of run {} is gone", run.id)))
}
