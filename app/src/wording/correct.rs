//! Corrected pass rates in words: what they are, from which labels, and why there is none.

use shared::health::corrected::{
    Corrected, FEWEST_DRAWN, FEWEST_OF_EACH, Method, Observed, Rate, Source, WhyNot,
};

use super::number::{count, counted, percent, percent_or_none, percent_range};

/// Says what a corrected pass rate is.
pub const WHAT: &str = "The judge makes mistakes, and labels show how many. With those taken out, this is the share of \
     responses that people would pass.";

/// Writes the pass rate as the judge sees it, with its interval and how many items have a score.
pub fn observed(observed: &Observed) -> (String, String) {
    let interval = observed.interval.map(|interval| format!("{}, ", percent_range(interval)));
    (percent_or_none(observed.rate), format!("{}n {}", interval.unwrap_or_default(), count(observed.scored)))
}

/// Writes the corrected pass rate, with its interval and how many labels it rests on.
pub fn corrected(rate: &Rate, labels: u64) -> (String, String) {
    let labels = counted(labels, "label", "labels");
    (percent(rate.rate), format!("{}, {labels}", percent_range(rate.interval)))
}

/// Says how it was corrected.
pub fn method(method: Method) -> &'static str {
    match method {
        Method::RandomLabels => {
            "From labels of responses drawn by lot from this run, and what the judge says of the rest."
        }
        Method::JudgeAccuracy => {
            "From how often the judge is right on labelled responses that people pass, and on those that they fail."
        }
    }
}

/// Says of a run how many labels are on its responses.
pub fn labels(source: &Source) -> String {
    format!(", {}", counted(source.labels, "labelled response", "labelled responses"))
}

/// Says what is doubtful about labels of other targets; none when there are none.
pub fn caution(sources: &[Source]) -> Option<&'static str> {
    sources.iter().any(|source| !source.same_target).then_some(
        "Some of the labels are on responses of another model or prompt. If that one fools the judge more often, or less, \
         this figure is wrong, perhaps even in its direction. Label responses of this run to be sure.",
    )
}

/// Says why a pass rate is not corrected, and what would help.
pub fn why_not(why: WhyNot, corrected: &Corrected) -> String {
    match why {
        WhyNot::NothingScored => "Nothing in this run has a score, so there is nothing to correct.".to_owned(),
        WhyNot::TooFewLabels => format!(
            "There are too few labels. It takes {} responses that people pass (there are {}) and {} that they fail (there are {}); \
             or {} that are drawn by lot from this run.",
            count(FEWEST_OF_EACH),
            count(corrected.people_pass),
            count(FEWEST_OF_EACH),
            count(corrected.people_fail),
            count(FEWEST_DRAWN as u64),
        ),
        WhyNot::Blind => {
            "The judge hardly tells what people pass from what they fail. No correction makes up for that: use another judge, or ask a clearer question."
                .to_owned()
        }
        WhyNot::MoreThanAll => {
            "The labels do not match this run: it passes more than it would if every response were right. Label responses of this run."
                .to_owned()
        }
        WhyNot::LessThanNone => {
            "The labels do not match this run: it passes less than it would if every response were wrong. Label responses of this run."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::stats::Interval;

    fn check(why: WhyNot, expected: Expect) {
        let observed = Observed { passed: 0, scored: 0, rate: None, interval: None };
        let why_not = Some(why);
        let (people_pass, people_fail, sources) = (12, 3, Vec::new());
        let corrected = Corrected { observed, corrected: None, why_not, people_pass, people_fail, sources };
        expected.assert_eq(&super::why_not(why, &corrected));
    }

    #[test]
    fn why_nothing_is_corrected_is_said_with_what_would_help() {
        check(
            WhyNot::TooFewLabels,
            expect![
                "There are too few labels. It takes 10 responses that people pass (there are 12) and 10 that they fail (there are 3); or 30 that are drawn by lot from this run."
            ],
        );
        check(
            WhyNot::MoreThanAll,
            expect![
                "The labels do not match this run: it passes more than it would if every response were right. Label responses of this run."
            ],
        );
    }

    #[test]
    fn both_rates_have_their_interval_and_what_they_rest_on() {
        let judge = Observed { passed: 3, scored: 4, rate: Some(0.75), interval: Some(Interval(0.3, 0.95)) };
        let rate = Rate { method: Method::RandomLabels, rate: 0.5, interval: Interval(0.2, 0.8) };
        expect![[r#"("75.0%", "30.0–95.0%, n 4") ("50.0%", "20.0–80.0%, 30 labels")"#]].assert_eq(&format!(
            "{:?} {:?}",
            observed(&judge),
            corrected(&rate, 30)
        ));
        let nothing = Observed { passed: 0, scored: 0, rate: None, interval: None };
        expect![[r#"("–", "n 0")"#]].assert_eq(&format!("{:?}", observed(&nothing)));
    }
}
