//! The rules of dependency, kept: which module may name what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use expect_test::expect;

/// A source file: its path from the root, and its text without comments.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads every Rust file below a folder.
fn sources(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().map(without_comment).collect::<Vec<_>>().join("\n");
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                sources.push(Source { path, text, code });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!sources.is_empty(), "{folder}");
    sources
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") { "" } else { line.split(" // ").next().unwrap_or_default() }
}

fn everything() -> Vec<Source> {
    ["shared/src", "edge/src", "app/src", "tests"].into_iter().flat_map(sources).collect()
}

/// Checks that only these modules, with what is in them, name any of some things.
fn only(sources: &[Source], modules: &[&str], names: &[&str]) {
    let is_in =
        |path: &str, module: &str| path == format!("{module}.rs") || path.starts_with(&format!("{module}/"));
    for source in sources.iter().filter(|source| !modules.iter().any(|module| is_in(&source.path, module))) {
        for name in names {
            assert!(!names_it(&source.code, name), "{} names {name}", source.path);
        }
    }
}

/// Tells whether a text has a name that is not a part of a longer one.
fn names_it(code: &str, name: &str) -> bool {
    let is_part = |character: Option<char>| {
        character.is_some_and(|character| character.is_alphanumeric() || character == '_')
    };
    code.match_indices(name).any(|(place, _)| {
        !is_part(code[..place].chars().next_back()) && !is_part(code[place + name.len()..].chars().next())
    })
}

/// Gives the names of the modules that a file declares, in their order.
fn modules(path: &str) -> Vec<String> {
    let text = read(path);
    let declared =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")));
    declared.filter_map(|rest| rest.strip_suffix(';').map(str::to_owned)).collect()
}

/// Gives the names that follow `crate::` in a text, those in braces too.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        let first = |text: &str| {
            text.trim()
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect::<String>()
        };
        match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((list, _)) => names.extend(list.split(',').map(first)),
            None => _ = names.insert(first(rest)),
        }
    }
    names
}

#[test]
fn a_shared_module_uses_only_those_declared_above_it() {
    let order = modules("shared/src/lib.rs");
    assert!(order.len() > 15, "{order:?}");
    let place = |name: &str| order.iter().position(|module| module == name);
    for source in sources("shared/src") {
        let name = source.path.trim_start_matches("shared/src/").split(['/', '.']).next().unwrap();
        let Some(own) = place(name) else { continue };
        for used in used(&source.code) {
            assert!(
                place(&used).is_none_or(|used| used <= own),
                "{} uses {used}, which is declared below it",
                source.path
            );
        }
    }
}

#[test]
fn shared_needs_no_platform() {
    let manifest = read("shared/Cargo.toml");
    for name in [
        "worker",
        "leptos",
        "web-sys",
        "js-sys",
        "wasm-bindgen",
        "tokio",
        "futures",
        "axum",
        "reqwest",
        "rand",
        "getrandom",
    ] {
        assert!(!manifest.lines().any(|line| line.starts_with(name)), "shared depends on {name}");
    }
    only(&sources("shared/src"), &[], &["std::fs", "std::net", "std::time", "std::env", "async fn"]);
}

#[test]
fn app_and_edge_do_not_know_each_other() {
    for (manifest, other) in [
        ("app/Cargo.toml", "edge"),
        ("edge/Cargo.toml", "app"),
        ("shared/Cargo.toml", "edge"),
        ("shared/Cargo.toml", "app"),
    ] {
        let names_it = read(manifest)
            .lines()
            .any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} ")));
        assert!(!names_it, "{manifest} names {other}");
    }
}

#[test]
fn only_the_edge_of_the_edge_knows_the_platform() {
    let edge = sources("edge/src");
    only(&edge, &["edge/src/lib", "edge/src/routes", "edge/src/cloudflare"], &["worker"]);
    only(
        &edge,
        &["edge/src/lib", "edge/src/cloudflare"],
        &["wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys", "JsValue"],
    );
    only(&edge, &["edge/src/lib", "edge/src/routes"], &["axum"]);
}

