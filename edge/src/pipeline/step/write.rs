//! One transaction of a slice: facts that are stored, items that are taken for them, and where the run stands then.
//!
//! What is stored and what is taken go together, since each transaction has its price whatever is in it. Leaves out when
//! to write and how many to take.

use super::batch::Batch;
use super::caution::Caution;
use super::claim::{self, Claimed};
use super::plan::Plan;
use crate::ports::{Ports, Sql, SqlError, Statement};
use crate::store::run::{self, MOST_TAKEN_UP};
use crate::store::spend::{self, Standing};

/// The items that a slice wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub most: usize,
    /// The first that it takes: what its shard had taken before comes first, canaries too.
    pub first: bool,
    pub caution: Caution,
}

impl Wanted {
    /// Gives how many items to take at most of those that the shard had taken before; none when that is not asked.
    fn before(self) -> Option<u32> {
        self.first.then_some(if self.caution == Caution::Needless { MOST_TAKEN_UP } else { 1 })
    }
}

/// What is to be written.
pub struct Write {
    shard: u32,
    wanted: Option<Wanted>,
    statements: Vec<Statement>,
    /// How many of the statements store, and how many take.
    storing: usize,
    taking: usize,
}

/// What came of it.
pub struct Written {
    pub standing: Standing,
    /// None when nothing was wanted.
    pub claimed: Option<Claimed>,
}

impl Write {
    /// Writes what is to be stored, what is wanted and what was spent as statements.
    pub fn of(plan: &Plan, shard: u32, batch: &Batch, wanted: Option<Wanted>) -> Self {
        let mut statements = batch.statements(plan.id());
        let storing = statements.len();
        let claim = wanted.map(|wanted| run::claim(plan.id(), shard, wanted.most, wanted.before()));
        statements.extend(claim.unwrap_or_default());
        let taking = statements.len() - storing;
        statements.extend(spend::add(plan.id(), shard, &batch.spend, plan.run.config.budget_usd));
        Self { shard, wanted, statements, storing, taking }
    }

    /// Gives how many statements it takes, those that read what was taken left out.
    pub fn len(&self) -> u32 {
        u32::try_from(self.statements.len()).unwrap_or(u32::MAX)
    }

    /// Does it.
    ///
    /// # Errors
    /// What the database says. Nothing was stored or taken, or all of it.
    pub async fn run<P: Ports>(self, ports: &P, plan: &Plan) -> Result<Written, SqlError> {
        let first = self.wanted.is_some_and(|wanted| wanted.first);
        let canaries = async {
            if first && self.shard == 0 { claim::take_canaries(ports, plan).await } else { Ok(Vec::new()) }
        };
        let (mut found, canaries) = futures_util::try_join!(ports.batch(self.statements), canaries)?;
        let standing = found.split_off((self.storing + self.taking).min(found.len()));
        let standing = spend::read(standing)?;
        let picked = run::claims(found.split_off(self.storing.min(found.len())))?;
        let claimed = match self.wanted {
            Some(wanted) => Some(claim::begin(ports, plan, wanted.caution, picked, canaries).await?),
            None => None,
        };
        Ok(Written { standing, claimed })
    }

    /// Does it when nothing is wanted, and tells where the run stands.
    ///
    /// # Errors
    /// What the database says. Nothing was stored, or all of it.
    pub async fn last(self, sql: &impl Sql) -> Result<Standing, SqlError> {
        let mut found = sql.batch(self.statements).await?;
        spend::read(found.split_off(self.storing.min(found.len())))
    }
}
