//! One run of the program.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use mynah_audio::{Clip, SampleRate};

use crate::command::command;
use crate::wav_stream::read_header;

/// Bytes read at a time: a bit under 50 ms of sound.
const CHUNK: usize = 2048;

/// Chunks that may wait for the listener; beyond that the program waits.
const MAX_QUEUED_CHUNKS: usize = 16;

/// espeak-ng can reach full scale and a little beyond; 3 dB are left for encoders.
const HEADROOM: f32 = 0.707_945_8;

/// The program at work. It is killed when this is dropped.
pub(crate) struct ChildProcess(Child);

impl ChildProcess {
    /// Starts the program and hands it the text.
    pub(crate) fn start(program: &Path, voice: &str, text: &str) -> io::Result<Self> {
        let mut child = command(program)
            // The text is UTF-8, and no pause is wanted at its end.
            .args(["--stdin", "--stdout", "-b", "1", "-z", "-v", voice])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take();
        let run = Self(child);
        if let Some(mut stdin) = stdin {
            // An utterance fits into the pipe, so this does not wait for the program. One that
            // has left already says why by its exit status.
            match stdin.write_all(text.as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
                _ => {}
            }
        }
        Ok(run)
    }

    /// The sound as it comes, and an error where it breaks off. The channel ends with the sound.
    pub(crate) fn sound(&mut self) -> Receiver<io::Result<Clip>> {
        let (sender, receiver) = sync_channel(MAX_QUEUED_CHUNKS);
        if let Some(stdout) = self.0.stdout.take() {
            // The thread ends with the program, which ends with `self`, or with the receiver.
            thread::spawn(move || {
                let mut sound = match Sound::open(stdout) {
                    Ok(sound) => sound,
                    // A program that says nothing at all tells why by its exit status.
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => return,
                    Err(error) => return drop(sender.send(Err(error))),
                };
                while let Some(clip) = sound.next().transpose() {
                    if sender.send(clip).is_err() {
                        return;
                    }
                }
            });
        }
        receiver
    }

    /// How the program ended; none while it is at work.
    pub(crate) fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // Killing fails when it has ended, and is then not needed; waiting leaves no zombie.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Sound {
    stdout: ChildStdout,
    rate: SampleRate,
}

impl Sound {
    fn open(mut stdout: ChildStdout) -> io::Result<Self> {
        let rate = read_header(&mut stdout)?;
        Ok(Self { stdout, rate })
    }

    /// The next clip; none at the end.
    fn next(&mut self) -> io::Result<Option<Clip>> {
        let mut bytes = Vec::with_capacity(CHUNK);
        (&mut self.stdout)
            .take(CHUNK as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() < 2 {
            return Ok(None);
        }
        let samples = bytes
            .as_chunks()
            .0
            .iter()
            .map(|&pair| f32::from(i16::from_le_bytes(pair)) / 32_768.0 * HEADROOM);
        Ok(Some(Clip::new(self.rate, samples.collect())))
    }
}
