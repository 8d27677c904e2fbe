//! How often somebody may call: a bucket for each, which a call takes from and time fills again.
//!
//! Buckets live as long as an instance of the Worker, and each instance has its own. So they bound what one of them
//! does: a client that runs wild, and how fast a token can be guessed from one address. Of all instances in one place the
//! platform counts: what a bucket let through is told there, and whoever is over a [`Limit`] is held up here until its
//! period is over. To ask takes a sixth of a millisecond on the local runtime. So calls and requests through the gateway
//! are told by lots, and none that passes the gateway waits for what is said: it holds for those that come next. Guesses
//! are told one by one, when they have failed. Where the platform says nothing the buckets hold alone. Whoever comes from
//! many addresses at once is the platform's to stop, before the Worker is asked.

use std::collections::{HashMap, HashSet};

use shared::moment::Moment;

/// How often: so many at once, and then so many each second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub at_once: f64,
    pub each_second: f64,
}

/// Calls of one caller: more than anybody waits for, less than the database takes.
pub const CALLS: Rate = Rate { at_once: 10_000.0, each_second: 500.0 };

/// Requests through the gateway with one token each second, where nothing else is configured: as many as one instance
/// passes on, so that nobody has all of it for long.
pub const PASSAGES_EACH_SECOND: u64 = 1_000;

/// How many seconds' worth of requests a token may send through the gateway at once.
const PASSAGES_SAVED_SECONDS: f64 = 5.0;

/// Sign-ins that fail, from one address.
pub const SIGN_INS: Rate = Rate { at_once: 20.0, each_second: 1.0 / 3.0 };

/// Calls from one address with what may be meant for the operator's token, the only one that a person chose.
pub const GUESSES: Rate = Rate { at_once: 600.0, each_second: 1.0 };

/// Refusals that are written down, of one address and one token at one call.
pub const REFUSALS: Rate = Rate { at_once: 5.0, each_second: 5.0 / 3600.0 };

/// Arrivals of one person that are written down: one a day.
pub const ARRIVALS: Rate = Rate { at_once: 1.0, each_second: 1.0 / 86_400.0 };

impl Rate {
    /// Gives how often one token may send requests through the gateway.
    pub fn of_passages(each_second: u64) -> Self {
        let each_second = each_second as f64;
        Self { at_once: each_second * PASSAGES_SAVED_SECONDS, each_second }
    }
}

/// How many calls are told to the platform as one.
pub const LOT: u64 = 100;

/// What the platform counts, for all instances in one place. How much it lets through in a period stands where it is
/// configured, and is what one instance lets through in that time: more comes of many instances alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Lots of calls, and of requests through the gateway, of one caller.
    Calls,
    /// Tokens that were nobody's, from one address.
    Guesses,
}

impl Limit {
    /// Gives the period, in seconds.
    pub const fn period_s(self) -> u64 {
        match self {
            Self::Calls => 10,
            Self::Guesses => 60,
        }
    }
}

/// How many buckets there are at most, and how many tokens that were refused.
const MOST: usize = 10_000;

/// It is too early: try again after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooEarly(pub u64);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Moment,
    rate: Rate,
    /// How many were taken since it is here.
    taken: u64,
    /// For how many seconds more nothing is given, however much is left.
    shut_s: f64,
}

impl Bucket {
    fn new(rate: Rate, at: Moment) -> Self {
        Self { left: rate.at_once, at, rate, taken: 0, shut_s: 0.0 }
    }

    fn at(self, now: Moment) -> Self {
        let seconds = now.since(self.at) as f64 / 1000.0;
        let left = (self.left + seconds * self.rate.each_second).min(self.rate.at_once);
        Self { left, at: now, shut_s: (self.shut_s - seconds).max(0.0), ..self }
    }

    /// Gives the seconds until one can be taken.
    fn wait_s(self) -> f64 {
        ((1.0 - self.left) / self.rate.each_second).max(self.shut_s)
    }

    /// Tells whether it holds nobody up any sooner than a new one would.
    fn is_full(self) -> bool {
        self.left >= self.rate.at_once && self.shut_s <= 0.0
    }
}

/// The buckets of an instance.
#[derive(Debug, Default)]
pub struct Pace {
    buckets: HashMap<String, Bucket>,
    /// The hashes of tokens that are nobody's.
    refused: HashSet<String>,
}

impl Pace {
    /// Takes one from the bucket of `who`.
    ///
    /// # Errors
    /// Too early when it is empty; nothing is taken then.
    pub fn take(&mut self, who: &str, rate: Rate, now: Moment) -> Result<(), TooEarly> {
        self.take_of_lot(who, rate, now).map(|_| ())
    }

    /// Takes one as [`Self::take`] does, and tells whether that fills a lot, which is to be told to the platform.
    ///
    /// # Errors
    /// Too early when the bucket is empty or shut; nothing is taken then.
    pub fn take_of_lot(&mut self, who: &str, rate: Rate, now: Moment) -> Result<bool, TooEarly> {
        let bucket = self.bucket(who, rate, now);
        let wait_s = bucket.wait_s();
        if wait_s > 0.0 {
            return Err(TooEarly(wait_s.ceil() as u64));
        }
        bucket.left -= 1.0;
        bucket.taken += 1;
        Ok(bucket.taken.is_multiple_of(LOT))
    }

