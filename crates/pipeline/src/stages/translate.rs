//! Translation over the bus: a text to its translation.

use mynah_bus::event::{Body, Event, Kind, TextTranslated};
use mynah_bus::identity::{self, SessionId};
use mynah_speech::{Cancel, Language};
use mynah_speech_translation::{Interpreter, translate};

use super::for_session;
use crate::failure::{Failure, ProcessError};
use crate::metrics;
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Stage, StageInput, Worker};

/// The translation stage.
#[derive(Clone)]
pub(crate) struct Translate {
    pub(crate) interpreter: Interpreter,
    /// The source language, for warming up.
    pub(crate) source: Language,
    /// The target language of sessions that do not name one.
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
        let (source, target) = (&self.source, &self.target);
        translate(&self.interpreter, "hello", source, target, &cancel)
            .await
            .map(drop)
            .map_err(|error| error.message)
    }
}

impl Worker for Translate {
    async fn work(
        &mut self,
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::TextRecognized(recognized) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a recognized text").into());
        };
        let session = &input.event.session;
        if recognized.text.trim().is_empty() {
            metrics::skipped(Self::STAGE, "empty");
            return Ok(());
        }
        if publisher.skip_published(session, recognized.segment) {
            return Ok(());
        }
        let times = input.begin();
        let language = |tag: &str, field| {
            tag.parse::<Language>().map_err(|_| {
                Failure::invalid("invalid_language", format!("{field}: not a language tag"))
            })
        };
        let source = language(&recognized.language, "language")?;
        let target = match &recognized.options.target {
            Some(target) => language(target, "target_language")?,
            None => self.target.clone(),
        };
        let cancel = Cancel::new();
        let _stop = cancel.clone().drop_guard();
        let interpreter = for_session(&self.interpreter, session);
        let translation =
            translate(&interpreter, &recognized.text, &source, &target, &cancel).await?;
        let body = Body::TextTranslated(TextTranslated {
            segment: recognized.segment,
            text: translation.text,
            source_language: source.to_string(),
            target_language: target.to_string(),
            quality: None,
            translators: translation
                .translators
                .iter()
                .map(ToString::to_string)
                .collect(),
            via: translation.via.map(String::from),
            options: recognized.options.clone(),
            times,
        });
        publisher
            .publish(Event::new(session.clone(), Self::STAGE, body))
            .await
    }
}
