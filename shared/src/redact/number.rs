//! Numbers that are more than numbers: payment cards and telephones.
//!
//! Most numbers are neither, so each must show what only these have: a card the beginning, the length and the check
//! digit of its brand; a telephone the sign `+`, the zero or the grouping with which people write one. What is longer,
//! a date, a version, an amount, a time or part of an identifier stays.

use super::Kind;
use super::found::{Found, is_escape};

/// The most groups of digits that are looked at.
const MOST_GROUPS: usize = 8;

/// The most digits of a group that are looked at: more than any card has.
const LONGEST_GROUP: usize = 20;

/// Groups of digits with what stands between them.
#[derive(Debug, Default)]
struct Groups {
    all: [Group; MOST_GROUPS],
    count: usize,
}

/// A group of digits.
#[derive(Debug, Default, Clone, Copy)]
struct Group {
    start: usize,
    length: usize,
    /// The last byte between the group before and this one; 0 of the first.
    between: u8,
}

/// Finds a card or a telephone that begins here.
pub(super) fn at(bytes: &[u8], start: usize) -> Option<Found> {
    if !is_start(bytes, start) {
        return None;
    }
    let sign = *bytes.get(start)?;
    let groups = read(bytes, if sign.is_ascii_digit() { start } else { start + 1 })?;
    let local = || american(bytes, &groups).or_else(|| national(bytes, &groups));
    let (kind, end) = match sign {
        b'+' => (Kind::Phone, international(bytes, &groups)?),
        b'(' => (Kind::Phone, local()?),
        _ => match card(bytes, &groups) {
            Some(end) => (Kind::Card, end),
            None if is_labelled(bytes, start) => return None,
            None => (Kind::Phone, local()?),
        },
    };
    Some(Found { kind, start, end })
}

/// Tells whether a number may begin here: not inside a word, an identifier, an amount or another number.
fn is_start(bytes: &[u8], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|place| bytes.get(place)).copied();
    match before(1) {
        None => true,
        Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => is_escape(before(2), byte),
        Some(b'-' | b'/') => !before(2).is_some_and(|byte| byte.is_ascii_alphanumeric()),
        Some(b'.') => !before(2).is_some_and(|byte| byte.is_ascii_digit()),
        Some(b'+') => false,
        Some(_) => true,
    }
}

/// Tells whether a sign says that a number is of something else: `#302-555-0123`, `$302.555`.
fn is_labelled(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|place| bytes.get(place));
    matches!(before, Some(b'#' | b'$' | b'/' | b'-'))
}

/// Reads groups of digits with at most two of ` -./()` between them.
fn read(bytes: &[u8], from: usize) -> Option<Groups> {
    let mut groups = Groups::default();
    let mut at = from;
    let mut between = 0;
    for slot in &mut groups.all {
        let length = count(bytes, at, LONGEST_GROUP, |byte| byte.is_ascii_digit());
        if length == 0 {
            break;
        }
        *slot = Group { start: at, length, between };
        groups.count += 1;
        at += length;
        let gap = count(bytes, at, 3, |byte| matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')'));
        if gap == 0 || gap == 3 {
            break;
        }
        // Of two, one is a parenthesis: nothing else is written double.
        let two = bytes.get(at..at + gap)?;
        if gap == 2 && !two.iter().any(|byte| matches!(byte, b'(' | b')')) {
            break;
        }
        between = two.iter().copied().find(|byte| matches!(byte, b'(' | b')')).or(two.last().copied())?;
        at += gap;
    }
    Some(groups).filter(|groups| groups.count > 0)
}

/// Counts the bytes that fit from a place on, up to a number.
fn count(bytes: &[u8], from: usize, most: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take(most).take_while(|byte| fits(**byte)).count()
}

impl Groups {
    fn list(&self) -> &[Group] {
        self.all.get(..self.count).unwrap_or_default()
    }

    /// Gives the digits of the first groups.
    fn digits<'b>(&'b self, bytes: &'b [u8], groups: usize) -> impl Iterator<Item = u8> + Clone + 'b {
        let list = self.list().iter().take(groups);
        list.flat_map(move |group| bytes.get(group.start..group.end()).unwrap_or_default().iter().copied())
    }

    fn lengths(&self) -> [usize; MOST_GROUPS] {
        self.all.map(|group| group.length)
    }
}

impl Group {
    fn end(self) -> usize {
        self.start + self.length
    }
}

/// Tells whether a number ends here: neither a word nor another number goes on with it.
fn ends(bytes: &[u8], end: usize) -> bool {
    let next = |on: usize| bytes.get(end + on);
    match next(0) {
        None => true,
        Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%') => false,
        Some(b'-') => !next(1).is_some_and(u8::is_ascii_alphanumeric),
        Some(b'.') => !next(1).is_some_and(u8::is_ascii_digit),
        Some(_) => true,
    }
}

/// Gives the end of a payment card's number: in one piece, or grouped as on the card.
fn card(bytes: &[u8], groups: &Groups) -> Option<usize> {
    let first = *groups.list().first()?;
    if !matches!(bytes.get(first.start), Some(b'2'..=b'6')) {
        return None;
    }
    let taken = match groups.lengths() {
        [14..=19, ..] => 1,
        [4, 4, 4, 4, 3, ..] if groups.count >= 5 => 5,
        [4, 4, 4, 4, ..] if groups.count >= 4 => 4,
        [4, 6, 4 | 5, ..] if groups.count >= 3 => 3,
        _ => return None,
    };
    let list = groups.list().get(..taken)?;
    let between = list.get(1).map_or(b' ', |group| group.between);
    let is_even = list.iter().skip(1).all(|group| group.between == between);
    let end = list.last()?.end();
    let is_card = is_even
        && matches!(between, b' ' | b'-')
        && ends(bytes, end)
        && is_brand(groups.digits(bytes, taken))
        && has_check_digit(groups.digits(bytes, taken));
    is_card.then_some(end)
}

