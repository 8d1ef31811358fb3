//! An engine on a thread of its own: its weights may not change threads, and a sentence takes it
//! milliseconds.

use std::sync::mpsc;
use std::thread;

use fxtranslate::engine::Engine;
use fxtranslate::segment::CONTEXT_WINDOW;
use mynah_speech::Cancel;
use mynah_speech::wait::wait_for;
use tokio::sync::oneshot;

use crate::error::ModelError;
use crate::model_files::guarded;

/// The result for one sentence.
pub(crate) enum Output {
    /// The sentence has more tokens than the model takes at once.
    TooLong,
    /// Its translation, with the number of tokens of both.
    Translated {
        text: String,
        source_tokens: usize,
        target_tokens: usize,
    },
}

struct Job {
    text: String,
    /// None where the computation failed.
    output: oneshot::Sender<Option<Output>>,
}

/// The thread of an engine. It ends when this is dropped.
pub(crate) struct EngineThread(mpsc::Sender<Job>);

impl EngineThread {
    /// Starts the thread, which loads the engine.
    pub(crate) fn start(
        load: impl FnOnce() -> Result<Engine, ModelError> + Send + 'static,
    ) -> Result<Self, ModelError> {
        let (jobs, received) = mpsc::channel::<Job>();
        let (loaded, result) = mpsc::channel();
        let thread = thread::Builder::new().name("bergamot".into());
        let started = thread.spawn(move || match load() {
            Ok(engine) => {
                // The receiver waits for it below.
                let _ = loaded.send(Ok(()));
                for job in received {
                    let output = guarded(|| translate(&engine, &job.text));
                    // A cancelled caller no longer waits for it.
                    let _ = job.output.send(output);
                }
            }
            Err(error) => {
                let _ = loaded.send(Err(error));
            }
        });
        started.map_err(|error| ModelError::Compute(format!("no thread: {error}")))?;
        let ended = |_| ModelError::Compute("the engine's thread ended".into());
        result.recv().map_err(ended)??;
        Ok(Self(jobs))
    }

    /// Translates one sentence. Blocking; sentences of several callers take turns.
    pub(crate) fn translate(&self, text: &str, cancel: &Cancel) -> Result<Output, ModelError> {
        let (output, received) = oneshot::channel();
        let text = text.to_owned();
        let failed = || ModelError::Compute("the computation failed".into());
        self.0.send(Job { text, output }).map_err(|_| failed())?;
        wait_for(received, None, cancel)
            .map_err(|_| ModelError::Cancelled)?
            .ok()
            .flatten()
            .ok_or_else(failed)
    }
}

fn translate(engine: &Engine, text: &str) -> Output {
    let source_tokens = engine.src_ids(text).len();
    if source_tokens > CONTEXT_WINDOW {
        return Output::TooLong;
    }
    let (text, timing) = engine.translate_timed(text);
    Output::Translated {
        text,
        source_tokens,
        target_tokens: timing.out_tokens,
    }
}
