//! Webhooks: who is told of what becomes of runs, in words that can be proven, at least once and never at a run's cost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge::pipeline::deliver;
use edge::ports::Unreached;
use expect_test::{Expect, expect};
use ring::hmac;
use serde_json::{Value, json};
use shared::id::RunId;

use crate::support::drive::{self, Drive};
use crate::support::provider::{error, usual};
use crate::support::receiver::Letter;
use crate::support::scene::{id, with};
use crate::support::{Seat, Trouble, World, shows};

const URL: &str = "https://ci.example.com/hooks/assay?team=1";

/// A world with a provider, a set of so many items and a webhook for everything.
fn scene(items: usize) -> (Arc<World>, String, Value) {
    let world = World::new();
    world.connect();
    let set = world.set_of(items);
    let made = world.post("/api/webhooks", &hook(json!({})));
    (world, set, made)
}

fn hook(extra: Value) -> Value {
    with(json!({"name": "CI", "url": URL, "events": ["run.finished", "run.paused"]}), extra)
}

fn secret(made: &Value) -> String {
    made["secret"].as_str().expect("a secret").to_owned()
}

/// Checks a signature as a receiver does, by another implementation than the one that signed.
fn is_signed(letter: &Letter, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed =
        format!("{}.{}.{}", letter.header("webhook-id"), letter.header("webhook-timestamp"), letter.text);
    let signature = letter.header("webhook-signature").strip_prefix("v1,").expect("version 1");
    hmac::verify(&key, signed.as_bytes(), &STANDARD.decode(signature).expect("base64")).is_ok()
}

/// Writes what the list says of the only webhook's last delivery, times as seconds since the run's end.
fn last(world: &Arc<World>) -> String {
    let listed = world.get("/api/webhooks")["data"][0]["last_delivery"].clone();
    if listed.is_null() {
        return "nothing yet".to_owned();
    }
    let words = |name: &str| listed[name].as_str().unwrap_or("-").to_owned();
    let next = if listed["next_try_at"].is_null() { "no more" } else { "again later" };
    format!(
        "{} {} after {} tries, {next}: {} {}",
        words("type"),
        words("state"),
        listed["tries"],
        listed["status"],
        words("error")
    )
}

