//! Topics: texts as terms, groups of them, and failures that lie close together.

use serde_json::{Map, Value, json};
use shared::stats::rng::Rng;
use shared::topics::neighbours::Neighbours;
use shared::topics::terms::{self, Corpus};
use shared::topics::{self, linkage};

use super::read::{count, list, number};
use super::{Case, VECTORS, case};

pub const CASES: &[Case] =
    &[case("cl.tfidf", weights), case("cl.average_linkage", groups), case("cl.join_count", neighbours)];

/// Gives the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}

fn corpus_of(inputs: &Value) -> Corpus {
    terms::read(&texts(&inputs["docs"]), &texts(&inputs["stop_words"]))
}

fn weights(inputs: &Value) -> Value {
    let corpus = corpus_of(inputs);
    let first = corpus.texts[0].0.iter().map(|&(term, weight)| (corpus.terms[term].clone(), json!(weight)));
    let nearness = |one: usize, other: usize| corpus.texts[one].nearness(&corpus.texts[other]);
    json!({
        "doc0": first.collect::<Map<_, _>>(),
        "cos_0_1": nearness(0, 1),
        "cos_3_4": nearness(3, 4),
        "cos_0_3": nearness(0, 3),
        "vocab": corpus.terms,
        "idf": corpus.rarity,
    })
}

/// Gives what went into the vector of this id.
fn inputs_of(id: &Value) -> &'static Value {
    &VECTORS.iter().find(|vector| *id == vector.id).expect("the data is among the vectors").inputs
}

fn groups(inputs: &Value) -> Value {
    let docs = inputs_of(&inputs["docs"]);
    let corpus = corpus_of(docs);
    let joins = linkage::join(&corpus.texts);
    let labels = linkage::groups(&joins, corpus.texts.len(), number(&inputs["cut"]));
    let topics = topics::of(&texts(&docs["docs"]), &texts(&docs["stop_words"]), &mut Rng::seeded(0));
    json!({
        "labels_canonical": labels,
        "merge_heights": joins.iter().map(|join| join.distance).collect::<Vec<_>>(),
        "top_terms": topics.iter().map(|topic| &topic.terms).collect::<Vec<_>>(),
    })
}

fn neighbours(inputs: &Value) -> Value {
    let failed: Vec<_> = list(&inputs["fail"]).iter().map(|fail| count(fail) == 1).collect();
    let corpus = terms::read(&texts(&inputs["docs"]), &[]);
    let found = Neighbours::of(&corpus).closeness(&failed, &mut Rng::seeded(count(&inputs["seed"])));
    let found = found.expect("some fail");
    json!({
        "n_fail": failed.iter().filter(|failed| **failed).count(),
        "J": found.share,
        "expected_if_spread": found.expected,
        "p": found.p,
    })
}
