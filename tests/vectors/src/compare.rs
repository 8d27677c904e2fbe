//! Comparing what was worked out with what a vector expects.

use serde_json::Value;

/// Compares two values of the same shape; numbers may differ by `tolerance`.
///
/// # Errors
/// Says where they differ. A member that is expected and not worked out is an error unless `unused` names it.
pub fn compare(answer: &Value, expected: &Value, unused: &[&str], tolerance: f64) -> Result<(), String> {
    at("", answer, expected, unused, tolerance)
}

fn at(place: &str, answer: &Value, expected: &Value, unused: &[&str], tolerance: f64) -> Result<(), String> {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            if let Some(name) = answer.keys().find(|name| !expected.contains_key(*name)) {
                return Err(format!("{place}/{name} is not expected"));
            }
            expected.iter().filter(|(name, _)| !unused.contains(&name.as_str())).try_for_each(
                |(name, expected)| {
                    let answer = answer.get(name).ok_or_else(|| format!("{place}/{name} is missing"))?;
                    at(&format!("{place}/{name}"), answer, expected, unused, tolerance)
                },
            )
        }
        (Value::Array(answer), Value::Array(expected)) if answer.len() == expected.len() => {
            answer.iter().zip(expected).enumerate().try_for_each(|(index, (answer, expected))| {
                at(&format!("{place}/{index}"), answer, expected, unused, tolerance)
            })
        }
        (Value::Number(_), Value::Number(_)) if near(answer, expected, tolerance) => Ok(()),
        _ if answer == expected => Ok(()),
        _ => Err(format!("{place}: {answer} is not {expected}")),
    }
}

fn near(answer: &Value, expected: &Value, tolerance: f64) -> bool {
    matches!((answer.as_f64(), expected.as_f64()), (Some(answer), Some(expected)) if (answer - expected).abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(answer: &Value, expected: &Value, wrong: &str) {
        let compared = compare(answer, expected, &["beside"], 1e-9);
        assert_eq!(compared.err().unwrap_or_default(), wrong);
    }

    #[test]
    fn what_differs_is_found() {
        check(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2.000_000_000_1], "beside": 1}), "");
        check(&json!({"a": [1]}), &json!({"a": [1.1]}), "/a/0: 1 is not 1.1");
        check(&json!({"a": []}), &json!({"a": [1.1]}), "/a: [] is not [1.1]");
        check(&json!({}), &json!({"a": 1}), "/a is missing");
        check(&json!({"a": 1, "b": 1}), &json!({"a": 1}), "/b is not expected");
        check(&json!("x"), &json!(1), ": \"x\" is not 1");
        check(&json!(null), &json!(0), ": null is not 0");
    }
}
