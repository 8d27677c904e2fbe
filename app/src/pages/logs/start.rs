//! Where the list of logs begins: at the newest, or a little above where the reader was.
//!
//! Back and a reload lead to the row that was read, however far down it is, with one request, where the newest stand
//! first: the list begins at a moment then, and the logs above are read when somebody scrolls up to them. The service lists the newest first; so
//! those next above are asked for by a span of time, which is searched for: one that holds some, and no more than a
//! page. Leaves out where on the screen the row was (`components::windowed`).

use std::collections::HashSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::logs::{GetLogs, LogsQuery, Order};
use shared::id::LogId;
use shared::log::Log;
use shared::log::filter::Filter;
use shared::moment::Moment;
use shared::query::{LARGEST_PAGE, Page};

use crate::api::{self, CallError};
use crate::cell::Cell;
use crate::clock;
use crate::components::windowed::place;

/// Tells the list's place in the history from that of another list.
pub const LIST: &str = "logs";

/// So many logs above the one that was read are loaded with it: more than are drawn, so that nothing else is asked
/// for before somebody scrolls.
const ABOVE: usize = 100;

/// A log that is no further down is on the first page, and not near its end.
const NEAR: usize = 140;

/// Where the list begins; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Start {
    /// The first moment that is past the list, under this filter; none when it begins at the newest.
    at: StoredValue<Option<(Moment, Filter)>>,
    newer: Cell<Newer>,
}

/// The logs above those that the list began with.
#[derive(Debug, Clone, Default)]
struct Newer {
    logs: Vec<Arc<Log>>,
    /// There are more of them.
    more: bool,
    /// They are on their way, or did not come: whoever wants them begins at the newest.
    waits: bool,
}

impl Start {
    /// Begins where this entry of the history was left.
    pub fn of_history(filter: Filter, order: Order) -> Self {
        let at = place::read(LIST).and_then(|(word, _)| read(&word)?.1);
        let at = at.filter(|_| order == Order::default());
        let newer = Newer { more: at.is_some(), ..Newer::default() };
        Self { at: StoredValue::new(at.map(|at| (at, filter))), newer: Cell::new(newer) }
    }

    /// Gives the filter of the list. Under another filter, or in another order, the list begins at its first log.
    pub fn over(self, filter: Filter, order: Order) -> Filter {
        match self.at.get_value() {
            Some((at, of)) if of == filter && order == Order::default() => {
                Filter { to: Some(filter.to.map_or(at, |to| to.min(at))), ..filter }
            }
            Some(_) => {
                self.forget();
                filter
            }
            None => filter,
        }
    }

    /// Begins at the newest from now on; the list must be loaded again.
    pub fn forget(self) {
        self.at.set_value(None);
        self.newer.set(Newer::default());
    }

    /// Gives the logs that were read above those that the list began with.
    pub fn newer(self) -> Vec<Arc<Log>> {
        self.newer.with(|newer| newer.logs.clone())
    }

    /// Tells whether there are logs above that were not read, as that changes.
    pub fn has_more(self) -> bool {
        self.newer.with(|newer| newer.more)
    }

    /// Reads the logs next above the first of those that are listed, unless they are on their way.
    pub fn ahead(self, filter: Filter, listed: &[Arc<Log>]) {
        let Newer { more, waits, .. } = self.newer.get_untracked();
        let Some(first) = listed.first().filter(|_| more && !waits) else { return };
        let first = first.created_at;
        // Those further down are older than what is asked for.
        let known =
            listed.iter().take_while(|log| log.created_at >= first).map(|log| log.id.clone()).collect();
        // As long as what half a page spans here.
        let below = listed.get(ABOVE).or(listed.last()).map_or(first, |log| log.created_at);
        let span = (first.millis() - below.millis()).max(1);
        self.newer.update(|newer| newer.waits = true);
        spawn_local(async move {
            let Ok(found) = above(&filter, first, &known, span).await else { return };
            // Another list may have been asked for by now.
            if self.at.try_get_value().flatten().is_none() {
                return;
            }
            self.newer.update(|newer| {
                let before = std::mem::take(&mut newer.logs);
                newer.logs = found.logs.into_iter().map(Arc::new).chain(before).collect();
                (newer.more, newer.waits) = (found.more, false);
            });
        });
    }

    /// Writes a listed log as a word that `read` reads: with the moment at which a list that begins above it begins.
    pub fn word(self, id: &LogId, place: usize, listed: impl Fn(usize) -> Option<Arc<Log>>) -> String {
        let begins = (place >= NEAR || untrack(|| self.has_more()))
            .then(|| listed(place.saturating_sub(ABOVE)))
            .flatten();
        match begins {
            Some(first) => format!("{id}@{}", first.created_at.millis() + 1),
            None => id.to_string(),
        }
    }
}

/// Reads a log, and the moment at which the list begins if that is not at the newest.
pub fn read(word: &str) -> Option<(LogId, Option<Moment>)> {
    let (id, at) = word.split_once('@').map_or((word, None), |(id, at)| (id, at.parse().ok()));
    Some((LogId::try_from(id.to_owned()).ok()?, at.map(Moment::from_millis)))
}

/// The logs next above others.
struct Above {
    logs: Vec<Log>,
    more: bool,
}

