//! Scorers tried on the responses that a set has, the original ones and those of its last run: what each says of them
//! while it is being written.
//!
//! Pure. Leaves out where the items come from, and pacing the work so that typing stays smooth.

use serde::Deserialize;
use shared::chat::{Output, Request, openai};
use shared::id::RunId;
use shared::json::{self, Object};
use shared::log::preview;
use shared::outcome::Answered;
use shared::scorer::Scorer;
use shared::scorer::result::Mark;
use shared::scorer::run::{self, Context, Original};
use shared::set::Reference;

/// What a scorer looks at: a request with a response.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub request: Request,
    pub original: Option<Output>,
    /// What a run was answered; none where the original response is looked at itself.
    pub new: Option<New>,
}

/// A response in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct New {
    /// The response, or why there is none.
    pub output: Result<Output, String>,
    pub latency_ms: Option<u64>,
    pub cost_usd: Option<f64>,
    /// It was stored before the run: what it took says nothing.
    pub cached: bool,
}

impl Sample {
    /// Gives the response that is looked at, or why there is none.
    fn looked_at(&self) -> Result<&Output, &str> {
        match &self.new {
            Some(new) => new.output.as_ref().map_err(String::as_str),
            None => self.original.as_ref().ok_or("there is no original response"),
        }
    }
}

/// The members of an exported line that are looked at.
struct Line {
    request: serde_json::Value,
    reference: Option<Reference>,
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        Ok(Self { request: object.take("request")?, reference: object.take("reference")? })
    }
}

/// Reads a line of a set's export; none of an item without an original response, or one that is not understood.
pub fn read(line: &str) -> Option<Sample> {
    let line: Line = json::read(line).ok()?;
    let request = openai::read_request(&line.request).ok()?;
    Some(Sample { request, original: Some(line.reference?.into()), new: None })
}

/// Reads a line of what the last run of a set was answered, with the run; none of one that is not understood.
pub fn read_answer(line: &str) -> Option<(RunId, Sample)> {
    let answered: Answered = json::read(line).ok()?;
    let request = openai::read_request(&answered.request).ok()?;
    let new = New {
        output: answered.response.ok_or(answered.error.unwrap_or_default()),
        latency_ms: answered.latency_ms,
        cost_usd: answered.cost_usd,
        cached: answered.cached,
    };
    Some((
        answered.run_id,
        Sample { request, original: answered.reference.map(Output::from), new: Some(new) },
    ))
}

/// The most failures that are kept to be looked at.
const MOST_EXAMPLES: usize = 3;

/// What a scorer says of the samples so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    pub errored: u64,
    /// The first that fail, the first that is skipped and the first that the scorer does not work on.
    pub examples: Vec<Example>,
}

/// One sample that a scorer does not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub mark: Mark,
    pub reason: String,
    /// Heads of the texts.
    pub request: String,
    pub response: String,
}

/// What a scorer says of a sample, and why.
pub type Score = fn(&Scorer, &Sample) -> (Mark, String);

/// Scores a response beside the original one, which may be itself. How long the original took and what it cost is not
/// known of a sample.
pub fn score(scorer: &Scorer, sample: &Sample) -> (Mark, String) {
    let original = sample.original.as_ref();
    let new = sample.new.as_ref();
    let context = Context {
        request: &sample.request,
        candidate: sample.looked_at(),
        latency_ms: new.and_then(|new| new.latency_ms),
        cost_usd: new.and_then(|new| new.cost_usd),
        cached: new.is_some_and(|new| new.cached),
        original: original.map(|output| Original { output, latency_ms: None, cost_usd: None }),
    };
    run::score(scorer, &context)
}

impl Tally {
    /// Counts what a scorer says of one more sample.
    pub fn add(&mut self, sample: &Sample, mark: Mark, reason: &str) {
        let (count, kept) = match mark {
            Mark::Scored { passed: true, .. } => (&mut self.passed, 0),
            Mark::Scored { passed: false, .. } => (&mut self.failed, MOST_EXAMPLES),
            Mark::Skipped => (&mut self.skipped, 1),
            Mark::Error => (&mut self.errored, 1),
        };
        *count += 1;
        if *count <= kept as u64 {
            self.examples.push(Example {
                mark,
                reason: preview(reason),
                request: preview(&sample.request.last_user().unwrap_or_default()),
                response: sample.looked_at().map_or_else(preview, |output| preview(&output.plain())),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    fn line(response: &Value) -> String {
        let request = json!({"model": "m", "messages": [{"role": "user", "content": "Where is it?"}]});
        json!({"request": request, "reference": response, "tags": {"plan": "pro"}}).to_string()
    }

    fn check(scorer: Value, expected: Expect) {
        let scorer: Scorer = serde_json::from_value(scorer).expect("a scorer");
        let responses = [json!("On its way."), json!("No."), json!("Sorry, I cannot help."), Value::Null];
        let samples = responses.iter().filter_map(|response| read(&line(response)));
        let mut tally = Tally::default();
        samples.for_each(|sample| {
            let (mark, reason) = score(&scorer, &sample);
            tally.add(&sample, mark, &reason);
        });
        let Tally { passed, failed, skipped, errored, examples } = tally;
        let examples = examples.iter().map(|example| format!("\n{}: {}", example.response, example.reason));
        expected.assert_eq(&format!("{passed} {failed} {skipped} {errored}{}", examples.collect::<String>()));
    }

    #[test]
    fn what_is_not_passed_is_counted_and_the_first_of_it_kept() {
        check(
            json!({"type": "contains", "value": "way"}),
            expect![[r#"
                1 2 0 0
                No.: it does not contain "way"
                Sorry, I cannot help.: it does not contain "way""#]],
        );
        check(
            json!({"type": "latency", "max_ms": 10}),
            expect![[r#"
                0 0 3 0
                On its way.: the latency is not known"#]],
        );
    }

    #[test]
    fn answers_are_scored_beside_the_originals() {
        let request = json!({"model": "m", "messages": [{"role": "user", "content": "Where is it?"}]});
        let answer = |response: Value| {
            let line = json!({
                "run_id": "r", "item_id": "i", "request": request, "reference": "On its way.", "response": response,
                "error": "it hung up", "latency_ms": 70, "cost_usd": null, "cached": false
            });
            let (run, sample) = read_answer(&line.to_string()).expect("an answer");
            assert_eq!(run.as_str(), "r");
            sample
        };
        let samples = [json!({"text": "On its way."}), json!({"text": "No."}), Value::Null].map(answer);
        let said = |scorer: Value| {
            let scorer: Scorer = serde_json::from_value(scorer).expect("a scorer");
            let mut tally = Tally::default();
            for sample in &samples {
                let (mark, reason) = score(&scorer, sample);
                tally.add(sample, mark, &reason);
            }
            let Tally { passed, failed, skipped, errored, examples } = tally;
            let examples =
                examples.iter().map(|example| format!("\n{}: {}", example.response, example.reason));
            format!("{passed} {failed} {skipped} {errored}{}", examples.collect::<String>())
        };
        expect![[r#"
            1 1 1 0
            No.: they differ
            it hung up: there is no response"#]]
        .assert_eq(&said(json!({"type": "equals"})));
        expect![[r#"
            2 0 1 0
            it hung up: there is no response"#]]
        .assert_eq(&said(json!({"type": "latency", "max_ms": 100})));
        assert_eq!(read_answer("{}"), None);
    }

    #[test]
    fn a_line_that_is_no_sample_is_none() {
        assert_eq!(read(&line(&Value::Null)), None);
        assert_eq!(read("{"), None);
    }
}
