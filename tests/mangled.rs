//! What others write, mangled: nothing that is read panics, whatever it has become, and what always holds of it still
//! does.
//!
//! The fixtures are what it begins with. What becomes of them is drawn, the same each time: `SEED=1234` draws something else,
//! `SEEDS=10000` tries a hundred times as much. Of what fails the smallest is found and told, and its seed kept in
//! `proptest-regressions`, from where it is tried first ever after.

use std::fmt;
use std::path::Path;

use edge::gateway::capture::{Capture, Ended};
use proptest::collection::{SizeRange, vec};
use proptest::prelude::{Just, ProptestConfig, Strategy, any};
use proptest::sample::{Index, select};
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};
use proptest::{option, prop_oneof};
use serde_json::{Map, Value, json};
use shared::chat::carry::{self, Carried};
use shared::chat::sse::Decoder;
use shared::chat::stream::Assembled;
use shared::chat::wire::{Assembly, Wire};
use shared::chat::{Output, Response, anthropic, gemini, openai};
use shared::criteria::Kind;
use shared::id::LogId;
use shared::import::{Format, Reader, Record, Rejected};
use shared::judge::reply;
use shared::log::{self, Detail, Exchange, Labels, Outcome, PREVIEW};
use shared::mistake::Mistake;
use shared::moment::Moment;

use crate::support::World;

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

/// A text of any signs.
fn text() -> impl Strategy<Value = String> + Clone {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

/// Values that no schema expects everywhere.
fn odd() -> impl Strategy<Value = Value> + Clone {
    let known = vec![
        json!(null),
        json!(true),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!("x".repeat(5_000)),
        json!("\u{0}\u{202e}\u{feff}"),
        json!({"type": "text", "text": 3}),
        json!({"role": "system", "content": [{"type": "image_url", "image_url": null}]}),
    ];
    let single = prop_oneof![
        4 => select(known),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => text().prop_map(Value::from),
    ];
    single.prop_recursive(4, 12, 3, |inner| {
        let members = vec((text(), inner.clone()), 0..3).prop_map(Map::from_iter);
        prop_oneof![vec(inner, 0..3).prop_map(Value::from), members.prop_map(Value::from)]
    })
}

/// What becomes of a value somewhere in another.
#[derive(Debug, Clone)]
struct Bend {
    /// The member or the value to go into, again and again.
    way: Vec<Index>,
    does: Does,
}

#[derive(Debug, Clone)]
enum Does {
    Replace(Value),
    Add(Value),
    Remove,
    Double,
}

fn bends(times: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Bend>> {
    let does = prop_oneof![
        6 => odd().prop_map(Does::Replace),
        2 => odd().prop_map(Does::Add),
        2 => Just(Does::Remove),
        1 => Just(Does::Double),
    ];
    vec((vec(any::<Index>(), 0..8), does).prop_map(|(way, does)| Bend { way, does }), times)
}

/// Puts something odd in place of a value somewhere in another, takes a member away, or adds one.
fn bend(value: &mut Value, way: &[Index], does: &Does) {
    let (index, rest) = match way.split_first() {
        Some((index, rest)) => (Some(index), rest),
        None => (None, way),
    };
    match (value, index) {
        (Value::Object(members), Some(index)) if !members.is_empty() => {
            let name = members.keys().nth(index.index(members.len())).unwrap().clone();
            match does {
                Does::Remove if rest.is_empty() => _ = members.shift_remove(&name),
                Does::Add(odd) if rest.is_empty() => _ = members.insert("unknown".to_owned(), odd.clone()),
                _ => bend(&mut members[&name], rest, does),
            }
        }
        (Value::Array(values), Some(index)) if !values.is_empty() => {
            let place = index.index(values.len());
            match does {
                Does::Remove if rest.is_empty() => _ = values.remove(place),
                Does::Add(odd) if rest.is_empty() => values.push(odd.clone()),
                Does::Double if rest.is_empty() => values.extend(values.clone()),
                _ => bend(&mut values[place], rest, does),
            }
        }
        (other, _) => match does {
            Does::Replace(odd) | Does::Add(odd) => *other = odd.clone(),
            Does::Remove => *other = Value::Null,
            Does::Double => *other = json!([other.clone(), other.clone()]),
        },
    }
}

fn bent(mut value: Value, bends: &[Bend]) -> Value {
    for Bend { way, does } in bends {
        bend(&mut value, way, does);
    }
    value
}

/// Bytes that are told as the text that they nearly are.
#[derive(Clone, PartialEq)]
struct Bytes(Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "b\"{}\"", self.0.escape_ascii())
    }
}

