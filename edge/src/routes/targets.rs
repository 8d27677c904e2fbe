//! Saved targets.

use shared::api::List;
use shared::api::sets::{DeleteTarget, GetTarget, GetTargets, PatchTarget, PostTarget};
use shared::criteria::Name;
use shared::id::TargetId;
use shared::target::{SavedTarget, Target};

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::launch;
use crate::ports::{Ports, Secrets, Sql};
use crate::store::target;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(make).on(list).on(get).on(change).on(delete)
}

async fn make<P: Ports>(ports: &P, call: Call<PostTarget>) -> Result<SavedTarget, Failure> {
    check(ports, &call.body.target).await?;
    free(ports, &call.body.name, None).await?;
    let now = ports.now();
    let id = TargetId::make(now, &ports.bytes());
    let saved =
        SavedTarget { id, name: call.body.name, version: 1, target: call.body.target, created_at: now };
    target::add(ports, &saved).await?;
    Ok(saved)
}

/// Checks a target as the start of a run does.
async fn check(ports: &(impl Sql + Secrets), target: &Target) -> Result<(), Failure> {
    target.check().map_err(|mistake| mistake.under("/target"))?;
    launch::known_provider(ports, &target.provider, "/target/provider").await.map(|_| ())
}

async fn free(sql: &impl Sql, name: &Name, but: Option<&TargetId>) -> Result<(), Failure> {
    match target::named(sql, name).await? {
        Some(other) if Some(&other.id) != but => {
            Err(Failure::Conflict(format!("the name \"{name}\" is taken by another target")))
        }
        _ => Ok(()),
    }
}

async fn list<P: Ports>(ports: &P, call: Call<GetTargets>) -> Result<List<SavedTarget>, Failure> {
    target::list(ports, &call.query).await
}

async fn get<P: Ports>(ports: &P, call: Call<GetTarget>) -> Result<SavedTarget, Failure> {
    target::get(ports, &call.path.target).await?.ok_or(Failure::NotFound("target"))
}

async fn change<P: Ports>(ports: &P, call: Call<PatchTarget>) -> Result<SavedTarget, Failure> {
    let before = target::get(ports, &call.path.target).await?.ok_or(Failure::NotFound("target"))?;
    check(ports, &call.body.target).await?;
    free(ports, &call.body.name, Some(&before.id)).await?;
    let saved = SavedTarget {
        version: before.version + 1,
        name: call.body.name,
        target: call.body.target,
        created_at: ports.now(),
        id: before.id,
    };
    target::add(ports, &saved).await?;
    Ok(saved)
}

async fn delete<P: Ports>(ports: &P, call: Call<DeleteTarget>) -> Result<(), Failure> {
    if target::delete(ports, &call.path.target, ports.now()).await? {
        Ok(())
    } else {
        Err(Failure::NotFound("target"))
    }
}
