//! The types of scorers, by the words that people know them by.

use serde::{Deserialize, Serialize};

use super::{Check, Contains, HowMany, Measure};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal)*) => {
        /// The type of a scorer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(rename = "ScorerType"))]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $word)] $kind,)*
        }

        impl Kind {
            /// Gives the word on the wire.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// The text, or the JSON that it is, equals `value` or the original; `ignore_case`.
    Equals "equals"
    /// The text `value` is in the response.
    Contains "contains"
    /// As `contains`, whatever the case.
    Icontains "icontains"
    /// All of the texts in `value` are in the response.
    ContainsAll "contains-all"
    /// At least one of the texts in `value` is in the response.
    ContainsAny "contains-any"
    /// As `contains-all`, whatever the case.
    IcontainsAll "icontains-all"
    /// As `contains-any`, whatever the case.
    IcontainsAny "icontains-any"
    /// The response starts with the text `value`.
    StartsWith "starts-with"
    /// The regular expression `pattern` matches somewhere; linear time, no look-around or references back.
    Regex "regex"
    /// The whole response is JSON that fits `schema`, if there is one; `allow_fence`.
    IsJson "is-json"
    /// The first object or list in the response fits `schema`, if there is one.
    ContainsJson "contains-json"
    /// How alike the JSON is to `value` or the original, member by member.
    JsonDiff "json-diff"
    /// The share of members that the JSON and `value` or the original both have, of the same kind.
    SameJsonShape "same-json-shape"
    /// 1 − edit distance over the longer length, in characters.
    Levenshtein "levenshtein"
    /// The share of characters in common, in order.
    FuzzyMatch "fuzzy-match"
    /// F1 of words in common.
    Rouge1 "rouge-1"
    /// F1 of pairs of words in common.
    Rouge2 "rouge-2"
    /// F1 of the longest sequence of words in common.
    RougeL "rouge-l"
    /// F1 of words in common, without punctuation and articles.
    TokenF1 "token-f1"
    /// F2 of runs of 1 to 6 characters in common; for any language.
    Chrf "chrf"
    /// Runs of 1 to 4 words in common, over those of the longer text.
    Gleu "gleu"
    /// BLEU of a sentence, as `sacrebleu` gives it.
    Bleu "bleu"
    /// BLEU over words between white space in lower case, not smoothed.
    BleuSimple "bleu-simple"
    /// 1 − |a − b| / (|a| + |b|) of two numbers.
    NumericDiff "numeric-diff"
    /// How well two JSON lists of texts agree, in any order.
    ListContains "list-contains"
    /// The number of words is from `min` to `max`.
    WordCount "word-count"
    /// The number of characters is from `min` to `max`.
    CharCount "char-count"
    /// The length, as a multiple of the original's, is from `min` (0.5) to `max` (2).
    LengthRatio "length-ratio"
    /// The model stopped for a reason in `value`: of `stop`, `length`, `content_filter`, `tool_calls`.
    FinishReason "finish-reason"
    /// The response is a refusal, by its provider's word or a heuristic for English.
    IsRefusal "is-refusal"
    /// Fails when the original answered and the new response refuses.
    RefusalChanged "refusal-changed"
    /// The language is the original's.
    LanguageSame "language-same"
    /// F1 of the names of the tools called and those in `value` or of the original.
    ToolF1 "tool-f1"
    /// The share of the calls in `value` or of the original that were made; `exact`, `ignore`, `defaults`.
    ToolArguments "tool-args-match"
    /// Every call names a tool of the request and fits its schema.
    IsValidToolCall "is-valid-tool-call"
    /// The response took at most `max_ms`.
    Latency "latency"
    /// The response cost at most `max_usd`.
    Cost "cost"
    /// The response took at most `max` times as long as the original.
    LatencyRatio "latency-ratio"
    /// The response cost at most `max` times as much as the original.
    CostRatio "cost-ratio"
    /// Passes when there is a response at all.
    Error "error"
}

/// The measures with their types, and from which score they pass.
///
/// Source: `spec/scorers.md` C.1 for ROUGE, BLEU and GLEU; the rest is ours.
pub const MEASURES: [(Kind, Measure, f64); 14] = [
    (Kind::JsonDiff, Measure::JsonDiff, 0.75),
    (Kind::SameJsonShape, Measure::SameJsonShape, 1.0),
    (Kind::Levenshtein, Measure::Levenshtein, 0.75),
    (Kind::FuzzyMatch, Measure::FuzzyMatch, 0.75),
    (Kind::Rouge1, Measure::Rouge1, 0.75),
    (Kind::Rouge2, Measure::Rouge2, 0.75),
    (Kind::RougeL, Measure::RougeL, 0.75),
    (Kind::TokenF1, Measure::TokenF1, 0.75),
    (Kind::Chrf, Measure::Chrf, 0.5),
    (Kind::Gleu, Measure::Gleu, 0.5),
    (Kind::Bleu, Measure::Bleu, 0.5),
    (Kind::BleuSimple, Measure::BleuSimple, 0.5),
    (Kind::NumericDiff, Measure::NumericDiff, 0.95),
    (Kind::ListContains, Measure::ListContains, 0.75),
];

/// The ways to look for texts with their types: how many must be there, and whether case is ignored.
pub const CONTAINS: [(Kind, HowMany, bool); 6] = [
    (Kind::Contains, HowMany::One, false),
    (Kind::Icontains, HowMany::One, true),
    (Kind::ContainsAll, HowMany::All, false),
    (Kind::ContainsAny, HowMany::Any, false),
    (Kind::IcontainsAll, HowMany::All, true),
    (Kind::IcontainsAny, HowMany::Any, true),
];

impl Kind {
    /// Gives the type of a check.
    pub fn of(check: &Check) -> Self {
        match check {
            Check::Equals { .. } => Self::Equals,
            Check::Contains(Contains { how_many, ignore_case, .. }) => {
                let mut all = CONTAINS.iter();
                all.find(|(_, many, fold)| (many, fold) == (how_many, ignore_case))
                    .map_or(Self::Contains, |known| known.0)
            }
            Check::StartsWith(_) => Self::StartsWith,
            Check::Regex(_) => Self::Regex,
            Check::IsJson { .. } => Self::IsJson,
            Check::ContainsJson(_) => Self::ContainsJson,
            Check::Similarity { measure, .. } => {
                MEASURES.iter().find(|known| known.1 == *measure).map_or(Self::Levenshtein, |known| known.0)
            }
            Check::WordCount(_) => Self::WordCount,
            Check::CharCount(_) => Self::CharCount,
            Check::LengthRatio(_) => Self::LengthRatio,
            Check::FinishReason(_) => Self::FinishReason,
            Check::IsRefusal => Self::IsRefusal,
            Check::RefusalChanged => Self::RefusalChanged,
            Check::LanguageSame => Self::LanguageSame,
            Check::ToolF1 { .. } => Self::ToolF1,
            Check::ToolArguments { .. } => Self::ToolArguments,
            Check::IsValidToolCall => Self::IsValidToolCall,
            Check::Latency(_) => Self::Latency,
            Check::Cost(_) => Self::Cost,
            Check::LatencyRatio(_) => Self::LatencyRatio,
            Check::CostRatio(_) => Self::CostRatio,
            Check::Error => Self::Error,
        }
    }
}
