//! The execution of a plan: its chunks one after the other, each in a worker slot.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_admission::{ClientKey, FairPermit};
use mynah_speech::{Cancel, EngineId, SpeechError, SpeechRequest, VoiceIndex};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::sleep_until;

use crate::audio_chain::AudioChain;
use crate::chunk_job::{ChunkJob, Heartbeat};
use crate::metrics;
use crate::output_check::OutputCheck;
use crate::plan::{PlanPart, PlannedChunk, RATE};
use crate::queue::Queue;
use crate::retry_buffer::HoldPolicy;
use crate::stream_sender::StreamSender;
use crate::{Plan, SynthesisError, SynthesisSettings};

/// The audio of a text without words, such as `***`.
const WORDLESS_SILENCE: Duration = Duration::from_millis(200);

/// The execution of one request.
pub(crate) struct SynthesisTask {
    pub(crate) plan: Plan,
    pub(crate) settings: Arc<SynthesisSettings>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) sender: StreamSender,
    /// The request's client.
    pub(crate) client: ClientKey,
    pub(crate) cancel: Cancel,
    /// The kept voices, where there are some.
    pub(crate) kept_voices: Option<Arc<dyn VoiceIndex>>,
}

impl SynthesisTask {
    /// Runs to the end, or to the first error.
    pub(crate) async fn run(self) {
        let cancel = self.cancel.clone();
        let end = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SpeechError::Cancelled),
            end = self.speak_parts() => end,
        };
        let mut timings = crate::Timings::default();
        self.sender.update(|shared| timings = shared.timings);
        metrics::record_outcome(self.plan.engine(), &timings, &end);
        self.log(&timings, &end);
        if let Err(error) = end {
            self.sender.fail(error);
        }
    }

    async fn speak_parts(&self) -> Result<(), SynthesisError> {
        let mut work = PendingChars::new(&self.queue, &self.plan);
        let first = self.plan.first();
        let mut chain = AudioChain::new(first.speed, first.prosody, self.settings.pauses);
        if !self.plan.has_words() {
            self.sender.send(chain.silence(WORDLESS_SILENCE));
        }
        for part in &self.plan.parts {
            self.sender.send(chain.set(part.speed, part.prosody));
            for chunk in &part.chunks {
                if !chunk.words.is_empty() {
                    chain = self.speak_chunk(part, chunk, chain).await?;
                }
                self.sender.send(chain.end_chunk(chunk.ends, chunk.pause));
                work.done(part.engine(), chunk.chars);
                self.sender
                    .update(|shared| shared.progress.done_chars += chunk.chars);
            }
        }
        self.sender.send(chain.finish());
        Ok(())
    }

    /// Ok, unless the consent of a kept voice was revoked, or the voice or its recording deleted.
    async fn check_permission(&self, part: &PlanPart) -> Result<(), SynthesisError> {
        let (Some(voice), Some(index)) = (&part.kept, &self.kept_voices) else {
            return Ok(());
        };
        // The other permission is up to date after this alone.
        let may_be_spoken = index.confirm(voice).await?;
        let reference = part.reference.as_ref();
        let message = match reference.is_none_or(|reference| reference.audio.is_permitted()) {
            _ if !may_be_spoken => {
                "the voice was deleted or its consent revoked while it was spoken"
            }
            false => "the recording was deleted while the voice was spoken from it",
            true => return Ok(()),
        };
        Err(SpeechError::invalid("voice", message))
    }

    /// Synthesizes one chunk once the unread audio is below the bound and a worker slot is free.
    async fn speak_chunk(
        &self,
        part: &PlanPart,
        chunk: &PlannedChunk,
        mut chain: AudioChain,
    ) -> Result<AudioChain, SynthesisError> {
        let ahead = Duration::from_secs(self.settings.ahead_seconds);
        self.sender
            .backpressure
            .wait_below(RATE.samples_in(ahead))
            .await;

        let queued_at = Instant::now();
        let worker_slot = self.queue.worker_slot(&self.client).await;
        self.sender
            .update(|shared| shared.timings.queue += queued_at.elapsed());
        // After all waits, so that nothing lies between this and the engine.
        self.check_permission(part).await?;

        let heartbeat = Arc::new(Heartbeat::new());
        // A child, so that a stalled chunk can be stopped without cancelling the request.
        let cancel = self.cancel.child_token();
        let mut task = {
            let output_check = OutputCheck::new(
                chunk.words.chars().count(),
                self.settings.runaway_seconds_per_char,
            );
            let job = ChunkJob {
                engine: Arc::clone(&part.engine),
                request: request(part, chunk),
                output_check,
                hold_policy: HoldPolicy::of(part.samples, self.plan.delivery, &self.settings),
                retries: self.settings.retries,
            };
            let (queue, chars) = (Arc::clone(&self.queue), chunk.chars);
            let sender = self.sender.for_engine(part.engine());
            let (heartbeat, cancel) = (Arc::clone(&heartbeat), cancel.clone());
            spawn_blocking(move || {
                let held = RunningChunk {
                    _worker_slot: worker_slot,
                    _running: metrics::Running::new(sender.engine),
                };
                let began = Instant::now();
                let end = job.speak(&mut chain, &sender, &heartbeat, &cancel);
                let took = began.elapsed();
                sender.update(|shared| shared.timings.engine += took);
                if end.is_ok() {
                    queue.throughput.record(sender.engine, chars, took);
                }
                drop(held);
                end.map(|()| chain)
            })
        };
        loop {
            let patience = heartbeat.last() + self.settings.stall();
            tokio::select! {
                joined = &mut task => return joined.unwrap_or_else(|error| Err(join_failure(part, &error))),
                () = sleep_until(patience.into()) => {
                    if heartbeat.last() + self.settings.stall() <= Instant::now() {
                        cancel.cancel();
                        return Err(failed(part, "it stalled and was stopped"));
                    }
                }
            }
        }
    }

    /// Lengths and times only: texts must not reach logs.
    fn log(&self, timings: &crate::Timings, end: &Result<(), SynthesisError>) {
        let (voice, chars) = (&self.plan.voice().id, self.plan.chars());
        match end {
            Ok(()) => tracing::debug!(%voice, chars, ?timings, "spoken"),
            Err(SpeechError::Cancelled) => tracing::debug!(%voice, chars, ?timings, "cancelled"),
            Err(error) => tracing::warn!(%voice, chars, ?timings, %error, "not spoken"),
        }
    }
}

