//! Models from a hub: whole, broken off and resumed, forged, refused, and without a network.
#![allow(clippy::unwrap_used, reason = "a test")]

mod fetching;
mod fixture;
mod kept;
mod layout;
mod refused;
mod stand_in;
