//! Audio to bytes, while it is made.

mod aac;
mod error;
mod flac;
#[cfg(feature = "mp3")]
mod mp3;
mod ogg_opus;
mod pcm;
mod quantize;
mod wav;

pub use error::EncodeError;
pub use quantize::{from_i16, to_i16};
pub use wav::{WavTooLarge, encode_mono_wav};

use crate::{Clip, Format, SampleRate, Tags};

/// Where the bytes go, which decides what a header can state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// To a client that reads while encoding runs: nothing already sent can be changed.
    Stream,
    /// To a file or memory, where the header is corrected at the end.
    File,
}

/// One codec in its container. Gets clean samples only: finite and in −1…1.
trait CodecEncoder: Send {
    /// Encodes, and appends what is ready.
    fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Appends the rest, and returns what a [`Target::File`] must correct.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError>;
}

/// Bytes that replace others of the same number, once the end is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Where they go, counted from the first byte that the encoder gave.
    pub offset: u64,
    /// What they are.
    pub bytes: Vec<u8>,
}

/// A streaming encoder of mono audio. Blocking: encoding takes processor time, and aac waits for
/// a child process.
///
/// The bytes depend on the samples alone, not on how they were divided between pushes. NaN
/// becomes silence, and values beyond −1…1 are clipped.
///
/// What a push holds back, at 24 kHz: nothing (pcm, wav), a block of 48 ms (flac), a page of 100 ms
/// (opus; the first leaves after 20 ms), two frames of 24 ms (mp3), three frames of 43 ms (aac).
pub struct Encoder {
    codec: Box<dyn CodecEncoder>,
    /// The header, until the first push or the end takes it along.
    header: Vec<u8>,
    clean: Vec<f32>,
}

impl Encoder {
    /// An encoder for a client that reads while encoding runs. Lengths that a header states are unknown: `wav`
    /// says 0xFFFFFFFF, flac 0, and mp3 has no Info frame.
    ///
    /// # Errors
    /// `Rate` for a rate that the format cannot hold, `NotBuilt` for mp3 without its feature,
    /// `Missing` for aac without `ffmpeg`.
    pub fn new(format: Format, rate: SampleRate, tags: &Tags) -> Result<Self, EncodeError> {
        Self::for_target(format, rate, tags, Target::Stream)
    }

    fn for_target(
        format: Format,
        rate: SampleRate,
        tags: &Tags,
        target: Target,
    ) -> Result<Self, EncodeError> {
        if !format.holds(rate) {
            return Err(EncodeError::Rate {
                format,
                rate,
                rates: format.rates(),
            });
        }
        let mut header = Vec::new();
        let codec: Box<dyn CodecEncoder> = match format {
            Format::Pcm => Box::new(pcm::Pcm),
            Format::Wav => Box::new(wav::Wav::new(rate, tags, &mut header)),
            Format::Flac => Box::new(flac::Flac::new(rate, tags, &mut header)?),
            Format::Opus => Box::new(ogg_opus::OggOpus::new(rate, tags)?),
            #[cfg(feature = "mp3")]
            Format::Mp3 => Box::new(mp3::Mp3::new(rate, tags, target, &mut header)?),
            #[cfg(not(feature = "mp3"))]
            Format::Mp3 => {
                let _ = target;
                return Err(EncodeError::NotBuilt {
                    format,
                    feature: "mp3",
                });
            }
            Format::Aac => Box::new(aac::Aac::new(rate, tags, &mut header)?),
        };
        Ok(Self {
            codec,
            header,
            clean: Vec::new(),
        })
    }

    /// Takes the next samples and gives the bytes that are ready, perhaps none.
    ///
    /// # Errors
    /// `Codec` when the codec breaks; the encoder is of no use afterwards.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<u8>, EncodeError> {
        let mut out = std::mem::take(&mut self.header);
        self.clean.clear();
        self.clean
            .extend(samples.iter().map(|&sample| quantize::clean(sample)));
        self.codec.push(&self.clean, &mut out)?;
        Ok(out)
    }

    /// Returns the rest. Without a push before, the rest is a whole file without samples.
    ///
    /// # Errors
    /// `Codec` when the codec breaks.
    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        self.end().map(|(rest, _)| rest)
    }

    fn end(mut self) -> Result<(Vec<u8>, Vec<Patch>), EncodeError> {
        let mut out = std::mem::take(&mut self.header);
        let patches = self.codec.finish(&mut out)?;
        Ok((out, patches))
    }
}

/// An [`Encoder`] for a file: at the end its header is corrected, so that lengths are true, flac
/// has its checksum, and mp3 its Info frame, by which players leave out the codec's delay.
pub struct FileEncoder(Encoder);

impl FileEncoder {
    /// See [`Encoder::new`].
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn new(format: Format, rate: SampleRate, tags: &Tags) -> Result<Self, EncodeError> {
        Encoder::for_target(format, rate, tags, Target::File).map(Self)
    }

    /// See [`Encoder::push`].
    ///
    /// # Errors
    /// As [`Encoder::push`].
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<u8>, EncodeError> {
        self.0.push(samples)
    }

    /// Gives the rest, and what is to be written over bytes given before (or in the rest).
    ///
    /// # Errors
    /// As [`Encoder::finish`].
    pub fn finish(self) -> Result<(Vec<u8>, Vec<Patch>), EncodeError> {
        self.0.end()
    }
}

/// A file that is encoded in memory, its lengths true.
pub struct MemoryFile {
    encoder: FileEncoder,
    bytes: Vec<u8>,
}

impl MemoryFile {
    /// See [`Encoder::new`].
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn new(format: Format, rate: SampleRate, tags: &Tags) -> Result<Self, EncodeError> {
        Ok(Self {
            encoder: FileEncoder::new(format, rate, tags)?,
            bytes: Vec::new(),
        })
    }

    /// Encodes samples. Returns the size of the file so far.
    ///
    /// # Errors
    /// As [`Encoder::push`].
    pub fn push(&mut self, samples: &[f32]) -> Result<usize, EncodeError> {
        self.bytes.extend(self.encoder.push(samples)?);
        Ok(self.bytes.len())
    }

    /// The file.
    ///
    /// # Errors
    /// As [`Encoder::finish`].
    pub fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        let (rest, patches) = self.encoder.finish()?;
        self.bytes.extend(rest);
        for Patch { offset, bytes } in patches {
            let start = offset as usize;
            self.bytes[start..start + bytes.len()].copy_from_slice(&bytes);
        }
        Ok(self.bytes)
    }
}

/// The whole file of a clip, its lengths true.
///
/// # Errors
/// As [`Encoder::new`] and [`Encoder::push`].
pub fn encode_whole(clip: &Clip, format: Format, tags: &Tags) -> Result<Vec<u8>, EncodeError> {
    let mut file = MemoryFile::new(format, clip.rate, tags)?;
    file.push(&clip.samples)?;
    file.finish()
}

#[cfg(all(test, not(feature = "mp3")))]
mod tests {
    use super::*;

    #[test]
    fn without_lame_mp3_is_refused_and_the_feature_named() {
        let error = Encoder::new(Format::Mp3, SampleRate::HZ_24000, &Tags::new()).err();
        let error = error.expect("an error").to_string();
        let expected = "this program was built without mp3; build it with the feature `mp3`";
        assert_eq!(error, expected);
    }
}
