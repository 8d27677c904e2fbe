//! What others write, mangled as a seed decides: nothing that is read panics, whatever it has become, and what always
//! holds of it still does.
//!
//! `SEED=1234` repeats one, `SEEDS=10000` tries more.

use std::path::Path;

use edge::gateway::capture::{Capture, Ended};
use serde_json::{Map, Value, json};
use shared::chat::carry::{self, Carried};
use shared::chat::sse::Decoder;
use shared::chat::stream::Assembled;
use shared::chat::wire::{Assembly, Wire};
use shared::chat::{Output, Response, gemini, openai};
use shared::criteria::Kind;
use shared::id::LogId;
use shared::import::{Format, Reader, Record, Rejected};
use shared::judge::reply;
use shared::log::{self, Detail, Exchange, Labels, Outcome, PREVIEW};
use shared::mistake::Mistake;
use shared::moment::Moment;

use crate::support::World;
use crate::support::dice::Dice;

/// Bits that texts of these kinds turn on.
const BITS: [&str; 40] = [
    "\n",
    "\r",
    "\r\n\r\n",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{1f468}\u{200d}\u{1f469}",
    "data:",
    "data: [DONE]\n\n",
    "event: error\n",
    ":",
    "id: \u{0}\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "\\udfff\\ud800",
    ",",
    "null",
    "true",
    "-0",
    "1e400",
    "1e308",
    "-1",
    "18446744073709551616",
    "0.30000000000000004",
    "{}",
    "[]",
    "{\"level\": 5}",
    "{\"choice\": \"A\"}",
    "\"level\": 99999999999999999999",
    "\"index\": -1",
    "\"index\": 4294967296",
    "```json",
    "<think>",
    "</think>",
];

/// Values that no schema expects everywhere.
fn odd(dice: &mut Dice) -> Value {
    match dice.below(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1e308),
        6 => json!(""),
        7 => json!("x".repeat(5_000)),
        8 => json!("\u{0}\u{202e}\u{feff}"),
        9 => json!([]),
        10 => json!({}),
        11 => json!([[[[{"a": [null]}]]]]),
        12 => json!({"type": "text", "text": 3}),
        _ => json!({"role": "system", "content": [{"type": "image_url", "image_url": null}]}),
    }
}

/// Puts something odd in place of a value somewhere in another, takes a member away, or adds one.
fn bend(value: &mut Value, dice: &mut Dice) {
    let stays = dice.chance(75);
    match value {
        Value::Object(members) if stays && !members.is_empty() => {
            let place = usize::try_from(dice.below(members.len() as u64)).unwrap();
            let name = members.keys().nth(place).unwrap().clone();
            match dice.below(10) {
                0 => _ = members.shift_remove(&name),
                1 => _ = members.insert("unknown".to_owned(), odd(dice)),
                _ => bend(&mut members[&name], dice),
            }
        }
        Value::Array(values) if stays && !values.is_empty() => {
            let place = usize::try_from(dice.below(values.len() as u64)).unwrap();
            match dice.below(10) {
                0 => _ = values.remove(place),
                1 => values.push(odd(dice)),
                2 => values.extend(values.clone()),
                _ => bend(&mut values[place], dice),
            }
        }
        other => *other = odd(dice),
    }
}

/// Mangles bytes a few times: some lost, doubled, flipped, or something put between.
fn mangle(bytes: impl AsRef<[u8]>, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.as_ref().to_vec();
    for _ in 0..dice.between(1, 6) {
        let place = |dice: &mut Dice, length: usize| usize::try_from(dice.below(length as u64 + 1)).unwrap();
        let (one, other) = (place(dice, bytes.len()), place(dice, bytes.len()));
        let (from, to) = (one.min(other), one.max(other));
        match dice.below(7) {
            0 => bytes.truncate(to),
            1 => _ = bytes.drain(from..to.min(from + 20)),
            2 => {
                let part = bytes[from..to].to_vec();
                bytes.splice(from..from, part);
            }
            3 if from < bytes.len() => bytes[from] ^= 1 << dice.below(8),
            4 if from < bytes.len() => bytes[from] = u8::try_from(dice.below(256)).unwrap(),
            _ => {
                let bit = dice.pick(&BITS);
                let times = if dice.chance(10) { 2_000 } else { 1 };
                bytes.splice(from..from, bit.repeat(times).into_bytes());
            }
        }
    }
    bytes
}

