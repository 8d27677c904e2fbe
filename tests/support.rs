//! The world: every port in memory, and the real router over them.

pub mod alarms;
pub mod clock;
pub mod database;
pub mod dice;
pub mod drive;
pub mod history;
pub mod plant;
pub mod provider;
pub mod receiver;
pub mod scene;
pub mod weather;

use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::assertion::Team;
use edge::assertion::keys::{Key, Keys};
use edge::pace::{Limit, Pace};
use edge::ports::{
    Answer, Blobs, Call, Clock as _, Journal, Ledger, Paced, Post, Random, Row, Rules, Schedule, Secrets,
    Sql, SqlError, Statement, Unreached, Upstream, Vouched,
};
use edge::routes::Api;
use edge::store::complaint;
use edge::upstream::address::Allowed;
use edge::vault::Keyring;
use expect_test::Expect;
use futures_util::StreamExt as _;
use ring::signature;
use serde_json::Value;
use shared::canonical;
use shared::id::RunId;
use shared::moment::Moment;
use shared::policy::Policy;
use shared::provider::ProviderName;

use self::alarms::Alarms;
use self::clock::Clock;
use self::database::Database;
use self::drive::{Drive, Slice};
use self::history::{History, Question, What};
use self::plant::Plant;
use self::provider::{Provider, error};
use self::receiver::Receiver;
use self::weather::Weather;

/// The token that allows everything.
pub const ADMIN: &str = "admin-token-of-the-tests";

/// How long a statement is on its way, there and back, in milliseconds each.
const SQL_MS: u64 = 2;

/// How long a message is on its way, there and back, in milliseconds each.
const POST_MS: u64 = 20;

/// How long what is at an address takes to come, in milliseconds.
const PAGE_MS: u64 = 20;

/// What the operator configured.
pub struct Settings {
    pub admin_token: Option<String>,
    pub keyring: Option<Keyring>,
    pub keys: BTreeMap<String, String>,
    pub demo: bool,
    pub allowed: Allowed,
    pub slice_limit: u32,
    /// An answer with this in it ends the instance that it comes to.
    pub fatal: Option<&'static str>,
    /// All shards are in one instance: what ends one ends all.
    pub is_shared: bool,
    /// Nobody can be woken.
    pub asleep: bool,
    /// The team that vouches for people.
    pub team: Option<Team>,
    pub counting: Counting,
}

/// How the platform counts what instances tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// It lets so many of each through, and then none.
    Most(u32),
    Fails,
    /// It never answers.
    Hangs,
}

/// Which shard of which run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    pub run: RunId,
    pub number: u32,
}

/// What goes wrong at one touch of the outside by a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The slice is lost before the touch does anything.
    LostBefore,
    /// The slice is lost after the touch did what it does.
    LostAfter,
    /// It fails and does nothing: the connection is lost.
    Fails,
    /// It does what it does, and seems to fail.
    SeemsToFail,
    /// It does nothing: the database has no room left, the provider has too much to do.
    IsFull,
    /// It does nothing: it says that something is broken there.
    IsBroken,
    /// It does what it does, and the answer does not come: the database is asked again where that may be done, the provider
    /// was too slow.
    LosesTheReply,
}

impl Trouble {
    pub const ALL: [Self; 7] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::Fails,
        Self::SeemsToFail,
        Self::IsFull,
        Self::IsBroken,
        Self::LosesTheReply,
    ];

    /// Tells whether what it goes wrong with is done all the same.
    pub fn reaches(self) -> bool {
        matches!(self, Self::LostAfter | Self::SeemsToFail | Self::LosesTheReply)
    }
}

/// An answer of the database that never comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It did nothing.
    AtOnce,
    /// It did what it was asked for.
    WhenDone,
}

