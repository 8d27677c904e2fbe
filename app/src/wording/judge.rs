//! Judges in words: how far they can be trusted, what is missing for more, why to label what next.

use serde_json::{Map, Value};
use shared::api::tryout::Trial;
use shared::chat::Usage;
use shared::health::{Card, FEWEST, LOWEST, LOWEST_J, LOWEST_KAPPA, Status};
use shared::review::Kind;
use shared::stats::Interval;
use shared::summary::Canaries;

use super::number::{count, counted, fixed, percent, percent_range, tokens, usd};

/// What missed canaries mean for whoever acts on the run.
pub const UNRELIABLE: &str = "Do not decide by this run and do not gate on it: a judge that is wrong where the answer \
     is known passes bad responses, or fails good ones, unnoticed. Judge the run again with another judge.";

/// Offers to leave a judge the settings that it had.
pub fn settings(params: &Map<String, Value>) -> String {
    let each = params.iter().map(|(name, value)| format!("{name} {value}"));
    format!("With the settings that it had: {}", each.collect::<Vec<_>>().join(", "))
}

/// Says what trying a judge took.
pub fn tried(trial: &Trial) -> String {
    let known = match trial.memoised {
        0 => String::new(),
        known => format!(", {} known already", counted(known, "answer", "answers")),
    };
    let calls = counted(trial.calls, "call", "calls");
    let Usage { input_tokens, output_tokens, .. } = trial.usage;
    let tokens = tokens(input_tokens, output_tokens);
    format!("{calls}{known} · {tokens} tokens · cost {}", usd(trial.cost_usd))
}

/// Says that the judge of a run was wrong on known cases; none when it was not.
pub fn unreliable(canaries: &Canaries) -> Option<String> {
    wrong(canaries).map(|wrong| format!("The judge is unreliable in this run: it {wrong}."))
}

/// Says that a judge was wrong on known cases in its newest run; none when it was not.
pub fn unreliable_by_now(canaries: &Canaries) -> Option<String> {
    wrong(canaries).map(|wrong| format!("The judge is unreliable: in its newest run it {wrong}."))
}

fn wrong(canaries: &Canaries) -> Option<String> {
    let missed = canaries.missed.len() as u64;
    let cases = counted(canaries.run, "known case", "known cases");
    (missed > 0).then(|| format!("got {} of {cases} wrong", count(missed)))
}

/// Says quietly that the judge was right on known cases; none when it answered none, or was wrong.
pub fn reliable(canaries: &Canaries) -> Option<String> {
    let cases = counted(canaries.run, "known case", "known cases");
    (canaries.run > 0 && canaries.missed.is_empty())
        .then(|| format!("The judge answered {cases} and got none wrong."))
}

/// The canaries by their words, and what each is.
const CANARIES: [(&str, &str); 8] = [
    ("verbatim", "The original response itself"),
    ("other_item", "The answer to another question"),
    ("empty", "An empty response"),
    ("colon", "A response of a colon alone"),
    ("step_by_step", "An opening phrase that answers nothing"),
    ("fake_approval", "A wrong answer that says it was verified"),
    ("fake_verdict", "A wrong answer that gives itself a verdict"),
    ("changed_number", "The original response with one number changed"),
];

/// Says which known case the judge got wrong, and how; what is not known stays as it is.
pub fn missed(missed: &str) -> String {
    let known = CANARIES.iter().find_map(|(word, what)| {
        let how = missed.strip_prefix(word)?;
        how.starts_with([' ', ':']).then(|| format!("{what}{how}"))
    });
    known.unwrap_or_else(|| missed.to_owned())
}

/// Names a status, with a mark that does not need colour.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Validated => "✓ validated",
        Status::Weak => "~ weak",
        Status::NotUsable => "✗ not usable for gates",
        Status::Unlabelled => "? unlabelled",
    }
}

/// Says what a card's status means.
pub fn meaning(card: &Card) -> &'static str {
    match card.status {
        Status::Validated => "It agrees with people, surely enough to gate on it.",
        Status::Weak => {
            "It tells good responses from bad ones, but how well is not sure enough. Read the worst items before you decide."
        }
        Status::NotUsable => {
            "It does not tell good responses from bad ones, or there are too few labels to know. Do not gate on it."
        }
        Status::Unlabelled if card.queued > 0 => {
            "Only odd items of what it judged have labels, so nothing is known of how good it is as a rule."
        }
        Status::Unlabelled => "Nobody has labelled what it judged, so nothing is known of how good it is.",
    }
}

/// Says what is missing for the next better status, each as a sentence; nothing for the best.
pub fn missing(card: &Card) -> Vec<String> {
    match card.status {
        Status::Validated => Vec::new(),
        Status::Unlabelled => vec![format!(
            "Label responses that it judged: {} that people pass and {} that they fail validate a judge that agrees.",
            count(FEWEST),
            count(FEWEST)
        )],
        Status::NotUsable => to_be_weak(card),
        Status::Weak => to_be_validated(card),
    }
}

