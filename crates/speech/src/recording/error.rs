//! Why a recording cannot be used.

use super::{MAX_CLIPPED_FRACTION, MAX_SECONDS, MIN_SECONDS};

/// A recording that no voice can be made of. The caller is at fault.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InvalidRecording {
    /// It is no sound file that can be decoded.
    #[error("the reference cannot be decoded: {0}")]
    Undecodable(String),
    /// The file is too long, whatever is in it.
    #[error(
        "the reference is longer than {max_seconds} seconds; {}",
        accepted_length()
    )]
    FileTooLong {
        /// [`super::MAX_FILE_SECONDS`].
        max_seconds: u64,
    },
    /// There is no speech in it, or hardly any.
    #[error(
        "the reference has {spoken:.1} seconds of speech in {seconds:.1} seconds; {}",
        accepted_length()
    )]
    NoSpeech {
        /// Seconds with speech.
        spoken: f64,
        /// Seconds of the file.
        seconds: f64,
    },
    /// It is too short.
    #[error("{}", length(*.seconds))]
    TooShort {
        /// Seconds without the silence at its ends.
        seconds: f32,
    },
    /// It is too long.
    #[error("{}", length(*.seconds))]
    TooLong {
        /// Seconds without the silence at its ends.
        seconds: f32,
    },
    /// Too much of it is clipped.
    #[error(
        "{:.0} % of the reference is clipped, and up to {:.0} % is accepted; record it again with less gain",
        clipped_fraction * 100.0,
        MAX_CLIPPED_FRACTION * 100.0
    )]
    Clipped {
        /// The fraction of clipped samples, 0…1.
        clipped_fraction: f32,
    },
}

fn length(seconds: f32) -> String {
    format!(
        "the reference has {seconds:.1} seconds without the silence at its ends; {}",
        accepted_length()
    )
}

/// The end of every refusal by length.
fn accepted_length() -> String {
    format!("{MIN_SECONDS} to {MAX_SECONDS} seconds of one person speaking are right, best 5 to 20")
}
