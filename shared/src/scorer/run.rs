//! Scoring a response: each scorer's check, carried out.
//!
//! What a check needs and does not find skips it: that there is no score is never a 0. `not` turns results
//! around, and neither skips nor errors.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::kind::Kind;
use super::refusal::{self, Stance};
use super::result::{Mark, ScorerResult};
use super::schema::Schema;
use super::similarity::{self, Unlike};
use super::tools::{self, Problem};
use super::{
    Arguments, Call, Check, Contains, HowMany, Range, Scorer, Scorers, Wanted, json, language, text,
};
use crate::chat::{Output, Request, ToolCall};
use crate::log;
use crate::score::{PartScore, Threshold};

/// The most bytes of a text that is looked at.
const MOST_TEXT: usize = 256 * 1024;

/// What scorers look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub request: &'a Request,
    /// The new response, or why there is none.
    pub candidate: Result<&'a Output, &'a str>,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    /// The new response was stored before: its latency and cost say nothing.
    pub cached: bool,
    pub original: Option<Original<'a>>,
}

/// The original response.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    pub output: &'a Output,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
}

/// What a check found.
struct Finding {
    score: f64,
    passed: bool,
    reason: String,
}

/// Why a check found nothing.
enum Unscored {
    Skipped(String),
    Error(String),
}

type Found = Result<Finding, Unscored>;

/// Scores a response by every scorer of a set.
pub fn all(scorers: &Scorers, context: &Context<'_>) -> Vec<ScorerResult> {
    let named = scorers.named().into_iter();
    let results = named.map(|(name, scorer)| {
        let (mark, reason) = score(scorer, context);
        // A reason may quote the response: lists carry the head of it at most.
        ScorerResult { name, kind: Kind::of(&scorer.check), mark, reason: log::preview(&reason) }
    });
    results.collect()
}

/// Scores that there is no response, and why.
pub fn unanswered(scorers: &Scorers, why: &str) -> Vec<ScorerResult> {
    let request = Request { model: String::new(), messages: Vec::new(), settings: Map::new() };
    let context = Context {
        request: &request,
        candidate: Err(why),
        latency_ms: None,
        cost_usd: None,
        cached: false,
        original: None,
    };
    all(scorers, &context)
}

/// Scores a response by one scorer, and says why.
///
/// Scores are whole millionths, which is what they are added up in.
pub fn score(scorer: &Scorer, context: &Context<'_>) -> (Mark, String) {
    match found(&scorer.check, context) {
        Ok(Finding { score, passed, reason }) => match PartScore::try_from(score) {
            Ok(score) if scorer.not => {
                (Mark::Scored { score: score.rest().rounded(), passed: !passed }, reason)
            }
            Ok(score) => (Mark::Scored { score: score.rounded(), passed }, reason),
            Err(error) => (Mark::Error, error.to_string()),
        },
        Err(Unscored::Skipped(reason)) => (Mark::Skipped, reason),
        Err(Unscored::Error(reason)) => (Mark::Error, reason),
    }
}

