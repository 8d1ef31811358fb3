//! From packets to samples: symphonia's decoders, libopus, and PCM.
//!
//! Only the decoders of symphonia are used, never its demultiplexers: those keep tags, pictures and
//! tables in memory, whatever they claim. What a decoder allocates by a header is bounded: Vorbis by
//! [`vorbis::check_setup`], the others by their formats (at most 65 536 samples of 8 channels).

mod g711;
mod opus;
pub(super) mod pcm;
pub(super) mod vorbis;

pub use g711::{a_law, mu_law};

use symphonia::core::audio::{Channels, layouts};
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::{AacDecoder, AlacDecoder, FlacDecoder, MpaDecoder, VorbisDecoder};

use super::{Container, DecodeError, flac};
use opus::OpusDecoder;
use pcm::Encoding;

/// Samples per channel that are converted at once.
const PCM_PACKET_FRAMES: usize = 4096;

/// A codec with what its headers state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Codec<'a> {
    /// With the audio specific configuration, where there is one; else rate and channels.
    Aac(AacConfig<'a>),
    /// With the magic cookie, and the bits of a sample.
    Alac(&'a [u8]),
    /// With the 34 bytes of the stream information block.
    Flac(&'a [u8]),
    Mp2 {
        rate: u32,
        channels: u16,
    },
    Mp3 {
        rate: u32,
        channels: u16,
    },
    /// With the identification header.
    Opus(OpusHead<'a>),
    Pcm {
        encoding: Encoding,
        rate: u32,
        channels: u16,
    },
    Vorbis {
        identification: &'a [u8],
        setup: &'a [u8],
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AacConfig<'a> {
    Specific(&'a [u8]),
    Plain { rate: u32, channels: u16 },
}

pub(super) use opus::Head as OpusHead;

impl Codec<'_> {
    /// The codec's common name, for messages.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Aac(_) => "aac",
            Self::Alac(_) => "alac",
            Self::Flac(_) => "flac",
            Self::Mp2 { .. } => "mp2",
            Self::Mp3 { .. } => "mp3",
            Self::Opus(_) => "opus",
            Self::Pcm { .. } => "pcm",
            Self::Vorbis { .. } => "vorbis",
        }
    }

    /// Samples a second and channels, where the headers state them.
    pub(super) fn shape(&self) -> Option<(u32, usize)> {
        match *self {
            Self::Aac(AacConfig::Plain { rate, channels })
            | Self::Mp2 { rate, channels }
            | Self::Mp3 { rate, channels }
            | Self::Pcm { rate, channels, .. } => Some((rate, channels.into())),
            Self::Aac(AacConfig::Specific(_)) | Self::Alac(_) => None,
            Self::Flac(info) => {
                let &[.., a, b, c] = info.get(..13)? else {
                    return None;
                };
                let rate = u32::from(a) << 12 | u32::from(b) << 4 | u32::from(c) >> 4;
                Some((rate, usize::from(c >> 1 & 7) + 1))
            }
            Self::Opus(head) => Some((opus::RATE_HZ, head.channels.into())),
            Self::Vorbis { identification, .. } => {
                let &[channels, a, b, c, d] = identification.get(11..16)? else {
                    return None;
                };
                Some((u32::from_le_bytes([a, b, c, d]), channels.into()))
            }
        }
    }
}

/// What one packet became.
pub(super) struct DecodedPacket<'a> {
    pub(super) rate: u32,
    pub(super) channels: usize,
    /// Interleaved.
    pub(super) samples: &'a [f32],
}

/// A decoder of one stream.
pub(super) struct Decoder {
    container: Container,
    way: PacketDecoder,
    samples: Vec<f32>,
}

enum PacketDecoder {
    Opus(Box<OpusDecoder>),
    Library {
        decoder: Box<dyn AudioDecoder>,
        /// Every packet is a FLAC frame with a checksum, which the library does not look at.
        check_frames: bool,
        /// The first block of Vorbis is only the beginning of the second one.
        drop_next: bool,
    },
    Pcm {
        encoding: Encoding,
        rate: u32,
        channels: u16,
    },
}

impl Decoder {
    /// A decoder at the start of a stream. Limits on rate and channels are the caller's to check
    /// before, by [`Codec::shape`].
    pub(super) fn new(container: Container, codec: &Codec<'_>) -> Result<Self, DecodeError> {
        let way = match codec {
            Codec::Opus(head) => PacketDecoder::Opus(Box::new(OpusDecoder::new(container, head)?)),
            &Codec::Pcm {
                encoding,
                rate,
                channels,
            } => PacketDecoder::Pcm {
                encoding,
                rate,
                channels,
            },
            _ => {
                if let Codec::Vorbis { setup, .. } = codec {
                    vorbis::check_setup(container, setup)?;
                }
                PacketDecoder::Library {
                    decoder: library(codec).map_err(|error| container.library(error))?,
                    check_frames: matches!(codec, Codec::Flac(_)),
                    drop_next: matches!(codec, Codec::Vorbis { .. }),
                }
            }
        };
        Ok(Self {
            container,
            way,
            samples: Vec::new(),
        })
    }

    /// Packets with more bytes are to be divided after each so many. Only PCM can be.
    pub(super) fn max_packet_bytes(&self) -> usize {
        match self.way {
            PacketDecoder::Pcm {
                encoding, channels, ..
            } => PCM_PACKET_FRAMES * encoding.bytes() * usize::from(channels).max(1),
            PacketDecoder::Opus(_) | PacketDecoder::Library { .. } => usize::MAX,
        }
    }

    /// Decodes one packet: some samples, or none.
    ///
    /// # Errors
    /// `Malformed` where it is none of this codec's.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<DecodedPacket<'_>, DecodeError> {
        match &mut self.way {
            PacketDecoder::Opus(decoder) => decoder.decode(self.container, packet),
            PacketDecoder::Pcm {
                encoding,
                rate,
                channels,
            } => {
                self.samples.clear();
                let whole = encoding.bytes() * usize::from(*channels).max(1);
                let packet = &packet[..packet.len() / whole * whole];
                let samples = packet.chunks_exact(encoding.bytes());
                self.samples
                    .extend(samples.map(|sample| encoding.sample(sample)));
                Ok(DecodedPacket {
                    rate: *rate,
                    channels: usize::from(*channels),
                    samples: &self.samples,
                })
            }
            PacketDecoder::Library {
                decoder,
                check_frames,
                drop_next,
            } => {
                if *check_frames && flac::checksum(packet) != 0 {
                    return Err(self.container.malformed("the checksum of a frame is wrong"));
                }
                let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet);
                let sound = decoder
                    .decode_ref(&packet)
                    .map_err(|error| self.container.library(error))?;
                let (rate, channels) = (sound.spec().rate(), sound.spec().channels().count());
                sound.copy_to_vec_interleaved(&mut self.samples);
                if std::mem::take(drop_next) {
                    self.samples.clear();
                }
                Ok(DecodedPacket {
                    rate,
                    channels,
                    samples: &self.samples,
                })
            }
        }
    }

    /// Discards what came before: the next packet follows a hole, or begins the same stream anew.
    pub(super) fn reset(&mut self) {
        match &mut self.way {
            PacketDecoder::Opus(decoder) => decoder.reset(),
            PacketDecoder::Library {
                decoder, drop_next, ..
            } => {
                decoder.reset();
                *drop_next = decoder.codec_params().codec == CODEC_ID_VORBIS;
            }
            PacketDecoder::Pcm { .. } => {}
        }
    }

    /// Whether a checksum over all samples, which only FLAC has, is wrong.
    pub(super) fn checksum_is_wrong(&mut self) -> bool {
        match &mut self.way {
            PacketDecoder::Library { decoder, .. } => decoder.finalize().verify_ok == Some(false),
            PacketDecoder::Opus(_) | PacketDecoder::Pcm { .. } => false,
        }
    }
}

