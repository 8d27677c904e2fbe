//! The geometry of charts: data and size in, coordinates out.
//!
//! Names no part of the page; the components draw what is laid out here.

pub mod distribution;
pub mod held;
pub mod paired;
pub mod span;
pub mod spark;

/// A rectangle, in the units of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}
