//! The second stage: a segment of speech to its text.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_admission::{ClientKey, FairSemaphore};
use mynah_audio::resample;
use mynah_speech::{
    Cancel, Engines, Language, LanguageChoice, RecognitionOptions, Recognizer, SpeechError,
    Transcript,
};

use crate::blocking::{Held, blocking};
use crate::event::{HeardSegment, RecognizedText};
use crate::failure::StageError;
use crate::metrics;
use crate::rejection::{is_confident, may_be_speech};
use crate::stage::{Outlet, Stage, StageName};

/// Recognizes each segment with one decode of all of it.
pub(crate) struct Recognize {
    pub(crate) engine: Arc<dyn Recognizer>,
    /// Where the scorer is that tells what is no speech.
    pub(crate) engines: Engines,
    /// The mean confidence of its words that a segment must have.
    pub(crate) min_confidence: f32,
    pub(crate) language: LanguageChoice,
    /// Turns at recognizing, for all sessions. The parties that wait are served in turn.
    pub(crate) turns: FairSemaphore,
    /// Whose session it is.
    pub(crate) party: ClientKey,
    pub(crate) limit: Duration,
    /// Held as long as an engine works.
    pub(crate) held: Held,
}

impl Stage for Recognize {
    type In = HeardSegment;
    type Out = RecognizedText;
    const NAME: StageName = StageName::Recognize;

    async fn run(
        &self,
        event: HeardSegment,
        out: &Outlet<RecognizedText>,
        cancel: &Cancel,
    ) -> Result<(), StageError> {
        let HeardSegment { mut header, clip } = event;
        let asked = Instant::now();
        let turn = self.turns.acquire(&self.party).await;
        header.timings.queue += asked.elapsed();

        let began = Instant::now();
        let engine = Arc::clone(&self.engine);
        let options = RecognitionOptions {
            language: self.language.clone(),
            preview: false,
        };
        let transcript = blocking(engine.info().id, self.limit, cancel, &self.held, {
            let engine = Arc::clone(&engine);
            let (engines, least) = (self.engines.clone(), self.min_confidence);
            move |cancel| {
                // Held until the engine has really come back, even one that was given up.
                let _turn = turn;
                if !may_be_speech(&engines, &clip) {
                    metrics::rejected("sound");
                    return Ok(Transcript::default());
                }
                let clip = if clip.rate == engine.rate() {
                    clip
                } else {
                    resample(&clip, engine.rate())
                };
                let mut stream = engine.open(&options)?;
                stream.push(&clip.samples)?;
                let transcript = stream.finish(cancel)?;
                if is_confident(&transcript, least) {
                    return Ok(transcript);
                }
                metrics::rejected("confidence");
                Ok(Transcript::default())
            }
        })
        .await?;
        header.timings.recognize = began.elapsed();
        // Sound that the detector took for speech: no words, so nothing to say.
        if transcript.text.trim().is_empty() {
            return Ok(());
        }
        let language = self.spoken(&transcript)?;
        out.send(RecognizedText {
            header,
            transcript,
            language,
        })
        .await
    }
}

impl Recognize {
    /// What was spoken: as it was named, else as the engine found it.
    fn spoken(&self, transcript: &Transcript) -> Result<Language, SpeechError> {
        let named = self.language.named().or(transcript.language.as_ref());
        named.cloned().ok_or_else(|| SpeechError::Failed {
            engine: self.engine.info().id,
            reason: "it did not say which language it heard".into(),
        })
    }
}
