//! Testing slices: every value of every property, and every pair of the suspicious ones.
//!
//! Leaves out which of the tested are shown, but for what can be told of each alone.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::members::Members;
use crate::stats::fisher::{self, Table};
use crate::stats::multiplicity;

/// A property with more values than this names items, not groups of them.
pub(super) const MOST_VALUES: usize = 30;
/// A slice of fewer items is not tested.
pub(super) const FEWEST_ITEMS: u64 = 5;
/// A slice of fewer failures is not shown.
const FEWEST_FAILURES: u64 = 3;
/// A slice with a p-value from here on is no parent of a pair.
const PARENT_P: f64 = 0.2;
/// The most slices that are paired: those with the smallest p-values.
const MOST_PARENTS: usize = 100;

/// One property of every item, by the name that it goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    pub key: &'a str,
    /// The n-th is the n-th item's; none where the item has no such property.
    pub values: &'a [Option<String>],
}

/// A slice that was tested, whatever came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested<'a> {
    pub key: &'a str,
    pub value: &'a str,
    /// The second condition of a pair.
    pub and: Option<(&'a str, &'a str)>,
    pub table: Table,
    /// Fisher's, one-sided.
    pub p: f64,
    /// Benjamini and Hochberg's, over its family: all slices of one condition, or all pairs of them.
    pub q: f64,
    /// Its items, if all but `q` is as it must be for it to be shown.
    pub candidate: Option<Candidate>,
}

/// The items of a slice that may be shown, put together only when it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Candidate {
    Single(Rc<Members>),
    Pair(Rc<Members>, Rc<Members>),
}

impl Candidate {
    /// Puts the items together.
    pub fn members(&self) -> Members {
        match self {
            Self::Single(members) => members.as_ref().clone(),
            Self::Pair(first, second) => first.both(second),
        }
    }
}

impl Tested<'_> {
    /// Orders the clearer before the less clear, and of the same items the plainer.
    pub fn rank(&self, other: &Self) -> std::cmp::Ordering {
        let by_name = || (self.key, self.value, self.and).cmp(&(other.key, other.value, other.and));
        self.p
            .total_cmp(&other.p)
            .then_with(|| self.and.is_some().cmp(&other.and.is_some()))
            .then_with(|| other.table.slice_fail.cmp(&self.table.slice_fail))
            .then_with(by_name)
    }
}

/// How all items ended.
struct Outcomes {
    failing: Members,
    items: u64,
    failures: u64,
}

impl Outcomes {
    fn of(failed: &[Option<bool>]) -> Self {
        let fails = failed.iter().enumerate().filter(|(_, failed)| **failed == Some(true));
        let failing = Members::of(failed.len(), fails.map(|(place, _)| place));
        let (items, failures) = (failed.iter().flatten().count() as u64, failing.count());
        Self { failing, items, failures }
    }

    fn table(&self, slice: u64, slice_fail: u64) -> Table {
        let rest_fail = self.failures - slice_fail;
        let slice_pass = slice - slice_fail;
        Table { slice_fail, slice_pass, rest_fail, rest_pass: self.items - slice - rest_fail }
    }
}

/// Tells whether a slice is of a size and lift to be shown.
fn stands_out(table: &Table) -> bool {
    let items = table.slice() + table.rest();
    table.slice_fail >= FEWEST_FAILURES
        && 2 * table.slice_fail * items >= 3 * table.slice() * table.failures()
}

/// Tells whether a slice fails at least 1.25 times as often as another.
fn beats(table: &Table, parent: &Table) -> bool {
    4 * table.slice_fail * parent.slice() >= 5 * parent.slice_fail * table.slice()
}

/// Tests every value of every property and every pair of the suspicious ones, in the order of the columns.
///
/// A property is left out that has more than thirty values, or but one for all items; not to have it counts
/// as a value there, and is not tested. Pairs are a family of their own that counts all that could be asked:
/// those of suspicious slices look clear by having been picked.
pub fn all<'a>(failed: &[Option<bool>], columns: &[Column<'a>]) -> Vec<Tested<'a>> {
    let outcomes = Outcomes::of(failed);
    let families: Vec<_> = columns.iter().map(|column| singles(failed, &outcomes, column)).collect();
    let askable = askable_pairs(&families.iter().map(Vec::len).collect::<Vec<_>>(), outcomes.items);
    let singles: Vec<Single<'a>> = families.into_iter().flatten().collect();
    let mut pairs = pairs(&outcomes, &singles);
    correct(&mut pairs, askable);
    let mut all: Vec<_> = singles.into_iter().map(Tested::from).collect();
    let count = all.len();
    correct(&mut all, count);
    all.append(&mut pairs);
    all
}

