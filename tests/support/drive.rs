//! What drives the shards of runs: slice after slice, all on one thread, in an order that a seed decides.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use edge::pipeline::turn;
use edge::ports::Unarmed;
use shared::canonical;
use shared::moment::Moment;

use super::history::What;
use super::{Seat, Shard, World};

/// A run takes some thousands of turns; more than this many is a run that never ends.
const MOST_TURNS: u64 = 2_000_000;

/// Set when there is something to do.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Flag {
    fn up() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Lets a future come to its end; time goes on when it waits.
pub fn finish<T>(world: &World, future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    let flag = Flag::up();
    let waker = Waker::from(Arc::clone(&flag));
    loop {
        if flag.take() {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return value;
            }
        } else {
            assert!(world.clock.advance(), "it waits for something that never comes");
        }
    }
}

/// One slice of one shard, on its way or about to begin.
struct Task {
    seat: Arc<Seat>,
    shard: Shard,
    begins: Moment,
    flag: Arc<Flag>,
    future: Pin<Box<dyn Future<Output = Result<(), Unarmed>>>>,
}

/// What a slice took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    pub shard: Shard,
    pub calls: usize,
    pub statements: usize,
    /// The most calls that were under way at once.
    pub widest: usize,
    pub began: Moment,
    pub ended: Moment,
}

/// Drives whatever is woken.
pub struct Drive {
    world: Arc<World>,
    tasks: Vec<Task>,
    turns: u64,
}

impl Drive {
    pub fn new(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), tasks: Vec::new(), turns: 0 }
    }

    /// Goes on until no shard has anything left to do.
    pub fn finish(mut self) {
        while self.turn() {}
    }

    /// Goes on until something is so, or no shard has anything left to do. Tells whether it is so.
    pub fn until(&mut self, so: impl Fn(&World) -> bool) -> bool {
        loop {
            if so(&self.world) {
                return true;
            }
            if !self.turn() {
                return false;
            }
        }
    }

    /// Goes on until every shard sleeps until later than `moment`, or has stopped.
    pub fn until_moment(&mut self, moment: Moment) {
        loop {
            self.take_woken();
            if self.tasks.iter().all(|task| task.begins > moment) {
                return;
            }
            self.turn();
        }
    }

    /// Gives when the shards that rest begin their next slices.
    pub fn resting(&self) -> Vec<Moment> {
        let now = self.world.clock.now();
        self.tasks.iter().map(|task| task.begins).filter(|begins| *begins > now).collect()
    }

    /// Kills every slice on its way: each begins anew.
    pub fn crash(&mut self) {
        let now = self.world.clock.now();
        for task in &mut self.tasks {
            if task.begins <= now {
                self.world.lose(task);
            }
        }
    }

    /// Kills one of the slices on their way, by a draw: it begins anew.
    pub fn lose_one(&mut self, draw: impl FnOnce(usize) -> usize) {
        let now = self.world.clock.now();
        let begun: Vec<_> = (0..self.tasks.len()).filter(|place| self.tasks[*place].begins <= now).collect();
        if begun.is_empty() {
            return;
        }
        self.world.lose(&mut self.tasks[begun[draw(begun.len())]]);
    }

    /// Takes one turn: some slice that can go on does, or time does. Tells whether anything is left to do.
    pub fn turn(&mut self) -> bool {
        self.turns += 1;
        assert!(self.turns < MOST_TURNS, "the run never ends");
        self.take_woken();
        if self.tasks.is_empty() {
            return false;
        }
        let ready: Vec<_> =
            (0..self.tasks.len()).filter(|place| self.tasks[*place].flag.0.load(Ordering::Relaxed)).collect();
        if ready.is_empty() {
            assert!(self.world.clock.advance(), "every slice waits for something that never comes");
        } else {
            let digest = canonical::digest(format!("{}|{}", self.world.seed, self.turns).as_bytes());
            self.poll(ready[usize::from(digest[0]) % ready.len()]);
        }
        true
    }

    fn poll(&mut self, place: usize) {
        let task = &mut self.tasks[place];
        task.flag.take();
        let waker = Waker::from(Arc::clone(&task.flag));
        let polled = task.future.as_mut().poll(&mut Context::from_waker(&waker));
        let now = self.world.clock.now();
        if task.seat.is_lost() {
            if self.world.settings.lock().unwrap().is_shared {
                self.crash();
            } else {
                self.world.lose(task);
            }
            return;
        }
        let Poll::Ready(ended) = polled else { return };
        self.world.slices.lock().unwrap().push(task.seat.slice(&task.shard, task.begins, now));
        let mut alarms = self.world.alarms.lock().unwrap();
        let next = match ended {
            Ok(()) => alarms.ended(&task.shard),
            Err(_) => alarms.failed(&task.shard, now),
        };
        drop(alarms);
        match next {
            Some(at) => *task = self.world.slice(&task.shard, at.max(now)),
            None => _ = self.tasks.remove(place),
        }
    }

    fn take_woken(&mut self) {
        let now = self.world.clock.now();
        for shard in std::mem::take(&mut *self.world.woken.lock().unwrap()) {
            match self.tasks.iter_mut().find(|task| task.shard == shard) {
                Some(task) if task.begins > now => *task = self.world.slice(&shard, now),
                // Its alarm comes again as soon as it has ended.
                Some(_) => {}
                None => self.tasks.push(self.world.slice(&shard, now)),
            }
        }
    }
}

impl World {
    /// Ends a slice in the middle of what it does; its shard's alarm comes again.
    fn lose(self: &Arc<Self>, task: &mut Task) {
        task.seat.write_loss();
        let at = self.alarms.lock().unwrap().lost(&task.shard, self.clock.now());
        *task = self.slice(&task.shard, at);
    }

    fn slice(self: &Arc<Self>, shard: &Shard, begins: Moment) -> Task {
        let seat = Arc::new(Seat::of_shard(self, shard));
        let future = {
            let (seat, shard) = (Arc::clone(&seat), shard.clone());
            async move {
                if begins > seat.world.clock.now() {
                    seat.world.clock.sleep_until(begins).await;
                }
                seat.world.alarms.lock().unwrap().come(&shard);
                seat.write(What::Began);
                turn::turn(&*seat, &*seat, &shard.run, shard.number).await
            }
        };
        Task { seat, shard: shard.clone(), begins, flag: Flag::up(), future: Box::pin(future) }
    }
}
