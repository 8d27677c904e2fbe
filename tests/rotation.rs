//! Secrets outlive the key that sealed them: another takes over, and what only a lost one opens stops nobody else.

use std::sync::Arc;

use edge::gateway::head::Head;
use edge::gateway::route;
use edge::pipeline::reseal;
use edge::vault::Keyring;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use shared::chat::wire::Wire;

use crate::support::scene::{id, with};
use crate::support::{Seat, World, drive, shows};

/// The key that worlds begin with, and those that come after it.
const FIRST: u8 = 7;
const SECOND: u8 = 8;
const THIRD: u8 = 9;

/// Sealed by earlier versions, with the first key, for a provider whose id is `p1` at the address of the scripted one:
/// before keys had names, and with the key itself.
const EARLIER: [&str; 2] = [
    "v1:050505050505050505050505:919aaa47b7b0135c8e107011e202a484677639c60c915348db50cef37a5611cd92ca3c",
    "v2:4bb06f8e:050505050505050505050505:919aaa47b7b0135c8e107011e202a484677639c60c915348db50cef37a5611cd92ca3c",
];

/// Has these keys configured from now on.
fn configure(world: &World, newest: u8, older: Option<u8>) {
    let keyring = Keyring { newest: [newest; 32], older: older.map(|older| [older; 32]) };
    world.configure(|settings| settings.keyring = Some(keyring));
}

/// A world with a provider and a webhook, whose secrets the first key sealed.
fn scene() -> (Arc<World>, Value, Value) {
    let world = World::new();
    let provider = world.connect();
    let webhook = json!({"name": "CI", "url": "https://ci.example.com/hook", "events": ["run.finished"]});
    let webhook = world.post("/api/webhooks", &webhook);
    (world, provider, webhook)
}

