//! Scorers in words: what each type checks, and what it says of a response.

use shared::scorer::kind::Kind;
use shared::scorer::result::Mark;

use super::number;
use crate::trial::Tally;

/// The types of scorers in groups, each with what it checks.
pub const GROUPS: [(&str, &[(Kind, &str)]); 7] = [
    (
        "Words in the response",
        &[
            (Kind::Contains, "contains a text"),
            (Kind::Icontains, "contains a text, whatever the case"),
            (Kind::ContainsAll, "contains all of several texts"),
            (Kind::IcontainsAll, "contains all of several texts, whatever the case"),
            (Kind::ContainsAny, "contains one of several texts"),
            (Kind::IcontainsAny, "contains one of several texts, whatever the case"),
            (Kind::StartsWith, "starts with a text"),
            (Kind::Equals, "equals a text, or the original"),
            (Kind::Regex, "matches a regular expression"),
        ],
    ),
    (
        "How alike it is to a text, or to the original",
        &[
            (Kind::Levenshtein, "is alike by the characters to change (Levenshtein)"),
            (Kind::FuzzyMatch, "is alike by the characters in common, in order"),
            (Kind::TokenF1, "is alike by the words in common (F1, without articles)"),
            (Kind::Rouge1, "is alike by the words in common (ROUGE-1)"),
            (Kind::Rouge2, "is alike by the pairs of words in common (ROUGE-2)"),
            (Kind::RougeL, "is alike by the longest sequence of words (ROUGE-L)"),
            (Kind::Chrf, "is alike by pieces of words, for any language (chrF)"),
            (Kind::Gleu, "is alike by runs of words (GLEU)"),
            (Kind::Bleu, "is alike by runs of words (BLEU)"),
            (Kind::BleuSimple, "is alike by runs of words, not smoothed (BLEU)"),
            (Kind::NumericDiff, "is alike as a number"),
        ],
    ),
    (
        "JSON",
        &[
            (Kind::IsJson, "is JSON, and fits a schema"),
            (Kind::ContainsJson, "contains JSON that fits a schema"),
            (Kind::JsonDiff, "is JSON with the same values"),
            (Kind::SameJsonShape, "is JSON with the same members"),
            (Kind::ListContains, "is a JSON list of the same texts"),
        ],
    ),
    (
        "Length",
        &[
            (Kind::WordCount, "has so many words"),
            (Kind::CharCount, "has so many characters"),
            (Kind::LengthRatio, "is so many times as long as the original"),
        ],
    ),
    (
        "How it answers",
        &[
            (Kind::Error, "is there at all"),
            (Kind::IsRefusal, "is a refusal"),
            (Kind::RefusalChanged, "does not refuse what the original answered"),
            (Kind::LanguageSame, "is in the language of the original"),
            (Kind::FinishReason, "ended for one of these reasons"),
        ],
    ),
    (
        "Tool calls",
        &[
            (Kind::IsValidToolCall, "calls tools as the request describes them"),
            (Kind::ToolF1, "calls the same tools as the original"),
            (Kind::ToolArguments, "calls tools with the same arguments"),
        ],
    ),
    (
        "Time and cost",
        &[
            (Kind::Latency, "took at most so long"),
            (Kind::LatencyRatio, "took at most so many times as long as the original"),
            (Kind::Cost, "cost at most so much"),
            (Kind::CostRatio, "cost at most so many times as much as the original"),
        ],
    ),
];

/// Says what a type checks.
pub fn kind(kind: Kind) -> &'static str {
    let mut all = GROUPS.iter().flat_map(|(_, kinds)| kinds.iter());
    all.find(|(known, _)| *known == kind).map_or(kind.word(), |(_, words)| words)
}

/// Says what a scorer says of a response, with a mark that does not need colour.
pub fn verdict(mark: Mark) -> &'static str {
    match mark {
        Mark::Scored { passed: true, .. } => "✓ pass",
        Mark::Scored { passed: false, .. } => "✗ fail",
        Mark::Skipped => "– skipped",
        Mark::Error => "! did not work",
    }
}

