//! The containers and codecs that speech leaves in.

use std::fmt;
use std::str::FromStr;

use crate::SampleRate;

/// A format of speech, by its name in `response_format` of `/v1/audio/speech`. One channel always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// MPEG layer III by LAME, constant bitrate.
    #[default]
    Mp3,
    /// Opus in Ogg (RFC 7845), 64 kbit/s.
    Opus,
    /// AAC-LC in ADTS, 96 kbit/s, made by the installed `ffmpeg`.
    Aac,
    /// FLAC, 16 bits: lossless.
    Flac,
    /// RIFF with 16-bit PCM.
    Wav,
    /// Bare little-endian 16-bit samples, without a header.
    Pcm,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Mp3,
        Self::Opus,
        Self::Aac,
        Self::Flac,
        Self::Wav,
        Self::Pcm,
    ];

    /// Its name in every interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Aac => "aac",
            Self::Flac => "flac",
            Self::Wav => "wav",
            Self::Pcm => "pcm",
        }
    }

    /// The media type for an HTTP answer. Pcm has no parameters: it is
    /// always 24 kHz, and some clients compare the type as a whole.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Opus => "audio/ogg; codecs=opus",
            Self::Aac => "audio/aac",
            Self::Flac => "audio/flac",
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
        }
    }

    /// How the name of such a file ends, without the dot.
    pub const fn extension(self) -> &'static str {
        self.as_str()
    }

    /// The format of a file name's ending, in either case; `ogg` means Opus.
    pub fn from_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        if extension == "ogg" {
            Some(Self::Opus)
        } else {
            extension.parse().ok()
        }
    }

    /// Whether the format can hold audio of this rate without resampling.
    pub fn holds(self, rate: SampleRate) -> bool {
        let hz = rate.hz();
        match self {
            Self::Mp3 => MP3_RATES.contains(&hz),
            Self::Opus => OPUS_RATES.contains(&hz),
            Self::Aac => AAC_RATES.contains(&hz),
            // A frame header has 8 bits for kHz, or 16 for Hz or for tens of Hz.
            Self::Flac => hz <= 65_535 || (hz <= 96_000 && hz.is_multiple_of(10)),
            Self::Wav | Self::Pcm => true,
        }
    }

    /// In words, the rates that [`Self::holds`] accepts.
    pub(crate) fn rates(self) -> String {
        let list = |rates: &[u32]| {
            let rates: Vec<_> = rates.iter().map(u32::to_string).collect();
            format!("{} Hz", rates.join(", "))
        };
        match self {
            Self::Mp3 => list(&MP3_RATES),
            Self::Opus => list(&OPUS_RATES),
            Self::Aac => list(&AAC_RATES),
            Self::Flac => "up to 65535 Hz, and multiples of 10 up to 96000 Hz".into(),
            Self::Wav | Self::Pcm => "any rate".into(),
        }
    }
}

/// MPEG 2.5, 2 and 1 (ISO 11172-3, 13818-3).
const MP3_RATES: [u32; 9] = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
];
/// RFC 6716 section 2.
const OPUS_RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];
/// The table of `samplingFrequencyIndex` (ISO 14496-3), as far as audio here goes.
const AAC_RATES: [u32; 13] = [
    7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200,
    96_000,
];

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no format. The caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an audio format; use one of mp3, opus, aac, flac, wav, pcm")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert_eq!(
                Format::from_extension(&format.extension().to_uppercase()),
                Some(format)
            );
            assert!(
                UnknownFormat.to_string().contains(format.as_str()),
                "{format}"
            );
        }
        assert_eq!(Format::from_extension("ogg"), Some(Format::Opus));
        for wrong in ["", "MP3", "ogg", "m4a", "mp3 "] {
            assert_eq!(wrong.parse::<Format>(), Err(UnknownFormat), "{wrong}");
        }
    }

    #[test]
    fn every_format_holds_24_khz() {
        for format in Format::ALL {
            assert!(format.holds(SampleRate::HZ_24000), "{format}");
        }
    }

    #[test]
    fn odd_rates_are_refused_where_the_header_cannot_hold_them() {
        let rate = |hz| SampleRate::new(hz).expect("a rate");
        assert!(Format::Flac.holds(rate(65_535)) && !Format::Flac.holds(rate(65_536 + 1)));
        assert!(Format::Flac.holds(rate(96_000)) && !Format::Flac.holds(rate(96_010)));
        assert!(!Format::Opus.holds(rate(44_100)) && Format::Mp3.holds(rate(44_100)));
        assert!(Format::Wav.holds(rate(384_000)) && !Format::Aac.holds(rate(192_000)));
    }
}
