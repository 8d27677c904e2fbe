//! What more than one page shows.

pub mod add_to_set;
pub mod confirm;
pub mod conversation;
pub mod copy;
pub mod dialog;
pub mod doing;
pub mod fault;
pub mod held;
pub mod json;
pub mod judging;
pub mod loaded;
pub mod long_text;
pub mod lost;
pub mod margin;
pub mod markdown;
pub mod marks;
pub mod mistakes;
pub mod model;
pub mod opened;
pub mod paged;
pub mod result;
pub mod shell;
pub mod sides;
pub mod theme;
pub mod toasts;
pub mod windowed;