/// Writes the score where it says more than the verdict.
pub fn score(mark: Mark) -> Option<String> {
    match mark {
        Mark::Scored { score, .. } if score.value() > 0.0 && score.value() < 1.0 => {
            Some(number::score(score.value()))
        }
        _ => None,
    }
}

/// Offers to try the scorers on the items of a set.
pub fn offer(items: u64) -> String {
    match items {
        1 => "Try them on the item".to_owned(),
        _ => format!("Try them on all {} items", number::count(items)),
    }
}

/// Says what the scorers are tried on: so many of a set's items have an original response.
pub fn tried(items: u64, samples: u64) -> String {
    let tried = format!(
        "Tried on {}, as you type.",
        number::counted(samples, "original response", "original responses")
    );
    match items.saturating_sub(samples) {
        0 => tried,
        1 => format!("{tried} 1 item has none."),
        without => format!("{tried} {} items have none.", number::count(without)),
    }
}

/// What the responses are called that a scorer is tried on.
pub const ON_ORIGINALS: &str = "On the original responses";
pub const ON_ANSWERS: &str = "On the responses of the last run";

/// Offers to try scorers on what the last run was answered.
pub const OFFER_ANSWERS: &str = "Try them on the responses of the last run";

/// Says how many responses of the last run the scorers are tried on.
pub fn tried_answers(samples: u64) -> String {
    match samples {
        0 => "No run of this set is over yet: there is nothing to try them on.".to_owned(),
        _ => format!("Tried on {} of the last run.", number::counted(samples, "response", "responses")),
    }
}

/// Says why the original responses tell little about a scorer that compares with them.
pub const WITH_ITSELF: &str =
    "Here each original response is compared with itself; a run compares the new one with it.";

/// Says how a scorer does, each part with how it is marked; what does not occur is left out.
pub fn counts(tally: &Tally) -> Vec<(&'static str, String)> {
    let Tally { passed, failed, skipped, errored, .. } = *tally;
    let parts = [
        ("mark good", "✓", passed, "pass"),
        ("mark bad", "✗", failed, "fail"),
        ("mark", "–", skipped, "skipped"),
        ("mark odd", "!", errored, "did not work"),
    ];
    let parts = parts.into_iter().enumerate().filter(|(place, (.., n, _))| *place < 2 || *n > 0);
    parts.map(|(_, (class, sign, n, word))| (class, format!("{sign} {} {word}", number::count(n)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::score::PartScore;
    use shared::scorer::kind::{CONTAINS, MEASURES};

    #[test]
    fn every_type_is_offered_once() {
        let offered: Vec<_> =
            GROUPS.iter().flat_map(|(_, kinds)| kinds.iter().map(|(kind, _)| kind.word())).collect();
        let mut sorted = offered.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), offered.len());
        assert_eq!(offered.len(), 40);
        let known = MEASURES.iter().map(|known| known.0).chain(CONTAINS.iter().map(|known| known.0));
        assert!(known.map(Kind::word).all(|word| offered.contains(&word)));
        assert_eq!(kind(Kind::StartsWith), "starts with a text");
    }

    #[test]
    fn a_trial_is_counted_in_words() {
        let said = |passed: u64, skipped: u64| {
            let counts = counts(&Tally { passed, skipped, ..Tally::default() });
            counts.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said(1_200, 0), "✓ 1,200 pass ✗ 0 fail");
        assert_eq!(said(0, 2), "✓ 0 pass ✗ 0 fail – 2 skipped");
        assert_eq!(tried(40, 40), "Tried on 40 original responses, as you type.");
        assert_eq!(tried(2, 1), "Tried on 1 original response, as you type. 1 item has none.");
    }

    #[test]
    fn a_score_is_written_where_it_says_more_than_the_verdict() {
        let scored = |score: f64| Mark::Scored {
            score: PartScore::try_from(score).expect("a share"),
            passed: score > 0.5,
        };
        assert_eq!(
            [scored(1.0), scored(0.25), Mark::Skipped, Mark::Error].map(verdict),
            ["✓ pass", "✗ fail", "– skipped", "! did not work"]
        );
        assert_eq!(
            [scored(1.0), scored(0.25), Mark::Error].map(score),
            [None, Some("0.25".to_owned()), None]
        );
    }
}
