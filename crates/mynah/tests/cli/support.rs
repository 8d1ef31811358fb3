//! Runs the program in a home of its own.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The environment of the test run is not passed on.
pub(crate) fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("MYNAH_") && shown.contains("__") {
            command.env_remove(&name);
        }
    }
}

/// A folder that is home, settings and working directory of every run.
pub(crate) struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            variables: Vec::new(),
        }
    }

    /// Sets an environment variable for all runs.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// A home in which no engine is installed.
    pub(crate) fn without_engines() -> Self {
        let nowhere = "/nonexistent";
        Self::new()
            .with("MYNAH_ENGINES__ESPEAK__PROGRAM", nowhere)
            .with("MYNAH_ENGINES__FLITE__FOLDER", nowhere)
            .with("MYNAH_ENGINES__POCKETSPHINX__FOLDER", nowhere)
            .with("MYNAH_ENGINES__APERTIUM__MODES", nowhere)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program with these arguments, not yet run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mynah"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path());
        for foreign in [
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
            "HF_ENDPOINT",
            "HF_HOME",
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "HF_TOKEN",
        ] {
            command.env_remove(foreign);
        }
        forget_settings(&mut command);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments)
            .output()
            .expect("the program runs")
            .into()
    }

    /// A file in this home.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), bytes).expect("a file is written");
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Run {
    /// Asserts that it went well and gives what it printed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
    }

    /// Asserts that it failed with this code and a message that holds all of these words, and
    /// that no panic speaks through.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.stderr);
        self.notes(words);
    }

    /// Asserts that it wrote a message that holds all of these words.
    #[track_caller]
    pub(crate) fn notes(self, words: &[&str]) {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for word in words {
            assert!(
                self.stderr.contains(word),
                "no {word:?} in: {}",
                self.stderr
            );
        }
    }
}