/// Reads every file of a folder of fixtures.
fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Lets a check see what each seed decides, on as little stack as an instance of the Worker has.
fn with_each_seed(times: u64, check: impl Fn(&mut Dice) + Send + 'static) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..times * number("SEEDS").unwrap_or(100) / 100,
    };
    let all = move || {
        for seed in seeds {
            let run = std::panic::AssertUnwindSafe(|| check(&mut Dice::of(seed)));
            if let Err(panic) = std::panic::catch_unwind(run) {
                eprintln!("SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(all).unwrap().join().unwrap();
}

fn any<'a, T>(among: &'a [T], dice: &mut Dice) -> &'a T {
    &among[usize::try_from(dice.below(among.len() as u64)).unwrap()]
}

/// Cuts bytes into pieces.
fn pieces(mut bytes: &[u8], dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let longest = bytes.len().min(if dice.chance(50) { 3 } else { 500 });
        let length = usize::try_from(dice.between(0, longest as u64)).unwrap();
        let (piece, rest) = bytes.split_at(length);
        pieces.push(piece.to_vec());
        bytes = rest;
    }
    pieces
}

/// The formats of streams, by the folders of their fixtures; in Gemini's nothing is asked of the gateway.
const STREAMED: [(&str, Option<Wire>); 5] = [
    ("chat", Some(Wire::Chat)),
    ("messages", Some(Wire::Messages)),
    ("responses", Some(Wire::Responses)),
    ("completions", Some(Wire::Completions)),
    ("gemini", None),
];

fn streams() -> Vec<(Option<Wire>, Vec<Vec<u8>>)> {
    STREAMED.map(|(name, wire)| (wire, corpus(&format!("streams/{name}")))).into()
}

fn assemble(wire: Option<Wire>, pieces: &[Vec<u8>]) -> Assembled {
    match wire {
        Some(wire) => {
            let mut assembly = Assembly::of(wire);
            pieces.iter().for_each(|piece| _ = assembly.push(piece));
            assembly.finish()
        }
        None => {
            let mut assembly = gemini::stream::Assembly::default();
            pieces.iter().for_each(|piece| _ = assembly.push(piece));
            assembly.finish()
        }
    }
}

fn read_response(wire: Option<Wire>, body: &Value) -> Result<Response, Mistake> {
    wire.map_or_else(|| gemini::read_response(body), |wire| wire.read_response(body))
}

#[test]
fn a_stream_comes_to_the_same_in_whatever_pieces_it_comes() {
    let streams = streams();
    with_each_seed(8_000, move |dice| {
        let (wire, corpus) = any(&streams, dice);
        let bytes = mangle(any(corpus, dice), dice);
        let cut = pieces(&bytes, dice);
        let (mut at_once, mut by_piece) = (Decoder::default(), Decoder::default());
        let events = at_once.push(&bytes);
        let again: Vec<_> = cut.iter().flat_map(|piece| by_piece.push(piece)).collect();
        assert_eq!(events, again);
        assert_eq!(at_once.is_at_rest(), by_piece.is_at_rest());
        assert_eq!(at_once.is_garbled(), by_piece.is_garbled());
        let whole = assemble(*wire, std::slice::from_ref(&bytes));
        assert_eq!(whole, assemble(*wire, &cut));
        // A whole answer reads as one, or says that it failed.
        let read = read_response(*wire, &whole.body);
        if whole.complete && whole.flaw.is_none() {
            assert!(read.is_ok() || is_error(&whole.body), "{}", whole.body);
        }
    });
}

/// Hears a whole stream at the gateway, and gives what is logged of it.
fn logged(wire: Wire, stream: &[u8]) -> (Outcome, bool) {
    let mut capture = Capture::of(wire, 200, Some("text/event-stream"));
    capture.push(stream, 0);
    let captured = capture.finish(Ended::Closed);
    let of_body = || Outcome::of(wire, 200, captured.complete, &captured.response);
    (captured.outcome.unwrap_or_else(of_body), captured.complete)
}