pub struct World {
    pub clock: Clock,
    pub provider: Provider,
    pub receiver: Receiver,
    pub settings: Mutex<Settings>,
    pub blobs: Mutex<BTreeMap<String, String>>,
    /// How many bodies were fetched from the blob store, and the most bytes that one statement gave.
    pub fetched_blobs: AtomicUsize,
    pub largest_answer: AtomicUsize,
    /// How many bodies the blob store is yet to refuse.
    pub refused_blobs: AtomicUsize,
    /// To how many bodies, after those, it is yet to say nothing.
    pub silent_blobs: AtomicUsize,
    pub slices: Mutex<Vec<Slice>>,
    /// What goes wrong, and at which touch of the outside.
    pub trouble: Mutex<Option<(usize, Trouble)>>,
    /// How often a shard touched the outside: each query, batch, call, waking of another and word with its alarm.
    pub touches: AtomicUsize,
    /// What everybody touches counts, and not what shards do alone.
    pub strikes_everybody: AtomicBool,
    /// How often anybody woke a shard, and which time nobody hears.
    wakes: AtomicUsize,
    pub deaf_at: Mutex<Option<usize>>,
    /// What else goes wrong.
    pub weather: Mutex<Option<Arc<Weather>>>,
    /// Until when the database has too much to do to answer anybody.
    pub overloaded: Mutex<Option<Moment>>,
    /// What the database says instead of an answer, one to each try.
    pub complaints: Mutex<VecDeque<String>>,
    /// Whether the database says nothing, one to each time that it is asked.
    pub silences: Mutex<VecDeque<Option<Silence>>>,
    /// The bug that stands between the shards and the database.
    pub plant: Mutex<Option<Plant>>,
    pub history: History,
    pub pace: Mutex<Pace>,
    /// How many of each the platform was told, by what it is and who it is of.
    pub counted: Mutex<BTreeMap<String, u32>>,
    pub keys: Mutex<Keys>,
    /// What is at addresses that are read, and how often each was.
    pub pages: Mutex<BTreeMap<String, Page>>,
    /// The most calls that were ever under way at once, over all shards.
    pub widest: AtomicUsize,
    under_way: AtomicUsize,
    seed: u64,
    drawn: AtomicUsize,
    numbered: AtomicUsize,
    database: Mutex<Database>,
    /// How many calls each shard has begun.
    calls_begun: Mutex<BTreeMap<(String, u32), u64>>,
    woken: Mutex<Vec<Shard>>,
    alarms: Mutex<Alarms>,
    notes: Mutex<Vec<String>>,
    /// Which shards have slices, and how each hears that it is woken.
    slices_under_way: Mutex<Vec<(Shard, Arc<AtomicBool>)>>,
}

/// What is at an address.
#[derive(Debug, Default)]
pub struct Page {
    pub status: u16,
    pub body: String,
    /// How often it was read.
    pub reads: usize,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// A reply whose body is on its way.
pub struct Begun {
    world: Arc<World>,
    body: BodyDataStream,
}

impl Begun {
    /// Takes the next piece; an error where the body breaks off, none at its end.
    pub fn piece(&mut self) -> Option<Result<String, String>> {
        let piece = drive::finish(&self.world, self.body.next())?;
        Some(piece.map(|bytes| String::from_utf8(bytes.into()).unwrap()).map_err(|error| error.to_string()))
    }
}

impl World {
    pub fn new() -> Arc<Self> {
        Self::seeded(0)
    }

    /// Makes a world in which another seed has shards go on in another order.
    pub fn seeded(seed: u64) -> Arc<Self> {
        let settings = Settings {
            admin_token: Some(ADMIN.to_owned()),
            keyring: Some(Keyring { newest: [7; 32], older: None }),
            keys: BTreeMap::new(),
            demo: true,
            allowed: Allowed { loopback: true, ..Allowed::default() },
            slice_limit: 45,
            fatal: None,
            is_shared: false,
            asleep: false,
            team: None,
            counting: Counting::Most(u32::MAX),
        };
        Arc::new(Self {
            clock: Clock::new(),
            provider: Provider::new(),
            receiver: Receiver::new(),
            settings: Mutex::new(settings),
            blobs: Mutex::default(),
            slices: Mutex::default(),
            trouble: Mutex::default(),
            touches: AtomicUsize::default(),
            strikes_everybody: AtomicBool::default(),
            wakes: AtomicUsize::default(),
            deaf_at: Mutex::default(),
            weather: Mutex::default(),
            overloaded: Mutex::default(),
            fetched_blobs: AtomicUsize::default(),
            largest_answer: AtomicUsize::default(),
            refused_blobs: AtomicUsize::default(),
            silent_blobs: AtomicUsize::default(),
            complaints: Mutex::default(),
            silences: Mutex::default(),
            plant: Mutex::default(),
            history: History::default(),
            pace: Mutex::default(),
            counted: Mutex::default(),
            keys: Mutex::default(),
            pages: Mutex::default(),
            widest: AtomicUsize::default(),
            under_way: AtomicUsize::default(),
            seed,
            drawn: AtomicUsize::default(),
            numbered: AtomicUsize::default(),
            database: Mutex::new(Database::new()),
            calls_begun: Mutex::default(),
            woken: Mutex::default(),
            alarms: Mutex::default(),
            notes: Mutex::default(),
            slices_under_way: Mutex::default(),
        })
    }

