//! The domain of Assay: what decides.
//!
//! An evaluation is a pipeline of facts, **log → set → run → completion → judgement → outcome →
//! summary → view**. The modules stand in that order, and each uses only those above it. Everything
//! here is pure: no input or output, no clock, no randomness of its own; times, seeds and ids are
//! arguments. The Worker and the browser call the very same functions.

pub mod mistake;
pub mod decimal;
pub mod share;
pub mod json;
pub mod moment;
pub mod id;
pub mod canonical;
pub mod query;
pub mod order;
pub mod stats;
pub mod percent;
pub mod unseen;
pub mod chat;
pub mod price;
pub mod provider;
pub mod log;
pub mod import;
pub mod score;
pub mod criteria;
pub mod scorer;
pub mod redact;
pub mod policy;
pub mod auth;
pub mod audit;
pub mod set;
pub mod params;
pub mod target;
pub mod judge;
pub mod label;
pub mod outcome;
pub mod slices;
pub mod topics;
pub mod review;
pub mod clusters;
pub mod compare;
pub mod early;
pub mod summary;
pub mod health;
pub mod run;
pub mod estimate;
pub mod gate;
pub mod report;
pub mod webhook;
pub mod view;
pub mod api;
