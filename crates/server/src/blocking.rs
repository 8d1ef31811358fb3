//! Work that blocks, away from the async threads.

use crate::error::ApiError;

/// Runs work that waits or computes on a thread of its own kind, within the request's span.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| {
            // A panic in it is a bug like one in the handler.
            ApiError::internal(if error.is_panic() {
                "a blocking task panicked"
            } else {
                "stopping"
            })
        })
}
