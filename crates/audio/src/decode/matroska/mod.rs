//! Matroska and WebM (RFC 9559): elements in the order of the file, blocks as they come.
//!
//! Nothing is kept but slices of the tracks' headers. Tags, attachments, cues and whatever else is
//! passed over by its size. Segments and clusters are entered, so that those without a size (a
//! recording that was streamed) are read like the others; several segments follow each other.

mod block;
mod element;
mod ids;
mod track;

use std::borrow::Cow;
use std::time::Duration;

use super::codec::{Codec, Decoder};
use super::sample_sink::SampleSink;
use super::tracks;
use super::{Container, DecodeError};
use block::Block;
use element::{Element, all, child};
use track::MatroskaTrack;

const CONTAINER: Container = Container::Webm;

/// The most bytes that an identifier and a size take.
const MAX_HEAD_BYTES: usize = 4 + 8;

/// A longer distance between two blocks is a pause, in nanoseconds.
const MAX_BLOCK_LENGTH: i64 = 500_000_000;

/// Times and lengths are rounded to this.
const ROUNDING: Duration = Duration::from_millis(50);

/// Staged samples are taken before their block ends once there are this many: 4 MB.
const MAX_STAGED_SAMPLES: usize = 1 << 20;

/// Decodes the chosen audio track of all segments, one after the other.
pub(super) fn decode(bytes: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    let mut left = bytes;
    let mut segment = Segment::default();
    while !left.is_empty() {
        let Some(element) = Element::read(left) else {
            if left.iter().all(|&byte| byte == 0) {
                break;
            }
            if left.len() >= MAX_HEAD_BYTES {
                return Err(CONTAINER.malformed("something else stands between its elements"));
            }
            segment.is_cut = true;
            break;
        };
        let mut passed = element.bytes();
        match element.id {
            ids::SEGMENT => {
                segment.end(sink)?;
                let end = bytes.len() - left.len() + element.bytes();
                segment = Segment {
                    before: sink.position(),
                    promised: element.sized.then_some(end as u64 + element.missing),
                    is_cut: element.missing > 0,
                    track_index: segment.track_index,
                    ..Segment::default()
                };
                passed = element.head_bytes;
            }
            ids::CLUSTER => {
                segment.time = 0;
                passed = element.head_bytes;
            }
            _ if element.missing > 0 => {
                segment.cut(&element)?;
                break;
            }
            _ if !element.sized => {
                return Err(CONTAINER.malformed("an element has no size"));
            }
            ids::INFO => segment.info(element.body),
            ids::TRACKS if segment.sound.is_none() => segment.tracks(element.body, sink)?,
            ids::TIMESTAMP => segment.time = element.number().unwrap_or(0),
            ids::SIMPLE_BLOCK => segment.block(element.body, 0, sink)?,
            ids::BLOCK_GROUP => {
                let padding = child(element.body, ids::DISCARD_PADDING);
                let padding = padding.and_then(|padding| padding.signed()).unwrap_or(0);
                let block = all(element.body).find(|inner| inner.id == ids::BLOCK);
                let block = block.ok_or_else(|| CONTAINER.malformed("a block is damaged"))?;
                segment.block(block.body, padding, sink)?;
            }
            _ => {}
        }
        left = &left[passed..];
    }
    if segment.sound.is_none() && segment.track_index.is_none() {
        return Err(if segment.is_cut {
            CONTAINER.truncated("it ends within its headers")
        } else {
            tracks::no_known_codec(CONTAINER)
        });
    }
    segment.end(sink)
}

