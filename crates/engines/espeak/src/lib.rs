//! Speech in many languages by espeak-ng, as a child process.
//!
//! espeak-ng is GPL: it is never linked, only run, one process an utterance. The text goes in by
//! its standard input and never by its arguments; sound comes out of its standard output.

mod child;
mod espeak;
mod listing;
mod query;
mod settings;
mod wav_stream;

pub use espeak::Espeak;
pub use settings::EspeakSettings;
