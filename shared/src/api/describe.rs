//! The `OpenAPI` document, out of the calls' own types.
//!
//! Made by a test and kept as a file beside the Worker; nothing of this goes into Wasm.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Endpoint, Method, Problem, access, choices, decide, labels, logs, runs, sets, settings, tryout, views,
    webhooks,
};
use crate::auth::Scope;
use crate::query;
use crate::report::Format;
use crate::webhook::{Event, Message, RunNews, Sample, TEST};

/// The document while it is put together.
pub struct Document {
    generator: SchemaGenerator,
    paths: Map<String, Value>,
}

/// Writes the whole document.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut document = Document { generator: settings.into_generator(), paths: Map::new() };
    super::describe(&mut document);
    access::describe(&mut document);
    logs::describe(&mut document);
    sets::describe(&mut document);
    choices::describe(&mut document);
    tryout::describe(&mut document);
    runs::describe(&mut document);
    labels::describe(&mut document);
    decide::describe(&mut document);
    settings::describe(&mut document);
    views::describe(&mut document);
    webhooks::describe(&mut document);
    document.gate();
    document.keyed();
    document.files();
    document.gateway();
    let messages = document.messages();
    let problem = document.generator.subschema_for::<Problem>();
    let schemas = document.generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Assay", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT"}},
        "security": [{"token": []}, {"session": []}],
        "paths": document.paths,
        "webhooks": messages,
        "components": {
            "schemas": schemas,
            "responses": {"Problem": {
                "description": "What was wrong and what would be right",
                "content": {"application/problem+json": {"schema": problem}},
            }},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-assay"},
            },
        },
    })
}

impl Document {
    /// Describes one call.
    pub fn add<E: Endpoint>(&mut self, name: &str, doc: &str) {
        let mut call = describe::<E>(name, doc.trim());
        if let Some(body) = self.content::<E::Body>() {
            call["requestBody"] = json!({"required": true, "content": body});
        }
        let mut success = json!({"description": "Done"});
        if let Some(reply) = self.content::<E::Reply>() {
            success["content"] = reply;
        }
        call["responses"] =
            json!({E::STATUS.to_string(): success, "default": {"$ref": "#/components/responses/Problem"}});
        self.put(E::ROUTE, E::METHOD, call);
    }

