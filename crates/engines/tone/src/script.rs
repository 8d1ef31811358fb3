//! The handle by which a test configures behaviour and waits for events.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mynah_speech::wait::{sleep, until_cancelled, wait_for};
use mynah_speech::{Cancel, SpeechError};
use tokio::sync::watch;

use crate::{Behaviour, Fault};

/// The behaviour of the three kinds of call of a [`crate::Tone`]. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Text to sound.
    pub speech: CallScript,
    /// Sound to text.
    pub recognition: CallScript,
    /// Text to text.
    pub translation: CallScript,
    detects_language: Arc<AtomicBool>,
}

impl Script {
    /// A script without delays and faults. Its jitter is drawn from seed 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with another seed.
    pub fn seeded(seed: u64) -> Self {
        let script = Self::default();
        for (stage, place) in [&script.speech, &script.recognition, &script.translation]
            .into_iter()
            .zip(1..)
        {
            stage.lock().random = seed.wrapping_mul(4).wrapping_add(place);
        }
        script
    }

    /// Makes the recognizer detect the language: the first decoded word is the language's tag,
    /// and no part of the text.
    pub fn detect_language(&self) {
        self.detects_language.store(true, Ordering::Relaxed);
    }

    pub(crate) fn detects_language(&self) -> bool {
        self.detects_language.load(Ordering::Relaxed)
    }
}

/// The behaviour and the counts of one kind of call. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct CallScript(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when the counts change.
    changed: Condvar,
    /// Calls let through [`Behaviour::hold`] in all.
    released: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    always: Behaviour,
    once: VecDeque<Behaviour>,
    counts: Counts,
    /// Calls that were held so far.
    held: usize,
    random: u64,
}

/// How many calls came to which point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that began.
    pub started: usize,
    /// Calls that ended well.
    pub finished: usize,
    /// Calls that ended because they were cancelled.
    pub cancelled: usize,
    /// Calls that ended in a fault, panics included.
    pub failed: usize,
    /// The largest number of calls in progress at one time.
    pub max_concurrent: usize,
}

impl Counts {
    /// Calls in progress.
    pub const fn in_progress(&self) -> usize {
        self.started - self.finished - self.cancelled - self.failed
    }
}

impl CallScript {
    /// Sets the behaviour of all later calls except those of [`CallScript::once`].
    pub fn always(&self, behaviour: Behaviour) {
        self.lock().always = behaviour;
    }

    /// Queues the behaviour of one call: the next one without a queued behaviour.
    pub fn once(&self, behaviour: Behaviour) {
        self.lock().once.push_back(behaviour);
    }

    /// Releases this many held calls, now or when they begin.
    pub fn release(&self, calls: usize) {
        let release = |released: &mut usize| *released = released.saturating_add(calls);
        self.0.released.send_modify(release);
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Waits until the counts meet the condition. False when that took longer than `at_most`.
    /// Blocking: from async code call it on a blocking thread.
    pub fn wait(&self, at_most: Duration, condition: impl Fn(Counts) -> bool) -> bool {
        let end = Instant::now() + at_most;
        let mut state = self.lock();
        while !condition(state.counts) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .0
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Begins a call: takes its behaviour and applies the delays before the first result.
    pub(crate) fn begin(&self, cancel: &Cancel) -> Result<Call, SpeechError> {
        let (behaviour, jitter, ticket) = {
            let mut state = self.lock();
            let behaviour = state.once.pop_front().unwrap_or(state.always);
            state.counts.started += 1;
            state.counts.max_concurrent =
                state.counts.max_concurrent.max(state.counts.in_progress());
            let ticket = state.held;
            state.held += usize::from(behaviour.hold);
            let jitter = behaviour.jitter.mul_f64(draw(&mut state.random));
            self.0.changed.notify_all();
            (behaviour, jitter, ticket)
        };
        let call = Call {
            stage: self.clone(),
            behaviour,
            ended: false,
        };
        // Such an engine looks at no token, from the moment at which its call is counted.
        let never = Cancel::new();
        let cancel = match behaviour.fault {
            Some(Fault::IgnoresCancel(_)) => &never,
            _ => cancel,
        };
        let waited = self
            .wait_for_release(behaviour.hold, ticket, cancel)
            .and_then(|()| delay(behaviour.first_audio + jitter, cancel));
        match waited {
            Ok(()) => Ok(call),
            Err(error) => call.end(Err(error)),
        }
    }

    fn wait_for_release(
        &self,
        held: bool,
        ticket: usize,
        cancel: &Cancel,
    ) -> Result<(), SpeechError> {
        if !held {
            return if cancel.is_cancelled() {
                Err(SpeechError::Cancelled)
            } else {
                Ok(())
            };
        }
        let mut released = self.0.released.subscribe();
        wait_for(
            released.wait_for(|released| *released > ticket),
            None,
            cancel,
        )
        .map_err(|_| SpeechError::Cancelled)?
        // The sender exists as long as `self`.
        .map(drop)
        .map_err(|_| SpeechError::Cancelled)
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock().counts);
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in progress. Dropped without an end, as by a panic, it counts as failed.
pub(crate) struct Call {
    stage: CallScript,
    pub(crate) behaviour: Behaviour,
    ended: bool,
}

impl Call {
    /// Ends the call and counts how.
    pub(crate) fn end<T>(mut self, result: Result<T, SpeechError>) -> Result<T, SpeechError> {
        self.ended = true;
        self.stage.count(|counts| match &result {
            Ok(_) => counts.finished += 1,
            Err(SpeechError::Cancelled) => counts.cancelled += 1,
            Err(_) => counts.failed += 1,
        });
        result
    }

    /// Applies the configured fault to a call that makes no sound. True when the result is to be
    /// empty.
    pub(crate) fn fault(&self, cancel: &Cancel) -> Result<bool, SpeechError> {
        match self.behaviour.fault {
            None => Ok(false),
            Some(Fault::Silence) => Ok(true),
            Some(Fault::Stall | Fault::Runaway) => Err(wait_for_cancel(cancel)),
            Some(fault) => Err(fault_error(fault)),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            self.stage.count(|counts| counts.failed += 1);
        }
    }
}

/// Applies a fault: a panic, or an error at once or after a time.
pub(crate) fn fault_error(fault: Fault) -> SpeechError {
    match fault {
        Fault::Panic => panic!("the test engine is configured to panic"),
        Fault::IgnoresCancel(time) => std::thread::sleep(time),
        _ => {}
    }
    SpeechError::Failed {
        engine: crate::tone::ID,
        reason: "it is configured to crash".into(),
    }
}

/// Blocks until the call is cancelled.
pub(crate) fn wait_for_cancel(cancel: &Cancel) -> SpeechError {
    until_cancelled(cancel);
    SpeechError::Cancelled
}

/// Blocks for a time, or until the call is cancelled.
pub(crate) fn delay(time: Duration, cancel: &Cancel) -> Result<(), SpeechError> {
    sleep(time, cancel).map_err(|_| SpeechError::Cancelled)
}

/// The next number of a sequence, 0…1 (`SplitMix64`, Steele, Lea and Flood 2014).
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
