//! The simulated provider: a small program that answers without any model, the same way every time.
//!
//! It exists so that the whole product can be tried with no key. `echo` says back what it was asked,
//! `terse` gives the first sentence of it, `judge` grades by how many words of the original response the
//! new one keeps. None of it means anything about a real model.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::canonical;
use shared::chat::{Request, openai};

/// Answers a chat request with the body that a provider would send, unstreamed; an error body when the
/// request or the model is not known.
pub fn answer(body: &Value) -> Value {
    let request = match openai::read_request(body) {
        Ok(request) => request,
        Err(mistake) => return error(&mistake.detail, "invalid_request_error"),
    };
    let asked = request.last_user().unwrap_or_default();
    let text = match request.model.as_str() {
        "echo" => asked,
        "terse" => terse(&asked),
        "judge" => grade(&request),
        other => {
            return error(
                &format!("there is no model \"{other}\"; known are echo, terse, judge"),
                "model_not_found",
            );
        }
    };
    let words = |text: &str| text.split_whitespace().count() as u64;
    let input: u64 = request.messages.iter().map(|message| words(&message.content.text())).sum();
    json!({
        "id": format!("demo-{}", &canonical::key(body).as_str().get(..12).unwrap_or_default()),
        "object": "chat.completion",
        "model": request.model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": input, "completion_tokens": words(&text), "total_tokens": input + words(&text)},
    })
}

/// Gives how long the answer takes, in milliseconds: 40 to 120, the same for the same request.
pub fn latency_ms(body: &Value) -> u64 {
    let key = canonical::key(body);
    let bits = key.as_str().get(..4).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0);
    40 + bits % 81
}

fn error(message: &str, code: &str) -> Value {
    json!({"error": {"message": message, "type": "invalid_request_error", "code": code}})
}

fn terse(asked: &str) -> String {
    let end = asked.find(['.', '?', '!', '\n']).map_or(asked.len(), |place| place + 1);
    asked.get(..end).unwrap_or(asked).trim().to_owned()
}

/// Grades the data of a judge's prompt.
fn grade(request: &Request) -> String {
    let said = request.messages.iter().filter(|message| message.role == shared::chat::Role::User);
    let data = said.filter_map(|message| {
        let text = message.content.text();
        serde_json::Deserializer::from_str(&text).into_iter::<Value>().next()?.ok()
    });
    let Some(data) = data.into_iter().next() else {
        return verdict(0, "There is nothing here to grade.", None, true);
    };
    let text = |name: &str| {
        let value = data.get(name);
        value
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| Some(value?.to_string()))
            .unwrap_or_default()
    };
    let (candidate, reference) = (text("candidate"), text("reference"));
    let against = if reference.is_empty() { text("request") } else { reference };
    let (said, wanted) = (words(&candidate), words(&against));
    let kept = wanted.intersection(&said).count();
    let share = if wanted.is_empty() { 0.0 } else { kept as f64 / wanted.len() as f64 };
    // Half of the words is already a good answer in other words.
    let level = ((share * 8.0).round() as u64).min(5);
    let reasoning = format!(
        "Simulated: the response keeps {kept} of {} words that the original uses, and has {} words of its own.",
        wanted.len(),
        said.len() - kept
    );
    let quote: String = candidate.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    verdict(level, &reasoning, Some(&quote).filter(|quote| candidate.contains(quote.as_str())), false)
}

fn verdict(level: u64, reasoning: &str, quote: Option<&String>, cannot_judge: bool) -> String {
    let evidence: Vec<_> = quote.iter().map(|quote| json!({"from": "candidate", "quote": quote})).collect();
    let flags = json!({"instruction_in_data": false, "cannot_judge": cannot_judge});
    json!({"evidence": evidence, "reasoning": reasoning, "flags": flags, "level": level}).to_string()
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(model: &str, asked: &str, expected: Expect) {
        let body = json!({"model": model, "messages": [{"role": "user", "content": asked}]});
        let answered = answer(&body);
        let text = answered.pointer("/choices/0/message/content").or(answered.pointer("/error/message"));
        expected.assert_eq(text.and_then(Value::as_str).unwrap_or_default());
        assert_eq!(answer(&body), answered, "the same every time");
    }

    #[test]
    fn targets_answer_by_rule() {
        check("echo", "Where is it? Please say.", expect!["Where is it? Please say."]);
        check("terse", "Where is it? Please say.", expect!["Where is it?"]);
        check("gpt", "Hi", expect![[r#"there is no model "gpt"; known are echo, terse, judge"#]]);
    }

    #[test]
    fn the_judge_grades_by_the_words_that_are_kept() {
        let data = |candidate: &str| {
            json!({"nonce": "x", "request": {}, "reference": "It is on its way", "candidate": candidate})
                .to_string()
        };
        check(
            "judge",
            &data("It is on its way"),
            expect![[
                r#"{"evidence":[{"from":"candidate","quote":"It is on its way"}],"reasoning":"Simulated: the response keeps 5 of 5 words that the original uses, and has 0 words of its own.","flags":{"instruction_in_data":false,"cannot_judge":false},"level":5}"#
            ]],
        );
        check(
            "judge",
            &data("No."),
            expect![[
                r#"{"evidence":[{"from":"candidate","quote":"No."}],"reasoning":"Simulated: the response keeps 0 of 5 words that the original uses, and has 1 words of its own.","flags":{"instruction_in_data":false,"cannot_judge":false},"level":0}"#
            ]],
        );
    }
}
