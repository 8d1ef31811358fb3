//! Events to Avro.

use apache_avro::Error;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;

use super::fields::Writer;
use super::schemas::own;
use crate::event::{Agreement, Body, Event, Place, SessionStatus, Sound, Times, Wishes};
use crate::identity::{self, SessionId};

pub(super) fn datum(event: &Event) -> Result<Vec<u8>, Error> {
    let kind = event.kind();
    let mut record = Writer::default();
    record
        .put("event_id", event.id.to_string())
        .put("event_type", kind.record())
        .put("correlation_id", event.session.as_str())
        .put("timestamp", Value::TimestampMillis(event.timestamp_ms))
        .put("source_service", &event.source)
        .put("payload", payload(event));
    // In the order of the schema: a record is written as its fields lie.
    let schema = own(kind);
    let value = record.done().resolve(schema)?;
    GenericDatumWriter::builder(schema)
        .build()?
        .write_value_to_vec(value)
}

fn payload(event: &Event) -> Value {
    let mut out = Writer::default();
    let session = &event.session;
    out.maybe("session_id", Some(session.as_str()));
    match &event.body {
        Body::AudioInput(input) => {
            sound(&mut out, &input.sound, "audio_uri");
            digest(&mut out, &input.sound);
            let chunk = input.chunk.as_ref();
            out.put("audio_format", "wav")
                .put("sample_rate_hz", input.sample_rate as i32)
                .maybe("sequence", chunk.map(|chunk| chunk.sequence as i64))
                .maybe("start_sample", chunk.map(|chunk| chunk.start_sample as i64))
                .maybe("end_sample", chunk.map(|chunk| chunk.end_sample as i64))
                .maybe("is_last", chunk.map(|chunk| chunk.is_last))
                .maybe("preview", Some(input.preview))
                .maybe(
                    "inserted_silence",
                    chunk.map(|chunk| chunk.inserted_silence),
                );
            wishes(&mut out, &input.wishes, true);
            out.maybe("target_language", input.wishes.target.as_ref());
        }
        Body::SpeechSegment(segment) => {
            let place = segment.place;
            sound(&mut out, &segment.sound, "segment_uri");
            digest(&mut out, &segment.sound);
            out.put("segment_id", place.id(session).to_string())
                .put("segment_index", place.index as i32)
                .put("start_ms", place.start_ms() as i64)
                .put("end_ms", place.end_ms() as i64)
                .put("audio_format", "wav")
                .put("sample_rate_hz", segment.sample_rate as i32)
                .maybe("start_sample", Some(place.start_sample as i64))
                .maybe("end_sample", Some(place.end_sample as i64));
            wishes(&mut out, &segment.wishes, true);
            out.maybe("target_language", segment.wishes.target.as_ref());
            times(&mut out, segment.times);
        }
        Body::TextRecognized(recognized) => {
            out.put("text", &recognized.text)
                .put("language", &recognized.language)
                .put("confidence", recognized.confidence.unwrap_or(0.0))
                .maybe("confidence_known", Some(recognized.confidence.is_some()));
            placed(&mut out, session, &recognized.place);
            wishes(&mut out, &recognized.wishes, false);
            out.maybe("target_language", recognized.wishes.target.as_ref());
            times(&mut out, recognized.times);
        }
        Body::TextTranslated(translated) => {
            out.put("text", &translated.text)
                .put("source_language", &translated.source_language)
                .put("target_language", &translated.target_language)
                .maybe("quality_score", translated.quality);
            placed(&mut out, session, &translated.place);
            wishes(&mut out, &translated.wishes, false);
            times(&mut out, translated.times);
        }
        Body::AudioSynthesis(speech) => {
            sound(&mut out, &speech.sound, "audio_uri");
            digest(&mut out, &speech.sound);
            out.put("duration_ms", speech.duration_ms as i64)
                .put("sample_rate_hz", speech.sample_rate as i32)
                .put("audio_format", "wav")
                .put("content_type", "audio/wav")
                .maybe("model_name", speech.model.as_ref())
                .maybe("speaker_id", speech.speaker_id.as_ref())
                .maybe("speaker_reference_bytes", None::<&str>)
                .maybe("text_snippet", speech.snippet.as_ref())
                .maybe("target_language", speech.target_language.as_ref())
                .maybe("voice", speech.voice.as_ref())
                .maybe("part", Some(speech.part as i32))
                .maybe("is_last", Some(speech.is_last));
            placed(&mut out, session, &speech.place);
            times(&mut out, speech.times);
        }
        Body::SessionStatus(status) => self::status(&mut out, session, status),
        Body::PartialTranscript(partial) => {
            let id = identity::segment(session, partial.start_sample);
            out.put("text", &partial.text)
                .put("segment_id", id.to_string())
                .maybe("segment_index", Some(partial.index as i32))
                .maybe("start_sample", Some(partial.start_sample as i64))
                .maybe("revision", Some(partial.revision as i32))
                .maybe("language", partial.language.as_ref());
        }
    }
    out.done()
}

