//! A segment of speech to its text.

use mynah_admission::ClientKey;
use mynah_audio::{Clip, SampleRate};
use mynah_bus::event::{Body, Event, Kind, TextRecognized, Times, now_ms};
use mynah_bus::identity::{self, SessionId};
use mynah_bus::wav;
use mynah_speech::{Cancel, Language, LanguageChoice};
use mynah_speech_translation::Interpreter;

use crate::failure::{Failure, ProcessError};
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Input, Stage, Worker};

/// Recognizes.
#[derive(Clone)]
pub(crate) struct Recognize {
    pub(crate) interpreter: Interpreter,
    /// What is spoken where a session does not say.
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
        let cancel = Cancel::new();
        let warm = self
            .interpreter
            .recognize_segment(silence, self.source.clone(), &cancel);
        warm.await.map(drop).map_err(|error| error.message)
    }
}

impl Worker for Recognize {
    async fn work(
        &mut self,
        input: &Input,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::SpeechSegment(segment) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a segment of speech").into());
        };
        let session = &input.event.session;
        let id = identity::event(session, Self::STAGE, segment.segment.start_sample, 0);
        if publisher.has(id) {
            crate::metrics::skipped(Self::STAGE, "published_before");
            return Ok(());
        }
        let started_at = now_ms();
        let bytes = publisher.fetch(&segment.audio).await?;
        let wav = tokio::task::spawn_blocking(move || wav::decode(&bytes));
        let wav = wav
            .await
            .map_err(|_| ProcessError::PartitionLost)?
            .map_err(|error| Failure::invalid("invalid_audio", error.to_string()))?;
        let rate = SampleRate::new(wav.rate)
            .map_err(|error| Failure::invalid("invalid_audio", error.to_string()))?;
        let source = match &segment.options.source {
            Some(tag) => tag.parse().map_err(|_| {
                Failure::invalid("invalid_language", "language_hint: not a language tag")
            })?,
            None => self.source.clone(),
        };
        let cancel = Cancel::new();
        let _stop = cancel.clone().drop_guard();
        let clip = Clip::new(rate, wav.samples);
        // Sessions take turns: which key one belongs to is not on the bus.
        let party = ClientKey::new(format!("session:{}", session.as_str()));
        let (transcript, language) = self
            .interpreter
            .for_client(party)
            .recognize_segment(clip, source, &cancel)
            .await?;
        let heard: Vec<f32> = transcript
            .words
            .iter()
            .filter_map(|word| word.confidence)
            .collect();
        let confidence = (!heard.is_empty())
            .then(|| (heard.iter().sum::<f32>() / heard.len() as f32).clamp(0.0, 1.0));
        let body = Body::TextRecognized(TextRecognized {
            segment: segment.segment,
            text: transcript.text.trim().to_owned(),
            // Nothing was said, so there was nothing to find a language by.
            language: language.map_or_else(|| Language::UNDETERMINED.to_owned(), String::from),
            confidence,
            options: segment.options.clone(),
            times: Times {
                received_at: Some(input.received_at),
                started_at: Some(started_at),
            },
        });
        publisher
            .publish(Event::new(session.clone(), Self::STAGE, body))
            .await
    }

    async fn idle(&mut self, _: &ResultPublisher) -> Result<(), ProcessError> {
        Ok(())
    }
}
