//! The task that runs the detector of one session or recording.

use std::time::Instant;

use mynah_audio::{Clip, ResampleError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::blocking::WorkPermit;
use crate::detect::{Detection, Detector};
use crate::event::SessionEvent;
use crate::preview::{OpenPreview, Previewer};
use crate::runner::StageResult;

/// Runs the detector as audio arrives, and passes on segments and their previews.
pub(crate) struct DetectorTask {
    detector: Option<Detector>,
    previewer: Option<Previewer>,
    preview: Option<OpenPreview>,
    segments: mpsc::Sender<StageResult<Clip>>,
    events: Option<mpsc::Sender<SessionEvent>>,
    done: oneshot::Sender<u64>,
    /// Held while the detector works.
    permit: WorkPermit,
}

/// Detection ended before the audio did: a receiver was dropped, or the detector failed.
struct Stopped;

impl DetectorTask {
    /// A task, and the number of segments once it has ended.
    pub(crate) fn new(
        detector: Detector,
        previewer: Option<Previewer>,
        segments: mpsc::Sender<StageResult<Clip>>,
        events: Option<mpsc::Sender<SessionEvent>>,
    ) -> (Self, oneshot::Receiver<u64>) {
        let (done, count) = oneshot::channel();
        let task = Self {
            detector: Some(detector),
            previewer,
            preview: None,
            segments,
            events,
            done,
            permit: None,
        };
        (task, count)
    }

    /// The same with a permit that is held while the detector works.
    pub(crate) fn with_permit(mut self, permit: WorkPermit) -> Self {
        self.permit = permit;
        self
    }

    /// Runs until the audio ends.
    pub(crate) async fn run(mut self, mut pieces: mpsc::Receiver<(Clip, Instant)>) {
        while let Some((clip, arrived)) = pieces.recv().await {
            let step = self.step(move |detector| detector.push(clip, arrived));
            if step.await.is_err() {
                return;
            }
        }
        if self.step(Detector::finish).await.is_ok() {
            let segments = self.detector.map_or(0, |detector| detector.segments());
            // The receiver is dropped once the session is over.
            let _ = self.done.send(segments);
        }
    }

    /// One step of the detector on a blocking thread, and what follows from it.
    async fn step(
        &mut self,
        step: impl FnOnce(&mut Detector) -> Result<Vec<Detection>, ResampleError> + Send + 'static,
    ) -> Result<(), Stopped> {
        let mut detector = self.detector.take().ok_or(Stopped)?;
        let permit = self.permit.clone();
        let stepped = spawn_blocking(move || {
            let _permit = permit;
            let detections = step(&mut detector);
            (detector, detections)
        });
        let (detector, detections) = stepped.await.map_err(|error| {
            tracing::error!(panicked = error.is_panic(), "the voice detector failed");
            Stopped
        })?;
        self.detector = Some(detector);
        let detections = detections.map_err(|error| {
            tracing::error!(%error, "no resampler for the audio of a session");
            Stopped
        })?;
        for detection in detections {
            self.forward(detection).await?;
        }
        Ok(())
    }

    async fn forward(&mut self, detection: Detection) -> Result<(), Stopped> {
        match detection {
            Detection::Opened {
                segment,
                start_ms,
                start_sample,
            } => {
                self.preview = self
                    .previewer
                    .as_ref()
                    .and_then(|previewer| previewer.open(segment));
                let Some(events) = &self.events else {
                    return Ok(());
                };
                let opened = SessionEvent::Opened {
                    segment,
                    start_ms,
                    start_sample,
                };
                events.send(opened).await.map_err(|_| Stopped)
            }
            Detection::Audio { samples } => {
                if let Some(preview) = &self.preview {
                    preview.push(samples);
                }
                Ok(())
            }
            Detection::Closed(segment) => {
                self.preview = None;
                self.segments.send(Ok(segment)).await.map_err(|_| Stopped)
            }
        }
    }
}