/// What is known of a segment while its elements go by.
struct Segment<'a> {
    /// Where it begins in the audio.
    before: Duration,
    /// Where it should end in the file.
    promised: Option<u64>,
    is_cut: bool,
    /// Whether audio was lost at the end.
    lost_block: bool,
    /// Nanoseconds of a unit of time.
    scale: u64,
    /// Its length in units, where it states so.
    length: Option<f64>,
    /// The cluster's time, in units.
    time: u64,
    /// The first and the last time of any block, in nanoseconds.
    first: Option<i64>,
    last: i64,
    /// The longest distance between two blocks of the audio, in nanoseconds.
    block_length: i64,
    last_sound: i64,
    sound: Option<TrackDecoder<'a>>,
    track_index: Option<usize>,
}

struct TrackDecoder<'a> {
    track: MatroskaTrack<'a>,
    decoder: Decoder,
    /// What the encoder put first, in nanoseconds: times of packets include it.
    delay: u64,
    /// Nanoseconds of that which are still to be dropped.
    delay_left: u64,
}

impl Default for Segment<'_> {
    fn default() -> Self {
        Self {
            before: Duration::ZERO,
            promised: None,
            is_cut: false,
            lost_block: false,
            scale: 1_000_000,
            length: None,
            time: 0,
            first: None,
            last: 0,
            block_length: 0,
            last_sound: 0,
            sound: None,
            track_index: None,
        }
    }
}

impl<'a> Segment<'a> {
    fn info(&mut self, body: &[u8]) {
        let scale = child(body, ids::TIMESTAMP_SCALE).and_then(|scale| scale.number());
        self.scale = scale.filter(|scale| *scale > 0).unwrap_or(1_000_000);
        self.length = child(body, ids::DURATION).and_then(|length| length.float());
    }

    fn tracks(&mut self, body: &'a [u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
        let mut sounds = track::tracks(body)?;
        sounds.retain(|track| track.is_audio);
        if sounds.is_empty() {
            return Err(tracks::no_known_codec(CONTAINER));
        }
        let index = match self.track_index {
            Some(index) if index < sounds.len() => index,
            _ => {
                let candidates: Vec<_> = sounds.iter().map(MatroskaTrack::candidate).collect();
                tracks::select(&candidates, sink)?
            }
        };
        self.track_index = Some(index);
        let track = sounds.swap_remove(index);
        let Some(codec) = &track.codec else {
            return Err(tracks::no_known_codec(CONTAINER));
        };
        if let Some((rate, channels)) = codec.shape() {
            sink.begin(rate, channels)?;
        }
        let delay = match codec {
            Codec::Opus(head) if track.delay == 0 => {
                u64::from(head.pre_skip) * 1_000_000_000 / 48_000
            }
            _ => track.delay,
        };
        self.sound = Some(TrackDecoder {
            decoder: Decoder::new(CONTAINER, codec)?,
            delay,
            delay_left: delay,
            track,
        });
        Ok(())
    }

    fn block(
        &mut self,
        body: &[u8],
        padding: i64,
        sink: &mut SampleSink<'_>,
    ) -> Result<(), DecodeError> {
        let damaged = || CONTAINER.malformed("a block is damaged");
        let block = Block::read(body).ok_or_else(damaged)?;
        let units = i128::from(self.time) + i128::from(block.time);
        let time = i64::try_from(units * i128::from(self.scale)).map_err(|_| damaged())?;
        let first = *self.first.get_or_insert(time);
        self.last = self.last.max(time);
        let Some(sound) = &mut self.sound else {
            return Ok(());
        };
        if block.track != sound.track.number {
            self.first = Some(first.min(time));
            return Ok(());
        }
        let distance = time.saturating_sub(self.last_sound);
        self.block_length = self.block_length.max(distance.min(MAX_BLOCK_LENGTH));
        self.last_sound = time;
        // Where the packet stands from the segment's first block on; before it begins nothing.
        let at = i128::from(time) - i128::from(first) - i128::from(sound.delay);
        let at = at + i128::from(sound.delay - sound.delay_left);
        let mut at =
            Some(self.before + Duration::from_nanos(u64::try_from(at.max(0)).unwrap_or(0)));
        for packet in block.packets().ok_or_else(damaged)? {
            let packet = if sound.track.prefix.is_empty() {
                Cow::Borrowed(packet)
            } else {
                Cow::Owned([sound.track.prefix, packet].concat())
            };
            for piece in packet.chunks(sound.decoder.max_packet_bytes()) {
                let decoded = sound.decoder.decode(piece)?;
                sink.begin(decoded.rate, decoded.channels)?;
                sink.stage(decoded.channels, decoded.samples)?;
                if sink.staged() > MAX_STAGED_SAMPLES {
                    sound.take(&mut at, 0, sink)?;
                }
            }
        }
        sound.take(&mut at, padding, sink)
    }

