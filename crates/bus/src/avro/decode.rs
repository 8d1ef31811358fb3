//! Avro to events.

use std::io::{self, Read};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use uuid::Uuid;

use super::fields::{Reader, needed};
use super::schemas::{SchemaError, own_schema};
use crate::event::{
    AudioInput, AudioPayload, AudioSynthesis, Body, Chunk, ClientOptions, ConsentRecord, Event,
    InvalidEvent, Kind, PartialTranscript, SegmentRange, SessionStatus, Speaker, SpeechSegment,
    StoredObject, TextRecognized, TextTranslated, Times, VoiceRecording,
};
use crate::identity::SessionId;

/// Why bytes are no event. Only an unreachable registry is transient.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The frame begins with another byte than 0.
    #[error("the frame begins with {0:#04x} and not with 0x00")]
    Magic(u8),
    /// Too short for a frame.
    #[error("{0} bytes are no frame")]
    TooShort(usize),
    /// The registry does not have the writer's schema, or does not respond.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The bytes do not match the writer's schema, or that schema is incompatible with this version's.
    #[error("the bytes do not match their schema: {0}")]
    Malformed(String),
    /// It breaks a rule of the payload.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
}

impl DecodeError {
    pub(super) const fn invalid(field: &'static str, rule: &'static str) -> Self {
        Self::Invalid(InvalidEvent { field, rule })
    }

    /// Whether the same may go well later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Schema(error) if error.is_transient())
    }

    /// A short word for the reason, for headers and metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Magic(_) => "wrong_magic",
            Self::TooShort(_) => "too_short",
            Self::Schema(SchemaError::Unknown(_)) => "unknown_schema",
            Self::Schema(_) => "schema",
            Self::Malformed(_) => "undecodable",
            Self::Invalid(_) => "invalid",
        }
    }
}

pub(super) fn datum(kind: Kind, writer: &Schema, datum: &[u8]) -> Result<Event, DecodeError> {
    // Fields are found by their names alone; a record of another name is another event.
    if !matches!(writer, Schema::Record(record) if record.name.name() == kind.record()) {
        return Err(DecodeError::Malformed("they are another record".into()));
    }
    let mut rest = Datum {
        rest: datum,
        starved: false,
    };
    let value = GenericDatumReader::builder(writer)
        .reader_schema(own_schema(kind))
        .build()
        .and_then(|reader| reader.read_value(&mut rest))
        .map_err(|error| DecodeError::Malformed(message_of(&error)))?;
    if rest.starved {
        return Err(DecodeError::Malformed("they end too early".into()));
    }
    if !rest.rest.is_empty() {
        return Err(DecodeError::Malformed("bytes follow the event".into()));
    }
    let mut envelope = Reader::new(value)?;
    if envelope.text("event_type")?.as_deref() != Some(kind.record()) {
        return Err(DecodeError::invalid(
            "event_type",
            "must be the record's name",
        ));
    }
    let named = envelope.text("event_id")?.as_deref().map(Uuid::parse_str);
    let session = envelope.text("correlation_id")?;
    let session = session.as_deref().and_then(SessionId::parse);
    let payload = needed(envelope.record("payload")?, "payload")?;
    let event = Event {
        id: named
            .and_then(Result::ok)
            .ok_or(DecodeError::invalid("event_id", "must be a UUID"))?,
        session: session.ok_or(DecodeError::invalid(
            "correlation_id",
            "must have 1 to 128 bytes and no control characters",
        ))?,
        timestamp_ms: needed(envelope.signed("timestamp")?, "timestamp")?,
        source: needed(envelope.text("source_service")?, "source_service")?,
        body: body(kind, payload)?,
    };
    event.check()?;
    Ok(event)
}

/// Bytes that notice when more is wanted than there is: apache-avro takes the end of the bytes
/// for a null where a field may be null, and an event that was cut off would pass for a whole one.
struct Datum<'a> {
    rest: &'a [u8],
    starved: bool,
}

impl Read for Datum<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.starved |= self.rest.is_empty() && !into.is_empty();
        self.rest.read(into)
    }
}

