//! Samples and what is done to them.
//!
//! Everything here is mono. Samples are `f32` in −1…1.

mod arrival_clock;
mod clip;
mod decode;
mod encode;
mod format;
mod join;
mod loudness;
mod peaks;
mod resample;
mod stretch;
mod tags;
mod trim;

pub use arrival_clock::ArrivalClock;
pub use clip::{Clip, InvalidRate, SampleRate, to_16_bits, zero_non_finite};
pub use decode::{
    Container, DECODE_WORKING_BYTES, DecodeError, DecodeLimits, DecodeMemory, DecodeOptions,
    Decoded, DecodedMemory, Track, a_law, decode, decode_at, decode_mono_wav, decode_with, mu_law,
};
pub use encode::{
    EncodeError, Encoder, FileEncoder, MemoryFile, Patch, WavTooLarge, encode_mono_wav,
    encode_whole, from_i16, to_i16,
};
pub use format::{Format, UnknownFormat};
pub use join::{Joiner, Pauses};
pub use loudness::{Loudness, loudness, normalize};
pub use peaks::peaks;
pub use resample::{ResampleError, Resampler, resample};
pub use stretch::{InvalidPitch, InvalidSpeed, Pitch, Speed, Stretcher};
pub use tags::Tags;
pub use trim::{sounding_range, trim_silence};
