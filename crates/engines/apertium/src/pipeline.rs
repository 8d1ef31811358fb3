//! A running pipeline of programs: text in, text out, in order.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::mode::Program;

/// How often a caller who waits looks whether it is still wanted.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What ends a text in both directions.
const NUL: u8 = 0;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The caller gave up; the pipeline goes on and its answer will be left unread.
    Cancelled,
    /// It took too long. The pipeline is of no more use.
    TimedOut,
    /// A program ended. The pipeline is of no more use.
    Ended,
}

/// The programs of one direction. Dropping it ends them.
pub(crate) struct Pipeline {
    programs: Vec<Child>,
    questions: Sender<Vec<u8>>,
    answers: Receiver<Vec<u8>>,
    /// Answers that belong to callers who gave up.
    unread: usize,
}

impl Pipeline {
    /// Starts all programs, each reading what the one before writes.
    pub(crate) fn start(programs: &[Program]) -> std::io::Result<Self> {
        let (questions, to_ask) = channel();
        let (answered, answers) = channel();
        let mut pipeline = Self {
            programs: Vec::new(),
            questions,
            answers,
            unread: 0,
        };
        let mut output: Option<ChildStdout> = None;
        for program in programs {
            let mut child = Command::new(&program.program)
                .args(&program.arguments)
                // The programs read UTF-8 only where the locale says so.
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
            // Threads of their own: neither a full pipe nor an empty one may hold a caller.
            spawn("apertium-in", move || write_all(input, &to_ask))?;
            spawn("apertium-out", move || read_all(output, &answered))?;
        }
        Ok(pipeline)
    }

    /// One text through the pipeline.
    pub(crate) fn translate(
        &mut self,
        text: &str,
        until: Instant,
        cancel: &Cancel,
    ) -> Result<String, NoAnswer> {
        let mut question = text.as_bytes().to_vec();
        question.push(NUL);
        self.questions.send(question).map_err(|_| NoAnswer::Ended)?;
        self.unread += 1;
        loop {
            if cancel.is_cancelled() {
                return Err(NoAnswer::Cancelled);
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.answers.recv_timeout(left.min(POLL_INTERVAL)) {
                Ok(answer) => {
                    self.unread -= 1;
                    // Answers come in the order of the questions; ours is the last.
                    if self.unread == 0 {
                        return Ok(String::from_utf8_lossy(&answer).into_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(NoAnswer::TimedOut),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(NoAnswer::Ended),
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
fn write_all(mut input: impl Write, questions: &Receiver<Vec<u8>>) {
    for question in questions {
        if input
            .write_all(&question)
            .and_then(|()| input.flush())
            .is_err()
        {
            return;
        }
    }
}

/// Ends when the last program does. What came without a NUL is no answer.
fn read_all(output: impl std::io::Read, answers: &Sender<Vec<u8>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut answer = Vec::new();
        match output.read_until(NUL, &mut answer) {
            Ok(_) if answer.pop() == Some(NUL) => {}
            _ => return,
        }
        if answers.send(answer).is_err() {
            return;
        }
    }
}
