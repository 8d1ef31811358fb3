//! The interpreter over Apache Kafka, in real processes, while things are killed.
//!
//! Needs `eval "$(script/services env)"`; without a broker every test says that it is skipped.
//! A seed decides when a fault strikes; it is printed, and `MYNAH_TEST_SEED` sets it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod away;
mod checker;
mod client;
mod kept;
mod killed;
mod people;
mod poison;
mod replicas;
mod restarts;
mod services;
mod spoilt;
mod world;
