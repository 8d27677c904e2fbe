//! The public keys of a team, as an instance of the Worker knows them, and when they are asked for.
//!
//! Pure. Requests of an isolate share it, and none waits for what belongs to another: while one asks, the others look
//! again after a while, and ask themselves when it takes too long. Leaves out the asking.

use serde::Deserialize;
use serde_json::Value;
use shared::moment::Moment;

/// How long keys hold without being asked for again, and how long at most when they cannot be had.
const FRESH_MS: i64 = 60 * 60 * 1000;
const LAST_MS: i64 = 24 * 60 * 60 * 1000;

/// How long nobody asks after somebody has: whoever names keys that do not exist has no team's server asked by it.
const PAUSE_MS: i64 = 60_000;

/// The same as long as no key is known.
const RETRY_MS: i64 = 5_000;

/// How long the asking may take before it counts as given up.
const ASKING_MS: i64 = 10_000;

/// How often the others look.
const LOOK_MS: u64 = 50;

/// The most keys of a team; there are two at a time.
const MOST: usize = 20;

/// The fewest digits of a modulus in base64url: those of 2048 bits.
const FEWEST_DIGITS: usize = 342;

/// A public key for signatures by RS256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub id: String,
    /// Modulus and exponent, in base64url.
    pub modulus: String,
    pub exponent: String,
}

/// Reads a team's keys (RFC 7517); those that are for anything else are left out. None when there are no keys in it.
pub fn read(text: &str) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Written {
        kty: String,
        kid: String,
        n: String,
        e: String,
        alg: Option<String>,
        #[serde(rename = "use")]
        purpose: Option<String>,
    }
    let set: Set = serde_json::from_str(text).ok()?;
    let keys = set.keys.into_iter().filter_map(|key| {
        let key: Written = serde_json::from_value(key).ok()?;
        let fits = key.kty == "RSA"
            && key.alg.is_none_or(|algorithm| algorithm == "RS256")
            && key.purpose.is_none_or(|purpose| purpose == "sig")
            && key.n.len() >= FEWEST_DIGITS;
        fits.then_some(Key { id: key.kid, modulus: key.n, exponent: key.e })
    });
    let keys: Vec<_> = keys.take(MOST).collect();
    (!keys.is_empty()).then_some(keys)
}

/// The keys that are known, and when they were asked for.
#[derive(Debug, Default)]
pub struct Keys {
    known: Vec<Key>,
    /// When those that are known came.
    learnt: Option<Moment>,
    /// When somebody last began to ask.
    asked: Option<Moment>,
    /// That one has no answer yet.
    is_asking: bool,
}

/// What is to be done next by somebody who needs a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Take(Key),
    /// Ask for the keys, and say what came of it.
    Ask,
    /// Look again after so many milliseconds.
    Wait(u64),
    /// There is no such key.
    Unknown,
    /// No key could be had.
    Unreached,
}

impl Keys {
    /// Says what is to be done next by somebody who needs the key of this name.
    pub fn next(&mut self, id: &str, now: Moment) -> Step {
        let key = self.known.iter().find(|key| key.id == id);
        if let Some(key) = key.filter(|_| is_within(self.learnt, FRESH_MS, now)) {
            return Step::Take(key.clone());
        }
        let pause = match (self.is_asking, self.known.is_empty()) {
            (true, _) => ASKING_MS,
            (false, true) => RETRY_MS,
            (false, false) => PAUSE_MS,
        };
        if !is_within(self.asked, pause, now) {
            (self.is_asking, self.asked) = (true, Some(now));
            return Step::Ask;
        }
        match key {
            Some(key) if is_within(self.learnt, LAST_MS, now) => Step::Take(key.clone()),
            _ if self.is_asking => Step::Wait(LOOK_MS),
            Some(_) => Step::Unreached,
            None if self.known.is_empty() => Step::Unreached,
            None => Step::Unknown,
        }
    }

    /// Takes what came of asking: the keys, or none when they could not be had.
    pub fn learn(&mut self, keys: Option<Vec<Key>>, now: Moment) {
        self.is_asking = false;
        if let Some(keys) = keys {
            (self.known, self.learnt) = (keys, Some(now));
        }
    }
}

