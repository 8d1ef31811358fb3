//! Runs stages within this process: queues, several segments at once, order, the time spent
//! waiting, cancellation, and failures that end one segment while the next continues.

use std::sync::Arc;
use std::time::Instant;

use mynah_speech::Cancel;
use tokio::sync::{Semaphore, mpsc};

use crate::event::{Segment, SegmentHeader, SessionEvent};
use crate::failure::SegmentError;
use crate::metrics;
use crate::stage::StageName;

/// Results of one segment that may wait while an earlier segment is unfinished.
const MAX_QUEUED_RESULTS: usize = 16;

/// What passes between stages: the result for a segment, or the failure of an earlier stage, which
/// passes the later stages so that failures stay in the order of the segments.
pub(crate) type StageResult<T> = Result<Segment<T>, Box<FailedSegment>>;

/// A segment on which a stage failed.
#[derive(Clone, Debug)]
pub(crate) struct FailedSegment {
    pub(crate) header: SegmentHeader,
    pub(crate) error: SegmentError,
}

/// Where a stage sends its results for one segment.
pub(crate) struct StageOutput<T> {
    stage: StageName,
    sender: mpsc::Sender<StageResult<T>>,
}

impl<T> StageOutput<T> {
    /// Sends a result, and waits while the next stage is full. A closed receiver is the caller's
    /// cancellation.
    pub(crate) async fn send(&self, header: SegmentHeader, body: T) -> Result<(), SegmentError> {
        let sent = self.sender.send(Ok(Segment { header, body })).await;
        sent.map_err(|_| SegmentError::cancelled(self.stage))
    }
}

/// Reports each result of a stage as an event of the session, in the order of the segments.
pub(crate) struct Observer<T> {
    pub(crate) events: mpsc::Sender<SessionEvent>,
    pub(crate) event: fn(&Segment<T>) -> SessionEvent,
}

/// Starts the stages of one session or recording.
#[derive(Clone)]
pub(crate) struct Runner {
    /// Segments that a stage works on at the same time.
    pub(crate) concurrent: usize,
    /// Segments that wait before a stage.
    pub(crate) queued: usize,
    pub(crate) cancel: Cancel,
}

impl Runner {
    /// Starts a stage. Returns its results in the order of `inputs`. Cancellation drops the
    /// futures of `work`.
    pub(crate) fn start<In, Out, Work, F>(
        &self,
        stage: StageName,
        inputs: mpsc::Receiver<StageResult<In>>,
        observer: Option<Observer<Out>>,
        work: Work,
    ) -> mpsc::Receiver<StageResult<Out>>
    where
        In: Send + 'static,
        Out: Send + Sync + 'static,
        Work: Fn(Segment<In>, StageOutput<Out>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), SegmentError>> + Send,
    {
        let (sender, results) = mpsc::channel(self.queued);
        let (queues, ordered) = mpsc::channel(self.concurrent);
        let own = self.clone();
        self.spawn(async move { own.dispatch(stage, inputs, queues, Arc::new(work)).await });
        self.spawn(join(ordered, sender, observer));
        results
    }

    /// Spawns a task that ends with the session.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.cancel.clone().run_until_cancelled_owned(task));
    }

    /// Gives every input a task and a result queue of its own, and passes on the queues in order.
    async fn dispatch<In, Out, Work, F>(
        &self,
        stage: StageName,
        mut inputs: mpsc::Receiver<StageResult<In>>,
        queues: mpsc::Sender<mpsc::Receiver<StageResult<Out>>>,
        work: Arc<Work>,
    ) where
        In: Send + 'static,
        Out: Send + Sync + 'static,
        Work: Fn(Segment<In>, StageOutput<Out>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), SegmentError>> + Send,
    {
        let slots = Arc::new(Semaphore::new(self.concurrent));
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            let Some(input) = inputs.recv().await else {
                return;
            };
            let (sender, queue) = mpsc::channel(MAX_QUEUED_RESULTS);
            if queues.send(queue).await.is_err() {
                return;
            }
            let work = Arc::clone(&work);
            self.spawn(async move {
                let _slot = slot;
                let failed = match input {
                    Err(failed) => Some(failed),
                    Ok(segment) => run(stage, segment, &sender, &*work).await,
                };
                if let Some(failed) = failed {
                    // The receiver is dropped once the session is over.
                    let _ = sender.send(Err(failed)).await;
                }
            });
        }
    }
}

/// Runs a stage on one segment. Returns its failure, if it failed.
async fn run<In, Out, F>(
    stage: StageName,
    mut segment: Segment<In>,
    sender: &mpsc::Sender<StageResult<Out>>,
    work: &impl Fn(Segment<In>, StageOutput<Out>) -> F,
) -> Option<Box<FailedSegment>>
where
    F: Future<Output = Result<(), SegmentError>>,
{
    let header = &mut segment.header;
    header.timings.queue += header.queued_at.elapsed();
    let header = *header;
    let sender = sender.clone();
    let began = Instant::now();
    let result = work(segment, StageOutput { stage, sender }).await;
    metrics::stage(stage, began.elapsed(), result.is_ok());
    let error = result.err().filter(|error| !error.cancelled)?;
    tracing::warn!(
        stage = stage.as_str(),
        segment = header.segment,
        code = error.code.as_str(),
        "segment failed"
    );
    Some(Box::new(FailedSegment { header, error }))
}

/// Joins the result queues of all segments in order.
async fn join<T>(
    mut queues: mpsc::Receiver<mpsc::Receiver<StageResult<T>>>,
    results: mpsc::Sender<StageResult<T>>,
    observer: Option<Observer<T>>,
) {
    while let Some(mut queue) = queues.recv().await {
        while let Some(mut result) = queue.recv().await {
            if let Ok(segment) = &mut result {
                if let Some(observer) = &observer {
                    let event = (observer.event)(segment);
                    if observer.events.send(event).await.is_err() {
                        return;
                    }
                }
                segment.header.queued_at = Instant::now();
            }
            if results.send(result).await.is_err() {
                return;
            }
        }
    }
}
