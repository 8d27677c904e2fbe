//! A logged request as a program that sends it through the gateway again.
//!
//! The key is the name of a variable, never a value. Whatever the request says is data of the program and nothing
//! else: each language writes texts so that none of them ends early.

use serde_json::Value;

use super::Detail;
use crate::chat::anthropic;
use crate::chat::wire::Wire;
use crate::unseen::is_unseen;

/// What the program is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Curl,
    Python,
    JavaScript,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::Curl, Self::Python, Self::JavaScript];
}

/// Writes the program. `origin` is where the gateway is, such as `https://assay.example`.
pub fn write(language: Language, origin: &str, log: &Detail) -> String {
    let wire = Wire::of(&log.request, &log.response);
    let url = format!("{origin}/v1/{}", wire.path());
    let headers = headers(wire, log);
    match language {
        Language::Curl => curl(&url, &headers, log),
        Language::Python => python(&url, &headers, &log.request),
        Language::JavaScript => javascript(&url, &headers, &log.request),
    }
}

/// Gives the headers beside the key: what the protocol wants, who answers, and the labels, so that the repeated
/// request is found beside the first one. User and session are left out: it is neither theirs.
fn headers(wire: Wire, log: &Detail) -> Vec<(&'static str, String)> {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if wire == Wire::Messages {
        headers.push(("anthropic-version", anthropic::VERSION.to_owned()));
    }
    headers.extend(
        log.log.provider.clone().filter(|name| is_plain(name)).map(|name| ("x-assay-provider", name)),
    );
    let mut tags: serde_json::Map<_, _> =
        log.log.tags.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    if let Some(feature) = &log.log.feature {
        if is_plain(feature) {
            headers.push(("x-assay-feature", feature.clone()));
        } else {
            tags.insert("feature".to_owned(), Value::from(feature.as_str()));
        }
    }
    if !tags.is_empty() {
        headers.push(("x-assay-tags", ascii(&Value::Object(tags).to_string())));
    }
    headers
}

/// Tells whether a text can stand in a header as it is.
fn is_plain(text: &str) -> bool {
    text.trim() == text && text.chars().all(|character| (' '..='~').contains(&character))
}

/// Writes JSON in the characters that a header can have.
fn ascii(json: &str) -> String {
    let mut ascii = String::new();
    for character in json.chars() {
        match character {
            ' '..='~' => ascii.push(character),
            other => escape(other, &mut ascii),
        }
    }
    ascii
}

fn curl(url: &str, headers: &[(&str, String)], log: &Detail) -> String {
    let mut lines = vec![
        format!("curl --no-progress-meter {}", quoted(url)),
        "  -H \"authorization: Bearer $ASSAY_KEY\"".to_owned(),
    ];
    if log.log.streamed {
        lines.push("  --no-buffer".to_owned());
    }
    lines.extend(headers.iter().map(|(name, value)| format!("  -H {}", quoted(&format!("{name}: {value}")))));
    // A shell reads nothing into such a document, and JSON has no line of its own that could end it.
    lines.push("  --data-binary @- <<'REQUEST'".to_owned());
    format!("{}\n{}\nREQUEST\n", lines.join(" \\\n"), literal(&log.request, Words::Json, 0))
}

/// Writes a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn python(url: &str, headers: &[(&str, String)], body: &Value) -> String {
    let headers = headers.iter().map(|(name, value)| {
        format!("        {}: {},\n", text(name, Words::Python), text(value, Words::Python))
    });
    // Some networks turn away what says that it is Python.
    format!(
        "import json\nimport os\nimport urllib.request\n\nbody = {}\n\nrequest = urllib.request.Request(\n    {},\n    \
         data=json.dumps(body).encode(),\n    headers={{\n        \"authorization\": \"Bearer \" + os.environ[\"ASSAY_KEY\"],\n\
         {}        \"user-agent\": \"assay-again\",\n    }},\n)\nwith urllib.request.urlopen(request) as response:\n    \
         print(response.read().decode())\n",
        literal(body, Words::Python, 0),
        text(url, Words::Python),
        headers.collect::<String>()
    )
}

fn javascript(url: &str, headers: &[(&str, String)], body: &Value) -> String {
    let headers = headers.iter().map(|(name, value)| {
        format!("    {}: {},\n", text(name, Words::JavaScript), text(value, Words::JavaScript))
    });
    format!(
        "const body = {};\n\nconst response = await fetch({}, {{\n  method: \"POST\",\n  headers: {{\n    \
         authorization: `Bearer ${{process.env.ASSAY_KEY}}`,\n{}  }},\n  body: JSON.stringify(body),\n}});\n\
         console.log(response.status, await response.text());\n",
        literal(body, Words::JavaScript, 0),
        text(url, Words::JavaScript),
        headers.collect::<String>()
    )
}

