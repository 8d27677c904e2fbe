//! The Worker: fetches and stores.
//!
//! Steps are generic over the `ports`; only `cloudflare` knows the platform, so everything else runs
//! natively under `cargo test`.
#![expect(async_fn_in_trait, reason = "ports are used inside this crate and its tests; nothing needs Send")]

pub mod ports;
pub mod failure;
pub mod vault;
pub mod auth;
pub mod store;
pub mod upstream;
pub mod pipeline;
pub mod routes;
