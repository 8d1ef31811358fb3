//! Translation of speech in one language to text and speech in another.
//!
//! A detector cuts audio into segments; [`recognize()`], [`translate()`] and [`synthesize()`] are
//! plain functions that work on one segment. Within this process a runner gives them bounded queues
//! for every session, several segments at once, results in order, cancellation, time limits, and
//! errors that end one segment and not the session. A runner over a bus calls the same functions.

mod blocking;
mod detect;
mod detector_task;
mod event;
mod failure;
mod interpreter;
pub mod metrics;
mod preview;
mod recognize;
mod rejection;
mod route;
mod runner;
mod session;
mod session_audio;
mod session_stages;
mod settings;
mod stage;
pub mod subtitles;
mod synthesize;
mod transcribe;
mod translate;

pub use event::{SegmentEngines, SegmentTimings, SessionEvent};
pub use failure::{FailureCode, SegmentError};
pub use interpreter::Interpreter;
pub use recognize::{Recognition, SelectedRecognizer, recognize};
pub use route::Route;
pub use session::{SessionClosed, SessionEvents, SessionInput, SessionOptions};
pub use session_audio::{SESSION_RATE, session_audio};
pub use settings::InterpreterSettings;
pub use synthesize::{SegmentSpeech, SpeechOptions, synthesize};
pub use transcribe::{RecognizedSegment, Transcription};
pub use translate::{Translation, translate};

/// What can go wrong before a session begins, or with a recording: an engine's error, or one of the
/// same kind that lists the languages and engines there are.
pub type InterpretError = mynah_speech::SpeechError;
