//! Asking providers: addresses, retries, and the simulated provider.
//!
//! Leaves out the transport, which is the `Upstream` port's.

pub mod address;
pub mod allowance;
pub mod ask;
pub mod call;
pub mod demo;
pub mod disguise;
pub mod form;
pub mod incoming;
pub mod paid;
pub mod patience;
pub mod retry;
pub mod window;
