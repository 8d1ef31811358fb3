//! A defect on purpose: in debug builds, `MYNAH_TEST_FAULT=commit_before_publish` makes every
//! stage commit a record before its results are published, so that the suite of faults can show
//! that its checker sees a loss. Release builds hold none of this.

use tokio::sync::mpsc;

use super::key_worker::WorkReport;

#[cfg(debug_assertions)]
pub(super) async fn before_publish(reports: &mpsc::UnboundedSender<WorkReport>, offset: i64) {
    static WANTED: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        std::env::var("MYNAH_TEST_FAULT").is_ok_and(|fault| fault == "commit_before_publish")
    });
    if !*WANTED {
        return;
    }
    // Of no session, so that this one goes on. One whose partition is gone needs no report.
    let _ = reports.send(WorkReport {
        session: String::new(),
        offset: Some(offset),
        replay_start: None,
        sound: 0.0,
        broken: false,
    });
    tokio::time::sleep(4 * mynah_bus::COMMIT_INTERVAL).await;
}

#[cfg(not(debug_assertions))]
#[expect(clippy::unused_async, reason = "as in debug builds")]
pub(super) async fn before_publish(_: &mpsc::UnboundedSender<WorkReport>, _: i64) {}
