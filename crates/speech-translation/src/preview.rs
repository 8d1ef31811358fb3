//! Previews: the words of an open segment, by a second, revisable decode.

use std::sync::Arc;

use mynah_audio::{Resampler, SampleRate};
use mynah_speech::{Cancel, RecognitionOptions, RecognizerStream, SpeechError};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;

use crate::event::SessionEvent;
use crate::{SelectedRecognizer, metrics};

/// Makes previews of open segments. Best effort: where no slot is free, or the engine fails, the
/// segment has none; its final text does not depend on it.
#[derive(Clone)]
pub(crate) struct Previewer {
    pub(crate) recognizer: SelectedRecognizer,
    /// The rate of the detector's audio.
    pub(crate) rate: SampleRate,
    /// Slots for previews, for all sessions.
    pub(crate) slots: Arc<Semaphore>,
    /// The new audio from one preview to the next, in milliseconds.
    pub(crate) interval_ms: u32,
    pub(crate) events: mpsc::Sender<SessionEvent>,
    pub(crate) cancel: Cancel,
}

/// The sender of an open segment's audio to its preview. Dropping it ends the preview.
pub(crate) struct OpenPreview(mpsc::UnboundedSender<Vec<f32>>);

impl OpenPreview {
    /// Passes on more audio. Bounded by the longest segment.
    pub(crate) fn push(&self, samples: Vec<f32>) {
        // The preview may have ended by itself; the segment continues without one.
        let _ = self.0.send(samples);
    }
}

impl Previewer {
    /// Begins the preview of a segment.
    pub(crate) fn open(&self, segment: u64) -> Option<OpenPreview> {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            metrics::preview_lost("full");
            return None;
        };
        let (sender, audio) = mpsc::unbounded_channel();
        let previewer = self.clone();
        tokio::spawn(self.cancel.clone().run_until_cancelled_owned(async move {
            let _slot = slot;
            if previewer.run(segment, audio).await.is_err() {
                metrics::preview_lost("engine");
            }
        }));
        Some(OpenPreview(sender))
    }

    async fn run(
        &self,
        segment: u64,
        mut audio: mpsc::UnboundedReceiver<Vec<f32>>,
    ) -> Result<(), SpeechError> {
        let interval = self.rate.hz() as usize * self.interval_ms as usize / 1_000;
        let mut decode = Some(Decode::default());
        let mut fresh = Vec::new();
        while let Some(samples) = audio.recv().await {
            fresh.extend(samples);
            // A decoder that is slower than real time catches up in larger steps.
            while let Ok(samples) = audio.try_recv() {
                fresh.extend(samples);
            }
            if fresh.len() < interval || audio.is_closed() {
                continue;
            }
            let Some(mut own) = decode.take() else {
                return Ok(());
            };
            let (previewer, samples) = (self.clone(), std::mem::take(&mut fresh));
            let Ok((own, words)) = spawn_blocking(move || {
                let words = own.push(&previewer, &samples);
                (own, words)
            })
            .await
            else {
                metrics::preview_lost("engine");
                return Ok(());
            };
            decode = Some(own);
            if let Some(text) = words?.filter(|text| !text.is_empty()) {
                // A slow client misses a preview, which the next one replaces.
                let _ = self
                    .events
                    .try_send(SessionEvent::Preview { segment, text });
            }
        }
        Ok(())
    }
}

/// The second decode of one segment.
#[derive(Default)]
struct Decode {
    stream: Option<Box<dyn RecognizerStream>>,
    resampler: Option<Resampler>,
}

impl Decode {
    fn push(
        &mut self,
        previewer: &Previewer,
        samples: &[f32],
    ) -> Result<Option<String>, SpeechError> {
        let recognizer = &previewer.recognizer;
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let options = RecognitionOptions {
                    language: recognizer.language.clone(),
                    preview: true,
                    hints: recognizer.hints.clone(),
                };
                none.insert(recognizer.engine.open(&options)?)
            }
        };
        let rate = recognizer.engine.rate();
        if previewer.rate == rate {
            return stream.push(samples);
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(previewer.rate, rate).map_err(|error| {
                SpeechError::Failed {
                    engine: recognizer.engine.info().id,
                    reason: error.to_string(),
                }
            })?),
        };
        stream.push(&resampler.push(samples))
    }
}
