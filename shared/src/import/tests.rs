//! Every format by a sample of its files, and the rules that hold for all.

use super::*;
use expect_test::{Expect, expect};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/imports/", $name))
    };
}

/// Reads a file in pieces of so many bytes.
fn read(file: &[u8], step: usize) -> (Vec<Record>, Format, Vec<Rejected>) {
    let mut reader = Reader::new(None, Some("fallback"), Moment::from_millis(1_000));
    let mut records = Vec::new();
    for bytes in file.chunks(step) {
        reader.push(bytes);
        records.extend(std::iter::from_fn(|| reader.next_record()));
    }
    reader.end();
    records.extend(std::iter::from_fn(|| reader.next_record()));
    let (format, rejected) = reader.close();
    (records, format, rejected)
}

/// Shows what a file came to; every record must be a request that can be sent again.
fn check(file: &str, expected: Expect) {
    let (records, format, rejected) = read(file.as_bytes(), 1_000_000);
    let again = read(file.as_bytes(), 7);
    assert_eq!((&again.0, again.1, &again.2), (&records, format, &rejected), "in small pieces");
    let mut shown = vec![format.word().to_owned()];
    shown.extend(records.iter().map(show));
    shown.extend(rejected.iter().map(|rejected| format!("line {}: {}", rejected.line, rejected.reason)));
    expected.assert_eq(&shown.join("\n"));
}

fn show(record: &Record) -> String {
    let log = &record.log;
    let mut words = vec![log.created_at.to_string(), log.model.clone(), log.outcome.word().to_owned()];
    let mut say =
        |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name}={value}")));
    say("provider", log.provider.clone());
    say("status", log.status.map(|status| status.to_string()));
    say("latency", log.latency_ms.map(|millis| millis.to_string()));
    say("ttft", log.ttft_ms.map(|millis| millis.to_string()));
    say("in", log.usage.input_tokens.map(|tokens| tokens.to_string()));
    say("out", log.usage.output_tokens.map(|tokens| tokens.to_string()));
    say("cost", log.cost_usd.map(|usd| usd.to_string()));
    say("feature", log.feature.clone());
    say("user", log.user.clone());
    say("session", log.session.clone());
    say("tags", Some(format!("{:?}", log.tags)).filter(|_| !log.tags.is_empty()));
    say("streamed", log.streamed.then(|| "yes".to_owned()));
    format!("{}\n  > {}\n  < {}", words.join(" "), record.request, record.response)
}