fn found(check: &Check, context: &Context<'_>) -> Found {
    let output = match (check, context.candidate) {
        (Check::Error, Ok(_)) => return Ok(verdict(true, "there is a response")),
        (Check::Error, Err(error)) => return Ok(verdict(false, error)),
        (_, Ok(output)) => output,
        (_, Err(_)) => return skip("there is no response"),
    };
    match check {
        Check::Equals { value, ignore_case } => {
            equals(&expected(value.as_ref(), context)?, &normal(output)?, *ignore_case)
        }
        Check::Contains(wanted) => contains(wanted, normal(output)?),
        Check::StartsWith(start) => {
            let starts = normal(output)?.starts_with(&*text::normal(start));
            Ok(verdict(starts, if starts { "it starts so" } else { "it starts otherwise" }))
        }
        Check::Regex(pattern) => {
            let matches = pattern.is_in(&normal(output)?);
            let matches = matches.map_err(|error| Unscored::Error(error.to_string()))?;
            Ok(verdict(matches, if matches { "the pattern matches" } else { "the pattern matches nowhere" }))
        }
        Check::IsJson { schema, allow_fence } => {
            let text = readable(output)?;
            let text = if *allow_fence { json::unfenced(text) } else { text };
            fits(json::whole(text).ok_or("the response is no JSON"), schema.as_ref())
        }
        Check::ContainsJson(schema) => {
            let value = json::first(readable(output)?).ok_or("the response has no JSON object or list in it");
            fits(value, schema.as_ref())
        }
        Check::Similarity { measure, value, threshold } => {
            let expected = expected(value.as_ref(), context)?;
            match similarity::of(*measure, &expected, &normal(output)?) {
                Ok(score) => graded(score, *threshold),
                Err(Unlike::Fault(reason)) => Ok(verdict(false, reason)),
                Err(Unlike::Skip(reason)) => skip(reason),
            }
        }
        Check::WordCount(range) => Ok(within(*range, text::word_count(readable(output)?), "words")),
        Check::CharCount(range) => Ok(within(*range, normal(output)?.chars().count(), "characters")),
        Check::LengthRatio(range) => length_ratio(*range, &original_text(context)?, &normal(output)?),
        Check::FinishReason(reasons) => {
            let Some(reason) = output.finish_reason else {
                return skip("why the model stopped is not known");
            };
            let word = serde_json::to_value(reason).unwrap_or_default();
            Ok(verdict(reasons.contains(&reason), format!("it stopped for {word}").replace('"', "")))
        }
        Check::IsRefusal => {
            let stance = refusal::stance(output);
            Ok(verdict(stance == Stance::Refusal, words(stance)))
        }
        Check::RefusalChanged => refusal_changed(original(context)?.output, output),
        Check::LanguageSame => language_same(&original_text(context)?, &normal(output)?),
        Check::ToolF1 { names, threshold } => {
            let expected: BTreeSet<&str> = match names {
                Some(names) => names.iter().map(String::as_str).collect(),
                None => called(original(context)?.output),
            };
            graded(tools::f1(&expected, &called(output)), *threshold)
        }
        Check::ToolArguments { calls, arguments, threshold } => {
            tool_arguments(calls.as_deref(), arguments, *threshold, context, output)
        }
        Check::IsValidToolCall => valid_calls(context.request, &output.tool_calls),
        Check::Latency(most) => {
            at_most(measured(context, context.latency_ms.map(|ms| ms as f64), "latency")?, *most, "ms")
        }
        Check::Cost(most) => at_most(measured(context, context.cost_usd, "cost")?, *most, "US dollars"),
        Check::LatencyRatio(most) => {
            let now = measured(context, context.latency_ms.map(|ms| ms as f64), "latency")?;
            ratio(now, original(context)?.latency_ms.map(|ms| ms as f64), *most)
        }
        Check::CostRatio(most) => {
            ratio(measured(context, context.cost_usd, "cost")?, original(context)?.cost_usd, *most)
        }
        Check::Error => Ok(verdict(true, "there is a response")),
    }
}

fn skip<T>(reason: impl Into<String>) -> Result<T, Unscored> {
    Err(Unscored::Skipped(reason.into()))
}

fn verdict(passed: bool, reason: impl Into<String>) -> Finding {
    Finding { score: if passed { 1.0 } else { 0.0 }, passed, reason: reason.into() }
}

/// A score that passes from a threshold on, compared in millionths.
fn graded(score: f64, threshold: Threshold) -> Found {
    let passed = PartScore::try_from(score).is_ok_and(|share| share.reaches(threshold));
    let sign = if passed { "at or above" } else { "below" };
    Ok(Finding { score, passed, reason: format!("{score:.3} is {sign} {threshold}") })
}

fn readable(output: &Output) -> Result<&str, Unscored> {
    if output.text.len() <= MOST_TEXT { Ok(&output.text) } else { skip("the text is above 256 kB") }
}

fn normal(output: &Output) -> Result<Cow<'_, str>, Unscored> {
    readable(output).map(text::normal)
}

fn original<'a>(context: &Context<'a>) -> Result<Original<'a>, Unscored> {
    context.original.map_or_else(|| skip("there is no original response"), Ok)
}

fn original_text<'a>(context: &Context<'a>) -> Result<Cow<'a, str>, Unscored> {
    let output = original(context)?.output;
    if output.text.trim().is_empty() { skip("the original response has no text") } else { normal(output) }
}

