//! The runner: what every stage gets without asking. Queues, several events at once, order, time
//! spent waiting, cancellation, and failures that end one segment and let the next go on.

use std::sync::Arc;
use std::time::Instant;

use mynah_speech::{Cancel, SpeechError};
use tokio::sync::{Semaphore, mpsc};

use crate::event::OfSegment;
use crate::failure::{Failure, StageError};
use crate::metrics;
use crate::stage::{Flow, Outlet, Stage};

/// Results of one event that may wait for their turn, while an earlier event is unfinished.
const WAITING_RESULTS: usize = 16;

/// How much of a session a stage may have at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Width {
    /// Events worked on at the same time.
    pub(crate) concurrent: usize,
    /// Events waiting.
    pub(crate) queued: usize,
}

/// Starts a stage for one session or file. Returns what it makes, in the order of `events`.
pub(crate) fn start<S: Stage>(
    stage: S,
    events: mpsc::Receiver<Flow<S::In>>,
    width: Width,
    cancel: &Cancel,
) -> mpsc::Receiver<Flow<S::Out>> {
    let (sender, results) = mpsc::channel(width.queued);
    let (lines, ordered) = mpsc::channel(width.concurrent);
    let feed = feed(
        Arc::new(stage),
        events,
        lines,
        width.concurrent,
        cancel.clone(),
    );
    tokio::spawn(cancel.clone().run_until_cancelled_owned(feed));
    tokio::spawn(
        cancel
            .clone()
            .run_until_cancelled_owned(join(ordered, sender)),
    );
    results
}

/// Gives every event a task and a line of its own, and hands the lines on in order.
async fn feed<S: Stage>(
    stage: Arc<S>,
    mut events: mpsc::Receiver<Flow<S::In>>,
    lines: mpsc::Sender<mpsc::Receiver<Flow<S::Out>>>,
    concurrent: usize,
    cancel: Cancel,
) {
    let slots = Arc::new(Semaphore::new(concurrent));
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let Some(flow) = events.recv().await else {
            return;
        };
        let (sender, line) = mpsc::channel(WAITING_RESULTS);
        if lines.send(line).await.is_err() {
            return;
        }
        let (stage, out, cancel) = (Arc::clone(&stage), Outlet::new(sender), cancel.clone());
        tokio::spawn(cancel.clone().run_until_cancelled_owned(async move {
            work(&*stage, flow, &out, &cancel).await;
            drop(slot);
        }));
    }
}

/// Lets a stage work on one event, or lets an earlier failure pass.
async fn work<S: Stage>(stage: &S, flow: Flow<S::In>, out: &Outlet<S::Out>, cancel: &Cancel) {
    let mut event = match flow {
        Flow::Event(event) => event,
        Flow::Failed(failure) => {
            // Nobody there to hear of it: the session is over.
            let _ = out.pass(Flow::Failed(failure)).await;
            return;
        }
    };
    let header = event.header_mut();
    header.timings.queue += header.queued_at.elapsed();
    let header = *header;
    let began = Instant::now();
    let end = stage.run(event, out, cancel).await;
    metrics::stage(S::NAME, began.elapsed(), end.is_ok());
    match end {
        Ok(()) | Err(StageError::Engine(SpeechError::Cancelled)) => {}
        Err(error) => {
            tracing::warn!(
                stage = S::NAME.as_str(),
                segment = header.segment,
                code = error.code(S::NAME).as_str(),
                "segment failed"
            );
            let failure = Failure {
                header,
                stage: S::NAME,
                error,
            };
            let _ = out.pass(Flow::Failed(Box::new(failure))).await;
        }
    }
}

/// Puts the lines end to end.
async fn join<T: OfSegment>(
    mut lines: mpsc::Receiver<mpsc::Receiver<Flow<T>>>,
    results: mpsc::Sender<Flow<T>>,
) {
    while let Some(mut line) = lines.recv().await {
        while let Some(mut flow) = line.recv().await {
            if let Flow::Event(event) = &mut flow {
                event.header_mut().queued_at = Instant::now();
            }
            if results.send(flow).await.is_err() {
                return;
            }
        }
    }
}
