//! MP4, QuickTime and 3GP: boxes, tables, fragments (ISO/IEC 14496-12).
//!
//! Tables are never unpacked: they are read where they stand, and a packet is a slice of the file.
//! Packets together may not have more bytes than the file, so tables that name the same bytes again
//! and again cost nothing.

pub(super) mod boxes;
mod fragments;
mod movie;
mod sample_entry;
mod sample_table;

use std::time::Duration;

use super::codec::{Codec, Decoder};
use super::sample_sink::SampleSink;
use super::tracks;
use super::{Container, DecodeError};
use boxes::Mp4Box;
use fragments::Defaults;
use movie::{Edit, Mp4Track, scale};
use sample_table::{Sample, SampleTable};

const CONTAINER: Container = Container::Mp4;

/// Decodes the chosen audio track. Offsets count from the start of `bytes`.
pub(super) fn decode(bytes: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    let moov = find_moov(bytes)?;
    let all = movie::tracks(moov)?;
    let (sounds, candidates): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(|track| track.is_audio)
        .map(|track| (track, track.candidate()))
        .unzip();
    if sounds.is_empty() {
        return Err(tracks::no_known_codec(CONTAINER));
    }
    let track = sounds[tracks::select(&candidates, sink)?];
    let Some(codec) = &track.codec else {
        return Err(tracks::no_known_codec(CONTAINER));
    };
    let edits = match *codec {
        // Without edits the codec's own header states what to drop.
        Codec::Opus(head) if track.edits == [Edit::WHOLE] => vec![Edit {
            media_start: u64::from(head.pre_skip) * u64::from(track.timescale) / 48_000,
            ..Edit::WHOLE
        }],
        _ => track.edits.clone(),
    };
    let block = match *codec {
        Codec::Pcm {
            encoding, channels, ..
        } => Some(encoding.bytes() * usize::from(channels)),
        _ => None,
    };
    if let Some((rate, channels)) = codec.shape() {
        sink.begin(rate, channels)?;
    }
    let mut reader = Reader {
        bytes,
        track,
        edits,
        decoder: Decoder::new(CONTAINER, codec)?,
        padded: !matches!(codec, Codec::Alac(_) | Codec::Flac(_) | Codec::Pcm { .. }),
        start: earliest(bytes, &all),
        used: 0,
        edit: 0,
        position: None,
    };
    let mut table = SampleTable::new(track.table, block)?;
    while let Some(sample) = table.next() {
        if reader.sample(sample, sink)?.is_missing() {
            if !sample.last {
                return Err(CONTAINER.truncated("its samples reach beyond its end"));
            }
            sink.cut("its last frame");
        }
    }
    if table.left() > 0 {
        return Err(CONTAINER.malformed("its tables do not say where all samples are"));
    }
    reader.fragments(moov, sink)
}

fn find_moov(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let mut left = bytes;
    while let Some(here) = Mp4Box::read(left) {
        match (&here.name, here.missing) {
            (b"moov", 0) => return Ok(here.body),
            (b"moov" | b"mdat", 1..) => {
                let name = String::from_utf8_lossy(&here.name).into_owned();
                return Err(CONTAINER.truncated(format!("its {name} box is not all there")));
            }
            _ => left = here.rest,
        }
    }
    Err(CONTAINER.truncated("its moov box is missing"))
}

/// When the first of all tracks begins, in nanoseconds: the start of the audio's time.
fn earliest(bytes: &[u8], all: &[Mp4Track<'_>]) -> Duration {
    let first = all.iter().map(|track| {
        let fragment = boxes::all(bytes)
            .filter(|(name, _)| name == b"moof")
            .take(8)
            .find_map(|(_, moof)| fragments::decode_time(moof, track.id));
        track.starts_at(fragment.unwrap_or(0).max(track.edits[0].media_start))
    });
    Duration::from_nanos(first.min().unwrap_or(0))
}

/// Reads packets of the chosen track and hands on their audio.
struct Reader<'a> {
    bytes: &'a [u8],
    track: &'a Mp4Track<'a>,
    edits: Vec<Edit>,
    decoder: Decoder,
    /// Whether the encoder fills its last packet: others hold what was recorded.
    padded: bool,
    /// The time at which the file begins.
    start: Duration,
    /// Bytes of packets so far.
    used: u64,
    /// The edit that is presented.
    edit: usize,
    /// The place of the next decoded sample within the media, in samples.
    position: Option<u64>,
}

/// Whether a packet was there.
#[derive(Clone, Copy)]
enum Outcome {
    Taken,
    Missing,
}