#[test]
fn a_broken_line_is_rejected_by_number_and_loses_no_other() {
    check(
        concat!(
            r#"{"created":1788224400,"request":{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":{"feature":"natural"}},"response":{"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":2,"completion_tokens":1}}}"#,
            "\n",
            "{\"request\":\n",
            "\n",
            r#"{"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]}}"#,
            "\n",
            r#"{"request":{"model":"m","messages":"Hi"},"response":{}}"#,
            "\n",
            r#"{"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]},"response":"Hello"}"#,
        ),
        expect![[r#"
            chat_pairs
            2026-09-01T01:00:00.000Z m success in=2 out=1 feature=natural
              > {"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":{"feature":"natural"}}
              < {"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":2,"completion_tokens":1}}
            1970-01-01T00:00:01.000Z m success feature=fallback
              > {"model":"m","messages":[{"role":"user","content":"Hi"}]}
              < {"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}
            line 2: not JSON: EOF while parsing a value at line 1 column 11
            line 4: /response: response is missing; it is the provider's answer
            line 5: /request/messages: messages must be a list"#]],
    );
}

#[test]
fn the_same_record_has_the_same_key_and_id() {
    let line = r#"{"created":1,"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]},"response":"Hello"}"#;
    let other = r#"{"response":"Hello","created":1,"request":{"messages":[{"content":"Hi","role":"user"}],"model":"m"}}"#;
    let records = read(format!("{line}\n{other}").as_bytes(), 100).0;
    let keys: std::collections::BTreeSet<_> =
        records.iter().map(|record| (record.key.clone(), record.log.id.clone())).collect();
    assert_eq!((records.len(), keys.len()), (2, 1));
    expect!["dc27"]
        .assert_eq(&records.first().map(|record| record.key.to_string()[..4].to_owned()).unwrap_or_default());
}

#[test]
fn a_call_is_known_by_its_id_and_time_whatever_else_was_added_to_it() {
    let span = |id: &str, at: &str, more: Value| {
        let mut span = json!({"id": id, "traceId": "t", "type": "GENERATION", "startTime": at, "input": "Hi", "output": "Hello"});
        span["metadata"] = more;
        span.to_string()
    };
    let keys = |lines: &[String]| {
        let records = read(lines.join("\n").as_bytes(), 1_000).0;
        records.into_iter().map(|record| record.key).collect::<std::collections::BTreeSet<_>>().len()
    };
    let (day, other) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
    assert_eq!(keys(&[span("a", day, json!({})), span("a", day, json!({"score": 1}))]), 1);
    assert_eq!(keys(&[span("a", day, json!({})), span("a", other, json!({}))]), 2);
    assert_eq!(keys(&[span("a", day, json!({})), span("b", day, json!({}))]), 2);
}

#[test]
fn input_and_output_are_read() {
    check(
        sample!("input_output.jsonl"),
        expect![[r#"
            input_output
            2026-10-26T07:33:20.000Z small-1 success feature=opening-hours
              > {"model":"small-1","messages":[{"role":"user","content":"Which day does the market open?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"On Saturdays, from eight."},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success latency=310 in=14 out=3 feature=geography tags={"checked": "true", "lang": "en", "plan": "pro"}
              > {"messages":[{"role":"system","content":"Answer in one word."},{"role":"user","content":"Capital of Uri?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Altdorf"},"finish_reason":null}],"usage":{"prompt_tokens":14,"completion_tokens":3}}
            1970-01-01T00:00:01.000Z  success feature=fallback user=u-7
              > {"messages":[{"role":"user","content":"Two plus two ="}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":" 4"},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Put it into French.\n\nGood morning"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Bonjour"},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Highest mountain of Uri?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"The Dammastock."},"finish_reason":null}]}
            line 6: /output: what was answered is missing; it is a text, a message or a response body
            line 7: /input: what was asked is missing; it is a text, a list of messages or a request body
            line 8: /created: "last week" is not a time; write RFC 3339 such as 2026-11-01T09:30:00.000Z, or seconds since 1970"#]],
    );
}

#[test]
fn conversations_that_end_with_the_answer_are_read() {
    check(
        sample!("messages.jsonl"),
        expect![[r#"
            messages
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"system","content":"You help in a bicycle shop."},{"role":"user","content":"My chain jumps."}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Then it is worn: have chain and cassette changed."},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Is a 28 inch tube in stock?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"stock","arguments":"{\"item\":\"tube-28\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"{\"left\":4}"}],"parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"stock","description":"Counts what is in stock.","parameters":{"type":"object","properties":{"item":{"type":"string"}}}}}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Yes, four are left."},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"And a pump?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","function_call":{"name":"stock","arguments":"{\"item\":\"pump\"}"},"tool_calls":[{"id":"call_stock","type":"function","function":{"name":"stock","arguments":"{\"item\":\"pump\"}"}}]},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Do you hire out bikes?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Yes, by the day."},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Do you repair scooters?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"No, bicycles only."},"finish_reason":null}]}
            line 6: /messages/0/role: the last message must be the assistant's: it is the answer that a run is compared with
            line 7: /messages: messages has the answer alone; what was asked must come before it
            line 8: /messages: messages must not be empty"#]],
    );
}

#[test]
fn batch_lines_are_joined_in_any_order() {
    check(
        sample!("batch.jsonl"),
        expect![[r#"
            batch
            2026-10-26T07:50:00.000Z m-batch success status=200 in=9 out=4 feature=fallback
              > {"model":"m-batch","messages":[{"role":"user","content":"Sum up: fog came."}],"max_tokens":50}
              < {"id":"chatcmpl-t-2","object":"chat.completion","created":1793001000,"model":"m-batch-1","choices":[{"index":0,"message":{"role":"assistant","content":"Grey and damp."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}
            2026-10-26T07:50:00.000Z m-batch success status=200 in=9 out=4 feature=summaries
              > {"model":"m-batch","messages":[{"role":"user","content":"Sum up: it rained."}],"max_tokens":50,"metadata":{"feature":"summaries"}}
              < {"id":"chatcmpl-t-1","object":"chat.completion","created":1793001000,"model":"m-batch-1","choices":[{"index":0,"message":{"role":"assistant","content":"Rain fell."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}
            1970-01-01T00:00:01.000Z m-batch rate_limited status=429 feature=fallback
              > {"model":"m-batch","messages":[{"role":"user","content":"Sum up: a long text"}],"max_tokens":50}
              < {"error":{"message":"Too many tokens a minute","type":"rate_limit"}}
            1970-01-01T00:00:01.000Z m-batch provider_error feature=fallback
              > {"model":"m-batch","messages":[{"role":"user","content":"Sum up: another"}],"max_tokens":50}
              < {"error":{"message":"This request could not be executed before the completion window expired."}}
            line 9: /custom_id: "t-5" stands alone: no line of batch output has it; import the output (and error) file together with this one
            line 10: /custom_id: "t-6" stands alone: no line of batch input has it; import the input file together with this one
            line 11: /custom_id: "t-1" stands alone: no line of batch output has it; import the output (and error) file together with this one
            line 13: /url: not a chat call but /v1/embeddings; skipped
            line 14: neither body (of a line of batch input) nor response or error (of batch output) is there"#]],
    );
}

#[test]
fn langfuse_is_read() {
    check(
        sample!("langfuse.jsonl"),
        expect![[r#"
        langfuse
        2026-10-01T08:00:00.000Z gpt-4o-mini success latency=1250 ttft=400 in=21 out=5 cost=0.00003 feature=garden tags={"environment": "production", "region": "eu"} streamed=yes
          > {"model":"gpt-4o-mini","messages":[{"role":"system","content":"You advise gardeners."},{"role":"user","content":"When do I plant garlic?"}],"temperature":0.2,"max_tokens":200}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"In October."},"finish_reason":null}],"usage":{"prompt_tokens":21,"completion_tokens":5}}
        2026-10-01T08:00:02.000Z claude-3 success latency=500 in=7 out=3 feature=fallback user=u-3 session=s-9 tags={"beta": "true", "plan": "pro"}
          > {"model":"claude-3","messages":[{"role":"user","content":"And leeks?"}],"tools":[{"type":"function","function":{"name":"calendar","parameters":{"type":"object"}}}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"In March."},"finish_reason":"end_turn"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}
        2026-10-01T09:00:00.000Z gpt-4o-mini provider_error latency=30000 feature=fallback
          > {"model":"gpt-4o-mini","messages":[{"role":"user","content":"What now?"}]}
          < {"error":{"message":"the model timed out"}}
        2026-10-02T08:00:00.100Z m success latency=700 ttft=200 in=4 out=6 cost=0.002 feature=garden user=u-4 session=s-1 tags={"team": "green", "vip": "true"}
          > {"model":"m","messages":[{"role":"user","content":"Is this a weed?"}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"It is a poppy."},"finish_reason":null}],"usage":{"prompt_tokens":4,"completion_tokens":6}}
        2026-10-02T10:00:00.000Z  success latency=1500 feature=fallback user=u-5
          > {"messages":[{"role":"user","content":"Does ivy harm walls?"}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Only cracked ones."},"finish_reason":null}]}
        2026-10-03T00:00:00.000Z m success feature=fallback
          > {"model":"m","messages":[{"role":"user","content":"Moss?"}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Lime it."},"finish_reason":null}]}
        line 3: /type: not a model call but an observation of type SPAN; skipped
        line 5: /type: not a model call but an observation of type TOOL; skipped
        line 7: not a model call but a score; skipped
        line 9: /type: not a model call but an event of type span-create; skipped"#]],
    );
}

#[test]
fn helicone_is_read() {
    check(
        sample!("helicone.jsonl"),
        expect![[r#"
        helicone
        2026-10-04T10:00:00.000Z gpt-4o-mini success provider=openai status=200 latency=900 ttft=210 in=12 out=6 cost=0.0004 feature=tickets user=u-1 session=sess-4 tags={"Plan": "team"} streamed=yes
          > {"model":"gpt-4o-mini","stream":true,"temperature":0.3,"messages":[{"role":"user","content":"Close my ticket."}]}
          < {"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"It is closed."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":6}}
        2026-10-04T10:01:00.000Z claude-3-5 success provider=anthropic status=200 latency=1200 in=30 out=9 feature=fallback
          > {"model":"claude-3-5","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"Who is on call?"}]}],"max_tokens":300,"tools":[{"type":"function","function":{"name":"rota","description":"Looks the rota up.","parameters":{"type":"object"}}}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"tu_1","type":"function","function":{"name":"rota","arguments":"{\"day\":\"today\"}"}}]},"finish_reason":"tool_use"}],"id":"msg_1","usage":{"input_tokens":30,"output_tokens":9,"prompt_tokens":30,"completion_tokens":9}}
        2026-10-04T10:02:00.000Z gpt-4o-mini rate_limited provider=openai status=429 latency=80 feature=fallback
          > {"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello?"}]}
          < {"error":{"message":"Slow down","type":"requests"}}
        line 4: /request_body: request_body is missing; export with bodies (--include-body)
        line 5: /request_path: not a chat call; skipped"#]],
    );
}

#[test]
fn litellm_is_read() {
    check(
        sample!("litellm.jsonl"),
        expect![[r#"
            litellm
            2026-10-05T07:00:00.000Z gpt-4o success provider=openai latency=2000 in=20 out=10 cost=0.0012 feature=offers user=cust-1 session=ses-1 tags={"team": "sales"}
              > {"model":"gpt-4o","messages":[{"role":"user","content":"Write an offer."}]}
              < {"id":"chatcmpl-l1","choices":[{"index":0,"message":{"role":"assistant","content":"Dear Sir or Madam"},"finish_reason":"length"}],"usage":{"prompt_tokens":20,"completion_tokens":10}}
            2026-10-26T07:33:20.250Z gpt-4o rate_limited provider=azure status=429 latency=1000 cost=0 feature=offers streamed=yes
              > {"model":"gpt-4o","messages":[{"role":"user","content":"Write another."}],"temperature":0}
              < {"error":{"message":"litellm.RateLimitError: slow down"}}
            line 3: /call_type: not a chat call but aembedding; skipped
            line 4: /messages: messages is missing; let the proxy keep prompts (store_prompts_in_spend_logs) and export again"#]],
    );
}

#[test]
fn cloudflare_is_read() {
    check(
        sample!("cloudflare.jsonl"),
        expect![[r#"
        cloudflare
        2026-10-06T12:00:00.000Z gpt-4o-mini success provider=openai status=200 latency=640 in=8 out=4 cost=0.0001 feature=search user=u-8 tags={"team": "web"}
          > {"model":"gpt-4o-mini","messages":[{"role":"user","content":"Find shoes."}]}
          < {"choices":[{"message":{"role":"assistant","content":"Here are shoes."},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":4}}
        2026-10-06T12:01:00.000Z @cf/meta/llama-3.1-8b-instruct success provider=workers-ai status=200 feature=greeting tags={"cached": "true"}
          > {"model":"@cf/meta/llama-3.1-8b-instruct","messages":[{"role":"user","content":"Say hi."}],"max_tokens":20}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":null}]}
        2026-10-06T12:02:00.000Z gpt-4o-mini success provider=openai status=200 latency=300 in=5 out=3 feature=fallback streamed=yes
          > {"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Count."}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"One, two."},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3}}
        2026-10-06T12:05:00.000Z claude provider_error provider=anthropic status=529 latency=50 feature=fallback
          > {"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}
          < {"error":{"message":"the gateway logged that the call failed"}}
        line 4: /request: the request's body is missing; let the gateway collect payloads, and fetch each log with its request and response
        line 5: /RequestBody: the body is encrypted; decrypt the file with the private key of your gateway first"#]],
    );
}

#[test]
fn braintrust_is_read() {
    check(
        sample!("braintrust.jsonl"),
        expect![[r#"
            braintrust
            2026-10-07T09:00:00.000Z gpt-4o success provider=openai latency=800 ttft=250 in=6 out=2 cost=0.0005 feature=poems user=u-2 session=s-2 tags={"prod": "true"} streamed=yes
              > {"model":"gpt-4o","messages":[{"role":"user","content":"Rhyme on tree."}],"temperature":0.9}
              < {"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Bee."}}],"usage":{"prompt_tokens":6,"completion_tokens":2}}
            2026-10-07T09:05:00.000Z  success feature=fallback tags={"plan": "free"}
              > {"messages":[{"role":"user","content":"Rhyme on sea."}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Tea."},"finish_reason":null}]}
            2026-10-07T09:06:00.000Z gpt-4o provider_error feature=fallback
              > {"model":"gpt-4o","messages":[{"role":"user","content":"Rhyme on orange."}]}
              < {"error":{"message":"the provider gave up"}}
            line 2: /span_attributes/type: not a model call but a span of type task; skipped"#]],
    );
}

#[test]
fn opentelemetry_is_read() {
    check(
        sample!("opentelemetry.jsonl"),
        expect![[r#"
            opentelemetry
            2026-10-08T09:00:00.000Z gpt-4o success provider=openai latency=1500 in=31 out=12 feature=weather user=u-6 session=conv-1 tags={"plan": "pro", "service": "forecast-bot"}
              > {"model":"gpt-4o","messages":[{"role":"system","content":"You know the weather."},{"role":"user","content":"Rain in Bern?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"forecast","arguments":"{\"city\":\"Bern\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"rain"}],"temperature":0.1,"max_tokens":99,"stop":["END"],"tools":[{"type":"function","function":{"name":"forecast","description":"Tells the weather.","parameters":{"type":"object"}}}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Yes, take a coat."},"finish_reason":"stop"}],"usage":{"prompt_tokens":31,"completion_tokens":12}}
            2026-10-08T09:00:00.000Z claude-3 success provider=anthropic latency=1500 in=9 out=3 feature=fallback user=u-7 tags={"service": "forecast-bot"}
              > {"model":"claude-3","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Snow?"}],"tools":[{"type":"function","function":{"name":"forecast","parameters":{"type":"object"}}}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[{"id":"c9","type":"function","function":{"name":"forecast","arguments":"{\"city\":\"Chur\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}
            2026-10-08T09:00:00.000Z gpt-4o provider_error latency=1500 feature=fallback tags={"service": "forecast-bot"}
              > {"model":"gpt-4o","messages":[{"role":"user","content":"Hail?"}]}
              < {"error":{"message":"deadline passed"}}
            2026-10-08T09:00:00.000Z gpt-4o success provider=openai latency=700 feature=fallback
              > {"model":"gpt-4o","messages":[{"content":"Be brief.","role":"system"},{"content":"Wind?","role":"user"},{"tool_calls":[{"id":"c1","type":"function","function":{"name":"wind","arguments":"{}"}}],"role":"assistant"},{"content":"calm","role":"tool","tool_call_id":"c1"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"None."},"finish_reason":"stop"}]}
            2026-10-08T09:10:00.000Z gpt-4o success latency=1000 feature=fallback
              > {"model":"gpt-4o","messages":[{"role":"user","content":"Sun?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"All day."},"finish_reason":null}]}
            line 1: /resourceSpans: 2 spans are no model calls (gen_ai.operation.name chat or the like); skipped
            line 4: /attributes: not a model call: gen_ai.operation.name is not chat, text_completion or generate_content; skipped
            line 5: /attributes/gen_ai.input.messages: what was asked is missing; it is a text, a list of messages or a request body"#]],
    );
}

#[test]
fn a_file_may_mix_formats() {
    check(
        sample!("mixed.jsonl"),
        expect![[r#"
            chat_pairs
            1970-01-01T00:00:01.000Z m success feature=fallback
              > {"model":"m","messages":[{"role":"user","content":"One?"}]}
              < {"choices":[{"index":0,"message":{"role":"assistant","content":"1"}}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Two?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"2"},"finish_reason":null}]}
            1970-01-01T00:00:01.000Z  success feature=fallback
              > {"messages":[{"role":"user","content":"Three?"}]}
              < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"3"},"finish_reason":null}]}
            2026-10-04T10:00:00.000Z m success status=200 feature=fallback
              > {"model":"m","messages":[{"role":"user","content":"Four?"}]}
              < {"choices":[{"message":{"content":"4"}}]}
            line 2: not JSON: expected ident at line 1 column 2
            line 5: no known format has the members colour, size; known are chat_pairs, input_output, messages, batch, langfuse, helicone, litellm, cloudflare, braintrust, opentelemetry; ?format= names one
            line 6: a record is a JSON object, such as {"request": …, "response": …}"#]],
    );
}

#[test]
fn lists_and_what_an_api_answered_are_files_too() {
    check(
        sample!("list.json"),
        expect![[r#"
        input_output
        1970-01-01T00:00:01.000Z  success feature=fallback
          > {"messages":[{"role":"user","content":"One?"}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"1"},"finish_reason":null}]}
        1970-01-01T00:00:01.000Z  success feature=fallback
          > {"messages":[{"role":"user","content":"Three?"}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"3"},"finish_reason":null}]}
        line 6: item 2: /output: what was answered is missing; it is a text, a message or a response body"#]],
    );
    check(
        sample!("wrapped.json"),
        expect![[r#"
        langfuse
        2026-10-01T08:00:00.000Z m success feature=fallback
          > {"model":"m","messages":[{"role":"user","content":"One?"}]}
          < {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"1"},"finish_reason":null}]}
        line 1: item 1: item 2: /type: not a model call but an observation of type SPAN; skipped"#]],
    );
}

#[test]
fn unknown_formats_are_refused_with_those_that_are_known() {
    for format in Format::ALL {
        assert_eq!(Format::read(format.word()), Ok(Some(format)));
        assert_eq!(json!(format), json!(format.word()));
    }
    let words = Format::read("csv").map_err(|mistake| mistake.detail);
    expect![[r#"unknown format "csv"; known are auto, chat_pairs, input_output, messages, batch, langfuse, helicone, litellm, cloudflare, braintrust, opentelemetry"#]].assert_eq(&words.err().unwrap_or_default());
}

/// Draws numbers; the same seed draws the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

const SAMPLES: [&str; 12] = [
    sample!("input_output.jsonl"),
    sample!("messages.jsonl"),
    sample!("batch.jsonl"),
    sample!("langfuse.jsonl"),
    sample!("helicone.jsonl"),
    sample!("litellm.jsonl"),
    sample!("cloudflare.jsonl"),
    sample!("braintrust.jsonl"),
    sample!("opentelemetry.jsonl"),
    sample!("mixed.jsonl"),
    sample!("list.json"),
    sample!("wrapped.json"),
];

/// Puts another value somewhere into a record.
fn disturb(value: &mut Value, dice: &mut Dice) {
    let odd = [
        json!(null),
        json!(""),
        json!([]),
        json!({}),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!("{"),
        json!("[[[["),
        json!("\u{0}🙂"),
        json!({"role": 3}),
        json!([[[null]]]),
        json!({"message": {"content": {}}}),
        json!(true),
        json!("data: {"),
        json!([{"type": "text"}]),
        json!({"parts": 3}),
        json!([{"key": "a", "value": {"kvlistValue": {}}}]),
    ];
    let children = match value {
        Value::Object(members) => members.len(),
        Value::Array(list) => list.len(),
        _ => 0,
    };
    if children == 0 || dice.below(5) == 0 {
        *value = odd.get(dice.below(odd.len())).cloned().unwrap_or_default();
        return;
    }
    let place = dice.below(children);
    match value {
        Value::Object(members) => members.values_mut().nth(place).map(|inner| disturb(inner, dice)),
        Value::Array(list) => list.get_mut(place).map(|inner| disturb(inner, dice)),
        _ => None,
    };
}

#[test]
fn no_record_panics_whatever_is_wrong_with_it() {
    let lines: Vec<Value> = SAMPLES
        .iter()
        .flat_map(|file| file.lines())
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let mut dice = Dice(7);
    for round in 0..2_000 {
        let mut record = lines.get(dice.below(lines.len())).cloned().unwrap_or_default();
        for _ in 0..=dice.below(3) {
            disturb(&mut record, &mut dice);
        }
        let named = if round % 2 == 0 { None } else { Format::ALL.get(dice.below(10)).copied() };
        let mut reader = Reader::new(named, None, Moment::from_millis(0));
        reader.push(record.to_string().as_bytes());
        reader.end();
        let records = std::iter::from_fn(|| reader.next_record()).count();
        let rejected = reader.close().1.len();
        assert!(records + rejected > 0 || record == json!([]), "{record} vanished");
    }
}

#[test]
fn no_bytes_panic() {
    let mut dice = Dice(11);
    for _ in 0..500 {
        let mut file =
            SAMPLES.get(dice.below(SAMPLES.len())).map(|file| file.as_bytes().to_vec()).unwrap_or_default();
        for _ in 0..=dice.below(6) {
            let place = dice.below(file.len());
            match dice.below(3) {
                0 => file.truncate(place),
                1 => _ = file.get_mut(place).map(|byte| *byte = b"\"{}[],:\n\\\xff0"[dice.below(11)]),
                _ => _ = file.drain(place..(place + dice.below(40)).min(file.len())),
            }
        }
        let (whole, small) = (read(&file, 1_000_000), read(&file, 1 + dice.below(50)));
        assert_eq!(whole, small);
    }
}

#[test]
fn what_is_held_is_bounded_whatever_the_file() {
    const STEP: usize = 65_536;
    let garbage = "x\n".repeat(1_000_000);
    let sample = SAMPLES.join("\n").repeat(40);
    for file in [garbage, sample] {
        let mut reader = Reader::new(None, None, Moment::from_millis(0));
        for bytes in file.as_bytes().chunks(STEP) {
            reader.push(bytes);
            while reader.next_record().is_some() {}
            assert!(reader.held() < 2 * STEP, "{}", reader.held());
        }
        assert!(reader.close().1.len() <= MOST_REJECTED + 1);
    }
}
