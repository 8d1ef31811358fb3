//! Engine calls on threads that may block.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use mynah_speech::{Cancel, EngineId, SpeechError};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::failure::StageError;

/// A permit, such as a slot of a request queue, that is held while any thread works for a client:
/// see [`crate::Interpreter::with_permit`].
pub(crate) type WorkPermit = Option<Arc<dyn Any + Send + Sync>>;

/// Runs an engine on a blocking thread, for at most `limit`. The token passed to `work` is
/// cancelled at the limit, when `cancel` is, or when this future is dropped; the thread ends when
/// the engine sees that, and drops `permit` only then. A panic is the engine's failure.
pub(crate) async fn blocking<T: Send + 'static>(
    engine: EngineId,
    limit: Duration,
    cancel: &Cancel,
    permit: &WorkPermit,
    work: impl FnOnce(&Cancel) -> Result<T, SpeechError> + Send + 'static,
) -> Result<T, StageError> {
    let token = cancel.child_token();
    let _stop = token.clone().drop_guard();
    let permit = permit.clone();
    let task = spawn_blocking(move || {
        let _permit = permit;
        work(&token)
    });
    match timeout(limit, task).await {
        Ok(Ok(result)) => Ok(result?),
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

/// Queries the capabilities of engines, which may open them, on a blocking thread.
pub(crate) async fn query<T: Send + 'static>(
    query: impl FnOnce() -> Result<T, SpeechError> + Send + 'static,
) -> Result<T, SpeechError> {
    match spawn_blocking(query).await {
        Ok(result) => result,
        Err(_) => Err(SpeechError::Failed {
            engine: EngineId::new("interpreter"),
            reason: "an engine panicked while its capabilities were queried".into(),
        }),
    }
}
