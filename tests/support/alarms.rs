//! What shards keep in a storage of their own. Alarms as a platform keeps them: one each, gone as soon as it comes, repeated
//! if it fails.

use std::collections::BTreeMap;

use edge::ports::{Alarm, Losses, Unarmed};
use shared::moment::Moment;

use super::history::What;
use super::{Seat, Shard, Trouble};

/// How often an alarm that fails is repeated before it is dropped, and after how long at first, in milliseconds.
const REPEATS: u32 = 6;
const REPEATED_AFTER_MS: i64 = 2_000;

/// What is set, how often what came has failed, and what shards keep beside it.
#[derive(Debug, Default)]
pub struct Alarms {
    set: BTreeMap<Shard, Moment>,
    failed: BTreeMap<Shard, u32>,
    losses: BTreeMap<Shard, u32>,
}

impl Alarms {
    pub fn set(&mut self, shard: &Shard, at: Moment) {
        self.set.insert(shard.clone(), at);
    }

    /// It comes.
    pub fn come(&mut self, shard: &Shard) {
        self.set.remove(shard);
    }

    /// What it called ended. Gives when it comes next.
    pub fn ended(&mut self, shard: &Shard) -> Option<Moment> {
        self.failed.remove(shard);
        self.set.get(shard).copied()
    }

    /// What it called failed. Gives when it comes next, if it is not dropped.
    pub fn failed(&mut self, shard: &Shard, now: Moment) -> Option<Moment> {
        let failed = self.failed.entry(shard.clone()).or_default();
        *failed += 1;
        let repeated = (*failed <= REPEATS).then(|| now.plus(REPEATED_AFTER_MS << (*failed - 1)));
        self.set.get(shard).copied().or(repeated)
    }

    /// What it called was lost with all around it. Gives when it comes next: at once, where nothing else was set.
    pub fn lost(&self, shard: &Shard, now: Moment) -> Moment {
        self.set.get(shard).copied().unwrap_or(now).max(now)
    }
}

impl Alarm for Seat {
    async fn alarm(&self) -> Result<Option<Moment>, Unarmed> {
        self.meddle(|alarms, shard| alarms.set.get(shard).copied()).await
    }

    async fn set_alarm(&self, at: Moment) -> Result<(), Unarmed> {
        self.meddle(|alarms, shard| alarms.set(shard, at)).await
    }

    async fn delete_alarm(&self) -> Result<(), Unarmed> {
        self.meddle(|alarms, shard| alarms.come(shard)).await
    }
}

impl Losses for Seat {
    async fn losses(&self) -> Result<u32, Unarmed> {
        self.meddle(|alarms, shard| alarms.losses.get(shard).copied().unwrap_or(0)).await
    }

    async fn keep_losses(&self, losses: u32) -> Result<(), Unarmed> {
        self.meddle(|alarms, shard| {
            alarms.losses.insert(shard.clone(), losses);
        })
        .await
    }
}

impl Seat {
    async fn meddle<T>(&self, act: impl FnOnce(&mut Alarms, &Shard) -> T) -> Result<T, Unarmed> {
        let trouble = self.touch(What::AlarmStruck);
        let unarmed = || Unarmed("the storage does not answer".to_owned());
        match trouble {
            Some(Trouble::LostBefore) => self.lose().await,
            Some(Trouble::Fails | Trouble::IsFull | Trouble::IsBroken) => return Err(unarmed()),
            _ => {}
        }
        let shard = self.shard.as_ref().expect("only shards have alarms");
        let done = act(&mut self.world.alarms.lock().unwrap(), shard);
        match trouble {
            Some(Trouble::LostAfter) => self.lose().await,
            Some(Trouble::SeemsToFail | Trouble::LosesTheReply) => return Err(unarmed()),
            _ => {}
        }
        Ok(done)
    }
}