    /// Sends a request through the real router.
    pub fn send(self: &Arc<Self>, request: Request<Body>) -> Reply {
        self.send_together(vec![request]).remove(0)
    }

    /// Sends requests at the same time.
    pub fn send_together(self: &Arc<Self>, requests: Vec<Request<Body>>) -> Vec<Reply> {
        let answers = requests
            .into_iter()
            .map(async |request| Api::over(Arc::new(Seat::of_router(self))).answer(request).await);
        let responses = drive::finish(self, futures_util::future::join_all(answers));
        responses.into_iter().map(|response| self.read(response)).collect()
    }

    fn read(self: &Arc<Self>, response: Response<Body>) -> Reply {
        let (parts, body) = response.into_parts();
        let bytes = drive::finish(self, to_bytes(body, usize::MAX)).unwrap();
        let reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.into()).unwrap(),
        };
        assert_ne!(reply.status, 500, "{:?}", self.notes());
        reply
    }

    /// Begins to read something as the operator, piece by piece.
    pub fn begin(self: &Arc<Self>, path: &str) -> Begun {
        let request = as_operator("GET", path, &Value::Null);
        let api = Api::over(Arc::new(Seat::of_router(self)));
        let response = drive::finish(self, api.answer(request));
        assert_eq!(response.status(), 200);
        Begun { world: Arc::clone(self), body: response.into_body().into_data_stream() }
    }

    /// Makes a call as the operator; null is no body.
    pub fn call(self: &Arc<Self>, method: &str, path: &str, body: &Value) -> Reply {
        self.send(as_operator(method, path, body))
    }

    /// Sends a text as the operator.
    pub fn post_text(self: &Arc<Self>, path: &str, text: impl Into<Body>) -> Reply {
        self.send(
            request("POST", path)
                .header("authorization", format!("Bearer {ADMIN}"))
                .body(text.into())
                .unwrap(),
        )
    }

    pub fn get(self: &Arc<Self>, path: &str) -> Value {
        self.call("GET", path, &Value::Null).succeeded()
    }

    pub fn post(self: &Arc<Self>, path: &str, body: &Value) -> Value {
        self.call("POST", path, body).succeeded()
    }

    pub fn patch(self: &Arc<Self>, path: &str, body: &Value) -> Value {
        self.call("PATCH", path, body).succeeded()
    }

    pub fn delete(self: &Arc<Self>, path: &str) {
        self.call("DELETE", path, &Value::Null).succeeded();
    }

    /// Drives every run that was started or woken to its end.
    pub fn drive(self: &Arc<Self>) {
        Drive::new(self).finish();
    }

    /// Runs a statement past every port.
    pub fn sql(&self, sql: &str) -> Vec<Row> {
        self.database.lock().unwrap().batch(&[Statement::new(sql, [])]).unwrap().remove(0)
    }

    /// Counts rows past every port: `count("outcome WHERE verdict = 'pass'")`.
    pub fn count(&self, what: &str) -> u64 {
        self.sql(&format!("SELECT count(*) AS n FROM {what}"))[0]["n"].as_u64().unwrap()
    }

    /// Gives every statement that was run, with the plan by which its rows are found.
    pub fn plans(&self) -> Vec<(String, Vec<String>)> {
        let database = self.database.lock().unwrap();
        let plans = database.seen.iter().map(|(sql, values)| (sql.clone(), database.plan(sql, values)));
        plans.collect()
    }

    /// Gives how many steps the database took for each statement since it was last asked.
    pub fn steps(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.database.lock().unwrap().steps)
    }

    /// Tells whether the database has too much to do now.
    pub fn is_overloaded(&self) -> bool {
        self.overloaded.lock().unwrap().is_some_and(|until| self.clock.now() < until)
    }

    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    pub fn slices(&self) -> Vec<Slice> {
        self.slices.lock().unwrap().clone()
    }

    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap());
    }
}

