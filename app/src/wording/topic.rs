//! What failures have in common, in words: whether they lie together, by what evidence, and their topics.

use shared::slices::{self, Pattern, Slice};
use shared::topics::alike::Alike;
use shared::topics::named::{Called, TopicName};
use shared::topics::neighbours::{Closeness, SHUFFLES};
use shared::unseen::seen;

use super::number::{count, counted, percent};
use super::slice;

/// What the panel offers before it is opened.
pub const OFFER: &str =
    "Groups what the judge says of the failures, and tests whether failing requests are alike.";
/// What topics are for.
pub const NOTE: &str = "To read by, not evidence: failures whose judgements use the same words.";

/// Whether failures lie together, and why that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub said: &'static str,
    pub evidence: Vec<String>,
}

/// Says whether failures are clustered or spread. Slices and `failures`, of which there are so many, are of the
/// whole run, what they have in common perhaps of a sample.
pub fn verdict(alike: &Alike, failures: u64, slices: &[Slice]) -> Verdict {
    let pattern = slices::pattern(failures, slices, alike.closeness.map(|closeness| closeness.p));
    let said = match pattern {
        Pattern::TooFew => "Too few to tell: fewer than ten items fail.",
        Pattern::Clustered => "The failures are clustered.",
        Pattern::Spread => "The failures are spread.",
    };
    if pattern == Pattern::TooFew {
        return Verdict { said, evidence: Vec::new() };
    }
    let held = match slices.iter().max_by_key(|slice| slice.failures) {
        None => "No group of items fails more often than the rest.".to_owned(),
        Some(most) => format!(
            "{} of the failures are in one group: {}.",
            percent(most.share_of_failures),
            slice::name(most)
        ),
    };
    let near = alike.closeness.as_ref().map(near);
    Verdict { said, evidence: std::iter::once(held).chain(near).collect() }
}

/// Says what the test of neighbours found.
fn near(found: &Closeness) -> String {
    let alike = if found.p <= 0.05 {
        "Failing requests are alike"
    } else {
        "No sign that failing requests are alike"
    };
    format!(
        "{alike}: of the five requests nearest to a failing one {} fail too, by chance {} would ({}, {} shuffles).",
        percent(found.share),
        percent(found.expected),
        slice::chance(found.p),
        count(u64::from(SHUFFLES))
    )
}

/// Says that not all items were read; nothing when they were.
pub fn sample(read: u64, outcomes: u64) -> String {
    if read >= outcomes {
        return String::new();
    }
    format!(" Of a random sample of {} of the {} items.", count(read), count(outcomes))
}

/// What the field for a name asks for.
pub const FIELD: &str = "Name of the topic";
/// What becomes of a name.
pub const HINT: &str = "Topics of the same name are shown as one. The name sticks to the topic of other runs that uses \
                        much the same words. Leave it empty to take it away.";

/// Names a topic: as people call it, or else by its terms.
pub fn name(called: &Called) -> String {
    called.name.as_ref().map_or_else(|| words(called), |name| seen(name.as_str()))
}

/// Gives the terms of a topic that has a name, those of each of its parts.
pub fn terms(called: &Called) -> Option<String> {
    called.name.as_ref().map(|_| words(called))
}

fn words(called: &Called) -> String {
    seen(&called.parts.iter().map(|part| part.terms.join(", ")).collect::<Vec<_>>().join("; "))
}

/// Says what the button beside a topic does.
pub fn rename(called: &Called) -> String {
    let what = if called.name.is_some() { "Rename" } else { "Name" };
    format!("{what} the topic {}", name(called))
}

/// Says what a topic is called from now on.
pub fn renamed(name: Option<&TopicName>) -> String {
    match name {
        Some(name) => format!("The topic is called “{}” now, for everybody.", name.as_str()),
        None => "The topic is called by its words again, for everybody.".to_owned(),
    }
}

/// Says how many failures a topic has.
pub fn size(members: u64, failures: u64) -> String {
    format!("{} of {}", count(members), counted(failures, "failure", "failures"))
}

