//! Voice activity by earshot.