/// Tells of each secret whether it was sealed as they are now, with the newest key, and whether it still opens.
fn standing(world: &Arc<World>) -> String {
    let keyring = world.settings.lock().unwrap().keyring.unwrap();
    let rows = world.sql(
        "SELECT 'provider' AS of_what, id, sealed_key AS sealed FROM provider WHERE sealed_key IS NOT NULL \
         UNION ALL SELECT 'webhook', id, sealed_secret FROM webhook",
    );
    let lines = rows.iter().map(|row| {
        let [of_what, id, sealed] = ["of_what", "id", "sealed"].map(|name| row[name].as_str().unwrap());
        let when = if keyring.is_newest(sealed) { "now" } else { "before" };
        let tried = world.call("POST", &format!("/api/{of_what}s/{id}/test"), &Value::Null);
        let opens = if tried.status == 200 { "opens".to_owned() } else { tried.problem() };
        format!("{of_what} sealed as {when}: {opens}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn sweep(world: &Arc<World>) {
    drive::finish(world, reseal::sweep(&Seat::of_router(world))).unwrap();
}

fn check(world: &Arc<World>, expected: Expect) {
    shows(&standing(world), &expected);
}

#[test]
fn another_key_takes_over_and_the_one_before_can_go() {
    let (world, ..) = scene();
    configure(&world, SECOND, Some(FIRST));
    check(
        &world,
        expect![[r#"
        provider sealed as before: opens
        webhook sealed as before: opens
    "#]],
    );
    sweep(&world);
    check(
        &world,
        expect![[r#"
        provider sealed as now: opens
        webhook sealed as now: opens
    "#]],
    );
    configure(&world, SECOND, None);
    check(
        &world,
        expect![[r#"
        provider sealed as now: opens
        webhook sealed as now: opens
    "#]],
    );
    // Once is enough.
    sweep(&world);
    expect!["stored secrets: 2 sealed anew with ENCRYPTION_KEY, 0 left that another key sealed"]
        .assert_eq(&world.notes().join("\n"));
}

#[test]
fn a_secret_is_sealed_anew_when_what_it_belongs_to_is_saved() {
    let (world, provider, webhook) = scene();
    configure(&world, SECOND, Some(FIRST));
    world.patch(&format!("/api/providers/{}", id(&provider)), &json!({"models": []}));
    check(
        &world,
        expect![[r#"
        provider sealed as now: opens
        webhook sealed as before: opens
    "#]],
    );
    world.patch(&format!("/api/webhooks/{}", id(&webhook)), &json!({"name": "Build"}));
    check(
        &world,
        expect![[r#"
        provider sealed as now: opens
        webhook sealed as now: opens
    "#]],
    );
    // What cannot be opened is saved all the same, and is not lost by it.
    configure(&world, THIRD, None);
    world.patch(&format!("/api/providers/{}", id(&provider)), &json!({"models": []}));
    configure(&world, THIRD, Some(SECOND));
    check(
        &world,
        expect![[r#"
        provider sealed as before: opens
        webhook sealed as before: opens
    "#]],
    );
}

#[test]
fn what_earlier_versions_sealed_opens_and_is_sealed_anew() {
    for sealed in EARLIER {
        let (world, ..) = scene();
        world.sql(&format!("UPDATE provider SET id = 'p1', sealed_key = '{sealed}'"));
        world.sql("DELETE FROM webhook");
        check(
            &world,
            expect![[r#"
        provider sealed as before: opens
    "#]],
        );
        assert_eq!(world.provider.calls()[0].headers[0].1, "Bearer sk-of-long-ago-0001");
        sweep(&world);
        check(
            &world,
            expect![[r#"
        provider sealed as now: opens
    "#]],
        );
        assert_eq!(world.provider.calls()[1].headers[0].1, "Bearer sk-of-long-ago-0001");
    }
}

#[test]
fn what_opens_with_no_key_holds_no_other_up_and_is_counted() {
    let (world, provider, _) = scene();
    for name in ["second", "third"] {
        let new = json!({"name": name, "protocol": "openai", "base_url": "https://api.example.com", "api_key": "sk-0123456789abcd"});
        world.post("/api/providers", &new);
    }
    let lost = "UPDATE provider SET sealed_key = 'v2:00000000:000000000000000000000000:00' WHERE id = ";
    world.sql(&format!("{lost}'{}'", id(&provider)));
    configure(&world, SECOND, Some(FIRST));
    sweep(&world);
    sweep(&world);
    expect!["stored secrets: 3 sealed anew with ENCRYPTION_KEY, 1 left that another key sealed"]
        .assert_eq(&world.notes().join("\n"));
}

#[test]
fn a_lost_key_stops_the_providers_that_it_sealed_and_no_other() {
    let (world, ..) = scene();
    let set = world.set_of(3);
    let target = |provider: &str| json!({"target": {"provider": provider, "model": "new"}});
    let open = json!({"name": "open", "protocol": "openai", "base_url": "http://127.0.0.1:9099/v1"});
    world.post("/api/providers", &open);
    let judge = json!({"judge": {"provider": "open", "model": "judge"}});
    let sealed = world.start(&set, with(target("mock"), judge.clone()));
    let free = world.start(&set, with(target("open"), with(judge, json!({"fresh": true}))));
    let passes = |model: &str| {
        let (seat, head) = (Seat::of_router(&world), Head::default());
        let found = drive::finish(&world, route::destination(&seat, Wire::Chat, Some(model), &head));
        found.map_or_else(|refusal| format!("{} {refusal}", refusal.status()), |_| "passes".to_owned())
    };
    let mut seen = Vec::new();
    for keyring in [None, Some(Keyring { newest: [SECOND; 32], older: None })] {
        world.configure(|settings| settings.keyring = keyring);
        world.call("POST", &format!("/api/runs/{sealed}/resume"), &Value::Null);
        world.drive();
        seen.extend([world.standing(&sealed), world.standing(&free), passes("mock/new"), passes("open/new")]);
        assert_eq!(world.get("/api/providers")["data"][0]["key_hint"], "…abcd");
    }
    configure(&world, SECOND, Some(FIRST));
    world.post(&format!("/api/runs/{sealed}/resume"), &Value::Null);
    world.drive();
    seen.extend([world.standing(&sealed), passes("mock/new")]);
    expect![[r#"
        paused (provider "mock" has a stored key, and the secret ENCRYPTION_KEY (32 bytes in base64) that seals it is not set): 0 of 3 done, 0 pass, 0 fail, 0 unscored, 0 errored
        0 target, 0 judge, 0 memoised, 0 retried calls
        done: 3 of 3 done, 3 pass, 0 fail, 0 unscored, 0 errored
        3 target, 12 judge, 0 memoised, 0 retried calls
        503 provider "mock" has a stored key, and the secret ENCRYPTION_KEY (32 bytes in base64) that seals it is not set
        passes
        paused (the key of provider "mock" cannot be opened, as ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD, or enter the provider's key again): 0 of 3 done, 0 pass, 0 fail, 0 unscored, 0 errored
        0 target, 0 judge, 0 memoised, 0 retried calls
        done: 3 of 3 done, 3 pass, 0 fail, 0 unscored, 0 errored
        3 target, 12 judge, 0 memoised, 0 retried calls
        503 the key of provider "mock" cannot be opened, as ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD, or enter the provider's key again
        passes
        done: 3 of 3 done, 3 pass, 0 fail, 0 unscored, 0 errored
        3 target, 12 judge, 0 memoised, 0 retried calls
        passes"#]].assert_eq(&seen.join("\n"));
}
