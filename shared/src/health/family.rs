//! Whether a judge is kinder to models of its own vendor.
//!
//! Leaves out which labels there are. Source of the question: `spec/judging.md` A.2 and A.7.

use serde::{Deserialize, Serialize};

use super::pair::Pair;
use crate::judge::Judge;
use crate::stats::{Interval, Z_95, mean};

/// The words that models are named by, without the digits at their end, and whose they are.
const NAMED: [(&str, &str); 35] = [
    ("gpt", "OpenAI"),
    ("chatgpt", "OpenAI"),
    ("claude", "Anthropic"),
    ("gemini", "Google"),
    ("gemma", "Google"),
    ("palm", "Google"),
    ("llama", "Meta"),
    ("mistral", "Mistral"),
    ("mixtral", "Mistral"),
    ("codestral", "Mistral"),
    ("ministral", "Mistral"),
    ("magistral", "Mistral"),
    ("pixtral", "Mistral"),
    ("devstral", "Mistral"),
    ("qwen", "Alibaba"),
    ("qwq", "Alibaba"),
    ("qvq", "Alibaba"),
    ("deepseek", "DeepSeek"),
    ("command", "Cohere"),
    ("aya", "Cohere"),
    ("grok", "xAI"),
    ("phi", "Microsoft"),
    ("nova", "Amazon"),
    ("titan", "Amazon"),
    ("kimi", "Moonshot"),
    ("moonshot", "Moonshot"),
    ("glm", "Zhipu"),
    ("granite", "IBM"),
    ("jamba", "AI21"),
    ("yi", "01.AI"),
    ("ernie", "Baidu"),
    ("hunyuan", "Tencent"),
    ("doubao", "ByteDance"),
    ("minimax", "MiniMax"),
    ("nemotron", "NVIDIA"),
];
/// `OpenAI`'s that are named by a letter and a digit.
const LETTERED: [&str; 4] = ["o1", "o3", "o4", "o5"];

/// Tells whose model this is by its name, whoever offers it; none when the name does not tell.
///
/// Of a model that was made out of another's, the first name counts.
pub fn vendor(model: &str) -> Option<&'static str> {
    let model = model.to_lowercase();
    let words = model.split(|letter: char| !letter.is_ascii_alphanumeric());
    let whose = |word: &str| {
        let bare = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let named = NAMED.iter().find(|(name, _)| *name == bare).map(|(_, vendor)| *vendor);
        named.or_else(|| LETTERED.contains(&word).then_some("OpenAI"))
    };
    words.filter(|word| !word.is_empty()).find_map(whose)
}

/// Tells whether a model is of a vendor that judges, in the panel too; none when a name does not tell.
pub fn is_own(judge: &Judge, target: &str) -> Option<bool> {
    let judges = judge.members().iter().map(|member| vendor(&member.model)).collect::<Option<Vec<_>>>()?;
    Some(judges.contains(&vendor(target)?))
}

/// How much more often a judge passes responses than people do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lenience {
    /// Questions that both answered.
    pub n: u64,
    /// The share that the judge passes less the share that people pass, -1 to 1.
    pub mean: f64,
}

/// A judge's lenience with models of its own vendor, and with others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Family {
    pub own: Lenience,
    /// None when nobody labelled responses of others.
    pub others: Option<Lenience>,
    /// How much more lenient it is with its own.
    pub gap: Option<f64>,
    /// 95 %, by Welch's standard error; none when one side does not vary.
    pub gap_interval: Option<Interval>,
}

/// Compares a judge's lenience; none when nobody labelled responses of its own vendor's models.
pub fn of(pairs: &[Pair]) -> Option<Family> {
    let residuals = |own: bool| {
        let of_side = pairs.iter().filter(move |pair| pair.own_family == Some(own));
        let value = |passes: bool| f64::from(u8::from(passes));
        of_side.map(|pair| value(pair.judge.passes) - value(pair.people.passes)).collect::<Vec<_>>()
    };
    let (own, others) = (residuals(true), residuals(false));
    let lenience =
        |residuals: &[f64]| Some(Lenience { n: residuals.len() as u64, mean: mean::of(residuals)? });
    let of_own = lenience(&own)?;
    let of_others = lenience(&others);
    let gap = of_others.map(|others| of_own.mean - others.mean);
    let error = mean::standard_error(&own).zip(mean::standard_error(&others));
    let error = error.filter(|(own, others)| *own > 0.0 && *others > 0.0);
    let gap_interval = gap.zip(error).map(|(gap, (own, others))| {
        let half = Z_95 * libm::hypot(own, others);
        Interval(gap - half, gap + half)
    });
    Some(Family { own: of_own, others: of_others, gap, gap_interval })
}

#[cfg(test)]
mod tests {
    use super::super::pair::Verdict;
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn a_model_is_known_by_its_name_whoever_offers_it() {
        let known = [
            "gpt-4o-mini",
            "openai/o3-mini",
            "claude-sonnet-4-5",
            "anthropic.claude-3-haiku-20240307-v1:0",
            "models/gemini-2.5-flash",
            "@cf/meta/llama-3.1-8b-instruct",
            "Qwen2.5-72B-Instruct",
            "deepseek-r1-distill-llama-70b",
            "gpt-oss-120b",
            "o200",
            "judge",
            "",
        ];
        let known = known.map(|model| vendor(model).unwrap_or("?"));
        expect!["OpenAI OpenAI Anthropic Anthropic Google Meta Alibaba DeepSeek OpenAI ? ? ?"]
            .assert_eq(&known.join(" "));
    }

    /// Compares so many questions of each side that the judge alone passes, and on which both agree.
    fn check(own: (usize, usize), others: (usize, usize), expected: Expect) {
        let pairs = |(alone, both): (usize, usize), own_family: Option<bool>| {
            let pair = move |judge_alone: bool| {
                let verdict = |passes| Verdict { passes, level: None };
                let people = verdict(!judge_alone);
                Pair { judge: verdict(true), people, length_ratio: None, stands: true, own_family }
            };
            std::iter::repeat_n(pair(true), alone).chain(std::iter::repeat_n(pair(false), both))
        };
        let unknown = pairs((3, 3), None);
        let all = pairs(own, Some(true)).chain(pairs(others, Some(false))).chain(unknown);
        let family = of(&all.collect::<Vec<_>>());
        expected.assert_eq(&family.map_or("none".to_owned(), |family| {
            let others = family.others.map(|others| (others.n, others.mean));
            let within = family.gap_interval.map(|Interval(low, high)| format!(" in {low:.4} to {high:.4}"));
            format!(
                "own {} {:.3}, others {others:.3?}, gap {:.3?}{}",
                family.own.n,
                family.own.mean,
                family.gap,
                within.unwrap_or_default()
            )
        }));
    }

    #[test]
    fn a_judge_that_is_kinder_to_its_own_shows_it() {
        check((0, 0), (1, 3), expect!["none"]);
        check((1, 0), (0, 0), expect!["own 1 1.000, others None, gap None"]);
        check((1, 3), (0, 4), expect!["own 4 0.250, others Some((4, 0.000)), gap Some(0.250)"]);
        // Welch's standard error by hand: √(0.24·(20/19)/20 + 0.09·(20/19)/20) = 0.131789.
        check(
            (8, 12),
            (2, 18),
            expect!["own 20 0.400, others Some((20, 0.100)), gap Some(0.300) in 0.0417 to 0.5583"],
        );
    }
}
