//! The `moov` box: tracks, their edits, and where they begin (ISO/IEC 14496-12 section 8).

use super::super::codec::Codec;
use super::super::tracks::{Candidate, MAX_TRACKS, language};
use super::super::{Container, DecodeError};
use super::boxes::{all, child, path, u16_at, u32_at, u64_at, version};
use super::sample_entry;

/// The most tracks of any kind that are looked at.
const MAX_ALL_TRACKS: usize = 256;

/// The most edits of a track.
const MAX_EDITS: usize = 4096;

const NANOSECONDS: u128 = 1_000_000_000;

/// One track, as slices of its boxes.
pub(super) struct Mp4Track<'a> {
    pub(super) id: u32,
    /// Units of its media times a second.
    pub(super) timescale: u32,
    pub(super) codec: Option<Codec<'a>>,
    /// Whether it holds audio.
    pub(super) is_audio: bool,
    enabled: bool,
    language: Option<String>,
    pub(super) table: &'a [u8],
    /// In order of presentation, never empty.
    pub(super) edits: Vec<Edit>,
}

/// A stretch of a track's media and when it is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Media time of its start, in units of the track.
    pub(super) media_start: u64,
    /// Its length in nanoseconds; none: to the end.
    pub(super) length: Option<u64>,
    /// When it is presented, in nanoseconds.
    pub(super) at: u64,
}

impl Edit {
    /// All of the media, from the start.
    pub(super) const WHOLE: Self = Self {
        media_start: 0,
        length: None,
        at: 0,
    };
}

impl Mp4Track<'_> {
    /// How it stands among the audio tracks.
    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            codec: self.codec.as_ref().map(Codec::name),
            language: self.language.clone(),
            default: self.enabled,
        }
    }

    /// When its first sample is presented, in nanoseconds, if that has this media time.
    pub(super) fn starts_at(&self, media_time: u64) -> u64 {
        let first = self.edits[0];
        let late = media_time.saturating_sub(first.media_start);
        first.at.saturating_add(scale(late, self.timescale))
    }
}

/// Media units as nanoseconds.
pub(super) fn scale(units: u64, timescale: u32) -> u64 {
    let nanoseconds = u128::from(units) * NANOSECONDS / u128::from(timescale.max(1));
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

/// All tracks of a movie.
///
/// # Errors
/// `Malformed` where a table is not all there, `Unsupported` where there are too many tracks or
/// edits.
pub(super) fn tracks(moov: &[u8]) -> Result<Vec<Mp4Track<'_>>, DecodeError> {
    let container = Container::Mp4;
    let movie_timescale = child(moov, b"mvhd").and_then(|mvhd| {
        let (version, _) = version(mvhd)?;
        u32_at(mvhd, if version == 1 { 20 } else { 12 })
    });
    let mut tracks = Vec::new();
    for (_, body) in all(moov).filter(|(name, _)| name == b"trak") {
        let Some(track) = track(body, movie_timescale.unwrap_or(1000))? else {
            continue;
        };
        tracks.push(track);
        let sounds = tracks.iter().filter(|track| track.is_audio).count();
        if sounds > MAX_TRACKS || tracks.len() > MAX_ALL_TRACKS {
            return Err(container.unsupported("it has too many tracks"));
        }
    }
    Ok(tracks)
}

fn track(body: &[u8], movie_timescale: u32) -> Result<Option<Mp4Track<'_>>, DecodeError> {
    let fields = || {
        let tkhd = child(body, b"tkhd")?;
        let (tkhd_version, flags) = version(tkhd)?;
        let id = u32_at(tkhd, if tkhd_version == 1 { 20 } else { 12 })?;
        let media = child(body, b"mdia")?;
        let mdhd = child(media, b"mdhd")?;
        let wide = version(mdhd)?.0 == 1;
        let timescale = u32_at(mdhd, if wide { 20 } else { 12 }).filter(|scale| *scale > 0)?;
        let packed = u16_at(mdhd, if wide { 32 } else { 20 });
        let kind = child(media, b"hdlr")?.get(8..12)?;
        let table = path(media, &[b"minf", b"stbl"])?;
        let is_audio = kind == b"soun";
        let codec = child(table, b"stsd")
            .filter(|_| is_audio)
            .and_then(|stsd| sample_entry::codec(stsd, timescale));
        Some(Mp4Track {
            id,
            timescale,
            codec,
            is_audio,
            enabled: flags & 1 != 0,
            language: packed.and_then(unpacked_language),
            table,
            edits: Vec::new(),
        })
    };
    let Some(mut track) = fields() else {
        return Ok(None);
    };
    let list = path(body, &[b"edts", b"elst"]).unwrap_or_default();
    track.edits = edits(list, movie_timescale)?;
    Ok(Some(track))
}

/// Three letters of five bits each.
fn unpacked_language(packed: u16) -> Option<String> {
    let letter = |shift: u16| char::from((packed >> shift & 31) as u8 + 0x60);
    let tag: String = [letter(10), letter(5), letter(0)].into_iter().collect();
    language(&tag)
}

/// The stretches of media that are presented. Those that do not follow each other in the media,
/// as no recorder writes them, count as one from the first.
fn edits(list: &[u8], movie_timescale: u32) -> Result<Vec<Edit>, DecodeError> {
    let Some((version, _)) = version(list) else {
        return Ok(vec![Edit::WHOLE]);
    };
    let size = if version == 1 { 20 } else { 12 };
    let count = u32_at(list, 4).unwrap_or(0) as usize;
    let (mut edits, mut at) = (Vec::<Edit>::new(), 0_u64);
    for entry in list
        .get(8..)
        .unwrap_or_default()
        .chunks_exact(size)
        .take(count)
    {
        let (length, media_start) = if version == 1 {
            (u64_at(entry, 0), u64_at(entry, 8).map(u64::cast_signed))
        } else {
            let start = u32_at(entry, 4).map(|start| i64::from(start.cast_signed()));
            (u32_at(entry, 0).map(u64::from), start)
        };
        let (Some(units), Some(media_start)) = (length, media_start) else {
            break;
        };
        let length = scale(units, movie_timescale);
        if let Ok(media_start) = u64::try_from(media_start) {
            if edits.len() == MAX_EDITS {
                return Err(Container::Mp4.unsupported("it has too many edits"));
            }
            // Lengths are rounded to the movie's units: one more does no harm.
            let length = (units > 0).then(|| scale(units.saturating_add(1), movie_timescale));
            edits.push(Edit {
                media_start,
                length,
                at,
            });
        }
        at = at.saturating_add(length);
    }
    let in_order = edits.is_sorted_by(|a, b| a.length.is_some() && a.media_start < b.media_start);
    match edits.first() {
        None => Ok(vec![Edit { at, ..Edit::WHOLE }]),
        Some(&first) if !in_order => Ok(vec![Edit {
            length: None,
            ..first
        }]),
        Some(_) => Ok(edits),
    }
}