/// The kind of an Avro error, without its message, which may hold text of the event.
fn message_of(error: &apache_avro::Error) -> String {
    use apache_avro::error::Details;
    match error.details() {
        Details::ReadBytes(_) | Details::ReadString(_) | Details::ReadVariableIntegerBytes(_) => {
            "they end too early".into()
        }
        Details::ConvertToUtf8(_) | Details::ConvertToUtf8Error(_) => "a text is not UTF-8".into(),
        Details::MemoryAllocation { .. } => "a length in them is absurd".into(),
        _ => "a value is of another type".into(),
    }
}

fn body(kind: Kind, mut from: Reader) -> Result<Body, DecodeError> {
    let from = &mut from;
    Ok(match kind {
        Kind::AudioInput => Body::AudioInput(AudioInput {
            audio: audio(from, "audio_uri")?,
            sample_rate: wav(from)?,
            chunk: chunk(from)?,
            preview: from.flag("preview")?.unwrap_or(false),
            options: ClientOptions {
                source: from.text("language_hint")?,
                target: from.text("target_language")?,
                ..options(from)?
            },
        }),
        Kind::SpeechSegment => Body::SpeechSegment(SpeechSegment {
            segment: segment(from)?,
            audio: audio(from, "segment_uri")?,
            sample_rate: wav(from)?,
            options: ClientOptions {
                source: from.text("language_hint")?,
                target: from.text("target_language")?,
                ..options(from)?
            },
            times: times(from)?,
        }),
        Kind::TextRecognized => Body::TextRecognized(TextRecognized {
            segment: segment(from)?,
            text: needed(from.text("text")?, "text")?,
            language: needed(from.text("language")?, "language")?,
            confidence: match from.flag("confidence_known")? {
                Some(false) => None,
                _ => from.float("confidence")?,
            },
            recognizer: from.text("recognizer")?,
            options: ClientOptions {
                target: from.text("target_language")?,
                ..options(from)?
            },
            times: times(from)?,
        }),
        Kind::TextTranslated => Body::TextTranslated(TextTranslated {
            segment: segment(from)?,
            text: needed(from.text("text")?, "text")?,
            source_language: needed(from.text("source_language")?, "source_language")?,
            target_language: needed(from.text("target_language")?, "target_language")?,
            quality: from.float("quality_score")?,
            translators: from.texts("translators")?.unwrap_or_default(),
            via: from.text("via")?,
            options: options(from)?,
            times: times(from)?,
        }),
        Kind::AudioSynthesis => Body::AudioSynthesis(AudioSynthesis {
            segment: segment(from)?,
            part: from.count("part")?.unwrap_or(0),
            is_last: from.flag("is_last")?.unwrap_or(true),
            audio: audio(from, "audio_uri")?,
            duration_ms: needed(from.count("duration_ms")?, "duration_ms")?,
            sample_rate: wav(from)?,
            model: from.text("model_name")?,
            target_language: from.text("target_language")?,
            voice: from.text("voice")?,
            speaker_id: from.text("speaker_id")?,
            snippet: from.text("text_snippet")?,
            times: times(from)?,
        }),
        Kind::SessionStatus => Body::SessionStatus(status(from)?),
        Kind::PartialTranscript => Body::PartialTranscript(PartialTranscript {
            text: needed(from.text("text")?, "text")?,
            index: needed(from.count("segment_index")?, "segment_index")?,
            start_sample: needed(from.count("start_sample")?, "start_sample")?,
            revision: from.count("revision")?.unwrap_or(0),
            language: from.text("language")?,
        }),
    })
}

fn status(from: &mut Reader) -> Result<SessionStatus, DecodeError> {
    let kind = needed(from.text("kind")?, "kind")?;
    let text = |value: Option<String>| value.unwrap_or_default();
    match kind.as_str() {
        "segment_failed" => Ok(SessionStatus::SegmentFailed {
            segment: segment(from)?,
            stage: text(from.text("stage")?),
            code: text(from.text("code")?),
            message: text(from.text("message")?),
        }),
        "ended" => Ok(SessionStatus::Ended {
            segments: needed(from.count("segments")?, "segments")?,
        }),
        "aborted" => Ok(SessionStatus::Aborted {
            segments: needed(from.count("segments")?, "segments")?,
            code: text(from.text("code")?),
        }),
        _ => Err(DecodeError::invalid(
            "kind",
            "must be segment_failed, ended or aborted",
        )),
    }
}

