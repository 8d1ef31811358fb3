//! One utterance in the batch.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Instant;

use mynah_speech::FinishReason;

use crate::Qwen3Error;
use crate::codec::CodecState;
use crate::generate::{Frame, Prompt, RunawayDetector, Utterance};
use crate::lm::KvCache;
use crate::model::{Model, Prepared};

use super::audio_stream::{Event, FRAME_SAMPLES, Report, Timings};
use super::chunks::ChunkSize;
use super::job::Job;
use super::prefix_cache::{PrefixCache, PrefixHit};

/// Unread frames at which an utterance pauses: 20 s.
const MAX_UNREAD_FRAMES: usize = 250;

pub(super) struct BatchSlot {
    pub(super) job: Job,
    pub(super) utterance: Utterance,
    pub(super) timings: Timings,
    seed: u64,
    /// None where a length is forced.
    detector: Option<RunawayDetector>,
    chunk: ChunkSize,
    codec: CodecState,
    /// The frames of a reference, which the codec decodes first; their audio is discarded.
    reference_frames: Vec<Frame>,
    /// How many of those were decoded.
    reference_decoded: usize,
    codes: Vec<Frame>,
    /// Frames at the end of `codes` that were not decoded yet.
    pending: usize,
    has_sent_audio: bool,
}

impl BatchSlot {
    /// A slot for the utterance of a job.
    pub(super) fn new(
        model: &Model,
        prefix_cache: &mut PrefixCache,
        job: Job,
    ) -> Result<Self, Qwen3Error> {
        let started = Instant::now();
        let seed = match job.prepared.seed() {
            Some(seed) => seed,
            None => random_seed()?,
        };
        let prompt = model.embed(&job.prepared);
        let positions = job.prepared.layout().positions.len();
        let (cache, codec) =
            match prefix_cache.get(&job.prepared, positions, positions + RESERVED_POSITIONS) {
                Some(PrefixHit { cache, codec }) => (cache, codec),
                None => (
                    model
                        .talker()
                        .transformer()
                        .cache(positions + RESERVED_POSITIONS),
                    None,
                ),
            };
        let reference_frames = match &codec {
            Some(_) => Vec::new(),
            None => job.prepared.reference_frames(),
        };
        let timings = Timings {
            queue: started - job.queued_at,
            prefill: started.elapsed(),
            ..Timings::default()
        };
        Ok(Self {
            utterance: begin(model, &job, prompt, cache, seed),
            timings,
            seed,
            detector: job
                .options
                .stop_runaways
                .then(|| RunawayDetector::new(job.prepared.runaway_frames())),
            chunk: ChunkSize::default(),
            codec: codec.unwrap_or_else(|| model.codec().state()),
            reference_frames,
            reference_decoded: 0,
            codes: Vec::new(),
            pending: 0,
            has_sent_audio: false,
            job,
        })
    }

    /// Whether it was cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.job.cancel.is_cancelled()
    }

    /// Whether it pauses because of unread audio.
    pub(super) fn is_paused(&self) -> bool {
        self.job.unread.load(Ordering::Acquire) >= MAX_UNREAD_FRAMES
    }

    /// Whether it takes part in decode steps: it is prefilled, has not ended and is not paused.
    pub(super) fn is_decoding(&self) -> bool {
        self.utterance.is_prefilled()
            && self.utterance.finish_reason().is_none()
            && !self.is_paused()
    }

    /// Why it ended, once all of its audio was sent: a short utterance may end before the codec has
    /// decoded its reference.
    pub(super) fn ended(&self) -> Option<FinishReason> {
        self.utterance.finish_reason().filter(|_| self.pending == 0)
    }

    /// Takes the result of a decode step: a frame, or None at the end.
    pub(super) fn push_frame(&mut self, frame: Option<Frame>) {
        let Some(frame) = frame else { return };
        self.codes.push(frame);
        self.pending += 1;
        let detector = self.detector.as_mut();
        let ran_away = detector.is_some_and(|detector| detector.push(frame[0]));
        if ran_away && self.utterance.finish_reason().is_none() {
            self.utterance.stop(FinishReason::Runaway);
        }
    }

    /// The codec's state and the next frames of the reference, at most this many; None once all are
    /// decoded.
    pub(super) fn next_codec_prefill(
        &mut self,
        max_frames: usize,
    ) -> Option<(&mut CodecState, &[Frame])> {
        let from = self.reference_decoded;
        self.reference_decoded = self.reference_frames.len().min(from + max_frames);
        let frames = &self.reference_frames[from..self.reference_decoded];
        (!frames.is_empty()).then_some((&mut self.codec, frames))
    }

    /// Whether its voice has a reference that the codec decodes first.
    pub(super) const fn has_reference(&self) -> bool {
        !self.reference_frames.is_empty()
    }

    /// The request and the codec's state right after the reference.
    pub(super) fn after_reference(&self) -> Option<(&Prepared, &CodecState)> {
        let done = !self.reference_frames.is_empty()
            && self.reference_decoded == self.reference_frames.len();
        (done && !self.has_sent_audio).then_some((&self.job.prepared, &self.codec))
    }

    /// Whether its pending frames are decoded now.
    pub(super) fn is_due(&self) -> bool {
        if self.reference_decoded < self.reference_frames.len() {
            return false;
        }
        let ended = self.utterance.finish_reason().is_some();
        self.pending > 0 && (ended || self.pending >= self.chunk.frames())
    }

    /// The codec's state and the pending frames.
    pub(super) fn due(&mut self) -> (&mut CodecState, &[Frame]) {
        let from = self.codes.len() - self.pending;
        (&mut self.codec, &self.codes[from..])
    }

    /// Sends the audio of the pending frames. `Break` where the receiver is gone.
    pub(super) fn send(&mut self, samples: Vec<f32>) -> ControlFlow<()> {
        self.pending = 0;
        self.chunk.grow();
        if !self.has_sent_audio {
            self.has_sent_audio = true;
            self.timings.first_audio = self.job.queued_at.elapsed();
        }
        let frames = samples.len() / FRAME_SAMPLES;
        self.job.unread.fetch_add(frames, Ordering::AcqRel);
        match self.job.events.send(Event::Audio(samples)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Sends the report, once all audio was sent.
    pub(super) fn end(mut self, finish_reason: FinishReason) {
        self.timings.total = self.job.queued_at.elapsed();
        let report = Report {
            finish_reason,
            seed: self.seed,
            codes: self.codes,
            timings: self.timings,
        };
        // The receiver may be gone.
        let _ = self.job.events.send(Event::End(Ok(report)));
    }

    /// Sends an error.
    pub(super) fn fail(self, error: Qwen3Error) {
        let _ = self.job.events.send(Event::End(Err(error)));
    }
}

/// Frames for which memory is reserved at first; it grows with more.
const RESERVED_POSITIONS: usize = 128;

fn begin(model: &Model, job: &Job, prompt: Prompt, cache: KvCache, seed: u64) -> Utterance {
    let codes = model.talker().codes().rows();
    Utterance::new(prompt, job.prepared.parameters(seed), cache, codes)
}

fn random_seed() -> Result<u64, Qwen3Error> {
    getrandom::u64()
        .map_err(|error| Qwen3Error::Failed(format!("the system has no random numbers: {error}")))
}
