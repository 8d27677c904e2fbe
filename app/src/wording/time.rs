//! Points in time, as the reader's own clock shows them.
//!
//! Leaves out reading the clock and its zone (`clock`).

/// A point in time on the reader's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    pub year: u32,
    /// From 1.
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes a time as shortly as it stays clear today: the clock alone, else with the day, else with the year.
pub fn short(at: Local, now: Local) -> String {
    let clock = format!("{:02}:{:02}", at.hour, at.minute);
    if (at.year, at.month, at.day) == (now.year, now.month, now.day) {
        return format!("{clock}:{:02}", at.second);
    }
    let date = date(at);
    if at.year == now.year { format!("{date}, {clock}") } else { format!("{date} {}", at.year) }
}

/// Writes day, year and clock in full.
pub fn full(at: Local) -> String {
    format!("{} {}, {:02}:{:02}:{:02}", date(at), at.year, at.hour, at.minute, at.second)
}

fn date(at: Local) -> String {
    let month = (at.month as usize).checked_sub(1).and_then(|place| MONTHS.get(place)).unwrap_or(&"");
    format!("{} {month}", at.day)
}

/// Writes how long ago something was, in its largest unit.
pub fn ago(millis: u64) -> String {
    let (number, unit) = match millis / 1000 {
        0..5 => return "just now".to_owned(),
        seconds @ 5..60 => (seconds, "s"),
        seconds @ 60..3_600 => (seconds / 60, "min"),
        seconds @ 3_600..86_400 => (seconds / 3_600, "h"),
        seconds => return super::number::counted(seconds / 86_400, "day", "days") + " ago",
    };
    format!("{number} {unit} ago")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const NOW: Local = Local { year: 2026, month: 11, day: 22, hour: 12, minute: 5, second: 36 };

    fn check(at: Local, expected: Expect) {
        expected.assert_eq(&format!("{} | {}", short(at, NOW), full(at)));
    }

    #[test]
    fn the_nearer_the_shorter() {
        check(Local { hour: 9, ..NOW }, expect!["09:05:36 | 22 Nov 2026, 09:05:36"]);
        check(Local { day: 1, ..NOW }, expect!["1 Nov, 12:05 | 1 Nov 2026, 12:05:36"]);
        check(Local { year: 2025, ..NOW }, expect!["22 Nov 2025 | 22 Nov 2025, 12:05:36"]);
    }

    #[test]
    fn ages_have_one_unit() {
        let ages = [0, 42_000, 185_000, 7_300_000, 86_400_000, 950_400_000].map(ago);
        expect!["just now | 42 s ago | 3 min ago | 2 h ago | 1 day ago | 11 days ago"]
            .assert_eq(&ages.join(" | "));
    }
}
