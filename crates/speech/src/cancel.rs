//! How a caller cancels work.

/// A token shared by the caller and the worker. Cloning shares it; `drop_guard()` cancels on drop.
pub type Cancel = tokio_util::sync::CancellationToken;
