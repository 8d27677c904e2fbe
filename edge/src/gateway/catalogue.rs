//! The list of models, in the words of the protocol.

use serde_json::{Value, json};
use shared::provider::Provider;

/// Lists the models of all providers as `provider/model`: names that the gateway takes.
pub fn list(providers: &[Provider]) -> Value {
    let models = providers.iter().flat_map(|provider| {
        provider.models.iter().map(|model| {
            let id = format!("{}/{}", provider.name, provider.name.own_model(&model.id));
            json!({"id": id, "object": "model", "created": 0, "owned_by": provider.name})
        })
    });
    json!({"object": "list", "data": models.collect::<Vec<_>>()})
}