/// Tells whether the beginning and the length are those of a brand.
fn is_brand(digits: impl Iterator<Item = u8> + Clone) -> bool {
    let length = digits.clone().count();
    let beginning = digits.take(4).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    match beginning {
        4000..=4999 | 5100..=5599 | 2221..=2720 => length == 16,
        3400..=3499 | 3700..=3799 => length == 15,
        3000..=3059 | 3600..=3699 | 3800..=3999 => length == 14,
        3528..=3589 | 6011 | 6440..=6599 => length == 16,
        6200..=6299 => (16..=19).contains(&length),
        _ => false,
    }
}

/// Checks the last digit (Luhn, ISO/IEC 7812-1): from the right every second digit counts double.
fn has_check_digit(digits: impl Iterator<Item = u8> + Clone) -> bool {
    let length = digits.clone().count();
    let counted = digits.enumerate().map(|(place, digit)| {
        let value = u32::from(digit - b'0');
        match (length - place) % 2 {
            0 if value > 4 => value * 2 - 9,
            0 => value * 2,
            _ => value,
        }
    });
    counted.sum::<u32>().is_multiple_of(10)
}

/// The most digits of a telephone's number (ITU-T E.164).
const LONGEST: usize = 15;

/// Gives the end of a number with its country: `+49 30 1234567`.
fn international(bytes: &[u8], groups: &Groups) -> Option<usize> {
    let lengths = groups.lengths();
    let mut taken = groups.count;
    while lengths.iter().take(taken).sum::<usize>() > LONGEST {
        taken -= 1;
    }
    let list = groups.list().get(..taken)?;
    let (first, rest) = list.split_first()?;
    let count = lengths.iter().take(taken).sum::<usize>();
    let mut digits = groups.digits(bytes, taken);
    let (country, next) = (digits.next()?, digits.next()?);
    let is_number = match (country, rest) {
        (b'0', _) => false,
        // Of North America.
        (b'1', _) => count == 11 && matches!(next, b'2'..=b'9'),
        (_, []) => count >= 10,
        // A number with a decimal point.
        (_, [one]) if one.between == b'.' => false,
        // Thousands in groups of three.
        _ if count < 10 => first.length <= 3 && count >= 8 && rest.iter().any(|group| group.length != 3),
        _ => first.length <= 5,
    };
    let end = list.last()?.end();
    (is_number && ends(bytes, end)).then_some(end)
}

/// Gives the end of a number as it is written in North America: `(415) 555-0132`, `1-415-555-0132`.
fn american(bytes: &[u8], groups: &Groups) -> Option<usize> {
    let one = usize::from(
        groups.lengths().first() == Some(&1) && bytes.get(groups.all.first()?.start) == Some(&b'1'),
    );
    let list = groups.list().get(one..one + 3)?;
    let [area, exchange, line] = list else { return None };
    let starts_high = |group: &Group| matches!(bytes.get(group.start), Some(b'2'..=b'9'));
    let is_grouped = [area.length, exchange.length, line.length] == [3, 3, 4];
    let is_written = match (exchange.between, line.between) {
        // Three numbers in a row are no more than that.
        (b' ' | b'/', _) | (_, b'/' | b'(' | b')') => false,
        (b')', _) => true,
        (before, between) => before == between,
    };
    let end = line.end();
    let is_number = is_grouped && is_written && starts_high(area) && starts_high(exchange);
    (is_number && ends(bytes, end)).then_some(end)
}

/// Gives the end of a number without its country, as it is dialled in most of the world: `030 1234567`.
fn national(bytes: &[u8], groups: &Groups) -> Option<usize> {
    let first = *groups.list().first()?;
    if bytes.get(first.start) != Some(&b'0') || !matches!(bytes.get(first.start + 1), Some(b'1'..=b'9')) {
        return None;
    }
    let list = groups.list();
    let count: usize = list.iter().map(|group| group.length).sum();
    let is_even =
        list.iter().skip(2).all(|group| Some(group.between) == list.get(1).map(|group| group.between));
    let is_pairs = list.len() == 5 && is_even && list.iter().all(|group| group.length == 2);
    let is_number = if is_pairs {
        !is_counting(bytes, list)
    } else {
        (3..=5).contains(&first.length)
            && (2..=4).contains(&list.len())
            && (9..=12).contains(&count)
            // Times of day in a row, and decimal numbers.
            && !list.iter().all(|group| group.length == 4)
            && list.iter().skip(1).all(|group| group.between != b'.' && group.length >= 2)
    };
    let end = list.last()?.end();
    (is_number && ends(bytes, end)).then_some(end)
}

/// Tells whether pairs of digits count on: 01 02 03.
fn is_counting(bytes: &[u8], list: &[Group]) -> bool {
    let value = |group: &Group| {
        let digits = bytes.get(group.start..group.end()).unwrap_or_default();
        digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    list.iter().map(value).is_sorted_by(|one, next| *next == one + 1)
}
