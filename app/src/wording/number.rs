//! Numbers as people read them. What is not known is said, never written as zero.

use shared::stats::Interval;

/// Writes a count with its thousands apart: 12,345.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a count with its noun: "1 item", "2 items".
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Writes how many are listed: "73 matches", or "60 of 73 matches" where the list is cut.
pub fn listed(number: u64, of: u64, one: &str, many: &str) -> String {
    let all = counted(of, one, many);
    if number < of { format!("{} of {all}", count(number)) } else { all }
}

/// Writes a number with so many decimals; a tie is rounded away from zero.
///
/// In integers: the standard library's way is exact to hundreds of digits, and that much more to load.
pub fn fixed(number: f64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let scaled = (number.abs() * scale as f64).round() as u64;
    let sign = if number < 0.0 && scaled > 0 { "-" } else { "" };
    match decimals {
        0 => format!("{sign}{scaled}"),
        _ => format!("{sign}{}.{:0width$}", scaled / scale, scaled % scale, width = decimals as usize),
    }
}

/// Writes a share as a percentage with one decimal: 64.1%.
pub fn percent(share: f64) -> String {
    fixed(share * 100.0, 1) + "%"
}

/// Writes a share that may not be known.
pub fn percent_or_none(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), percent)
}

/// Writes the two ends of an interval of shares: 52.1–74.8%.
pub fn percent_range(Interval(low, high): Interval) -> String {
    format!("{}–{}%", fixed(low * 100.0, 1), fixed(high * 100.0, 1))
}

/// Writes a difference of shares in points, with its sign: +3.1, −3.1.
pub fn points(difference: f64) -> String {
    signed(difference * 100.0)
}

/// Writes the two ends of an interval of differences: −12.0 to +3.1 points.
pub fn points_range(Interval(low, high): Interval) -> String {
    format!("{} to {} points", signed(low * 100.0), signed(high * 100.0))
}

fn signed(number: f64) -> String {
    let rounded = fixed(number.abs(), 1);
    match rounded.as_str() {
        "0.0" => rounded,
        _ if number < 0.0 => format!("−{rounded}"),
        _ => format!("+{rounded}"),
    }
}

/// Writes a score from 0 to 1 with two decimals.
pub fn score(score: f64) -> String {
    fixed(score, 2)
}

/// Writes a score that may not exist.
pub fn score_or_none(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), score)
}

/// Writes the two ends of an interval of scores: 0.63–0.81.
pub fn score_range(Interval(low, high): Interval) -> String {
    format!("{}–{}", fixed(low, 2), fixed(high, 2))
}

/// Writes a mean level without needless decimals: 4, 3.67.
pub fn level(level: f64) -> String {
    let text = fixed(level, 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Writes an amount in US dollars; small ones keep two digits that say something.
pub fn usd(amount: Option<f64>) -> String {
    match amount {
        None => "unknown".to_owned(),
        Some(0.0) => "$0".to_owned(),
        Some(amount) if amount < 0.000_1 => "under $0.0001".to_owned(),
        Some(amount) if amount < 0.01 => format!("${}", fixed(amount, 4)),
        Some(amount) if amount < 1.0 => format!("${}", fixed(amount, 3)),
        Some(amount) => format!("${}", fixed(amount, 2)),
    }
}

/// Writes a time that something took, in milliseconds.
pub fn took(millis: Option<u64>) -> String {
    match millis {
        None => "–".to_owned(),
        Some(millis) if millis < 1_000 => format!("{millis} ms"),
        Some(millis) if millis < 60_000 => format!("{} s", fixed(millis as f64 / 1000.0, 1)),
        Some(millis) => seconds(millis / 1000),
    }
}

/// Writes a number of seconds: 42 s, 3 min 5 s, 2 h 10 min.
pub fn seconds(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Writes the tokens that went in and came out.
pub fn tokens(input: Option<u64>, output: Option<u64>) -> String {
    let side = |tokens: Option<u64>| tokens.map_or_else(|| "–".to_owned(), count);
    if input.is_none() && output.is_none() {
        return "–".to_owned();
    }
    format!("{} → {}", side(input), side(output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check<T>(write: fn(T) -> String, values: impl IntoIterator<Item = T>, expected: Expect) {
        let texts: Vec<_> = values.into_iter().map(write).collect();
        expected.assert_eq(&texts.join(" | "));
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        check(count, [0, 999, 1_000, 12_345, 1_234_567], expect!["0 | 999 | 1,000 | 12,345 | 1,234,567"]);
    }

    #[test]
    fn a_list_that_is_cut_says_of_how_many() {
        check(
            |(number, of)| listed(number, of, "match", "matches"),
            [(1, 1), (60, 60), (60, 1_073)],
            expect!["1 match | 60 matches | 60 of 1,073 matches"],
        );
    }

    #[test]
    fn decimals_are_fixed() {
        check(
            |(number, decimals)| fixed(number, decimals),
            [(0.0, 1), (0.05, 1), (-0.04, 1), (-2.5, 0), (9.999, 2), (1234.5, 3)],
            expect!["0.0 | 0.1 | 0.0 | -3 | 10.00 | 1234.500"],
        );
    }

    #[test]
    fn shares_have_one_decimal() {
        check(
            percent_or_none,
            [None, Some(0.0), Some(0.6406), Some(1.0)],
            expect!["– | 0.0% | 64.1% | 100.0%"],
        );
        check(percent_range, [Interval(0.521, 0.748)], expect!["52.1–74.8%"]);
    }

    #[test]
    fn differences_carry_their_sign() {
        check(points, [0.031, -0.031, 0.0, -0.0001], expect!["+3.1 | −3.1 | 0.0 | 0.0"]);
        check(points_range, [Interval(-0.12, 0.031)], expect!["−12.0 to +3.1 points"]);
    }

    #[test]
    fn levels_have_no_needless_decimals() {
        check(level, [4.0, 3.6667, 2.5, 0.0], expect!["4 | 3.67 | 2.5 | 0"]);
    }

    #[test]
    fn small_amounts_keep_digits_that_say_something() {
        check(
            usd,
            [None, Some(0.0), Some(0.000_03), Some(0.0012), Some(0.25), Some(12.5)],
            expect!["unknown | $0 | under $0.0001 | $0.0012 | $0.250 | $12.50"],
        );
    }

    #[test]
    fn times_change_their_unit() {
        check(took, [None, Some(850), Some(1_240), Some(185_000)], expect!["– | 850 ms | 1.2 s | 3 min 5 s"]);
        check(seconds, [0, 42, 120, 7_800], expect!["0 s | 42 s | 2 min | 2 h 10 min"]);
    }

    #[test]
    fn tokens_of_unknown_number_are_a_dash() {
        check(
            |(input, output)| tokens(input, output),
            [(None, None), (Some(1200), None), (Some(12), Some(34))],
            expect!["– | 1,200 → – | 12 → 34"],
        );
    }
}