    /// An element that the file ends within. Those that hold no audio may be missing.
    fn cut(&mut self, element: &Element<'_>) -> Result<(), DecodeError> {
        self.is_cut = true;
        match element.id {
            ids::SIMPLE_BLOCK | ids::BLOCK_GROUP => {
                let another = ids::CLUSTER.to_be_bytes();
                if element.body.windows(4).any(|four| four == another) {
                    return Err(CONTAINER.malformed("a block is damaged"));
                }
                self.lost_block = true;
                Ok(())
            }
            ids::CUES
            | ids::TAGS
            | ids::VOID
            | ids::CRC_32
            | ids::CHAPTERS
            | ids::ATTACHMENTS
            | ids::SEEK_HEAD
            | ids::TIMESTAMP
            | ids::EBML => Ok(()),
            _ => Err(CONTAINER.truncated("an element is not all there")),
        }
    }

    /// What is left at the end, and whether all of it came.
    fn end(&mut self, sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
        sink.take_staged()?;
        if !self.is_cut {
            return Ok(());
        }
        let last = Duration::from_nanos(u64::try_from(self.last).unwrap_or(0));
        let length = self.length.filter(|length| *length > 0.0).map(|length| {
            Duration::try_from_secs_f64(length * self.scale as f64 / 1e9).unwrap_or(Duration::MAX)
        });
        // The last block that is there, and the one that is lost.
        let block = Duration::from_nanos(u64::try_from(self.block_length).unwrap_or(0));
        match (length, self.promised) {
            (Some(length), _) if length > last + 2 * block + ROUNDING => {
                Err(CONTAINER.truncated(format!(
                    "of its {:.1} s there are {:.1}",
                    length.as_secs_f64(),
                    last.as_secs_f64()
                )))
            }
            (None, Some(_)) => Err(CONTAINER.truncated("its segment is not all there")),
            _ => {
                if self.lost_block {
                    sink.cut("its last block");
                }
                Ok(())
            }
        }
    }
}

impl TrackDecoder<'_> {
    /// Takes what is staged, at `at` where that is known, without what the encoder put first and
    /// without so many nanoseconds of padding at the end (before the start where negative).
    fn take(
        &mut self,
        at: &mut Option<Duration>,
        padding: i64,
        sink: &mut SampleSink<'_>,
    ) -> Result<(), DecodeError> {
        let rate = u128::from(sink.rate_hz());
        let samples = |nanoseconds: u64| {
            let samples = (u128::from(nanoseconds) * rate + 500_000_000) / 1_000_000_000;
            usize::try_from(samples).unwrap_or(usize::MAX)
        };
        let staged = sink.staged();
        let padded = samples(padding.unsigned_abs()).min(staged);
        let (early, late) = if padding < 0 {
            (padded, 0)
        } else {
            (0, padded)
        };
        let delay = samples(self.delay_left);
        let skip = delay.min(staged);
        self.delay_left = if skip == delay {
            0
        } else {
            self.delay_left - (skip as u128 * 1_000_000_000 / rate.max(1)) as u64
        };
        let start = skip.max(early);
        sink.trim_staged(start, (staged - late).saturating_sub(start));
        if let Some(at) = at.take().filter(|_| sink.staged() > 0) {
            sink.seek_to(at)?;
        }
        sink.take_staged()
    }
}
