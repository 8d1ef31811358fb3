//! From text of any length to one continuous audio stream.
//!
//! [`Synthesis::plan`] resolves the voice and splits the text, [`Synthesis::admit`] takes a permit
//! in the bounded queue, [`Synthesis::speak`] turns both into a [`SpeechStream`] of clips at 24
//! kHz. Dropping the stream stops the engine.

mod audio_chain;
mod backpressure;
mod chunk_job;
mod job;
mod metrics;
mod output_check;
mod plan;
mod queue;
mod resolve;
mod retry_buffer;
mod settings;
mod stream;
mod stream_sender;
mod style;
mod synthesis;
mod tagged_text;
mod task;
mod throughput;
mod timings;
mod voice_requirements;

pub use job::{Delivery, SpeechJob, VoiceChoice};
pub use metrics::names as metric_names;
pub use plan::Plan;
pub use queue::{Full, Permit};
pub use settings::{AliasSettings, SynthesisSettings};
pub use stream::{Progress, SpeechStream};
pub use style::{RealizedStyle, StyleMeans};
pub use synthesis::Synthesis;
pub use timings::Timings;

/// The errors of synthesis: an engine's error or one of the same kind. A full queue is [`Full`].
pub type SynthesisError = mynah_speech::SpeechError;
