//! A fixed event of every kind.

use bytes::Bytes;
use mynah_bus::event::{
    AudioInput, AudioPayload, AudioSynthesis, Body, Chunk, ClientOptions, ConsentRecord, Event,
    PartialTranscript, SegmentRange, SessionStatus, Speaker, SpeechSegment, StoredObject,
    TextRecognized, TextTranslated, Times, VoiceRecording,
};
use mynah_bus::identity::{SessionId, Stage};

const SESSION: &str = "5b0f6a1c-1111-4222-8333-444455556666";

/// The fixed events, each by the name of its file. Their contents never change.
pub(crate) fn fixed() -> Vec<(&'static str, Event)> {
    let segment = SegmentRange {
        index: 1,
        start_sample: 32_000,
        end_sample: 80_000,
    };
    let wav = AudioPayload::Inline(Bytes::from_static(b"RIFF\x04\0\0\0WAVE"));
    let stored = AudioPayload::Stored(StoredObject {
        uri: format!("s3://mynah/{SESSION}/s/vad/00ff"),
        sha256: Some("00ff".into()),
        size: Some(2_000_000),
    });
    let times = Times {
        received_at: Some(1_700_000_000_001),
        started_at: Some(1_700_000_000_002),
    };
    let named = |name: &str| Some(name.to_owned());
    let options = ClientOptions {
        source: named("en-GB"),
        target: named("es"),
        voice: named("espeak/es"),
        speaker: Speaker {
            id: named("ann"),
            reference: None,
        },
    };
    let recorded = |audio: AudioPayload| ClientOptions {
        speaker: Speaker {
            id: None,
            reference: Some(VoiceRecording {
                audio,
                text: named("Grüße"),
                consent: Some(ConsentRecord {
                    speaker: "Ann".into(),
                    statement: "I agree.".into(),
                    given_at: 1_700_000_000,
                }),
            }),
        },
        ..ClientOptions::default()
    };
    // Text events have a language of their own.
    let on = |options: ClientOptions| ClientOptions {
        source: None,
        ..options
    };
    let chunk = Chunk {
        sequence: 7,
        start_sample: 3_200,
        end_sample: 6_400,
        is_last: true,
        inserted_silence: false,
    };
    let silence = Chunk {
        is_last: false,
        inserted_silence: true,
        ..chunk
    };
    let input = |audio, chunk, options| {
        let input = AudioInput {
            audio,
            sample_rate: 24_000,
            chunk,
            options,
            preview: true,
        };
        (Stage::Ingress, Body::AudioInput(input))
    };
    let recognized = |text: &str, confidence, options| {
        let recognized = TextRecognized {
            segment,
            text: text.into(),
            language: "en".into(),
            confidence,
            recognizer: (!text.is_empty()).then(|| "whisper".into()),
            options,
            times,
        };
        (Stage::Recognize, Body::TextRecognized(recognized))
    };
    let speech_segment = |audio, options| {
        let body = SpeechSegment {
            segment,
            audio,
            sample_rate: 16_000,
            options,
            times,
        };
        (Stage::Detect, Body::SpeechSegment(body))
    };
    let translated = TextTranslated {
        segment,
        text: "¿Dónde está la estación?".into(),
        source_language: "en".into(),
        target_language: "es".into(),
        quality: Some(0.5),
        translators: vec!["bergamot".into(), "apertium".into()],
        via: Some("pt".into()),
        options: ClientOptions {
            target: None,
            ..on(options.clone())
        },
        times,
    };
    let spoken = AudioSynthesis {
        segment,
        part: 1,
        is_last: false,
        audio: wav.clone(),
        duration_ms: 500,
        sample_rate: 22_050,
        model: named("espeak/es"),
        target_language: named("es"),
        voice: named("espeak/es"),
        speaker_id: named("ann"),
        snippet: None,
        times,
    };
    let failed = SessionStatus::SegmentFailed {
        segment,
        stage: "translate".into(),
        code: "no_route".into(),
        message: "No engine translates en to xx.".into(),
    };
    let aborted = SessionStatus::Aborted {
        segments: 2,
        code: "silent".into(),
    };
    let status = |status| (Stage::Detect, Body::SessionStatus(status));
    let partial = PartialTranscript {
        text: "where is the".into(),
        index: 1,
        start_sample: 32_000,
        revision: 3,
        language: named("en"),
    };
    let all = [
        ("chunk", input(wav.clone(), Some(chunk), options.clone())),
        (
            "silence",
            input(wav.clone(), Some(silence), ClientOptions::default()),
        ),
        (
            "recording",
            input(stored.clone(), None, recorded(wav.clone())),
        ),
        ("inline", speech_segment(wav.clone(), options.clone())),
        ("stored", speech_segment(stored.clone(), recorded(stored))),
        (
            "words",
            recognized("Where is the station?", Some(0.75), on(options)),
        ),
        ("empty", recognized("", None, ClientOptions::default())),
        (
            "words",
            (Stage::Translate, Body::TextTranslated(translated)),
        ),
        ("part", (Stage::Synthesize, Body::AudioSynthesis(spoken))),
        ("segment_failed", status(failed)),
        ("ended", status(SessionStatus::Ended { segments: 3 })),
        ("aborted", status(aborted)),
        (
            "words",
            (Stage::Recognize, Body::PartialTranscript(partial)),
        ),
    ];
    let session = SessionId::parse(SESSION).unwrap();
    let event = |(name, (stage, body))| {
        let event = Event {
            timestamp_ms: 1_700_000_000_003,
            ..Event::new(session.clone(), stage, body)
        };
        (name, event)
    };
    all.map(event).into()
}