/// How a language writes what JSON says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    Json,
    Python,
    JavaScript,
}

/// Writes a value over several lines, those below the first indented.
fn literal(value: &Value, words: Words, depth: usize) -> String {
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    let lines = |open: char, lines: Vec<String>, close: char| {
        if lines.is_empty() {
            return format!("{open}{close}");
        }
        format!("{open}\n{inner}{}\n{outer}{close}", lines.join(&format!(",\n{inner}")))
    };
    match (value, words) {
        (Value::Null, Words::Python) => "None".to_owned(),
        (Value::Bool(true), Words::Python) => "True".to_owned(),
        (Value::Bool(false), Words::Python) => "False".to_owned(),
        (Value::Null | Value::Bool(_) | Value::Number(_), _) => value.to_string(),
        (Value::String(said), _) => text(said, words),
        (Value::Array(members), _) => {
            lines('[', members.iter().map(|member| literal(member, words, depth + 1)).collect(), ']')
        }
        (Value::Object(members), _) => {
            let member = |(name, value): (&String, &Value)| {
                format!("{}: {}", name_of(name, words), literal(value, words, depth + 1))
            };
            lines('{', members.iter().map(member).collect(), '}')
        }
    }
}

/// Writes the name of a member. JavaScript takes one of them for the prototype, unless it is worked out.
fn name_of(name: &str, words: Words) -> String {
    let written = text(name, words);
    if words == Words::JavaScript && name == "__proto__" { format!("[{written}]") } else { written }
}

/// Writes a text between quotes, as all three languages understand it: what nobody would see is written by number.
fn text(said: &str, words: Words) -> String {
    let json = Value::from(said).to_string();
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match u32::from(character) {
            code @ 0x1_0000.. if is_unseen(character) && words == Words::Python => {
                text.push_str(&format!("\\U{code:08x}"));
            }
            _ if is_unseen(character) => escape(character, &mut text),
            _ => text.push(character),
        }
    }
    text
}