/// Compares in a block of its own: one that stands on one line may be too long for it.
pub fn shows(shown: &str, expected: &Expect) {
    expected.assert_eq(&format!("{shown}\n"));
}

/// Writes a request of the operator; null is no body.
pub fn as_operator(method: &str, path: &str, body: &Value) -> Request<Body> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    request(method, path).header("authorization", format!("Bearer {ADMIN}")).body(text.into()).unwrap()
}

/// Begins a request as a client of the deployment makes it.
pub fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(format!("https://assay.example{path}"))
}

impl Reply {
    /// Gives the body; null when there is none.
    pub fn json(&self) -> Value {
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).expect("JSON") }
    }

    /// Gives the body of a call that must not fail.
    pub fn succeeded(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json()
    }

    /// Gives what was wrong with a call in one line: the status, the pointer, the words.
    pub fn problem(&self) -> String {
        if self.status < 400 {
            return format!("{} {}", self.status, self.text);
        }
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let pointer = problem["errors"][0]["pointer"].as_str();
        let words = problem["detail"].as_str().unwrap();
        format!("{}{} {words}", self.status, pointer.map(|pointer| format!(" {pointer}")).unwrap_or_default())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// All ports, as the router or one slice of a shard has them.
pub struct Seat {
    pub world: Arc<World>,
    /// Whose slice it is, and which of all slices; none and 0 of the router.
    shard: Option<Shard>,
    number: usize,
    /// The shard was woken since its slice was made.
    woken: Arc<AtomicBool>,
    lost: AtomicBool,
    calls: AtomicUsize,
    statements: AtomicUsize,
    under_way: AtomicUsize,
    widest: AtomicUsize,
}

impl Seat {
    pub fn of_router(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            shard: None,
            number: 0,
            woken: Arc::default(),
            lost: AtomicBool::default(),
            calls: AtomicUsize::default(),
            statements: AtomicUsize::default(),
            under_way: AtomicUsize::default(),
            widest: AtomicUsize::default(),
        }
    }

    fn of_shard(world: &Arc<World>, shard: &Shard) -> Self {
        let number = world.numbered.fetch_add(1, Ordering::Relaxed) + 1;
        let seat = Self { shard: Some(shard.clone()), number, ..Self::of_router(world) };
        let mut under_way = world.slices_under_way.lock().unwrap();
        under_way.retain(|(other, _)| other != shard);
        under_way.push((shard.clone(), Arc::clone(&seat.woken)));
        seat
    }

    fn write(&self, what: What) -> usize {
        self.world.history.add(self.world.clock.now(), self.number, self.shard.as_ref(), what)
    }

    /// Gives the bug that stands between this slice and its ports.
    fn plant(&self) -> Option<Plant> {
        self.shard.as_ref().and(*self.world.plant.lock().unwrap())
    }

    /// Writes that the slice ended without a word.
    fn write_loss(&self) {
        self.write(What::Lost);
    }

    /// Counts the statements so far.
    pub fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn slice(&self, shard: &Shard, began: Moment, ended: Moment) -> Slice {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let (calls, statements, widest) = (read(&self.calls), read(&self.statements), read(&self.widest));
        self.write(What::Ended);
        Slice { shard: shard.clone(), calls, statements, widest, began, ended }
    }

    /// Touches the outside: gives what is to go wrong with it.
    fn touch(&self, struck: impl Fn(Trouble) -> What) -> Option<Trouble> {
        if self.shard.is_none() && !self.world.strikes_everybody.load(Ordering::Relaxed) {
            return None;
        }
        let touch = self.world.touches.fetch_add(1, Ordering::Relaxed);
        let planned = self.world.trouble.lock().unwrap().filter(|(at, _)| *at == touch);
        let weather = || self.world.weather.lock().unwrap().as_ref()?.trouble();
        let trouble = planned.map(|(_, trouble)| trouble).or_else(weather);
        if let Some(trouble) = trouble {
            self.write(struck(trouble));
        }
        trouble
    }

    /// Never comes back: whoever drives the slice begins another.
    async fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
        pending::<()>().await;
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError> {
        self.statements.fetch_add(statements.len(), Ordering::Relaxed);
        let sent = match self.shard {
            Some(_) => self.write(What::Ran(history::first_words(&statements))),
            None => self.world.history.len(),
        };
        let trouble = self.touch(What::SqlStruck);
        let gone = || SqlError::Busy("Network connection lost".to_owned());
        self.world.clock.sleep(SQL_MS).await;
        match trouble {
            Some(Trouble::LostBefore) => self.lose().await,
            Some(Trouble::Fails) => return Err(gone()),
            Some(Trouble::IsFull) => return Err(complaint::class("Exceeded maximum DB size".to_owned())),
            Some(Trouble::IsBroken) => return Err(complaint::class("disk I/O error".to_owned())),
            _ => {}
        }
        if self.world.is_overloaded() {
            if self.shard.is_some() {
                self.write(What::SqlStruck(Trouble::Fails));
            }
            return Err(SqlError::Busy("D1 DB is overloaded. Too many requests queued.".to_owned()));
        }
        let silence = self.world.silences.lock().unwrap().pop_front().flatten();
        if silence == Some(Silence::AtOnce) {
            pending::<()>().await;
        }
        let loses_the_reply = AtomicBool::new(trouble == Some(Trouble::LosesTheReply));
        let complaint = || {
            if loses_the_reply.swap(false, Ordering::Relaxed) {
                let _ = self.commit(statements.clone(), sent);
                return Some("Network connection lost".to_owned());
            }
            self.world.complaints.lock().unwrap().pop_front()
        };
        complaint::patiently(self, &statements, async || complaint().map_or(Ok(()), Err)).await?;
        let done = self.commit(statements, sent);
        if silence == Some(Silence::WhenDone) {
            pending::<()>().await;
        }
        self.world.clock.sleep(SQL_MS).await;
        match trouble {
            Some(Trouble::LostAfter) => self.lose().await,
            Some(Trouble::SeemsToFail) => return Err(gone()),
            _ => {}
        }
        done
    }
}

