//! Points in time, in milliseconds since 1970 UTC; RFC 3339 on the wire.
//!
//! Leaves out reading a clock: moments are arguments.

use serde::{Deserialize, Serialize};

/// A point in time, to the millisecond, from year 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

/// The text is not a date or time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01"
)]
pub struct NotATime(String);

/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;
/// 0000-01-01T00:00:00.000Z.
const FIRST: i64 = -62_167_219_200_000;

impl Moment {
    /// Takes milliseconds since 1970; a value that RFC 3339 cannot write becomes the nearest that it can.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(FIRST, LAST))
    }

    /// Gives milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Gives the moment `millis` later.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Gives the milliseconds from `earlier` to this, never negative: clocks leap.
    pub fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, millis) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute) = (millis / HOUR, millis / MINUTE % 60);
        let (second, milli) = (millis / 1000 % 60, millis % 1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Gives year, month and day of a number of days since 1970.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". Years begin in March there, so that
/// the leap day is their last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Gives the number of days since 1970 of a date. Source as of [`civil`], whose inverse it is.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Reads RFC 3339; a second of 60 is the first of the next minute.
fn read(text: &str) -> Option<i64> {
    let mut rest = text.as_bytes();
    let (year, month) = (number(&mut rest, 4)?, after(&mut rest, b"-")?);
    let day = after(&mut rest, b"-")?;
    let hour = after(&mut rest, b"Tt ")?;
    let (minute, second) = (after(&mut rest, b":")?, after(&mut rest, b":")?);
    let milli = fraction(&mut rest)?;
    let offset = offset(&mut rest)?;
    let days = days(year, month, day);
    let is_date = (1..=12).contains(&month) && civil(days) == (year, month, day);
    let is_time = hour < 24 && minute < 60 && second <= 60;
    let millis = days * DAY + hour * HOUR + minute * MINUTE + second * 1000 + milli - offset;
    (rest.is_empty() && is_date && is_time).then_some(millis)
}

/// Takes so many digits off.
fn number(rest: &mut &[u8], digits: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(digits)?;
    *rest = tail;
    head.iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Takes one of some signs off, and the two digits after it.
fn after(rest: &mut &[u8], signs: &[u8]) -> Option<i64> {
    sign(rest, signs)?;
    number(rest, 2)
}

/// Takes one of some signs off.
fn sign(rest: &mut &[u8], signs: &[u8]) -> Option<u8> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    signs.contains(first).then_some(*first)
}

/// Takes the fraction of a second off, if there is one, and gives its whole milliseconds.
fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let Some(tail) = rest.strip_prefix(b".") else { return Some(0) };
    let digits = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (mut digits, tail) = tail.split_at_checked(digits).filter(|_| digits > 0)?;
    *rest = tail;
    let mut milli = 0;
    for _ in 0..3 {
        milli = milli * 10 + if digits.is_empty() { 0 } else { number(&mut digits, 1)? };
    }
    Some(milli)
}

/// Takes the offset from UTC off and gives it in milliseconds.
fn offset(rest: &mut &[u8]) -> Option<i64> {
    let first = sign(rest, b"Zz+-")?;
    if first.eq_ignore_ascii_case(&b'Z') {
        return Some(0);
    }
    let (hours, minutes) = (number(rest, 2)?, after(rest, b":")?);
    let offset = hours * HOUR + minutes * MINUTE;
    (hours < 24 && minutes < 60).then_some(if first == b'-' { -offset } else { offset })
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

impl TryFrom<String> for Moment {
    type Error = NotATime;

    /// Reads RFC 3339 with any offset, or a bare date as its first moment in UTC.
    fn try_from(text: String) -> Result<Self, NotATime> {
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.clone() };
        read(&whole).map(Self::from_millis).ok_or(NotATime(text))
    }
}

impl std::str::FromStr for Moment {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        Self::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let read = text.parse::<Moment>();
        expected.assert_eq(&read.map_or_else(|error| error.to_string(), |moment| moment.to_string()));
    }

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        check("2026-11-01T09:30:00+02:00", expect!["2026-11-01T07:30:00.000Z"]);
        check("2026-02-28T23:59:59.9999Z", expect!["2026-02-28T23:59:59.999Z"]);
        check("1969-12-31T23:59:59.5Z", expect!["1969-12-31T23:59:59.500Z"]);
    }

    #[test]
    fn a_date_is_its_first_moment() {
        check("2026-11-01", expect!["2026-11-01T00:00:00.000Z"]);
    }

    #[test]
    fn leap_days_exist_in_leap_years_alone() {
        check("2024-02-29T00:00:00Z", expect!["2024-02-29T00:00:00.000Z"]);
        check("2000-02-29", expect!["2000-02-29T00:00:00.000Z"]);
        for text in ["2023-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_written_as_they_are_read() {
        for day in (-719_528..=2_932_896).step_by(997) {
            let moment = Moment::from_millis(day * DAY + 1);
            assert_eq!(moment.to_string().parse::<Moment>(), Ok(moment));
        }
    }

    #[test]
    fn what_only_looks_like_a_time_is_refused() {
        let wrong = [
            "2026-11-01T09:30:00",
            "2026-11-01T24:00:00Z",
            "2026-11-01T09:60:00Z",
            "2026-11-01T09:30:00.Z",
            "2026-11-01T09:30:00+2:00",
            "2026-11-01T09:30:00+24:00",
            "2026-11-01T09:30:00Zx",
            "2026-1-01T09:30:00Z",
            "+2026-11-01T09:30:00Z",
            "",
            "２０２６",
        ];
        for text in wrong {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused_with_an_example() {
        check(
            "yesterday",
            expect![[
                r#""yesterday" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01"#
            ]],
        );
    }
}
