//! From the bytes of a file to mono samples.
//!
//! The content decides, never a name. Every limit is enforced before memory is spent: from
//! headers where they state them, and again while decoding.

mod codec;
mod container;
mod elementary;
mod error;
mod flac;
mod lame;
mod matroska;
mod memory;
mod mp4;
mod mpeg;
mod ogg;
mod options;
mod sample_sink;
mod tracks;
mod wav;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

pub use codec::{a_law, mu_law};
pub use container::Container;
pub use error::DecodeError;
pub use memory::{DECODE_WORKING_BYTES, DecodeMemory, DecodedMemory};
pub use options::DecodeOptions;
pub use tracks::Track;
pub use wav::decode_mono_wav;

use crate::{Clip, SampleRate};
use sample_sink::SampleSink;

/// The most that one file may be. What decoding it takes at worst is `max_duration` of samples at
/// the file's own rate, four bytes each (at [`decode_at`], at the rate requested), and
/// [`DECODE_WORKING_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Bytes of the file. Default 25 MiB.
    pub max_bytes: usize,
    /// Length of the audio. Default 2 hours.
    pub max_duration: Duration,
    /// Channels, 1 or more. Default 8.
    pub max_channels: u16,
    /// Sample rate of the file. Default 192 kHz.
    pub max_rate: SampleRate,
}

/// The rate of the best converters, far above that of speech.
const MAX_RATE: SampleRate = match SampleRate::new(192_000) {
    Ok(rate) => rate,
    Err(_) => panic!("a rate within bounds"),
};

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_bytes: 25 * 1024 * 1024,
            max_duration: Duration::from_secs(2 * 60 * 60),
            max_channels: 8,
            max_rate: MAX_RATE,
        }
    }
}

/// A file that became audio.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The sound: the mean of all channels, or one of them where they cancel each other. Never
    /// empty; every sample is finite.
    pub clip: Clip,
    /// What the bytes were: `wav mp3 aac mp4 ogg flac webm`.
    pub container: &'static str,
    /// How many channels the file had.
    pub channels: u16,
    /// The audio tracks of the file, in containers that have any.
    pub tracks: Vec<Track>,
    /// What of the file is not in the audio, in sentences for its reader: other tracks, a last
    /// frame that is cut. ASCII.
    pub notices: Vec<String>,
    /// What the samples take of a shared [`DecodeMemory`]. Keep it as long as them.
    pub memory: DecodedMemory,
}

/// Decodes a file into mono samples at the file's own rate (Opus: 48 kHz).
///
/// # Errors
/// See [`DecodeError`]: each variant is something that the caller sent.
pub fn decode(bytes: impl AsRef<[u8]>, limits: &DecodeLimits) -> Result<Decoded, DecodeError> {
    decode_with(bytes, &DecodeOptions::new(*limits))
}

/// Decodes a file into mono samples at `rate`. Never holds the audio at the file's own rate,
/// which takes less memory than [`decode`] where that is higher.
///
/// # Errors
/// As [`decode`].
pub fn decode_at(
    bytes: impl AsRef<[u8]>,
    limits: &DecodeLimits,
    rate: SampleRate,
) -> Result<Decoded, DecodeError> {
    decode_with(bytes, &DecodeOptions::new(*limits).at(rate))
}

/// Decodes a file as [`DecodeOptions`] say.
///
/// # Errors
/// As [`decode`], and `Cancelled`.
pub fn decode_with(
    bytes: impl AsRef<[u8]>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, DecodeError> {
    let (bytes, limits) = (bytes.as_ref(), &options.limits);
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(DecodeError::TooManyBytes {
            bytes: bytes.len(),
            max_bytes: limits.max_bytes,
        });
    }
    let (container, start) = container::recognize(bytes)?;
    let reservation = options
        .memory
        .unwrap_or(&DecodeMemory::unbounded())
        .begin(options.cancelled)?;
    let mut sink = SampleSink::new(container, options, reservation);
    let here = &bytes[start..];
    match container {
        Container::Wav => wav::decode(here, &mut sink)?,
        Container::Mp3 | Container::Aac => {
            let joined = start > container::behind_tags(bytes);
            guarded(container, || elementary::decode(here, joined, &mut sink))?;
        }
        Container::Mp4 => guarded(container, || mp4::decode(here, &mut sink))?,
        Container::Ogg => guarded(container, || ogg::decode(here, &mut sink))?,
        Container::Flac => guarded(container, || flac::decode(here, &mut sink))?,
        Container::Webm => guarded(container, || matroska::decode(here, &mut sink))?,
    }
    sink.finish()
}

/// Runs what calls symphonia's decoders. That library forbids itself unsafe code but panics on some
/// damaged files (Vorbis codebooks whose values have no root are one way, its version is 0.6.1).
/// Whatever the work left half done is dropped by the caller, who returns the error.
fn guarded(
    container: Container,
    work: impl FnOnce() -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(container.malformed("its parts contradict each other")))
}
