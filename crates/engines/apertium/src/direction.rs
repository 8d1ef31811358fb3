//! One direction: its pipeline of programs, which translates one text at a time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use mynah_speech::Cancel;
use mynah_speech::pool::Pool;
use mynah_speech::wait::Interrupted;

use crate::mode::programs;
use crate::pipeline::{Pipeline, PipelineError};

/// Why a text was not translated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DirectionError {
    /// The pipeline was in use until the caller's wait was over.
    Busy,
    /// The caller cancelled.
    Cancelled,
    /// The pipeline gave no translation in time, and was ended.
    TimedOut,
    /// The pipeline ended twice on this text.
    Crashed,
    /// A program or the mode cannot be found or read.
    NotStarted(String),
}

/// A direction. Its pipeline starts with the first text and is kept.
pub(crate) struct Direction {
    mode: PathBuf,
    pipeline: Pool<Pipeline>,
}

impl Direction {
    pub(crate) fn new(mode: PathBuf) -> Self {
        Self {
            mode,
            pipeline: Pool::new(1),
        }
    }

    /// Translates one encoded text: waits for the pipeline, and then for its output.
    pub(crate) fn translate(
        &self,
        text: &str,
        wait: Duration,
        timeout: Duration,
        cancel: &Cancel,
    ) -> Result<String, DirectionError> {
        let lease = self.pipeline.acquire(Some(Instant::now() + wait), cancel);
        let mut lease = lease.map_err(|interrupted| match interrupted {
            Interrupted::Cancelled => DirectionError::Cancelled,
            Interrupted::TimedOut => DirectionError::Busy,
        })?;
        // A text on which the pipeline ends is tried once more: the pipeline may have ended before.
        for _ in 0..2 {
            let pipeline = lease.get_or_try_make(|| self.start())?;
            let translated = pipeline.translate(text, Instant::now() + timeout, cancel);
            match translated {
                Ok(translated) => return Ok(translated),
                Err(PipelineError::Cancelled) => return Err(DirectionError::Cancelled),
                Err(PipelineError::TimedOut) => {
                    drop(lease.take_value());
                    return Err(DirectionError::TimedOut);
                }
                Err(PipelineError::Ended) => {
                    tracing::warn!("an apertium program ended");
                    drop(lease.take_value());
                }
            }
        }
        Err(DirectionError::Crashed)
    }

    fn start(&self) -> Result<Pipeline, DirectionError> {
        let not = |reason: &str| DirectionError::NotStarted(reason.to_owned());
        let mode = std::fs::read_to_string(&self.mode).map_err(|_| not("its mode is gone"))?;
        let programs = programs(&mode).ok_or_else(|| not("its mode is not a list of programs"))?;
        Pipeline::start(&programs).map_err(|error| {
            tracing::warn!(%error, "apertium not started");
            not("one of its programs cannot be started")
        })
    }
}
