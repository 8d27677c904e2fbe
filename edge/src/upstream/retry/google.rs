//! What Google's errors say in their details: how long to wait, which quota is used up, that the key is not accepted.
//!
//! Their words and numbers say less: a quota of a minute is told in the same words as one that is used up for good, and
//! a wrong key is told as a wrong argument.

use serde_json::Value;

use super::Complaint;

/// Gives how long the provider wishes to be left alone, in milliseconds, if it says so.
pub fn wish_ms(error: &Value) -> Option<u64> {
    let delay = details(error, "RetryInfo").find_map(|detail| detail.get("retryDelay")?.as_str())?;
    let seconds = delay.strip_suffix('s')?.parse::<f64>().ok()?;
    (seconds >= 0.0).then_some((seconds * 1000.0).ceil() as u64)
}

/// Gives what the error complains of; none when it is not told as Google tells it, or its number says enough.
pub fn complaint(error: &Value) -> Option<Complaint> {
    let status = error.get("status").and_then(Value::as_str)?;
    let invalid_key = details(error, "ErrorInfo")
        .any(|detail| detail.get("reason").and_then(Value::as_str) == Some("API_KEY_INVALID"));
    match status {
        // Where the caller is, or who pays for it, does not change from call to call.
        "FAILED_PRECONDITION" => Some(Complaint::Caller),
        _ if invalid_key => Some(Complaint::Caller),
        "RESOURCE_EXHAUSTED" => {
            let violations = details(error, "QuotaFailure")
                .filter_map(|detail| detail.get("violations")?.as_array())
                .flatten();
            let quotas: Vec<_> =
                violations.filter_map(|violation| violation.get("quotaId")?.as_str()).collect();
            // Of a day's quota nothing is left until the next day, however soon it says to come back.
            if quotas.iter().any(|quota| quota.contains("PerDay")) {
                Some(Complaint::Quota)
            } else if quotas.is_empty() && wish_ms(error).is_none() {
                None
            } else {
                Some(Complaint::Other)
            }
        }
        _ => None,
    }
}

/// Gives the details of a kind: `google.rpc.RetryInfo` and so on.
fn details<'a>(error: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
    details.filter(move |detail| {
        let name = detail.get("@type").and_then(Value::as_str);
        name.is_some_and(|name| name.rsplit('.').next() == Some(kind))
    })
}
