//! One utterance in the batch.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Instant;

use mynah_speech::Finish;

use crate::codec::CodecState;
use crate::generate::{Frame, Prompt, RunawayDetector, Utterance};
use crate::lm::KvCache;
use crate::model::{Model, Prepared};
use crate::{Qwen3Error, Result};

use super::audio_stream::{Event, FRAME_SAMPLES, Report, Timings};
use super::chunks::ChunkSize;
use super::job::Job;
use super::prefix_cache::{PrefixCache, PrefixHit};

/// Frames whose sound nobody has read, after which no more are made: 20 s.
const MAX_UNREAD_FRAMES: usize = 250;

/// What separates the seeds of two tries: an odd number without a pattern.
const NEXT_SEED: u64 = 0x9e37_79b9_7f4a_7c15;

pub(super) struct BatchSlot {
    pub(super) job: Job,
    pub(super) utterance: Utterance,
    pub(super) timings: Timings,
    /// Kept for another try.
    prompt: Option<Prompt>,
    seed: u64,
    tries: u32,
    detector: RunawayDetector,
    chunk: ChunkSize,
    codec: CodecState,
    /// The frames of a reference, which the codec takes first and nobody hears.
    reference_frames: Vec<Frame>,
    /// How many of those it has taken.
    reference_decoded: usize,
    codes: Vec<Frame>,
    /// Frames at the end of `codes` that were not decoded.
    pending: usize,
    has_sent_audio: bool,
}

