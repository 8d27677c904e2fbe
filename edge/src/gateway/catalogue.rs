//! The list of models, in the words of the protocol.

use serde_json::{Value, json};
use shared::provider::Provider;

use super::problem::Dialect;

/// Lists the models of all providers as `provider/model`: names that the gateway takes.
///
/// When they were made is not known: both forms want to be told, and are told the beginning of time.
pub fn list(providers: &[Provider], dialect: Dialect) -> Value {
    let models = providers.iter().flat_map(|provider| {
        let id = |own: &str| format!("{}/{}", provider.name, provider.name.own_model(own));
        provider.models.iter().map(move |model| (id(&model.id), provider))
    });
    match dialect {
        Dialect::Openai => {
            let models = models
                .map(|(id, provider)| json!({"id": id, "object": "model", "created": 0, "owned_by": provider.name}));
            json!({"object": "list", "data": models.collect::<Vec<_>>()})
        }
        Dialect::Anthropic => {
            let models: Vec<_> = models
                .map(|(id, _)| json!({"type": "model", "id": id, "display_name": id, "created_at": "1970-01-01T00:00:00Z"}))
                .collect();
            let id = |model: Option<&Value>| model.and_then(|model| model.get("id")).cloned();
            json!({"first_id": id(models.first()), "last_id": id(models.last()), "has_more": false, "data": models})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(dialect: Dialect, models: Value, expected: Expect) {
        let provider = json!({"id": "p", "name": "acme", "protocol": "openai", "base_url": null, "key_hint": null, "simulated": false, "models": models});
        let providers = [serde_json::from_value(provider).expect("a provider")];
        expected.assert_eq(&list(&providers, dialect).to_string());
    }

    #[test]
    fn models_are_listed_as_the_caller_asks_for_them() {
        let models = json!([{"id": "a"}, {"id": "acme/b"}]);
        check(
            Dialect::Openai,
            models.clone(),
            expect![[
                r#"{"object":"list","data":[{"id":"acme/a","object":"model","created":0,"owned_by":"acme"},{"id":"acme/b","object":"model","created":0,"owned_by":"acme"}]}"#
            ]],
        );
        check(
            Dialect::Anthropic,
            models,
            expect![[
                r#"{"first_id":"acme/a","last_id":"acme/b","has_more":false,"data":[{"type":"model","id":"acme/a","display_name":"acme/a","created_at":"1970-01-01T00:00:00Z"},{"type":"model","id":"acme/b","display_name":"acme/b","created_at":"1970-01-01T00:00:00Z"}]}"#
            ]],
        );
        check(
            Dialect::Anthropic,
            json!([]),
            expect![[r#"{"first_id":null,"last_id":null,"has_more":false,"data":[]}"#]],
        );
    }
}
