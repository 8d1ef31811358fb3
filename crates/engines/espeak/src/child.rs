//! One run of the program.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{ChildStdout, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use mynah_audio::{Clip, SampleRate, from_i16};
use shared_child::SharedChild;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use crate::wav_stream::read_header;
use mynah_speech::espeak_ng::command;

/// Bytes read at a time: a bit under 50 ms of sound.
const CHUNK: usize = 2048;

/// Chunks that may be queued; beyond that the program is blocked.
const MAX_QUEUED_CHUNKS: usize = 16;

/// espeak-ng can reach full scale and a little beyond; 3 dB are left for encoders.
const HEADROOM: f32 = 0.707_945_8;

/// A running program. It is killed when this is dropped.
pub(crate) struct ChildProcess(Arc<SharedChild>);

/// The output of a running program.
pub(crate) struct Output {
    /// The sound as it comes, and an error where it breaks off.
    pub(crate) clips: Receiver<io::Result<Clip>>,
    /// How the program ended, after its sound.
    pub(crate) status: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl ChildProcess {
    /// Starts the program, hands it the text, and reads its output in a thread.
    pub(crate) fn start(program: &Path, voice: &str, text: &str) -> io::Result<(Self, Output)> {
        let mut command = command(program);
        command
            // The text is UTF-8, and no pause is added at its end.
            .args(["--stdin", "--stdout", "-b", "1", "-z", "-v", voice])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let child = Arc::new(SharedChild::spawn(&mut command)?);
        let process = Self(Arc::clone(&child));
        if let Some(mut stdin) = child.take_stdin() {
            // An utterance fits into the pipe, so this does not wait for the program. One that
            // has ended already says why by its exit status.
            match stdin.write_all(text.as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
                _ => {}
            }
        }
        let (sender, clips) = channel(MAX_QUEUED_CHUNKS);
        let (ended, status) = oneshot::channel();
        // The thread ends with the program, which ends with `process`.
        thread::spawn(move || {
            if let Some(stdout) = child.take_stdout() {
                read_sound(stdout, &sender);
            }
            drop(sender);
            let _ = ended.send(child.wait());
        });
        Ok((process, Output { clips, status }))
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // Killing fails when it has ended, and is then not needed; waiting leaves no zombie.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends the sound on until it ends or the receiver is dropped.
fn read_sound(stdout: ChildStdout, sender: &Sender<io::Result<Clip>>) {
    let mut sound = match Sound::open(stdout) {
        Ok(sound) => sound,
        // A program without any output reports the reason by its exit status.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return,
        Err(error) => return drop(sender.blocking_send(Err(error))),
    };
    while let Some(clip) = sound.next().transpose() {
        if sender.blocking_send(clip).is_err() {
            return;
        }
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
            .map(|&pair| from_i16(i16::from_le_bytes(pair)) * HEADROOM);
        Ok(Some(Clip::new(self.rate, samples.collect())))
    }
}
