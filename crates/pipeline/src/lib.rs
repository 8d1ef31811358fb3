//! The stages of speech translation over a bus.
//!
//! A [`Pipeline`] runs any of the stages `vad`, `asr`, `translate` and `speak`, any number of
//! times, on any number of machines. The runner gives them delivery; [`DeadLetters`] are the
//! records that could not be processed.

mod dead_letter_admin;
mod dead_letter_headers;
mod detect;
mod failure;
pub mod init;
mod metrics;
mod pipeline;
mod preview;
mod runner;
mod settings;
mod stage;
mod stages;
pub mod startup;

pub use dead_letter_admin::{DeadLetter, DeadLetters};
pub use failure::{Failure, FailureClass, ProcessError};
pub use metrics::names as metric_names;
pub use pipeline::{Pipeline, PipelineParts};
pub use settings::PipelineSettings;