    /// Describes the calls whose body or reply is no JSON.
    fn files(&mut self) {
        let report = self.generator.subschema_for::<logs::ImportReport>();
        let problem = json!({"$ref": "#/components/responses/Problem"});
        let import = json!({
            "operationId": "ImportLogs", "summary": "Imports logs from a file, one record a line.", "x-scope": Scope::Ingest,
            "parameters": parameters(logs::IMPORT, &query::names::<logs::ImportQuery>()),
            "requestBody": {"required": true, "content": {"application/jsonl": {"schema": {"type": "string"}}}},
            "responses": {"200": {"description": "Done", "content": {"application/json": {"schema": report}}}, "default": problem},
        });
        self.put(logs::IMPORT, Method::Post, import);
        let export = json!({
            "operationId": "ExportSet", "summary": "Writes the items of a set, one a line.", "x-scope": Scope::Read,
            "parameters": parameters(sets::EXPORT, &query::names::<sets::VersionQuery>()),
            "responses": {"200": {"description": "Done", "content": {"application/jsonl": {"schema": {"type": "string"}}}}, "default": problem},
        });
        self.put(sets::EXPORT, Method::Get, export);
        let answers = json!({
            "operationId": "GetAnswers", "x-scope": Scope::Read,
            "summary": "Writes what the newest run of a set that is over was answered, one item a line; nothing without one.",
            "parameters": parameters(sets::ANSWERS, &[]),
            "responses": {"200": {"description": "Done", "content": {"application/jsonl": {"schema": {"type": "string"}}}}, "default": problem},
        });
        self.put(sets::ANSWERS, Method::Get, answers);
        let text = json!({"schema": {"type": "string"}});
        let formats = Format::ALL.map(|format| (format.media_type().to_owned(), text.clone()));
        let report = json!({
            "operationId": "GetReport", "summary": "Writes what came of a run as a file.", "x-scope": Scope::Read,
            "parameters": parameters(decide::REPORT, &query::names::<decide::ReportQuery>()),
            "responses": {"200": {"description": "Done", "content": Map::from_iter(formats)}, "default": problem},
        });
        self.put(decide::REPORT, Method::Get, report);
        let data = [
            self.generator.subschema_for::<crate::run::Progress>(),
            self.generator.subschema_for::<crate::outcome::Row>(),
        ];
        let mut parameters = parameters(runs::EVENTS, &[]);
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(json!({
                "name": "Last-Event-ID", "in": "header", "schema": {"type": "string"},
                "description": "The id of the last event that was heard: those after it follow",
            }));
        }
        let events = json!({
            "operationId": "GetRunEvents", "x-scope": Scope::Read, "parameters": parameters,
            "summary": "Tells what happens to a run as it happens: `progress`, and an `outcome` for each result. Closes within a minute.",
            "responses": {
                "200": {"description": "Server-sent events; the data of each is JSON", "content": {"text/event-stream": {"schema": {"anyOf": data}}}},
                "default": problem,
            },
        });
        self.put(runs::EVENTS, Method::Get, events);
    }

    /// Describes what webhooks are told.
    fn messages(&mut self) -> Value {
        let run = self.generator.subschema_for::<Message<RunNews>>();
        let sample = self.generator.subschema_for::<Message<Sample>>();
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
            |name| json!({"name": name, "in": "header", "required": true, "schema": {"type": "string"}}),
        );
        let types = Event::ALL.map(|event| (event.word(), run.clone()));
        let messages = types.into_iter().chain([(TEST, sample)]).map(|(name, schema)| {
            let message = json!({
                "summary": "Signed by the symmetric scheme of Standard Webhooks 1.0; any status of success takes it.",
                "parameters": headers,
                "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
                "responses": {"2XX": {"description": "Taken"}},
            });
            (name.to_owned(), json!({"post": message}))
        });
        Value::Object(messages.collect())
    }

    /// Describes the statuses by which the gate answers programs that read nothing else.
    fn gate(&mut self) {
        let responses = &mut self.paths[decide::GetGate::ROUTE]["get"]["responses"];
        let content = responses["200"]["content"].clone();
        for (status, words) in [("412", "It fails, or it cannot be told"), ("503", "The run is not over")] {
            responses[status] = json!({"description": words, "content": content});
        }
    }

    /// Describes the header by which a start may be sent again.
    fn keyed(&mut self) {
        for route in [runs::PostRun::ROUTE, runs::PostRunRejudge::ROUTE] {
            if let Some(parameters) = self.paths[route]["post"]["parameters"].as_array_mut() {
                parameters.push(json!({
                    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string"},
                    "description": "The same key and body start one run; the same key with another body is refused",
                }));
            }
        }
    }

    /// Describes what passes the gateway: bodies are the providers', and errors are in the words of the protocol.
    fn gateway(&mut self) {
        let any = json!({"application/json": {"schema": {"type": "object"}}});
        let mut either = any.clone();
        either["text/event-stream"] = json!({"schema": {"type": "string"}});
        let default = json!({"description": "What the provider said, or the gateway in the protocol's own form", "content": any});
        for (path, name, summary) in [
            (
                "chat/completions",
                "PassChatCompletions",
                "Passes a chat completion to a provider, and logs it.",
            ),
            ("responses", "PassResponses", "Passes a response to a provider, and logs it."),
            ("completions", "PassCompletions", "Passes a completion to a provider, and logs it."),
            ("embeddings", "PassEmbeddings", "Passes an embedding to a provider, and logs it."),
            ("messages", "PassMessages", "Passes a message to a provider in Anthropic's words, and logs it."),
            (
                "messages/count_tokens",
                "PassTokenCount",
                "Passes a count of tokens to a provider; it leaves no log.",
            ),
        ] {
            let call = json!({
                "operationId": name, "summary": summary, "x-scope": Scope::Ingest,
                "requestBody": {"required": true, "content": any},
                "responses": {"200": {"description": "What the provider answered, byte by byte", "content": either}, "default": default},
            });
            self.put(&format!("/v1/{path}"), Method::Post, call);
        }
        for (path, name, summary) in [
            ("models", "GetModels", "Lists the models that have a line in the settings."),
            ("models/{model}", "GetModel", "Gives one of them, by `provider/model`."),
        ] {
            let route = format!("/v1/{path}");
            let call = json!({
                "operationId": name, "summary": summary, "x-scope": Scope::Ingest, "parameters": parameters(&route, &[]),
                "responses": {"200": {"description": "Done", "content": any}, "default": default},
            });
            self.put(&route, Method::Get, call);
        }
    }

    fn put(&mut self, route: &str, method: Method, call: Value) {
        let verb = format!("{method:?}").to_lowercase();
        let path = self.paths.entry(route).or_insert_with(|| json!({}));
        path[verb] = call;
    }

    fn content<T: JsonSchema>(&mut self) -> Option<Value> {
        let schema = self.generator.subschema_for::<T>();
        let nothing = schema.get("type").and_then(Value::as_str) == Some("null");
        if nothing { None } else { Some(json!({"application/json": {"schema": schema}})) }
    }
}

fn describe<E: Endpoint>(name: &str, doc: &str) -> Value {
    let mut call = json!({
        "operationId": name, "summary": doc, "parameters": parameters(E::ROUTE, &query::names::<E::Query>()),
    });
    match E::SCOPE {
        Some(scope) => call["x-scope"] = json!(scope),
        None => call["security"] = json!([]),
    }
    call
}

fn parameters(route: &str, names: &[&str]) -> Value {
    let text = json!({"type": "string"});
    let in_path = route.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let in_path =
        in_path.map(|(name, _)| json!({"name": name, "in": "path", "required": true, "schema": text}));
    let in_query = names.iter().map(|name| match name.strip_suffix('.') {
        None => json!({"name": name, "in": "query", "schema": text}),
        Some(prefix) => json!({
            "name": format!("{prefix}.*"), "in": "query", "schema": text,
            "description": format!("any parameter whose name begins with `{prefix}.`"),
        }),
    });
    in_path.chain(in_query).collect()
}
