//! What each of `Anthropic`'s models takes: they differ in how long an answer may be asked for, in whether it may be
//! sampled, and in whether it can be held to a schema.
//!
//! Known by the beginning of the name. Whoever else speaks the protocol (Kimi, GLM, a gateway) is taken to take what
//! every model takes. Leaves out what is written.
//!
//! Source: `Anthropic`'s overview of its models, its pages on structured outputs, and its guides on migrating to Claude
//! Opus 4.7 and Claude Fable 5.

/// Those that write at most 4,096 tokens.
const SHORTEST: [&str; 5] =
    ["claude-2", "claude-instant", "claude-3-haiku", "claude-3-sonnet", "claude-3-opus"];

/// Those before Claude Opus 4.1. The first of the fourth are named by their day, too: `claude-sonnet-4-20250514`.
const OLD: [&str; 7] = [
    "claude-2",
    "claude-instant",
    "claude-3",
    "claude-opus-4-0",
    "claude-opus-4-2",
    "claude-sonnet-4-0",
    "claude-sonnet-4-2",
];

/// Those that refuse to be sampled otherwise than they are.
const UNSAMPLED: [&str; 4] = ["claude-opus-4-7", "claude-opus-4-8", "claude-fable", "claude-mythos"];

/// Those that always think, as much as they find right.
const THINKING: [&str; 2] = ["claude-fable", "claude-mythos"];

fn is(model: &str, kinds: &[&str]) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    kinds.iter().any(|kind| name.starts_with(kind))
}

/// Gives the bound of an answer that nobody bounded, in tokens: one must be named. It is what every model of its age can
/// write, and never asked for longer than a stream lasts.
pub fn longest(model: &str) -> u64 {
    match () {
        () if is(model, &SHORTEST) => 4_096,
        () if is(model, &["claude-3-5"]) => 8_192,
        () if is(model, &["claude"]) => 32_000,
        () => 8_192,
    }
}

/// Tells whether an answer can be held to a schema.
pub fn takes_schemas(model: &str) -> bool {
    is(model, &["claude"]) && !is(model, &OLD) && !is(model, &["claude-opus-4-1"])
}

/// Tells whether `temperature`, `top_p` and `top_k` may be named.
pub fn is_sampled(model: &str) -> bool {
    !is(model, &UNSAMPLED)
}

/// Tells whether `temperature` and `top_p` may be named together.
pub fn takes_both(model: &str) -> bool {
    !is(model, &["claude"]) || is(model, &OLD)
}

/// Tells whether it thinks although nobody asked it to.
pub fn always_thinks(model: &str) -> bool {
    is(model, &THINKING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(models: &[&str], expected: Expect) {
        let lines = models.iter().map(|model| {
            let marks = [
                (takes_schemas(model), "schema"),
                (is_sampled(model), "sampled"),
                (takes_both(model), "twice"),
                (always_thinks(model), "thinks"),
            ];
            let marks: Vec<_> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
            format!("{model}: {} {}\n", longest(model), marks.join(" "))
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn models_differ_by_their_age() {
        check(
            &[
                "claude-3-haiku-20240307",
                "claude-3-5-sonnet-latest",
                "claude-3-7-sonnet-20250219",
                "claude-sonnet-4-20250514",
                "claude-opus-4-1",
                "claude-haiku-4-5",
                "anthropic/claude-opus-4-8",
                "claude-fable-5",
                "kimi-k2",
            ],
            expect![[r#"
                claude-3-haiku-20240307: 4096 sampled twice
                claude-3-5-sonnet-latest: 8192 sampled twice
                claude-3-7-sonnet-20250219: 32000 sampled twice
                claude-sonnet-4-20250514: 32000 sampled twice
                claude-opus-4-1: 32000 sampled
                claude-haiku-4-5: 32000 schema sampled
                anthropic/claude-opus-4-8: 32000 schema
                claude-fable-5: 32000 schema thinks
                kimi-k2: 8192 sampled twice
            "#]],
        );
    }
}
