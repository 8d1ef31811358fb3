//! The stages that work on one segment at a time, and have no state.

mod recognize;
mod speak;
mod translate;
mod voices;

pub(crate) use recognize::Recognize;
pub(crate) use speak::Speak;
pub(crate) use translate::Translate;
pub(crate) use voices::Voices;