/// Gives what a scorer compares with: its own value, else the original response.
fn expected<'a>(value: Option<&'a Wanted>, context: &Context<'a>) -> Result<Cow<'a, str>, Unscored> {
    match value.map(Wanted::value) {
        Some(Value::String(text)) => Ok(text::normal(text)),
        Some(value) => Ok(Cow::Owned(text::normal(&value.to_string()).into_owned())),
        None => original_text(context),
    }
}

fn equals(expected: &str, text: &str, ignore_case: bool) -> Found {
    let [expected, text] = [expected, text].map(|text| text::fold(Cow::Borrowed(text.trim()), ignore_case));
    let equal = match (json::whole(&expected), json::whole(&text)) {
        (Some(expected), Some(value)) => json::same(&expected, &value),
        _ => expected == text,
    };
    Ok(verdict(equal, if equal { "they are equal" } else { "they differ" }))
}

fn contains(wanted: &Contains, text: Cow<'_, str>) -> Found {
    let text = text::fold(text, wanted.ignore_case);
    let is_in = |needle: &&String| text.contains(&*text::fold(text::normal(needle), wanted.ignore_case));
    let reason =
        |what: &str, needle: &str| format!("{what} \"{}\"", needle.chars().take(60).collect::<String>());
    let needles = wanted.needles().iter();
    Ok(if wanted.how_many == HowMany::Any {
        match needles.clone().find(is_in) {
            Some(needle) => verdict(true, reason("it contains", needle)),
            None => verdict(false, "it contains none of the texts"),
        }
    } else {
        match needles.clone().find(|needle| !is_in(needle)) {
            Some(needle) => verdict(false, reason("it does not contain", needle)),
            None => verdict(true, "it contains what is looked for"),
        }
    })
}

fn fits(value: Result<Value, &str>, schema: Option<&Schema>) -> Found {
    let value = match (value, schema) {
        (Err(reason), _) => return Ok(verdict(false, reason)),
        (Ok(_), None) => return Ok(verdict(true, "it is JSON")),
        (Ok(value), Some(schema)) => schema.misfit(&value),
    };
    match value {
        Ok(None) => Ok(verdict(true, "it fits the schema")),
        Ok(Some(misfit)) => Ok(verdict(false, misfit)),
        Err(error) => Err(Unscored::Error(error.to_string())),
    }
}

fn within(range: Range, count: usize, what: &str) -> Finding {
    verdict(range.holds(count as f64), format!("{count} {what}"))
}

fn length_ratio(range: Range, original: &str, text: &str) -> Found {
    let ratio = text.chars().count() as f64 / original.chars().count() as f64;
    let score = if ratio <= 1.0 { ratio } else { 1.0 / ratio };
    Ok(Finding {
        score,
        passed: range.holds(ratio),
        reason: format!("{ratio:.2} times as long as the original"),
    })
}

fn words(stance: Stance) -> &'static str {
    match stance {
        Stance::Refusal => "it is a refusal",
        Stance::Answer => "it is no refusal, by a heuristic for English",
        Stance::Empty => "it is empty",
    }
}

fn refusal_changed(original: &Output, output: &Output) -> Found {
    match (refusal::stance(original), refusal::stance(output)) {
        (Stance::Empty, _) => skip("the original response is empty"),
        (_, Stance::Empty) => skip("the response is empty"),
        (Stance::Answer, Stance::Refusal) => Ok(verdict(false, "the original answered, it refuses")),
        (Stance::Refusal, Stance::Answer) => Ok(verdict(true, "newly answers: the original refused")),
        (Stance::Answer, Stance::Answer) => Ok(verdict(true, "both answer")),
        (Stance::Refusal, Stance::Refusal) => Ok(verdict(true, "both refuse")),
    }
}

fn language_same(original: &str, text: &str) -> Found {
    match (language::of(original), language::of(text)) {
        (Some(original), Some(now)) => {
            Ok(verdict(original == now, format!("the original is in {original}, the response in {now}")))
        }
        (None, _) => skip("the language of the original is not certain"),
        (_, None) => skip("the language of the response is not certain"),
    }
}

fn called(output: &Output) -> BTreeSet<&str> {
    output.tool_calls.iter().map(|call| call.name.as_str()).collect()
}

