//! The contract of the events: golden bytes of every version, what later versions may change, and
//! that any event comes back as it went.
//!
//! `UPDATE=1` writes the golden bytes of the current versions anew. Those of earlier versions, and
//! those of a version that is in use anywhere, are for ever.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod any_event;
    pub(crate) mod events;
    pub(crate) mod versions;
}

use std::path::{Path, PathBuf};

use apache_avro::Schema;
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use futures_util::FutureExt;
use mynah_bus::avro::{BuiltIn, Codec, DecodeError, EncodeError};
use mynah_bus::event::{AudioPayload, Body, Event, InvalidEvent, Kind};
use proptest::prelude::*;
use support::any_event::any_event;
use support::events::fixed;
use support::versions::{self, Version, Versions};

fn encode(codec: &Codec, event: &Event) -> Result<Vec<u8>, EncodeError> {
    let done = codec.encode(event).now_or_never();
    done.expect("schemas are at hand").map(Into::into)
}

fn decode(codec: &Codec, kind: Kind, body: &[u8]) -> Result<Event, DecodeError> {
    let done = codec.decode(kind, body).now_or_never();
    done.expect("schemas are at hand")
}

fn hex(bytes: &[u8]) -> String {
    let line = |line: &[u8]| {
        line.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    bytes.chunks(32).map(|own| line(own) + "\n").collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.split_whitespace().collect::<String>().into_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(format!("{name}.hex"))
}

/// The committed bytes, which must be these; written where they may change or are not there yet.
fn committed(name: &str, now: &[u8], may_change: bool) -> Vec<u8> {
    let file = golden(name);
    let update = std::env::var_os("UPDATE").is_some();
    if update && (may_change || !file.exists()) {
        std::fs::write(&file, hex(now)).unwrap();
    }
    let text = std::fs::read_to_string(&file);
    let text =
        text.unwrap_or_else(|error| panic!("{}: {error}; UPDATE=1 makes it", file.display()));
    assert_eq!(
        text,
        hex(now),
        "{name}: the bytes of a version are for ever"
    );
    bytes(&text)
}

#[test]
fn the_current_version_is_written_unchanged() {
    let codec = Codec::new(Versions::all());
    for (name, event) in fixed() {
        let version = versions::of(event.kind()).pop().unwrap();
        let now = encode(&codec, &event).unwrap();
        let then = committed(&format!("{}.{name}", version.name()), &now, true);
        assert_eq!(then[1..5], version.id().to_be_bytes());
        assert_eq!(
            decode(&codec, event.kind(), &then).unwrap(),
            event,
            "{name}"
        );
    }
}

/// Events of the first version, as others write them: field by field, with the history's schema.
fn first_version() -> Vec<(Kind, Vec<(&'static str, Value)>)> {
    let null = || Value::Union(0, Box::new(Value::Null));
    let some = |value: Value| Value::Union(1, Box::new(value));
    let text = |text: &str| Value::String(text.into());
    let wav = || some(Value::Bytes(b"RIFF\x04\0\0\0WAVE".to_vec()));
    let no_speaker = [("speaker_reference_bytes", null()), ("speaker_id", null())];
    let without_speaker = |mut fields: Vec<(&'static str, Value)>| {
        fields.extend(no_speaker.clone());
        fields
    };
    vec![
        (
            Kind::AudioInput,
            without_speaker(vec![
                ("audio_bytes", wav()),
                ("audio_uri", null()),
                ("audio_format", text("wav")),
                ("sample_rate_hz", Value::Int(16_000)),
                ("language_hint", some(text("en"))),
            ]),
        ),
        (
            Kind::SpeechSegment,
            without_speaker(vec![
                ("segment_id", text("0b2e2d5c-5a5b-4c0b-9a53-0d3c8a3f7b11")),
                ("segment_index", Value::Int(1)),
                ("start_ms", Value::Long(2_000)),
                ("end_ms", Value::Long(5_000)),
                ("audio_bytes", null()),
                ("segment_uri", some(text("s3://speech/segment.wav"))),
                ("sample_rate_hz", Value::Int(16_000)),
                ("audio_format", text("wav")),
            ]),
        ),
        (
            Kind::TextRecognized,
            without_speaker(vec![
                ("text", text("Where is the station?")),
                ("language", text("en")),
                ("confidence", Value::Float(0.75)),
            ]),
        ),
        (
            Kind::TextTranslated,
            without_speaker(vec![
                ("text", text("¿Dónde está la estación?")),
                ("source_language", text("en")),
                ("target_language", text("es")),
                ("quality_score", null()),
            ]),
        ),
        (
            Kind::AudioSynthesis,
            without_speaker(vec![
                ("audio_bytes", wav()),
                ("audio_uri", null()),
                ("duration_ms", Value::Long(500)),
                ("sample_rate_hz", Value::Int(22_050)),
                ("audio_format", text("wav")),
                ("content_type", text("audio/wav")),
                ("model_name", some(text("xtts"))),
                ("text_snippet", null()),
                ("audio_sha256", null()),
                ("audio_size_bytes", null()),
            ]),
        ),
    ]
}

fn written(version: &Version, payload: Vec<(&'static str, Value)>) -> Vec<u8> {
    let text = |text: &str| Value::String(text.into());
    let record = |fields: Vec<(&'static str, Value)>| {
        Value::Record(
            fields
                .into_iter()
                .map(|(name, own)| (name.into(), own))
                .collect(),
        )
    };
    let event = record(vec![
        ("event_id", text("4a6ad2b0-53a3-4a0e-8a4e-5f8f0f5c1d10")),
        ("event_type", text(version.kind.record())),
        (
            "correlation_id",
            text("5b0f6a1c-1111-4222-8333-444455556666"),
        ),
        ("timestamp", Value::TimestampMillis(1_700_000_000_003)),
        ("source_service", text("gateway-service")),
        ("payload", record(payload)),
    ]);
    let event = event.resolve(&version.schema).unwrap();
    let writer = GenericDatumWriter::builder(&version.schema)
        .build()
        .unwrap();
    let datum = writer.write_value_to_vec(event).unwrap();
    [&[0], version.id().to_be_bytes().as_slice(), &datum].concat()
}

#[test]
fn the_first_version_is_read_by_todays_reader() {
    let codec = Codec::new(Versions::all());
    for (kind, payload) in first_version() {
        let version = versions::of(kind).remove(0);
        let then = committed(&version.name(), &written(&version, payload), false);
        let read = decode(&codec, kind, &then);
        let missing = |field| {
            let rule = "is missing";
            Err(DecodeError::Invalid(InvalidEvent { field, rule }))
        };
        match kind {
            // A whole recording: it has no range in a live session.
            Kind::AudioInput => {
                let Body::AudioInput(input) = read.unwrap().body else {
                    panic!()
                };
                assert_eq!(input.chunk, None);
                assert_eq!(input.options.source.as_deref(), Some("en"));
                assert!(!input.preview);
                assert!(matches!(input.audio, AudioPayload::Inline(bytes) if bytes.len() == 12));
            }
            // Without the first sample its subject is unknown.
            Kind::SpeechSegment => assert_eq!(read, missing("start_sample")),
            _ => assert_eq!(read, missing("segment_index"), "{kind:?}"),
        }
    }
}

/// Versions between the first and the current one have files of their own; what they wrote means
/// what it meant then.
#[test]
fn second_versions_are_read_by_todays_reader() {
    let codec = Codec::new(Versions::all());
    for (kind, names) in [
        (Kind::AudioInput, &["chunk", "recording"][..]),
        (Kind::TextRecognized, &["words", "empty"]),
        (Kind::TextTranslated, &["words"]),
    ] {
        for name in names {
            let same = |(own, event): &(&str, Event)| own == name && event.kind() == kind;
            let mut expected = fixed().into_iter().find(same).unwrap().1;
            match &mut expected.body {
                Body::TextRecognized(recognized) => recognized.recognizer = None,
                Body::TextTranslated(translated) => {
                    translated.translators.clear();
                    translated.via = None;
                }
                _ => {}
            }
            let file = golden(&format!("{}.v2.{name}", kind.record()));
            let then = bytes(&std::fs::read_to_string(file).unwrap());
            let read = decode(&codec, kind, &then);
            assert_eq!(read.unwrap(), expected, "{name}");
        }
    }
}

#[test]
fn a_text_has_at_most_eight_translators() {
    let codec = Codec::new(Versions::all());
    let translated = |(_, event): &(&str, Event)| event.kind() == Kind::TextTranslated;
    let mut event = fixed().into_iter().find(translated).unwrap().1;
    for (translators, fits) in [(8, true), (9, false)] {
        let Body::TextTranslated(body) = &mut event.body else {
            panic!()
        };
        body.translators = vec!["bergamot".into(); translators];
        assert_eq!(encode(&codec, &event).is_ok(), fits, "{translators}");
    }
}

#[test]
fn every_version_has_its_golden_bytes() {
    let files = std::fs::read_dir(golden("x").parent().unwrap()).unwrap();
    let files: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    for version in Kind::ALL.into_iter().flat_map(versions::of) {
        let own = format!("{}.", version.name());
        assert!(files.iter().any(|file| file.starts_with(&own)), "{own}");
    }
    let history = std::fs::read_dir(versions::history()).unwrap().count();
    let before: usize = Kind::ALL
        .into_iter()
        .map(|kind| versions::of(kind).len() - 1)
        .sum();
    assert_eq!(
        history, before,
        "a file of the history belongs to no record"
    );
}

/// Why a schema may not follow the ones before it.
fn breaks(before: &[&Schema], next: &Schema) -> Option<String> {
    before
        .iter()
        .find_map(|own| match SchemaCompatibility::can_read(own, next) {
            Ok(Compatibility::Full) => None,
            other => Some(format!("{other:?}")),
        })
}

#[test]
fn every_version_reads_all_earlier_versions() {
    for kind in Kind::ALL {
        let versions = versions::of(kind);
        let schemas: Vec<_> = versions.iter().map(|own| own.schema.as_ref()).collect();
        for at in 0..schemas.len() {
            assert_eq!(
                breaks(&schemas[..at], schemas[at]),
                None,
                "{}",
                versions[at].name()
            );
        }
    }
}

#[test]
fn a_schema_that_breaks_compatibility_is_found() {
    let changed = |from: &str, to: &str| {
        let text = Kind::TextRecognized.schema();
        assert!(text.contains(from), "{from}");
        Schema::parse_str(&text.replacen(from, to, 1)).unwrap()
    };
    let name = r#""name": "language""#;
    for next in [
        // A field without a default, a field renamed, a type changed.
        changed(r#""name": "confidence","#, r#""name": "sureness","#),
        changed(name, r#""name": "tongue""#),
        changed(r#""type": "float""#, r#""type": "string""#),
        changed(
            r#""name": "TextRecognizedEvent""#,
            r#""name": "TextHeardEvent""#,
        ),
    ] {
        for version in versions::of(Kind::TextRecognized) {
            assert!(
                breaks(&[&version.schema], &next).is_some(),
                "{}",
                version.name()
            );
        }
    }
}

#[test]
fn an_event_of_another_kind_is_not_read() {
    let codec = Codec::new(BuiltIn);
    for (name, event) in fixed() {
        let body = encode(&codec, &event).unwrap();
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != event.kind()) {
            let error = decode(&codec, kind, &body).unwrap_err();
            assert_eq!(error.reason(), "undecodable", "{name} as {kind:?}: {error}");
        }
    }
}

#[test]
fn bytes_without_a_frame_are_errors() {
    let codec = Codec::new(BuiltIn);
    let (_, event) = fixed().remove(0);
    let body = encode(&codec, &event).unwrap();
    let reason = |body: &[u8]| decode(&codec, event.kind(), body).unwrap_err().reason();
    assert_eq!(reason(b""), "too_short");
    assert_eq!(reason(&body[..4]), "too_short");
    assert_eq!(reason(&[&[1], &body[1..]].concat()), "wrong_magic");
    assert_eq!(
        reason(&[&[0, 0, 0, 0, 99], &body[5..]].concat()),
        "unknown_schema"
    );
    assert_eq!(reason(&[&body[..], &[0]].concat()), "undecodable");
    for end in 5..body.len() {
        assert_eq!(reason(&body[..end]), "undecodable", "{end}");
    }
}

/// For all bytes: an error, or an event that is valid and comes back.
fn judge(codec: &Codec, body: &[u8]) {
    for kind in Kind::ALL {
        if let Ok(event) = decode(codec, kind, body) {
            event.check().unwrap();
            let again = encode(codec, &event).unwrap();
            assert_eq!(decode(codec, kind, &again).unwrap(), event);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_event_comes_back_as_it_went(event in any_event()) {
        prop_assert_eq!(event.check(), Ok(()));
        let codec = Codec::new(BuiltIn);
        let body = encode(&codec, &event).unwrap();
        prop_assert!(body.len() < mynah_bus::limits::MAX_RECORD_BYTES);
        prop_assert_eq!(decode(&codec, event.kind(), &body).unwrap(), event);
    }

    #[test]
    fn any_bytes_are_an_event_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400), id in 0..8_u32) {
        let codec = Codec::new(BuiltIn);
        judge(&codec, &bytes);
        judge(&codec, &[&[0], id.to_be_bytes().as_slice(), &bytes].concat());
    }

    #[test]
    fn a_damaged_event_is_an_event_or_an_error(
        event in any_event(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in any::<prop::sample::Index>(),
    ) {
        let codec = Codec::new(BuiltIn);
        let whole = encode(&codec, &event).unwrap();
        prop_assert!(decode(&codec, event.kind(), &whole[..end.index(whole.len())]).is_err());
        let mut body = whole;
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        judge(&codec, &body);
    }
}
