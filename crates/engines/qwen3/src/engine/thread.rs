//! The thread that owns the model.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::Qwen3Error;
use crate::codec::Work;
use crate::generate::{Generator, Utterance};
use crate::model::Model;

use super::EngineOptions;
use super::job::Job;
use super::prefixes::Prefixes;
use super::speaker::Speaker;
use super::speech::Spent;

/// Positions of a prompt that are read between two frames of others, so that a long prompt does
/// not hold them up.
const READ_BESIDE: usize = 32;

/// The same where nobody else speaks: it is only looked whether the reader is still there.
const READ_ALONE: usize = 256;

/// Frames of a reference that the codec takes between two frames of others, and alone.
const HEAR_BESIDE: usize = 8;
const HEAR_ALONE: usize = 64;

/// How often it is looked whether a reader has caught up, where all are behind.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) struct Thread {
    model: Arc<Model>,
    options: EngineOptions,
    jobs: Receiver<Job>,
    waiting: Arc<AtomicUsize>,
    frames: Arc<AtomicU64>,
    stop: Cancel,
}

impl Thread {
    pub(super) const fn new(
        model: Arc<Model>,
        options: EngineOptions,
        jobs: Receiver<Job>,
        waiting: Arc<AtomicUsize>,
        frames: Arc<AtomicU64>,
        stop: Cancel,
    ) -> Self {
        Self {
            model,
            options,
            jobs,
            waiting,
            frames,
            stop,
        }
    }

    /// Works until the engine is dropped. A panic ends the utterances of the batch, whose readers
    /// see it break off, and no others.
    pub(super) fn run(self) {
        while catch_unwind(AssertUnwindSafe(|| Batch::new(&self).work())).is_err() {
            tracing::error!("the engine broke; its utterances are lost, and it begins anew");
        }
    }
}

/// Who speaks now.
struct Batch<'t> {
    thread: &'t Thread,
    generator: Generator<'t>,
    codec: Work,
    prefixes: Prefixes,
    speakers: Vec<Speaker>,
}

impl<'t> Batch<'t> {
    fn new(thread: &'t Thread) -> Self {
        let model = &*thread.model;
        Self {
            thread,
            generator: Generator::new(model.team(), model.talker(), model.predictor()),
            codec: model.codec().work(),
            prefixes: Prefixes::default(),
            speakers: Vec::new(),
        }
    }

    fn work(&mut self) {
        while self.admit() {
            self.speakers.retain(|speaker| !speaker.is_cancelled());
            self.read();
            self.say();
            self.hear();
            self.sound();
            self.release();
        }
    }

