//! Any event that may be.

use mynah_bus::event::{
    AudioInput, AudioPayload, AudioSynthesis, Body, Chunk, ClientOptions, ConsentRecord, Event,
    PartialTranscript, SegmentRange, SessionStatus, Speaker, SpeechSegment, StoredObject,
    TextRecognized, TextTranslated, Times, VoiceRecording,
};
use mynah_bus::identity::SessionId;
use proptest::prelude::*;
use uuid::Uuid;

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{2}(-[A-Z]{2})?", "\\PC{1,40}", "[x]{1024}"]
}

fn maybe_name() -> impl Strategy<Value = Option<String>> {
    prop::option::of(name())
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![9 => "(?s).{0,200}", 1 => "[ä]{32768}"]
}

fn count31() -> impl Strategy<Value = u32> {
    prop_oneof![0..100_u32, Just(i32::MAX as u32)]
}

fn count63() -> impl Strategy<Value = u64> {
    prop_oneof![0..100_000_u64, 0..i64::MAX as u64, Just(i64::MAX as u64)]
}

fn audio() -> impl Strategy<Value = AudioPayload> {
    let bytes = prop::collection::vec(any::<u8>(), 1..300);
    let size = prop::option::of(count63().prop_map(|size| size.max(1)));
    let object = ("[!-~]{1,60}", maybe_name(), size);
    prop_oneof![
        bytes.prop_map(|bytes| AudioPayload::Inline(bytes.into())),
        object.prop_map(|(uri, sha256, size)| AudioPayload::Stored(StoredObject {
            uri,
            sha256,
            size
        })),
    ]
}

fn options() -> impl Strategy<Value = ClientOptions> {
    let consent =
        (name(), words(), count63()).prop_map(|(speaker, statement, given_at)| ConsentRecord {
            speaker,
            statement: if statement.is_empty() {
                "yes".into()
            } else {
                statement
            },
            given_at,
        });
    let recording = (
        audio(),
        prop::option::of(words()),
        prop::option::of(consent),
    );
    let recording = recording.prop_map(|(audio, text, consent)| VoiceRecording {
        audio,
        text,
        consent,
    });
    let speaker = (maybe_name(), prop::option::of(recording));
    let speaker = speaker.prop_map(|(id, reference)| Speaker { id, reference });
    (maybe_name(), maybe_name(), maybe_name(), speaker).prop_map(
        |(source, target, voice, speaker)| ClientOptions {
            source,
            target,
            voice,
            speaker,
        },
    )
}

fn segment_range() -> impl Strategy<Value = SegmentRange> {
    (count31(), count63(), count63()).prop_map(|(index, one, other)| SegmentRange {
        index,
        start_sample: one.min(other).min(i64::MAX as u64 - 1),
        end_sample: one
            .max(other)
            .max(one.min(other).saturating_add(1))
            .min(i64::MAX as u64),
    })
}

fn times() -> impl Strategy<Value = Times> {
    any::<(Option<i64>, Option<i64>)>().prop_map(|(received_at, started_at)| Times {
        received_at,
        started_at,
    })
}

fn rate() -> impl Strategy<Value = u32> {
    1..=i32::MAX as u32
}

fn body() -> impl Strategy<Value = Body> {
    let chunk = (count63(), count63(), count63(), any::<[bool; 2]>());
    let chunk = chunk.prop_map(
        |(sequence, one, other, [is_last, inserted_silence])| Chunk {
            sequence,
            start_sample: one.min(other),
            end_sample: one.max(other),
            is_last,
            inserted_silence,
        },
    );
    let input = (
        audio(),
        rate(),
        prop::option::of(chunk),
        options(),
        any::<bool>(),
    )
        .prop_map(|(audio, sample_rate, chunk, options, preview)| {
            Body::AudioInput(AudioInput {
                audio,
                sample_rate,
                chunk,
                options,
                preview,
            })
        });
    let segment = (segment_range(), audio(), rate(), options(), times()).prop_map(
        |(segment, audio, sample_rate, options, times)| {
            Body::SpeechSegment(SpeechSegment {
                segment,
                audio,
                sample_rate,
                options,
                times,
            })
        },
    );
    let confidence = prop::option::of(0.0..=1.0_f32);
    let recognized = (
        segment_range(),
        words(),
        name(),
        confidence,
        prop::option::of(name()),
        options(),
        times(),
    )
        .prop_map(
            |(segment, text, language, confidence, recognizer, options, times)| {
                Body::TextRecognized(TextRecognized {
                    segment,
                    text,
                    language,
                    confidence,
                    recognizer,
                    options: ClientOptions {
                        source: None,
                        ..options
                    },
                    times,
                })
            },
        );
    let quality = prop::option::of(prop::num::f32::NORMAL | prop::num::f32::ZERO);
    let translated = (
        segment_range(),
        words(),
        name(),
        name(),
        quality,
        prop::collection::vec(name(), 0..3),
        prop::option::of(name()),
        options(),
        times(),
    )
        .prop_map(
            |(
                segment,
                text,
                source_language,
                target_language,
                quality,
                translators,
                via,
                options,
                times,
            )| {
                let blank = text.trim().is_empty();
                Body::TextTranslated(TextTranslated {
                    segment,
                    text: if blank { "sí".into() } else { text },
                    source_language,
                    target_language,
                    quality,
                    translators,
                    via,
                    options: ClientOptions {
                        source: None,
                        target: None,
                        ..options
                    },
                    times,
                })
            },
        );
    let spoken = (
        (
            segment_range(),
            count31(),
            any::<bool>(),
            audio(),
            count63(),
            rate(),
        ),
        (maybe_name(), maybe_name(), maybe_name(), maybe_name()),
        (prop::option::of(words()), times()),
    );
    let spoken = spoken.prop_map(|(what, named, (snippet, times))| {
        let (segment, part, is_last, audio, duration_ms, sample_rate) = what;
        let (model, target_language, voice, speaker_id) = named;
        Body::AudioSynthesis(AudioSynthesis {
            segment,
            part,
            is_last,
            audio,
            duration_ms: duration_ms.max(1),
            sample_rate,
            model,
            target_language,
            voice,
            speaker_id,
            snippet,
            times,
        })
    });
    let failed =
        (segment_range(), name(), name(), words()).prop_map(|(segment, stage, code, message)| {
            SessionStatus::SegmentFailed {
                segment,
                stage,
                code,
                message,
            }
        });
    let aborted = (count31(), name());
    let status = prop_oneof![
        failed,
        count31().prop_map(|segments| SessionStatus::Ended { segments }),
        aborted.prop_map(|(segments, code)| SessionStatus::Aborted { segments, code }),
    ];
    let partial = (words(), count31(), count63(), count31(), maybe_name()).prop_map(
        |(text, index, start_sample, revision, language)| {
            Body::PartialTranscript(PartialTranscript {
                text,
                index,
                start_sample,
                revision,
                language,
            })
        },
    );
    prop_oneof![
        input,
        segment,
        recognized,
        translated,
        spoken,
        status.prop_map(Body::SessionStatus),
        partial,
    ]
}

/// Any event that may be.
pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    let session = "[a-zA-Z0-9 ~ß-]{1,60}x";
    (any::<u128>(), session, any::<i64>(), name(), body()).prop_map(
        |(id, session, timestamp_ms, source, body)| Event {
            id: Uuid::from_u128(id),
            session: SessionId::parse(&session).unwrap(),
            timestamp_ms,
            source,
            body,
        },
    )
}