/// Writes a character as JSON does by number.
fn escape(character: char, text: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn log(request: Value, response: Value, more: Value) -> Detail {
        let mut detail = json!({
            "id": "l1", "created_at": "2026-11-01T09:30:00.000Z", "feature": "support", "provider": null, "model": "m",
            "status": 200, "outcome": "success", "streamed": false, "complete": true, "latency_ms": 12, "ttft_ms": null,
            "usage": {"input_tokens": 3, "output_tokens": null}, "cost_usd": 0.5, "user": "ann", "session": "s",
            "tags": {}, "request_preview": "", "response_preview": "", "request": request, "response": response,
            "messages": [], "output": {"text": "", "tool_calls": [], "finish_reason": null}, "sets": []
        });
        detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(detail).expect("a log")
    }

    fn check(language: Language, log: &Detail, expected: Expect) {
        expected.assert_eq(&write(language, "https://assay.example", log));
    }

    /// Everything that a shell or a language could take for its own.
    const ODD: &str = "it's \"so\" $HOME `id` $(id) \\ \\n ${x} !! %s ''' \"\"\" \n\r\t\0\u{7}\u{1b}[31m \u{202e}\u{200b}\u{2028} ümlaut 日本 🙂 \u{e0041} REQUEST\nREQUEST\n</script>";

    fn hello() -> Value {
        json!({"model": "demo/echo", "messages": [{"role": "user", "content": "It's <here>"}], "stream": true, "user": null, "n": 1.5})
    }

    #[test]
    fn a_chat_is_a_command() {
        let log = log(
            hello(),
            json!({"choices": []}),
            json!({"streamed": true, "provider": "demo", "tags": {"plan": "it's pro", "größe": "L"}}),
        );
        check(
            Language::Curl,
            &log,
            expect![[r#"
            curl --no-progress-meter 'https://assay.example/v1/chat/completions' \
              -H "authorization: Bearer $ASSAY_KEY" \
              --no-buffer \
              -H 'content-type: application/json' \
              -H 'x-assay-provider: demo' \
              -H 'x-assay-feature: support' \
              -H 'x-assay-tags: {"gr\u00f6\u00dfe":"L","plan":"it'\''s pro"}' \
              --data-binary @- <<'REQUEST'
            {
              "model": "demo/echo",
              "messages": [
                {
                  "role": "user",
                  "content": "It's <here>"
                }
              ],
              "stream": true,
              "user": null,
              "n": 1.5
            }
            REQUEST
        "#]],
        );
    }

    #[test]
    fn a_chat_is_a_program() {
        let log = log(hello(), json!({"choices": []}), json!({"feature": "Büro"}));
        check(
            Language::Python,
            &log,
            expect![[r#"
            import json
            import os
            import urllib.request

            body = {
              "model": "demo/echo",
              "messages": [
                {
                  "role": "user",
                  "content": "It's <here>"
                }
              ],
              "stream": True,
              "user": None,
              "n": 1.5
            }

            request = urllib.request.Request(
                "https://assay.example/v1/chat/completions",
                data=json.dumps(body).encode(),
                headers={
                    "authorization": "Bearer " + os.environ["ASSAY_KEY"],
                    "content-type": "application/json",
                    "x-assay-tags": "{\"feature\":\"B\\u00fcro\"}",
                    "user-agent": "assay-again",
                },
            )
            with urllib.request.urlopen(request) as response:
                print(response.read().decode())
        "#]],
        );
        check(
            Language::JavaScript,
            &log,
            expect![[r#"
            const body = {
              "model": "demo/echo",
              "messages": [
                {
                  "role": "user",
                  "content": "It's <here>"
                }
              ],
              "stream": true,
              "user": null,
              "n": 1.5
            };

            const response = await fetch("https://assay.example/v1/chat/completions", {
              method: "POST",
              headers: {
                authorization: `Bearer ${process.env.ASSAY_KEY}`,
                "content-type": "application/json",
                "x-assay-tags": "{\"feature\":\"B\\u00fcro\"}",
              },
              body: JSON.stringify(body),
            });
            console.log(response.status, await response.text());
        "#]],
        );
    }

    #[test]
    fn each_format_goes_where_it_belongs() {
        let urls = [
            (json!({"messages": []}), json!({"choices": []})),
            (json!({"messages": []}), json!({"type": "message", "content": []})),
            (json!({"input": "Hi"}), json!({"object": "response", "output": []})),
            (json!({"prompt": "Hi"}), json!({"object": "text_completion"})),
            (json!({"input": "Hi"}), json!({"data": [{"embedding": []}]})),
        ]
        .map(|(request, response)| {
            let command = write(Language::Curl, "http://localhost:8787", &log(request, response, json!({})));
            command
                .lines()
                .filter(|line| line.contains("/v1/") || line.contains("anthropic"))
                .collect::<Vec<_>>()
                .join(" ")
        });
        expect![[r#"
            curl --no-progress-meter 'http://localhost:8787/v1/chat/completions' \
            curl --no-progress-meter 'http://localhost:8787/v1/messages' \   -H 'anthropic-version: 2023-06-01' \
            curl --no-progress-meter 'http://localhost:8787/v1/responses' \
            curl --no-progress-meter 'http://localhost:8787/v1/completions' \
            curl --no-progress-meter 'http://localhost:8787/v1/embeddings' \"#]].assert_eq(&urls.join("\n"));
    }

    /// Runs a program that is written to it, and gives what it writes.
    fn run(program: &str, arguments: &[&str], input: &str) -> String {
        let started =
            Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut started = started.expect("the program is there");
        started.stdin.take().expect("an input").write_all(input.as_bytes()).expect("it reads");
        let output = started.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{program} refuses:\n{input}");
        String::from_utf8(output.stdout).expect("it writes text")
    }

    #[test]
    fn a_shell_passes_on_what_was_logged() {
        let request =
            json!({"model": ODD, "messages": [{"role": "user", "content": ODD}], ODD: [ODD, [], {}]});
        let log = log(
            request.clone(),
            json!({"choices": []}),
            json!({"feature": "it's $HOME `id`", "tags": {"odd": ODD}}),
        );
        let command = write(Language::Curl, "http://localhost:8787", &log);
        // In the place of curl stands what shows what it was given.
        let shown = "curl() { printf '%s\\n' \"$@\"; echo; cat; }\nASSAY_KEY=asy_1\n";
        let output = run("sh", &["-s"], &format!("{shown}{command}"));
        let (arguments, body) = output.split_once("\n\n").expect("both");
        assert_eq!(serde_json::from_str::<Value>(body).expect("JSON"), request);
        let arguments: Vec<_> = arguments.lines().collect();
        assert!(arguments.contains(&"x-assay-feature: it's $HOME `id`"), "{arguments:?}");
        assert!(arguments.contains(&"authorization: Bearer asy_1"), "{arguments:?}");
        let tags =
            arguments.iter().find_map(|argument| argument.strip_prefix("x-assay-tags: ")).expect("tags");
        assert_eq!(serde_json::from_str::<Value>(tags).expect("JSON"), json!({"odd": ODD}));
    }
}
