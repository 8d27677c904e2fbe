//! The pages, one module each.

pub mod compare;
pub mod design;
pub mod home;
pub mod judge;
pub mod logs;
pub mod new_run;
pub mod run;
pub mod runs;
pub mod set;
pub mod sets;
pub mod settings;
pub mod sign_in;