    /// Has `who` wait for so many seconds: elsewhere too much was taken.
    pub fn shut(&mut self, who: &str, rate: Rate, seconds: u64, now: Moment) -> TooEarly {
        self.bucket(who, rate, now).shut_s = seconds as f64;
        TooEarly(seconds)
    }

    /// Gives a bucket as it is now.
    fn bucket(&mut self, who: &str, rate: Rate, now: Moment) -> &mut Bucket {
        if !self.buckets.contains_key(who) && self.buckets.len() >= MOST {
            // Full buckets say nothing. If all say something, everybody begins anew.
            self.buckets.retain(|_, bucket| !bucket.at(now).is_full());
            if self.buckets.len() >= MOST {
                self.buckets.clear();
            }
        }
        let bucket = self.buckets.entry(who.to_owned()).or_insert_with(|| Bucket::new(rate, now));
        *bucket = bucket.at(now);
        bucket
    }

    /// Notes that a token with this hash is nobody's. It stays so as long as this instance lives: tokens are drawn anew,
    /// and another `ADMIN_TOKEN` comes with other instances.
    pub fn refuse(&mut self, token_hash: String) {
        if self.refused.len() >= MOST {
            self.refused.clear();
        }
        self.refused.insert(token_hash);
    }

    /// Tells whether a token with this hash was refused before. Whoever shows it again is not guessing, but has an old
    /// one: a program that does so all day must keep nobody out who comes from the same address.
    pub fn is_refused(&self, token_hash: &str) -> bool {
        self.refused.contains(token_hash)
    }

    /// Puts back what was taken.
    pub fn give_back(&mut self, who: &str) {
        if let Some(bucket) = self.buckets.get_mut(who) {
            bucket.left = (bucket.left + 1.0).min(bucket.rate.at_once);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { at_once: 3.0, each_second: 0.5 };

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn so_many_at_once_and_then_as_time_goes() {
        let mut pace = Pace::default();
        let mut take = |who: &str, seconds| pace.take(who, RATE, at(seconds));
        assert_eq!([take("a", 0), take("a", 0), take("a", 0)], [Ok(()); 3]);
        assert_eq!(take("a", 0), Err(TooEarly(2)));
        assert_eq!(take("a", 1), Err(TooEarly(1)), "who asks too early waits no longer for it");
        assert_eq!(take("b", 1), Ok(()), "each has a bucket of their own");
        assert_eq!(take("a", 2), Ok(()));
        assert_eq!(take("a", 2), Err(TooEarly(2)));
        assert_eq!([take("a", 1000), take("a", 1000), take("a", 1000)], [Ok(()); 3]);
        assert_eq!(take("a", 1000), Err(TooEarly(2)), "it holds no more than at first");
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut pace = Pace::default();
        for _ in 0..10 {
            assert_eq!(pace.take("a", RATE, at(0)), Ok(()));
            pace.give_back("a");
        }
        pace.give_back("nobody");
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_and_takes_nothing() {
        let mut pace = Pace::default();
        assert_eq!(pace.take("a", RATE, at(100)), Ok(()));
        assert_eq!([pace.take("a", RATE, at(50)), pace.take("a", RATE, at(50))], [Ok(()); 2]);
        assert_eq!(pace.take("a", RATE, at(50)), Err(TooEarly(2)));
    }

    #[test]
    fn every_hundredth_fills_a_lot() {
        let mut pace = Pace::default();
        let rate = Rate { at_once: 1_000.0, each_second: 1.0 };
        let lots: Vec<_> = (1..=350).filter(|_| pace.take_of_lot("a", rate, at(0)) == Ok(true)).collect();
        assert_eq!(lots, [100, 200, 300]);
        assert_eq!(pace.take_of_lot("b", rate, at(0)), Ok(false), "each has lots of their own");
    }

    #[test]
    fn who_took_too_much_elsewhere_waits_here() {
        let mut pace = Pace::default();
        assert_eq!(pace.take("a", RATE, at(0)), Ok(()));
        assert_eq!(pace.shut("a", RATE, 10, at(0)), TooEarly(10));
        assert_eq!(pace.shut("b", RATE, 10, at(0)), TooEarly(10), "also who has no bucket yet");
        assert_eq!(
            [pace.take("a", RATE, at(0)), pace.take("b", RATE, at(4))],
            [Err(TooEarly(10)), Err(TooEarly(6))]
        );
        assert_eq!(pace.take("c", RATE, at(4)), Ok(()));
        // A clock that goes back holds nobody up for longer.
        assert_eq!(pace.take("a", RATE, at(-100)), Err(TooEarly(10)));
        assert_eq!(pace.take("a", RATE, at(-90)), Ok(()));
        assert_eq!(pace.take("b", RATE, at(10)), Ok(()));
    }

    #[test]
    fn refusals_are_bounded() {
        let mut pace = Pace::default();
        for n in 0..3 * MOST {
            pace.refuse(n.to_string());
            assert!(pace.is_refused(&n.to_string()) && pace.refused.len() <= MOST);
        }
        assert!(!pace.is_refused("another"));
    }

    #[test]
    fn buckets_are_bounded() {
        let mut pace = Pace::default();
        for n in 0..3 * MOST {
            assert_eq!(pace.take(&n.to_string(), RATE, at(0)), Ok(()));
            assert!(pace.buckets.len() <= MOST);
        }
    }
}