fn status(out: &mut Writer, session: &SessionId, status: &SessionStatus) {
    let (segments, place, stage, code, message) = match status {
        SessionStatus::SegmentFailed {
            place,
            stage,
            code,
            message,
        } => (None, Some(place), Some(stage), Some(code), Some(message)),
        SessionStatus::Ended { segments } => (Some(segments), None, None, None, None),
        SessionStatus::Aborted { segments, code } => (Some(segments), None, None, Some(code), None),
    };
    out.put("kind", status.kind())
        .maybe("segments", segments.map(|count| *count as i32))
        .maybe("segment_id", place.map(|at| at.id(session).to_string()))
        .maybe("segment_index", place.map(|at| at.index as i32))
        .maybe("start_sample", place.map(|at| at.start_sample as i64))
        .maybe("end_sample", place.map(|at| at.end_sample as i64))
        .maybe("stage", stage)
        .maybe("code", code)
        .maybe("message", message);
}

fn placed(out: &mut Writer, session: &SessionId, place: &Place) {
    out.maybe("segment_id", Some(place.id(session).to_string()))
        .maybe("segment_index", Some(place.index as i32))
        .maybe("start_sample", Some(place.start_sample as i64))
        .maybe("end_sample", Some(place.end_sample as i64));
}

fn sound(out: &mut Writer, sound: &Sound, uri: &str) {
    let (bytes, object) = match sound {
        Sound::Inline(bytes) => (Some(bytes), None),
        Sound::Stored(object) => (None, Some(&object.uri)),
    };
    out.maybe("audio_bytes", bytes).maybe(uri, object);
}

/// What the sound must be, so that whoever reads it can tell.
fn digest(out: &mut Writer, sound: &Sound) {
    let (sha256, size) = match sound {
        Sound::Inline(bytes) => (Some(crate::digest::hex(bytes)), Some(bytes.len() as i64)),
        Sound::Stored(object) => (object.sha256.clone(), object.size.map(|size| size as i64)),
    };
    out.maybe("audio_sha256", sha256)
        .maybe("audio_size_bytes", size);
}

fn times(out: &mut Writer, times: Times) {
    out.maybe("received_at", times.received_at)
        .maybe("started_at", times.started_at);
}

fn wishes(out: &mut Writer, wishes: &Wishes, hint: bool) {
    if hint {
        out.maybe("language_hint", wishes.source.as_ref());
    }
    let reference = wishes.speaker.reference.as_ref();
    let (bytes, object) = match reference.map(|own| &own.sound) {
        Some(Sound::Inline(bytes)) => (Some(bytes), None),
        Some(Sound::Stored(object)) => (None, Some(object)),
        None => (None, None),
    };
    out.maybe("voice", wishes.voice.as_ref())
        .maybe("speaker_id", wishes.speaker.id.as_ref())
        .maybe("speaker_reference_bytes", bytes)
        .maybe("speaker_reference_uri", object.map(|own| &own.uri))
        .maybe(
            "speaker_reference_sha256",
            object.and_then(|own| own.sha256.as_ref()),
        )
        .maybe(
            "speaker_reference_size_bytes",
            object.and_then(|own| own.size).map(|size| size as i64),
        )
        .maybe(
            "speaker_reference_text",
            reference.and_then(|own| own.text.as_ref()),
        )
        .maybe(
            "speaker_consent",
            reference.and_then(|own| own.consent.as_ref()).map(agreed),
        );
}

fn agreed(consent: &Agreement) -> Value {
    let mut out = Writer::default();
    out.put("speaker", &consent.speaker)
        .put("statement", &consent.statement)
        .put("given_at", consent.given_at as i64);
    out.done()
}