impl Outcome {
    const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl Reader<'_> {
    fn sample(
        &mut self,
        sample: Sample,
        sink: &mut SampleSink<'_>,
    ) -> Result<Outcome, DecodeError> {
        let end = sample.offset.checked_add(sample.bytes);
        let range = end.and_then(|end| {
            let (from, to) = (
                usize::try_from(sample.offset).ok()?,
                usize::try_from(end).ok()?,
            );
            self.bytes.get(from..to)
        });
        let Some(packet) = range else {
            return Ok(Outcome::Missing);
        };
        self.used += sample.bytes;
        if self.used > self.bytes.len() as u64 {
            return Err(CONTAINER.malformed("its tables name the same bytes again"));
        }
        if packet.is_empty() {
            sink.check_cancelled()?;
            return Ok(Outcome::Taken);
        }
        let mut keep = None;
        for piece in packet.chunks(self.decoder.max_packet_bytes()) {
            let sound = self.decoder.decode(piece)?;
            let (rate, channels) = (sound.rate, sound.channels);
            sink.begin(rate, channels)?;
            let frames = (sound.samples.len() / channels.max(1)) as u64;
            let at = to_samples(scale(sample.time, self.track.timescale), rate);
            let position = match self.position {
                // Times that jump ahead are a pause; else packets follow each other.
                Some(position) if keep.is_some() || !jumps(position, at, rate) => position,
                _ => at,
            };
            // The last packet of a track states by its duration what of it is padding.
            let length = to_samples(scale(sample.duration, self.track.timescale), rate);
            let left = *keep.get_or_insert(if self.padded && sample.last && length > 0 {
                length
            } else {
                u64::MAX
            });
            let frames = frames.min(left);
            keep = Some(left - frames);
            let samples = &sound.samples[..frames as usize * channels];
            self.position = Some(position + frames);
            let piece = Piece {
                rate,
                channels,
                samples,
            };
            let timeline = Timeline {
                edits: &self.edits,
                timescale: self.track.timescale,
                start: self.start,
            };
            timeline.present(&mut self.edit, position, piece, sink)?;
        }
        Ok(Outcome::Taken)
    }

    /// Goes through the fragments behind the movie.
    fn fragments(&mut self, moov: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
        let defaults = Defaults::read(moov, self.track.id);
        let (mut left, mut time) = (self.bytes, 0);
        while let Some(here) = Mp4Box::read(left) {
            let at = (self.bytes.len() - left.len()) as u64;
            left = here.rest;
            if here.name != *b"moof" {
                continue;
            }
            if here.missing > 0 {
                sink.cut("its last fragment");
                break;
            }
            // The last fragment may be cut; one that is followed by another is damaged.
            let is_last = !boxes::all(left).any(|(name, _)| name == *b"moof");
            let id = self.track.id;
            let mut take = |sample| self.sample(sample, sink);
            let outcome = fragments::samples(here.body, at, id, defaults, &mut time, &mut take)?;
            if outcome.is_missing() {
                if !is_last {
                    return Err(CONTAINER.truncated("the samples of a fragment are not there"));
                }
                sink.cut("its last fragment");
            }
        }
        Ok(())
    }
}

/// Decoded samples of one packet.
#[derive(Clone, Copy)]
struct Piece<'a> {
    rate: u32,
    channels: usize,
    samples: &'a [f32],
}

/// When the media of the chosen track is presented.
struct Timeline<'a> {
    edits: &'a [Edit],
    timescale: u32,
    start: Duration,
}

impl Timeline<'_> {
    /// Hands on those of the samples, which stand at `position` in the media, that an edit presents.
    fn present(
        &self,
        edit: &mut usize,
        mut position: u64,
        piece: Piece<'_>,
        sink: &mut SampleSink<'_>,
    ) -> Result<(), DecodeError> {
        let Piece {
            rate,
            channels,
            mut samples,
        } = piece;
        while !samples.is_empty() {
            let Some(&Edit {
                media_start,
                length,
                at,
            }) = self.edits.get(*edit)
            else {
                return sink.count((samples.len() / channels) as u64);
            };
            let begin = to_samples(scale(media_start, self.timescale), rate);
            let end = length.map_or(u64::MAX, |length| {
                begin.saturating_add(to_samples(length, rate))
            });
            let frames = (samples.len() / channels) as u64;
            let early = begin.saturating_sub(position).min(frames);
            let stay = end.saturating_sub(position).clamp(early, frames);
            let now = &samples[early as usize * channels..stay as usize * channels];
            if !now.is_empty() {
                let late = scale(position + early - begin, rate);
                let time = Duration::from_nanos(at.saturating_add(late));
                sink.stage(channels, now)?;
                sink.seek_to(time.saturating_sub(self.start))?;
                sink.take_staged()?;
            }
            if stay == frames {
                // Decoding what no edit presents takes time all the same.
                return if now.is_empty() {
                    sink.count(frames)
                } else {
                    Ok(())
                };
            }
            // What the next edit begins with may stand before the end of this one.
            *edit += 1;
            samples = &samples[stay as usize * channels..];
            position += stay;
        }
        Ok(())
    }
}

fn to_samples(nanoseconds: u64, rate: u32) -> u64 {
    // Rounded, since times were rounded down on their way here.
    let samples = (u128::from(nanoseconds) * u128::from(rate) + 500_000_000) / 1_000_000_000;
    u64::try_from(samples).unwrap_or(u64::MAX)
}

fn jumps(position: u64, at: u64, rate: u32) -> bool {
    at.checked_sub(position)
        .is_some_and(|later| SampleSink::is_pause(later, rate))
}