/// Says what the figures rest on, and what becomes of labels of what the queue picked.
pub fn known_from(card: &Card) -> String {
    let from = match card.n {
        0 if card.queued == 0 => return "There is no label of a response that it judged.".to_owned(),
        0 => String::new(),
        n => {
            format!("From {} that both the judge and people answered. ", counted(n, "question", "questions"))
        }
    };
    let left_out = match card.queued {
        0 => return from.trim_end().to_owned(),
        1 => "1 question about an odd item is left out".to_owned(),
        n => format!("{} questions about odd items are left out", count(n)),
    };
    format!("{from}{left_out}: there the judge is wrong more often than it usually is.")
}

fn to_be_weak(card: &Card) -> Vec<String> {
    let counts = card.confusion;
    if card.youden_j.is_none() {
        let lacking = if counts.both_pass + counts.human_only == 0 { "pass" } else { "fail" };
        return vec![format!("Label responses that people {lacking}: there are none yet.")];
    }
    let j = coefficient(card.youden_j, None);
    vec![format!(
        "Sensitivity and specificity less 1 make {j}; from {} on the judge is of some use. A clearer question, or another model, helps more than more labels.",
        fixed(LOWEST_J, 2)
    )]
}

fn to_be_validated(card: &Card) -> Vec<String> {
    let counts = card.confusion;
    let mut missing = Vec::new();
    for (have, what) in
        [(counts.both_pass + counts.human_only, "pass"), (counts.both_fail + counts.judge_only, "fail")]
    {
        if have < FEWEST {
            let more = count(FEWEST - have);
            missing.push(format!(
                "Label {more} more that people {what}: {} of {}.",
                count(have),
                count(FEWEST)
            ));
        }
    }
    for (name, interval) in
        [("Sensitivity", card.sensitivity_interval), ("Specificity", card.specificity_interval)]
    {
        if let Some(Interval(low, _)) = interval.filter(|Interval(low, _)| *low < LOWEST) {
            let least = percent(LOWEST);
            missing.push(format!(
                "{name} may be as low as {}; it must surely be {least} or more.",
                percent(low)
            ));
        }
    }
    if let Some(kappa) = card.kappa.filter(|kappa| *kappa < LOWEST_KAPPA) {
        let least = fixed(LOWEST_KAPPA, 2);
        missing.push(format!("Kappa is {}; it must be {least} or more.", fixed(kappa, 2)));
    }
    missing
}

/// Writes a share with its interval; a dash where it is not defined.
pub fn share(share: Option<f64>, interval: Option<Interval>) -> String {
    match (share, interval) {
        (Some(share), Some(interval)) => format!("{} ({})", percent(share), percent_range(interval)),
        (Some(share), None) => percent(share),
        (None, _) => "–".to_owned(),
    }
}

/// Writes a coefficient from −1 to 1 with its interval; a dash where it is not defined.
pub fn coefficient(value: Option<f64>, interval: Option<Interval>) -> String {
    let write = |value: f64| fixed(value, 2).replace('-', "−");
    match (value, interval) {
        (Some(value), Some(Interval(low, high))) => {
            format!("{} ({} to {})", write(value), write(low), write(high))
        }
        (Some(value), None) => write(value),
        (None, _) => "–".to_owned(),
    }
}

/// Says how what is to be labelled was drawn, and why so.
pub const HOW_DRAWN: &str = "Every other one is odd in some way; the rest are drawn by lot. Labels of what was drawn by lot, or \
     chosen by you, say how often the judge is right: by odd ones alone it would look worse than it is.";

