//! Every state in words: numbers with how sure they are, times, outcomes, faults.
//!
//! Pure: values in, text out. Leaves out where the words stand on the screen.

pub mod number;
pub mod time;
pub mod fault;
pub mod audit;
pub mod connection;
pub mod judge;
pub mod steady;
pub mod subject;
pub mod correct;
pub mod label;
pub mod log;
pub mod loss;
pub mod preview;
pub mod run;
pub mod scorer;
pub mod set;
pub mod compare;
pub mod spent;
pub mod ship;
pub mod slice;
pub mod topic;
pub mod webhook;
