//! The codec's decoder against what the official package computed, and against itself.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
#[path = "../common/mod.rs"]
mod common;
mod damaged;
mod official;
mod streamed;