#[test]
fn only_the_platform_names_bindings() {
    let configured = read("edge/wrangler.jsonc");
    let after = |mark: &str| {
        configured
            .split(mark)
            .skip(1)
            .filter_map(|rest| rest.split('"').next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mut bindings = after("\"binding\": \"");
    bindings.extend(after("{ \"name\": \""));
    assert!(bindings.len() >= 6, "{bindings:?}");
    let quoted: Vec<_> = bindings.iter().map(|binding| format!("\"{binding}\"")).collect();
    only(
        &sources("edge/src"),
        &["edge/src/cloudflare"],
        &quoted.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

/// What sends a request over the network, in the words of each library and of the browser.
const WAYS_OUT: [&str; 14] = [
    "Fetch::",
    "Fetcher",
    "fetch_with",
    "fetch_with_str",
    "fetch_with_str_and_init",
    "fetch_with_request",
    "fetch_with_request_and_init",
    "XmlHttpRequest",
    "WebSocket",
    "EventSource",
    "Socket",
    "send_beacon",
    "gloo_net",
    "reqwest",
];

#[test]
fn one_module_calls_providers_and_checks_the_address_first() {
    let edge = sources("edge/src");
    // The shards are asked through the platform, at an address that is no host.
    only(&edge, &["edge/src/cloudflare/fetch", "edge/src/cloudflare/schedule"], &WAYS_OUT);
    let shards = read("edge/src/cloudflare/schedule.rs");
    assert_eq!(shards.matches("fetch_with").count(), shards.matches("https://shard/").count());
    // The page's own files come through a binding.
    for source in edge.iter().filter(|source| source.code.contains(".fetch(")) {
        assert_eq!(source.path, "edge/src/cloudflare/pages.rs");
        assert!(source.code.contains("env.assets(BINDING)?.fetch("), "{}", source.path);
    }
    let out = read("edge/src/cloudflare/fetch.rs");
    let [check, request, fetch] = [
        "address::check_call(url, &self.allowed())",
        "self.request(url, headers, body, signal)",
        ".fetch_with",
    ];
    for once in [check, request, fetch] {
        assert_eq!(out.matches(once).count(), 1, "{once}");
    }
    assert!(out.find(check) < out.find(request), "the address is checked before anything is sent");
    assert!(out.contains("init.set_redirect(RequestRedirect::Manual)"));
}

/// What opens a session, in which alone D1 has a copy of the database answer. A copy may be old. Source: "Global read
/// replication" in its documentation.
const SESSIONS: [&str; 2] = ["with_session", "withSession"];

#[test]
fn every_query_is_answered_by_the_database_itself() {
    only(&sources("edge/src"), &[], &SESSIONS);
    assert!(read("edge/src/cloudflare/d1.rs").contains("database.batch("));
}

/// What in JavaScript sends a request, opens a connection, or brings in what might.
const WAYS_OUT_OF_SCRIPTS: [&str; 10] = [
    "fetch",
    "connect",
    "WebSocket",
    "EventSource",
    "XMLHttpRequest",
    "sendBeacon",
    "import",
    "importScripts",
    "eval",
    "Function",
];

/// The lines of the Worker's scripts that name any of them: what is imported, the ways in of the platform, and how they hand
/// a request to the Worker itself.
const ALLOWED_IN_SCRIPTS: [(&str, &str); 7] = [
    ("edge/entry.js", "import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';"),
    ("edge/entry.js", "import Worker, { RunShard as Shard } from './build/index.js';"),
    ("edge/entry.js", "import { pass } from './passing.js';"),
    ("edge/entry.js", "async fetch(request) {"),
    ("edge/entry.js", "return await unlessLost(() => new Worker(this.ctx, this.env).fetch(request));"),
    ("edge/entry.js", "fetch(request) {"),
    ("edge/entry.js", "return unlessLost(() => this.shard().fetch(request));"),
];

/// Gives the lines of a script that name a way out, without those that are comments.
fn ways_out(script: &str) -> Vec<&str> {
    let is_comment = |line: &str| ["//", "/*", "* ", "*/"].iter().any(|mark| line.starts_with(mark));
    let lines = script.lines().map(str::trim).filter(|line| !is_comment(line));
    lines.filter(|line| WAYS_OUT_OF_SCRIPTS.iter().any(|name| names_it(line, name))).collect()
}

/// Gives the lines of a script that name a way out which is not allowed in it.
fn forbidden<'a>(path: &str, script: &'a str) -> Vec<&'a str> {
    let is_allowed = |line: &str| ALLOWED_IN_SCRIPTS.contains(&(path, line));
    ways_out(script).into_iter().filter(|line| !is_allowed(line)).collect()
}

#[test]
fn no_script_of_the_worker_goes_out_by_itself() {
    let mut allowed = Vec::new();
    for entry in std::fs::read_dir(root().join("edge")).unwrap() {
        let path = format!("edge/{}", entry.unwrap().file_name().to_str().unwrap());
        if ["js", "mjs", "cjs", "ts"].iter().any(|kind| path.ends_with(&format!(".{kind}"))) {
            let script = read(&path);
            assert_eq!(forbidden(&path, &script), Vec::<&str>::new(), "{path} goes out by itself");
            allowed.extend(ways_out(&script).into_iter().map(|line| (path.clone(), line.to_owned())));
        }
    }
    for (path, line) in ALLOWED_IN_SCRIPTS {
        assert!(allowed.contains(&(path.to_owned(), line.to_owned())), "{path} does not need: {line}");
    }
}

#[test]
fn a_script_that_goes_out_is_found() {
    let script = "
        // A comment may say fetch(url).
        /** So may this: import('./x.js'). */
        import { connect } from 'cloudflare:sockets';
        import { pass } from './passing.js';
        const prefetched = reconnect(fetchedAt);
          await fetch('https://example.com/');
        const out = globalThis['fetch'];
        const { fetch: ask } = globalThis;
        connect({ hostname: 'example.com', port: 25 });
        new WebSocket('wss://example.com/'); // A reason.
        const other = await import('./other.js');
        fetch(request) {
        }";
    expect![[r#"
        import { connect } from 'cloudflare:sockets';
        await fetch('https://example.com/');
        const out = globalThis['fetch'];
        const { fetch: ask } = globalThis;
        connect({ hostname: 'example.com', port: 25 });
        new WebSocket('wss://example.com/'); // A reason.
        const other = await import('./other.js');"#]]
    .assert_eq(&forbidden("edge/entry.js", script).join("\n"));
    assert_eq!(forbidden("edge/other.js", "import { pass } from './passing.js';").len(), 1);
}

#[test]
fn in_the_app_one_module_goes_out_and_none_writes_markup() {
    let app = sources("app/src");
    only(&app, &["app/src/api"], &WAYS_OUT);
    let markup = ["inner_html", "set_inner_html", "insert_adjacent_html", "outer_html"];
    only(
        &app,
        &[],
        &[&markup[..], &["js_sys::eval", "Function::new_no_args", "Function::new_with_args"]].concat(),
    );
}

#[test]
fn only_the_store_holds_sql() {
    let words = [
        "\"SELECT ",
        "\"INSERT INTO ",
        "\"UPDATE ",
        "\"DELETE FROM ",
        "\"WITH ",
        "\"PRAGMA ",
        " FROM log",
        " FROM run",
        " FROM outcome",
    ];
    for source in sources("edge/src").iter().filter(|source| !source.path.starts_with("edge/src/store")) {
        for word in words {
            assert!(!source.code.contains(word), "{} holds SQL: {word}", source.path);
        }
    }
}

#[test]
fn in_the_app_one_module_calls_and_two_are_pure() {
    let app = sources("app/src");
    only(&app, &["app/src/api"], &["gloo_net"]);
    let is_pure = |source: &&Source| {
        source.path.starts_with("app/src/chart") || source.path.starts_with("app/src/wording")
    };
    for source in app.iter().filter(is_pure) {
        for name in ["leptos", "web_sys", "js_sys", "gloo_net"] {
            assert!(!names_it(&source.code, name), "{} names {name}", source.path);
        }
    }
}

#[test]
fn a_module_is_named_for_what_it_holds() {
    for source in everything() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            let vague = [
                "utils", "util", "common", "helpers", "helper", "misc", "types", "models", "manager",
                "service", "mod",
            ];
            assert!(!vague.contains(&part), "{} is named {part}", source.path);
        }
    }
}

#[test]
fn a_module_says_what_it_holds() {
    for source in everything() {
        assert!(source.text.starts_with("//!"), "{} does not open with //!", source.path);
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two parts, so that this file does not hold them.
    let marks = [
        concat!("#[ign", "ore"),
        concat!("#[should_", "panic"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("dbg", "!("),
    ];
    for source in everything() {
        for mark in marks {
            assert!(!source.code.contains(mark), "{} has {mark}", source.path);
        }
    }
}
