//! Slices in words: where a run fails, and whether that is in one place.

use shared::slices::low::Low;
use shared::slices::{Condition, Pattern, Slice};
use shared::stats::Interval;
use shared::summary::failing::Number;
use shared::unseen::seen;

use super::number::{count, fixed, percent, percent_range, score};

/// The most characters of what the judge says that stand in a list.
const HEAD: usize = 160;

/// Names a group of items by what they have in common: "feature export".
pub fn name(slice: &Slice) -> String {
    let second = slice.and.as_ref().map(|Condition { key, value }| format!(" and {}", condition(key, value)));
    condition(&slice.key, &slice.value) + &second.unwrap_or_default()
}

/// Names one property with its value.
pub fn condition(key: &str, value: &str) -> String {
    let (words, said) = (seen(&key.replace('_', " ")), seen(value));
    let is = |yes: &str, no: &str| match value {
        "yes" => yes.to_owned(),
        "no" => no.to_owned(),
        _ => format!("{words} {said}"),
    };
    match key {
        "system_prompt" => is("with a system prompt", "without a system prompt"),
        "tools" => is("with tools", "without tools"),
        "json" => is("JSON wanted", "no JSON wanted"),
        "image" => is("with an image", "without an image"),
        "streamed" => is("streamed", "not streamed"),
        "refusal" => is("refused", "not refused"),
        "turns" if value == "1" => "one turn of the user".to_owned(),
        "turns" => format!("{value} turns of the user"),
        "tool_called" if value == "none" => "no tool called".to_owned(),
        "input_length" => format!("request {}", long(value)),
        "output_length" => format!("response {}", long(value)),
        "length_ratio" => format!("response {value} times as long as the original"),
        _ => match key.split_once('.') {
            Some(("criterion", name)) => format!("criterion {} {said}", seen(name)),
            Some(("flag", name)) => format!("remark: {}", name.replace('_', " ")),
            _ => format!("{words} {said}"),
        },
    }
}

fn long(quarter: &str) -> String {
    match quarter {
        "all" => "of any length".to_owned(),
        _ => format!("{quarter} characters long"),
    }
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

/// Says how much lower a group scores than the other items.
pub fn low(low: &Low) -> String {
    format!(
        "{} items average {} against {} elsewhere: {} standard deviations lower.",
        count(low.items),
        score(low.average),
        score(low.average_elsewhere),
        fixed(low.effect, 1)
    )
}

/// Says whether some groups score lower; `shown` is how many do.
pub fn lower(shown: usize) -> &'static str {
    match shown {
        0 => "No group of items scores clearly lower than the rest.",
        1 => "This group scores clearly lower than the rest.",
        _ => "These groups score clearly lower than the rest.",
    }
}

/// Says how the failing items lie to the others by a number.
pub fn number(number: &Number) -> String {
    let of = match number.key.as_str() {
        "input_length" => "request".to_owned(),
        "output_length" => "response".to_owned(),
        key => key.replace('_', " "),
    };
    format!(
        "Length of the {of}: a failing item's is the longer one in {} of the pairs with a passing item ({}; {} fail, {} pass).",
        percent(number.share_larger),
        chance(number.p),
        count(number.failing),
        count(number.passing)
    )
}

/// Writes how likely something would be by chance.
pub fn chance(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", fixed(p, 3)) }
}

/// Gives the beginning of what the judge says.
pub fn head(said: &str) -> String {
    match said.char_indices().nth(HEAD) {
        Some((end, _)) => format!("{}…", said.get(..end).unwrap_or(said)),
        None => said.to_owned(),
    }
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
                "feature export and without a system prompt: 8 of 20 fail: 40.0% (95% interval 21.9–61.3%) against 12.5% elsewhere, 2.2 times as often as overall; 44.4% of all failures."
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

    #[test]
    fn a_property_is_named_in_words() {
        let named = [
            ("feature", "export"),
            ("plan_name", "pro"),
            ("json", "no"),
            ("json", "maybe"),
            ("turns", "3 to 5"),
            ("tool_called", "none"),
            ("tool_called", "look"),
            ("input_length", "up to 12"),
            ("output_length", "all"),
            ("length_ratio", "below 0.5"),
            ("criterion.Tone", "failed"),
            ("flag.unverified_quote", "yes"),
        ];
        expect![[r#"
            feature export
            plan name pro
            no JSON wanted
            json maybe
            3 to 5 turns of the user
            no tool called
            tool called look
            request up to 12 characters long
            response of any length
            response below 0.5 times as long as the original
            criterion Tone failed
            remark: unverified quote"#]]
        .assert_eq(&named.map(|(key, value)| condition(key, value)).join("\n"));
    }

    #[test]
    fn lengths_and_averages_say_their_numbers() {
        let number =
            |p| Number { key: "input_length".to_owned(), share_larger: 0.616_2, p, failing: 18, passing: 22 };
        let slice = Low {
            key: "feature".to_owned(),
            value: "export".to_owned(),
            items: 20,
            average: 0.52,
            average_elsewhere: 0.811,
            effect: 1.24,
            q: 0.01,
        };
        let said = [super::number(&number(0.2161)), super::number(&number(0.0001)), low(&slice)];
        expect![[r#"
            Length of the request: a failing item's is the longer one in 61.6% of the pairs with a passing item (p = 0.216; 18 fail, 22 pass).
            Length of the request: a failing item's is the longer one in 61.6% of the pairs with a passing item (p < 0.001; 18 fail, 22 pass).
            20 items average 0.52 against 0.81 elsewhere: 1.2 standard deviations lower."#]].assert_eq(&said.join("\n"));
    }

    #[test]
    fn only_the_beginning_of_a_long_text_stands_in_a_list() {
        assert_eq!(head("Wrong."), "Wrong.");
        assert_eq!(head(&"é".repeat(HEAD + 1)), format!("{}…", "é".repeat(HEAD)));
    }
}