    /// Takes new jobs, in their order, while there is room. Waits where there is nothing to do;
    /// false once the engine is gone.
    fn admit(&mut self) -> bool {
        while self.speakers.len() < self.thread.options.streams.max(1) {
            let idle = self.speakers.is_empty();
            let job = if idle {
                self.thread
                    .jobs
                    .recv()
                    .map_err(|_| TryRecvError::Disconnected)
            } else {
                self.thread.jobs.try_recv()
            };
            match job {
                Ok(job) => self.begin(job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        if self.speakers.iter().all(Speaker::is_paused) {
            std::thread::sleep(PAUSE);
        }
        !self.thread.stop.is_cancelled()
    }

    fn begin(&mut self, job: Job) {
        self.thread.waiting.fetch_sub(1, Ordering::AcqRel);
        if job.cancel.is_cancelled() {
            return;
        }
        let events = job.events.clone();
        match Speaker::new(&self.thread.model, &mut self.prefixes, job) {
            Ok(speaker) => self.speakers.push(speaker),
            Err(error) => drop(events.send(super::speech::Event::End(Err(error)))),
        }
    }

    /// Reads on in the prompts of those who have not begun.
    fn read(&mut self) {
        let speaking = self
            .speakers
            .iter()
            .any(|speaker| speaker.utterance.is_read());
        let most = if speaking { READ_BESIDE } else { READ_ALONE };
        let begun = Instant::now();
        let mut reading: Vec<&mut Speaker> = self
            .speakers
            .iter_mut()
            .filter(|speaker| !speaker.utterance.is_read())
            .collect();
        if reading.is_empty() {
            return;
        }
        let mut utterances: Vec<&mut Utterance> = reading
            .iter_mut()
            .map(|speaker| &mut speaker.utterance)
            .collect();
        self.generator.read(&mut utterances, most, &mut ());
        let took = begun.elapsed();
        for speaker in reading {
            speaker.spent.prompt += took;
            if speaker.utterance.is_read() {
                let cache = speaker.utterance.cache();
                self.prefixes.keep(&speaker.job.prepared, cache);
            }
        }
    }

    /// One frame of everybody whose prompt is read.
    fn say(&mut self) {
        let before = self.generator.spent;
        let mut saying: Vec<&mut Speaker> = self
            .speakers
            .iter_mut()
            .filter(|speaker| speaker.speaks())
            .collect();
        if saying.is_empty() {
            return;
        }
        let mut utterances: Vec<&mut Utterance> = saying
            .iter_mut()
            .map(|speaker| &mut speaker.utterance)
            .collect();
        let frames = self.generator.say(&mut utterances, &mut ());
        let said = frames.iter().flatten().count() as u64;
        self.thread.frames.fetch_add(said, Ordering::AcqRel);
        let after = self.generator.spent;
        for (speaker, frame) in saying.into_iter().zip(frames) {
            let Spent {
                talker, predictor, ..
            } = &mut speaker.spent;
            *talker += after.talker - before.talker;
            *predictor += after.predictor - before.predictor;
            speaker.take(&self.thread.model, frame);
        }
    }

    /// Passes on in the references of cloned voices, from which the codec goes on. A voice that
    /// spoke before is remembered.
    fn hear(&mut self) {
        let alone = self.speakers.len() == 1;
        let most = if alone { HEAR_ALONE } else { HEAR_BESIDE };
        let model = &self.thread.model;
        let mut batch: Vec<_> = self
            .speakers
            .iter_mut()
            .filter_map(|speaker| speaker.unheard(most))
            .collect();
        if batch.is_empty() {
            return;
        }
        let decoded = model
            .codec()
            .decode(model.team(), &mut self.codec, &mut batch);
        if let Err(error) = decoded {
            let reason = error.to_string();
            for speaker in self
                .speakers
                .extract_if(.., |speaker| speaker.has_reference())
            {
                speaker.fail(Qwen3Error::Failed(reason.clone()));
            }
        }
        for (prepared, state) in self.speakers.iter().filter_map(Speaker::after_reference) {
            self.prefixes.keep_codec(prepared, state);
        }
    }

    /// Decodes whatever is due, together, and sends it.
    fn sound(&mut self) {
        let begun = Instant::now();
        let model = &self.thread.model;
        let mut due: Vec<&mut Speaker> = self
            .speakers
            .iter_mut()
            .filter(|speaker| speaker.is_due())
            .collect();
        if due.is_empty() {
            return;
        }
        let mut batch: Vec<_> = due.iter_mut().map(|speaker| speaker.due()).collect();
        let decoded = model
            .codec()
            .decode(model.team(), &mut self.codec, &mut batch)
            .and_then(
                |sounds| match sounds.iter().flatten().all(|sample| sample.is_finite()) {
                    true => Ok(sounds),
                    false => Err(Qwen3Error::Failed(
                        "the model's numbers are not finite; its files may be damaged".into(),
                    )),
                },
            );
        let took = begun.elapsed();
        match decoded {
            Ok(sounds) => {
                for (speaker, samples) in due.into_iter().zip(sounds) {
                    speaker.spent.codec += took;
                    if speaker.send(samples).is_break() {
                        speaker.job.cancel.cancel();
                    }
                }
            }
            Err(error) => {
                let reason = error.to_string();
                for speaker in self.speakers.extract_if(.., |speaker| speaker.is_due()) {
                    speaker.fail(Qwen3Error::Failed(reason.clone()));
                }
            }
        }
    }

    /// Lets go of those whose last sound has left.
    fn release(&mut self) {
        let done = |speaker: &mut Speaker| speaker.ended().is_some();
        for speaker in self.speakers.extract_if(.., done) {
            if let Some(finish) = speaker.ended() {
                speaker.end(finish);
            }
        }
    }
}
