//! The third stage: a text to its translation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_speech::{Cancel, Language, SpeechError, Translator};

use crate::blocking::blocking;
use crate::event::{RecognisedText, TranslatedText};
use crate::failure::StageError;
use crate::stage::{Outlet, Stage, StageName};

/// Translates each segment by itself.
#[derive(Clone)]
pub(crate) struct Translate {
    /// None where both languages are the same: the text stays as it is.
    pub(crate) engine: Option<Arc<dyn Translator>>,
    pub(crate) from: Language,
    pub(crate) to: Language,
    pub(crate) limit: Duration,
}

impl Translate {
    /// Translates a text.
    pub(crate) async fn text(&self, text: &str, cancel: &Cancel) -> Result<String, StageError> {
        let Some(engine) = &self.engine else {
            return Ok(text.to_owned());
        };
        let id = engine.info().id;
        let (engine, text) = (Arc::clone(engine), text.to_owned());
        let (from, to) = (self.from.clone(), self.to.clone());
        let translation = blocking(id, self.limit, cancel, move |cancel| {
            engine.translate(&text, &from, &to, cancel)
        })
        .await?;
        if translation.trim().is_empty() {
            let reason = "it gave an empty translation".into();
            return Err(SpeechError::Failed { engine: id, reason }.into());
        }
        Ok(translation)
    }
}

impl Stage for Translate {
    type In = RecognisedText;
    type Out = TranslatedText;
    const NAME: StageName = StageName::Translate;

    async fn run(
        &self,
        event: RecognisedText,
        out: &Outlet<TranslatedText>,
        cancel: &Cancel,
    ) -> Result<(), StageError> {
        let RecognisedText {
            mut header,
            transcript,
        } = event;
        let source = transcript.text;
        let began = Instant::now();
        let translation = self.text(&source, cancel).await?;
        if self.engine.is_some() {
            header.timings.translate = began.elapsed();
        }
        out.send(TranslatedText {
            header,
            source,
            translation,
        })
        .await
    }
}
