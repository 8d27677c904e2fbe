//! What the tries of a question cost, those among them that brought nothing that can be used.
//!
//! An answer that does not read, is cut off or is too large was paid for all the same. Leaves out what a call costs of which
//! nobody knows the tokens: that is known where money is kept for calls.

use std::ops::AddAssign;

use serde_json::Value;
use shared::chat::Usage;
use shared::price::Price;

use super::form::Form;
use crate::ports::{Answer, Unreached};

/// What calls cost, in US dollars, as far as that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Paid {
    pub usd: f64,
    /// Calls that brought nothing and did not say how many tokens they took.
    pub unknown: u32,
    /// Calls to a model without a price, and answers that do not say how many tokens they took.
    pub unpriced: u32,
}

impl Paid {
    /// An answer that cost so much; none when that is not known.
    pub fn answer(cost_usd: Option<f64>) -> Self {
        let unpriced = u32::from(cost_usd.is_none());
        Self { usd: cost_usd.unwrap_or(0.0), unknown: 0, unpriced }
    }

    /// A try that brought nothing that can be used: if it has a status of success, it does not read as an answer.
    pub fn in_vain(tried: &Result<Answer, Unreached>, form: Form, price: Option<Price>) -> Self {
        let usage = match tried {
            Ok(answer) if (200..300).contains(&answer.status) => {
                match serde_json::from_str::<Value>(&answer.body) {
                    Ok(body) if body.get("error").is_some_and(|error| !error.is_null()) => {
                        return Self::default();
                    }
                    Ok(body) => form.usage(&body),
                    Err(_) if answer.body.trim_start().starts_with('{') => Usage::default(),
                    // A page of somebody else's.
                    Err(_) => return Self::default(),
                }
            }
            Err(Unreached::TooLarge(_) | Unreached::Stalled(_) | Unreached::Flawed(_)) => Usage::default(),
            // It was turned away, or never came through.
            Ok(_) | Err(Unreached::TimedOut(_) | Unreached::Reset(_)) => return Self::default(),
        };
        match price.map(|price| price.cost_usd(usage)) {
            None => Self { unpriced: 1, ..Self::default() },
            Some(None) => Self { unknown: 1, ..Self::default() },
            Some(Some(usd)) => Self { usd, ..Self::default() },
        }
    }

    /// Gives what it costs if each call of which nobody knows costs so much; none when nothing was paid for.
    pub fn reckoned_usd(self, each_usd: f64) -> Option<f64> {
        let unknown = self.unknown + self.unpriced;
        let is_paid = unknown > 0 || self.usd > 0.0;
        is_paid.then(|| self.usd + f64::from(unknown) * each_usd)
    }
}

impl AddAssign for Paid {
    fn add_assign(&mut self, other: Self) {
        self.usd += other.usd;
        self.unknown += other.unknown;
        self.unpriced += other.unpriced;
    }
}
