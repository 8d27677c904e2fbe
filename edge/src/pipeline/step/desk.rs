//! The items and canaries that a slice works on, and what is to be asked about them next.
//!
//! All open questions of an item are asked at once; what they come to is taken in together, when the last of them
//! has its answer. Pure: nothing here calls or stores.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::canonical::Key;
use shared::judge::{Judgement, Unscored};

use super::plan::Plan;
use super::work::Work;
use crate::upstream::patience::Patience;

/// What names an item or canary while it is in hand.
pub type Id = u64;

/// Something to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub id: Id,
    /// The question at this place to a judge; the request to the target when there is none.
    pub place: Option<usize>,
}

/// What came of a question to a judge.
pub type Answer = Result<Judgement, Unscored>;

/// Whom a question is for: that one is accepted tells nothing about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    Target,
    /// The judge at this place.
    Judge(usize),
}

struct InHand {
    work: Rc<Work>,
    patience: Rc<Patience>,
    /// Questions of this round without an answer.
    open: usize,
    /// Answers of this round.
    answers: Vec<(usize, Answer)>,
}

/// What a slice has in hand.
#[derive(Default)]
pub struct Desk {
    next: Id,
    in_hand: HashMap<Id, InHand>,
    /// What wants a call: questions about what was begun first.
    ready: VecDeque<Ask>,
    /// What waits for the same question about something else.
    alike: Vec<Ask>,
    /// The keys of what is under way.
    under_way: HashSet<Key>,
    /// Judgements made here, which may not be written yet.
    fresh: HashMap<Key, Judgement>,
    /// Whose questions are to be looked up.
    unread: Vec<Id>,
    items: u32,
    canaries: u32,
    bytes: u64,
}

/// What became of something when it was looked at.
pub enum Stage {
    /// It waits: for calls, or for a look-up.
    Waiting,
    /// It has all its answers.
    Ended(Rc<Work>),
}

impl Desk {
    /// Gives how many items have no outcome yet.
    pub fn items(&self) -> u32 {
        self.items
    }

    /// Gives how many canaries have no answer yet.
    pub fn canaries(&self) -> u32 {
        self.canaries
    }

    /// Gives about how many bytes the items have that have no outcome yet.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes something up.
    pub fn take(&mut self, work: Work) -> Id {
        let id = self.next;
        self.next += 1;
        self.bytes += work.bytes;
        if work.is_item() {
            self.items += 1;
        } else {
            self.canaries += 1;
        }
        self.in_hand.insert(
            id,
            InHand { work: Rc::new(work), patience: Rc::default(), open: 0, answers: Vec::new() },
        );
        id
    }

    /// Puts something away.
    pub fn put_away(&mut self, id: Id) -> Option<Rc<Work>> {
        let InHand { work, .. } = self.in_hand.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(work.bytes);
        if work.is_item() {
            self.items = self.items.saturating_sub(1);
        } else {
            self.canaries = self.canaries.saturating_sub(1);
        }
        Some(work)
    }

    /// Gives something that is in hand.
    pub fn work(&self, id: Id) -> Option<&Rc<Work>> {
        self.in_hand.get(&id).map(|in_hand| &in_hand.work)
    }

    /// Gives how long the calls about something may still take.
    pub fn patience(&self, id: Id) -> Rc<Patience> {
        self.in_hand.get(&id).map(|in_hand| Rc::clone(&in_hand.patience)).unwrap_or_default()
    }

    /// Gives something that is in hand, to be changed.
    pub fn change(&mut self, id: Id) -> Option<&mut Work> {
        self.in_hand.get_mut(&id).map(|in_hand| Rc::make_mut(&mut in_hand.work))
    }

    /// Has the target asked, after everything that waits.
    pub fn ask_target(&mut self, id: Id) {
        self.ready.push_back(Ask { id, place: None });
    }

    /// Has something asked before anything else.
    pub fn ask_first(&mut self, ask: Ask) {
        self.ended(&ask);
        self.ready.push_front(ask);
    }