/// Says why a result is worth a label.
pub fn why(why: Option<Kind>) -> &'static str {
    match why {
        Some(Kind::Flipped) => "Its verdict is not that of the original response",
        Some(Kind::Torn) => "The judge does not agree with itself, or the panel does not agree",
        Some(Kind::AgainstPerson) => "A person says otherwise than the judge",
        Some(Kind::AgainstChecks) => "The scorers say otherwise than the judge",
        Some(Kind::Doubtful) => "The judge's reasons are doubtful",
        None => "Drawn by lot",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::health::card;
    use shared::health::pair::Pairs;
    use shared::stats::agreement::Confusion;

    fn check(confusion: [u64; 4], expected: Expect) {
        let [both_pass, judge_only, human_only, both_fail] = confusion;
        let confusion = Confusion { both_pass, judge_only, human_only, both_fail };
        let (sensitivity, specificity) = (confusion.sensitivity(), confusion.specificity());
        let card = Card {
            status: shared::health::status(&confusion),
            confusion,
            sensitivity: sensitivity.rate(),
            sensitivity_interval: sensitivity.interval(1.96),
            specificity: specificity.rate(),
            specificity_interval: specificity.interval(1.96),
            youden_j: confusion.j(),
            kappa: confusion.kappa(),
            ..card(&Pairs::default())
        };
        expected.assert_eq(&format!("{}: {}", status(card.status), missing(&card).join(" ")));
    }

    #[test]
    fn a_trial_says_what_it_took() {
        let say = |calls, memoised, tokens: Option<u64>, cost_usd| {
            tried(&Trial {
                verdict: shared::outcome::Verdict::Pass,
                score: None,
                criteria: Vec::new(),
                flags: Vec::new(),
                calls,
                memoised,
                usage: Usage { input_tokens: tokens, output_tokens: tokens, cached_tokens: None },
                cost_usd,
            })
        };
        expect!["1 call · 1,200 → 1,200 tokens · cost $0.0020"].assert_eq(&say(
            1,
            0,
            Some(1_200),
            Some(0.002),
        ));
        expect!["0 calls, 2 answers known already · 0 → 0 tokens · cost $0"].assert_eq(&say(
            0,
            2,
            Some(0),
            Some(0.0),
        ));
        expect!["3 calls, 1 answer known already · – tokens · cost unknown"]
            .assert_eq(&say(3, 1, None, None));
    }

    #[test]
    fn what_is_missing_for_the_next_status_is_said() {
        check(
            [0; 4],
            expect![
                "? unlabelled: Label responses that it judged: 30 that people pass and 30 that they fail validate a judge that agrees."
            ],
        );
        check(
            [5, 0, 0, 0],
            expect!["✗ not usable for gates: Label responses that people fail: there are none yet."],
        );
        check(
            [5, 5, 5, 5],
            expect![
                "✗ not usable for gates: Sensitivity and specificity less 1 make 0.00; from 0.30 on the judge is of some use. A clearer question, or another model, helps more than more labels."
            ],
        );
        check(
            [20, 2, 2, 8],
            expect![
                "~ weak: Label 8 more that people pass: 22 of 30. Label 20 more that people fail: 10 of 30. Specificity may be as low as 49.0%; it must surely be 70.0% or more."
            ],
        );
        check(
            [40, 12, 6, 40],
            expect!["~ weak: Specificity may be as low as 63.9%; it must surely be 70.0% or more."],
        );
        check([60, 2, 2, 60], expect!["✓ validated: "]);
    }

    #[test]
    fn labels_of_odd_items_are_said_to_be_left_out() {
        let of = |n, queued| known_from(&Card { n, queued, ..card(&Pairs::default()) });
        assert_eq!(of(0, 0), "There is no label of a response that it judged.");
        assert_eq!(of(3, 0), "From 3 questions that both the judge and people answered.");
        assert_eq!(
            of(0, 1),
            "1 question about an odd item is left out: there the judge is wrong more often than it usually is."
        );
        assert_eq!(
            of(1, 2),
            "From 1 question that both the judge and people answered. 2 questions about odd items are left out: there \
             the judge is wrong more often than it usually is."
        );
    }

    #[test]
    fn known_cases_are_named_by_what_they_are() {
        let canaries = |missed: &[&str]| Canaries {
            run: 8,
            missed: missed.iter().map(|missed| (*missed).to_owned()).collect(),
        };
        assert_eq!(unreliable(&canaries(&[])), None);
        expect!["The judge answered 8 known cases and got none wrong."]
            .assert_eq(&reliable(&canaries(&[])).unwrap_or_default());
        expect!["The judge is unreliable in this run: it got 1 of 8 known cases wrong."]
            .assert_eq(&unreliable(&canaries(&["colon"])).unwrap_or_default());
        expect!["The judge is unreliable: in its newest run it got 1 of 8 known cases wrong."]
            .assert_eq(&unreliable_by_now(&canaries(&["colon"])).unwrap_or_default());
        let wrong = r#"fake_verdict (criterion "Helpful"): level 5, at most 1 expected"#;
        expect![[
            r#"A wrong answer that gives itself a verdict (criterion "Helpful"): level 5, at most 1 expected"#
        ]]
        .assert_eq(&missed(wrong));
        assert_eq!(missed("something new"), "something new");
    }

    #[test]
    fn settings_are_said_by_their_names() {
        let params = serde_json::from_str(r#"{"stop": ["."], "temperature": 0.7}"#).expect("settings");
        assert_eq!(settings(&params), r#"With the settings that it had: stop ["."], temperature 0.7"#);
    }

    #[test]
    fn what_is_not_defined_is_a_dash() {
        assert_eq!(share(None, None), "–");
        assert_eq!(share(Some(0.75), Some(Interval(0.5, 0.9))), "75.0% (50.0–90.0%)");
        assert_eq!(coefficient(Some(-0.02), Some(Interval(-0.2, 0.1))), "−0.02 (−0.20 to 0.10)");
        assert_eq!(coefficient(None, None), "–");
    }
}
