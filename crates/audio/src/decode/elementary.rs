//! Bare streams of frames: MP3 and AAC in ADTS.
//!
//! They have no index and no end mark, so all frames are walked once before any is decoded:
//! that tells their number, whether the limit on length holds, and whether the last one is cut.
//!
//! A file counts as truncated when its last frame is not all there, or when the tag of its
//! first frame promises more frames. A file without such a tag that was cut exactly between
//! two frames cannot be told from a whole one.

use symphonia::core::audio::{Channels, layouts};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::{AacDecoder, MpaDecoder};

use super::DecodeError;
use super::container::id3v2_bytes;
use super::intake::Intake;
use super::lame::InfoTag;
use super::mpeg::{Codec, Header};

/// By how many frames a tag may promise too much: some encoders count its own frame.
const TAG_TOLERANCE: u64 = 1;

/// Decodes the frames at the start of `bytes`, which must begin with one.
pub(super) fn decode(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let first = Header::read(bytes).ok_or(DecodeError::UnknownFormat)?;
    let container = first.container();
    if !first.plain || first.channels == 0 {
        return Err(container.unsupported("only AAC-LC with one block a frame is decoded"));
    }
    intake.begin(first.rate, usize::from(first.channels))?;

    let mut frames = Frames {
        bytes,
        at: 0,
        first,
        cut: false,
    };
    let tag = bytes
        .get(..first.bytes)
        .and_then(|frame| InfoTag::read(frame, &first));
    if tag.is_some() {
        frames.next();
    }
    let start = frames.at;
    let count = frames.by_ref().count() as u64;
    if frames.cut {
        return Err(container.truncated("its last frame is not all there"));
    }
    let mut trim = (0, u64::MAX);
    if let Some(InfoTag {
        frames: promised,
        delay,
        padding,
    }) = tag
    {
        let promised = promised.map_or(count, u64::from);
        if count + TAG_TOLERANCE < promised {
            let detail = format!("it promises {promised} frames and holds {count}");
            return Err(container.truncated(detail));
        }
        // Files joined end to end keep only the first one's tag: then nothing is padding.
        if count <= promised {
            let samples = count * u64::from(first.samples);
            trim = (u64::from(delay), samples.saturating_sub(u64::from(padding)));
        }
    }
    intake.expect(count * u64::from(first.samples), first.rate)?;

    let mut decoder = decoder(&first).map_err(|error| container.library(error))?;
    let frames = Frames {
        bytes,
        at: start,
        first,
        cut: false,
    };
    let (mut at, mut samples) = (0_u64, Vec::new());
    for frame in frames {
        let packet = Packet::new(0, Timestamp::ZERO, Duration::from(first.samples), frame);
        let sound = decoder
            .decode(&packet)
            .map_err(|error| container.library(error))?;
        let channels = sound.spec().channels().count();
        sound.copy_to_vec_interleaved::<f32>(&mut samples);
        let here = (samples.len() / channels.max(1)) as u64;
        let from = trim.0.saturating_sub(at).min(here) as usize;
        let to = trim.1.saturating_sub(at).min(here) as usize;
        if from < to {
            intake.push(channels, &samples[from * channels..to * channels])?;
        }
        at += here;
    }
    Ok(())
}

fn decoder(first: &Header) -> Result<Box<dyn AudioDecoder>, symphonia::core::errors::Error> {
    let mut parameters = AudioCodecParameters::new();
    let channels = match first.channels {
        1 => layouts::CHANNEL_LAYOUT_MONO,
        2 => layouts::CHANNEL_LAYOUT_STEREO,
        more => Channels::Discrete(u16::from(more)),
    };
    parameters
        .with_sample_rate(first.rate)
        .with_channels(channels);
    let options = AudioDecoderOptions::default();
    Ok(match first.codec {
        Codec::Layer2 => Box::new(MpaDecoder::try_new(
            parameters.for_codec(CODEC_ID_MP2),
            &options,
        )?),
        Codec::Layer3 => Box::new(MpaDecoder::try_new(
            parameters.for_codec(CODEC_ID_MP3),
            &options,
        )?),
        Codec::Aac => Box::new(AacDecoder::try_new(
            parameters.for_codec(CODEC_ID_AAC),
            &options,
        )?),
    })
}

/// The payloads of one stream's frames, in order. Tags and damage between them are skipped.
struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    first: Header,
    /// Whether a frame was found that the file ends within.
    cut: bool,
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
            if let Some(header) = self.header(rest) {
                let Some(frame) = rest.get(header.head_bytes..header.bytes) else {
                    self.cut = true;
                    return None;
                };
                self.at += header.bytes;
                return Some(frame);
            }
            if rest.len() < Header::MAX_BYTES {
                // Too short for a header, but the beginning of one all the same.
                let known = &self.bytes[..rest.len().min(2)];
                self.cut = rest.starts_with(known);
                return None;
            }
            self.at = if let Some(length) = id3v2_bytes(rest) {
                self.at.saturating_add(length)
            } else if rest.starts_with(b"TAG") && rest.len() == 128 {
                return None;
            } else {
                self.at + self.resynchronise(rest)?
            };
        }
    }
}

impl Frames<'_> {
    fn header(&self, bytes: &[u8]) -> Option<Header> {
        Header::read(bytes).filter(|header| header.same_stream(&self.first))
    }

    /// How far away the next frame is that has another one behind it.
    fn resynchronise(&self, bytes: &[u8]) -> Option<usize> {
        (1..bytes.len()).find(|&at| {
            self.header(&bytes[at..])
                .and_then(|header| bytes.get(at + header.bytes..))
                .is_some_and(|behind| self.header(behind).is_some())
        })
    }
}
