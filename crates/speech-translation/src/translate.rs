//! Translation: the text of a segment into another language.

use mynah_speech::{Cancel, Language};

use crate::Interpreter;
use crate::blocking::{blocking, query};
use crate::failure::{SegmentError, StageError};
use crate::route::{Direction, translator};
use crate::stage::StageName;

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
) -> Result<String, SegmentError> {
    let failed = |error: StageError| SegmentError::new(error, StageName::Translate);
    let found = query({
        let engines = interpreter.engines.clone();
        let (source, target) = (source.clone(), target.clone());
        move || translator(&engines, &source, &target)
    });
    let found = found.await.map_err(|error| failed(error.into()))?;
    let Some(Direction { engine, from, to }) = found else {
        return Ok(text.to_owned());
    };
    let (id, text) = (engine.info().id, text.to_owned());
    let limit = interpreter.settings.translate_limit();
    let work = move |cancel: &Cancel| {
        mynah_speech::translation::translate(&*engine, &text, &from, &to, cancel)
    };
    blocking(id, limit, cancel, &interpreter.permit, work)
        .await
        .map_err(failed)
}
