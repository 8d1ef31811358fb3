//! Events to Avro.

use apache_avro::Error;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;

use super::fields::Writer;
use super::schemas::own_schema;
use crate::event::{
    AudioPayload, Body, ClientOptions, ConsentRecord, Event, SegmentRange, SessionStatus, Times,
};
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
    let schema = own_schema(kind);
    let value = record.finish().resolve(schema)?;
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
            audio(&mut out, &input.audio, "audio_uri");
            digest(&mut out, &input.audio);
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
            options(&mut out, &input.options, true);
            out.maybe("target_language", input.options.target.as_ref());
        }
        Body::SpeechSegment(speech) => {
            let segment = speech.segment;
            audio(&mut out, &speech.audio, "segment_uri");
            digest(&mut out, &speech.audio);
            out.put("segment_id", segment.id(session).to_string())
                .put("segment_index", segment.index as i32)
                .put("start_ms", segment.start_ms() as i64)
                .put("end_ms", segment.end_ms() as i64)
                .put("audio_format", "wav")
                .put("sample_rate_hz", speech.sample_rate as i32)
                .maybe("start_sample", Some(segment.start_sample as i64))
                .maybe("end_sample", Some(segment.end_sample as i64));
            options(&mut out, &speech.options, true);
            out.maybe("target_language", speech.options.target.as_ref());
            times(&mut out, speech.times);
        }
        Body::TextRecognized(recognized) => {
            out.put("text", &recognized.text)
                .put("language", &recognized.language)
                .put("confidence", recognized.confidence.unwrap_or(0.0))
                .maybe("confidence_known", Some(recognized.confidence.is_some()))
                .maybe("recognizer", recognized.recognizer.as_ref());
            write_segment(&mut out, session, &recognized.segment);
            options(&mut out, &recognized.options, false);
            out.maybe("target_language", recognized.options.target.as_ref());
            times(&mut out, recognized.times);
        }
        Body::TextTranslated(translated) => {
            out.put("text", &translated.text)
                .put("source_language", &translated.source_language)
                .put("target_language", &translated.target_language)
                .maybe("quality_score", translated.quality)
                .maybe("translators", Some(translated.translators.as_slice()))
                .maybe("via", translated.via.as_ref());
            write_segment(&mut out, session, &translated.segment);
            options(&mut out, &translated.options, false);
            times(&mut out, translated.times);
        }
        Body::AudioSynthesis(speech) => {
            audio(&mut out, &speech.audio, "audio_uri");
            digest(&mut out, &speech.audio);
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
            write_segment(&mut out, session, &speech.segment);
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
    out.finish()
}

fn status(out: &mut Writer, session: &SessionId, status: &SessionStatus) {
    let (segments, segment, stage, code, message) = match status {
        SessionStatus::SegmentFailed {
            segment,
            stage,
            code,
            message,
        } => (None, Some(segment), Some(stage), Some(code), Some(message)),
        SessionStatus::Ended { segments } => (Some(segments), None, None, None, None),
        SessionStatus::Aborted { segments, code } => (Some(segments), None, None, Some(code), None),
    };
    out.put("kind", status.kind())
        .maybe("segments", segments.map(|count| *count as i32))
        .maybe("segment_id", segment.map(|at| at.id(session).to_string()))
        .maybe("segment_index", segment.map(|at| at.index as i32))
        .maybe("start_sample", segment.map(|at| at.start_sample as i64))
        .maybe("end_sample", segment.map(|at| at.end_sample as i64))
        .maybe("stage", stage)
        .maybe("code", code)
        .maybe("message", message);
}

fn write_segment(out: &mut Writer, session: &SessionId, segment: &SegmentRange) {
    out.maybe("segment_id", Some(segment.id(session).to_string()))
        .maybe("segment_index", Some(segment.index as i32))
        .maybe("start_sample", Some(segment.start_sample as i64))
        .maybe("end_sample", Some(segment.end_sample as i64));
}

fn audio(out: &mut Writer, audio: &AudioPayload, uri: &str) {
    let (bytes, object) = match audio {
        AudioPayload::Inline(bytes) => (Some(bytes), None),
        AudioPayload::Stored(object) => (None, Some(&object.uri)),
    };
    out.maybe("audio_bytes", bytes).maybe(uri, object);
}

/// The digest and size of the audio, for its verification.
fn digest(out: &mut Writer, audio: &AudioPayload) {
    let (sha256, size) = match audio {
        AudioPayload::Inline(bytes) => (
            Some(mynah_blobs::digest::hex(bytes)),
            Some(bytes.len() as i64),
        ),
        AudioPayload::Stored(object) => {
            (object.sha256.clone(), object.size.map(|size| size as i64))
        }
    };
    out.maybe("audio_sha256", sha256)
        .maybe("audio_size_bytes", size);
}

fn times(out: &mut Writer, times: Times) {
    out.maybe("received_at", times.received_at)
        .maybe("started_at", times.started_at);
}

fn options(out: &mut Writer, options: &ClientOptions, hint: bool) {
    if hint {
        out.maybe("language_hint", options.source.as_ref());
    }
    let reference = options.speaker.reference.as_ref();
    let (bytes, object) = match reference.map(|own| &own.audio) {
        Some(AudioPayload::Inline(bytes)) => (Some(bytes), None),
        Some(AudioPayload::Stored(object)) => (None, Some(object)),
        None => (None, None),
    };
    out.maybe("voice", options.voice.as_ref())
        .maybe("speaker_id", options.speaker.id.as_ref())
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

fn agreed(consent: &ConsentRecord) -> Value {
    let mut out = Writer::default();
    out.put("speaker", &consent.speaker)
        .put("statement", &consent.statement)
        .put("given_at", consent.given_at as i64);
    out.finish()
}
