//! The buckets of this instance, for all its requests.

use std::cell::RefCell;

use super::Cloudflare;
use crate::pace::Pace;
use crate::ports::Paced;

thread_local! {
    static PACE: RefCell<Pace> = RefCell::default();
}

impl Paced for Cloudflare {
    fn pace<T>(&self, use_it: impl FnOnce(&mut Pace) -> T) -> T {
        PACE.with_borrow_mut(use_it)
    }
}
