//! The simulated judge: grades by which words a response shares with what it was shown.
//!
//! It tells an answer to this request from an answer to another, and an answer from something that talks to
//! the grader, much as a judge would. How good an answer is it cannot tell, and draws by the hash of the case,
//! so that a run over real logs looks like one. Every verdict says that it is simulated.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::canonical;
use shared::chat::{Output, Request, Role};
use shared::judge::detector;

/// What the judge was shown, as texts.
struct Shown {
    /// The last words of the user, and everything said but the system's words.
    request: String,
    reference: Option<String>,
    criterion: String,
}

/// Grades the data of a judge's prompt.
pub fn grade(request: &Request) -> String {
    let said = |role: Role| {
        request
            .messages
            .iter()
            .filter(move |message| message.role == role)
            .map(|message| message.content.text())
    };
    let data = said(Role::User)
        .find_map(|text| serde_json::Deserializer::from_str(&text).into_iter::<Value>().next()?.ok());
    let criterion = said(Role::System).next().unwrap_or_default();
    let criterion = criterion.split_once("Criterion: ").map_or("", |(_, criterion)| criterion).to_owned();
    let Some(data) = data.filter(Value::is_object) else {
        return verdict("level", &json!(0), "there is nothing here to grade", "", true);
    };
    let text = |name: &str| data.get(name).map(plain);
    let shown = Shown { request: asked(&data), reference: text("reference"), criterion };
    let options = request.settings.get("response_format").and_then(|format| {
        let options = format.pointer("/json_schema/schema/properties/choice/enum")?.as_array()?;
        Some(options.iter().filter_map(Value::as_str).collect::<Vec<_>>())
    });
    let levels = request
        .settings
        .get("response_format")
        .and_then(|format| format.pointer("/json_schema/schema/properties/level/enum")?.as_array().cloned());
    match (text("response_1").zip(text("response_2")), options) {
        (Some((first, second)), _) => compared(&shown, &first, &second),
        (None, Some(_)) => sorted(&shown, &text("candidate").unwrap_or_default()),
        (None, None) => {
            let candidate = text("candidate").unwrap_or_default();
            let (level, why) = level(&shown, &candidate);
            let is_binary = levels.is_some_and(|levels| levels.len() == 2);
            let level = if is_binary && level >= 4 {
                5
            } else if is_binary {
                0
            } else {
                level
            };
            verdict("level", &json!(level), &why, &candidate, false)
        }
    }
}

/// Gives a level, and why.
fn level(shown: &Shown, candidate: &str) -> (u8, String) {
    let output = Output { text: candidate.to_owned(), ..Output::default() };
    if detector::suspects(&output) {
        return (0, "the response talks to the grader".to_owned());
    }
    if shown.reference.as_deref() == Some(candidate) {
        return (5, "the response is the original to the letter".to_owned());
    }
    if !is_about(shown, candidate) {
        return (1, "the response shares hardly a word with what was asked".to_owned());
    }
    if let Some(number) = contradicted(shown, candidate) {
        return (2, format!("the response says {number} where the original does not"));
    }
    let long = words(candidate).len() >= 12;
    let draw = drawn(shown, candidate);
    let level = match (long, draw) {
        (true, 0..=9) | (false, 0..=6) => 5,
        (true, 10..=16) | (false, 7..=14) => 4,
        (true, 17..=18) | (false, 15..=17) => 3,
        _ => 2,
    };
    (level, "the response is about what was asked, and its level is drawn by its hash".to_owned())
}

/// Tells whether a response is about the request: in its words, or in those of the original.
fn is_about(shown: &Shown, candidate: &str) -> bool {
    let (said, asked) = (words(candidate), words(&shown.request));
    if said.is_empty() {
        return false;
    }
    let share = |others: &BTreeSet<String>| said.intersection(others).count() as f64 / said.len() as f64;
    match &shown.reference {
        // Alone, an answer may well be in other words than the question.
        None => share(&asked) >= 0.1,
        Some(reference) => {
            let original = words(reference);
            let both = said.len() + original.len();
            let alike = 2.0 * said.intersection(&original).count() as f64 / both as f64;
            alike >= 0.6 || share(&asked) >= 0.9
        }
    }
}

/// Gives a number of a response close to the original that neither the original nor the request has.
fn contradicted(shown: &Shown, candidate: &str) -> Option<String> {
    let reference = shown.reference.as_ref()?;
    let known: BTreeSet<_> = numbers(reference).chain(numbers(&shown.request)).collect();
    numbers(candidate).find(|number| !known.contains(number))
}

fn sorted(shown: &Shown, candidate: &str) -> String {
    let (level, why) = level(shown, candidate);
    let choice = match level {
        _ if shown.reference.as_deref() == Some(candidate) => "C",
        5 => "E",
        4 => "B",
        3 => "A",
        _ => "D",
    };
    verdict("choice", &json!(choice), &why, candidate, false)
}

fn compared(shown: &Shown, first: &str, second: &str) -> String {
    let (a, b) = (level(shown, first).0, level(shown, second).0);
    let choice = match (first == second, i16::from(a) - i16::from(b)) {
        (true, _) | (_, 0) => "equal",
        (_, 1) => "1_slightly",
        (_, -1) => "2_slightly",
        (_, difference) if difference > 0 => "1_much",
        _ => "2_much",
    };
    verdict("choice", &json!(choice), &format!("alone they would be level {a} and level {b}"), "", false)
}

fn verdict(answer: &str, value: &Value, why: &str, candidate: &str, cannot_judge: bool) -> String {
    let quote: String = candidate.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    let is_quote = !quote.is_empty() && candidate.contains(&quote);
    let evidence = if is_quote { json!([{"from": "candidate", "quote": quote}]) } else { json!([]) };
    let flags =
        json!({"instruction_in_data": why.contains("talks to the grader"), "cannot_judge": cannot_judge});
    json!({"evidence": evidence, "reasoning": format!("Simulated: {why}."), "flags": flags, answer: value})
        .to_string()
}

/// Draws a number from 0 to 19, the same for the same case.
fn drawn(shown: &Shown, candidate: &str) -> u64 {
    let key = canonical::key(&(&shown.request, &shown.criterion, candidate));
    key.as_str().get(..6).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0) % 20
}

/// What was asked: every message but the system's.
fn asked(data: &Value) -> String {
    let messages = data.pointer("/request/messages").and_then(Value::as_array).into_iter().flatten();
    let said = messages.filter(|message| message.get("role").is_none_or(|role| role != "system"));
    said.filter_map(|message| message.get("content").map(plain)).collect::<Vec<_>>().join("\n")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The words that tell what a text is about, each cut to its stem or so.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    words
        .filter(|word| word.chars().count() > 2)
        .map(|word| word.to_lowercase().chars().take(5).collect())
        .collect()
}

fn numbers(text: &str) -> impl Iterator<Item = String> + '_ {
    let numbers = text.split(|character: char| !character.is_ascii_digit());
    numbers.filter(|number| !number.is_empty()).map(str::to_owned)
}
