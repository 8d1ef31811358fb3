//! The stages of speech translation over a bus.
//!
//! A [`Pipeline`] runs any of the stages `vad`, `asr`, `translate` and `speak`, any number of
//! times, on any number of machines. The runner gives them delivery; [`DeadLetters`] are the
//! records that could not be processed.

mod dead_letters;
mod detect;
mod failure;
pub mod init;
mod metrics;
mod preview;
mod run;
mod runner;
mod settings;
mod stage;
mod stages;
pub mod startup;

pub use dead_letters::{DeadLetter, DeadLetters};
pub use failure::{Failure, FailureClass, ProcessError};
pub use metrics::names as metric_names;
pub use run::{Pipeline, PipelineParts};
pub use settings::{InvalidPipelineSettings, PipelineSettings};
