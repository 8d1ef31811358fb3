//! Layer 2: the connections of every HTTP server of this program. [`serve`] accepts them, bounds
//! their number in all and by address, keeps places for health probes, and breaks those whose peer
//! takes nothing for too long.

mod accept;
mod address;
mod admission;
mod connection;
mod descriptors;
mod progress;
mod reserve;
mod serve;
mod socket;
mod stall;

pub mod event;
pub mod metric;

pub use address::{Networks, network_of};
pub use progress::{PeerProgress, Progress};
pub use serve::{ConnectionLimits, serve};
pub use stall::{Stall, StallTimer, Stalled, unless_stalled};