/// Gives how many pairs of values of different properties could have been tested, at most.
///
/// `values` has the number of values of each property. No two pairs of the same two properties share an
/// item, so there are no more of them than there are items for.
fn askable_pairs(values: &[usize], items: u64) -> usize {
    let room = usize::try_from(items / FEWEST_ITEMS).unwrap_or(usize::MAX);
    let beside = |(place, first): (usize, &usize)| {
        values[place + 1..].iter().map(|second| (first * second).min(room)).sum::<usize>()
    };
    values.iter().enumerate().map(beside).sum()
}

/// Sets the q-values of a family of `asked` questions, of which those not given count as answered "no".
fn correct(tested: &mut [Tested<'_>], asked: usize) {
    let q = multiplicity::benjamini_hochberg(&tested.iter().map(|tested| tested.p).collect::<Vec<_>>());
    let more = asked.max(tested.len()) as f64 / tested.len() as f64;
    for (tested, q) in tested.iter_mut().zip(q) {
        tested.q = (q * more).min(1.0);
    }
}

/// A slice of one condition.
struct Single<'a> {
    key: &'a str,
    value: &'a str,
    table: Table,
    p: f64,
    /// Its items, if its p-value is small enough for a parent; whatever is shown has a smaller one.
    suspicious: Option<Rc<Members>>,
}

impl<'a> From<Single<'a>> for Tested<'a> {
    fn from(Single { key, value, table, p, suspicious }: Single<'a>) -> Self {
        let candidate = suspicious.filter(|_| stands_out(&table)).map(Candidate::Single);
        Self { key, value, and: None, table, p, q: p, candidate }
    }
}

/// Tests the values of one property.
fn singles<'a>(failed: &[Option<bool>], outcomes: &Outcomes, column: &Column<'a>) -> Vec<Single<'a>> {
    let Some(places) = places(failed, column) else { return Vec::new() };
    let single = |(value, places): (&'a str, Vec<usize>)| {
        let fails = places.iter().filter(|&&place| failed[place] == Some(true)).count() as u64;
        let table = outcomes.table(places.len() as u64, fails);
        let p = fisher::greater(&table);
        let suspicious = (p < PARENT_P).then(|| Rc::new(Members::of(failed.len(), places.into_iter())));
        Single { key: column.key, value, table, p, suspicious }
    };
    places.into_iter().filter(|(_, places)| places.len() as u64 >= FEWEST_ITEMS).map(single).collect()
}

/// Gives the places of the scored items with each value; none when the property makes no groups.
fn places<'a>(failed: &[Option<bool>], column: &Column<'a>) -> Option<BTreeMap<&'a str, Vec<usize>>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut without = false;
    let scored = column.values.iter().zip(failed).enumerate().filter(|(_, (_, failed))| failed.is_some());
    for (place, (value, _)) in scored {
        match value {
            Some(value) => places.entry(value).or_default().push(place),
            None => without = true,
        }
        if places.len() > MOST_VALUES {
            return None;
        }
    }
    (places.len() + usize::from(without) >= 2).then_some(places)
}

/// Tests the pairs of suspicious slices of different properties.
fn pairs<'a>(outcomes: &Outcomes, singles: &[Single<'a>]) -> Vec<Tested<'a>> {
    let mut parents: Vec<_> = singles
        .iter()
        .enumerate()
        .filter_map(|(place, single)| Some((place, single, single.suspicious.as_ref()?)))
        .collect();
    parents.sort_by(|one, other| one.1.p.total_cmp(&other.1.p));
    parents.truncate(MOST_PARENTS);
    parents.sort_by_key(|(place, ..)| *place);
    let mut pairs = Vec::new();
    for (index, (_, first, of_first)) in parents.iter().enumerate() {
        for (_, second, of_second) in
            parents[index + 1..].iter().filter(|(_, other, _)| other.key != first.key)
        {
            let items = of_first.shared(of_second);
            // A pair of the same items as its parent asks nothing new.
            if items < FEWEST_ITEMS || items == first.table.slice() || items == second.table.slice() {
                continue;
            }
            let fails = of_first.both(of_second).shared(&outcomes.failing);
            let table = outcomes.table(items, fails);
            let shows = stands_out(&table) && beats(&table, &first.table) && beats(&table, &second.table);
            let p = fisher::greater(&table);
            pairs.push(Tested {
                key: first.key,
                value: first.value,
                and: Some((second.key, second.value)),
                table,
                p,
                q: p,
                candidate: shows.then(|| Candidate::Pair(Rc::clone(of_first), Rc::clone(of_second))),
            });
        }
    }
    pairs
}
