//! The servers of `script/services`: a test checks that they answer before it begins, and whatever
//! it takes away comes back, also when it panics.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A server that tests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Kafka,
    Registry,
    Minio,
    Postgres,
    Toxiproxy,
}

impl Service {
    /// Its name in `script/services`.
    const fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Registry => "registry",
            Self::Minio => "minio",
            Self::Postgres => "postgres",
            Self::Toxiproxy => "toxiproxy",
        }
    }

    /// The variable that holds its address, as `script/services env` prints it.
    const fn variable(self) -> &'static str {
        match self {
            Self::Kafka => "MYNAH_BUS__BROKERS",
            Self::Registry => "MYNAH_BUS__REGISTRY",
            Self::Minio => "MYNAH_STORAGE__ENDPOINT",
            Self::Postgres => "MYNAH_TEST_POSTGRES",
            Self::Toxiproxy => "MYNAH_TEST_TOXIPROXY",
        }
    }
}

/// Whether a test over these services can begin; false means that it is skipped, since this
/// machine has none.
///
/// # Panics
/// One of them does not answer, or is missing where `MYNAH_TEST_SERVICES=required`.
pub(crate) fn are_ready(needed: &[Service]) -> bool {
    for service in needed {
        if setting(service.variable()).is_none() {
            let reason = format!("{} is not set; see script/services", service.variable());
            let required = setting("MYNAH_TEST_SERVICES").is_some_and(|own| own == "required");
            assert!(!required, "{reason}");
            // For the report of script/test, which counts the test as skipped.
            println!("skipped: {reason}");
            // Not by a macro: what those print of a test that passes is not shown.
            let _ = writeln!(std::io::stderr(), "skipped: {reason}");
            return false;
        }
    }
    let names = needed.iter().map(|own| own.name());
    let arguments: Vec<_> = std::iter::once("check").chain(names).collect();
    if let Err(reason) = script(&arguments) {
        panic!("this test has not begun: {reason}");
    }
    true
}

/// A variable of the environment that is not empty.
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|own| !own.is_empty())
}

/// Something that a test has taken away. It comes back by [`Fault::end`], else when this is
/// dropped, as it is by a panic.
#[must_use = "dropping it ends the fault"]
pub(crate) struct Fault {
    restore: Option<Box<dyn FnOnce() -> Result<(), String> + Send>>,
}

impl Fault {
    /// A fault that is there already, and what ends it.
    pub(crate) fn new(restore: impl FnOnce() -> Result<(), String> + Send + 'static) -> Self {
        Self {
            restore: Some(Box::new(restore)),
        }
    }

    /// Kills a service. At the end it is started again with the data that it had, and answers.
    pub(crate) fn kill(service: Service) -> Self {
        let name = service.name();
        // Made first: a kill that fails halfway is mended as well.
        let fault = Self::new(move || script(&["start", name]));
        if let Err(error) = script(&["kill", name]) {
            panic!("{error}");
        }
        fault
    }

    /// Ends it, and waits until what was taken away is there again.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let Some(restore) = self.restore.take() else {
            return;
        };
        match restore() {
            Ok(()) => {}
            // A second panic would hide the first.
            Err(error) if std::thread::panicking() => eprintln!("not restored: {error}"),
            Err(error) => panic!("not restored: {error}"),
        }
    }
}

/// `script/services` with these arguments; its message where it fails.
fn script(arguments: &[&str]) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../script/services");
    let done = Command::new("bash")
        .arg(path)
        .args(arguments)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .map_err(|error| format!("bash: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let output = [done.stdout, done.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    Err(format!("{}: {}", arguments.join(" "), output.trim()))
}
