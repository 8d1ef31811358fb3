//! Why audio could not be encoded.

use crate::{Format, SampleRate};

/// One error for all encoders.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The caller requested a rate that the format does not have.
    #[error("{format} cannot hold {rate}; it holds {rates}. Resample first")]
    Rate {
        /// Which format.
        format: Format,
        /// The rate requested.
        rate: SampleRate,
        /// Those that would do, in words.
        rates: String,
    },
    /// The program was built without this encoder.
    #[error("this program was built without {format}; build it with the feature `{feature}`")]
    NotBuilt {
        /// Which format.
        format: Format,
        /// The crate feature that brings it.
        feature: &'static str,
    },
    /// The machine lacks a program that does the encoding.
    #[error(
        "{format} needs the program `{program}`, which is not installed; install the package `{package}`"
    )]
    Missing {
        /// Which format.
        format: Format,
        /// The program.
        program: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// The codec failed. The request is not at fault.
    #[error("the {format} encoder failed: {reason}")]
    Codec {
        /// Which format.
        format: Format,
        /// What happened.
        reason: String,
    },
}

impl EncodeError {
    /// A failure within a codec.
    #[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
    pub(super) fn codec(format: Format, reason: impl ToString) -> Self {
        Self::Codec {
            format,
            reason: reason.to_string(),
        }
    }
}
