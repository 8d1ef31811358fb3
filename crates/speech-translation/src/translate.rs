//! The third stage: a text to its translation.

use std::time::{Duration, Instant};

use mynah_speech::translation::translate;
use mynah_speech::{Cancel, Engines, Language};

use crate::blocking::{Held, asking, blocking};
use crate::event::{RecognizedText, TranslatedText};
use crate::failure::StageError;
use crate::route::{Direction, translator};
use crate::stage::{Outlet, Stage, StageName};

/// Translates each segment by itself.
#[derive(Clone)]
pub(crate) struct Translate {
    pub(crate) engines: Engines,
    pub(crate) to: Language,
    pub(crate) limit: Duration,
    /// Held as long as an engine works.
    pub(crate) held: Held,
}

impl Translate {
    /// Translates a text. Where both languages are the same it stays as it is.
    pub(crate) async fn text(
        &self,
        text: &str,
        from: &Language,
        cancel: &Cancel,
    ) -> Result<String, StageError> {
        let found = asking({
            let (engines, from, to) = (self.engines.clone(), from.clone(), self.to.clone());
            move || translator(&engines, &from, &to)
        });
        let Some(Direction { engine, from, to }) = found.await? else {
            return Ok(text.to_owned());
        };
        let (id, text) = (engine.info().id, text.to_owned());
        blocking(id, self.limit, cancel, &self.held, move |cancel| {
            translate(&*engine, &text, &from, &to, cancel)
        })
        .await
    }
}

impl Stage for Translate {
    type In = RecognizedText;
    type Out = TranslatedText;
    const NAME: StageName = StageName::Translate;

    async fn run(
        &self,
        event: RecognizedText,
        out: &Outlet<TranslatedText>,
        cancel: &Cancel,
    ) -> Result<(), StageError> {
        let RecognizedText {
            mut header,
            transcript,
            language,
        } = event;
        let source = transcript.text;
        let began = Instant::now();
        let translation = self.text(&source, &language, cancel).await?;
        if !language.is_same_language(&self.to) {
            header.timings.translate = began.elapsed();
        }
        out.send(TranslatedText {
            header,
            source,
            source_language: language,
            translation,
        })
        .await
    }
}