/// What becomes of bytes somewhere: some lost, doubled, flipped, or something put between.
#[derive(Debug, Clone)]
enum Cut {
    EndAt(Index),
    Drop(Index, usize),
    Double(Index, Index),
    Flip(Index, u32),
    Set(Index, u8),
    Put(Index, &'static str, usize),
}

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let index = any::<Index>;
    let cut = prop_oneof![
        1 => index().prop_map(Cut::EndAt),
        1 => (index(), 1..20usize).prop_map(|(from, bytes)| Cut::Drop(from, bytes)),
        1 => (index(), index()).prop_map(|(from, to)| Cut::Double(from, to)),
        1 => (index(), 0..8u32).prop_map(|(at, bit)| Cut::Flip(at, bit)),
        1 => (index(), any::<u8>()).prop_map(|(at, byte)| Cut::Set(at, byte)),
        2 => (index(), select(BITS.to_vec()), prop_oneof![9 => Just(1), 1 => Just(2_000usize)])
            .prop_map(|(at, bit, times)| Cut::Put(at, bit, times)),
    ];
    vec(cut, 0..6)
}

fn mangle(bytes: &mut Vec<u8>, cut: &Cut) {
    let place = |index: &Index| index.index(bytes.len() + 1);
    match cut {
        Cut::EndAt(end) => bytes.truncate(place(end)),
        Cut::Drop(from, length) => {
            let from = place(from);
            bytes.drain(from..bytes.len().min(from + length));
        }
        Cut::Double(one, other) => {
            let (one, other) = (place(one), place(other));
            let (from, to) = (one.min(other), one.max(other));
            let part = bytes[from..to].to_vec();
            bytes.splice(from..from, part);
        }
        Cut::Flip(at, bit) => {
            let at = place(at);
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
        }
        Cut::Set(at, to) => {
            let at = place(at);
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = *to);
        }
        Cut::Put(at, bit, times) => {
            let at = place(at);
            bytes.splice(at..at, bit.repeat(*times).into_bytes());
        }
    }
}

/// One of these, mangled.
fn mangled<T: fmt::Debug + Clone + 'static>(corpus: Vec<(T, Vec<u8>)>) -> impl Strategy<Value = (T, Bytes)> {
    let corpus: Vec<_> = corpus.into_iter().map(|(of, bytes)| (of, Bytes(bytes))).collect();
    (select(corpus), cuts()).prop_map(|((of, Bytes(mut bytes)), cuts)| {
        cuts.iter().for_each(|cut| mangle(&mut bytes, cut));
        (of, Bytes(bytes))
    })
}

/// The lengths of the pieces that bytes come in, over and over.
fn lengths() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![0..4usize, 0..500usize], 1..8)
}

/// Cuts bytes into pieces.
fn pieces(mut bytes: &[u8], lengths: &[usize]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    // Where all are empty, no end would come.
    for length in lengths.iter().chain([&1]).cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(bytes.len().min(*length));
        pieces.push(piece.to_vec());
        bytes = rest;
    }
    pieces
}

/// Where the seeds of what has failed are kept.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/mangled.txt");

