//! The engine thread, which owns the model.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::Qwen3Error;
use crate::codec::CodecWorkspace;
use crate::generate::{Generator, Utterance};
use crate::model::Model;

use super::EngineOptions;
use super::audio_stream::Timings;
use super::batch_slot::BatchSlot;
use super::job::Job;
use super::prefix_cache::PrefixCache;

/// Prompt positions that are prefilled between two decode steps, so that a long prompt does not
/// delay the batch.
const PREFILL_POSITIONS_BATCHED: usize = 32;

/// The same while no utterance is decoding; the limit only bounds the time to notice cancellation.
const PREFILL_POSITIONS_ALONE: usize = 256;

/// Frames of a reference that the codec decodes between two decode steps, and with no other
/// utterance.
const CODEC_PREFILL_FRAMES_BATCHED: usize = 8;
const CODEC_PREFILL_FRAMES_ALONE: usize = 64;

/// Poll interval while all utterances are paused.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

pub(super) struct EngineThread {
    model: Arc<Model>,
    options: EngineOptions,
    jobs: Receiver<Job>,
    waiting: Arc<AtomicUsize>,
    frames: Arc<AtomicU64>,
    stop: Cancel,
}

impl EngineThread {
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

    /// Runs until the engine is dropped. A panic ends the utterances of the batch with an error,
    /// and no others.
    pub(super) fn run(self) {
        while catch_unwind(AssertUnwindSafe(|| Batch::new(&self).run())).is_err() {
            tracing::error!(
                "the engine thread panicked; its utterances are aborted, and it restarts"
            );
        }
    }
}

/// The utterances in progress.
struct Batch<'t> {
    thread: &'t EngineThread,
    generator: Generator<'t>,
    codec: CodecWorkspace,
    prefix_cache: PrefixCache,
    slots: Vec<BatchSlot>,
}

impl<'t> Batch<'t> {
    fn new(thread: &'t EngineThread) -> Self {
        let model = &*thread.model;
        Self {
            thread,
            generator: Generator::new(model.thread_pool(), model.talker(), model.predictor()),
            codec: model.codec().workspace(),
            prefix_cache: PrefixCache::default(),
            slots: Vec::new(),
        }
    }

    fn run(&mut self) {
        while self.admit() {
            self.slots.retain(|slot| !slot.is_cancelled());
            self.prefill();
            self.decode_step();
            self.codec_prefill();
            self.decode_audio();
            self.remove_finished();
        }
    }

