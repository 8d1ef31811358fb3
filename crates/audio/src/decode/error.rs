//! Why a file did not become audio.

use super::Container;

/// What every message about an unknown format offers instead.
const ACCEPTED: &str = "wav, mp3, aac (ADTS), m4a/mp4, ogg (Vorbis, Opus, FLAC), flac, webm/mkv";

/// Why a file did not become audio. The caller sent every one of these, but for `Cancelled` and
/// `Busy`; none is our failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The caller sent no bytes.
    #[error("the file is empty")]
    Empty,
    /// The caller sent more bytes than are taken.
    #[error("the file has {bytes} bytes; at most {max_bytes} are accepted")]
    TooManyBytes {
        /// How many there are.
        bytes: usize,
        /// How many are accepted.
        max_bytes: usize,
    },
    /// The caller sent more audio than is taken, by its headers or as decoded.
    #[error("the audio is longer than the {max_seconds} seconds that are accepted")]
    TooLong {
        /// How many seconds are accepted, rounded down.
        max_seconds: u64,
    },
    /// The caller sent more channels than are taken.
    #[error("the audio has {channels} channels; at most {max_channels} are accepted")]
    TooManyChannels {
        /// How many there are.
        channels: usize,
        /// How many are accepted.
        max_channels: u16,
    },
    /// The caller sent audio at a rate that no audio has, or higher than is taken.
    #[error("a sample rate of {hz} Hz is outside the {min_hz} to {max_hz} Hz that are accepted")]
    Rate {
        /// The rate in the file.
        hz: u32,
        /// The lowest rate accepted.
        min_hz: u32,
        /// The highest rate accepted.
        max_hz: u32,
    },
    /// The caller sent something that is not an audio file, whatever its name.
    #[error("not an audio file of a supported format; accepted are {ACCEPTED}")]
    UnknownFormat,
    /// The caller sent a known container with something inside that cannot be decoded.
    #[error("this {container} file cannot be decoded: {what}")]
    Unsupported {
        /// The container.
        container: Container,
        /// What it holds.
        what: String,
    },
    /// The caller sent a file that ends too early.
    #[error("the {container} file is truncated: {detail}")]
    Truncated {
        /// The container.
        container: Container,
        /// How it shows.
        detail: String,
    },
    /// The caller sent a file whose content contradicts itself or its format.
    #[error("the {container} file is damaged: {reason}")]
    Malformed {
        /// The container.
        container: Container,
        /// How it shows.
        reason: String,
    },
    /// The caller requested an audio track that the file does not have.
    #[error("the file has no audio track {number}; it has {tracks}")]
    NoTrack {
        /// The number requested, from 1.
        number: usize,
        /// Those that there are.
        tracks: String,
    },
    /// The result was no longer wanted.
    #[error("decoding was cancelled")]
    Cancelled,
    /// Other files take the memory that all decoding shares. Later there is some.
    #[error("other recordings take all memory for decoding; try again later")]
    Busy,
    /// The caller sent more audio than the memory that all decoding shares can hold.
    #[error("the audio takes more than the {max_bytes} bytes that all decoding may take")]
    TooMuchMemory {
        /// What all decoding may take, in bytes.
        max_bytes: usize,
    },
    /// The caller sent an audio file without a single sample.
    #[error("the {container} file holds no audio")]
    NoAudio {
        /// The container.
        container: Container,
    },
}

impl Container {
    pub(super) fn unsupported(self, what: impl Into<String>) -> DecodeError {
        DecodeError::Unsupported {
            container: self,
            what: what.into(),
        }
    }

    pub(super) fn truncated(self, detail: impl Into<String>) -> DecodeError {
        DecodeError::Truncated {
            container: self,
            detail: detail.into(),
        }
    }

    pub(super) fn malformed(self, reason: impl Into<String>) -> DecodeError {
        DecodeError::Malformed {
            container: self,
            reason: reason.into(),
        }
    }

    /// The error of the demultiplexing and decoding library. Its texts are constants.
    pub(super) fn library(self, error: symphonia::core::errors::Error) -> DecodeError {
        use std::io::ErrorKind;
        use symphonia::core::errors::Error;
        match error {
            Error::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => {
                self.truncated("it ends in the middle of its data")
            }
            Error::Unsupported(what) => self.unsupported(what),
            Error::DecodeError(reason) | Error::LimitError(reason) => self.malformed(reason),
            other => self.malformed(other.to_string()),
        }
    }
}