    /// Tells whether something wants a call.
    pub fn wants_call(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Gives what to ask next, and begins it. What is answered meanwhile is told as such.
    pub fn next(&mut self) -> Option<(Ask, Option<Judgement>)> {
        while let Some(ask) = self.ready.pop_front() {
            let Some(key) = self.key(&ask).cloned() else { continue };
            if ask.place.is_some()
                && let Some(known) = self.fresh.get(&key)
            {
                let known = known.clone();
                return Some((ask, Some(known)));
            }
            if self.under_way.insert(key) {
                return Some((ask, None));
            }
            self.alike.push(ask);
        }
        None
    }

    /// A question is no longer under way: what waits for it may go on.
    pub fn ended(&mut self, ask: &Ask) {
        let Some(key) = self.key(ask).cloned() else { return };
        self.under_way.remove(&key);
        let (alike, others) =
            std::mem::take(&mut self.alike).into_iter().partition(|other| self.key(other) == Some(&key));
        self.alike = others;
        let alike: Vec<Ask> = alike;
        for ask in alike {
            self.ready.push_front(ask);
        }
    }

    fn key(&self, ask: &Ask) -> Option<&Key> {
        let work = self.work(ask.id)?;
        match ask.place {
            None => Some(&work.completion_key),
            Some(place) => work.questions.get(place).map(|question| &question.key),
        }
    }

    /// Takes whatever else waits to ask the target the same.
    pub fn take_alike(&mut self, key: &Key) -> Vec<Id> {
        let is_alike = |ask: &&Ask| ask.place.is_none() && self.key(ask) == Some(key);
        let taken: Vec<_> = self.ready.iter().chain(&self.alike).filter(is_alike).map(|ask| ask.id).collect();
        self.ready.retain(|ask| !taken.contains(&ask.id));
        self.alike.retain(|ask| !taken.contains(&ask.id));
        taken
    }

    /// Gives whom a question is for.
    pub fn whom(&self, ask: &Ask) -> Whom {
        let question = ask.place.and_then(|place| self.work(ask.id)?.questions.get(place));
        question.map_or(Whom::Target, |question| Whom::Judge(question.judge))
    }

    /// Remembers a judgement for whatever asks the same.
    pub fn remember(&mut self, key: Key, judgement: Judgement) {
        self.fresh.insert(key, judgement);
    }

    /// Takes an answer. The item goes on when it is the last of its round: then this tells so.
    pub fn answer(&mut self, plan: &Plan, ask: &Ask, answer: Answer) -> bool {
        let (Some(in_hand), Some(place)) = (self.in_hand.get_mut(&ask.id), ask.place) else { return false };
        in_hand.answers.push((place, answer));
        in_hand.open = in_hand.open.saturating_sub(1);
        if in_hand.open > 0 {
            return false;
        }
        self.take_answers(plan, ask.id);
        true
    }

    fn take_answers(&mut self, plan: &Plan, id: Id) {
        let Some(in_hand) = self.in_hand.get_mut(&id) else { return };
        in_hand.open = 0;
        let work = Rc::make_mut(&mut in_hand.work);
        for (place, answer) in std::mem::take(&mut in_hand.answers) {
            work.answer(plan, place, answer);
        }
    }

    /// Answers what the same questions about something else have answered. Gives how many those are.
    pub fn learn(&mut self, plan: &Plan, id: Id) -> u64 {
        let Some(in_hand) = self.in_hand.get_mut(&id) else { return 0 };
        Rc::make_mut(&mut in_hand.work).learn(plan, &self.fresh)
    }

    /// Decides how something goes on: it has ended, or its questions are looked up or asked.
    pub fn go_on(&mut self, id: Id) -> Stage {
        let Some(in_hand) = self.in_hand.get_mut(&id) else { return Stage::Waiting };
        let open = in_hand.work.open_questions();
        if open.is_empty() {
            return self.put_away(id).map_or(Stage::Waiting, Stage::Ended);
        }
        if in_hand.work.unread_keys().next().is_some() {
            self.unread.push(id);
            return Stage::Waiting;
        }
        in_hand.open = open.len();
        // What was begun comes before what was not.
        for place in open.into_iter().rev() {
            self.ready.push_front(Ask { id, place: Some(place) });
        }
        Stage::Waiting
    }

    /// Gives how many have questions that are to be looked up.
    pub fn unread(&self) -> u32 {
        u32::try_from(self.unread.len()).unwrap_or(u32::MAX)
    }

    /// Takes what is to be looked up: whose questions, and their keys.
    pub fn take_unread(&mut self) -> (Vec<Id>, Vec<Key>) {
        let ids = std::mem::take(&mut self.unread);
        let works = ids.iter().filter_map(|id| self.work(*id));
        let keys = works.flat_map(|work| work.unread_keys().cloned()).collect();
        (ids, keys)
    }

    /// Gives up the questions of what has some without an answer, and puts it away: nothing is under way.
    pub fn give_up(&mut self, plan: &Plan, why: &str) -> Vec<Rc<Work>> {
        let failed = |in_hand: &InHand| {
            in_hand.work.is_unscored() || in_hand.answers.iter().any(|(_, answer)| answer.is_err())
        };
        let asked = self.ready.iter().map(|ask| ask.id);
        let stuck: BTreeSet<_> = asked.filter(|id| self.in_hand.get(id).is_some_and(failed)).collect();
        self.ready.retain(|ask| !stuck.contains(&ask.id));
        for id in &stuck {
            self.take_answers(plan, *id);
            if let Some(work) = self.change(*id) {
                work.give_up(why);
            }
        }
        stuck.into_iter().filter_map(|id| self.put_away(id)).collect()
    }
}
