//! Faults of the services under the processes. Each ends with its [`Fault`].

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

pub(crate) use crate::support::{Fault, Service};
use crate::support::{are_ready, setting};

/// A way to the broker that can be cut.
pub(crate) struct Proxy {
    api: String,
    pub(crate) brokers: String,
}

impl Proxy {
    /// None where this machine has no proxy. It is open, whatever an earlier run left.
    pub(crate) async fn new() -> Option<Self> {
        if !are_ready(&[Service::Toxiproxy]) {
            return None;
        }
        let proxy = Self {
            api: setting("MYNAH_TEST_TOXIPROXY")?,
            brokers: setting("MYNAH_TEST_PROXIED_BROKERS")?,
        };
        let api = proxy.api.clone();
        let opened = tokio::task::spawn_blocking(move || set(&api, true)).await;
        opened.unwrap().unwrap();
        Some(proxy)
    }

    /// Cuts every connection, and refuses new ones.
    pub(crate) async fn cut(&self) -> Fault {
        let api = self.api.clone();
        let fault = Fault::new(move || set(&api, true));
        let api = self.api.clone();
        let cut = tokio::task::spawn_blocking(move || set(&api, false)).await;
        cut.unwrap().unwrap();
        fault
    }
}

/// Opens or cuts the proxy `kafka` of toxiproxy.
fn set(api: &str, enabled: bool) -> Result<(), String> {
    let done = Command::new("curl")
        .args(["-sSf", "-m", "30", "-o", "/dev/null"])
        .args(["-H", "content-type: application/json", "-d"])
        .arg(format!("{{\"enabled\": {enabled}}}"))
        .arg(format!("{api}/proxies/kafka"))
        .output()
        .map_err(|error| format!("curl: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!(
        "toxiproxy: {}",
        String::from_utf8_lossy(&done.stderr).trim()
    ))
}

/// A disk of a few megabytes.
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
            println!(
                "skipped: a small disk can't be mounted: {}",
                String::from_utf8_lossy(&mounted.stderr)
            );
            return None;
        }
        Some(Self { folder })
    }

    /// Leaves no space until the fault ends.
    pub(crate) fn fill(&self) -> Fault {
        let filler: PathBuf = self.folder.path().join("filler");
        let filled = Command::new("dd")
            .args(["if=/dev/zero", "bs=4096"])
            .arg(format!("of={}", filler.display()))
            .output()
            .unwrap();
        let fault =
            Fault::new(move || std::fs::remove_file(filler).map_err(|error| error.to_string()));
        assert!(!filled.status.success(), "there is space");
        fault
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
