//! Bare streams of frames: MP3 and AAC in ADTS, and several of them joined.
//!
//! They have no index and no end mark, so the frames of a part are walked before any is decoded:
//! that states their number, whether the limit on length holds, and whether the last one is cut. A
//! part ends where another begins: with frames of another rate or other channels, or with the tag
//! that stands first in many MP3 files.
//!
//! A file counts as truncated where that tag promises more frames than the last one that is cut. A
//! file without such a tag that was cut cannot be distinguished from a whole one.

mod frames;

use super::DecodeError;
use super::codec::{AacConfig, Codec, Decoder};
use super::lame::InfoTag;
use super::mpeg::{self, FrameHeader};
use super::sample_sink::SampleSink;
use frames::{End, Frames};

/// By how many frames a tag may be too large: some encoders count its own frame.
const TAG_TOLERANCE: u64 = 1;

/// Frames at the start of a stream that was joined in the middle which may need data of frames
/// before. What of them does not decode is silence.
const MAX_ORPHANS: u64 = 10;

/// How often streams may be joined.
const MAX_PARTS: usize = 10_000;

/// Decodes the frames at the start of `bytes`, which must begin with one. `joined` states whether
/// the stream was joined in the middle.
pub(super) fn decode(
    bytes: &[u8],
    joined: bool,
    sink: &mut SampleSink<'_>,
) -> Result<(), DecodeError> {
    let container = sink.container();
    let mut decoder: Option<(FrameHeader, Decoder)> = None;
    let (mut at, mut orphans) = (0, if joined { MAX_ORPHANS } else { 0 });
    for _ in 0..MAX_PARTS {
        let first = bytes.get(at..).and_then(FrameHeader::read);
        let first = first.ok_or_else(|| container.malformed("it begins with no frame"))?;
        if !first.plain || first.channels == 0 {
            return Err(container.unsupported("only AAC-LC with one block a frame is decoded"));
        }
        sink.begin(first.rate, usize::from(first.channels))?;
        let decoder = match &mut decoder {
            Some((header, decoder)) if header.same_stream(&first) => {
                decoder.reset();
                decoder
            }
            other => {
                let new = Decoder::new(container, &codec(&first))?;
                &mut other.insert((first, new)).1
            }
        };
        let end = part(bytes, at, first, &mut orphans, decoder, sink)?;
        match end {
            End::Part { next } => at = next,
            End::File => return Ok(()),
            End::Cut => {
                sink.cut("its last frame");
                return Ok(());
            }
            End::Junk { bytes } => {
                sink.notice(format!("{bytes} bytes behind its last frame are not audio"));
                return Ok(());
            }
            End::Damaged => return Err(container.malformed("a frame is damaged")),
        }
    }
    Err(container.unsupported(format!("it is joined of more than {MAX_PARTS} streams")))
}

/// Decodes the part that begins at `at` and returns how it ends.
fn part(
    bytes: &[u8],
    at: usize,
    first: FrameHeader,
    orphans: &mut u64,
    decoder: &mut Decoder,
    sink: &mut SampleSink<'_>,
) -> Result<End, DecodeError> {
    let container = sink.container();
    let mut frames = Frames::new(bytes, at, first);
    let tag = frames.tag();
    let mut counted = frames.clone();
    let count = counted.by_ref().count() as u64;
    let end = counted.end();
    if matches!(end, End::Damaged) {
        return Err(container.malformed("a frame is damaged"));
    }
    let lost = u64::from(matches!(end, End::Cut | End::Junk { .. }));
    let samples = count * u64::from(first.samples);
    let mut trim = (0, u64::MAX);
    if let Some(InfoTag {
        frames: promised,
        delay,
        padding,
    }) = tag
    {
        let promised = promised.map_or(count, u64::from);
        if count + lost + TAG_TOLERANCE < promised {
            let detail = format!("it promises {promised} frames and holds {count}");
            return Err(container.truncated(detail));
        }
        trim.0 = u64::from(delay);
        // Files joined end to end, the next one without a tag: then nothing is padding. Nor where
        // the frame with the padding is lost.
        if count <= promised && (lost == 0 || count == promised) {
            trim.1 = samples.saturating_sub(u64::from(padding));
        }
    }
    sink.expect(samples, first.rate)?;
    let (mut at, mut silence) = (0_u64, Vec::new());
    for frame in frames {
        let sound = match decoder.decode(frame) {
            Ok(sound) => (sound.channels, sound.samples),
            Err(_) if *orphans > 0 => {
                let channels = usize::from(first.channels);
                silence.resize(first.samples as usize * channels, 0.0);
                (channels, &silence[..])
            }
            Err(error) => return Err(error),
        };
        *orphans = orphans.saturating_sub(1);
        let (channels, samples) = sound;
        let here = (samples.len() / channels.max(1)) as u64;
        let from = trim.0.saturating_sub(at).min(here) as usize;
        let to = trim.1.saturating_sub(at).min(here) as usize;
        if from < to {
            sink.push(channels, &samples[from * channels..to * channels])?;
        }
        at += here;
    }
    Ok(end)
}

fn codec(first: &FrameHeader) -> Codec<'static> {
    let (rate, channels) = (first.rate, u16::from(first.channels));
    match first.codec {
        mpeg::MpegCodec::Layer2 => Codec::Mp2 { rate, channels },
        mpeg::MpegCodec::Layer3 => Codec::Mp3 { rate, channels },
        mpeg::MpegCodec::Aac => Codec::Aac(AacConfig::Plain { rate, channels }),
    }
}
