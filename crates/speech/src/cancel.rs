//! How a caller says that the work is no longer wanted.

/// A token shared by the caller and the worker. Cloning shares it; `drop_guard()` cancels on drop.
pub type Cancel = tokio_util::sync::CancellationToken;
