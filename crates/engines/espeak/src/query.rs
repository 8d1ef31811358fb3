//! What the program prints about itself, for one option.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use mynah_speech::espeak_ng::command;

/// How long the program may take to answer and to end.
const MAX_QUERY_TIME: Duration = Duration::from_secs(5);

/// How long a failure is remembered: callers do not start a program in turn that hangs.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// A value that the program is queried for when it is first wanted. A good answer is kept for
/// good; after a failure the next query comes [`RETRY_DELAY`] later, so that the program can be
/// installed while this process runs.
pub(crate) struct Query<T> {
    option: &'static str,
    parse: fn(&str) -> Option<T>,
    value: OnceLock<T>,
    failed_at: Mutex<Option<Instant>>,
}

impl<T> Query<T> {
    /// Nothing is run yet.
    pub(crate) const fn new(option: &'static str, parse: fn(&str) -> Option<T>) -> Self {
        Self {
            option,
            parse,
            value: OnceLock::new(),
            failed_at: Mutex::new(None),
        }
    }

    /// The value; none where the program cannot be run, fails, prints something else, or takes
    /// longer than [`MAX_QUERY_TIME`]. Blocking; one query at a time.
    pub(crate) fn get(&self, program: &Path) -> Option<&T> {
        if let Some(value) = self.value.get() {
            return Some(value);
        }
        let mut failed_at = self
            .failed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if failed_at.is_some_and(|at| at.elapsed() < RETRY_DELAY) {
            return None;
        }
        // Another caller may have succeeded while this one waited for the lock.
        if self.value.get().is_none() {
            match output(program, self.option, MAX_QUERY_TIME).and_then(|text| (self.parse)(&text))
            {
                Some(value) => drop(self.value.set(value)),
                None => *failed_at = Some(Instant::now()),
            }
        }
        self.value.get()
    }
}

/// What the program prints, if it succeeds within the time; it is killed where it takes longer.
fn output(program: &Path, option: &str, limit: Duration) -> Option<String> {
    let mut command = command(program);
    command
        .arg(option)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let child = Arc::new(SharedChild::spawn(&mut command).ok()?);
    let (sender, receiver) = channel();
    let running = Arc::clone(&child);
    // Ends with the program and its output; where a process that the program left behind keeps the
    // pipe open, with that process.
    thread::spawn(move || drop(sender.send(read_output(&running))));
    let printed = receiver.recv_timeout(limit);
    if printed.is_err() {
        // It fails where the program has ended meanwhile; waiting leaves no zombie.
        let _ = child.kill();
        let _ = child.wait();
    }
    let (bytes, status) = printed.ok()?.ok()?;
    status
        .success()
        .then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Everything that the program prints, and how it ends.
fn read_output(child: &SharedChild) -> io::Result<(Vec<u8>, ExitStatus)> {
    let mut bytes = Vec::new();
    if let Some(mut stdout) = child.take_stdout() {
        stdout.read_to_end(&mut bytes)?;
    }
    Ok((bytes, child.wait()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The program of these tests: what it does is written in the file that is its option.
    const SHELL: &str = "/bin/sh";

    fn script(folder: &tempfile::TempDir, body: &str) -> String {
        let path = folder.path().join("script");
        std::fs::write(&path, body).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn output_of_a_program_that_ends_well_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let option = script(&folder, "echo 1.51");
        let printed = output(Path::new(SHELL), &option, MAX_QUERY_TIME);
        assert_eq!(printed.as_deref(), Some("1.51\n"));
    }

    #[test]
    fn programs_that_hang_or_fail_are_ended() {
        let folder = tempfile::tempdir().unwrap();
        let limit = Duration::from_millis(300);
        for body in [
            "exec sleep 60",
            "echo begun; exec sleep 60",
            "exec >&-; exec sleep 60",
            "echo some; exit 3",
            "kill -9 $$",
        ] {
            let option = script(&folder, body);
            let began = Instant::now();
            assert_eq!(output(Path::new(SHELL), &option, limit), None, "{body}");
            assert!(began.elapsed() < 20 * limit, "{body}");
        }
        let absent = Path::new("/nowhere/espeak-ng");
        assert_eq!(output(absent, "--voices", limit), None);
    }

    #[test]
    fn failed_queries_are_not_repeated_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let option = script(&folder, &format!("echo run >>{}; exit 1", runs.display()));
        let query: Query<String> = Query::new(option.leak(), |text| Some(text.to_owned()));
        for _ in 0..3 {
            assert_eq!(query.get(Path::new(SHELL)), None);
        }
        assert_eq!(std::fs::read_to_string(runs).unwrap(), "run\n");
    }
}