fn tool_arguments(
    calls: Option<&[Call]>,
    arguments: &Arguments,
    threshold: Threshold,
    context: &Context<'_>,
    output: &Output,
) -> Found {
    let matched = match calls {
        Some(calls) => tools::matched(calls, &output.tool_calls, arguments),
        None => {
            let calls =
                original(context)?.output.tool_calls.iter().map(tools::read).collect::<Option<Vec<_>>>();
            let Some(calls) = calls else { return skip("the original's arguments are no JSON object") };
            tools::matched(&calls, &output.tool_calls, arguments)
        }
    };
    matched.map_or_else(|| skip("no calls are expected"), |score| graded(score, threshold))
}

fn valid_calls(request: &Request, calls: &[ToolCall]) -> Found {
    if calls.is_empty() {
        return skip("no tools are called");
    }
    let problems: Vec<_> = calls.iter().filter_map(|call| tools::check(request, call).err()).collect();
    // One call that is surely invalid decides, whatever the others are.
    let mut unknown = None;
    for problem in problems {
        match problem {
            Problem::Invalid(reason) => return Ok(verdict(false, reason)),
            Problem::Unknown(reason) => unknown = Some(reason),
        }
    }
    unknown.map_or_else(|| Ok(verdict(true, "every call is valid")), skip)
}

fn measured(context: &Context<'_>, value: Option<f64>, what: &str) -> Result<f64, Unscored> {
    match value {
        _ if context.cached => skip(format!("the response was stored before: its {what} says nothing")),
        Some(value) => Ok(value),
        None => skip(format!("the {what} is not known")),
    }
}

fn at_most(value: f64, most: f64, unit: &str) -> Found {
    Ok(verdict(value <= most, format!("{value} {unit}, at most {most}")))
}

