//! The turn of a shard: its alarm came, so it takes a slice and arms itself for the next.
//!
//! Holds when a shard is called again, whatever goes wrong. Leaves out what a slice does (`step`), and who calls.

use shared::id::RunId;

use super::step::{self, Next};
use crate::ports::{Alarm, Clock, Journal, Ports, Unarmed};

/// When a slice is taken again that ended without a word: its instance was lost. A slice may take longer: the
/// platform holds an alarm back while the one before is at work. A restart waits for it, so it is short.
const LOST_AFTER_MS: i64 = 1_000;

/// When the alarm comes again after it could not do its work.
const FAILED_AFTER_MS: i64 = 5_000;

/// Takes a slice of a run on one shard and arms the shard for the next.
///
/// # Errors
/// What the alarm says, where it can be set neither for the next slice nor for another try. Then it is for the platform to
/// repeat it; an alarm that fails is dropped after six times.
pub async fn turn<P: Ports>(ports: &P, alarm: &impl Alarm, run: &RunId, shard: u32) -> Result<(), Unarmed> {
    match slice(ports, alarm, run, shard).await {
        Ok(()) => Ok(()),
        Err(error) => later(ports, alarm, &error).await,
    }
}

/// Has the alarm come again after it could not do its work.
///
/// # Errors
/// What the alarm says.
pub async fn later(
    ports: &(impl Clock + Journal),
    alarm: &impl Alarm,
    error: &Unarmed,
) -> Result<(), Unarmed> {
    ports.note(&format!("a shard's alarm failed and comes again: {error}"));
    alarm.set_alarm(ports.now().plus(FAILED_AFTER_MS)).await
}

async fn slice<P: Ports>(ports: &P, alarm: &impl Alarm, run: &RunId, shard: u32) -> Result<(), Unarmed> {
    // Armed before the work: if this instance is lost in the middle of it, the next begins here.
    let guard = ports.now().plus(LOST_AFTER_MS);
    alarm.set_alarm(guard).await?;
    let next = step::step(ports, run, shard).await;
    if alarm.alarm().await? != Some(guard) {
        return Ok(()); // It was woken meanwhile, and that alarm is sooner than any that would be set here.
    }
    match next {
        Next::Again => alarm.set_alarm(ports.now()).await,
        Next::At(moment) => alarm.set_alarm(moment).await,
        Next::Stop => alarm.delete_alarm().await,
    }
}
