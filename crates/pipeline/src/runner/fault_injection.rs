//! Fault injection: in debug builds, `MYNAH_TEST_FAULT=commit_before_publish` makes every stage
//! commit a record before its results are published, so that the fault suite can show that its
//! checker detects a loss. Release builds hold none of this.

use tokio::sync::mpsc;

use super::partition::PartitionMessage;

#[cfg(debug_assertions)]
pub(super) async fn before_publish(
    partition: &mpsc::UnboundedSender<PartitionMessage>,
    offset: i64,
) {
    static ENABLED: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        std::env::var("MYNAH_TEST_FAULT").is_ok_and(|fault| fault == "commit_before_publish")
    });
    if !*ENABLED {
        return;
    }
    // Of no session, so that this one continues. A revoked partition needs no message.
    let _ = partition.send(PartitionMessage::Finished(super::partition::WorkReport {
        session: String::new(),
        offset: Some(offset),
        replay_start: None,
        audio_seconds: 0.0,
    }));
    tokio::time::sleep(4 * mynah_bus::COMMIT_INTERVAL).await;
}

#[cfg(not(debug_assertions))]
#[expect(clippy::unused_async, reason = "as in debug builds")]
pub(super) async fn before_publish(_: &mpsc::UnboundedSender<PartitionMessage>, _: i64) {}
