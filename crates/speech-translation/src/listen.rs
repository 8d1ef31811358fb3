//! Runs the detector for one session or file.

use std::time::Instant;

use mynah_audio::{Clip, ResampleError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::blocking::Held;
use crate::detect::{Detect, Detected};
use crate::event::{HeardSegment, SessionEvent};
use crate::preview::{OpenPreview, Previewer};
use crate::stage::Flow;

/// Looks at the sound as it comes, and hands segments and their previews on.
pub(crate) struct Listener {
    detect: Option<Detect>,
    previewer: Option<Previewer>,
    preview: Option<OpenPreview>,
    segments: mpsc::Sender<Flow<HeardSegment>>,
    events: Option<mpsc::Sender<SessionEvent>>,
    done: oneshot::Sender<u64>,
    /// Held as long as the detector works.
    held: Held,
}

/// Why listening ended before the sound did. Nobody is left to be told.
struct Stopped;

impl Listener {
    /// A listener, and the number of segments that it will have heard.
    pub(crate) fn new(
        detect: Detect,
        previewer: Option<Previewer>,
        segments: mpsc::Sender<Flow<HeardSegment>>,
        events: Option<mpsc::Sender<SessionEvent>>,
    ) -> (Self, oneshot::Receiver<u64>) {
        let (done, heard) = oneshot::channel();
        let detect = Some(detect);
        (
            Self {
                detect,
                previewer,
                preview: None,
                segments,
                events,
                done,
                held: None,
            },
            heard,
        )
    }

    /// The same, which holds something as long as the detector works.
    pub(crate) fn holding(mut self, held: Held) -> Self {
        self.held = held;
        self
    }

    /// Listens until the sound ends.
    pub(crate) async fn run(mut self, mut pieces: mpsc::Receiver<(Clip, Instant)>) {
        while let Some((clip, arrived)) = pieces.recv().await {
            if self
                .look(move |detect| detect.push(clip, arrived))
                .await
                .is_err()
            {
                return;
            }
        }
        if self.look(Detect::finish).await.is_ok() {
            let segments = self.detect.map_or(0, |detect| detect.segments());
            // Nobody asks where the session is over.
            let _ = self.done.send(segments);
        }
    }

    /// One step of the detector, where blocking is allowed, and what follows from it.
    async fn look(
        &mut self,
        step: impl FnOnce(&mut Detect) -> Result<Vec<Detected>, ResampleError> + Send + 'static,
    ) -> Result<(), Stopped> {
        let mut detect = self.detect.take().ok_or(Stopped)?;
        let held = self.held.clone();
        let looked = spawn_blocking(move || {
            let _held = held;
            let detected = step(&mut detect);
            (detect, detected)
        });
        let (detect, detected) = looked.await.map_err(|error| {
            tracing::error!(panicked = error.is_panic(), "the voice detector broke");
            Stopped
        })?;
        self.detect = Some(detect);
        let detected = detected.map_err(|error| {
            tracing::error!(%error, "no resampler for a session's sound");
            Stopped
        })?;
        for event in detected {
            self.follow(event).await?;
        }
        Ok(())
    }

    async fn follow(&mut self, event: Detected) -> Result<(), Stopped> {
        match event {
            Detected::Opened {
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
                events
                    .send(SessionEvent::Opened {
                        segment,
                        start_ms,
                        start_sample,
                    })
                    .await
                    .map_err(|_| Stopped)
            }
            Detected::Sound { samples } => {
                if let Some(preview) = &self.preview {
                    preview.hear(samples);
                }
                Ok(())
            }
            Detected::Closed(segment) => {
                self.preview = None;
                self.segments
                    .send(Flow::Event(segment))
                    .await
                    .map_err(|_| Stopped)
            }
        }
    }
}
