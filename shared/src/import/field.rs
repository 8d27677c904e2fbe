//! Members of a record by any of the names that tools give them: texts, numbers, times.
//!
//! A member that is null counts as absent everywhere. Leaves out what the members mean.

use serde_json::{Map, Value};

use crate::mistake::Mistake;
use crate::moment::Moment;

/// Gives the first of these members that is there.
pub fn any<'a>(record: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().filter_map(|name| record.get(*name)).find(|value| !value.is_null())
}

/// Gives the first of these members that is there, and reads a text that holds JSON as that.
pub fn unpacked(record: &Value, names: &[&str]) -> Option<Value> {
    any(record, names).map(unpack).filter(|value| !value.is_null())
}

/// Reads a text that holds a JSON object or list as that: exports to tables write them so.
pub fn unpack(value: &Value) -> Value {
    let text = value.as_str().map(str::trim_start).filter(|text| text.starts_with(['{', '[']));
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}

/// As [`unpack`], of a value that is not needed any more.
pub fn unpack_whole(value: Value) -> Value {
    if value.is_string() { unpack(&value) } else { value }
}

/// Gives a text that is not empty; a number stands for its digits.
pub fn text(record: &Value, names: &[&str]) -> Option<String> {
    match any(record, names)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The most characters of a word: what is longer is content.
pub const LONGEST_WORD: usize = 256;

/// Gives a text that is short enough to be a label.
pub fn word(record: &Value, names: &[&str]) -> Option<String> {
    text(record, names).filter(|text| is_word(text))
}

/// Tells whether a text is short enough to be a label.
pub fn is_word(text: &str) -> bool {
    text.chars().nth(LONGEST_WORD).is_none()
}

/// Gives a number that is not negative; a text of digits stands for it.
pub fn number(record: &Value, names: &[&str]) -> Option<f64> {
    let number = match any(record, names)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// Gives a count.
pub fn count(record: &Value, names: &[&str]) -> Option<u64> {
    // Beyond the range it saturates.
    number(record, names).map(|number| number.round() as u64)
}

/// Gives an HTTP status; 0 and the like say that there was none.
pub fn status(record: &Value, names: &[&str]) -> Option<u16> {
    count(record, names)
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (100..600).contains(status))
}

/// Gives a time: RFC 3339, the same without an offset (then UTC), or a number since 1970.
///
/// Whether a number counts seconds, milliseconds, microseconds or nanoseconds is told by its size: from 2001
/// to 2286 no two of them overlap.
///
/// # Errors
/// Names the member that is no time.
pub fn time(record: &Value, names: &[&str]) -> Result<Option<Moment>, Mistake> {
    let Some(value) = any(record, names) else { return Ok(None) };
    let read = match value {
        Value::Number(number) => number.as_f64().map(of_number),
        Value::String(text) => of_text(text.trim()),
        _ => None,
    };
    let name = names.iter().find(|name| record.get(**name).is_some_and(|member| !member.is_null()));
    read.map(Some).ok_or_else(|| {
        let shown: String = value.to_string().chars().take(60).collect();
        let detail = format!(
            "{shown} is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or seconds since 1970"
        );
        Mistake::new(format!("/{}", name.unwrap_or(&"")), detail)
    })
}

fn of_number(number: f64) -> Moment {
    let millis = match number.abs() {
        size if size < 1e11 => number * 1e3,
        size if size < 1e14 => number,
        size if size < 1e17 => number / 1e3,
        _ => number / 1e6,
    };
    // A float beyond the range saturates, and the moment is clamped.
    Moment::from_millis(millis.round() as i64)
}

fn of_text(text: &str) -> Option<Moment> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then(|| of_number(number));
    }
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

/// Gives the members of an object, or none.
pub fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(value: Value, expected: Expect) {
        let read = time(&json!({"at": value}), &["start", "at"]);
        expected.assert_eq(&match read {
            Ok(moment) => moment.map(|moment| moment.to_string()).unwrap_or_default(),
            Err(mistake) => format!("{}: {mistake}", mistake.pointer),
        });
    }

    #[test]
    fn times_are_read_in_every_unit() {
        for number in [json!(1_793_000_000.5), json!(1_793_000_000_500_u64), json!("1793000000500000000")] {
            check(number, expect!["2026-10-26T07:33:20.500Z"]);
        }
        check(json!(1_793_000_000_500_000_u64), expect!["2026-10-26T07:33:20.500Z"]);
    }

    #[test]
    fn times_without_an_offset_are_in_utc() {
        check(json!("2026-11-01 09:30:00.123456"), expect!["2026-11-01T09:30:00.123Z"]);
        check(json!("2026-11-01T09:30:00+01:00"), expect!["2026-11-01T08:30:00.000Z"]);
        check(json!(null), expect![""]);
    }

    #[test]
    fn what_is_no_time_is_named() {
        check(
            json!("soon"),
            expect![[
                r#"/at: "soon" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or seconds since 1970"#
            ]],
        );
        check(
            json!([1]),
            expect![
                "/at: [1] is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or seconds since 1970"
            ],
        );
    }

    #[test]
    fn absent_null_and_unfit_are_the_same() {
        let record = json!({"a": null, "b": "7", "c": -1, "d": "", "e": [], "status": 0});
        assert_eq!(count(&record, &["x", "a", "b"]), Some(7));
        assert_eq!(count(&record, &["c"]), None);
        assert_eq!(text(&record, &["d"]), None);
        assert_eq!(text(&record, &["e"]), None);
        assert_eq!(status(&record, &["status"]), None);
        assert_eq!(unpack(&json!("[1")), json!("[1"));
        assert_eq!(unpack(&json!(" [1]")), json!([1]));
    }
}