/// Reads the logs next above those that are known, the first of which is of the moment `first`.
async fn above(
    filter: &Filter,
    first: Moment,
    known: &HashSet<LogId>,
    span: i64,
) -> Result<Above, CallError> {
    let from = filter.from.max(Some(first));
    let last = filter.to.unwrap_or_else(clock::now);
    let mut search = Search::of(span, last.millis() - first.millis());
    let (mut logs, mut cursor) = (Vec::new(), None);
    loop {
        let to = search.span.map(|span| first.plus(span)).or(filter.to);
        let asked = Filter { from, to, ..filter.clone() };
        let page = Page { limit: Some(LARGEST_PAGE), cursor: cursor.take() };
        let found = api::call(&GetLogs {}, &LogsQuery { filter: asked, order: None, page }, &()).await?;
        let new = found.data.into_iter().filter(|log| !known.contains(&log.id)).collect::<Vec<_>>();
        match search.next(new.len(), found.next_cursor.is_some()) {
            Next::Ask(other) => search = other,
            Next::Page => {
                logs.extend(new);
                cursor = found.next_cursor;
            }
            Next::Take => {
                logs.extend(new);
                return Ok(Above { logs, more: search.span.is_some() });
            }
        }
    }
}

/// The search for a span of time that holds some logs, and no more than a page. All are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Search {
    /// Holds none.
    empty: i64,
    /// Holds more than a page.
    full: Option<i64>,
    /// What is asked for; none for all there is.
    span: Option<i64>,
    all: i64,
}

/// What is done with a page of what a span holds.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It is left, and another span asked for.
    Ask(Search),
    /// It is taken, and the next page of the same span too.
    Page,
    Take,
}

impl Search {
    fn of(span: i64, all: i64) -> Self {
        Self { empty: 0, full: None, span: Some(span).filter(|span| *span < all), all }
    }

    /// Decides by how many logs are new, and whether the span holds `more`.
    fn next(self, new: usize, more: bool) -> Next {
        match (more, self.span) {
            // The page is the newest of the span: between it and what is known others are missing.
            (true, span) => {
                let full = span.unwrap_or(self.all);
                let half = (full - self.empty) / 2;
                if half < 1 {
                    return Next::Page;
                }
                Next::Ask(Self { full: Some(full), span: Some(self.empty + half), ..self })
            }
            (false, Some(span)) if new == 0 => {
                let wider = self.full.map(|full| span + ((full - span) / 2).max(1));
                Next::Ask(Self { empty: span, span: wider, ..self })
            }
            (false, _) => Next::Take,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Reads the moments above the first one, three to a page, and writes the spans that are asked for and what they
    /// come to.
    fn check(moments: &[i64], span: i64, expected: Expect) {
        let (mut known, mut said) = (vec![0], Vec::new());
        'reading: loop {
            let first = *known.last().expect("one");
            let mut search = Search::of(span, 1_000 - first);
            loop {
                let within = |moment: &&i64| {
                    **moment >= first && search.span.is_none_or(|span| **moment < first + span)
                };
                let held: Vec<_> = moments.iter().filter(within).copied().collect();
                let page: Vec<_> = held.iter().rev().take(3).collect();
                let new = page.iter().filter(|moment| !known.contains(moment)).count();
                said.push(search.span.map_or("all".to_owned(), |span| span.to_string()));
                match search.next(new, held.len() > 3) {
                    Next::Ask(other) => search = other,
                    Next::Page => unreachable!("no moment has so many"),
                    Next::Take => {
                        let new: Vec<_> = held.into_iter().filter(|moment| !known.contains(moment)).collect();
                        said.push(format!("{new:?}"));
                        known.extend(new);
                        if search.span.is_none() {
                            break 'reading;
                        }
                        break;
                    }
                }
            }
        }
        assert_eq!(known, moments, "none is left out");
        expected.assert_eq(&said.join(" "));
    }

    #[test]
    fn the_logs_above_are_read_without_a_gap_however_far_apart_they_are() {
        check(&[0], 64, expect!["64 all []"]);
        check(&[0, 10, 20, 30, 40, 50], 25, expect!["25 [10, 20] 25 [30, 40] 25 [50] 25 all []"]);
        check(
            &[0, 1, 2, 3, 900, 901, 902, 903, 999],
            64,
            expect![
                "64 32 16 8 4 2 [1] 64 [2, 3] 64 all 530 763 880 938 909 894 901 897 899 [900, 901] 64 [902, 903] 64 all [999]"
            ],
        );
    }

    #[test]
    fn a_moment_with_more_logs_than_a_page_is_read_page_by_page() {
        let search = Search { empty: 0, full: Some(2), span: Some(1), all: 1_000 };
        assert_eq!(search.next(200, true), Next::Page);
    }

    #[test]
    fn where_a_list_begins_goes_with_the_row() {
        let check = |word: &str, expected: Expect| expected.assert_eq(&format!("{:?}", read(word)));
        check("log-1", expect![[r#"Some((LogId("log-1"), None))"#]]);
        check("log-1@1795348800000", expect![[r#"Some((LogId("log-1"), Some(Moment(1795348800000))))"#]]);
        check("log-1@soon", expect![[r#"Some((LogId("log-1"), None))"#]]);
    }
}
