//! The models, in the words of the protocol: all of them, or one.

use serde_json::{Value, json};
use shared::provider::Provider;

use super::problem::Dialect;

/// Lists the models of all providers as `provider/model`: names that the gateway takes.
///
/// When they were made is not known: both forms want to be told, and are told the beginning of time.
pub fn list(providers: &[Provider], dialect: Dialect) -> Value {
    let models: Vec<_> = named(providers).map(|(id, provider)| write(&id, provider, dialect)).collect();
    match dialect {
        Dialect::Openai => json!({"object": "list", "data": models}),
        Dialect::Anthropic => {
            let id = |model: Option<&Value>| model.and_then(|model| model.get("id")).cloned();
            json!({"first_id": id(models.first()), "last_id": id(models.last()), "has_more": false, "data": models})
        }
    }
}

/// Finds one of the listed models by its name; none when it is not listed.
pub fn find(providers: &[Provider], id: &str, dialect: Dialect) -> Option<Value> {
    let (id, provider) = named(providers).find(|(known, _)| known == id)?;
    Some(write(&id, provider, dialect))
}

fn named(providers: &[Provider]) -> impl Iterator<Item = (String, &Provider)> {
    providers.iter().flat_map(|provider| {
        let id = |own: &str| format!("{}/{}", provider.name, provider.name.own_model(own));
        provider.models.iter().map(move |model| (id(&model.id), provider))
    })
}

fn write(id: &str, provider: &Provider, dialect: Dialect) -> Value {
    match dialect {
        Dialect::Openai => json!({"id": id, "object": "model", "created": 0, "owned_by": provider.name}),
        Dialect::Anthropic => {
            json!({"type": "model", "id": id, "display_name": id, "created_at": "1970-01-01T00:00:00Z"})
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
    fn a_model_is_found_by_the_name_that_it_is_listed_under() {
        let provider = json!({"id": "p", "name": "router", "protocol": "openai", "base_url": null, "key_hint": null, "simulated": false,
            "models": [{"id": "openai/gpt-4o"}]});
        let providers = [serde_json::from_value(provider).expect("a provider")];
        let find = |id: &str, dialect| {
            find(&providers, id, dialect).map_or_else(|| "none".to_owned(), |model| model.to_string())
        };
        expect![[r#"{"id":"router/openai/gpt-4o","object":"model","created":0,"owned_by":"router"}"#]]
            .assert_eq(&find("router/openai/gpt-4o", Dialect::Openai));
        expect![[r#"{"type":"model","id":"router/openai/gpt-4o","display_name":"router/openai/gpt-4o","created_at":"1970-01-01T00:00:00Z"}"#]].assert_eq(&find("router/openai/gpt-4o", Dialect::Anthropic));
        assert_eq!(find("openai/gpt-4o", Dialect::Openai), "none");
        assert_eq!(find("router", Dialect::Openai), "none");
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
