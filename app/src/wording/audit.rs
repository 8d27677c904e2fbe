//! The audit in words: who did what, what came of it, and whether the chain of entries holds.

use shared::api::access::AuditCheck;
use shared::audit::{Entry, How};
use shared::unseen::seen;

use super::number::{count, counted};
use super::subject;

/// Says who called.
pub fn who(entry: &Entry) -> String {
    let who = match entry.subject.as_str() {
        "admin" => "the operator's token".to_owned(),
        "anybody" => "somebody unknown".to_owned(),
        subject => subject::named(subject),
    };
    if entry.session { format!("{who}, signed in") } else { who }
}

/// Says what was to be done: it may have been refused.
pub fn what(entry: &Entry) -> String {
    let words = match (entry.method.as_str(), entry.route.as_str()) {
        ("POST", "/api/session") => "sign in",
        ("GET", "/api/session") => "come in by Cloudflare Access",
        ("DELETE", "/api/session") => "sign out",
        ("POST", "/api/keys") => "make an access key",
        ("DELETE", "/api/keys/{key}") => "revoke an access key",
        ("POST", "/api/providers") => "add a provider",
        ("PATCH", "/api/providers/{provider}") => "change a provider",
        ("DELETE", "/api/providers/{provider}") => "delete a provider",
        ("POST", "/api/providers/{provider}/test") => "test a provider",
        ("PATCH", "/api/settings") => "change what is kept",
        ("POST", "/api/logs/import") => "import logs",
        ("POST", "/api/logs/delete") => "delete logs",
        ("POST", "/api/sets") => "make an eval set",
        ("PATCH", "/api/sets/{set}") => "change an eval set",
        ("DELETE", "/api/sets/{set}") => "delete an eval set",
        ("POST", "/api/sets/{set}/items") => "add items to a set",
        ("PATCH", "/api/sets/{set}/items/{item}") => "change an item",
        ("DELETE", "/api/sets/{set}/items/{item}") => "remove an item",
        ("POST", "/api/sets/{set}/items/delete") => "remove items from a set",
        ("POST", "/api/sets/{set}/items/{item}/trial") => "try a judge on an item",
        ("GET", "/api/sets/{set}/export") => "export an eval set",
        ("GET", "/api/sets/{set}/answers") => "save the answers of a set's runs",
        ("GET", "/api/runs/{run}/report") => "save the report of a run",
        ("PUT", "/api/sets/{set}/topics") => "name a topic of failures",
        ("POST", "/api/targets") => "save a target",
        ("PATCH", "/api/targets/{target}") => "change a target",
        ("DELETE", "/api/targets/{target}") => "delete a target",
        ("POST", "/api/runs") => "start a run",
        ("POST", "/api/runs/estimate") => "estimate a run",
        ("PATCH", "/api/runs/{run}") => "change a run under way",
        ("POST", "/api/runs/{run}/pause") => "pause a run",
        ("POST", "/api/runs/{run}/resume") => "resume a run",
        ("POST", "/api/runs/{run}/cancel") => "cancel a run",
        ("POST", "/api/runs/{run}/retry") => "retry items of a run",
        ("POST", "/api/runs/{run}/rejudge") => "judge a run again",
        ("PUT", "/api/labels") => "label a response",
        ("DELETE", "/api/labels/{label}") => "withdraw a label",
        ("POST", "/api/views") => "save a view",
        ("DELETE", "/api/views/{view}") => "delete a saved view",
        ("POST", "/api/webhooks") => "add a webhook",
        ("PATCH", "/api/webhooks/{webhook}") => "change a webhook",
        ("DELETE", "/api/webhooks/{webhook}") => "delete a webhook",
        ("POST", "/api/webhooks/{webhook}/test") => "test a webhook",
        // An entry of a version that knew more.
        (method, route) => return seen(&format!("{method} {route}")),
    };
    words.to_owned()
}

/// Says what came of it.
pub fn result(status: u16) -> &'static str {
    match status {
        ..=399 => "done",
        401 => "refused: wrong token",
        403 => "refused: not allowed",
        _ => "refused",
    }
}

/// Says whether the chain holds, once it was followed to its end.
pub fn chain(check: &AuditCheck) -> String {
    let whole = check.last.as_ref().map_or(0, |last| last.place);
    let Some(broken) = check.broken else {
        return match whole {
            0 => "Nothing is written down yet.".to_owned(),
            1 => "The chain holds: the one entry is as it was written.".to_owned(),
            many => format!("The chain holds: all {} entries are as they were written.", count(many)),
        };
    };
    let how = match broken.how {
        How::Changed => "it, or the one before it, is not as it was written",
        How::Missing => "it is not there",
    };
    let before = match whole {
        0 => String::new(),
        many => format!(" The {} before it hold.", counted(many, "entry", "entries")),
    };
    format!("The chain is broken at entry {}: {how}.{before}", count(broken.place))
}

