//! Who is told by webhooks: it answers as it is told, and keeps every message.

use std::sync::Mutex;

use edge::ports::{Post, Unreached};
use serde_json::Value;
use shared::moment::Moment;

/// One message as the receiver got it.
#[derive(Debug, Clone)]
pub struct Letter {
    /// How many messages came before it.
    pub number: usize,
    pub at: Moment,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Letter {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }
}

type Script = Box<dyn FnMut(&Letter) -> Result<u16, Unreached> + Send>;

pub struct Receiver {
    script: Mutex<Script>,
    letters: Mutex<Vec<Letter>>,
}

impl Receiver {
    /// Makes one that takes everything.
    pub fn new() -> Self {
        Self { script: Mutex::new(Box::new(|_| Ok(204))), letters: Mutex::default() }
    }

    /// Tells it what to do from now on.
    pub fn does(&self, script: impl FnMut(&Letter) -> Result<u16, Unreached> + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// Gives every message so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    /// Takes a message, and answers.
    pub fn take(&self, post: &Post, at: Moment) -> Result<u16, Unreached> {
        let mut letters = self.letters.lock().unwrap();
        let Post { url, headers, body, .. } = post.clone();
        let letter = Letter { number: letters.len(), at, url, headers, text: body };
        letters.push(letter.clone());
        drop(letters);
        (self.script.lock().unwrap())(&letter)
    }
}
