//! The graph: token ids and a style vector become audio.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mynah_speech::pool::Pool;
use mynah_speech::wait::wait_for;
use mynah_speech::{Cancel, SpeechError};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{RunOptions, Session};
use ort::value::Tensor;
use tokio::sync::oneshot;

use crate::kokoro::{failed, unavailable};
use crate::runtime;
use crate::vocabulary::PADDING;
use crate::voices::STYLE_DIMENSION;

/// The inputs: token ids `[1, tokens + 2]` (i64), a style vector `[1, 256]` (f32), speed `[1]` (f32).
const INPUTS: [&str; 3] = ["tokens", "style", "speed"];

/// The output: samples at 24 kHz (f32).
const OUTPUT: &str = "audio";

/// What mends a model that cannot be opened.
const FIX: &str = "Check it with `mynah models verify`, or fetch it: mynah models pull default";

/// The graph of a file. It is opened when it is first needed.
pub(crate) struct Graph {
    model: PathBuf,
    /// The shared library of ONNX Runtime; none means the system's.
    library: Option<PathBuf>,
    /// Threads that compute for each run.
    threads: usize,
    /// Sessions, each with a copy of the weights. A session runs one input at a time.
    sessions: Pool<Session>,
    opened: AtomicBool,
}

impl Graph {
    /// At most `sessions` inputs are computed at the same time.
    pub(crate) fn new(
        model: PathBuf,
        library: Option<PathBuf>,
        threads: usize,
        sessions: usize,
    ) -> Self {
        Self {
            model,
            library,
            threads,
            sessions: Pool::new(sessions),
            opened: AtomicBool::new(false),
        }
    }

    /// Whether the model's file is there.
    pub(crate) fn has_model(&self) -> bool {
        self.model.is_file()
    }

    /// Whether it was opened.
    pub(crate) fn is_open(&self) -> bool {
        self.opened.load(Ordering::Acquire)
    }

    /// Whether ONNX Runtime is there. A file is not opened for this; the system's library is.
    pub(crate) fn check_runtime(&self) -> Result<(), String> {
        match &self.library {
            Some(path) if path.is_file() => Ok(()),
            Some(_) => Err("its runtime, ONNX Runtime, is not installed".into()),
            None => runtime::environment(None).map(drop),
        }
    }

    /// Opens a session ahead of its first use.
    ///
    /// # Errors
    /// `Unavailable` where library or model cannot be opened, `Cancelled`.
    pub(crate) fn open(&self, cancel: &Cancel) -> Result<(), SpeechError> {
        let lease = self.sessions.acquire(None, cancel);
        let mut lease = lease.map_err(|_| SpeechError::Cancelled)?;
        lease.get_or_try_make(|| self.session(cancel)).map(drop)
    }

    /// Computes the audio of an input, in the order in which callers ask.
    ///
    /// # Errors
    /// Those of [`Graph::open`], and `Failed` where the library fails.
    pub(crate) fn run(
        &self,
        ids: &[i64],
        style: Vec<f32>,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, SpeechError> {
        let lease = self.sessions.acquire(None, cancel);
        let mut lease = lease.map_err(|_| SpeechError::Cancelled)?;
        let session = lease.get_or_try_make(|| self.session(cancel))?;
        let audio = run(session, ids, style, cancel);
        audio.map_err(|error| runtime_failure(&error, cancel))
    }

    /// A new session.
    fn session(&self, cancel: &Cancel) -> Result<Session, SpeechError> {
        let environment = runtime::environment(self.library.as_deref())
            .map_err(|reason| unavailable(reason, crate::kokoro::FIX))?;
        let session = open_session(&environment, &self.model, self.threads, cancel);
        let session = session.map_err(|error| {
            if cancel.is_cancelled() {
                return SpeechError::Cancelled;
            }
            tracing::warn!(%error, "the model cannot be opened");
            unavailable("its model cannot be opened".into(), FIX)
        })?;
        let known = INPUTS
            .iter()
            .all(|name| session.inputs().iter().any(|own| own.name() == *name));
        if !known
            || session
                .outputs()
                .first()
                .is_none_or(|own| own.name() != OUTPUT)
        {
            return Err(unavailable(
                "its model is another one than Kokoro".into(),
                FIX,
            ));
        }
        self.opened.store(true, Ordering::Release);
        Ok(session)
    }
}

fn open_session(
    environment: &ort::environment::Environment,
    model: &Path,
    threads: usize,
    cancel: &Cancel,
) -> ort::Result<Session> {
    let mut builder = Session::builder(environment)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        // Its rewrites of the graph take half a second at each start, and save nothing that can be measured.
        .with_optimization_level(GraphOptimizationLevel::Disable)?
        // Threads that wait give their core to others.
        .with_intra_op_spinning(false)?
        // Each input has a length of its own.
        .with_memory_pattern(false)?
        .with_log_level(ort::logging::LogLevel::Warning)?;
    let canceler = builder.canceler();
    let interrupt = || drop(canceler.cancel());
    interruptible(cancel, interrupt, || builder.commit_from_file(model))
}

fn run(
    session: &mut Session,
    ids: &[i64],
    style: Vec<f32>,
    cancel: &Cancel,
) -> ort::Result<Vec<f32>> {
    let mut tokens = Vec::with_capacity(ids.len() + 2);
    tokens.push(PADDING);
    tokens.extend(ids);
    tokens.push(PADDING);
    let inputs = ort::inputs![
        INPUTS[0] => Tensor::from_array(([1, tokens.len()], tokens))?,
        INPUTS[1] => Tensor::from_array(([1, STYLE_DIMENSION], style))?,
        INPUTS[2] => Tensor::from_array(([1_usize], vec![1.0_f32]))?,
    ];
    let options = RunOptions::new()?;
    let interrupt = || drop(options.terminate());
    interruptible(cancel, interrupt, || {
        let outputs = session.run_with_options(inputs, &options)?;
        let (_, samples) = outputs[OUTPUT].try_extract_tensor::<f32>()?;
        Ok(samples.to_vec())
    })
}

/// Runs `work`, and calls `interrupt` from another thread where the token is cancelled before its
/// end.
fn interruptible<T>(
    cancel: &Cancel,
    interrupt: impl FnOnce() + Send,
    work: impl FnOnce() -> T,
) -> T {
    let (ended, end) = oneshot::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if wait_for(end, None, cancel).is_err() {
                interrupt();
            }
        });
        let output = work();
        drop(ended);
        output
    })
}

fn runtime_failure(error: &ort::Error, cancel: &Cancel) -> SpeechError {
    if cancel.is_cancelled() {
        return SpeechError::Cancelled;
    }
    tracing::warn!(%error, "the graph failed");
    failed("ONNX Runtime failed at the model")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn cancel_interrupts_work_and_its_end_does_not() {
        let cancel = Cancel::new();
        let interrupted = AtomicBool::new(false);
        let interrupt = || interrupted.store(true, Ordering::Release);
        assert_eq!(interruptible(&cancel, interrupt, || 7), 7);
        assert!(!interrupted.load(Ordering::Acquire));
        cancel.cancel();
        interruptible(&cancel, interrupt, || {
            while !interrupted.load(Ordering::Acquire) {
                thread::sleep(Duration::from_millis(1));
            }
        });
    }
}
