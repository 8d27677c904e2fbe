//! The gateway: passes requests on to providers and their answers back, and logs both.
//!
//! Everything that it decides is decided here, without the platform: who may and who pays, which
//! provider, which headers, what the log says. Leaves out moving the bytes.

pub mod capture;
pub mod catalogue;
pub mod credentials;
pub mod exchange;
pub mod head;
pub mod headers;
pub mod labels;
pub mod lots;
pub mod peek;
pub mod problem;
pub mod route;
pub mod simulate;
