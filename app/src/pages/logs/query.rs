//! The explorer's address and what it asks for.
//!
//! The parameters are the filter's own, but for a few that read better to people.

use shared::log::filter::Filter;
use shared::mistake::Mistake;
use shared::moment::Moment;
use shared::query;

use crate::wording::fault::sentence;

/// Parameters of the address that are not part of the filter.
const NOT_ASKED: [&str; 2] = ["open", "add"];

/// The date ranges to choose from: the word in the address, what people read, and hours.
pub const RANGES: [(&str, &str, i64); 4] = [
    ("1h", "Last hour", 1),
    ("24h", "Last 24 hours", 24),
    ("7d", "Last 7 days", 7 * 24),
    ("30d", "Last 30 days", 30 * 24),
];

const HOUR: i64 = 3_600_000;

/// Gives the parameters that choose logs.
pub fn asked(query: &[(String, String)]) -> Vec<(String, String)> {
    query.iter().filter(|(name, _)| !NOT_ASKED.contains(&name.as_str())).cloned().collect()
}

/// Reads the filter.
///
/// `range` counts back from `now`; `until` is the last day that matches, where the filter's own `to` is the
/// first moment that no longer does.
///
/// # Errors
/// Names the parameter that does not fit.
pub fn read(asked: &[(String, String)], now: Moment) -> Result<Filter, Mistake> {
    let own = ["range", "until"];
    let pairs = asked.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned();
    let mut filter = query::read::<Filter>(pairs.collect())?;
    let value = |name: &str| {
        asked.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value)
    };
    if let Some(range) = value("range") {
        let known = RANGES.iter().find(|(word, ..)| word == range);
        let (.., hours) = known.ok_or_else(|| Mistake::new("?range", format!("\"{range}\" is no range")))?;
        filter.from = Some(now.plus(-hours * HOUR));
    }
    if let Some(until) = value("until") {
        let day: Moment = until
            .parse()
            .map_err(|error: shared::moment::NotATime| Mistake::new("?until", error.to_string()))?;
        filter.to = Some(day.plus(24 * HOUR));
    }
    Ok(filter)
}

/// Says that the address asks for something that does not exist.
pub fn refused(mistake: &Mistake) -> String {
    format!("{} The address asks for it; all logs are shown instead.", sentence(&mistake.detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(pairs: &[(&str, &str)], expected: Expect) {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let now = Moment::from_millis(1_795_348_800_000);
        let filter = read(&asked(&pairs), now);
        expected.assert_eq(&filter.map_or_else(
            |mistake| refused(&mistake),
            |filter| serde_json::to_string(&filter).unwrap_or_default(),
        ));
    }

    #[test]
    fn ranges_count_back_from_now() {
        check(
            &[("range", "24h"), ("feature", "support"), ("open", "x")],
            expect![[r#"{"feature":"support","from":"2026-11-21T12:00:00.000Z"}"#]],
        );
    }

    #[test]
    fn the_last_day_matches_whole() {
        check(
            &[("from", "2026-11-01"), ("until", "2026-11-03")],
            expect![[r#"{"from":"2026-11-01T00:00:00.000Z","to":"2026-11-04T00:00:00.000Z"}"#]],
        );
    }

    #[test]
    fn what_the_address_gets_wrong_is_said() {
        check(
            &[("range", "1y")],
            expect![[r#""1y" is no range. The address asks for it; all logs are shown instead."#]],
        );
    }
}
