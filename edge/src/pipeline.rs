//! The steps of an evaluation: each looks up, decides, acts and records, and is safe to repeat.

pub mod answered;
pub mod audit;
pub mod connect;
pub mod correct;
pub mod curate;
pub mod decide;
pub mod deliver;
pub mod draw;
pub mod estimate;
pub mod health;
pub mod ingest;
pub mod keep;
pub mod label;
pub mod launch;
pub mod record;
pub mod rejudge;
pub mod report;
pub mod retention;
pub mod review;
pub mod steer;
pub mod step;
pub mod text;
pub mod topic;
pub mod wake;
pub mod watch;
pub mod webhook;
