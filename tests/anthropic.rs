//! Anthropic as a target: it is asked for a chat completion, and a result says what of that goes unheard there.

use serde_json::json;

use crate::support::World;
use crate::support::scene::id;

#[test]
fn what_it_does_not_hear_of_a_chat_is_shown_with_the_result() {
    let world = World::new();
    for (name, protocol) in [("claude", "anthropic"), ("gpt", "openai")] {
        let provider = json!({"name": name, "protocol": protocol, "base_url": "http://127.0.0.1:9099/v1", "api_key": "sk-0123456789",
            "models": [{"id": "m", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 10.0}]});
        world.post("/api/providers", &provider);
    }
    let set = json!({"name": "Questions", "criteria": [{"name": "Accuracy", "question": "Is it right?"}]});
    let set = id(&world.post("/api/sets", &set));
    let request = json!({"model": "gpt-4o", "seed": 7, "n": 1, "logprobs": true, "frequency_penalty": 0.5,
        "response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "Where is it?"}]});
    let item = json!({"request": request, "reference": "It is on its way."});
    world.post(&format!("/api/sets/{set}/items"), &json!({"items": [item]}));
    let lossy = |provider: &str| {
        let target = json!({"provider": provider, "model": "m"});
        let run = world.start(
            &set,
            json!({"target": target, "judge": {"provider": "gpt", "model": "m"}, "baseline": false}),
        );
        world.drive();
        let results = world.get(&format!("/api/runs/{run}/results"));
        let result = world
            .get(&format!("/api/runs/{run}/results/{}", results["data"][0]["item_id"].as_str().unwrap()));
        assert_eq!(result["sent"]["seed"], 7, "{result}");
        result["lossy"].clone()
    };
    assert_eq!(lossy("claude"), json!(["frequency_penalty", "logprobs", "response_format", "seed"]));
    assert_eq!(lossy("gpt"), json!(null));
}
