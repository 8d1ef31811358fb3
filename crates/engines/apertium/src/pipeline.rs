//! A running pipeline of programs: text in, text out, in order.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use mynah_speech::Cancel;
use mynah_speech::wait::{Interrupted, wait_for};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::mode::Program;

/// What ends a text in both directions.
const NUL: u8 = 0;

/// Why there is no translation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PipelineError {
    /// The caller cancelled; the pipeline goes on, and the output is discarded later.
    Cancelled,
    /// It took too long. The pipeline cannot be used again.
    TimedOut,
    /// A program ended. The pipeline cannot be used again.
    Ended,
}

/// The programs of one direction. Dropping it ends them.
pub(crate) struct Pipeline {
    programs: Vec<Child>,
    inputs: Sender<Vec<u8>>,
    outputs: UnboundedReceiver<Vec<u8>>,
    /// Outputs not yet received: that of the current text, and those of cancelled callers.
    pending: usize,
}

impl Pipeline {
    /// Starts all programs, each reading what the one before writes.
    pub(crate) fn start(programs: &[Program]) -> std::io::Result<Self> {
        let (inputs, to_write) = channel();
        let (read, outputs) = unbounded_channel();
        let mut pipeline = Self {
            programs: Vec::new(),
            inputs,
            outputs,
            pending: 0,
        };
        let mut output: Option<ChildStdout> = None;
        for program in programs {
            let mut child = Command::new(&program.program)
                .args(&program.arguments)
                // The programs read UTF-8 only where the locale sets it.
                .env("LC_ALL", "C.UTF-8")
                .stdin(output.take().map_or_else(Stdio::piped, Stdio::from))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            output = child.stdout.take();
            pipeline.programs.push(child);
        }
        let input = pipeline
            .programs
            .first_mut()
            .and_then(|first| first.stdin.take());
        if let (Some(input), Some(output)) = (input, output) {
            // In threads of their own: neither a full pipe nor an empty one may block a caller.
            spawn("apertium-in", move || write_all(input, &to_write))?;
            spawn("apertium-out", move || read_all(output, &read))?;
        }
        Ok(pipeline)
    }

    /// Sends one text through the pipeline.
    pub(crate) fn translate(
        &mut self,
        text: &str,
        deadline: Instant,
        cancel: &Cancel,
    ) -> Result<String, PipelineError> {
        let mut input = text.as_bytes().to_vec();
        input.push(NUL);
        self.inputs.send(input).map_err(|_| PipelineError::Ended)?;
        self.pending += 1;
        loop {
            let output = wait_for(self.outputs.recv(), Some(deadline), cancel);
            let output = output.map_err(|interrupted| match interrupted {
                Interrupted::Cancelled => PipelineError::Cancelled,
                Interrupted::TimedOut => PipelineError::TimedOut,
            })?;
            let output = output.ok_or(PipelineError::Ended)?;
            self.pending -= 1;
            // Outputs come in the order of the inputs; that of this text is the last.
            if self.pending == 0 {
                return Ok(String::from_utf8_lossy(&output).into_owned());
            }
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        for program in &mut self.programs {
            // One that has ended already is only reaped.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .map(drop)
}

/// Ends with the pipeline, or when its first program reads no more.
fn write_all(mut input: impl Write, inputs: &Receiver<Vec<u8>>) {
    for text in inputs {
        if input.write_all(&text).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

/// Ends when the last program does. Output without a NUL at its end is discarded.
fn read_all(output: impl std::io::Read, outputs: &UnboundedSender<Vec<u8>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut text = Vec::new();
        match output.read_until(NUL, &mut text) {
            Ok(_) if text.pop() == Some(NUL) => {}
            _ => return,
        }
        if outputs.send(text).is_err() {
            return;
        }
    }
}