fn ratio(now: f64, before: Option<f64>, most: f64) -> Found {
    match before {
        None => skip("the original's is not known"),
        Some(0.0) => skip("the original's is 0"),
        Some(before) => {
            let ratio = now / before;
            Ok(verdict(ratio <= most, format!("{ratio:.2} times the original's, at most {most}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    /// Scores one response by some scorers, each given as its members but for the name.
    fn check(scene: &Value, scorers: &[Value], expected: Expect) {
        let output = |value: &Value| serde_json::from_value::<Output>(value.clone()).ok();
        let request = json!({"model": "m", "messages": [], "tools": scene["tools"]});
        let request: Request = serde_json::from_value(request).expect("a request");
        let (candidate, original) = (output(&scene["new"]), output(&scene["original"]));
        let context = Context {
            request: &request,
            candidate: candidate.as_ref().ok_or("the provider is down"),
            latency_ms: scene["latency_ms"].as_u64(),
            cost_usd: scene["cost_usd"].as_f64(),
            cached: scene["cached"] == true,
            original: original.as_ref().map(|output| Original {
                output,
                latency_ms: scene["original"]["latency_ms"].as_u64(),
                cost_usd: scene["original"]["cost_usd"].as_f64(),
            }),
        };
        let lines = scorers.iter().map(|scorer| {
            let read: Scorer = serde_json::from_value(scorer.clone()).expect("a scorer");
            let (mark, reason) = score(&read, &context);
            let shown = match mark {
                Mark::Scored { score, passed: true } => format!("{:.4} pass", score.value()),
                Mark::Scored { score, passed: false } => format!("{:.4} fail", score.value()),
                Mark::Skipped => "skipped".to_owned(),
                Mark::Error => "error".to_owned(),
            };
            format!("{scorer}\n    {shown}: {reason}")
        });
        expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn texts() {
        check(
            &json!({"new": {"text": "Cafe\u{301} at 9, STRASSE 3"}, "original": {"text": "Café at 9"}}),
            &[
                json!({"type": "equals"}),
                json!({"type": "equals", "value": " café AT 9, strasse 3 ", "ignore_case": true}),
                json!({"type": "contains", "value": "Café"}),
                json!({"type": "contains", "value": "café"}),
                json!({"type": "contains", "value": "café", "not": true}),
                json!({"type": "icontains", "value": "café"}),
                json!({"type": "icontains", "value": "Straße"}),
                json!({"type": "contains-all", "value": ["Café", "10"]}),
                json!({"type": "contains-any", "value": ["10", "9"]}),
                json!({"type": "contains-any", "value": ["10", "11"]}),
                json!({"type": "starts-with", "value": "Café"}),
                json!({"type": "regex", "pattern": "at \\d"}),
                json!({"type": "regex", "pattern": "^at"}),
                json!({"type": "word-count", "min": 5}),
                json!({"type": "word-count", "max": 4}),
                json!({"type": "char-count", "min": 9, "max": 20}),
                json!({"type": "length-ratio"}),
                json!({"type": "length-ratio", "max": 2.5}),
                json!({"type": "levenshtein"}),
                json!({"type": "rouge-1", "threshold": 0.75}),
                json!({"type": "rouge-1", "threshold": 0.7, "not": true}),
            ],
            expect![[r#"
                {"type":"equals"}
                    0.0000 fail: they differ
                {"type":"equals","value":" café AT 9, strasse 3 ","ignore_case":true}
                    1.0000 pass: they are equal
                {"type":"contains","value":"Café"}
                    1.0000 pass: it contains what is looked for
                {"type":"contains","value":"café"}
                    0.0000 fail: it does not contain "café"
                {"type":"contains","value":"café","not":true}
                    1.0000 pass: it does not contain "café"
                {"type":"icontains","value":"café"}
                    1.0000 pass: it contains what is looked for
                {"type":"icontains","value":"Straße"}
                    0.0000 fail: it does not contain "Straße"
                {"type":"contains-all","value":["Café","10"]}
                    0.0000 fail: it does not contain "10"
                {"type":"contains-any","value":["10","9"]}
                    1.0000 pass: it contains "9"
                {"type":"contains-any","value":["10","11"]}
                    0.0000 fail: it contains none of the texts
                {"type":"starts-with","value":"Café"}
                    1.0000 pass: it starts so
                {"type":"regex","pattern":"at \\d"}
                    1.0000 pass: the pattern matches
                {"type":"regex","pattern":"^at"}
                    0.0000 fail: the pattern matches nowhere
                {"type":"word-count","min":5}
                    1.0000 pass: 5 words
                {"type":"word-count","max":4}
                    0.0000 fail: 5 words
                {"type":"char-count","min":9,"max":20}
                    1.0000 pass: 20 characters
                {"type":"length-ratio"}
                    0.4500 fail: 2.22 times as long as the original
                {"type":"length-ratio","max":2.5}
                    0.4500 pass: 2.22 times as long as the original
                {"type":"levenshtein"}
                    0.4500 fail: 0.450 is below 0.75
                {"type":"rouge-1","threshold":0.75}
                    0.7500 pass: 0.750 is at or above 0.75
                {"type":"rouge-1","threshold":0.7,"not":true}
                    0.2500 fail: 0.750 is at or above 0.7"#]],
        );
    }

    #[test]
    fn json_in_texts() {
        let schema = json!({"type": "object", "required": ["a"]});
        check(
            &json!({"new": {"text": "```json\n{\"b\": 1}\n```"}, "original": {"text": "{\"a\": 1.0, \"b\": 1}"}}),
            &[
                json!({"type": "is-json"}),
                json!({"type": "is-json", "allow_fence": true}),
                json!({"type": "is-json", "allow_fence": true, "schema": schema}),
                json!({"type": "contains-json"}),
                json!({"type": "contains-json", "schema": schema}),
                json!({"type": "json-diff"}),
            ],
            expect![[r#"
                {"type":"is-json"}
                    0.0000 fail: the response is no JSON
                {"type":"is-json","allow_fence":true}
                    1.0000 pass: it is JSON
                {"type":"is-json","allow_fence":true,"schema":{"type":"object","required":["a"]}}
                    0.0000 fail: a is missing
                {"type":"contains-json"}
                    1.0000 pass: it is JSON
                {"type":"contains-json","schema":{"type":"object","required":["a"]}}
                    0.0000 fail: a is missing
                {"type":"json-diff"}
                    0.0000 fail: the response is no JSON"#]],
        );
        check(
            &json!({"new": {"text": "{\"b\": 1.0, \"a\": 2}"}, "original": {"text": "{\"a\": 2.0, \"b\": 1}"}}),
            &[
                json!({"type": "equals"}),
                json!({"type": "equals", "value": {"a": 2}}),
                json!({"type": "json-diff"}),
                json!({"type": "json-diff", "value": {"a": 2}}),
                json!({"type": "same-json-shape", "value": {"a": 2}}),
                json!({"type": "same-json-shape"}),
            ],
            expect![[r#"
                {"type":"equals"}
                    1.0000 pass: they are equal
                {"type":"equals","value":{"a":2}}
                    0.0000 fail: they differ
                {"type":"json-diff"}
                    1.0000 pass: 1.000 is at or above 0.75
                {"type":"json-diff","value":{"a":2}}
                    0.5000 fail: 0.500 is below 0.75
                {"type":"same-json-shape","value":{"a":2}}
                    0.6667 fail: 0.667 is below 1
                {"type":"same-json-shape"}
                    1.0000 pass: 1.000 is at or above 1"#]],
        );
    }

    #[test]
    fn refusals_and_languages() {
        let german = "Ihre Bestellung ist heute Morgen verschickt worden und kommt spätestens am Freitag bei Ihnen an.";
        let english =
            "Your order was sent this morning, and it will be with you by the end of the week at the latest.";
        check(
            &json!({"new": {"text": "I cannot help with that.", "finish_reason": "stop"}, "original": {"text": english}}),
            &[
                json!({"type": "is-refusal"}),
                json!({"type": "is-refusal", "not": true}),
                json!({"type": "refusal-changed"}),
                json!({"type": "language-same"}),
                json!({"type": "finish-reason", "value": "stop"}),
                json!({"type": "finish-reason", "value": ["length"]}),
            ],
            expect![[r#"
                {"type":"is-refusal"}
                    1.0000 pass: it is a refusal
                {"type":"is-refusal","not":true}
                    0.0000 fail: it is a refusal
                {"type":"refusal-changed"}
                    0.0000 fail: the original answered, it refuses
                {"type":"language-same"}
                    skipped: the language of the response is not certain
                {"type":"finish-reason","value":"stop"}
                    1.0000 pass: it stopped for stop
                {"type":"finish-reason","value":["length"]}
                    0.0000 fail: it stopped for stop"#]],
        );
        check(
            &json!({"new": {"text": german}, "original": {"text": english}}),
            &[
                json!({"type": "refusal-changed"}),
                json!({"type": "language-same"}),
                json!({"type": "finish-reason", "value": "stop"}),
            ],
            expect![[r#"
                {"type":"refusal-changed"}
                    1.0000 pass: both answer
                {"type":"language-same"}
                    0.0000 fail: the original is in English, the response in German
                {"type":"finish-reason","value":"stop"}
                    skipped: why the model stopped is not known"#]],
        );
    }

    #[test]
    fn tools_that_are_called() {
        let call = |name: &str, arguments: &str| json!({"id": "1", "name": name, "arguments": arguments});
        let tools = json!([{"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}}]);
        let found = json!({"text": "", "tool_calls": [call("find", "{\"q\": 3}"), call("lose", "{}")]});
        check(
            &json!({"tools": tools, "new": found, "original": {"text": "", "tool_calls": [call("find", "{\"q\": 3.0, \"n\": 1}")]}}),
            &[
                json!({"type": "tool-f1"}),
                json!({"type": "tool-f1", "value": ["find", "lose"]}),
                json!({"type": "tool-args-match"}),
                json!({"type": "tool-args-match", "value": [{"name": "find", "arguments": {"q": 3}}, {"name": "lose"}]}),
                json!({"type": "is-valid-tool-call"}),
                json!({"type": "rouge-1"}),
            ],
            expect![[r#"
                {"type":"tool-f1"}
                    0.6667 fail: 0.667 is below 1
                {"type":"tool-f1","value":["find","lose"]}
                    1.0000 pass: 1.000 is at or above 1
                {"type":"tool-args-match"}
                    0.0000 fail: 0.000 is below 1
                {"type":"tool-args-match","value":[{"name":"find","arguments":{"q":3}},{"name":"lose"}]}
                    1.0000 pass: 1.000 is at or above 1
                {"type":"is-valid-tool-call"}
                    0.0000 fail: the arguments of find: /q: 3 is no string
                {"type":"rouge-1"}
                    skipped: the original response has no text"#]],
        );
        check(
            &json!({"tools": tools, "new": {"text": "No."}, "original": {"text": "No."}}),
            &[
                json!({"type": "tool-f1"}),
                json!({"type": "tool-args-match"}),
                json!({"type": "is-valid-tool-call"}),
            ],
            expect![[r#"
                {"type":"tool-f1"}
                    1.0000 pass: 1.000 is at or above 1
                {"type":"tool-args-match"}
                    skipped: no calls are expected
                {"type":"is-valid-tool-call"}
                    skipped: no tools are called"#]],
        );
    }

    #[test]
    fn what_a_response_took_and_cost() {
        let scorers = [
            json!({"type": "latency", "max_ms": 500}),
            json!({"type": "latency", "max_ms": 499.5}),
            json!({"type": "cost", "max_usd": 0.02}),
            json!({"type": "latency-ratio", "max": 1.25}),
            json!({"type": "cost-ratio", "max": 1}),
            json!({"type": "error"}),
        ];
        let original = json!({"text": "x", "latency_ms": 400, "cost_usd": 0});
        check(
            &json!({"new": {"text": "x"}, "latency_ms": 500, "cost_usd": 0.02, "original": original}),
            &scorers,
            expect![[r#"
                {"type":"latency","max_ms":500}
                    1.0000 pass: 500 ms, at most 500
                {"type":"latency","max_ms":499.5}
                    0.0000 fail: 500 ms, at most 499.5
                {"type":"cost","max_usd":0.02}
                    1.0000 pass: 0.02 US dollars, at most 0.02
                {"type":"latency-ratio","max":1.25}
                    1.0000 pass: 1.25 times the original's, at most 1.25
                {"type":"cost-ratio","max":1}
                    skipped: the original's is 0
                {"type":"error"}
                    1.0000 pass: there is a response"#]],
        );
        check(
            &json!({"new": {"text": "x"}, "latency_ms": 500, "cached": true, "original": original}),
            &scorers[3..],
            expect![[r#"
                {"type":"latency-ratio","max":1.25}
                    skipped: the response was stored before: its latency says nothing
                {"type":"cost-ratio","max":1}
                    skipped: the response was stored before: its cost says nothing
                {"type":"error"}
                    1.0000 pass: there is a response"#]],
        );
    }

    #[test]
    fn what_is_missing_skips() {
        let scorers = [
            json!({"type": "error"}),
            json!({"type": "error", "not": true}),
            json!({"type": "contains", "value": "x", "not": true}),
            json!({"type": "equals"}),
            json!({"type": "latency", "max_ms": 1}),
        ];
        check(
            &json!({}),
            &scorers,
            expect![[r#"
            {"type":"error"}
                0.0000 fail: the provider is down
            {"type":"error","not":true}
                1.0000 pass: the provider is down
            {"type":"contains","value":"x","not":true}
                skipped: there is no response
            {"type":"equals"}
                skipped: there is no response
            {"type":"latency","max_ms":1}
                skipped: there is no response"#]],
        );
        check(
            &json!({"new": {"text": "x"}}),
            &scorers[3..],
            expect![[r#"
            {"type":"equals"}
                skipped: there is no original response
            {"type":"latency","max_ms":1}
                skipped: the latency is not known"#]],
        );
        let long = json!({"new": {"text": "x".repeat(MOST_TEXT + 1)}, "original": {"text": " "}});
        check(
            &long,
            &scorers[2..4],
            expect![[r#"
            {"type":"contains","value":"x","not":true}
                skipped: the text is above 256 kB
            {"type":"equals"}
                skipped: the original response has no text"#]],
        );
    }

    #[test]
    fn results_carry_names_and_types() {
        let scorers = json!([{"type": "error"}, {"type": "error", "name": "Up", "not": true}]);
        let scorers: Scorers = serde_json::from_value(scorers).expect("scorers");
        let request: Request =
            serde_json::from_value(json!({"model": "m", "messages": []})).expect("a request");
        let output = Output::default();
        let context = Context {
            request: &request,
            candidate: Ok(&output),
            latency_ms: None,
            cost_usd: None,
            cached: false,
            original: None,
        };
        let results = serde_json::to_string_pretty(&all(&scorers, &context)).expect("it serialises");
        expect![[r#"
            [
              {
                "name": "error",
                "type": "error",
                "status": "ok",
                "score": 1.0,
                "passed": true,
                "reason": "there is a response"
              },
              {
                "name": "Up",
                "type": "error",
                "status": "ok",
                "score": 0.0,
                "passed": false,
                "reason": "there is a response"
              }
            ]"#]]
        .assert_eq(&results);
    }
}