impl Seat {
    /// Runs statements that were sent at a place of the history, and writes down what they do.
    fn commit(&self, statements: Vec<Statement>, sent: usize) -> Result<Vec<Vec<Row>>, SqlError> {
        let plant = self.plant();
        let given = statements.len();
        let statements = match plant {
            Some(plant) => plant.spoil(statements, self.world.touches.load(Ordering::Relaxed)),
            None => statements,
        };
        let mut done = self.world.database.lock().unwrap().batch(&statements)?;
        let texts = |row: &Row| row.values().filter_map(Value::as_str).map(str::len).sum::<usize>();
        let largest = done.iter().map(|rows| rows.iter().map(texts).sum()).max();
        self.world.largest_answer.fetch_max(largest.unwrap_or(0), Ordering::Relaxed);
        for what in history::read(&statements, &done) {
            self.write(what);
        }
        if statements.iter().any(|statement| statement.sql.starts_with("INSERT INTO run_spend ")) {
            self.write(What::Settled(sent));
        }
        if let Some(plant) = plant {
            for (statement, rows) in statements.iter().zip(&mut done) {
                plant.hide(&statement.sql, rows);
            }
        }
        // What the slice did not send has no place among what it gets.
        Ok(done.split_off(done.len() - given))
    }
}

impl Sql for Seat {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, SqlError> {
        Ok(self.run(vec![statement]).await?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, SqlError> {
        self.run(statements).await
    }
}

impl Blobs for Seat {
    async fn put_blob(&self, key: &str, text: &str) -> Result<(), SqlError> {
        let takes = |left: &AtomicUsize| {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        };
        if takes(&self.world.refused_blobs) {
            return Err(SqlError::Broken("BLOBS: 503 Service Unavailable".to_owned()));
        }
        if takes(&self.world.silent_blobs) {
            pending::<()>().await;
        }
        self.world.blobs.lock().unwrap().insert(key.to_owned(), text.to_owned());
        Ok(())
    }

    async fn get_blob(&self, key: &str) -> Result<Option<String>, SqlError> {
        self.world.fetched_blobs.fetch_add(1, Ordering::Relaxed);
        Ok(self.world.blobs.lock().unwrap().get(key).cloned())
    }

