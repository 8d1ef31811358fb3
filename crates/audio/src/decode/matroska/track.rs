//! Tracks of Matroska and WebM (RFC 9559 section 5.1.4; codec mappings).

use super::super::codec::pcm::{Encoding, SampleFormat};
use super::super::codec::{AacConfig, Codec, OpusHead};
use super::super::tracks::{Candidate, MAX_TRACKS, language};
use super::super::{Container, DecodeError};
use super::element::{Element, all, child};
use super::ids;

/// The most tracks of any kind that are looked at.
const MAX_ALL_TRACKS: usize = 256;

/// The type of a track that holds audio.
const SOUND: u64 = 2;

/// The longest beginning that may be left out of every packet, in bytes.
const MAX_PREFIX_BYTES: usize = 256;

/// One track, as slices of its elements.
pub(super) struct MatroskaTrack<'a> {
    pub(super) number: u64,
    pub(super) is_audio: bool,
    pub(super) codec: Option<Codec<'a>>,
    /// What every packet begins with and the file leaves out.
    pub(super) prefix: &'a [u8],
    /// What the encoder put first, in nanoseconds; times of packets include it.
    pub(super) delay: u64,
    default: bool,
    language: Option<String>,
}

impl MatroskaTrack<'_> {
    /// How it stands among the audio tracks.
    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            codec: self.codec.as_ref().map(Codec::name),
            language: self.language.clone(),
            default: self.default,
        }
    }
}

/// All tracks.
///
/// # Errors
/// `Unsupported` where there are too many.
pub(super) fn tracks(body: &[u8]) -> Result<Vec<MatroskaTrack<'_>>, DecodeError> {
    let mut tracks = Vec::new();
    for entry in all(body).filter(|element| element.id == ids::TRACK_ENTRY) {
        let Some(track) = track(entry.body) else {
            continue;
        };
        tracks.push(track);
        let sounds = tracks
            .iter()
            .filter(|track: &&MatroskaTrack<'_>| track.is_audio);
        if sounds.count() > MAX_TRACKS || tracks.len() > MAX_ALL_TRACKS {
            return Err(Container::Webm.unsupported("it has too many tracks"));
        }
    }
    Ok(tracks)
}

fn track(body: &[u8]) -> Option<MatroskaTrack<'_>> {
    let number = |id| child(body, id).and_then(|element: Element<'_>| element.number());
    let text = |id| {
        let element = child(body, id)?;
        std::str::from_utf8(element.body).ok()
    };
    let is_audio = number(ids::TRACK_TYPE) == Some(SOUND);
    let prefix = prefix(body);
    let language = text(ids::LANGUAGE_BCP47)
        .or_else(|| text(ids::LANGUAGE))
        .unwrap_or("eng");
    let codec = text(ids::CODEC_ID)
        .filter(|_| is_audio && prefix.is_some())
        .and_then(|id| codec(id.trim_end_matches('\0'), body));
    Some(MatroskaTrack {
        number: number(ids::TRACK_NUMBER)?,
        is_audio,
        codec,
        prefix: prefix.unwrap_or_default(),
        delay: number(ids::CODEC_DELAY).unwrap_or(0),
        default: number(ids::FLAG_DEFAULT).unwrap_or(1) == 1,
        language: self::language(language),
    })
}

/// What every packet begins with; none where packets are changed in a way that is not known here.
fn prefix(body: &[u8]) -> Option<&[u8]> {
    let Some(encodings) = child(body, ids::CONTENT_ENCODINGS) else {
        return Some(&[]);
    };
    let mut encodings = all(encodings.body).filter(|element| element.id == ids::CONTENT_ENCODING);
    let (Some(encoding), None) = (encodings.next(), encodings.next()) else {
        return None;
    };
    let compression = child(encoding.body, ids::CONTENT_COMPRESSION)?;
    let algorithm = child(compression.body, ids::CONTENT_COMP_ALGO).and_then(|e| e.number());
    // 3: the beginning is left out. The others are compressed or encrypted.
    let settings = child(compression.body, ids::CONTENT_COMP_SETTINGS)?.body;
    (algorithm == Some(3) && settings.len() <= MAX_PREFIX_BYTES).then_some(settings)
}

fn codec<'a>(id: &str, body: &'a [u8]) -> Option<Codec<'a>> {
    let private = child(body, ids::CODEC_PRIVATE).map_or(&[][..], |element| element.body);
    let audio = child(body, ids::AUDIO).map_or(&[][..], |element| element.body);
    let rate = child(audio, ids::SAMPLING_FREQUENCY).and_then(|e| e.float());
    let rate = rate.unwrap_or(8000.0).round() as u32;
    let channels = child(audio, ids::CHANNELS).and_then(|e| e.number());
    let channels = u16::try_from(channels.unwrap_or(1)).ok()?;
    let bits = child(audio, ids::BIT_DEPTH).and_then(|e| e.number());
    let pcm = |float, big_endian| {
        let bits = u32::try_from(bits?).ok()?;
        Some(Codec::Pcm {
            encoding: Encoding::new(float, bits, big_endian, true)?,
            rate,
            channels,
        })
    };
    match id {
        "A_OPUS" => OpusHead::read(private).map(Codec::Opus),
        "A_VORBIS" => vorbis(private),
        "A_FLAC" => {
            let blocks = private.strip_prefix(b"fLaC").unwrap_or(private);
            blocks.get(4..38).map(Codec::Flac)
        }
        "A_ALAC" => Some(Codec::Alac(private)),
        "A_MPEG/L3" => Some(Codec::Mp3 { rate, channels }),
        "A_MPEG/L2" => Some(Codec::Mp2 { rate, channels }),
        "A_PCM/INT/LIT" => pcm(false, false),
        "A_PCM/INT/BIG" => pcm(false, true),
        "A_PCM/FLOAT/IEEE" => pcm(true, false),
        "A_MS/ACM" => by_wave_format(private, rate, channels),
        _ if id.starts_with("A_AAC") => Some(Codec::Aac(if private.len() >= 2 {
            AacConfig::Specific(private)
        } else {
            AacConfig::Plain { rate, channels }
        })),
        _ => None,
    }
}

/// The three headers of Vorbis behind each other, with the lengths of the first two before them.
fn vorbis(private: &[u8]) -> Option<Codec<'_>> {
    let (&2, mut rest) = private.split_first()? else {
        return None;
    };
    let mut length = || {
        let mut length = 0_usize;
        loop {
            let (&byte, behind) = rest.split_first()?;
            rest = behind;
            length += usize::from(byte);
            if byte < 255 {
                return Some(length);
            }
        }
    };
    let (first, second) = (length()?, length()?);
    Some(Codec::Vorbis {
        identification: rest.get(..first)?.get(..30)?,
        setup: rest.get(first.checked_add(second)?..)?,
    })
}

/// The format tags of WAV that telephony uses.
fn by_wave_format(private: &[u8], rate: u32, channels: u16) -> Option<Codec<'static>> {
    let kind = match private.first_chunk::<2>()? {
        [6, 0] => SampleFormat::ALaw,
        [7, 0] => SampleFormat::MuLaw,
        [0x55, 0] => return Some(Codec::Mp3 { rate, channels }),
        _ => return None,
    };
    Some(Codec::Pcm {
        encoding: Encoding::little(kind),
        rate,
        channels,
    })
}
