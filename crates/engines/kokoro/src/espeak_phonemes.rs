//! Phonemes by espeak-ng, as a child process: one run for all lines of an utterance.

use std::env;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mynah_speech::espeak_ng::{command, without_commands};
use mynah_speech::wait::{Interrupted, wait_for};
use mynah_speech::{Cancel, SpeechError};
use shared_child::SharedChild;
use tokio::sync::oneshot;

use crate::ipa;
use crate::kokoro::{ID, failed};
use crate::voices::VoiceLanguage;

/// What mends the absence of the program.
pub(crate) const FIX: &str = "Install it: apt-get install espeak-ng";

/// How long a run may take. It takes some milliseconds.
const MAX_RUN_TIME: Duration = Duration::from_secs(10);

/// The most bytes of lines in one run: a pipe holds 64 KiB, so that writing them does not wait.
pub(crate) const MAX_INPUT_BYTES: usize = 60_000;

/// The most bytes that a run may print.
const MAX_OUTPUT_BYTES: u64 = 1_000_000;

/// The program that prints phonemes.
pub(crate) struct EspeakPhonemes {
    program: PathBuf,
}

impl EspeakPhonemes {
    /// The program by a name that is found on `PATH`, or by its path. Nothing is run yet.
    pub(crate) const fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Whether the program is there. It is not run.
    pub(crate) fn is_installed(&self) -> bool {
        if self.program.components().count() > 1 {
            return self.program.is_file();
        }
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| folder.join(&self.program).is_file())
    }

    /// The phonemes of each line, in the model's symbols. A line is a few words without marks.
    ///
    /// # Errors
    /// `Unavailable` where the program is not installed, `Failed` where it fails or takes too
    /// long, `Cancelled`.
    pub(crate) fn lines(
        &self,
        lines: &[String],
        language: VoiceLanguage,
        cancel: &Cancel,
    ) -> Result<Vec<String>, SpeechError> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = lines.iter().map(|line| without_commands(line)).collect();
        if input.len() > MAX_INPUT_BYTES {
            return Err(failed("its text is too long for espeak-ng"));
        }
        let printed = self.run(&input, language, cancel)?;
        if printed.len() == lines.len() {
            return Ok(printed
                .iter()
                .map(|line| ipa::map(line, language))
                .collect());
        }
        // The program has cut some line in two. Run alone, all that it prints is that line's.
        let mut mapped = Vec::with_capacity(lines.len());
        for line in lines {
            let printed = self.run(&without_commands(line), language, cancel)?;
            mapped.push(ipa::map(&printed.join(" "), language));
        }
        Ok(mapped)
    }

    /// The lines that the program prints for an input.
    fn run(
        &self,
        input: &str,
        language: VoiceLanguage,
        cancel: &Cancel,
    ) -> Result<Vec<String>, SpeechError> {
        let (_process, printed) =
            self.start(input, language)
                .map_err(|error| match error.kind() {
                    ErrorKind::NotFound => SpeechError::Unavailable {
                        engine: ID,
                        reason: "it needs espeak-ng for phonemes, which is not installed".into(),
                        fix: FIX.into(),
                    },
                    kind => failed(&format!("espeak-ng did not start: {kind}")),
                })?;
        let deadline = Instant::now().checked_add(MAX_RUN_TIME);
        let printed =
            wait_for(printed, deadline, cancel).map_err(|interrupted| match interrupted {
                Interrupted::Cancelled => SpeechError::Cancelled,
                Interrupted::TimedOut => failed("espeak-ng took too long"),
            })?;
        let (bytes, status) = printed
            .unwrap_or_else(|_| Err(ErrorKind::Other.into()))
            .map_err(|error| failed(&format!("espeak-ng could not be read: {}", error.kind())))?;
        if !status.success() {
            return Err(failed(&format!("espeak-ng ended with {status}")));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed("espeak-ng printed no UTF-8"))?;
        Ok(text.lines().map(|line| line.trim().to_owned()).collect())
    }

    fn start(&self, input: &str, language: VoiceLanguage) -> io::Result<(RunningChild, Printed)> {
        let mut command = command(Path::new(&self.program));
        command
            // UTF-8 from standard input, a line at a time; no sound.
            .args([
                "-q",
                "--ipa",
                "--tie=^",
                "-b",
                "1",
                "-v",
                language.espeak_voice(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let child = Arc::new(SharedChild::spawn(&mut command)?);
        let running = RunningChild(Arc::clone(&child));
        if let Some(mut stdin) = child.take_stdin() {
            // A program that has ended already says why by its exit status.
            match stdin.write_all(input.as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
                _ => {}
            }
        }
        let (sender, printed) = oneshot::channel();
        // The thread ends with the program, which ends with `running`.
        thread::spawn(move || drop(sender.send(read_output(&child))));
        Ok((running, printed))
    }
}

/// What the program prints, and how it ends.
type Printed = oneshot::Receiver<io::Result<(Vec<u8>, ExitStatus)>>;

/// A running program. It is killed when this is dropped.
struct RunningChild(Arc<SharedChild>);

impl Drop for RunningChild {
    fn drop(&mut self) {
        // Killing fails when it has ended, and is then not needed; waiting leaves no zombie.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads all output, up to a bound.
fn read_output(child: &SharedChild) -> io::Result<(Vec<u8>, ExitStatus)> {
    let mut bytes = Vec::new();
    if let Some(stdout) = child.take_stdout() {
        stdout.take(MAX_OUTPUT_BYTES + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MAX_OUTPUT_BYTES {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok((bytes, child.wait()?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn script(folder: &tempfile::TempDir, body: &str) -> EspeakPhonemes {
        let path = folder.path().join("program");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        EspeakPhonemes::new(path)
    }

    fn spanish(
        phonemes: &EspeakPhonemes,
        lines: &[&str],
        cancel: &Cancel,
    ) -> Result<Vec<String>, SpeechError> {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        phonemes.lines(&lines, VoiceLanguage::Spanish, cancel)
    }

    #[test]
    fn lines_have_their_own_phonemes() {
        let espeak = EspeakPhonemes::new("espeak-ng".into());
        assert!(
            espeak.is_installed(),
            "install the package espeak-ng to run this test"
        );
        let lines = ["hola mundo", "-v fr", "[[h@l'oU]]", "adiós"];
        let printed = spanish(&espeak, &lines, &Cancel::new()).unwrap();
        assert_eq!(printed.len(), 4);
        assert_eq!(printed[0], "ˈola mˈundo");
        assert_eq!(printed[3], "aðjˈos");
        // The program cuts this line in two.
        let long = "palabra ".repeat(70);
        let printed = spanish(&espeak, &[&long, "fin"], &Cancel::new()).unwrap();
        assert_eq!(printed[0].split(' ').count(), 70);
        assert_eq!(printed[1], "fˈin");
    }

    #[test]
    fn missing_programs_are_named_with_their_package() {
        let espeak = EspeakPhonemes::new("/nonexistent/espeak-ng".into());
        assert!(!espeak.is_installed());
        let error = spanish(&espeak, &["hola"], &Cancel::new());
        let Err(SpeechError::Unavailable { fix, .. }) = error else {
            panic!("{error:?}")
        };
        assert!(fix.contains("apt-get install espeak-ng"), "{fix}");
    }

    #[test]
    fn failing_programs_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        for body in ["exit 3", "kill -9 $$", "printf '\\377'", "exec yes"] {
            let error = spanish(&script(&folder, body), &["hola"], &Cancel::new());
            assert!(
                matches!(error, Err(SpeechError::Failed { .. })),
                "{body}: {error:?}"
            );
        }
    }

    #[test]
    fn cancel_ends_a_program_that_hangs() {
        let folder = tempfile::tempdir().unwrap();
        let espeak = script(&folder, "exec sleep 60");
        let cancel = Cancel::new();
        let token = cancel.clone();
        let waiting = thread::spawn(move || spanish(&espeak, &["hola"], &cancel));
        token.cancel();
        assert_eq!(waiting.join().unwrap(), Err(SpeechError::Cancelled));
    }
}
