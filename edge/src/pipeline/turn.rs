//! The turn of a shard: its alarm came, so it takes a slice and arms itself for the next.
//!
//! Holds when a shard is called again, whatever goes wrong, and how many slices were lost since one came to its end.
//! Leaves out what a slice does (`step`), and who calls.

use futures_util::future::try_join;
use shared::id::RunId;

use super::step::caution::{self, ALONE_AFTER, Caution};
use super::step::{self, Next};
use crate::ports::{Alarm, Clock, Journal, Losses, Ports, Unarmed};

/// When a slice is taken again that ended without a word: its instance was lost. A slice may take longer: the
/// platform holds an alarm back while the one before is at work. A restart waits for it, so it is short.
const LOST_AFTER_MS: i64 = 1_000;

/// When the alarm comes again after it could not do its work.
const FAILED_AFTER_MS: i64 = 5_000;

/// Takes a slice of a run on one shard and arms the shard for the next.
///
/// # Errors
/// What the shard's storage says, where its alarm can be set neither for the next slice nor for another try. Then it is for
/// the platform to repeat it; an alarm that fails is dropped after six times.
pub async fn turn<P: Ports>(
    ports: &P,
    kept: &(impl Alarm + Losses),
    run: &RunId,
    shard: u32,
) -> Result<(), Unarmed> {
    match slice(ports, kept, run, shard).await {
        Ok(()) => Ok(()),
        Err(error) => later(ports, kept, &error).await,
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

async fn slice<P: Ports>(
    ports: &P,
    kept: &(impl Alarm + Losses),
    run: &RunId,
    shard: u32,
) -> Result<(), Unarmed> {
    let losses = kept.losses().await?;
    let rest_ms = match caution::longest_rest_ms(losses) {
        0 => 0,
        longest => (f64::from(longest) * ports.fraction()) as i64,
    };
    // Armed and counted before the work: if this instance is lost in the middle of it, the next begins here.
    let guard = ports.now().plus(LOST_AFTER_MS + rest_ms);
    try_join(kept.set_alarm(guard), kept.keep_losses(losses.saturating_add(1))).await?;
    let next = step::step(ports, run, shard, Caution::after(losses)).await;
    let losses = if next == Next::AsCarefully { ALONE_AFTER } else { 0 };
    let (armed, ()) = try_join(kept.alarm(), kept.keep_losses(losses)).await?;
    if armed != Some(guard) {
        return Ok(()); // It was woken meanwhile, and that alarm is sooner than any that would be set here.
    }
    match next {
        Next::Again | Next::AsCarefully => kept.set_alarm(ports.now()).await,
        Next::At(moment) => kept.set_alarm(moment).await,
        Next::Stop => kept.delete_alarm().await,
    }
}
