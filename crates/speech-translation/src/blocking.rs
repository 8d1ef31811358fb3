//! Engines on threads where they may block.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use mynah_speech::{Cancel, EngineId, SpeechError};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::failure::StageError;

/// What is held as long as any thread works for a client, such as a place among requests: see
/// [`crate::Interpreter::holding`].
pub(crate) type Held = Option<Arc<dyn Any + Send + Sync>>;

/// Lets an engine work, for so long at most. The token that it gets is cancelled when the time is
/// up, when `cancel` is, or when this future is dropped; the thread ends when the engine sees it,
/// and drops `held` only then. A panic is the engine's failure.
pub(crate) async fn blocking<T: Send + 'static>(
    engine: EngineId,
    limit: Duration,
    cancel: &Cancel,
    held: &Held,
    work: impl FnOnce(&Cancel) -> Result<T, SpeechError> + Send + 'static,
) -> Result<T, StageError> {
    let token = cancel.child_token();
    let _stop = token.clone().drop_guard();
    let held = held.clone();
    let working = spawn_blocking(move || {
        let _held = held;
        work(&token)
    });
    match timeout(limit, working).await {
        Ok(Ok(end)) => Ok(end?),
        Ok(Err(join)) => {
            let reason = if join.is_panic() {
                "it panicked"
            } else {
                "it was shut down"
            };
            Err(SpeechError::Failed {
                engine,
                reason: reason.into(),
            }
            .into())
        }
        Err(_) => Err(StageError::Timeout { engine, limit }),
    }
}

/// Asks engines about themselves, which may open them, where blocking is allowed.
pub(crate) async fn asking<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, SpeechError> + Send + 'static,
) -> Result<T, SpeechError> {
    match spawn_blocking(question).await {
        Ok(answer) => answer,
        Err(_) => Err(SpeechError::Failed {
            engine: EngineId::new("interpreter"),
            reason: "an engine broke while it was asked what it can do".into(),
        }),
    }
}