#[test]
fn a_stream_that_is_cut_or_broken_anywhere_is_no_success() {
    for (wire, corpus) in streams() {
        let Some(wire) = wire else { continue };
        let fails = |stream: &[u8], what: &str| {
            let (outcome, complete) = logged(wire, stream);
            assert!(outcome != Outcome::Success && !complete, "{wire:?} {what}: {outcome:?}");
        };
        let mut successes = 0;
        for stream in corpus {
            for cut in 0..=stream.trim_ascii_end().len() {
                fails(&stream[..cut], &format!("cut at {cut}"));
            }
            let text = String::from_utf8(stream.clone()).unwrap();
            for line in text.lines().filter(|line| line.starts_with("data: ")) {
                let broken = text.replacen(line, &line[..line.len() - 1], 1);
                fails(broken.as_bytes(), &broken);
            }
            let (outcome, complete) = logged(wire, &stream);
            assert_eq!(outcome == Outcome::Success, complete, "{text}");
            successes += u32::from(complete);
        }
        assert!(successes >= 2, "{wire:?}");
    }
}

/// The calls of a format: requests with their answers.
fn calls(name: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/calls/{name}.jsonl"));
    std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bent(value: &Value, dice: &mut Dice) -> Value {
    let mut value = value.clone();
    for _ in 0..dice.between(1, 4) {
        bend(&mut value, dice);
    }
    value
}

#[test]
fn a_request_that_is_read_is_written_as_it_is_read_again() {
    let samples: Vec<Value> = include_str!("../shared/samples/sample_logs.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .chain(calls("chat"))
        .collect();
    with_each_seed(8_000, move |dice| {
        let body = bent(&any(&samples, dice)["request"], dice);
        if let Ok(request) = openai::read_request(&body) {
            let written = openai::write_request(&request);
            assert_eq!(openai::read_request(&written), Ok(request), "{body}\n{written}");
        }
    });
}

#[test]
fn a_call_of_any_format_is_a_log_or_told_of() {
    let samples: Vec<(Wire, Vec<Value>)> =
        Wire::ALL.map(|wire| (wire, calls(wire.path().split('/').next().unwrap()))).into();
    with_each_seed(8_000, move |dice| {
        let (wire, calls) = any(&samples, dice);
        let call = any(calls, dice);
        let (request, response) = (bent(&call["request"], dice), bent(&call["response"], dice));
        // What a target is asked for is a chat, and Gemini's form is made of any.
        if let Ok(carried) = carry::to_chat(*wire, &request) {
            assert!(openai::read_request(&carried.request).is_ok(), "{request}\n{}", carried.request);
            if let Ok(Carried { mut request, .. }) = gemini::ask::of_chat(&carried.request) {
                gemini::room::make(&mut request);
                assert!(request["contents"].is_array(), "{request}");
            }
        }
        let exchange = Exchange {
            at: Moment::from_millis(0),
            provider: None,
            labels: Labels::of_body(&request),
            request,
            response,
            status: Some(200),
            outcome: None,
            streamed: false,
            complete: true,
            latency_ms: None,
            ttft_ms: None,
            cost_usd: None,
        };
        if let Ok(log) = log::describe(LogId::make(exchange.at, &[0; 10]), &exchange) {
            for preview in [&log.request_preview, &log.response_preview] {
                assert!(preview.chars().count() <= PREVIEW, "{preview}");
            }
            Detail::of(log, exchange.request, exchange.response, Vec::new());
        }
    });
}

#[test]
fn an_answer_of_gemini_is_read_or_told_of() {
    let samples = calls("gemini");
    with_each_seed(4_000, move |dice| {
        let body = bent(&any(&samples, dice)["response"], dice);
        if is_error(&body) {
            assert!(gemini::read_response(&body).is_err(), "{body}");
        }
        let _ = gemini::read_response(&body);
    });
}

fn is_error(body: &Value) -> bool {
    body.get("error").is_some_and(|error| !error.is_null()) || body["status"] == "failed"
}

#[test]
fn a_reply_of_a_judge_is_a_verdict_or_none() {
    let corpus = corpus("judge_replies");
    with_each_seed(8_000, move |dice| {
        let text = String::from_utf8_lossy(&mangle(any(&corpus, dice), dice)).into_owned();
        let says = |text: &str| Output {
            text: text.to_owned(),
            tool_calls: Vec::new(),
            finish_reason: None,
            refused: false,
        };
        for kind in [Kind::Levels, Kind::Binary, Kind::Factuality, Kind::Compare] {
            for swapped in [false, true] {
                let read = reply::read(&says(&text), kind, swapped);
                // What stands before the verdict says nothing, unless it is a verdict too.
                let led = reply::read(&says(&format!("Let me see.\n{text}")), kind, swapped);
                if let (Ok(read), Ok(led)) = (&read, &led) {
                    assert_eq!(read, led, "{text}");
                }
                // Two verdicts are none.
                if read.is_ok() {
                    assert!(reply::read(&says(&format!("{text}\n{text}")), kind, swapped).is_err(), "{text}");
                }
            }
        }
    });
}

/// Reads a file as one of a format, or as what it seems to be.
fn read_file(format: Option<Format>, pieces: &[Vec<u8>]) -> (Vec<Record>, Format, Vec<Rejected>) {
    let mut reader = Reader::new(format, None, Moment::from_millis(0));
    let mut records = Vec::new();
    for piece in pieces {
        reader.push(piece);
        records.extend(std::iter::from_fn(|| reader.next_record()));
    }
    reader.end();
    records.extend(std::iter::from_fn(|| reader.next_record()));
    let (format, rejected) = reader.close();
    (records, format, rejected)
}

#[test]
fn a_file_of_any_format_comes_to_the_same_in_whatever_pieces_it_comes() {
    let corpus = corpus("imports");
    with_each_seed(2_000, move |dice| {
        let file = mangle(any(&corpus, dice), dice);
        let format = if dice.chance(50) { Some(dice.pick(&Format::ALL)) } else { None };
        let at_once = read_file(format, std::slice::from_ref(&file));
        assert_eq!(at_once, read_file(format, &pieces(&file, dice)));
    });
}

#[test]
fn every_line_of_a_file_is_taken_or_told_of() {
    let mut corpus: Vec<Vec<u8>> = corpus("imports");
    corpus.push(include_bytes!("../shared/samples/sample_logs.jsonl")[..8_000].to_vec());
    with_each_seed(150, move |dice| {
        let world = World::new();
        let mut file = mangle(any(&corpus, dice), dice);
        if dice.chance(50) {
            let lines = String::from_utf8_lossy(&file).into_owned();
            let bent = lines.lines().map(|line| match serde_json::from_str::<Map<String, Value>>(line) {
                Ok(record) => {
                    let mut record = Value::Object(record);
                    bend(&mut record, dice);
                    record.to_string()
                }
                Err(_) => line.to_owned(),
            });
            file = bent.collect::<Vec<_>>().join("\n").into_bytes();
        }
        let lines = String::from_utf8_lossy(&file).into_owned();
        let reply = world.post_text("/api/logs/import", file);
        if reply.status != 200 {
            assert!(matches!(reply.status, 400 | 422), "{} {}", reply.status, reply.text);
            return;
        }
        let report = reply.json();
        let told = report["rejected"].as_array().unwrap().len() as u64;
        let taken = report["imported"].as_u64().unwrap() + report["duplicates"].as_u64().unwrap();
        let lines =
            lines.lines().filter(|line| !line.trim_start_matches('\u{feff}').trim().is_empty()).count()
                as u64;
        // A line may hold more calls than one, and what was mangled into a list is one record over many lines.
        assert!(taken + told >= lines.min(1), "{lines} lines: {report}");
        let rows = world.all("/api/logs", 200);
        assert_eq!(rows.len() as u64, report["imported"].as_u64().unwrap());
        for row in rows {
            world.get(&format!("/api/logs/{}", row["id"].as_str().unwrap()));
        }
    });
}