fn request(part: &PlanPart, chunk: &PlannedChunk) -> SpeechRequest {
    SpeechRequest {
        text: chunk.words.clone(),
        voice: part.voice.id.clone(),
        language: part.language.clone(),
        instruct: part.instruct.clone(),
        reference: part.reference.clone(),
        seed: part.seed,
    }
}

fn join_failure(part: &PlanPart, error: &JoinError) -> SpeechError {
    failed(
        part,
        match error.is_panic() {
            true => "it panicked",
            false => "it was shut down",
        },
    )
}

fn failed(part: &PlanPart, reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: part.engine(),
        reason: reason.into(),
    }
}

/// A worker slot, held until the engine has returned, stalled or not.
struct RunningChunk {
    _worker_slot: FairPermit,
    _running: metrics::Running,
}

/// The pending characters of a request, by engine. What is left when it ends is removed from the estimate.
struct PendingChars<'a> {
    queue: &'a Queue,
    left: Vec<(EngineId, usize)>,
}

impl<'a> PendingChars<'a> {
    fn new(queue: &'a Queue, plan: &Plan) -> Self {
        let of = |engine| {
            let parts = plan.parts.iter().filter(|part| part.engine() == engine);
            (engine, parts.map(PlanPart::chars).sum())
        };
        let left: Vec<_> = plan.engines().into_iter().map(of).collect();
        for (engine, chars) in &left {
            queue.throughput.add_pending(*engine, *chars);
        }
        Self { queue, left }
    }

    fn done(&mut self, engine: EngineId, chars: usize) {
        for (own, left) in &mut self.left {
            if *own == engine {
                let chars = chars.min(*left);
                *left -= chars;
                self.queue.throughput.remove_pending(engine, chars);
            }
        }
    }
}

impl Drop for PendingChars<'_> {
    fn drop(&mut self) {
        for (engine, left) in &self.left {
            self.queue.throughput.remove_pending(*engine, *left);
        }
    }
}
