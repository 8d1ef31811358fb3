//! The stages that work on one segment at a time, and have no state.

mod recognise;
mod speak;
mod translate;
mod voices;

pub(crate) use recognise::Recognise;
pub(crate) use speak::Speak;
pub(crate) use translate::Translate;
pub(crate) use voices::Voices;