/// Tells whether something was less long ago. What is in the future is of a clock that has leapt back.
fn is_within(at: Option<Moment>, millis: i64, now: Moment) -> bool {
    at.is_some_and(|at| (0..millis).contains(&now.millis().saturating_sub(at.millis())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn key(id: &str) -> Key {
        Key { id: id.to_owned(), modulus: "n".to_owned(), exponent: "AQAB".to_owned() }
    }

    /// Plays a story of what happens at these seconds, and tells what each is told: `a` needs the key `a`, `=ab` is the
    /// answer with these two, `!` that there is none.
    fn check(story: &[(f64, &str)], expected: Expect) {
        let mut keys = Keys::default();
        let told = story.iter().filter_map(|(second, does)| {
            let now = Moment::from_millis((second * 1000.0) as i64);
            if let Some(names) = does.strip_prefix('=') {
                keys.learn(Some(names.chars().map(|name| key(&name.to_string())).collect()), now);
                return None;
            }
            if *does == "!" {
                keys.learn(None, now);
                return None;
            }
            let told = match keys.next(does, now) {
                Step::Take(key) => format!("take {}", key.id),
                step => format!("{step:?}").to_lowercase(),
            };
            Some(format!("{second} {does}: {told}"))
        });
        expected.assert_eq(&told.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn keys_are_asked_for_once_an_hour() {
        check(
            &[
                (0.0, "a"),
                (0.1, "=ab"),
                (0.2, "a"),
                (3600.0, "b"),
                (3600.1, "b"),
                (3600.2, "!"),
                (3600.3, "b"),
            ],
            expect![[r#"
                0 a: ask
                0.2 a: take a
                3600 b: take b
                3600.1 b: ask
                3600.3 b: take b"#]],
        );
    }

    #[test]
    fn whoever_comes_while_somebody_asks_looks_again() {
        check(
            &[(0.0, "a"), (0.0, "a"), (9.9, "a"), (10.0, "a"), (10.1, "=a"), (10.1, "a")],
            expect![[r#"
            0 a: ask
            0 a: wait(50)
            9.9 a: wait(50)
            10 a: ask
            10.1 a: take a"#]],
        );
    }

    #[test]
    fn a_key_that_is_not_there_is_asked_for_once_a_minute() {
        check(
            &[
                (0.0, "a"),
                (0.1, "=a"),
                (1.0, "x"),
                (59.0, "y"),
                (60.0, "x"),
                (60.1, "=ax"),
                (60.2, "x"),
                (60.3, "y"),
            ],
            expect![[r#"
                0 a: ask
                1 x: unknown
                59 y: unknown
                60 x: ask
                60.2 x: take x
                60.3 y: unknown"#]],
        );
    }

    #[test]
    fn when_no_key_can_be_had_it_is_tried_again_soon() {
        check(
            &[(0.0, "a"), (0.1, "!"), (0.2, "a"), (5.0, "a"), (5.1, "=a"), (5.2, "a")],
            expect![[r#"
            0 a: ask
            0.2 a: unreached
            5 a: ask
            5.2 a: take a"#]],
        );
    }

    #[test]
    fn old_keys_hold_for_a_day_when_new_ones_cannot_be_had() {
        check(
            &[
                (0.0, "a"),
                (0.0, "=a"),
                (7200.0, "a"),
                (7201.0, "!"),
                (7202.0, "a"),
                (7259.0, "a"),
                (7260.0, "a"),
                (7260.5, "!"),
                (86_410.0, "a"),
                (86_411.0, "!"),
                (86_412.0, "a"),
            ],
            expect![[r#"
                0 a: ask
                7200 a: ask
                7202 a: take a
                7259 a: take a
                7260 a: ask
                86410 a: ask
                86412 a: unreached"#]],
        );
    }

    #[test]
    fn a_clock_that_leaps_back_has_them_asked_for_anew() {
        check(
            &[(7200.0, "a"), (7200.1, "=a"), (0.0, "a"), (0.1, "=a"), (0.2, "a")],
            expect![[r#"
            7200 a: ask
            0 a: ask
            0.2 a: take a"#]],
        );
    }

    #[test]
    fn only_keys_for_such_signatures_are_read() {
        let good = |id: &str| json!({"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": "n".repeat(342)});
        let with = |name: &str, value: Value| {
            let mut key = good(name);
            key[name] = value;
            key
        };
        let mut plain = good("plain");
        plain.as_object_mut().map(|key| (key.remove("alg"), key.remove("use")));
        let keys = [
            good("one"),
            plain,
            with("kty", json!("EC")),
            with("kty", json!("oct")),
            with("alg", json!("HS256")),
            with("use", json!("enc")),
            with("n", json!("short")),
            with("e", json!(3)),
            json!("odd"),
            good("two"),
        ];
        let names =
            |text: &str| read(text).map(|keys| keys.into_iter().map(|key| key.id).collect::<Vec<_>>());
        let set = json!({"keys": keys, "public_certs": [{"kid": "x", "cert": "-----BEGIN"}]}).to_string();
        assert_eq!(names(&set), Some(["one", "plain", "two"].map(str::to_owned).to_vec()));
        let many = json!({"keys": (0..100).map(|n| good(&n.to_string())).collect::<Vec<_>>()}).to_string();
        assert_eq!(names(&many).map(|names| names.len()), Some(MOST));
        for text in ["", "[]", "{}", r#"{"keys": {}}"#, r#"{"keys": []}"#, "<html>"] {
            assert_eq!(names(text), None, "{text}");
        }
    }
}
