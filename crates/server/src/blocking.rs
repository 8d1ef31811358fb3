//! Blocking work, off the async threads.

use crate::error::ApiError;

/// Runs work as [`blocking`] does, which holds a value until it is done: a slot, so that it is not
/// free while the work of a client that has disconnected goes on.
pub(crate) async fn holding<H: Send + 'static, T: Send + 'static>(
    held: H,
    work: impl FnOnce(&H) -> T + Send + 'static,
) -> Result<(T, H), ApiError> {
    blocking(move || (work(&held), held)).await
}

/// Runs blocking work on a thread for it, within the request's span.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| {
            // A panic there is a defect like one in the handler.
            ApiError::internal(if error.is_panic() {
                "a blocking task panicked"
            } else {
                "the runtime is shutting down"
            })
        })
}
