//! A peer: another program for the same task with the same model, in Python, as a child process.
//!
//! It reads a job a line and answers each with a line, as JSON: `{"audio": s, "took": s}`. The first line is
//! `{"version": "…"}`. It measures its own time, so that the pipes do not count.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

/// A program that can be started.
pub(super) struct PeerProgram {
    /// The package, which is the folder of its virtual environment.
    pub(super) name: &'static str,
    /// What Python runs.
    pub(super) code: &'static str,
    /// Its arguments after the number of threads: where its model is.
    pub(super) arguments: Vec<PathBuf>,
}

/// A running program, its model loaded. Dropping it ends the process.
pub(super) struct Peer {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What it prints to its standard error.
    errors: File,
    /// The version of the package.
    pub(super) version: String,
}

#[derive(Deserialize)]
struct Greeting {
    version: String,
}

#[derive(Deserialize)]
struct Answer {
    audio: f64,
    took: f64,
}

impl Peer {
    /// Starts it and waits until its model is loaded.
    ///
    /// # Errors
    /// It is not installed, with the reason that `NAME.absent` holds; or it ended, with the last line that it printed.
    pub(super) fn start(
        program: &PeerProgram,
        folder: &Path,
        threads: usize,
    ) -> anyhow::Result<Self> {
        let name = program.name;
        if let Ok(reason) = std::fs::read_to_string(folder.join(format!("{name}.absent"))) {
            bail!("{}", reason.trim());
        }
        let python = folder.join(name).join("bin/python");
        ensure!(
            python.is_file(),
            "it is not installed in {}",
            folder.display()
        );
        // A file never fills up, as a pipe does that is read at the end alone.
        let errors = tempfile::tempfile().context("its errors cannot be kept")?;
        let mut child = Command::new(&python)
            .args(["-c", program.code, &threads.to_string()])
            .args(&program.arguments)
            // Models are files here; nothing is fetched.
            .env("HF_HUB_OFFLINE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.try_clone()?)
            .spawn()
            .with_context(|| python.display().to_string())?;
        let jobs = child.stdin.take().context("stdin was asked for")?;
        let answers = BufReader::new(child.stdout.take().context("stdout was asked for")?);
        let mut peer = Self {
            child,
            jobs,
            answers,
            errors,
            version: String::new(),
        };
        let greeting: Greeting = peer.answer()?;
        peer.version = greeting.version;
        Ok(peer)
    }

    /// Seconds of work a second of audio over these jobs, the first one done once before.
    ///
    /// # Errors
    /// It ended, or had no audio.
    pub(super) fn real_time_factor(&mut self, jobs: &[Value]) -> anyhow::Result<f64> {
        if let Some(first) = jobs.first() {
            self.run(first)?;
        }
        let (mut audio, mut took) = (0.0, 0.0);
        for job in jobs {
            let answer = self.run(job)?;
            audio += answer.audio;
            took += answer.took;
        }
        ensure!(audio > 0.0, "it made no audio");
        Ok(took / audio)
    }

    fn run(&mut self, job: &Value) -> anyhow::Result<Answer> {
        writeln!(self.jobs, "{job}")?;
        self.jobs.flush()?;
        self.answer()
    }

    fn answer<T: for<'a> Deserialize<'a>>(&mut self) -> anyhow::Result<T> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            let mut errors = String::new();
            self.errors.rewind()?;
            self.errors.read_to_string(&mut errors)?;
            let last = errors.lines().last().unwrap_or("it ended");
            bail!("{last}");
        }
        serde_json::from_str(&line).with_context(|| format!("not an answer: {line}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_peer_has_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = PeerProgram {
            name: "other",
            code: "",
            arguments: Vec::new(),
        };
        let reason = || {
            let peer = Peer::start(&program, folder.path(), 2);
            peer.err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert!(reason().contains("not installed"), "{}", reason());
        std::fs::write(folder.path().join("other.absent"), "no such version\n").expect("a file");
        assert_eq!(reason(), "no such version");
    }
}