/// Says what is not shown; nothing when all is.
pub fn rest(topics: usize, wordless: u64) -> Option<String> {
    let smaller = (topics > 0)
        .then(|| counted(topics as u64, "smaller topic is", "smaller topics are") + " not shown.");
    let without = (wordless > 0)
        .then(|| format!("Of {} the judge says nothing.", counted(wordless, "failure", "failures")));
    let said: Vec<_> = smaller.into_iter().chain(without).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::stats::Interval;
    use shared::topics::{Middle, Topic};

    fn check(failures: u64, holds: Option<u64>, p: f64, expected: Expect) {
        let slice = |failures_in: u64| Slice {
            key: "feature".to_owned(),
            value: "export".to_owned(),
            and: None,
            items: 20,
            failures: failures_in,
            pass_rate: 0.6,
            interval: Interval(0.386_6, 0.781_2),
            pass_rate_elsewhere: 0.875,
            lift: 2.222,
            share_of_failures: failures_in as f64 / failures as f64,
            q: 0.02,
        };
        let closeness = Some(Closeness { share: 0.4, expected: 0.22, p });
        let alike = Alike { failures, closeness, ..Alike::default() };
        let Verdict { said, evidence } =
            verdict(&alike, failures, &holds.map(slice).into_iter().collect::<Vec<_>>());
        expected.assert_eq(&format!("{said} {}", evidence.join(" ")));
    }

    #[test]
    fn the_verdict_comes_with_its_evidence() {
        check(9, Some(8), 0.001, expect!["Too few to tell: fewer than ten items fail. "]);
        check(
            20,
            Some(8),
            0.5,
            expect![
                "The failures are clustered. 40.0% of the failures are in one group: feature export. No sign that failing requests are alike: of the five requests nearest to a failing one 40.0% fail too, by chance 22.0% would (p = 0.500, 999 shuffles)."
            ],
        );
        check(
            40,
            Some(8),
            0.5,
            expect![
                "The failures are spread. 20.0% of the failures are in one group: feature export. No sign that failing requests are alike: of the five requests nearest to a failing one 40.0% fail too, by chance 22.0% would (p = 0.500, 999 shuffles)."
            ],
        );
        check(
            40,
            None,
            0.001,
            expect![
                "The failures are clustered. No group of items fails more often than the rest. Failing requests are alike: of the five requests nearest to a failing one 40.0% fail too, by chance 22.0% would (p = 0.001, 999 shuffles)."
            ],
        );
    }

    #[test]
    fn a_topic_is_called_as_people_call_it_or_by_its_terms() {
        let part = |terms: &[&str]| Topic {
            terms: terms.iter().map(|&term| term.to_owned()).collect(),
            members: vec![0],
            examples: vec![0],
            middle: Middle::default(),
        };
        let check = |name: Option<&str>, parts: Vec<Topic>, expected: Expect| {
            let name = name.and_then(|name| TopicName::try_from(name.to_owned()).ok());
            let called = Called { name, parts };
            expected.assert_eq(&format!(
                "{} | {:?} | {}",
                super::name(&called),
                terms(&called),
                rename(&called)
            ));
        };
        check(
            None,
            vec![part(&["date", "wrong"])],
            expect!["date, wrong | None | Name the topic date, wrong"],
        );
        check(
            Some("Dates"),
            vec![part(&["date", "wrong"]), part(&["day"])],
            expect![[r#"Dates | Some("date, wrong; day") | Rename the topic Dates"#]],
        );
    }

    #[test]
    fn a_new_name_is_said_and_so_is_none() {
        let name = TopicName::try_from("Dates".to_owned()).ok();
        expect!["The topic is called “Dates” now, for everybody."].assert_eq(&renamed(name.as_ref()));
        expect!["The topic is called by its words again, for everybody."].assert_eq(&renamed(None));
    }

    #[test]
    fn a_sample_is_said_to_be_one() {
        assert_eq!(sample(12, 12), "");
        expect![" Of a random sample of 2,000 of the 12,345 items."].assert_eq(&sample(2000, 12_345));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(rest(0, 0), None);
        expect![[r#"
            1 smaller topic is not shown.
            3 smaller topics are not shown. Of 1 failure the judge says nothing.
            Of 2 failures the judge says nothing."#]]
        .assert_eq(
            &[(1, 0), (3, 1), (0, 2)]
                .map(|(topics, without)| rest(topics, without).unwrap_or_default())
                .join("\n"),
        );
        assert_eq!(size(1, 1), "1 of 1 failure");
    }
}
