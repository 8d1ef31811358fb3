//! AAC in ADTS, by the installed `ffmpeg` as a child process.
//!
//! No free encoder for AAC can be linked here: the good ones have licences that forbid it.

use std::io::{ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

use super::{CodecEncoder, EncodeError, Patch, quantize};
use crate::tags::{Tags, id3};
use crate::{Format, SampleRate};

const PROGRAM: &str = "ffmpeg";
const PACKAGE: &str = "ffmpeg";
const BITRATE: &str = "96k";

/// A child that reads samples and writes ADTS frames. Killed when dropped before its end.
pub(super) struct Aac {
    child: Child,
    /// None at the end.
    input: Option<ChildStdin>,
    /// What the reader thread has read. It always reads on, so the child never waits for us, and
    /// we never wait for it longer than it takes to encode.
    output: Receiver<Vec<u8>>,
    reader: Option<JoinHandle<()>>,
}

impl Aac {
    pub(super) fn new(
        rate: SampleRate,
        tags: &Tags,
        header: &mut Vec<u8>,
    ) -> Result<Self, EncodeError> {
        let codec = Self::by(PROGRAM, rate)?;
        header.extend(id3::tag(tags));
        Ok(codec)
    }

    fn by(program: &str, rate: SampleRate) -> Result<Self, EncodeError> {
        let rate = rate.hz().to_string();
        #[rustfmt::skip]
        let arguments = [
            "-nostdin", "-loglevel", "quiet",
            // Take the input as declared and at once, instead of studying two seconds of it first.
            // (`-fflags nobuffer` would do that too, and loses what it studied.)
            "-probesize", "32", "-analyzeduration", "0",
            "-f", "s16le", "-ar", &rate, "-ac", "1", "-i", "pipe:0",
            // At this bitrate the fast coder comes nearer to the source than the default one.
            "-c:a", "aac", "-aac_coder", "fast", "-b:a", BITRATE, "-threads", "1",
            "-flush_packets", "1", "-f", "adts", "pipe:1",
        ];
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // Ctrl-C in a terminal is for us alone: what has begun may be finished first.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => EncodeError::Missing {
                format: Format::Aac,
                program: PROGRAM,
                package: PACKAGE,
            },
            kind => failed(format!("{PROGRAM} did not start: {kind}")),
        })?;
        let input = child.stdin.take();
        let stdout = child.stdout.take();
        let (sender, output) = channel();
        let mut codec = Self {
            child,
            input,
            output,
            reader: None,
        };
        let read = move || {
            let Some(mut stdout) = stdout else { return };
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        };
        let reader = std::thread::Builder::new().name("aac-reader".into());
        codec.reader = Some(reader.spawn(read).map_err(|error| failed(error.kind()))?);
        Ok(codec)
    }
}

impl CodecEncoder for Aac {
    fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let pcm: Vec<u8> = samples
            .iter()
            .flat_map(|&sample| quantize::to_i16(sample).to_le_bytes())
            .collect();
        let input = self.input.as_mut().ok_or_else(|| failed("it has ended"))?;
        input
            .write_all(&pcm)
            .map_err(|_| failed(format!("{PROGRAM} stopped reading")))?;
        self.output.try_iter().for_each(|bytes| out.extend(bytes));
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError> {
        drop(self.input.take());
        self.output.iter().for_each(|bytes| out.extend(bytes));
        let status = self.child.wait().map_err(|error| failed(error.kind()))?;
        if !status.success() {
            return Err(failed(format!("{PROGRAM} ended with {status}")));
        }
        Ok(Vec::new())
    }
}

impl Drop for Aac {
    fn drop(&mut self) {
        // After `finish` the child has been waited for, and both calls do nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::codec(Format::Aac, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let error = Aac::by("mynah-no-such-program", SampleRate::HZ_24000).err();
        let error = error.expect("an error").to_string();
        assert_eq!(
            error,
            "aac needs the program `ffmpeg`, which is not installed; install the package `ffmpeg`"
        );
    }

    #[test]
    fn a_failing_program_is_an_error_not_a_silent_file() {
        let mut codec = Aac::by("false", SampleRate::HZ_24000).expect("it starts");
        let mut out = Vec::new();
        let outcome = codec.finish(&mut out).expect_err("it fails").to_string();
        assert!(
            outcome.starts_with("the aac encoder failed: ffmpeg ended with"),
            "{outcome}"
        );
    }

    #[test]
    fn frames_come_while_the_input_is_open() {
        let mut codec = Aac::by("ffmpeg", SampleRate::HZ_24000).expect("ffmpeg is installed");
        codec
            .push(&[0.1; 3_840], &mut Vec::new())
            .expect("it is encoded");
        let limit = std::time::Duration::from_secs(30);
        let frame = codec
            .output
            .recv_timeout(limit)
            .expect("a frame after 160 ms of sound");
        assert_eq!(frame[0], 0xff); // the syncword of ADTS
    }

    #[test]
    fn a_dropped_encoder_leaves_no_child() {
        let codec = Aac::by("ffmpeg", SampleRate::HZ_24000).expect("ffmpeg is installed");
        let process = format!("/proc/{}", codec.child.id());
        assert!(std::path::Path::new(&process).exists());
        drop(codec);
        assert!(!std::path::Path::new(&process).exists());
    }
}