    async fn delete_blob(&self, key: &str) -> Result<(), SqlError> {
        self.world.blobs.lock().unwrap().remove(key);
        Ok(())
    }
}

/// A call that is under way, counted until it ends however it ends.
struct UnderWay<'a>(&'a Seat);

impl<'a> UnderWay<'a> {
    fn begin(seat: &'a Seat) -> Self {
        for (count, most) in [(&seat.under_way, &seat.widest), (&seat.world.under_way, &seat.world.widest)] {
            let now = count.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(now, Ordering::Relaxed);
        }
        Self(seat)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
        self.0.world.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Upstream for Seat {
    async fn send(&self, call: &Call) -> Result<Answer, Unreached> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let _under_way = UnderWay::begin(self);
        let body = serde_json::from_str(&call.body).expect("a call's body is JSON");
        let trouble = self.touch(|trouble| What::CallStruck(trouble, history::mark(&body)));
        let broken = || Unreached::Reset("connection reset by peer".to_owned());
        match trouble {
            Some(Trouble::LostBefore) => self.lose().await,
            Some(Trouble::Fails) => return Err(broken()),
            Some(Trouble::IsFull) => return error(429, "too many").result,
            Some(Trouble::IsBroken) => return error(500, "broken").result,
            _ => {}
        }
        let (asked, reply) = self.world.provider.take(call, self.now());
        let place = self.write(What::Asked(Question::of(&asked, &reply, call.deadline_ms)));
        self.world.clock.sleep(reply.after_ms.min(call.deadline_ms)).await;
        match trouble {
            Some(Trouble::LostAfter) => self.lose().await,
            Some(Trouble::SeemsToFail) => {
                self.write(What::Missed(place));
                return Err(broken());
            }
            Some(Trouble::LosesTheReply) => {
                self.write(What::Missed(place));
                return Err(Unreached::TimedOut(call.deadline_ms));
            }
            _ => {}
        }
        self.write(What::Answered(place));
        let fatal = self.world.settings.lock().unwrap().fatal;
        if fatal.is_some_and(|text| reply.result.as_ref().is_ok_and(|answer| answer.body.contains(text))) {
            self.lose().await;
        }
        if reply.after_ms > call.deadline_ms {
            Err(Unreached::TimedOut(call.deadline_ms))
        } else {
            reply.result
        }
    }

    async fn read_at(&self, url: &str, _: u64) -> Result<Answer, Unreached> {
        self.world.clock.sleep(PAGE_MS).await;
        let mut pages = self.world.pages.lock().unwrap();
        let page = pages.get_mut(url).ok_or_else(|| Unreached::Reset("nobody listens".to_owned()))?;
        page.reads += 1;
        Ok(Answer { status: page.status, retry_after: None, body: page.body.clone() })
    }

    async fn post(&self, post: &Post) -> Result<u16, Unreached> {
        let trouble = self.touch(What::PostStruck);
        let broken = || Unreached::Reset("connection reset by peer".to_owned());
        self.world.clock.sleep(POST_MS).await;
        match trouble {
            Some(Trouble::LostBefore) => self.lose().await,
            Some(Trouble::Fails) => return Err(broken()),
            Some(Trouble::IsFull) => return Ok(429),
            Some(Trouble::IsBroken) => return Ok(500),
            _ => {}
        }
        let status = self.world.receiver.take(post, self.now());
        self.world.clock.sleep(POST_MS).await;
        match trouble {
            Some(Trouble::LostAfter) => self.lose().await,
            Some(Trouble::SeemsToFail) => return Err(broken()),
            Some(Trouble::LosesTheReply) => return Err(Unreached::TimedOut(post.deadline_ms)),
            _ => {}
        }
        status
    }
}

impl Vouched for Seat {
    fn team(&self) -> Option<Team> {
        self.world.settings.lock().unwrap().team.clone()
    }

    fn keys<T>(&self, use_them: impl FnOnce(&mut Keys) -> T) -> T {
        use_them(&mut self.world.keys.lock().unwrap())
    }

    async fn is_signed(&self, key: &Key, signed: &[u8], signature: &[u8]) -> bool {
        let [n, e] = [&key.modulus, &key.exponent].map(|digits| URL_SAFE_NO_PAD.decode(digits).unwrap());
        let key = signature::RsaPublicKeyComponents { n, e };
        key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
    }
}

impl edge::ports::Clock for Seat {
    fn now(&self) -> Moment {
        self.world.clock.now()
    }

    fn ticks_ms(&self) -> u64 {
        self.now().millis() as u64
    }

