//! Decimal numbers as people and query strings write them.
//!
//! The standard library reads every number to the last bit, with tables that would be a thirtieth of what the
//! browser loads. Here the first fifteen digits count, and among these nothing is lost.

use std::str::FromStr;

/// A number that was written as a decimal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decimal(pub f64);

/// The text is not a decimal number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a number; write one such as 0.8")]
pub struct NotADecimal(String);

/// The powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Integers below this are exact with one more digit.
const ROOM: u64 = (1 << 53) / 10;

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        read(text).map(Self).ok_or_else(|| NotADecimal(text.to_owned()))
    }
}

fn read(text: &str) -> Option<f64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match rest.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut value, mut exponent) = (0_u64, i64::from(exponent));
    for (digits, after_point) in [(whole, false), (fraction, true)] {
        for digit in digits.chars() {
            let digit = digit.to_digit(10)?;
            if value < ROOM {
                value = value * 10 + u64::from(digit);
                exponent -= i64::from(after_point);
            } else {
                exponent += i64::from(!after_point);
            }
        }
    }
    // Both operands are exact, so the result is the nearest float.
    let power = POWERS.get(usize::try_from(exponent.unsigned_abs()).ok()?);
    let size = value as f64;
    match (power, exponent < 0) {
        (Some(power), true) => Some(sign * size / power),
        (Some(power), false) => Some(sign * size * power),
        (None, _) if value == 0 => Some(0.0),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let read = text.parse::<Decimal>();
        expected
            .assert_eq(&read.map_or_else(|error| error.to_string(), |Decimal(number)| number.to_string()));
    }

    #[test]
    fn numbers_of_up_to_fifteen_digits_are_read_as_the_standard_library_reads_them() {
        let numbers = [
            "0",
            "1",
            "0.8",
            "0.1",
            ".5",
            "5.",
            "-0.25",
            "+3",
            "0.000001",
            "123456789.012345",
            "1e3",
            "2.5E-4",
            "999999999999999",
            "0.3",
            "1e-22",
            "1e22",
            "-0",
        ];
        for text in numbers {
            assert_eq!(
                text.parse::<Decimal>().map(|Decimal(number)| number).ok(),
                text.parse::<f64>().ok(),
                "{text}"
            );
        }
        for thousandths in 0..=20_000 {
            let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            assert_eq!(
                text.parse::<Decimal>().map(|Decimal(number)| number).ok(),
                text.parse::<f64>().ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn more_digits_do_not_matter() {
        check("0.30000000000000004", expect!["0.3"]);
        check("123456789012345678901", expect!["123456789012345600000"]);
    }

    #[test]
    fn what_is_not_a_decimal_is_refused() {
        check("cheap", expect![[r#""cheap" is not a number; write one such as 0.8"#]]);
        for text in ["", ".", "-", "1.2.3", "1e", "1e400", "0x1", "inf", "NaN", "1,5", " 1", "١"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
