//! Points in time, in milliseconds since 1970 UTC; RFC 3339 on the wire.
//!
//! Leaves out reading a clock: moments are arguments.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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
        let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000) else {
            return Err(std::fmt::Error);
        };
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second, milli) = at.to_hms_milli();
        let month = u8::from(month);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
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
        let at = OffsetDateTime::parse(&whole, &Rfc3339).map_err(|_| NotATime(text.clone()))?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).map(Self).map_err(|_| NotATime(text))
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
    fn what_is_not_a_time_is_refused_with_an_example() {
        check(
            "yesterday",
            expect![[
                r#""yesterday" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or a date such as 2026-11-01"#
            ]],
        );
    }
}
