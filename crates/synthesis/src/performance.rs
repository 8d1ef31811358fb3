//! A plan being carried out: its pieces one after the other, each on a body of the engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_admission::{ClientKey, FairPermit};
use mynah_speech::{Cancel, SpeechError, SpeechRequest};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::sleep_until;

use crate::bounds::Bounds;
use crate::draft::Hold;
use crate::line::Line;
use crate::metric;
use crate::outlet::Outlet;
use crate::piece_sink::{Heartbeat, PieceJob};
use crate::plan::RATE;
use crate::queue::Queue;
use crate::{Plan, SynthesisError, SynthesisSettings};

/// What a text becomes that holds nothing to say, such as `***`.
const NOTHING_TO_SAY: Duration = Duration::from_millis(200);

/// All that a request needs to be spoken.
pub(crate) struct Performance {
    pub(crate) plan: Plan,
    pub(crate) settings: Arc<SynthesisSettings>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) outlet: Outlet,
    /// Whose request it is.
    pub(crate) party: ClientKey,
    pub(crate) cancel: Cancel,
}

impl Performance {
    /// Speaks to the end, or to the first error.
    pub(crate) async fn run(self) {
        let cancel = self.cancel.clone();
        let end = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SpeechError::Cancelled),
            end = self.perform() => end,
        };
        let mut timings = crate::Timings::default();
        self.outlet.tell(|shared| timings = shared.timings);
        metric::ended(self.plan.engine(), &timings, &end);
        self.log(&timings, &end);
        if let Err(error) = end {
            self.outlet.fail(error);
        }
    }

    async fn perform(&self) -> Result<(), SynthesisError> {
        let mut work = Work::new(&self.queue, &self.plan);
        let mut line = Line::new(self.plan.speed, self.settings.pauses);
        if !self.plan.has_words() {
            self.outlet.send(line.silence(NOTHING_TO_SAY));
        }
        for piece in &self.plan.pieces {
            let chars = piece.chars;
            if !piece.words.is_empty() {
                line = self.piece(piece.words.clone(), chars, line).await?;
            }
            self.outlet.send(line.end_piece(piece.ends, piece.pause));
            work.done(chars);
            self.outlet
                .tell(|shared| shared.progress.done_chars += chars);
        }
        self.outlet.send(line.finish());
        Ok(())
    }

    /// Speaks one piece as soon as the listener is near enough and a body is free.
    async fn piece(
        &self,
        words: String,
        chars: usize,
        mut line: Line,
    ) -> Result<Line, SynthesisError> {
        let ahead = Duration::from_secs(self.settings.ahead_seconds.max(1));
        self.outlet.unread.below(RATE.samples_in(ahead)).await;

        let asked = Instant::now();
        let body = self.queue.body(&self.party).await;
        self.outlet
            .tell(|shared| shared.timings.queue += asked.elapsed());

        let heartbeat = Arc::new(Heartbeat::new());
        // A child, so that a stalled piece can be stopped without calling the request cancelled.
        let cancel = self.cancel.child_token();
        let mut task = {
            let bounds = Bounds::new(
                words.chars().count(),
                self.settings.runaway_seconds_per_char,
            );
            let job = PieceJob {
                engine: Arc::clone(&self.plan.engine),
                request: self.request(words),
                bounds,
                hold: Hold::of(&self.plan, &self.settings),
                retries: self.settings.most_retries(),
            };
            let (queue, outlet) = (Arc::clone(&self.queue), self.outlet.clone());
            let (heartbeat, cancel) = (Arc::clone(&heartbeat), cancel.clone());
            spawn_blocking(move || {
                let held = Held {
                    _body: body,
                    _running: metric::Running::new(outlet.engine),
                };
                let began = Instant::now();
                let end = job.speak(&mut line, &outlet, &heartbeat, &cancel);
                let took = began.elapsed();
                outlet.tell(|shared| shared.timings.engine += took);
                if end.is_ok() {
                    queue.pace.learn(outlet.engine, chars, took);
                }
                drop(held);
                end.map(|()| line)
            })
        };
        loop {
            let patience = heartbeat.last() + self.settings.stall();
            tokio::select! {
                joined = &mut task => return joined.unwrap_or_else(|error| Err(self.broken(&error))),
                () = sleep_until(patience.into()) => {
                    if heartbeat.last() + self.settings.stall() <= Instant::now() {
                        cancel.cancel();
                        return Err(self.failed("it stalled and was stopped"));
                    }
                }
            }
        }
    }

    /// Lengths and times only: the text is its owner's.
    fn log(&self, timings: &crate::Timings, end: &Result<(), SynthesisError>) {
        let (voice, chars) = (&self.plan.voice.id, self.plan.chars());
        match end {
            Ok(()) => tracing::debug!(%voice, chars, ?timings, "spoken"),
            Err(SpeechError::Cancelled) => tracing::debug!(%voice, chars, ?timings, "cancelled"),
            Err(error) => tracing::warn!(%voice, chars, ?timings, %error, "not spoken"),
        }
    }

    fn request(&self, text: String) -> SpeechRequest {
        SpeechRequest {
            text,
            voice: self.plan.voice.id.clone(),
            language: self.plan.language.clone(),
            instruct: self.plan.instruct.clone(),
            reference: self.plan.reference.clone(),
            seed: self.plan.seed,
        }
    }

    fn broken(&self, error: &JoinError) -> SpeechError {
        self.failed(if error.is_panic() {
            "it panicked"
        } else {
            "it was shut down"
        })
    }

    fn failed(&self, reason: &str) -> SpeechError {
        SpeechError::Failed {
            engine: self.plan.engine(),
            reason: reason.into(),
        }
    }
}

/// A body of the engine, held until the engine has really come back, stalled or not.
struct Held {
    _body: FairPermit,
    _running: metric::Running,
}

/// The characters of a request that are still ahead. What is left when it ends is written off.
struct Work<'a> {
    queue: &'a Queue,
    plan: &'a Plan,
    left: usize,
}

impl<'a> Work<'a> {
    fn new(queue: &'a Queue, plan: &'a Plan) -> Self {
        let left = plan.chars();
        queue.pace.promise(plan.engine(), left);
        Self { queue, plan, left }
    }

    fn done(&mut self, chars: usize) {
        let chars = chars.min(self.left);
        self.left -= chars;
        self.queue.pace.settle(self.plan.engine(), chars);
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.queue.pace.settle(self.plan.engine(), self.left);
    }
}