fn library(codec: &Codec<'_>) -> Result<Box<dyn AudioDecoder>, symphonia::core::errors::Error> {
    let mut parameters = AudioCodecParameters::new();
    // Only FLAC has something to verify.
    let options = AudioDecoderOptions::default().verify(true).gapless(false);
    if let Some((rate, channels)) = codec.shape() {
        parameters.with_sample_rate(rate);
        parameters.with_channels(match channels {
            1 => layouts::CHANNEL_LAYOUT_MONO,
            2 => layouts::CHANNEL_LAYOUT_STEREO,
            more => Channels::Discrete(more as u16),
        });
    }
    Ok(match codec {
        Codec::Aac(config) => {
            if let AacConfig::Specific(config) = config {
                parameters.with_extra_data((*config).into());
            }
            let parameters = parameters.for_codec(CODEC_ID_AAC);
            Box::new(AacDecoder::try_new(parameters, &options)?)
        }
        Codec::Alac(cookie) => {
            let parameters = parameters.for_codec(CODEC_ID_ALAC);
            parameters.with_extra_data((*cookie).into());
            Box::new(AlacDecoder::try_new(parameters, &options)?)
        }
        Codec::Flac(info) => {
            let parameters = parameters.for_codec(CODEC_ID_FLAC);
            parameters.with_extra_data((*info).into());
            Box::new(FlacDecoder::try_new(parameters, &options)?)
        }
        Codec::Mp2 { .. } => Box::new(MpaDecoder::try_new(
            parameters.for_codec(CODEC_ID_MP2),
            &options,
        )?),
        Codec::Mp3 { .. } => Box::new(MpaDecoder::try_new(
            parameters.for_codec(CODEC_ID_MP3),
            &options,
        )?),
        Codec::Vorbis {
            identification,
            setup,
        } => {
            let parameters = parameters.for_codec(CODEC_ID_VORBIS);
            parameters.with_extra_data([*identification, *setup].concat().into());
            Box::new(VorbisDecoder::try_new(parameters, &options)?)
        }
        Codec::Opus(_) | Codec::Pcm { .. } => {
            return Err(symphonia::core::errors::Error::Unsupported(
                "it needs no decoder of the library",
            ));
        }
    })
}
