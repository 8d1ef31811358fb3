//! Recognition over the bus: a segment of speech to its text.

use mynah_audio::{Clip, SampleRate};
use mynah_bus::event::{Body, Event, Kind, TextRecognized};
use mynah_bus::identity::{self, SessionId};
use mynah_speech::{Cancel, Language, LanguageChoice};
use mynah_speech_translation::{Interpreter, SegmentError, recognize};

use super::for_session;
use crate::failure::{Failure, ProcessError};
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Stage, StageInput, Worker};

/// The recognition stage.
#[derive(Clone)]
pub(crate) struct Recognize {
    pub(crate) interpreter: Interpreter,
    /// The source language of sessions that do not name one.
    pub(crate) source: LanguageChoice,
}

impl Stage for Recognize {
    const STAGE: identity::Stage = identity::Stage::Recognize;
    const INPUT: Kind = Kind::SpeechSegment;
    const OUTPUTS: &'static [Kind] = &[Kind::TextRecognized, Kind::SessionStatus];
    const STATEFUL: bool = false;
    type Worker = Self;

    fn worker(&self, _: &SessionId, _: Option<Reset>) -> Self {
        self.clone()
    }

    async fn warm(&self) -> Result<(), String> {
        let silence = Clip::silence(SampleRate::HZ_16000, std::time::Duration::from_millis(300));
        let recognizer = self
            .interpreter
            .select_recognizer(self.source.clone())
            .await
            .map_err(|error| error.to_string())?;
        recognize(&self.interpreter, &recognizer, silence, &Cancel::new())
            .await
            .map(drop)
            .map_err(|error| error.message)
    }
}

impl Worker for Recognize {
    async fn work(
        &mut self,
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::SpeechSegment(speech) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a segment of speech").into());
        };
        let session = &input.event.session;
        if publisher.skip_published(session, speech.segment) {
            return Ok(());
        }
        let times = input.begin();
        let bytes = publisher.fetch(&speech.audio).await?;
        let clip = tokio::task::spawn_blocking(move || mynah_audio::decode_mono_wav(&bytes));
        let clip = clip
            .await
            .map_err(|_| ProcessError::PartitionLost)?
            .map_err(|error| Failure::invalid("invalid_audio", error.to_string()))?;
        let source = match &speech.options.source {
            Some(tag) => tag.parse().map_err(|_| {
                Failure::invalid("invalid_language", "language_hint: not a language tag")
            })?,
            None => self.source.clone(),
        };
        let interpreter = for_session(&self.interpreter, session);
        let recognizer = interpreter
            .select_recognizer(source)
            .await
            .map_err(SegmentError::of_recognizer)?;
        let cancel = Cancel::new();
        let _stop = cancel.clone().drop_guard();
        let recognition = recognize(&interpreter, &recognizer, clip, &cancel).await?;
        let body = Body::TextRecognized(TextRecognized {
            segment: speech.segment,
            text: recognition.transcript.text.trim().to_owned(),
            // A segment without words has no language to identify.
            language: recognition
                .language
                .map_or_else(|| Language::UNDETERMINED.to_owned(), String::from),
            confidence: recognition.transcript.mean_confidence(),
            recognizer: Some(recognizer.engine().id.to_string()),
            options: speech.options.clone(),
            times,
        });
        publisher
            .publish(Event::new(session.clone(), Self::STAGE, body))
            .await
    }
}
