//! Scorers that need no model.

use serde_json::{Value, json};
use shared::chat::FinishReason;
use shared::scorer::ngram::Rates;
use shared::scorer::refusal::Stance;
use shared::scorer::{bleu, edit, json, ngram, refusal, similarity, text};

use super::read::{each, number, numbers};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case("sc.contains", contains),
    // Folding case further than lower case is not done: "ß" stays one letter.
    case("sc.icontains_fold", icontains).without(&["casefold"]),
    // Counted in UTF-16 units, an emoji is two.
    case("sc.levenshtein", levenshtein).without(&["distance_utf16_js"]),
    case("sc.indel_ratio", indel),
    case("sc.rouge", rouges),
    case("sc.bleu_sacrebleu_sentence", bleus),
    case("sc.bleu_simple", simple_bleus).without(&["promptfoo_stored_version_inverted_bp"]),
    case("sc.token_f1", token_f1s),
    case("sc.chrf", chrfs),
    case("sc.numeric_diff", numeric_diff),
    case("sc.json_diff", json_diff),
    case("sc.cosine", cosines),
    case("sc.is_json", is_json),
    case("sc.word_count", word_count),
    case("sc.refusal", refusals),
    case("sc.finish_reason_map", finish_reasons),
];

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Works with each pair of texts.
fn pairs(inputs: &Value, name: &str, answer: impl Fn([&str; 2]) -> Value) -> Value {
    each(&inputs[name], |pair| answer([text(&pair[0]), text(&pair[1])]))
}

fn contains(inputs: &Value) -> Value {
    pairs(inputs, "cases", |[text, needle]| json!(u8::from(text.contains(needle))))
}

fn icontains(inputs: &Value) -> Value {
    let is_in = |[text, needle]: [&str; 2]| {
        let [text, needle] = [text, needle].map(|text| text::fold(text::normal(text), true));
        json!(u8::from(text.contains(&*needle)))
    };
    json!({"lowercase": pairs(inputs, "cases", is_in)})
}

fn levenshtein(inputs: &Value) -> Value {
    let normal = |texts: [&str; 2]| texts.map(|text| edit::characters(&text::normal(text)));
    let apart = |[one, other]: [Vec<u32>; 2]| json!(edit::distance(&one, &other));
    json!({
        "distance_chars": pairs(inputs, "pairs", |pair| apart(pair.map(edit::characters))),
        "distance_chars_after_NFC": pairs(inputs, "pairs", |pair| apart(normal(pair))),
        "similarity_chars_after_NFC": pairs(inputs, "pairs", |pair| {
            let [one, other] = normal(pair);
            json!(edit::similarity(&one, &other))
        }),
    })
}

fn indel(inputs: &Value) -> Value {
    let distance = |[one, other]: [Vec<u32>; 2]| one.len() + other.len() - 2 * edit::common(&one, &other);
    json!({
        "ratio_0_1": pairs(inputs, "pairs", |pair| {
            let [one, other] = pair.map(edit::characters);
            json!(edit::ratio(&one, &other))
        }),
        "indel_distance": pairs(inputs, "pairs", |pair| json!(distance(pair.map(edit::characters)))),
    })
}

/// The vector's own words are ASCII; the product's are of any script.
fn ascii_words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let runs = text.split(|character: char| !character.is_ascii_alphanumeric());
    runs.filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

fn rouges(inputs: &Value) -> Value {
    let shown = |rates: Rates| json!([rates.precision, rates.recall, rates.f1]);
    pairs(inputs, "reference_candidate", |pair| {
        let [reference, candidate] = pair.map(ascii_words);
        let (reference, candidate) = ngram::number(&reference, &candidate);
        json!({
            "rouge1": shown(ngram::rouge(&reference, &candidate, 1)),
            "rouge2": shown(ngram::rouge(&reference, &candidate, 2)),
            "rougeL": shown(ngram::rouge_l(&reference, &candidate)),
        })
    })
}

fn bleus(inputs: &Value) -> Value {
    pairs(inputs, "reference_candidate", |[reference, candidate]| {
        let bleu = bleu::sentence(reference, candidate);
        json!({"score_0_1": bleu.score, "precisions": bleu.precisions, "bp": bleu.brevity})
    })
}

fn simple_bleus(inputs: &Value) -> Value {
    let simple = |[reference, candidate]: [&str; 2]| json!(bleu::simple(reference, candidate));
    json!({"correct_bp": pairs(inputs, "reference_candidate", simple)})
}

fn token_f1s(inputs: &Value) -> Value {
    json!({
        "f1": pairs(inputs, "answer_target", |pair| {
            let [answer, target] = pair.map(text::answer_words);
            let (target, answer) = ngram::number(&target, &answer);
            json!(ngram::token_f1(&target, &answer))
        }),
        "exact_match": pairs(inputs, "answer_target", |pair| {
            let [answer, target] = pair.map(text::answer_words);
            json!(u8::from(answer == target))
        }),
    })
}

fn chrfs(inputs: &Value) -> Value {
    pairs(inputs, "reference_candidate", |[reference, candidate]| json!(ngram::chrf(reference, candidate)))
}

fn numeric_diff(inputs: &Value) -> Value {
    each(&inputs["output_expected"], |pair| {
        let [output, expected] = [0, 1].map(|place| number(&pair[place]));
        json!(json::nearness(output, expected))
    })
}

fn json_diff(inputs: &Value) -> Value {
    each(&inputs["output_expected"], |pair| json!(json::likeness(&pair[0], &pair[1], 10_000)))
}

fn cosines(inputs: &Value) -> Value {
    let of = |pair: &Value| similarity::cosine(&numbers(&pair[0]), &numbers(&pair[1]));
    let least = number(&inputs["expected_min"]);
    json!({
        "cosine": each(&inputs["pairs"], |pair| json!(of(pair))),
        "autoevals_scaled": each(&inputs["pairs"], |pair| json!(similarity::stretched(of(pair), least))),
    })
}

fn is_json(inputs: &Value) -> Value {
    each(&inputs["texts"], |value| json!(u8::from(json::whole(text(value)).is_some())))
}

fn word_count(inputs: &Value) -> Value {
    each(&inputs["texts"], |value| json!(text::word_count(text(value))))
}

fn refusals(inputs: &Value) -> Value {
    each(&inputs["texts"], |value| match refusal::read(text(value)) {
        Stance::Answer => json!("answer"),
        Stance::Refusal => json!("refusal"),
        Stance::Empty => json!("empty"),
    })
}

fn finish_reasons(inputs: &Value) -> Value {
    each(&inputs["raw"], |raw| json!(FinishReason::read(text(raw))))
}