fn segment(from: &mut Reader) -> Result<SegmentRange, DecodeError> {
    Ok(SegmentRange {
        index: needed(from.count("segment_index")?, "segment_index")?,
        start_sample: needed(from.count("start_sample")?, "start_sample")?,
        end_sample: needed(from.count("end_sample")?, "end_sample")?,
    })
}

/// All of it, or nothing: events of others are whole recordings.
fn chunk(from: &mut Reader) -> Result<Option<Chunk>, DecodeError> {
    let Some(sequence) = from.count("sequence")? else {
        return Ok(None);
    };
    Ok(Some(Chunk {
        sequence,
        start_sample: needed(from.count("start_sample")?, "start_sample")?,
        end_sample: needed(from.count("end_sample")?, "end_sample")?,
        is_last: from.flag("is_last")?.unwrap_or(false),
        inserted_silence: from.flag("inserted_silence")?.unwrap_or(false),
    }))
}

fn wav(from: &mut Reader) -> Result<u32, DecodeError> {
    if from.text("audio_format")?.as_deref() != Some("wav") {
        return Err(DecodeError::invalid("audio_format", "must be wav"));
    }
    needed(from.count("sample_rate_hz")?, "sample_rate_hz")
}

fn audio(from: &mut Reader, uri: &'static str) -> Result<AudioPayload, DecodeError> {
    let (sha256, size) = (from.text("audio_sha256")?, from.count("audio_size_bytes")?);
    match (from.bytes("audio_bytes")?, from.text(uri)?) {
        (Some(bytes), None) => {
            let as_said = sha256.is_none_or(|own| own == mynah_blobs::digest::hex(&bytes))
                && size.is_none_or(|size: u64| size == bytes.len() as u64);
            if !as_said {
                return Err(DecodeError::invalid("audio_sha256", "is of other bytes"));
            }
            Ok(AudioPayload::Inline(bytes))
        }
        (None, Some(uri)) => Ok(AudioPayload::Stored(StoredObject { uri, sha256, size })),
        _ => Err(DecodeError::invalid(
            "audio_bytes",
            "exactly one of bytes and URI must be there",
        )),
    }
}

fn times(from: &mut Reader) -> Result<Times, DecodeError> {
    Ok(Times {
        received_at: from.signed("received_at")?,
        started_at: from.signed("started_at")?,
    })
}

/// All options but the languages, which have other names in some events.
fn options(from: &mut Reader) -> Result<ClientOptions, DecodeError> {
    let audio = match (
        from.bytes("speaker_reference_bytes")?,
        from.text("speaker_reference_uri")?,
    ) {
        (Some(_), Some(_)) => {
            return Err(DecodeError::invalid(
                "speaker_reference_bytes",
                "at most one of bytes and URI may be there",
            ));
        }
        (Some(bytes), None) => Some(AudioPayload::Inline(bytes)),
        (None, Some(uri)) => Some(AudioPayload::Stored(StoredObject {
            uri,
            sha256: from.text("speaker_reference_sha256")?,
            size: from.count("speaker_reference_size_bytes")?,
        })),
        (None, None) => None,
    };
    let consent = match from.record("speaker_consent")? {
        Some(mut consent) => Some(ConsentRecord {
            speaker: needed(consent.text("speaker")?, "speaker")?,
            statement: needed(consent.text("statement")?, "statement")?,
            given_at: needed(consent.count("given_at")?, "given_at")?,
        }),
        None => None,
    };
    let text = from.text("speaker_reference_text")?;
    Ok(ClientOptions {
        source: None,
        target: None,
        voice: from.text("voice")?,
        speaker: Speaker {
            id: from.text("speaker_id")?,
            reference: audio.map(|audio| VoiceRecording {
                audio,
                text,
                consent,
            }),
        },
    })
}