    /// Takes new jobs, in order, while there are free slots. Waits while the batch is empty; false
    /// once the engine is dropped.
    fn admit(&mut self) -> bool {
        while self.slots.len() < self.thread.options.streams {
            let idle = self.slots.is_empty();
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
        if self.slots.iter().all(BatchSlot::is_paused) {
            std::thread::sleep(POLL_INTERVAL);
        }
        !self.thread.stop.is_cancelled()
    }

    fn begin(&mut self, job: Job) {
        self.thread.waiting.fetch_sub(1, Ordering::AcqRel);
        if job.cancel.is_cancelled() {
            return;
        }
        let events = job.events.clone();
        match BatchSlot::new(&self.thread.model, &mut self.prefix_cache, job) {
            Ok(slot) => self.slots.push(slot),
            Err(error) => drop(events.send(super::audio_stream::Event::End(Err(error)))),
        }
    }

    /// Prefills prompts of new utterances.
    fn prefill(&mut self) {
        let any_decoding = self.slots.iter().any(|slot| slot.utterance.is_prefilled());
        let limit = if any_decoding {
            PREFILL_POSITIONS_BATCHED
        } else {
            PREFILL_POSITIONS_ALONE
        };
        let started = Instant::now();
        let mut prefilling: Vec<&mut BatchSlot> = self
            .slots
            .iter_mut()
            .filter(|slot| !slot.utterance.is_prefilled())
            .collect();
        if prefilling.is_empty() {
            return;
        }
        let mut utterances: Vec<&mut Utterance> = prefilling
            .iter_mut()
            .map(|slot| &mut slot.utterance)
            .collect();
        self.generator.prefill(&mut utterances, limit, &mut ());
        let took = started.elapsed();
        for slot in prefilling {
            slot.timings.prefill += took;
            if slot.utterance.is_prefilled() {
                let cache = slot.utterance.cache();
                self.prefix_cache.insert(&slot.job.prepared, cache);
            }
        }
    }

    /// One frame of every utterance that is decoding.
    fn decode_step(&mut self) {
        let before = self.generator.timings;
        let mut decoding: Vec<&mut BatchSlot> = self
            .slots
            .iter_mut()
            .filter(|slot| slot.is_decoding())
            .collect();
        if decoding.is_empty() {
            return;
        }
        let mut utterances: Vec<&mut Utterance> = decoding
            .iter_mut()
            .map(|slot| &mut slot.utterance)
            .collect();
        let model = &self.thread.model;
        let load = utterances.len() * model.bytes_per_frame();
        let frames = model.thread_pool().step(load, || {
            self.generator.decode_step(&mut utterances, &mut ())
        });
        let decoded_frames = frames.iter().flatten().count() as u64;
        self.thread
            .frames
            .fetch_add(decoded_frames, Ordering::AcqRel);
        let after = self.generator.timings;
        for (slot, frame) in decoding.into_iter().zip(frames) {
            let Timings {
                talker, predictor, ..
            } = &mut slot.timings;
            *talker += after.talker - before.talker;
            *predictor += after.predictor - before.predictor;
            slot.push_frame(frame);
        }
    }

    /// Decodes the references of cloned voices, from which the codec continues, and caches the
    /// resulting state.
    fn codec_prefill(&mut self) {
        let is_alone = self.slots.len() == 1;
        let limit = if is_alone {
            CODEC_PREFILL_FRAMES_ALONE
        } else {
            CODEC_PREFILL_FRAMES_BATCHED
        };
        let model = &self.thread.model;
        let mut batch: Vec<_> = self
            .slots
            .iter_mut()
            .filter_map(|slot| slot.next_codec_prefill(limit))
            .collect();
        if batch.is_empty() {
            return;
        }
        let decoded = model
            .codec()
            .decode(model.thread_pool(), &mut self.codec, &mut batch);
        if let Err(error) = decoded {
            let reason = error.to_string();
            for slot in self.slots.extract_if(.., |slot| slot.has_reference()) {
                slot.fail(Qwen3Error::Failed(reason.clone()));
            }
        }
        for (prepared, state) in self.slots.iter().filter_map(BatchSlot::after_reference) {
            self.prefix_cache.insert_codec_state(prepared, state);
        }
    }

    /// Decodes the pending frames of all slots as one batch and sends the audio.
    fn decode_audio(&mut self) {
        let started = Instant::now();
        let model = &self.thread.model;
        let mut due: Vec<&mut BatchSlot> =
            self.slots.iter_mut().filter(|slot| slot.is_due()).collect();
        if due.is_empty() {
            return;
        }
        let mut batch: Vec<_> = due.iter_mut().map(|slot| slot.due()).collect();
        let decoded = model
            .codec()
            .decode(model.thread_pool(), &mut self.codec, &mut batch)
            .and_then(
                |sounds| match sounds.iter().flatten().all(|sample| sample.is_finite()) {
                    true => Ok(sounds),
                    false => Err(Qwen3Error::Failed(
                        "the model's numbers are not finite; its files may be damaged".into(),
                    )),
                },
            );
        let took = started.elapsed();
        match decoded {
            Ok(sounds) => {
                for (slot, samples) in due.into_iter().zip(sounds) {
                    slot.timings.codec += took;
                    if slot.send(samples).is_break() {
                        slot.job.cancel.cancel();
                    }
                }
            }
            Err(error) => {
                let reason = error.to_string();
                for slot in self.slots.extract_if(.., |slot| slot.is_due()) {
                    slot.fail(Qwen3Error::Failed(reason.clone()));
                }
            }
        }
    }

    /// Removes utterances whose last audio was sent.
    fn remove_finished(&mut self) {
        let done = |slot: &mut BatchSlot| slot.ended().is_some();
        for slot in self.slots.extract_if(.., done) {
            if let Some(finish_reason) = slot.ended() {
                slot.end(finish_reason);
            }
        }
    }
}
