//! Containers with packets inside: demultiplexed by symphonia, decoded by it or by libopus.
//!
//! A packet that does not decode makes the whole file an error. Nothing is left out in silence.

use std::time::Duration;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;
use symphonia::default::formats::{FlacReader, IsoMp4Reader, MkvReader, OggReader};
use symphonia::default::get_codecs;

use super::intake::Intake;
use super::opus_packets::OpusPackets;
use super::source::{Ended, Source};
use super::{Container, DecodeError};

/// Decodes the default sound track of a file.
pub(super) fn decode(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let container = intake.container();
    let ended = Ended::default();
    let source = Source::new(bytes, ended.clone());
    let mut reader = open(container, source).map_err(|error| container.library(error))?;
    let endless = matches!(container, Container::Ogg | Container::Webm);
    let (mut track, mut decoder) = choose(&*reader, intake)?;
    // Tables may name the same bytes, or none, again and again; honest packets do not.
    for _ in 0..=bytes.len() {
        match reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == track => decoder.decode(&packet, intake)?,
            Ok(Some(_)) => {}
            Ok(None) => return decoder.finish(intake),
            // These are known to be whole, but do not always say where their end is.
            Err(Error::IoError(_)) if endless && ended.get() => return decoder.finish(intake),
            // Ogg streams one after the other in one file.
            Err(Error::ResetRequired) => {
                decoder.finish(intake)?;
                (track, decoder) = choose(&*reader, intake)?;
            }
            Err(error) => return Err(container.library(error)),
        }
    }
    Err(container.malformed("it has more packets than bytes"))
}

fn open(container: Container, source: Source<'_>) -> Result<Box<dyn FormatReader + '_>, Error> {
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let options = FormatOptions::default();
    Ok(match container {
        Container::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Container::Mp4 => Box::new(IsoMp4Reader::try_new(stream, options)?),
        Container::Ogg => Box::new(OggReader::try_new(stream, options)?),
        Container::Webm => Box::new(MkvReader::try_new(stream, options)?),
        Container::Wav | Container::Mp3 | Container::Aac => {
            return Err(Error::Unsupported("it has no packets"));
        }
    })
}

/// The track to decode, and its decoder. Checks all that the headers tell.
fn choose(
    reader: &dyn FormatReader,
    intake: &mut Intake<'_>,
) -> Result<(u32, Decoder), DecodeError> {
    let container = intake.container();
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or_else(|| container.unsupported("it has no sound track of a known codec"))?;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err(container.unsupported("it has no sound track of a known codec"));
    };
    expect_length(reader, track, intake)?;
    Ok((track.id, Decoder::new(track, parameters, intake)?))
}

/// Checks the length that the container tells, if it does: of the track, else (WebM) of the
/// whole. All ones mean that it is unknown.
fn expect_length(
    reader: &dyn FormatReader,
    track: &Track,
    intake: &Intake<'_>,
) -> Result<(), DecodeError> {
    let info = reader.media_info();
    let of_all = info
        .duration
        .filter(|_| intake.container() == Container::Webm);
    let (base, length) = match (track.duration, of_all) {
        (Some(length), _) => (track.time_base, length),
        (None, Some(length)) => (info.time_base, length),
        (None, None) => return Ok(()),
    };
    match base.filter(|_| length.get() != u64::MAX) {
        Some(base) => {
            let nanoseconds = base.calc_duration_saturating(length).as_nanos();
            let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
            intake.expect_duration(Duration::from_nanos(nanoseconds))
        }
        None => Ok(()),
    }
}

enum Decoder {
    Opus(Box<OpusPackets>),
    Library(Box<Library>),
}

impl Decoder {
    fn new(
        track: &Track,
        parameters: &AudioCodecParameters,
        intake: &mut Intake<'_>,
    ) -> Result<Self, DecodeError> {
        if parameters.codec == CODEC_ID_OPUS {
            let head = parameters.extra_data.as_deref();
            return Ok(Self::Opus(Box::new(OpusPackets::new(head, intake)?)));
        }
        Ok(Self::Library(Box::new(Library::new(
            track, parameters, intake,
        )?)))
    }

    fn decode(&mut self, packet: &Packet, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        match self {
            Self::Opus(opus) => opus.decode(packet, intake),
            Self::Library(library) => library.decode(packet, intake),
        }
    }

    fn finish(self, intake: &Intake<'_>) -> Result<(), DecodeError> {
        match self {
            Self::Opus(_) => Ok(()),
            Self::Library(library) => library.finish(intake.container()),
        }
    }
}

/// A decoder of symphonia's.
struct Library {
    decoder: Box<dyn AudioDecoder>,
    samples: Vec<f32>,
    /// Samples per channel that a FLAC header promises.
    promised: Option<u64>,
    decoded: u64,
}

impl Library {
    fn new(
        track: &Track,
        parameters: &AudioCodecParameters,
        intake: &mut Intake<'_>,
    ) -> Result<Self, DecodeError> {
        let container = intake.container();
        if let (Some(hz), Some(channels)) = (parameters.sample_rate, &parameters.channels) {
            intake.begin(hz, channels.count())?;
        }
        // Only FLAC has something to verify: a checksum of the samples.
        let options = AudioDecoderOptions::default().verify(true);
        let decoder = get_codecs()
            .make_audio_decoder(parameters, &options)
            .map_err(|error| container.library(error))?;
        let promised = track.num_frames.filter(|_| container == Container::Flac);
        Ok(Self {
            decoder,
            samples: Vec::new(),
            promised,
            decoded: 0,
        })
    }

    fn decode(&mut self, packet: &Packet, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        let container = intake.container();
        let sound = self
            .decoder
            .decode(packet)
            .map_err(|error| container.library(error))?;
        let channels = sound.spec().channels().count();
        intake.begin(sound.spec().rate(), channels)?;
        sound.copy_to_vec_interleaved(&mut self.samples);
        self.decoded += sound.frames() as u64;
        intake.push(channels, &self.samples)
    }

    fn finish(mut self, container: Container) -> Result<(), DecodeError> {
        if let Some(promised) = self.promised.filter(|promised| self.decoded < *promised) {
            let reason = format!("of {promised} samples only {} can be read", self.decoded);
            return Err(container.malformed(reason));
        }
        if self.decoder.finalize().verify_ok == Some(false) {
            return Err(container.malformed("the checksum of its samples is wrong"));
        }
        Ok(())
    }
}
