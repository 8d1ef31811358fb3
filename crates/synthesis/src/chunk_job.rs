//! The synthesis of one chunk of text by an engine.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mynah_audio::Clip;
use mynah_speech::{AudioSink, Cancel, FinishReason, SpeechError, SpeechRequest, Synthesizer};

use crate::audio_chain::{AudioChain, UnsupportedRate};
use crate::metrics;
use crate::output_check::{Fault, OutputCheck};
use crate::retry_buffer::{HoldPolicy, RetryBuffer};
use crate::stream_sender::StreamSender;

/// The time of an engine's last sign of progress.
pub(crate) struct Heartbeat(Mutex<Instant>);

impl Heartbeat {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    pub(crate) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks an engine's audio and forwards it.
struct ChunkSink<'a> {
    chain: &'a mut AudioChain,
    retry_buffer: RetryBuffer,
    output_check: OutputCheck,
    sender: &'a StreamSender,
    heartbeat: &'a Heartbeat,
    failure: Option<ChunkFailure>,
}

/// Why a chunk failed.
enum ChunkFailure {
    /// It was a runaway.
    Runaway,
    /// Anything else.
    Error(SpeechError),
}

impl From<SpeechError> for ChunkFailure {
    fn from(error: SpeechError) -> Self {
        Self::Error(error)
    }
}

impl ChunkSink<'_> {
    /// Forwards clips.
    fn forward(&mut self, clips: Vec<Clip>) -> Result<(), ChunkFailure> {
        let mut samples = Vec::new();
        for clip in clips {
            let ready = self.chain.push(&clip).map_err(|UnsupportedRate(rate)| {
                let reason = format!("its rate of {rate} cannot be converted");
                failed(self.sender, &reason)
            })?;
            samples.extend(ready);
        }
        // An empty send still detects a dropped stream.
        match self.sender.send(samples) {
            true => Ok(()),
            false => Err(SpeechError::Cancelled.into()),
        }
    }

    fn take(&mut self, clip: Clip) -> Result<(), ChunkFailure> {
        self.output_check
            .check(&clip)
            .map_err(|fault| match fault {
                Fault::Runaway => ChunkFailure::Runaway,
                fault => failed(self.sender, fault.reason()).into(),
            })?;
        let released = self.retry_buffer.push(clip, self.sender.buffered());
        self.forward(released)
    }

    /// Ends the chunk with the engine's result.
    fn finish(&mut self, end: Result<FinishReason, SpeechError>) -> Result<(), ChunkFailure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        match end? {
            FinishReason::Stop => {}
            FinishReason::Runaway => return Err(ChunkFailure::Runaway),
            FinishReason::Length => {
                let reason = "it reached its bound on length within the text";
                return Err(failed(self.sender, reason).into());
            }
        }
        let audible = self.output_check.finish();
        audible.map_err(|fault| failed(self.sender, fault.reason()))?;
        let rest = self.retry_buffer.drain();
        self.forward(rest)
    }
}

impl AudioSink for ChunkSink<'_> {
    fn accept(&mut self, clip: Clip) -> ControlFlow<()> {
        self.heartbeat.beat();
        match self.take(clip) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}

/// One chunk of text to synthesize.
pub(crate) struct ChunkJob {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) request: SpeechRequest,
    pub(crate) output_check: OutputCheck,
    pub(crate) hold_policy: HoldPolicy,
    /// How often it may be retried.
    pub(crate) retries: u32,
}

impl ChunkJob {
    /// Synthesizes it, and retries a runaway with another seed while none of its audio was
    /// released. Seeds of retries derive from the request's, so a successful request with a seed
    /// always has the same audio. Blocking.
    pub(crate) fn speak(
        mut self,
        chain: &mut AudioChain,
        sender: &StreamSender,
        heartbeat: &Heartbeat,
        cancel: &Cancel,
    ) -> Result<(), SpeechError> {
        loop {
            heartbeat.beat();
            let mut sink = ChunkSink {
                chain,
                retry_buffer: RetryBuffer::new(self.hold_policy),
                output_check: self.output_check.clone(),
                sender,
                heartbeat,
                failure: None,
            };
            let end = self.engine.speak(&self.request, cancel, &mut sink);
            match sink.finish(end) {
                Ok(()) => return Ok(()),
                Err(ChunkFailure::Error(error)) => return Err(error),
                Err(ChunkFailure::Runaway)
                    if sink.retry_buffer.is_unreleased() && self.retries > 0 =>
                {
                    self.retries -= 1;
                    self.request.seed = self.request.seed.map(next_seed);
                    metrics::retried(sender.engine);
                    tracing::info!(engine = sender.engine.as_str(), "runaway chunk is retried");
                }
                Err(ChunkFailure::Runaway) => return Err(failed(sender, Fault::Runaway.reason())),
            }
        }
    }
}

/// The seed of a retry.
const fn next_seed(seed: u64) -> u64 {
    // An odd constant without a pattern.
    seed.wrapping_add(0xd1b5_4a32_d192_ed03)
}

fn failed(sender: &StreamSender, reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: sender.engine,
        reason: reason.into(),
    }
}
