//! Questions that can be given up, and are asked again when their trouble may pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use mynah_speech::{Cancel, SpeechError};

use crate::client::Client;
use crate::refusal::{Trouble, busy, failed};

/// How often a caller who waits looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(20);
/// How long the first wait before another try is, where the endpoint asks for none; it doubles.
const BACKOFF: Duration = Duration::from_millis(500);

/// When another try is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// Tries after the first.
    pub(crate) times: u32,
    /// The longest wait before one. An endpoint that asks for more has its wish, and the caller
    /// hears at once that it is busy.
    pub(crate) longest_wait: Duration,
}

/// The questions that are out, those whose callers left among them.
pub(crate) struct Calls {
    client: Client,
    out: Arc<AtomicUsize>,
    most: usize,
}

impl Calls {
    pub(crate) fn new(client: Client, most: usize) -> Self {
        let out = Arc::default();
        Self { client, out, most }
    }

    /// The answer to a question, asked again while its trouble may pass.
    pub(crate) fn ask(
        &self,
        body: &Arc<[u8]>,
        retry: Retry,
        cancel: &Cancel,
    ) -> Result<Vec<u8>, SpeechError> {
        let mut backoff = BACKOFF;
        let mut tries = 0;
        loop {
            let (reason, wait) = match self.once(body, cancel)? {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing { reason, wait }) => (reason, wait),
            };
            tries += 1;
            let wait = wait.unwrap_or(backoff);
            if tries > retry.times || wait > retry.longest_wait {
                return Err(busy(reason));
            }
            tracing::debug!(%reason, wait_ms = wait.as_millis(), "asked again");
            pause(wait, cancel)?;
            backoff *= 2;
        }
    }

    /// One question on a thread of its own, so that a caller who gives up need not wait for the
    /// network. The thread ends with its answer or the client's timeout.
    fn once(
        &self,
        body: &Arc<[u8]>,
        cancel: &Cancel,
    ) -> Result<Result<Vec<u8>, Trouble>, SpeechError> {
        let Some(place) = Place::take(&self.out, self.most) else {
            let reason = format!("{} questions are out already", self.most);
            return Err(busy(reason));
        };
        let (answered, answer) = channel();
        let (client, body) = (self.client.clone(), Arc::clone(body));
        thread::Builder::new()
            .name("openai".into())
            .spawn(move || {
                let _place = place;
                // Nobody may be listening any more.
                let _ = answered.send(client.ask(&body));
            })
            .map_err(|_| busy("no thread can be started"))?;
        loop {
            if cancel.is_cancelled() {
                return Err(SpeechError::Cancelled);
            }
            match answer.recv_timeout(LOOK) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(failed("its client broke")),
            }
        }
    }
}

/// Waits, and leaves when the caller does.
fn pause(wait: Duration, cancel: &Cancel) -> Result<(), SpeechError> {
    let until = Instant::now() + wait;
    loop {
        if cancel.is_cancelled() {
            return Err(SpeechError::Cancelled);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(LOOK));
    }
}

/// One of the places for questions that are out. Dropping it gives it back.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(out: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        out.fetch_update(Ordering::AcqRel, Ordering::Acquire, |out| {
            (out < most).then_some(out + 1)
        })
        .ok()
        .map(|_| Self(Arc::clone(out)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