impl BatchSlot {
    /// Begins the utterance of a job.
    pub(super) fn new(model: &Model, prefix_cache: &mut PrefixCache, job: Job) -> Result<Self> {
        let started = Instant::now();
        let seed = match job.prepared.seed() {
            Some(seed) => seed,
            None => random_seed()?,
        };
        let prompt = model.embed(&job.prepared);
        let positions = job.prepared.layout().positions.len();
        let (cache, codec) = match prefix_cache.get(&job.prepared, positions + RESERVED_POSITIONS) {
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
        let kept = (job.options.retries > 0).then(|| prompt.clone());
        let timings = Timings {
            queue: started - job.asked,
            prefill: started.elapsed(),
            ..Timings::default()
        };
        Ok(Self {
            utterance: begin(model, &job, prompt, cache, seed),
            timings,
            prompt: kept,
            seed,
            tries: 0,
            detector: RunawayDetector::default(),
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

    /// Whether nobody wants it any more.
    pub(super) fn is_cancelled(&self) -> bool {
        self.job.cancel.is_cancelled()
    }

    /// Whether its reader is so far behind that it waits.
    pub(super) fn is_paused(&self) -> bool {
        self.job.unread.load(Ordering::Acquire) >= MAX_UNREAD_FRAMES
    }

    /// Whether it says the next frame: its prompt is read, it has not ended and somebody listens.
    pub(super) fn is_decoding(&self) -> bool {
        self.utterance.is_prefilled() && self.utterance.finish().is_none() && !self.is_paused()
    }

    /// Why it ended, once all of its sound has left: a short one may end before the codec has taken
    /// the reference that comes before it.
    pub(super) fn ended(&self) -> Option<Finish> {
        self.utterance.finish().filter(|_| self.pending == 0)
    }

    /// Takes what a step brought: a frame, or its end.
    pub(super) fn push_frame(&mut self, model: &Model, frame: Option<Frame>) {
        let Some(frame) = frame else { return };
        self.codes.push(frame);
        self.pending += 1;
        let ran_away = self.job.options.stop_runaways
            && (self.detector.push(frame[0])
                || self.codes.len() > self.job.prepared.runaway_frames());
        if !ran_away || self.utterance.finish().is_some() {
            return;
        }
        match self.prompt.clone() {
            Some(prompt) if self.tries < self.job.options.retries => self.again(model, prompt),
            _ => self.utterance.stop(Finish::Runaway),
        }
    }

    /// Begins anew with another seed. No sound has left.
    fn again(&mut self, model: &Model, prompt: Prompt) {
        self.tries += 1;
        self.seed = self.seed.wrapping_add(NEXT_SEED);
        tracing::info!(
            tries = self.tries,
            "an utterance ran away and is started again"
        );
        let constant = self.job.prepared.layout().constant().len();
        let capacity = self.job.prepared.layout().positions.len() + RESERVED_POSITIONS;
        let cache = self.utterance.cache().prefix(constant, capacity);
        self.utterance = begin(model, &self.job, prompt, cache, self.seed);
        self.detector = RunawayDetector::default();
        self.codes.clear();
        self.pending = 0;
    }

    /// The codec's state and the next frames of the reference, at most so many; None once it has
    /// taken them all.
    pub(super) fn next_codec_prefill(
        &mut self,
        most: usize,
    ) -> Option<(&mut CodecState, &[Frame])> {
        let from = self.reference_decoded;
        self.reference_decoded = self.reference_frames.len().min(from + most);
        let frames = &self.reference_frames[from..self.reference_decoded];
        (!frames.is_empty()).then_some((&mut self.codec, frames))
    }

    /// Whether its voice has a reference that the codec takes first.
    pub(super) const fn has_reference(&self) -> bool {
        !self.reference_frames.is_empty()
    }

    /// The codec's state once it has taken a reference, and the request.
    pub(super) fn after_reference(&self) -> Option<(&Prepared, &CodecState)> {
        let done = !self.reference_frames.is_empty()
            && self.reference_decoded == self.reference_frames.len();
        (done && !self.has_sent_audio).then_some((&self.job.prepared, &self.codec))
    }

    /// Whether its last codes shall become sound now.
    pub(super) fn is_due(&self) -> bool {
        if self.reference_decoded < self.reference_frames.len() {
            return false;
        }
        let ended = self.utterance.finish().is_some();
        let held = self.job.options.retries > 0 && !ended;
        self.pending > 0 && !held && (ended || self.pending >= self.chunk.frames())
    }

    /// The codec's state, and the codes that are due.
    pub(super) fn due(&mut self) -> (&mut CodecState, &[Frame]) {
        let from = self.codes.len() - self.pending;
        (&mut self.codec, &self.codes[from..])
    }

    /// Sends the sound of what was due. `Break` where nobody reads it.
    pub(super) fn send(&mut self, samples: Vec<f32>) -> ControlFlow<()> {
        self.pending = 0;
        self.chunk.grow();
        if !self.has_sent_audio {
            self.has_sent_audio = true;
            self.timings.first_audio = self.job.asked.elapsed();
        }
        let frames = samples.len() / FRAME_SAMPLES;
        self.job.unread.fetch_add(frames, Ordering::AcqRel);
        match self.job.events.send(Event::Audio(samples)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Tells how it went, once all has left.
    pub(super) fn end(mut self, finish: Finish) {
        self.timings.total = self.job.asked.elapsed();
        let report = Report {
            finish,
            seed: self.seed,
            codes: self.codes,
            timings: self.timings,
        };
        // Nobody may be there to read it.
        let _ = self.job.events.send(Event::End(Ok(report)));
    }

    /// Tells what went wrong.
    pub(super) fn fail(self, error: Qwen3Error) {
        let _ = self.job.events.send(Event::End(Err(error)));
    }
}

/// Frames for which memory is set aside at first; it grows where they are more.
const RESERVED_POSITIONS: usize = 128;

fn begin(model: &Model, job: &Job, prompt: Prompt, cache: KvCache, seed: u64) -> Utterance {
    let codes = model.talker().codes().rows();
    Utterance::new(prompt, job.prepared.parameters(seed), cache, codes)
}

fn random_seed() -> Result<u64> {
    getrandom::u64()
        .map_err(|error| Qwen3Error::Failed(format!("the system has no random numbers: {error}")))
}
