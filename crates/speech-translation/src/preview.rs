//! Words before the sentence ends: a second, revisable decode, where somebody watches.

use std::sync::Arc;

use mynah_audio::{Resampler, SampleRate};
use mynah_speech::{
    Cancel, LanguageChoice, RecognitionOptions, Recognizer, RecognizerStream, SpeechError,
};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;

use crate::event::SessionEvent;
use crate::metrics;

/// Makes previews of open segments. Best effort: where no place is free, or the engine fails,
/// the segment has none; its final text does not depend on it.
#[derive(Clone)]
pub(crate) struct Previewer {
    pub(crate) engine: Arc<dyn Recognizer>,
    pub(crate) language: LanguageChoice,
    /// The rate of the detector's sound.
    pub(crate) rate: SampleRate,
    /// Places for previews, for all sessions.
    pub(crate) places: Arc<Semaphore>,
    /// The new sound from one preview to the next, in milliseconds.
    pub(crate) interval_ms: u32,
    pub(crate) events: mpsc::Sender<SessionEvent>,
    pub(crate) cancel: Cancel,
}

/// The open segment's sound on its way to its preview. Dropping it ends the preview.
pub(crate) struct OpenPreview(mpsc::UnboundedSender<Vec<f32>>);

impl OpenPreview {
    /// Hands over more sound. Bounded by the longest segment.
    pub(crate) fn hear(&self, samples: Vec<f32>) {
        // The preview may have ended by itself; the segment goes on without.
        let _ = self.0.send(samples);
    }
}

impl Previewer {
    /// Begins the preview of a segment.
    pub(crate) fn open(&self, segment: u64) -> Option<OpenPreview> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            metrics::preview_lost("full");
            return None;
        };
        let (sound, heard) = mpsc::unbounded_channel();
        let previewer = self.clone();
        tokio::spawn(self.cancel.clone().run_until_cancelled_owned(async move {
            let _place = place;
            if previewer.follow(segment, heard).await.is_err() {
                metrics::preview_lost("engine");
            }
        }));
        Some(OpenPreview(sound))
    }

    async fn follow(
        &self,
        segment: u64,
        mut heard: mpsc::UnboundedReceiver<Vec<f32>>,
    ) -> Result<(), SpeechError> {
        let interval = self.rate.hz() as usize * self.interval_ms as usize / 1_000;
        let mut decode = Some(Decode::default());
        let mut fresh = Vec::new();
        while let Some(samples) = heard.recv().await {
            fresh.extend(samples);
            // A decoder slower than the speaker catches up in larger steps.
            while let Ok(samples) = heard.try_recv() {
                fresh.extend(samples);
            }
            if fresh.len() < interval || heard.is_closed() {
                continue;
            }
            let Some(mut own) = decode.take() else {
                return Ok(());
            };
            let (previewer, sound) = (self.clone(), std::mem::take(&mut fresh));
            let Ok((own, words)) = spawn_blocking(move || {
                let words = own.push(&previewer, &sound);
                (own, words)
            })
            .await
            else {
                metrics::preview_lost("engine");
                return Ok(());
            };
            decode = Some(own);
            if let Some(text) = words?.filter(|text| !text.is_empty()) {
                // A client that is behind anyway misses a preview that the next one replaces.
                let _ = self
                    .events
                    .try_send(SessionEvent::Preview { segment, text });
            }
        }
        Ok(())
    }
}

/// One segment's second decode.
#[derive(Default)]
struct Decode {
    stream: Option<Box<dyn RecognizerStream>>,
    resampler: Option<Resampler>,
}

impl Decode {
    fn push(&mut self, of: &Previewer, sound: &[f32]) -> Result<Option<String>, SpeechError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let options = RecognitionOptions {
                    language: of.language.clone(),
                    preview: true,
                };
                none.insert(of.engine.open(&options)?)
            }
        };
        if of.rate == of.engine.rate() {
            return stream.push(sound);
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(of.rate, of.engine.rate()).map_err(|error| {
                SpeechError::Failed {
                    engine: of.engine.info().id,
                    reason: error.to_string(),
                }
            })?),
        };
        stream.push(&resampler.push(sound))
    }
}
