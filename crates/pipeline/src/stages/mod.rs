//! The stages that work on one segment at a time, and have no state.

mod recognize;
mod reference_cache;
mod synthesize;
mod translate;

pub(crate) use recognize::Recognize;
pub(crate) use reference_cache::ReferenceCache;
pub(crate) use synthesize::Synthesize;
pub(crate) use translate::Translate;