/// Draws so often, and sees that a check holds, on as little stack as an instance of the Worker has.
fn holds<S: Strategy>(
    times: u32,
    drawn: impl FnOnce() -> S + Send + 'static,
    check: impl Fn(S::Value) + Send + 'static,
) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let config = ProptestConfig {
        cases: times * number("SEEDS").unwrap_or(100) / 100,
        rng_seed: RngSeed::Fixed(number("SEED").unwrap_or(0).into()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        max_shrink_iters: 10_000,
        ..ProptestConfig::default()
    };
    let all = move || {
        let checked = |drawn| {
            check(drawn);
            Ok(())
        };
        if let Err(failure) = TestRunner::new(config).run(&drawn(), checked) {
            panic!("{failure}");
        }
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(all).unwrap().join().unwrap();
}

/// Reads every file of a folder of fixtures.
fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn unnamed(corpus: Vec<Vec<u8>>) -> Vec<((), Vec<u8>)> {
    corpus.into_iter().map(|bytes| ((), bytes)).collect()
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
    let each = streams().into_iter();
    let streams = each.flat_map(|(wire, streams)| streams.into_iter().map(move |stream| (wire, stream)));
    let streams = streams.collect();
    holds(
        4_000,
        move || (mangled(streams), lengths()),
        |((wire, Bytes(bytes)), lengths)| {
            let cut = pieces(&bytes, &lengths);
            let (mut at_once, mut by_piece) = (Decoder::default(), Decoder::default());
            let events = at_once.push(&bytes);
            let again: Vec<_> = cut.iter().flat_map(|piece| by_piece.push(piece)).collect();
            assert_eq!(events, again);
            assert_eq!(at_once.is_at_rest(), by_piece.is_at_rest());
            assert_eq!(at_once.is_garbled(), by_piece.is_garbled());
            let whole = assemble(wire, std::slice::from_ref(&bytes));
            assert_eq!(whole, assemble(wire, &cut));
            // A whole answer reads as one, or says that it failed.
            let read = read_response(wire, &whole.body);
            if whole.complete && whole.flaw.is_none() {
                assert!(read.is_ok() || is_error(&whole.body), "{}", whole.body);
            }
        },
    );
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

#[test]
fn a_request_that_is_read_is_written_as_it_is_read_again() {
    let samples: Vec<Value> = include_str!("../shared/samples/sample_logs.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .chain(calls("chat"))
        .collect();
    let requests = samples.iter().map(|call| call["request"].clone()).collect::<Vec<_>>();
    holds(
        4_000,
        move || (select(requests), bends(1..5)),
        |(body, bends)| {
            let body = bent(body, &bends);
            if let Ok(request) = openai::read_request(&body) {
                let written = openai::write_request(&request);
                assert_eq!(openai::read_request(&written), Ok(request), "{body}\n{written}");
            }
        },
    );
}

#[test]
fn a_call_of_any_format_is_a_log_or_told_of() {
    let of_wire =
        |wire: Wire| calls(wire.path().split('/').next().unwrap()).into_iter().map(move |call| (wire, call));
    let samples: Vec<(Wire, Value)> = Wire::ALL.into_iter().flat_map(of_wire).collect();
    holds(
        4_000,
        move || (select(samples), bends(0..5), bends(0..5)),
        |((wire, call), of_request, of_response)| {
            let (request, response) =
                (bent(call["request"].clone(), &of_request), bent(call["response"].clone(), &of_response));
            // What a target is asked for is a chat, and the other forms are made of any.
            if let Ok(carried) = carry::to_chat(wire, &request) {
                assert!(openai::read_request(&carried.request).is_ok(), "{request}\n{}", carried.request);
                if let Ok(Carried { mut request, .. }) = gemini::ask::of_chat(&carried.request) {
                    gemini::room::make(&mut request);
                    assert!(request["contents"].is_array(), "{request}");
                }
                if let Ok(Carried { mut request, .. }) = anthropic::ask::of_chat(&carried.request) {
                    anthropic::room::make(&mut request);
                    assert!(request["messages"].is_array(), "{request}");
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
        },
    );
}

#[test]
fn an_answer_of_gemini_is_read_or_told_of() {
    let answers: Vec<_> = calls("gemini").iter().map(|call| call["response"].clone()).collect();
    holds(
        4_000,
        move || (select(answers), bends(1..5)),
        |(body, bends)| {
            let body = bent(body, &bends);
            if is_error(&body) {
                assert!(gemini::read_response(&body).is_err(), "{body}");
            }
            let _ = gemini::read_response(&body);
        },
    );
}

fn is_error(body: &Value) -> bool {
    body.get("error").is_some_and(|error| !error.is_null()) || body["status"] == "failed"
}

#[test]
fn a_reply_of_a_judge_is_a_verdict_or_none() {
    holds(
        4_000,
        || mangled(unnamed(corpus("judge_replies"))),
        |((), Bytes(reply))| {
            let text = String::from_utf8_lossy(&reply).into_owned();
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
                        assert!(
                            reply::read(&says(&format!("{text}\n{text}")), kind, swapped).is_err(),
                            "{text}"
                        );
                    }
                }
            }
        },
    );
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
    let drawn = || (mangled(unnamed(corpus("imports"))), option::of(select(Format::ALL.to_vec())), lengths());
    holds(1_000, drawn, |(((), Bytes(file)), format, lengths)| {
        let at_once = read_file(format, std::slice::from_ref(&file));
        assert_eq!(at_once, read_file(format, &pieces(&file, &lengths)));
    });
}

#[test]
fn every_line_of_a_file_is_taken_or_told_of() {
    let mut corpus: Vec<Vec<u8>> = corpus("imports");
    corpus.push(include_bytes!("../shared/samples/sample_logs.jsonl")[..8_000].to_vec());
    let drawn = move || (mangled(unnamed(corpus)), option::of(bends(1..20)));
    holds(150, drawn, |(((), Bytes(mut file)), bends)| {
        let world = World::new();
        if let Some(bends) = bends {
            let lines = String::from_utf8_lossy(&file).into_owned();
            let records = lines.lines().zip(bends.chunks(1).cycle());
            let bent = records.map(|(line, bends)| match serde_json::from_str::<Map<String, Value>>(line) {
                Ok(record) => bent(Value::Object(record), bends).to_string(),
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