/// Says whether a hash that was noted earlier is that of an entry, and what follows from it.
pub fn noted(check: &AuditCheck) -> String {
    let found = match check.has_noted {
        Some(true) => "An entry has this hash.",
        _ => {
            "No entry has this hash: it is of another audit, or this one was written anew since it was noted."
        }
    };
    let stands = match (check.has_noted, check.holds) {
        (Some(true), true) => {
            "The chain holds, so that entry and all before it are as they were when the hash was noted."
                .to_owned()
        }
        (_, true) => String::new(),
        (_, false) => chain(check),
    };
    [found, &stands].join(" ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};
    use shared::audit::{Break, Link, beginning};

    fn entry(subject: &str, session: bool, method: &str, route: &str) -> Entry {
        let entry = json!({
            "place": 1, "id": "e", "created_at": "2026-11-01T09:30:00.000Z", "subject": subject, "key_id": null,
            "session": session, "method": method, "route": route, "thing": null, "status": 201, "address_hash": null,
            "previous": beginning(), "hash": beginning()
        });
        serde_json::from_value(entry).expect("an entry")
    }

    #[test]
    fn whoever_called_is_named() {
        let said = [("admin", false), ("key:CI", true), ("anybody", false)]
            .map(|(subject, session)| who(&entry(subject, session, "POST", "/api/sets")));
        expect!["the operator's token | key “CI”, signed in | somebody unknown"].assert_eq(&said.join(" | "));
    }

    #[test]
    fn whatever_changes_something_has_words() {
        let api: Value = serde_json::from_str(include_str!("../../../edge/openapi.json")).expect("JSON");
        let mut known = 0;
        let paths = api["paths"].as_object().expect("paths").iter();
        // What passes the gateway has logs.
        for (route, calls) in paths.filter(|(route, _)| !route.starts_with("/v1/")) {
            for method in calls.as_object().expect("calls").keys().filter(|method| *method != "get") {
                let said = what(&entry("admin", false, &method.to_uppercase(), route));
                assert!(!said.contains('/'), "{said} needs words");
                known += 1;
            }
        }
        assert!(known > 20);
        assert_eq!(what(&entry("admin", false, "PUT", "/api/more")), "PUT /api/more");
    }

    fn check(place: u64, broken: Option<(u64, How)>, expected: Expect) {
        let check = AuditCheck {
            holds: broken.is_none(),
            broken: broken.map(|(place, how)| Break { place, how }),
            last: (place > 0).then(|| Link { place, hash: beginning() }),
            has_noted: None,
            next_cursor: None,
        };
        expected.assert_eq(&chain(&check));
    }

    #[test]
    fn it_is_said_what_came_of_a_noted_hash() {
        let check = |has_noted: bool, broken: Option<u64>| {
            noted(&AuditCheck {
                holds: broken.is_none(),
                broken: broken.map(|place| Break { place, how: How::Changed }),
                last: Some(Link { place: 4, hash: beginning() }),
                has_noted: Some(has_noted),
                next_cursor: None,
            })
        };
        let said = [check(true, None), check(false, None), check(true, Some(5)), check(false, Some(5))];
        expect![[r#"
            An entry has this hash. The chain holds, so that entry and all before it are as they were when the hash was noted.
            No entry has this hash: it is of another audit, or this one was written anew since it was noted.
            An entry has this hash. The chain is broken at entry 5: it, or the one before it, is not as it was written. The 4 entries before it hold.
            No entry has this hash: it is of another audit, or this one was written anew since it was noted. The chain is broken at entry 5: it, or the one before it, is not as it was written. The 4 entries before it hold."#]].assert_eq(&said.join("\n"));
    }

    #[test]
    fn it_is_said_where_the_chain_is_broken() {
        check(0, None, expect!["Nothing is written down yet."]);
        check(1, None, expect!["The chain holds: the one entry is as it was written."]);
        check(1200, None, expect!["The chain holds: all 1,200 entries are as they were written."]);
        check(
            36,
            Some((37, How::Changed)),
            expect![
                "The chain is broken at entry 37: it, or the one before it, is not as it was written. The 36 entries before it hold."
            ],
        );
        check(0, Some((1, How::Missing)), expect!["The chain is broken at entry 1: it is not there."]);
    }
}