    async fn sleep(&self, millis: u64) {
        self.world.clock.sleep(millis).await;
    }
}

impl Random for Seat {
    fn fill(&self, bytes: &mut [u8]) {
        // One draw however long: what is drawn after it stays what it was when it grows.
        let drawn = self.world.drawn.fetch_add(1, Ordering::Relaxed);
        let mut digest = canonical::digest(format!("{}|{drawn}", self.world.seed).as_bytes());
        for chunk in bytes.chunks_mut(digest.len()) {
            chunk.copy_from_slice(&digest[..chunk.len()]);
            digest = canonical::digest(&digest);
        }
    }
}

impl Secrets for Seat {
    fn admin_token(&self) -> Option<String> {
        self.world.settings.lock().unwrap().admin_token.clone()
    }

    fn keyring(&self) -> Option<Keyring> {
        self.world.settings.lock().unwrap().keyring
    }

    fn provider_key(&self, provider: &ProviderName) -> Option<String> {
        self.world.settings.lock().unwrap().keys.get(provider.as_str()).cloned()
    }

    fn has_demo(&self) -> bool {
        self.world.settings.lock().unwrap().demo
    }

    fn allowed(&self) -> Allowed {
        self.world.settings.lock().unwrap().allowed.clone()
    }

    fn may_panic(&self) -> bool {
        false
    }

    fn slice_limit(&self) -> u32 {
        let limit = self.world.settings.lock().unwrap().slice_limit;
        self.plant().map_or(limit, |plant| plant.limit(limit))
    }
}

/// Nothing is remembered: each test would have to wait until it is forgotten.
impl Rules for Seat {
    async fn rules(&self) -> Result<Arc<Policy>, SqlError> {
        Ok(Arc::new(edge::store::settings::policy(self).await?))
    }

    fn forget_rules(&self) {}
}

impl Paced for Seat {
    fn pace<T>(&self, use_it: impl FnOnce(&mut Pace) -> T) -> T {
        use_it(&mut self.world.pace.lock().unwrap())
    }

    async fn is_within(&self, limit: Limit, who: &str) -> Result<bool, SqlError> {
        let counting = self.world.settings.lock().unwrap().counting;
        let counted = {
            let mut counted = self.world.counted.lock().unwrap();
            let counted = counted.entry(format!("{limit:?} of {who}")).or_default();
            *counted += 1;
            *counted
        };
        match counting {
            Counting::Most(most) => Ok(counted <= most),
            Counting::Fails => Err(SqlError::Broken("no such binding".to_owned())),
            Counting::Hangs => std::future::pending().await,
        }
    }
}

impl Journal for Seat {
    fn note(&self, trouble: &str) {
        self.world.notes.lock().unwrap().push(trouble.to_owned());
    }
}

impl Ledger for Seat {
    fn note_call(&self) {
        if let Some(Shard { run, number }) = &self.shard {
            *self.world.calls_begun.lock().unwrap().entry((run.to_string(), *number)).or_default() += 1;
        }
    }

    fn calls_begun(&self) -> u64 {
        let Some(Shard { run, number }) = &self.shard else { return 0 };
        *self.world.calls_begun.lock().unwrap().entry((run.to_string(), *number)).or_default()
    }
}

impl Schedule for Seat {
    async fn wake(&self, run: &RunId, shard: u32) -> Result<(), SqlError> {
        let time = self.world.wakes.fetch_add(1, Ordering::Relaxed);
        if self.world.settings.lock().unwrap().asleep || *self.world.deaf_at.lock().unwrap() == Some(time) {
            return Err(SqlError::Busy("the shard does not hear".to_owned()));
        }
        let trouble = self.touch(What::WakeStruck);
        let deaf = || SqlError::Busy("the shard does not hear".to_owned());
        match trouble {
            Some(Trouble::LostBefore) => self.lose().await,
            Some(Trouble::Fails | Trouble::IsFull | Trouble::IsBroken) => return Err(deaf()),
            _ => {}
        }
        let shard = Shard { run: run.clone(), number: shard };
        for (_, heard) in
            self.world.slices_under_way.lock().unwrap().iter().filter(|(other, _)| *other == shard)
        {
            heard.store(true, Ordering::Relaxed);
        }
        self.world.alarms.lock().unwrap().set(&shard, self.world.clock.now());
        self.world.woken.lock().unwrap().push(shard);
        match trouble {
            Some(Trouble::LostAfter) => self.lose().await,
            Some(Trouble::SeemsToFail | Trouble::LosesTheReply) => return Err(deaf()),
            _ => {}
        }
        Ok(())
    }

    fn was_woken(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }
}
