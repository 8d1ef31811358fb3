//! Floor 4: speech in one language to text and speech in another.
//!
//! Four stages make an interpreter: [detect], [recognize], [translate], [speak]. Each is a plain
//! piece that turns one event into some; none knows of queues, order, sessions or clients. One
//! runner gives them all of that, within this process: bounded queues for every session, several
//! segments at once, results in order, cancellation, time limits, and errors that end a segment
//! and not a session.
//!
//! [detect]: crate::SegmentHeader
//! [recognize]: mynah_speech::Recognizer
//! [translate]: mynah_speech::Translator
//! [speak]: mynah_synthesis::Synthesis

mod blocking;
mod clock;
mod detect;
mod event;
mod failure;
mod interpreter;
mod listen;
pub mod metrics;
mod preview;
mod recognize;
mod rejection;
mod route;
mod runner;
mod session;
mod session_sound;
mod settings;
mod single;
mod speak;
mod stage;
pub mod subtitles;
mod tap;
mod transcribe;
mod translate;

pub use event::{SegmentHeader, SegmentTimings, SessionEvent};
pub use failure::FailureCode;
pub use interpreter::Interpreter;
pub use route::Route;
pub use session::{SessionClosed, SessionEvents, SessionInput, SessionOptions};
pub use session_sound::{SESSION_RATE, session_sound};
pub use settings::{InterpreterSettings, InvalidInterpreterSettings};
pub use single::{SegmentError, SegmentSpeech};
pub use transcribe::{RecognizedSegment, Transcription};

/// What can go wrong before a session begins, or with a file: an engine's error, or one of the
/// same kind that names the languages and engines there are.
pub type InterpretError = mynah_speech::SpeechError;
