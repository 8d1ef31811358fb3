//! Sessions over a bus: sound goes to the stages in chunks, and what they make of it comes back.

mod arrivals;
mod assembler;
mod chunker;
mod desk;
mod ear;
mod hub;
mod leg;
mod past;
mod publisher;
mod seq;
mod ticket;
mod vault;
mod wishes;

pub use desk::{BusDesk, BusParts};
pub(crate) use ear::BusEar;
pub(crate) use leg::BusLeg;
pub use ticket::ResumeKey;
pub(crate) use ticket::Ticket;
pub use vault::{InlineOnly, Kept, Vault, VaultError};
