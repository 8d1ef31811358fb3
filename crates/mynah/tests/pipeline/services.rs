//! The services under the processes, and how they are taken away.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::world::{is_required, setting};

/// `script/services ACTION NAME`.
pub(crate) fn service(action: &str, name: &str) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../script/services");
    let done = Command::new("bash")
        .arg(script)
        .args([action, name])
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{action} {name}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A way to the broker that can be cut.
pub(crate) struct Cut {
    api: String,
    pub(crate) brokers: String,
}

impl Cut {
    /// None where there is no proxy, which is a failure only where services are required.
    pub(crate) fn new() -> Option<Self> {
        let both = (
            setting("MYNAH_TEST_TOXIPROXY"),
            setting("MYNAH_TEST_PROXIED_BROKERS"),
        );
        let (Some(api), Some(brokers)) = both else {
            assert!(!is_required(), "no proxy before the broker");
            eprintln!("skipped: no proxy before the broker");
            return None;
        };
        Some(Self { api, brokers })
    }

    pub(crate) async fn off(&self) {
        self.set(false).await;
    }

    pub(crate) async fn on(&self) {
        self.set(true).await;
    }

    async fn set(&self, enabled: bool) {
        let said = reqwest::Client::new()
            .post(format!("{}/proxies/kafka", self.api))
            .header("content-type", "application/json")
            .body(format!("{{\"enabled\": {enabled}}}"))
            .send()
            .await
            .unwrap();
        assert!(said.status().is_success(), "{}", said.status());
    }
}

/// A disk of a few hundred kilobytes.
pub(crate) struct SmallDisk {
    pub(crate) folder: TempDir,
}

impl SmallDisk {
    /// None where nothing can be mounted.
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path())
            .output()
            .unwrap();
        if !mounted.status.success() {
            eprintln!(
                "skipped: a small disk can't be mounted: {}",
                String::from_utf8_lossy(&mounted.stderr)
            );
            return None;
        }
        Some(Self { folder })
    }

    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let filled = Command::new("dd")
            .args(["if=/dev/zero", "bs=4096"])
            .arg(format!("of={}", self.ballast().display()))
            .output()
            .unwrap();
        assert!(!filled.status.success(), "there is room");
    }

    pub(crate) fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process of the test may still be there.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}
