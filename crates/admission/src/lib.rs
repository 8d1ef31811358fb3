//! Floor 1: places and turns, bounded in all and shared fairly between callers.

mod party;
mod places;
mod turns;

pub use party::Party;
pub use places::{Full, Place, Places};
pub use turns::{Turn, Turns};
