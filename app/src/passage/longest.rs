//! What two sequences share, in the order of both: their longest common subsequence.
//!
//! By E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), in the form of section 4b: paths from
//! both ends meet in the middle, and both halves are gone through in the same way. Where they do not meet soon, the
//! path that leads farthest is taken as it is: what is shared is then nearly the longest, and the time it takes grows
//! with the length and not with its square. Work is counted, as no clock may be read: what would take more than is
//! left stays unmarked.

/// No path reaches this diagonal.
const NONE: i64 = i64::MIN / 4;

/// So many changes are made from either end before the path that leads farthest is taken.
const MOST_CHANGES: i64 = 128;

/// Marks in both what they share. Takes from `work` the steps that it took.
///
/// Tells whether all of it was gone through. Where it was not, head and tail of what was left are marked nonetheless.
pub fn mark(old: &[u32], new: &[u32], kept: (&mut [bool], &mut [bool]), work: &mut u64) -> bool {
    let mut whole = true;
    let mut parts = vec![(0..old.len(), 0..new.len())];
    while let Some((mut a, mut b)) = parts.pop() {
        let mut keep = |place: usize, other: usize| {
            kept.0.iter_mut().skip(place).take(1).for_each(|word| *word = true);
            kept.1.iter_mut().skip(other).take(1).for_each(|word| *word = true);
        };
        while !a.is_empty() && !b.is_empty() && old.get(a.start) == new.get(b.start) {
            keep(a.start, b.start);
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && old.get(a.end - 1) == new.get(b.end - 1) {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            keep(a.end, b.end);
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let within = (old.get(a.clone()).unwrap_or_default(), new.get(b.clone()).unwrap_or_default());
        match middle(within.0, within.1, work) {
            Some((x, y)) => {
                parts.push((a.start + x..a.end, b.start + y..b.end));
                // The first half comes next: what is left undone is the end.
                parts.push((a.start..a.start + x, b.start..b.start + y));
            }
            None => whole = false,
        }
    }
    whole
}

/// Finds a place in both that a short way from one to the other goes through: the middle of the shortest, if it is of
/// few changes. None when that takes more work than is left.
///
/// Neither begins or ends as the other does, so that it is neither their beginning nor their end.
fn middle(old: &[u32], new: &[u32], work: &mut u64) -> Option<(usize, usize)> {
    let size = (old.len() as i64, new.len() as i64);
    let apart = size.0 - size.1;
    let most = ((size.0 + size.1 + 1) / 2).min(MOST_CHANGES);
    let (mut ahead, mut back) = (Paths::new(size, most), Paths::new(size, most));
    let at = |all: &[u32], place: i64| usize::try_from(place).ok().and_then(|place| all.get(place).copied());
    for changes in 0..=most {
        for diagonal in (-changes..=changes).step_by(2) {
            let x = ahead.lead(diagonal, work, |x, y| at(old, x) == at(new, y))?;
            let other = apart - diagonal;
            if apart % 2 != 0 && other.abs() < changes && x + back.at(other) >= size.0 {
                return place(x, x - diagonal);
            }
        }
        for diagonal in (-changes..=changes).step_by(2) {
            let same = |x: i64, y: i64| at(old, size.0 - 1 - x) == at(new, size.1 - 1 - y);
            let x = back.lead(diagonal, work, same)?;
            let other = apart - diagonal;
            if apart % 2 == 0 && other.abs() <= changes && x + ahead.at(other) >= size.0 {
                return place(size.0 - x, size.1 - (x - diagonal));
            }
        }
    }
    let farthest = (-most..=most).max_by_key(|diagonal| 2 * ahead.at(*diagonal) - diagonal)?;
    place(ahead.at(farthest), ahead.at(farthest) - farthest)
}

fn place(x: i64, y: i64) -> Option<(usize, usize)> {
    Some((usize::try_from(x).ok()?, usize::try_from(y).ok()?))
}

/// How far paths lead from one end, by their diagonals.
struct Paths {
    size: (i64, i64),
    /// The most changes of a path.
    most: i64,
    reached: Vec<i64>,
}

impl Paths {
    fn new(size: (i64, i64), most: i64) -> Self {
        let mut paths = Self { size, most, reached: vec![NONE; 2 * most as usize + 3] };
        // Where a path of no changes comes from.
        paths.set(1, 0);
        paths
    }

    fn at(&self, diagonal: i64) -> i64 {
        let place = usize::try_from(diagonal + self.most + 1);
        place.ok().and_then(|place| self.reached.get(place).copied()).unwrap_or(NONE)
    }

    fn set(&mut self, diagonal: i64, x: i64) {
        let place = usize::try_from(diagonal + self.most + 1);
        if let Some(reached) = place.ok().and_then(|place| self.reached.get_mut(place)) {
            *reached = x;
        }
    }

    /// Leads the path on a diagonal on by one change, and along all that is the same. Gives how far it leads.
    fn lead(&mut self, diagonal: i64, work: &mut u64, same: impl Fn(i64, i64) -> bool) -> Option<i64> {
        let down = Some(self.at(diagonal + 1)).filter(|x| x - diagonal <= self.size.1);
        let right = Some(self.at(diagonal - 1) + 1).filter(|x| *x <= self.size.0);
        let from = down.max(right).filter(|x| *x >= 0);
        let mut x = from.unwrap_or(NONE);
        while from.is_some() && x < self.size.0 && x - diagonal < self.size.1 && same(x, x - diagonal) {
            x += 1;
        }
        self.set(diagonal, x);
        *work = work.checked_sub(1 + from.map_or(0, |from| x.abs_diff(from)))?;
        Some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives how much they share, and whether all of it was gone through.
    fn shared(old: &[u32], new: &[u32], mut work: u64) -> (usize, bool) {
        let (mut a, mut b) = (vec![false; old.len()], vec![false; new.len()]);
        let whole = mark(old, new, (&mut a, &mut b), &mut work);
        let marked = |all: &[u32], kept: &[bool]| {
            all.iter().zip(kept).filter(|(_, kept)| **kept).map(|(word, _)| *word).collect::<Vec<_>>()
        };
        assert_eq!(marked(old, &a), marked(new, &b), "what is marked is the same in both");
        (marked(old, &a).len(), whole)
    }

    /// Gives the length of the longest common subsequence by its definition.
    fn longest(old: &[u32], new: &[u32]) -> usize {
        let mut above = vec![0; new.len() + 1];
        for a in old {
            let mut row = vec![0];
            for (place, b) in new.iter().enumerate() {
                row.push(if a == b { above[place] + 1 } else { row[place].max(above[place + 1]) });
            }
            above = row;
        }
        above[new.len()]
    }

    /// Gives every sequence of at most so many of so many words.
    fn all(longest: usize, words: u32) -> Vec<Vec<u32>> {
        let mut all = vec![vec![]];
        for length in 1..=longest {
            let before: Vec<_> = all.iter().filter(|known| known.len() + 1 == length).cloned().collect();
            let longer =
                before.iter().flat_map(|known| (0..words).map(|word| [known.as_slice(), &[word]].concat()));
            all.extend(longer);
        }
        all
    }

    #[test]
    fn no_longer_sequence_is_common_to_both() {
        for sequences in [all(4, 3), all(6, 2)] {
            for old in &sequences {
                for new in &sequences {
                    assert_eq!(shared(old, new, 1_000_000), (longest(old, new), true), "{old:?} {new:?}");
                }
            }
        }
    }

    #[test]
    fn what_takes_too_much_work_is_left() {
        let sequences = all(4, 3);
        for work in [0, 1, 3, 9] {
            for (old, new) in sequences.iter().zip(sequences.iter().rev()) {
                let (length, whole) = shared(old, new, work);
                let longest = longest(old, new);
                assert!(if whole { length == longest } else { length <= longest }, "{work} {old:?} {new:?}");
            }
        }
        assert_eq!(shared(&[1, 2, 3, 4], &[1, 5, 6, 4], 2), (2, false));
    }
}
