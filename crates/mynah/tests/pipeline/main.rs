//! The interpreter over Apache Kafka, in real processes, while things are killed.
//!
//! Needs `eval "$(script/services env)"`; without a broker every test says that it is skipped.
//! What a test takes away comes back by a guard (`Fault`), and what it waits for is a state with a
//! deadline (`waiting`).
//! A seed decides when a fault strikes; it is printed, and `MYNAH_TEST_SEED` sets it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod checker;
mod client;
mod cluster;
#[path = "../../../bus/tests/support/committed.rs"]
mod committed;
mod corrupted;
mod killed;
mod open_segments;
mod outages;
mod poison;
mod replicas;
mod restarts;
mod retention;
mod services;
mod sessions;
mod silence;
#[path = "../../../bus/tests/support/services.rs"]
mod support;
mod traces;
mod waiting;
