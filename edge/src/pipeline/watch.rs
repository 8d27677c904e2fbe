//! Facts → events: what somebody who listens to a run has not heard yet.
//!
//! Nothing is kept of a listener here: the id of the last event says what was heard. Each outcome is told
//! once, in the order in which outcomes were stored. Leaves out the stream itself and its pace.

use shared::id::RunId;
use shared::outcome::Row;
use shared::run::Progress;

use super::report;
use crate::failure::Failure;
use crate::ports::{Clock, Sql};
use crate::store::outcome::{self, Heard};
use crate::store::run::{self, Stamp};

/// So many outcomes are told at a time.
const PAGE: u32 = 100;

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Progress(Box<Progress>),
    Outcome(Box<Row>),
}

/// An event with its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: String,
    pub event: Event,
}

/// What somebody has heard of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listener {
    heard: Heard,
    /// How the run stood when its progress was last told; none before it was.
    stamp: Option<Stamp>,
}

/// What there is to tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct News {
    pub told: Vec<Told>,
    /// There is more at once.
    pub more: bool,
    /// The run is over, and all of it is told.
    pub over: bool,
    /// How many items the run has, if that was looked up.
    pub items: Option<u64>,
}

impl Listener {
    /// Takes up where the id of an event says; at the beginning when it says nothing that reads.
    pub fn after(id: Option<&str>) -> Self {
        let heard = id.and_then(|id| {
            let (batch, rest) = id.split_once('.')?;
            let item = rest.split('.').next().unwrap_or_default();
            Some(Heard { batch: batch.parse().ok()?, item: item.to_owned() })
        });
        Self { heard: heard.unwrap_or_default(), stamp: None }
    }

    /// Looks what is new: one small query when nothing is.
    ///
    /// # Errors
    /// Not found.
    pub async fn look(&mut self, ports: &(impl Sql + Clock), run: &RunId) -> Result<News, Failure> {
        let stamp = run::stamp(ports, run).await?;
        if self.stamp == Some(stamp) {
            return Ok(News::default());
        }
        // Read together, so that no progress counts an outcome that is not told before it.
        let statements = vec![outcome::after(run, &self.heard, PAGE), run::one(run)];
        let mut found = ports.batch(statements).await?.into_iter();
        let outcomes = outcome::read_after(found.next().unwrap_or_default())?;
        let state = run::read(found.next().unwrap_or_default())?.ok_or(Failure::NotFound("run"))?;
        let more = outcomes.len() as u64 == u64::from(PAGE);
        let mut news = News { more, items: Some(state.counts.total), ..News::default() };
        for (heard, row) in outcomes {
            news.told.push(Told {
                id: format!("{}.{}", heard.batch, heard.item),
                event: Event::Outcome(Box::new(row)),
            });
            self.heard = heard;
        }
        if !more {
            self.stamp = Some(stamp);
            let progress = Progress::of(report::view(state, ports.now()));
            news.over = progress.status.is_final();
            let Heard { batch, item } = &self.heard;
            news.told.push(Told {
                id: format!("{batch}.{item}.{}.{}", stamp.event, stamp.calls),
                event: Event::Progress(Box::new(progress)),
            });
        }
        Ok(news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(id: Option<&str>, expected: Expect) {
        let Heard { batch, item } = Listener::after(id).heard;
        expected.assert_eq(&format!("{batch} {item}"));
    }

    #[test]
    fn an_id_says_what_was_heard() {
        check(Some("12.0199-a"), expect!["12 0199-a"]);
        check(Some("12.0199-a.3.845"), expect!["12 0199-a"]);
        check(Some("0..1.0"), expect!["0 "]);
    }

    #[test]
    fn an_id_that_does_not_read_begins_anew() {
        check(None, expect!["0 "]);
        check(Some("yesterday"), expect!["0 "]);
        check(Some("x.y"), expect!["0 "]);
    }
}
