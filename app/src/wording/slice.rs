//! Slices in words: where a run fails, and whether that is in one place.

use shared::slices::{Condition, Pattern, Slice};
use shared::stats::Interval;

use super::number::{count, fixed, percent, percent_range};

/// Names a group of items by what they have in common: "feature export".
pub fn name(slice: &Slice) -> String {
    let of = |key: &str, value: &str| format!("{} {value}", key.replace('_', " "));
    let second = slice.and.as_ref().map(|Condition { key, value }| format!(" and {}", of(key, value)));
    of(&slice.key, &slice.value) + &second.unwrap_or_default()
}

/// Says how much oftener a group fails than the other items.
pub fn found(slice: &Slice) -> String {
    format!(
        "{} of {} fail: {} (95% interval {}) against {} elsewhere, {} times as often as overall; {} of all failures.",
        count(slice.failures),
        count(slice.items),
        percent(1.0 - slice.pass_rate),
        percent_range(fails(slice.interval)),
        percent(1.0 - slice.pass_rate_elsewhere),
        fixed(slice.lift, 1),
        percent(slice.share_of_failures)
    )
}

/// Turns an interval of how many pass into one of how many fail.
pub fn fails(Interval(low, high): Interval) -> Interval {
    Interval(1.0 - high, 1.0 - low)
}

/// Says whether failures lie together; `shown` is how many groups stand out.
pub fn pattern(failures: u64, shown: usize, pattern: Pattern) -> &'static str {
    match (failures, pattern, shown) {
        (0, ..) => "No item fails.",
        (_, Pattern::TooFew, 0) => {
            "Fewer than ten items fail: too few to tell whether they have something in common."
        }
        (_, Pattern::TooFew, _) => "Fewer than ten items fail, so take what they have in common with care.",
        (_, _, 0) => "The failures are spread: no group of items fails more often than the rest.",
        (_, Pattern::Spread, _) => "Most failures are spread, but this fails more often than the rest.",
        (_, Pattern::Clustered, _) => "The failures lie together: this fails more often than the rest.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(and: Option<(&str, &str)>, expected: Expect) {
        // `fisher.8_12_10_70` of the reference vectors.
        let slice = Slice {
            key: "feature".to_owned(),
            value: "export".to_owned(),
            and: and.map(|(key, value)| Condition { key: key.to_owned(), value: value.to_owned() }),
            items: 20,
            failures: 8,
            pass_rate: 0.6,
            interval: Interval(0.386_6, 0.781_2),
            pass_rate_elsewhere: 0.875,
            lift: 2.222,
            share_of_failures: 0.444,
            q: 0.02,
        };
        expected.assert_eq(&format!("{}: {}", name(&slice), found(&slice)));
    }

    #[test]
    fn a_group_says_how_much_oftener_it_fails() {
        check(
            None,
            expect![
                "feature export: 8 of 20 fail: 40.0% (95% interval 21.9–61.3%) against 12.5% elsewhere, 2.2 times as often as overall; 44.4% of all failures."
            ],
        );
        check(
            Some(("system_prompt", "no")),
            expect![
                "feature export and system prompt no: 8 of 20 fail: 40.0% (95% interval 21.9–61.3%) against 12.5% elsewhere, 2.2 times as often as overall; 44.4% of all failures."
            ],
        );
    }

    #[test]
    fn whether_failures_lie_together_is_said() {
        let cases = [
            (0, 0, Pattern::TooFew),
            (3, 0, Pattern::TooFew),
            (4, 1, Pattern::TooFew),
            (20, 0, Pattern::Spread),
            (20, 1, Pattern::Spread),
            (20, 1, Pattern::Clustered),
        ];
        let said = cases.map(|(failures, shown, pattern)| super::pattern(failures, shown, pattern));
        expect![[r#"
            No item fails.
            Fewer than ten items fail: too few to tell whether they have something in common.
            Fewer than ten items fail, so take what they have in common with care.
            The failures are spread: no group of items fails more often than the rest.
            Most failures are spread, but this fails more often than the rest.
            The failures lie together: this fails more often than the rest."#]]
        .assert_eq(&said.join("\n"));
    }
}
