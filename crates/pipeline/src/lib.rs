//! Floor 5: the interpreter's stages over a bus.
//!
//! A [`Pipeline`] runs any of the stages `vad`, `asr`, `translate` and `speak`, any number of
//! times, on any number of machines. The runner gives them delivery; [`Letters`] are for what
//! could not be delivered.

mod detect;
mod failure;
pub mod gate;
pub mod init;
mod letters;
mod metrics;
mod preview;
mod run;
mod runner;
mod settings;
mod sounds;
mod stage;
mod stages;

pub use failure::{Class, Failure, Stop};
pub use letters::{Letter, Letters};
pub use metrics::names as metric_names;
pub use run::{Pipeline, PipelineParts};
pub use settings::{InvalidPipelineSettings, PipelineSettings};