#[test]
fn a_receiver_can_prove_what_it_is_told_and_the_gate_says_the_same() {
    let (world, set, made) = scene(4);
    let run = world.start(&set, json!({"name": "New prompt"}));
    world.drive();
    let letters = world.receiver.letters();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.url, URL);
    assert_eq!(letter.header("content-type"), "application/json");
    assert_eq!(letter.header("webhook-timestamp"), (letter.at.millis() / 1000).to_string());
    assert_eq!(letter.header("webhook-id"), format!("msg_{run}_2"));
    assert_eq!(letter.header("x-assay-hop"), "1", "the gateway refuses it, should another name lead back");
    assert!(is_signed(letter, &secret(&made)));
    let changed = Letter { text: letter.text.replace("done", "cancelled"), ..letter.clone() };
    assert!(!is_signed(&changed, &secret(&made)));

    let body = letter.body();
    let shown = serde_json::to_string_pretty(&body).unwrap().replace(&run, "RUN").replace(&set, "SET");
    let finished = world.run(&run)["finished_at"].as_str().unwrap().to_owned();
    expect![[r#"
        {
          "type": "run.finished",
          "timestamp": "FINISHED",
          "data": {
            "id": "RUN",
            "name": "New prompt",
            "set_id": "SET",
            "set_name": "Set 1",
            "set_version": 2,
            "status": "done",
            "reason": null,
            "resumes_at": null,
            "counts": {
              "total": 4,
              "done": 4,
              "passed": 4,
              "failed": 0,
              "unscored": 0,
              "errored": 0
            },
            "gate": {
              "verdict": "inconclusive",
              "reasons": [
                "the judge cannot be relied on in this run: of 8 canaries it missed other_item (criterion \"Accuracy\"): level 5, at most 1 expected, step_by_step (criterion \"Accuracy\"): level 5, at most 1 expected, fake_approval (criterion \"Accuracy\"): level 5, at most 1 expected, fake_verdict (criterion \"Accuracy\"): level 5, at most 1 expected",
                "against the original responses, over 4 items: 0 broke, 0 fixed. Difference 0.0 points (90 % interval -40.3 to 40.3); at a margin of 5 points: cannot tell; 4 items can tell a margin of 62.2 points; one of 5 points takes about 619 items"
              ]
            },
            "pass_rate": 1.0,
            "pass_rate_interval": [
              0.5101091635454027,
              1.0
            ],
            "link": "/runs/RUN"
          }
        }"#]].assert_eq(&shown.replace(&finished, "FINISHED"));
    let gate = world.call("GET", &format!("/api/runs/{run}/gate"), &Value::Null).json();
    for (told, said) in [
        ("/gate/verdict", "/verdict"),
        ("/gate/reasons", "/reasons"),
        ("/status", "/status"),
        ("/pass_rate", "/summary/pass_rate"),
        ("/pass_rate_interval", "/summary/pass_rate_interval"),
    ] {
        assert!(!gate.pointer(said).unwrap().is_null(), "{said}");
        assert_eq!(body["data"].pointer(told), gate.pointer(said), "{told}");
    }
    assert_eq!(body["data"]["counts"], world.run(&run)["counts"]);
    shows(
        &last(&world),
        &expect![[r#"
        run.finished delivered after 1 tries, no more: 204 -
    "#]],
    );
}

/// Has something become of a run of three items, and tells what was told of it.
fn check_told(events: Value, becomes: impl Fn(&Arc<World>, &str), expected: Expect) {
    let world = World::new();
    world.connect();
    let set = world.set_of(3);
    world.post("/api/webhooks", &hook(json!({"events": events})));
    let run = world.start(&set, json!({"budget_usd": 1}));
    becomes(&world, &run);
    let lines = world.receiver.letters().into_iter().map(|letter| {
        let body = letter.body();
        let data = &body["data"];
        let of = |value: &Value| value.to_string().replace('"', "");
        format!(
            "{} {}: {} ({}), {} of {} done, {}",
            letter.header("webhook-id").replace(&run, "RUN"),
            of(&body["type"]),
            of(&data["status"]),
            of(&data["reason"]),
            data["counts"]["done"],
            data["counts"]["total"],
            of(&data["gate"]["verdict"]),
        )
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_was_asked_for_is_told_each_time_that_it_happens() {
    let all = || json!(["run.finished", "run.paused", "run.finished"]);
    let by_hand = |world: &Arc<World>, run: &str, verb: &str| {
        world.post(&format!("/api/runs/{run}/{verb}"), &Value::Null);
        world.drive();
    };
    let paused_and_resumed = |world: &Arc<World>, run: &str| {
        by_hand(world, run, "pause");
        by_hand(world, run, "resume");
    };
    check_told(
        all(),
        paused_and_resumed,
        expect![[r#"
        msg_RUN_1 run.paused: paused (paused by hand), 0 of 3 done, incomplete
        msg_RUN_3 run.finished: done (null), 3 of 3 done, inconclusive"#]],
    );
    check_told(
        json!(["run.paused"]),
        paused_and_resumed,
        expect!["msg_RUN_1 run.paused: paused (paused by hand), 0 of 3 done, incomplete"],
    );
    check_told(
        json!(["run.finished"]),
        paused_and_resumed,
        expect!["msg_RUN_3 run.finished: done (null), 3 of 3 done, inconclusive"],
    );
    check_told(
        all(),
        |world, run| by_hand(world, run, "cancel"),
        expect!["msg_RUN_1 run.finished: cancelled (cancelled by hand), 0 of 3 done, fail"],
    );
    // What is tried again ends again.
    check_told(
        all(),
        |world, run| {
            world.provider.does(|asked| if asked.is_judge() { usual(asked) } else { error(400, "no") });
            world.drive();
            world.provider.does(usual);
            by_hand(world, run, "retry");
        },
        expect![[r#"
            msg_RUN_2 run.finished: done (null), 3 of 3 done, fail
            msg_RUN_4 run.finished: done (null), 3 of 3 done, inconclusive"#]],
    );
    // The money is spent, and more is given.
    check_told(
        all(),
        |world, run| {
            world.patch(&format!("/api/runs/{run}"), &json!({"budget_usd": 0.0001}));
            world.drive();
            world.patch(&format!("/api/runs/{run}"), &json!({"budget_usd": 1}));
            by_hand(world, run, "resume");
        },
        expect![[r#"
            msg_RUN_2 run.paused: paused (the budget is spent: stopped at 0.0002 of 0.0001 USD after 0 of 3 items), 0 of 3 done, incomplete
            msg_RUN_4 run.finished: done (null), 3 of 3 done, inconclusive"#]],
    );
    // The key is wrong.
    check_told(
        all(),
        |world, _| {
            world.provider.does(|_| error(401, "who are you?"));
            world.drive();
        },
        expect![
            "msg_RUN_2 run.paused: paused (the provider answered 401: who are you?), 0 of 3 done, incomplete"
        ],
    );
}

#[test]
fn nobody_is_told_of_what_was_before_or_after_they_asked() {
    let (world, set, made) = scene(1);
    world.delete(&format!("/api/webhooks/{}", id(&made)));
    world.start(&set, json!({}));
    world.drive();
    world.post("/api/webhooks", &hook(json!({})));
    drive::finish(&world, deliver::sweep(&Seat::of_router(&world))).unwrap();
    world.drive();
    assert_eq!((world.receiver.letters().len(), world.count("delivery")), (0, 0));
}

/// Ends a run whose receiver answers like this, one answer a try, the last one for ever. Tells when it was tried, in
/// seconds after the first time, and what the list says.
fn check_tries(answers: Vec<Result<u16, Unreached>>, expected: Expect) {
    let (world, set, made) = scene(1);
    world.receiver.does(move |letter| answers[letter.number.min(answers.len() - 1)].clone());
    world.start(&set, json!({}));
    world.drive();
    let letters = world.receiver.letters();
    let seconds = |letter: &Letter| (letter.at.since(letters[0].at) / 1000).to_string();
    let times: Vec<_> = letters.iter().map(seconds).collect();
    let ids: BTreeSet<_> = letters.iter().map(|letter| letter.header("webhook-id")).collect();
    assert_eq!(ids.len(), 1, "one message has one id");
    let bodies: BTreeSet<_> = letters.iter().map(|letter| &letter.text).collect();
    assert_eq!(bodies.len(), 1, "and it says one thing");
    for letter in &letters {
        assert_eq!(letter.header("webhook-timestamp"), (letter.at.millis() / 1000).to_string());
        assert!(is_signed(letter, &secret(&made)));
    }
    shows(&format!("{}\n{}", times.join(" "), last(&world)), &expected);
}

#[test]
fn what_is_not_taken_is_tried_again_for_hours_and_then_given_up() {
    let broken = || Err(Unreached::Reset("no route".to_owned()));
    check_tries(
        vec![Ok(500), Ok(200)],
        expect![[r#"
        0 5
        run.finished delivered after 2 tries, no more: 200 -
    "#]],
    );
    check_tries(
        vec![broken(), Err(Unreached::TimedOut(15_000)), Ok(503), Ok(202)],
        expect![[r#"
        0 5 305 2105
        run.finished delivered after 4 tries, no more: 202 -
    "#]],
    );
    check_tries(
        vec![Ok(500)],
        expect![[r#"
        0 5 305 2105 9305 27305 63305 113705
        run.finished given_up after 8 tries, no more: 500 it answered 500
    "#]],
    );
    check_tries(
        vec![Ok(404), broken()],
        expect![[r#"
        0 5 305 2105 9305 27305 63305 113705
        run.finished given_up after 8 tries, no more: null the connection broke: no route
    "#]],
    );
    check_tries(
        vec![Err(Unreached::TimedOut(15_000))],
        expect![[r#"
        0 5 305 2105 9305 27305 63305 113705
        run.finished given_up after 8 tries, no more: null it did not answer within 15 s
    "#]],
    );
    check_tries(
        vec![Ok(302)],
        expect![[r#"
        0 5 305 2105 9305 27305 63305 113705
        run.finished given_up after 8 tries, no more: 302 it answered 302; redirects are not followed
    "#]],
    );
    check_tries(
        vec![Ok(500), Ok(410)],
        expect![[r#"
        0 5
        run.finished given_up after 2 tries, no more: 410 it answered 410
    "#]],
    );
}

#[test]
fn a_run_does_not_wait_for_who_is_told() {
    let (world, set, _) = scene(3);
    world.receiver.does(|_| Ok(500));
    let run = world.start(&set, json!({}));
    let mut drive = Drive::new(&world);
    assert!(drive.until(|world| world.count("run_event WHERE kind = 'done'") == 1));
    assert_eq!(world.receiver.letters().len(), 0);
    assert_eq!(world.run(&run)["status"], "done");
    assert!(drive.until(|world| world.count("delivery WHERE status = 500") == 1));
    shows(
        &last(&world),
        &expect![[r#"
        run.finished waiting after 1 tries, again later: 500 it answered 500
    "#]],
    );
    // Trying a run again does not wait either, and what was not taken of the first time is told after the second.
    world.provider.does(usual);
    world.post(&format!("/api/runs/{run}/retry"), &Value::Null);
    world.receiver.does(|_| Ok(204));
    drive.finish();
    let ids: Vec<_> =
        world.receiver.letters().iter().map(|letter| letter.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.iter().filter(|id| id.ends_with("_2")).count(), 2);
    assert_eq!(world.count("delivery WHERE due_at IS NULL AND status = 204"), 2);
}

#[test]
fn whatever_goes_wrong_once_it_is_told_under_one_id() {
    let start = |trouble: Option<(usize, Trouble)>| {
        let (world, set, _) = scene(1);
        *world.trouble.lock().unwrap() = trouble;
        world.start(&set, json!({"baseline": false}));
        world
    };
    let world = start(None);
    let touches = || world.touches.load(Ordering::Relaxed);
    let mut drive = Drive::new(&world);
    assert!(drive.until(|world| world.count("run_event WHERE kind = 'done'") == 1));
    // The last one wrote the event.
    let first = touches() - 1;
    drive.finish();
    let last = touches();
    assert!(last - first > 6, "{first} to {last}");
    let mut twice = 0;
    // A database without room pauses the run, which is then told.
    for trouble in Trouble::ALL.into_iter().filter(|trouble| *trouble != Trouble::IsFull) {
        for at in first..last {
            let world = start(Some((at, trouble)));
            world.drive();
            let letters = world.receiver.letters();
            let ids: BTreeSet<_> = letters.iter().map(|letter| letter.header("webhook-id")).collect();
            let delivered = world.count("delivery WHERE due_at IS NULL AND status = 204");
            assert!((1..=2).contains(&letters.len()), "{trouble:?} at {at}: {}", letters.len());
            assert_eq!((ids.len(), delivered), (1, 1), "{trouble:?} at {at}");
            twice += letters.len() - 1;
        }
    }
    assert!(twice > 0, "a crash after the message went out has it sent again");
}

#[test]
fn two_who_deliver_at_the_same_time_send_it_once() {
    let (world, set, _) = scene(1);
    world.configure(|settings| settings.asleep = true);
    let run = RunId::try_from(world.start(&set, json!({}))).unwrap();
    world.call("POST", &format!("/api/runs/{run}/cancel"), &Value::Null).succeeded();
    let (one, other) = (Seat::of_router(&world), Seat::of_router(&world));
    let both = async { futures_util::join!(deliver::deliver(&one, &run), deliver::deliver(&other, &run)) };
    let (one, other) = drive::finish(&world, both);
    assert_eq!(world.receiver.letters().len(), 1);
    // Whoever came too late comes again, should the other be lost.
    assert_eq!([one, other].map(|next| next.unwrap().is_some()), [false, true]);
}

#[test]
fn a_sweep_has_told_what_nobody_heard_of_and_forgets_what_is_long_over() {
    let (world, set, _) = scene(1);
    let sweep = || drive::finish(&world, deliver::sweep(&Seat::of_router(&world)));
    world.configure(|settings| settings.asleep = true);
    let run = world.start(&set, json!({}));
    world.call("POST", &format!("/api/runs/{run}/cancel"), &Value::Null).succeeded();
    world.drive();
    assert_eq!(world.receiver.letters().len(), 0);
    assert!(sweep().is_err(), "nobody hears it either");
    world.configure(|settings| settings.asleep = false);
    sweep().unwrap();
    sweep().unwrap();
    world.drive();
    assert_eq!(world.receiver.letters().len(), 1);
    shows(
        &last(&world),
        &expect![[r#"
        run.finished delivered after 1 tries, no more: 204 -
    "#]],
    );
    let day_ms = 24 * 60 * 60 * 1000;
    for (days, left) in [(29, 1), (2, 0)] {
        world.clock.skip(days * day_ms);
        sweep().unwrap();
        assert_eq!(world.count("delivery"), left, "after {days} more days");
    }
    shows(
        &last(&world),
        &expect![[r#"
        nothing yet
    "#]],
    );
}

#[test]
fn what_is_never_finished_is_given_up_too() {
    let (world, set, _) = scene(1);
    world.configure(|settings| settings.asleep = true);
    let run = RunId::try_from(world.start(&set, json!({}))).unwrap();
    world.call("POST", &format!("/api/runs/{run}/cancel"), &Value::Null).succeeded();
    // Each time somebody takes it, and is lost.
    world.sql("UPDATE delivery SET tries = 8, tried_at = 1");
    let next = drive::finish(&world, deliver::deliver(&Seat::of_router(&world), &run));
    assert_eq!((next, world.receiver.letters().len()), (Ok(None), 0));
    shows(
        &last(&world),
        &expect![[r#"
        run.finished given_up after 8 tries, no more: null it was broken off
    "#]],
    );
}

#[test]
fn a_secret_is_told_once_and_stored_sealed() {
    let (world, set, made) = scene(1);
    let path = format!("/api/webhooks/{}", id(&made));
    assert_eq!(STANDARD.decode(&secret(&made)["whsec_".len()..]).unwrap().len(), 32);
    world.start(&set, json!({}));
    world.drive();
    for reply in [
        world.call("GET", "/api/webhooks", &Value::Null),
        world.call("PATCH", &path, &json!({"name": "Build", "events": ["run.paused"]})),
        world.call("POST", &format!("{path}/test"), &Value::Null),
        world.call("GET", "/api/audit", &Value::Null),
    ] {
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert!(!reply.text.contains("whsec_"), "{}", reply.text);
    }
    let stored = json!([world.sql("SELECT * FROM webhook"), world.sql("SELECT * FROM delivery")]).to_string();
    assert!(!stored.contains(&secret(&made)["whsec_".len()..]) && stored.contains("\"v3:"), "{stored}");
    let entries = world.all("/api/audit", 50).into_iter().rev();
    let deeds = entries.map(|entry| format!("{} {}", entry["method"], entry["route"]).replace('"', ""));
    let deeds: Vec<_> = deeds.filter(|deed| deed.contains("webhooks")).collect();
    expect![[r#"
        POST /api/webhooks
        PATCH /api/webhooks/{webhook}
        POST /api/webhooks/{webhook}/test"#]]
    .assert_eq(&deeds.join("\n"));
}

/// Changes a webhook, and tells what became of its secret: whether a test is signed with the one that is told, or else
/// with the old one.
fn check_change(change: Value, expected: Expect) {
    let (world, _, made) = scene(1);
    let path = format!("/api/webhooks/{}", id(&made));
    let changed = world.patch(&path, &change);
    let test = world.post(&format!("{path}/test"), &Value::Null);
    let letter = world.receiver.letters().remove(0);
    let with_old = is_signed(&letter, &secret(&made));
    let with_new = changed["secret"].as_str().map(|secret| is_signed(&letter, secret));
    shows(&format!("{} {}: old {with_old}, new {with_new:?}", test["ok"], letter.url), &expected);
}

#[test]
fn a_secret_stays_with_its_origin() {
    check_change(
        json!({"name": "Build"}),
        expect![[r#"
        true https://ci.example.com/hooks/assay?team=1: old true, new None
    "#]],
    );
    check_change(
        json!({"url": "https://ci.example.com/other"}),
        expect![[r#"
        true https://ci.example.com/other: old true, new None
    "#]],
    );
    check_change(
        json!({"url": "https://CI.example.com/hooks"}),
        expect![[r#"
        true https://CI.example.com/hooks: old true, new None
    "#]],
    );
    check_change(
        json!({"url": "https://evil.example.com/hooks/assay"}),
        expect![[r#"
        true https://evil.example.com/hooks/assay: old false, new Some(true)
    "#]],
    );
    check_change(
        json!({"url": "https://ci.example.com:8443/hooks"}),
        expect![[r#"
        true https://ci.example.com:8443/hooks: old false, new Some(true)
    "#]],
    );
    check_change(
        json!({"new_secret": true}),
        expect![[r#"
        true https://ci.example.com/hooks/assay?team=1: old false, new Some(true)
    "#]],
    );
}

/// Changes a stored webhook past every port, and tells what becomes of its messages.
fn check_moved(sql: &str, id_of: impl Fn(&Value) -> String) {
    let (world, set, made) = scene(1);
    world.sql(sql);
    let path = format!("/api/webhooks/{}", id_of(&made));
    world.start(&set, json!({}));
    world.drive();
    assert_eq!(world.receiver.letters().len(), 0);
    shows(
        &last(&world),
        &expect![[r#"
        run.finished given_up after 8 tries, no more: null the secret cannot be opened, as ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD, or draw a new secret
    "#]],
    );
    let test = || world.call("POST", &format!("{path}/test"), &Value::Null);
    expect!["503 the secret cannot be opened, as ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD, or draw a new secret"]
        .assert_eq(&test().problem());
    // A new one works at once.
    world.patch(&path, &json!({"new_secret": true}));
    assert_eq!(test().json()["ok"], true);
}

#[test]
fn a_secret_moved_to_another_place_opens_nothing() {
    check_moved("UPDATE webhook SET url = 'https://evil.example.com/'", id);
    check_moved("UPDATE webhook SET id = 'other'", |_| "other".to_owned());
}

#[test]
fn only_public_addresses_are_taken() {
    let (world, _, made) = scene(1);
    world.configure(|settings| settings.allowed.loopback = false);
    let path = format!("/api/webhooks/{}", id(&made));
    let addresses = [
        "http://ci.example.com/hook",
        "https://user:pass@ci.example.com",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "https://localhost/hook",
        "http://127.0.0.1:9099",
        "https://metadata.google.internal",
        "https://ci.acme.workers.dev/hook",
        "https://assay.example/hook?to=us",
        "https://Assay.example:8443/v1/chat/completions",
        "https://ci.example.com:22",
        "https://ci.example.com/hook#a",
        "ci.example.com",
        "",
    ];
    let lines = addresses.map(|url| {
        let made = world.call("POST", "/api/webhooks", &hook(json!({"name": "Other", "url": url})));
        let changed = world.call("PATCH", &path, &json!({"url": url}));
        assert_eq!(made.problem(), changed.problem());
        made.problem()
    });
    expect![[r#"
        422 /url an address must begin with https://, so that nothing is sent in the clear
        422 /url an address must not hold a user name or password; the key goes into its own field
        422 /url the host "10.0.0.1" is not public; name a public host
        422 /url the host "::1" is not public; name a public host
        422 /url the host "localhost" is not public; name a public host
        422 /url an address must begin with https://, so that nothing is sent in the clear
        422 /url the host "metadata.google.internal" is not public; name a public host
        422 /url the host "ci.acme.workers.dev" is on workers.dev, where this account's own Workers may be; have the operator name its origin in ALLOWED_UPSTREAMS, or name another host
        422 /url the host "assay.example" is this service's own, and calls would come back to it; name another host
        422 /url the host "Assay.example" is this service's own, and calls would come back to it; name another host
        422 /url port 22 is not allowed; 443 and 8443 are
        422 /url "https://ci.example.com/hook#a" is not an address; write one such as https://api.example.com/v1
        422 /url "ci.example.com" is not an address; write one such as https://api.example.com/v1
        422 /url "" is not an address; write one such as https://api.example.com/v1"#]].assert_eq(&lines.join("\n"));
    assert_eq!(world.get("/api/webhooks")["data"][0]["url"], URL);
}

#[test]
fn a_test_tells_what_the_receiver_answered_and_keeps_nothing() {
    let (world, _, made) = scene(1);
    let path = format!("/api/webhooks/{}/test", id(&made));
    let answers =
        [Ok(200), Ok(500), Err(Unreached::TimedOut(15_000)), Err(Unreached::Reset("no route".to_owned()))];
    let lines = answers.map(|answer| {
        world.receiver.does(move |_| answer.clone());
        world.post(&path, &Value::Null).to_string()
    });
    expect![[r#"
        {"ok":true,"status":200,"latency_ms":40}
        {"ok":false,"status":500,"latency_ms":40,"error":"it answered 500"}
        {"ok":false,"latency_ms":40,"error":"it did not answer within 15 s"}
        {"ok":false,"latency_ms":40,"error":"the connection broke: no route"}"#]]
    .assert_eq(&lines.join("\n"));
    let letter = world.receiver.letters().remove(0);
    assert!(is_signed(&letter, &secret(&made)));
    let sent: Vec<_> =
        world.receiver.letters().iter().map(|letter| letter.header("webhook-id").to_owned()).collect();
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), 4, "each is another message");
    let body = letter.body();
    assert_eq!(body["data"], json!({"webhook_id": id(&made), "name": "CI"}));
    assert_eq!(body["type"], "webhook.test");
    assert_eq!(world.count("delivery"), 0);
}

#[test]
fn many_webhooks_are_told_within_what_the_platform_allows() {
    let (world, set, _) = scene(40);
    let taken = world.call("POST", "/api/webhooks", &hook(json!({"name": "ci"})));
    expect![[r#"409 the name "ci" is taken by another webhook"#]].assert_eq(&taken.problem());
    for n in 1..20 {
        world.post("/api/webhooks", &hook(json!({"name": format!("{n}")})));
    }
    let more = world.call("POST", "/api/webhooks", &hook(json!({"name": "more"})));
    expect!["409 there are 20 webhooks, the most there may be; delete one first"].assert_eq(&more.problem());
    let run = world.start(&set, json!({"concurrency": 16}));
    let mut drive = Drive::new(&world);
    drive.until(|world| world.count("outcome") > 10);
    world.post(&format!("/api/runs/{run}/pause"), &Value::Null);
    while drive.turn() {}
    assert_eq!(world.receiver.letters().len(), 20);
    world.post(&format!("/api/runs/{run}/resume"), &Value::Null);
    drive.finish();
    assert_eq!(world.receiver.letters().len(), 40);
    for slice in world.slices() {
        assert!(slice.statements <= 50, "{slice:?}");
    }
}

#[test]
fn webhooks_are_an_operators_alone() {
    let (world, _, made) = scene(1);
    let key = world.post("/api/keys", &json!({"name": "build", "scopes": ["read", "run", "ingest"]}));
    let path = format!("/api/webhooks/{}", id(&made));
    let test = format!("{path}/test");
    let calls = [
        ("GET", "/api/webhooks"),
        ("POST", "/api/webhooks"),
        ("PATCH", &path),
        ("DELETE", &path),
        ("POST", &test),
    ];
    for (method, path) in calls {
        let request = crate::support::request(method, path)
            .header("authorization", format!("Bearer {}", key["token"].as_str().unwrap()));
        assert_eq!(world.send(request.body("{}".into()).unwrap()).status, 403, "{method} {path}");
    }
}
