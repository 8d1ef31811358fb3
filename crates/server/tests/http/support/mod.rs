//! A server for every test.

#[path = "../../../../engines/qwen3/tests/common/checkpoints.rs"]
mod checkpoints;
mod engine;
mod events;
mod probe;
mod raw;
mod server;

pub(crate) use engine::{Engine, for_every_engine};
pub(crate) use events::{Received, events};
pub(crate) use probe::probe;
pub(crate) use raw::Raw;
pub(crate) use server::{Builder, TestServer, error};

use std::time::Duration;

use mynah_tone::{CallScript, Counts};

/// How long anything may take before a test fails.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Waits until a stage's counts meet a condition, and fails the test if they never do.
pub(crate) async fn until(stage: &CallScript, wished: impl Fn(Counts) -> bool + Send + 'static) {
    let (watched, last) = (stage.clone(), stage.clone());
    let done = tokio::task::spawn_blocking(move || watched.wait(SOON, wished))
        .await
        .unwrap();
    assert!(done, "the condition was never met: {:?}", last.counts());
}
