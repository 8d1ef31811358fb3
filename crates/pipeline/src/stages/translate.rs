//! A text to its translation.

use mynah_bus::event::{Body, Event, Kind, TextTranslated, Times, now_ms};
use mynah_bus::identity::{self, SessionId};
use mynah_speech::{Cancel, Language};
use mynah_speech_translation::Interpreter;

use crate::failure::{Failure, ProcessError};
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Input, Stage, Worker};

/// Translates.
#[derive(Clone)]
pub(crate) struct Translate {
    pub(crate) interpreter: Interpreter,
    /// What was spoken, for warming up.
    pub(crate) source: Language,
    /// Into which language where a session does not say.
    pub(crate) target: Language,
}

impl Stage for Translate {
    const STAGE: identity::Stage = identity::Stage::Translate;
    const INPUT: Kind = Kind::TextRecognized;
    const OUTPUTS: &'static [Kind] = &[Kind::TextTranslated, Kind::SessionStatus];
    const STATEFUL: bool = false;
    type Worker = Self;

    fn worker(&self, _: &SessionId, _: Option<Reset>) -> Self {
        self.clone()
    }

    async fn warm(&self) -> Result<(), String> {
        let cancel = Cancel::new();
        let warm = self
            .interpreter
            .translate_segment("hello", &self.source, &self.target, &cancel);
        warm.await.map(drop).map_err(|error| error.message)
    }
}

impl Worker for Translate {
    async fn work(
        &mut self,
        input: &Input,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::TextRecognized(recognized) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a recognized text").into());
        };
        let session = &input.event.session;
        let id = identity::event(session, Self::STAGE, recognized.segment.start_sample, 0);
        // Where nobody said a word there is nothing to translate.
        if recognized.text.trim().is_empty() {
            crate::metrics::skipped(Self::STAGE, "empty");
            return Ok(());
        }
        if publisher.has(id) {
            crate::metrics::skipped(Self::STAGE, "published_before");
            return Ok(());
        }
        let started_at = now_ms();
        let tag = |tag: &str, field| {
            tag.parse::<Language>().map_err(|_| {
                Failure::invalid("invalid_language", format!("{field}: not a language tag"))
            })
        };
        let from = tag(&recognized.language, "language")?;
        let to = match &recognized.options.target {
            Some(target) => tag(target, "target_language")?,
            None => self.target.clone(),
        };
        let cancel = Cancel::new();
        let _stop = cancel.clone().drop_guard();
        let text = self
            .interpreter
            .translate_segment(&recognized.text, &from, &to, &cancel)
            .await?;
        let body = Body::TextTranslated(TextTranslated {
            segment: recognized.segment,
            text,
            source_language: from.to_string(),
            target_language: to.to_string(),
            quality: None,
            options: recognized.options.clone(),
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
