//! Work that blocks, away from the async threads.

use crate::error::ApiError;

/// Runs work as [`blocking`] does, which holds something until it is done: a place, so that it is
/// not free while the work of a caller that hung up goes on.
pub(crate) async fn holding<H: Send + 'static, T: Send + 'static>(
    held: H,
    work: impl FnOnce(&H) -> T + Send + 'static,
) -> Result<(T, H), ApiError> {
    blocking(move || (work(&held), held)).await
}

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
