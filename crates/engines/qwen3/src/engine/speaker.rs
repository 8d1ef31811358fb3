//! One utterance in the batch.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Instant;

use mynah_speech::Finish;

use crate::codec::State;
use crate::generate::{Frame, Guard, Prompt, Utterance};
use crate::lm::Cache;
use crate::model::{Model, Prepared};
use crate::{Qwen3Error, Result};

use super::chunks::ChunkSize;
use super::job::Job;
use super::prefixes::{Prefixes, Remembered};
use super::speech::{Event, FRAME_SAMPLES, Report, Spent};

/// Frames whose sound nobody has read, after which no more are made: 20 s.
const UNREAD: usize = 250;

/// What separates the seeds of two tries: an odd number without a pattern.
const NEXT_SEED: u64 = 0x9e37_79b9_7f4a_7c15;

pub(super) struct Speaker {
    pub(super) job: Job,
    pub(super) utterance: Utterance,
    pub(super) spent: Spent,
    /// Kept for another try.
    prompt: Option<Prompt>,
    seed: u64,
    tries: u32,
    guard: Guard,
    chunk: ChunkSize,
    codec: State,
    /// The frames of a reference, which the codec takes first and nobody hears.
    before: Vec<Frame>,
    /// How many of those it has taken.
    unheard: usize,
    codes: Vec<Frame>,
    /// Frames at the end of `codes` that were not decoded.
    undecoded: usize,
    sounded: bool,
}

impl Speaker {
    /// Begins the utterance of a job.
    pub(super) fn new(model: &Model, prefixes: &mut Prefixes, job: Job) -> Result<Self> {
        let begun = Instant::now();
        let seed = match job.prepared.seed() {
            Some(seed) => seed,
            None => random_seed()?,
        };
        let prompt = model.embed(&job.prepared);
        let positions = job.prepared.layout().positions.len();
        let (cache, codec) = match prefixes.find(&job.prepared, positions + ROOM) {
            Some(Remembered { cache, codec }) => (cache, codec),
            None => (model.talker().stack().cache(positions + ROOM), None),
        };
        let before = match &codec {
            Some(_) => Vec::new(),
            None => job.prepared.frames_before(),
        };
        let kept = (job.wishes.retries > 0).then(|| prompt.clone());
        let spent = Spent {
            waiting: begun - job.asked,
            prompt: begun.elapsed(),
            ..Spent::default()
        };
        Ok(Self {
            utterance: begin(model, &job, prompt, cache, seed),
            spent,
            prompt: kept,
            seed,
            tries: 0,
            guard: Guard::default(),
            chunk: ChunkSize::default(),
            codec: codec.unwrap_or_else(|| model.codec().state()),
            before,
            unheard: 0,
            codes: Vec::new(),
            undecoded: 0,
            sounded: false,
            job,
        })
    }

    /// Whether nobody wants it any more.
    pub(super) fn is_cancelled(&self) -> bool {
        self.job.cancel.is_cancelled()
    }

    /// Whether its reader is so far behind that it waits.
    pub(super) fn is_paused(&self) -> bool {
        self.job.unread.load(Ordering::Acquire) >= UNREAD
    }

    /// Whether it says the next frame: its prompt is read, it has not ended and somebody listens.
    pub(super) fn speaks(&self) -> bool {
        self.utterance.is_read() && self.utterance.finish().is_none() && !self.is_paused()
    }

    /// Why it ended, once all of its sound has left: a short one may end before the codec has taken
    /// the reference that comes before it.
    pub(super) fn ended(&self) -> Option<Finish> {
        self.utterance.finish().filter(|_| self.undecoded == 0)
    }

    /// Takes what a step brought: a frame, or its end.
    pub(super) fn take(&mut self, model: &Model, frame: Option<Frame>) {
        let Some(frame) = frame else { return };
        self.codes.push(frame);
        self.undecoded += 1;
        let ran_away = self.job.wishes.guarded
            && (self.guard.sees(frame[0]) || self.codes.len() > self.job.prepared.longest());
        if !ran_away || self.utterance.finish().is_some() {
            return;
        }
        match self.prompt.clone() {
            Some(prompt) if self.tries < self.job.wishes.retries => self.again(model, prompt),
            _ => self.utterance.stop(Finish::Runaway),
        }
    }

    /// Begins anew with another seed. No sound has left.
    fn again(&mut self, model: &Model, prompt: Prompt) {
        self.tries += 1;
        self.seed = self.seed.wrapping_add(NEXT_SEED);
        tracing::info!(
            tries = self.tries,
            "an utterance ran away and is begun again"
        );
        let constant = self.job.prepared.layout().constant().len();
        let capacity = self.job.prepared.layout().positions.len() + ROOM;
        let cache = self.utterance.cache().first(constant, capacity);
        self.utterance = begin(model, &self.job, prompt, cache, self.seed);
        self.guard = Guard::default();
        self.codes.clear();
        self.undecoded = 0;
    }

    /// The codec's state and the next frames of the reference, at most so many; None once it has
    /// taken them all.
    pub(super) fn unheard(&mut self, most: usize) -> Option<(&mut State, &[Frame])> {
        let from = self.unheard;
        self.unheard = self.before.len().min(from + most);
        let frames = &self.before[from..self.unheard];
        (!frames.is_empty()).then_some((&mut self.codec, frames))
    }

    /// Whether its voice has a reference that the codec takes first.
    pub(super) const fn has_reference(&self) -> bool {
        !self.before.is_empty()
    }

    /// The codec's state once it has taken a reference, and the request.
    pub(super) fn after_reference(&self) -> Option<(&Prepared, &State)> {
        let done = !self.before.is_empty() && self.unheard == self.before.len();
        (done && !self.sounded).then_some((&self.job.prepared, &self.codec))
    }

    /// Whether its last codes shall become sound now.
    pub(super) fn is_due(&self) -> bool {
        if self.unheard < self.before.len() {
            return false;
        }
        let ended = self.utterance.finish().is_some();
        let held = self.job.wishes.retries > 0 && !ended;
        self.undecoded > 0 && !held && (ended || self.undecoded >= self.chunk.frames())
    }

    /// The codec's state, and the codes that are due.
    pub(super) fn due(&mut self) -> (&mut State, &[Frame]) {
        let from = self.codes.len() - self.undecoded;
        (&mut self.codec, &self.codes[from..])
    }

    /// Sends the sound of what was due. `Break` where nobody reads it.
    pub(super) fn send(&mut self, samples: Vec<f32>) -> ControlFlow<()> {
        self.undecoded = 0;
        self.chunk.grow();
        if !self.sounded {
            self.sounded = true;
            self.spent.first_sound = self.job.asked.elapsed();
        }
        let frames = samples.len() / FRAME_SAMPLES;
        self.job.unread.fetch_add(frames, Ordering::AcqRel);
        match self.job.events.send(Event::Sound(samples)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Tells how it went, once all has left.
    pub(super) fn end(mut self, finish: Finish) {
        self.spent.whole = self.job.asked.elapsed();
        let report = Report {
            finish,
            seed: self.seed,
            codes: self.codes,
            spent: self.spent,
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
const ROOM: usize = 128;

fn begin(model: &Model, job: &Job, prompt: Prompt, cache: Cache, seed: u64) -> Utterance {
    let codes = model.talker().codes().rows();
    Utterance::new(prompt, job.prepared.rules(seed), cache, codes)
}

fn random_seed() -> Result<u64> {
    getrandom::u64()
        .map_err(|error| Qwen3Error::Failed(format!("the system has no random numbers: {error}")))
}
