//! What each of `Anthropic`'s models takes: they differ in how long an answer may be, in whether it may be sampled or held
//! to a schema, and in how they think.
//!
//! Known by the version in the name, so that those to come are taken to be like the last. Whoever else speaks the protocol
//! (Kimi, GLM) is taken to take what every model takes. Leaves out what is written.
//!
//! Source: `Anthropic`'s overview of its models, its pages on structured outputs and on thinking, and its guides on
//! migrating from one model to the next.

/// A model, as far as its name tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// None of another maker's, and of one whose name has no version.
    version: Option<(u32, u32)>,
    /// Of the family of Claude Fable and Claude Mythos.
    is_fable: bool,
    is_opus: bool,
}

impl Model {
    /// Reads a name: `claude-3-5-haiku-20241022`, `claude-opus-4-8`, `anthropic/claude-sonnet-4.5`,
    /// `claude-sonnet-4@20250514`.
    pub fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let Some(start) = name.find("claude") else { return Self::default() };
        let own = name[start..].split(['@', ':']).next().unwrap_or_default();
        let parts = || own.split(['-', '.', '_']);
        let is_fable = parts().any(|part| matches!(part, "fable" | "mythos"));
        let is_opus = parts().any(|part| part == "opus");
        // A day (20250514) is no version.
        let number = |part: &str| part.parse::<u32>().ok().filter(|number| *number < 100);
        let mut numbers = parts().map(number).skip_while(Option::is_none);
        let major = numbers.next().flatten();
        let version = major.map(|major| (major, numbers.next().flatten().unwrap_or(0)));
        // The first of them had no version.
        Self { version: version.or(is_fable.then_some((5, 0))), is_fable, is_opus }
    }

    /// Tells whether it is of this version or a later one.
    fn is_since(&self, major: u32, minor: u32) -> bool {
        self.version.is_some_and(|version| version >= (major, minor))
    }

    /// Gives the most tokens of an answer, thoughts among them; none when nobody knows.
    pub fn most(&self) -> Option<u64> {
        Some(match self.version? {
            (0..=2, _) | (3, 0..=4) => 4_096,
            (3, 5 | 6) => 8_192,
            (3, _) => 64_000,
            (4, 0 | 1) if self.is_opus => 32_000,
            (4, 0..=5) => 64_000,
            (4, _) if !self.is_opus => 64_000,
            _ => 128_000,
        })
    }

    /// Gives the bound of an answer that nobody bounded, in tokens, since one must be named.
    pub fn usual(&self) -> u64 {
        self.most().map_or(8_192, |most| most.min(32_000))
    }

    /// Tells whether an answer can be held to a schema.
    pub fn takes_schemas(&self) -> bool {
        self.is_since(4, 5)
    }

    /// Tells whether `temperature`, `top_p` and `top_k` may be named.
    pub fn is_sampled(&self) -> bool {
        !self.is_since(4, 7)
    }

    /// Tells whether `temperature` and `top_p` may be named together.
    pub fn takes_both(&self) -> bool {
        !self.is_since(4, 1)
    }

    /// Tells whether it thinks although nobody asked it to.
    pub fn thinks(&self) -> bool {
        self.is_since(5, 0)
    }

    /// Tells whether it can be made to call a tool, when nobody asked it to think.
    pub fn takes_orders(&self) -> bool {
        !(self.is_since(5, 5) || self.is_fable && self.is_since(5, 1))
    }

    /// Tells whether it goes on with what it is said to have begun.
    pub fn goes_on(&self) -> bool {
        !self.is_since(4, 6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(names: &[&str], expected: Expect) {
        let lines = names.iter().map(|name| {
            let model = Model::of(name);
            let marks = [
                (model.takes_schemas(), "schema"),
                (model.is_sampled(), "sampled"),
                (model.takes_both(), "both"),
                (model.thinks(), "thinks"),
                (model.takes_orders(), "orders"),
                (model.goes_on(), "goes-on"),
            ];
            let marks: Vec<_> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
            format!("{name}: {:?} {} {}\n", model.most(), model.usual(), marks.join(" "))
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn models_differ_by_their_age() {
        check(
            &[
                "claude-instant-1.2",
                "claude-3-haiku-20240307",
                "claude-3-5-sonnet-latest",
                "claude-3-7-sonnet-20250219",
                "claude-sonnet-4-20250514",
                "claude-opus-4-1-20250805",
                "claude-haiku-4-5",
                "claude-opus-4-6",
                "claude-sonnet-4-6",
                "claude-opus-4-8",
                "claude-sonnet-5",
                "claude-opus-5-5",
                "claude-fable-5",
                "claude-fable-5-1",
                "claude-mythos-preview",
            ],
            expect![[r#"
                claude-instant-1.2: Some(4096) 4096 sampled both orders goes-on
                claude-3-haiku-20240307: Some(4096) 4096 sampled both orders goes-on
                claude-3-5-sonnet-latest: Some(8192) 8192 sampled both orders goes-on
                claude-3-7-sonnet-20250219: Some(64000) 32000 sampled both orders goes-on
                claude-sonnet-4-20250514: Some(64000) 32000 sampled both orders goes-on
                claude-opus-4-1-20250805: Some(32000) 32000 sampled orders goes-on
                claude-haiku-4-5: Some(64000) 32000 schema sampled orders goes-on
                claude-opus-4-6: Some(128000) 32000 schema sampled orders
                claude-sonnet-4-6: Some(64000) 32000 schema sampled orders
                claude-opus-4-8: Some(128000) 32000 schema orders
                claude-sonnet-5: Some(128000) 32000 schema thinks orders
                claude-opus-5-5: Some(128000) 32000 schema thinks
                claude-fable-5: Some(128000) 32000 schema thinks orders
                claude-fable-5-1: Some(128000) 32000 schema thinks
                claude-mythos-preview: Some(128000) 32000 schema thinks orders
            "#]],
        );
    }

    #[test]
    fn names_are_written_in_many_ways() {
        check(
            &[
                "anthropic/claude-sonnet-4.5",
                "anthropic/claude-4.7-opus",
                "claude-sonnet-4@20250514",
                "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
                "claude-latest",
                "kimi-k2",
                "",
            ],
            expect![[r#"
                anthropic/claude-sonnet-4.5: Some(64000) 32000 schema sampled orders goes-on
                anthropic/claude-4.7-opus: Some(128000) 32000 schema orders
                claude-sonnet-4@20250514: Some(64000) 32000 sampled both orders goes-on
                us.anthropic.claude-3-5-sonnet-20241022-v2:0: Some(8192) 8192 sampled both orders goes-on
                claude-latest: None 8192 sampled both orders goes-on
                kimi-k2: None 8192 sampled both orders goes-on
                : None 8192 sampled both orders goes-on
            "#]],
        );
    }
}
