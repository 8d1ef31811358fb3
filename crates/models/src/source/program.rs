//! Clients of registries as child processes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::{Cancel, ModelError};

use super::OnBytes;

/// How often progress is reported and a cancellation noticed.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// How long a client may take for one package.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// The bytes that are kept of what a client prints.
const MAX_PRINTED_BYTES: usize = 64 << 10;

/// The characters of what a client prints that an error shows.
const MAX_SHOWN: usize = 240;

/// The clients of registries. Of each the first that is installed is used.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Those of Python's registry, each a program with its first arguments.
    pub pip: Vec<Vec<OsString>>,
    /// Those of JavaScript's.
    pub npm: Vec<Vec<OsString>>,
    /// How long a client may take for one package.
    pub deadline: Duration,
}

impl Default for Programs {
    fn default() -> Self {
        let commands = |all: &[&[&str]]| {
            let commands = all.iter();
            let commands = commands.map(|one| one.iter().map(OsString::from).collect());
            commands.collect()
        };
        Self {
            pip: commands(&[&["pip3"], &["pip"], &["python3", "-m", "pip"]]),
            npm: commands(&[&["npm"]]),
            deadline: DEADLINE,
        }
    }
}

/// Runs the first of some programs that is installed, in a folder of its own that takes its
/// temporary files as well, and reports how many bytes are in it. The program is killed with its
/// own children where the caller cancels or the deadline passes.
pub(super) fn run(
    name: &str,
    candidates: &[Vec<OsString>],
    arguments: &[OsString],
    folder: &Path,
    deadline: Duration,
    cancel: &Cancel,
    report: &mut OnBytes<'_>,
) -> Result<(), ModelError> {
    for candidate in candidates {
        let Some((program, first)) = candidate.split_first() else {
            continue;
        };
        let child = match spawn(program, first, arguments, folder) {
            Ok(child) => Arc::new(child),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(ModelError::source(format!(
                    "{name} does not start: {error}"
                )));
            }
        };
        let (printed, status) = wait(name, &child, folder, deadline, cancel, report)?;
        if status.success() {
            return Ok(());
        }
        let reason = last_words(&printed);
        return Err(ModelError::source(format!("{name} failed: {reason}")));
    }
    Err(ModelError::source(format!("{name} is not installed")))
}

fn spawn(
    program: &OsStr,
    first: &[OsString],
    arguments: &[OsString],
    folder: &Path,
) -> io::Result<SharedChild> {
    let mut command = Command::new(program);
    command
        .args(first)
        .args(arguments)
        .current_dir(folder)
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    SharedChild::spawn(&mut command)
}

fn wait(
    name: &str,
    child: &Arc<SharedChild>,
    folder: &Path,
    deadline: Duration,
    cancel: &Cancel,
    report: &mut OnBytes<'_>,
) -> Result<(Vec<u8>, ExitStatus), ModelError> {
    let (sender, receiver) = channel();
    let running = Arc::clone(child);
    thread::spawn(move || drop(sender.send(read_output(&running))));
    let begin = Instant::now();
    loop {
        match receiver.recv_timeout(REPORT_INTERVAL) {
            Ok(result) => {
                return result
                    .map_err(|error| ModelError::source(format!("{name} failed: {error}")));
            }
            Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                kill(child);
                return Err(ModelError::Cancelled);
            }
            Err(RecvTimeoutError::Timeout) if begin.elapsed() > deadline => {
                kill(child);
                let seconds = deadline.as_secs();
                return Err(ModelError::source(format!(
                    "{name} did not end within {seconds} s"
                )));
            }
            Err(RecvTimeoutError::Timeout) => report(bytes_in(folder)),
            Err(RecvTimeoutError::Disconnected) => {
                kill(child);
                return Err(ModelError::source(format!("{name} failed")));
            }
        }
    }
}

/// The end of what a program prints, and how it ends.
fn read_output(child: &SharedChild) -> io::Result<(Vec<u8>, ExitStatus)> {
    let mut kept = Vec::new();
    if let Some(mut stderr) = child.take_stderr() {
        let mut block = [0; 4096];
        loop {
            let read = stderr.read(&mut block)?;
            if read == 0 {
                break;
            }
            kept.extend_from_slice(&block[..read]);
            if kept.len() > 2 * MAX_PRINTED_BYTES {
                kept.drain(..kept.len() - MAX_PRINTED_BYTES);
            }
        }
    }
    Ok((kept, child.wait()?))
}

/// Kills a program with the processes that it started.
fn kill(child: &SharedChild) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        // It fails where all of them have ended meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The lines by which clients explain a failure: those marked as errors, else the last one.
fn last_words(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error =
        |line: &&str| line.to_lowercase().starts_with("error") || line.contains("npm err");
    let errors: Vec<&str> = lines().filter(is_error).collect();
    let shown = if errors.is_empty() {
        lines()
            .next_back()
            .unwrap_or("it printed nothing")
            .to_owned()
    } else {
        errors.join("; ")
    };
    let printable = shown.chars().filter(|c| !c.is_control());
    printable.take(MAX_SHOWN).collect()
}

/// The bytes of all files under a folder that is being written.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => bytes_in(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    });
    bytes.sum()
}
