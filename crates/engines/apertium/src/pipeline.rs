//! The running programs of one direction.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::mode::Program;

/// How often a wait looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// Why a text was not translated. The pipeline is of no use afterwards: it may still be at work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A program ended.
    Died,
    /// The answer took too long.
    Late,
    /// The caller does not want it any more.
    Cancelled,
}

/// Programs, each reading the one before. Dropping it ends them.
pub(crate) struct Pipeline {
    children: Vec<Child>,
    questions: Option<Sender<Vec<u8>>>,
    answers: Receiver<Vec<u8>>,
}

impl Pipeline {
    /// Starts the programs.
    pub(crate) fn start(programs: &[Program]) -> io::Result<Self> {
        let (questions, to_write) = channel::<Vec<u8>>();
        let (to_read, answers) = channel();
        let mut pipeline = Self {
            children: Vec::new(),
            questions: Some(questions),
            answers,
        };
        let mut before: Option<ChildStdout> = None;
        let mut first = None;
        for program in programs {
            let mut child = Command::new(&program.name)
                .args(&program.arguments)
                .stdin(before.take().map_or_else(Stdio::piped, Stdio::from))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            first = first.or_else(|| child.stdin.take());
            before = child.stdout.take();
            pipeline.children.push(child);
        }
        let (Some(mut into), Some(out)) = (first, before) else {
            return Err(io::Error::other("a mode without programs"));
        };
        // Threads of their own: a long text fills the pipes in both directions at once, and a
        // program that hangs must not hold the caller. They end with the programs.
        thread::spawn(move || {
            for question in to_write {
                if into
                    .write_all(&question)
                    .and_then(|()| into.flush())
                    .is_err()
                {
                    return;
                }
            }
        });
        thread::spawn(move || {
            let mut out = BufReader::new(out);
            loop {
                let mut answer = Vec::new();
                let read = out.read_until(0, &mut answer);
                // Without its NUL an answer is the last word of a dying program.
                if read.is_err() || answer.pop() != Some(0) || to_read.send(answer).is_err() {
                    return;
                }
            }
        });
        Ok(pipeline)
    }

    /// Sends one text, already in the stream format, and waits for its answer.
    pub(crate) fn ask(
        &self,
        text: &str,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<String, Broken> {
        let question = [text.as_bytes(), b"\0"].concat();
        let sent = self
            .questions
            .as_ref()
            .map(|questions| questions.send(question));
        if !matches!(sent, Some(Ok(()))) {
            return Err(Broken::Died);
        }
        let end = Instant::now() + limit;
        loop {
            match self.answers.recv_timeout(LOOK) {
                Ok(answer) => return Ok(String::from_utf8_lossy(&answer).into_owned()),
                Err(RecvTimeoutError::Disconnected) => return Err(Broken::Died),
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                    return Err(Broken::Cancelled);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= end => {
                    return Err(Broken::Late);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        drop(self.questions.take());
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
