//! Translation: the text of a segment into another language.

use mynah_speech::translation::TranslationRoute;
use mynah_speech::{Cancel, EngineId, Language};

use crate::Interpreter;
use crate::blocking::{blocking, query};
use crate::failure::{SegmentError, StageError};
use crate::route::translator;
use crate::stage::StageName;

/// The translation of a text, and the engines that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The translated text.
    pub text: String,
    /// The translators in the order of their steps; none where both languages are the same.
    pub translators: Vec<EngineId>,
    /// The language between two translators.
    pub via: Option<Language>,
}

/// Translates a text. Where both languages are the same the text stays as it is.
///
/// # Errors
/// [`SegmentError`] where no engine has the direction, of the engine, of one that takes longer
/// than the settings allow, or of a cancelled call.
pub async fn translate(
    interpreter: &Interpreter,
    text: &str,
    source: &Language,
    target: &Language,
    cancel: &Cancel,
) -> Result<Translation, SegmentError> {
    let failed = |error: StageError| SegmentError::new(error, StageName::Translate);
    let found = query({
        let engines = interpreter.engines.clone();
        let (source, target) = (source.clone(), target.clone());
        move || translator(&engines, &source, &target)
    });
    let found = found.await.map_err(|error| failed(error.into()))?;
    let Some(route) = found else {
        return Ok(Translation {
            text: text.to_owned(),
            translators: Vec::new(),
            via: None,
        });
    };
    let TranslationRoute {
        engine,
        from,
        to,
        via,
        engines: translators,
    } = route;
    let (id, text) = (engine.info().id, text.to_owned());
    let limit = interpreter.settings.translate_limit();
    let work = move |cancel: &Cancel| {
        mynah_speech::translation::translate(&*engine, &text, &from, &to, cancel)
    };
    let text = blocking(id, limit, cancel, &interpreter.permit, work)
        .await
        .map_err(failed)?;
    Ok(Translation {
        text,
        translators,
        via,
    })
}
