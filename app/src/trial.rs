//! Scorers tried on the original responses of a set: what each says of them while it is being written.
//!
//! Pure. Leaves out where the items come from, and pacing the work so that typing stays smooth.

use serde::Deserialize;
use shared::chat::{Output, Request, openai};
use shared::json::{self, Object};
use shared::log::preview;
use shared::scorer::Scorer;
use shared::scorer::result::Mark;
use shared::scorer::run::{self, Context, Original};
use shared::set::Reference;

/// What a scorer looks at: a request with its original response.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub request: Request,
    pub original: Output,
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
    Some(Sample { request, original: line.reference?.into() })
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

/// Scores the original response, beside itself. How long it took and what it cost is not known of a sample.
pub fn score(scorer: &Scorer, sample: &Sample) -> (Mark, String) {
    let context = Context {
        request: &sample.request,
        candidate: Ok(&sample.original),
        latency_ms: None,
        cost_usd: None,
        cached: false,
        original: Some(Original { output: &sample.original, latency_ms: None, cost_usd: None }),
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
                response: preview(&sample.original.plain()),
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
    fn a_line_that_is_no_sample_is_none() {
        assert_eq!(read(&line(&Value::Null)), None);
        assert_eq!(read("{"), None);
    }
}
