//! Settings.

use shared::api::settings::{GetSettings, PatchSettings, Settings};
use shared::policy::Policy;

use super::{Call, Table};
use crate::failure::Failure;
use crate::ports::{Clock, Ports, Sql};
use crate::store::{retention, settings};

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(get).on(change)
}

async fn get<P: Ports>(ports: &P, _: Call<GetSettings>) -> Result<Settings, Failure> {
    read(ports).await
}

async fn change<P: Ports>(ports: &P, call: Call<PatchSettings>) -> Result<Settings, Failure> {
    settings::change(ports, &call.body).await?;
    ports.forget_rules();
    read(ports).await
}

/// Reads what is stored, not what is remembered.
async fn read(ports: &(impl Sql + Clock)) -> Result<Settings, Failure> {
    let Policy { log, redaction } = settings::policy(ports).await?;
    Ok(Settings { log, redaction, last_retention: retention::last(ports).await? })
}
