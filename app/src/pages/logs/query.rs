//! The explorer's address and what it asks for.
//!
//! The parameters are the filter's own, but for a few that read better to people.

use shared::log::filter::Filter;
use shared::mistake::Mistake;
use shared::moment::Moment;
use shared::query;

use crate::wording::fault::sentence;

/// Parameters of the address that are not part of the filter.
const NOT_ASKED: [&str; 7] = ["open", "add", "live", "export", "columns", "import", "sort"];

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

/// What is done with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    Include,
    Exclude,
    /// It is neither included nor excluded.
    Leave,
}

/// Gives what the parameters do with a value of a field.
pub fn chosen(query: &[(String, String)], name: &str, value: &str) -> Choose {
    let excluded = format!("not.{name}");
    let has = |wanted: &str| query.iter().any(|(known, said)| known == wanted && said == value);
    match (has(name), has(&excluded)) {
        (true, _) => Choose::Include,
        (false, true) => Choose::Exclude,
        (false, false) => Choose::Leave,
    }
}

/// Gives the parameters with a value included, excluded or neither; whatever was open is closed.
pub fn choose(query: &[(String, String)], name: &str, value: &str, how: Choose) -> Vec<(String, String)> {
    let excluded = format!("not.{name}");
    let is_other = |(known, said): &&(String, String)| {
        known != "open" && !((known == name || *known == excluded) && said == value)
    };
    let mut query: Vec<_> = query.iter().filter(is_other).cloned().collect();
    match how {
        Choose::Include => query.push((name.to_owned(), value.to_owned())),
        Choose::Exclude => query.push((excluded, value.to_owned())),
        Choose::Leave => {}
    }
    query
}

/// A value that was chosen, for whoever wants to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The parameter, without the word that excludes.
    pub name: String,
    pub value: String,
    pub excluded: bool,
}

/// What a log may be without: there an empty value is one to choose.
const MAY_LACK: [&str; 2] = ["feature", "provider"];

/// What is shown beside the table in its own way.
const IN_THE_BAR: [&str; 5] = ["q", "range", "from", "until", "to"];

/// Lists the values that were chosen, in the order of the address.
pub fn all_chosen(query: &[(String, String)]) -> Vec<Chosen> {
    let asked = asked(query).into_iter();
    let of_values = asked.filter(|(name, _)| !IN_THE_BAR.contains(&name.as_str()));
    let chosen = of_values.map(|(name, value)| match name.strip_prefix("not.") {
        Some(field) => Chosen { name: field.to_owned(), value, excluded: true },
        None => Chosen { name, value, excluded: false },
    });
    chosen.filter(|chosen| !chosen.value.is_empty() || MAY_LACK.contains(&chosen.name.as_str())).collect()
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

    fn pairs(text: &str) -> Vec<(String, String)> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn check_choice(query: &str, name: &str, value: &str, how: Choose, expected: Expect) {
        let query = choose(&pairs(query), name, value, how);
        assert_eq!(chosen(&query, name, value), how);
        let written =
            query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        expected.assert_eq(&written);
    }

    #[test]
    fn values_are_included_excluded_and_taken_back() {
        let query = "q=refund&feature=code&not.feature=support&open=l1";
        check_choice(
            query,
            "feature",
            "chat",
            Choose::Include,
            expect!["q=refund&feature=code&not.feature=support&feature=chat"],
        );
        check_choice(
            query,
            "feature",
            "support",
            Choose::Include,
            expect!["q=refund&feature=code&feature=support"],
        );
        check_choice(
            query,
            "feature",
            "code",
            Choose::Exclude,
            expect!["q=refund&not.feature=support&not.feature=code"],
        );
        check_choice(query, "feature", "support", Choose::Leave, expect!["q=refund&feature=code"]);
        check_choice("tag.plan=pro", "tag.plan", "pro", Choose::Exclude, expect!["not.tag.plan=pro"]);
    }

    #[test]
    fn what_was_chosen_is_listed() {
        let query = pairs(
            "q=a&range=7d&from=2026-01-01&live=1&sort=oldest&add=new&feature=code&not.tag.plan=pro&status=200&model=&feature=&not.provider=",
        );
        let listed = all_chosen(&query)
            .into_iter()
            .map(|chosen| format!("{} {} {}", chosen.name, chosen.value, chosen.excluded));
        expect!["feature code false, tag.plan pro true, status 200 false, feature  false, provider  true"]
            .assert_eq(&listed.collect::<Vec<_>>().join(", "));
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
