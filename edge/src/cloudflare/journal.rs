//! The operator's log: the platform keeps what is written to the console.

use worker::console_error;

use super::Cloudflare;
use crate::ports::Journal;

impl Journal for Cloudflare {
    fn note(&self, trouble: &str) {
        console_error!("{trouble}");
    }
}
