//! The native suite.
