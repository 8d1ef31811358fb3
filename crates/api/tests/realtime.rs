//! The events of the realtime WebSocket: their JSON, and that it is the official package's.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use mynah_api::realtime::{
    AudioDelta, ClientEvent, InputAudioFormat, InvalidEventCode, PcmFormat, RealtimeError,
    RealtimeErrorType, SegmentDone, SegmentEngines, SegmentFailed, SegmentTimings, ServerEvent,
    ServerEventBody, Session, SessionAudio, SessionInput, SessionOutput, SessionType,
    TranscriptDelta, TranscriptPreview, Transcription,
};
use serde_json::{Map, Value, json};

fn session() -> Session {
    Session {
        id: "sess_00000000000000000000000000000001".into(),
        kind: SessionType::Translation,
        model: "gpt-realtime-translate".into(),
        expires_at: 1_800_000_000,
        audio: SessionAudio {
            input: SessionInput {
                transcription: Some(Transcription {
                    model: "whisper-1".into(),
                }),
                noise_reduction: None,
                language: "en".into(),
                preview: true,
                format: InputAudioFormat::default(),
            },
            output: SessionOutput {
                language: "es".into(),
                voice: Some("espeak/es".into()),
            },
        },
        resume_token: None,
        ignored: vec!["audio.input.noise_reduction".into()],
    }
}

/// One event of every kind.
fn all_events() -> Vec<ServerEvent> {
    let text = |delta: &str| TranscriptDelta {
        delta: delta.into(),
        elapsed_ms: 2_400,
        seq: None,
    };
    [
        ServerEventBody::Created {
            session: Session {
                ignored: Vec::new(),
                ..session()
            },
        },
        ServerEventBody::Updated { session: session() },
        ServerEventBody::Preview(TranscriptPreview {
            segment: 0,
            text: "good mor".into(),
        }),
        ServerEventBody::InputTranscript(text("Good morning.")),
        ServerEventBody::OutputTranscript(text("Buenos días.")),
        ServerEventBody::OutputAudio(AudioDelta {
            delta: "AAABAA==".into(),
            sample_rate: 24_000,
            channels: 1,
            format: PcmFormat::Pcm16,
            elapsed_ms: 2_400,
            seq: Some(131_072),
        }),
        ServerEventBody::SegmentDone(SegmentDone {
            segment: 0,
            start_ms: 250,
            end_ms: 2_400,
            source: "Good morning.".into(),
            source_language: "en".into(),
            translation: "Buenos días.".into(),
            engines: SegmentEngines {
                recognizer: Some("whisper".into()),
                translators: vec!["bergamot".into(), "apertium".into()],
                via: Some("pt".into()),
                voice: Some("kokoro/ef_dora".into()),
            },
            timings: SegmentTimings {
                detect_ms: 351,
                queue_ms: 0,
                recognize_ms: 320,
                translate_ms: 4,
                first_audio_ms: Some(690),
                total_ms: 720,
            },
            seq: None,
        }),
        ServerEventBody::SegmentFailed(SegmentFailed {
            segment: 1,
            code: "translation_failed".into(),
            message: "apertium failed: it stopped".into(),
            seq: Some(1_245_184),
        }),
        ServerEventBody::Error {
            error: RealtimeError {
                kind: RealtimeErrorType::InvalidRequestError,
                code: "invalid_json".into(),
                message: "the message is not JSON; send one JSON object a message".into(),
                param: None,
                event_id: Some("mine-7".into()),
            },
        },
        ServerEventBody::Closed {},
        ServerEventBody::Resumed {
            session: Session {
                resume_token: Some("AQIDBA".into()),
                ignored: Vec::new(),
                ..session()
            },
            through_sample: 9_600,
        },
        ServerEventBody::Acknowledged {
            through_sample: 14_400,
        },
    ]
    .into_iter()
    .enumerate()
    .map(|(number, body)| ServerEvent {
        event_id: format!("event_{number}"),
        body,
    })
    .collect()
}

#[test]
fn every_server_event_has_its_json_and_comes_back_from_it() {
    for event in all_events() {
        let json = serde_json::to_value(&event).unwrap();
        let name = json["type"].as_str().unwrap().replace('.', "_");
        insta::assert_json_snapshot!(name, event);
        assert_eq!(serde_json::from_value::<ServerEvent>(json).unwrap(), event);
    }
}

/// The fields of the official package's types, read from its source: which there are, and which
/// its clients need.
fn official(side: &str) -> Map<String, Value> {
    let fields: Value = serde_json::from_str(include_str!("realtime/openai_3.54.0.json")).unwrap();
    fields[side].as_object().unwrap().clone()
}

/// What we add, by event and path.
const OURS: [&str; 7] = [
    "seq",
    "session.resume_token",
    "session.audio.input.format",
    "session.audio.input.language",
    "session.audio.input.preview",
    "session.audio.output.voice",
    "session.ignored",
];

fn compare(event: &Value, fields: &Value, path: &str) {
    let event = event.as_object().unwrap();
    let fields = fields.as_object().unwrap();
    for (name, field) in fields {
        if field["required"] == true {
            assert!(
                event.contains_key(name),
                "{path}{name} is required by the official client"
            );
        }
        if let (Some(inner), Some(value @ Value::Object(_))) =
            (field.get("fields"), event.get(name))
        {
            compare(value, inner, &format!("{path}{name}."));
        }
    }
    for name in event.keys().filter(|name| !fields.contains_key(*name)) {
        let path = format!("{path}{name}");
        assert!(
            OURS.contains(&path.as_str()),
            "{path} is neither the official package's nor noted as ours"
        );
    }
}

#[test]
fn server_events_have_the_official_fields() {
    let events = all_events();
    for (name, fields) in official("server") {
        let event = events
            .iter()
            .map(|event| serde_json::to_value(event).unwrap())
            .find(|event| event["type"] == name.as_str())
            .unwrap_or_else(|| panic!("{name} is never sent"));
        compare(
            &event,
            &Value::Object(fields.as_object().unwrap().clone()),
            "",
        );
    }
}

#[test]
fn official_client_events_are_understood_field_by_field() {
    let update = json!({
        "type": "session.update", "event_id": "mine",
        "session": {"audio": {
            "input": {
                "transcription": {"model": "whisper-1"},
                "noise_reduction": {"type": "near_field", "strength": 0.5},
            },
            "output": {"language": "es"},
        }},
    });
    let append =
        json!({"type": "session.input_audio_buffer.append", "event_id": "mine", "audio": "AAA="});
    let close = json!({"type": "session.close", "event_id": "mine"});
    for event in [update, append, close] {
        let name = event["type"].as_str().unwrap();
        compare(&event, &official("client")[name], "");
        let read = ClientEvent::parse(&event.to_string()).unwrap();
        assert_eq!(read.event_id(), Some("mine"));
        // Nothing was lost on the way in.
        assert_eq!(serde_json::to_value(&read).unwrap(), event);
    }
}

#[test]
fn a_session_is_resumed_by_its_token() {
    let event = json!({"type": "session.resume", "resume_token": "AQID", "last_seq": [1, 65_537]});
    let read = ClientEvent::parse(&event.to_string()).unwrap();
    let ClientEvent::Resume(resume) = &read else {
        panic!("not a resume: {event}");
    };
    assert_eq!(resume.last_seq, [1, 65_537]);
    assert!(
        !format!("{read:?}").contains("AQID"),
        "a token is no text for logs"
    );
    for bad in [
        json!({"type": "session.resume"}),
        json!({"type": "session.resume", "resume_token": "AQID", "last_seq": [-1]}),
        json!({"type": "session.resume", "resume_token": "AQID", "last_seq": 7}),
    ] {
        let error = ClientEvent::parse(&bad.to_string()).unwrap_err();
        assert_eq!(error.code, InvalidEventCode::InvalidField, "{bad}");
    }
}

#[test]
fn null_switches_off_and_absence_leaves_as_it_is() {
    let input = |input: Value| {
        let event = json!({"type": "session.update", "session": {"audio": {"input": input}}});
        let Ok(ClientEvent::Update(update)) = ClientEvent::parse(&event.to_string()) else {
            panic!("not an update: {event}");
        };
        update.session.audio.unwrap().input.unwrap()
    };
    assert_eq!(input(json!({})).transcription, None);
    assert_eq!(
        input(json!({"transcription": null})).transcription,
        Some(None)
    );
}

#[test]
fn unknown_fields_are_tolerated_and_named() {
    let event = json!({"type": "session.update", "more": 1, "session": {
        "type": "translation",
        "audio": {"input": {"gain": 2}, "output": {"codec": "opus"}, "mood": {}},
    }});
    let Ok(ClientEvent::Update(update)) = ClientEvent::parse(&event.to_string()) else {
        panic!("not an update");
    };
    assert_eq!(
        update.session.unknown_fields(),
        [
            "type",
            "audio.mood",
            "audio.input.gain",
            "audio.output.codec"
        ]
    );
}

#[test]
fn each_kind_of_bad_message_has_its_code() {
    for (message, code, event_id) in [
        ("", InvalidEventCode::InvalidJson, None),
        ("{\"type\":", InvalidEventCode::InvalidJson, None),
        (&"[".repeat(4_000), InvalidEventCode::InvalidJson, None),
        ("[]", InvalidEventCode::MissingType, None),
        ("{}", InvalidEventCode::MissingType, None),
        (
            r#"{"type": 1, "event_id": "a"}"#,
            InvalidEventCode::MissingType,
            Some("a"),
        ),
        (
            r#"{"type": "response.create", "event_id": "b"}"#,
            InvalidEventCode::UnknownType,
            Some("b"),
        ),
        (
            r#"{"type": "session.input_audio_buffer.append"}"#,
            InvalidEventCode::InvalidField,
            None,
        ),
        (
            r#"{"type": "session.update", "session": 3}"#,
            InvalidEventCode::InvalidField,
            None,
        ),
        (
            r#"{"type": "session.close", "event_id": 3}"#,
            InvalidEventCode::InvalidField,
            None,
        ),
    ] {
        let error = ClientEvent::parse(message).unwrap_err();
        assert_eq!(
            (error.code, error.event_id.as_deref()),
            (code, event_id),
            "{message}"
        );
    }
    let long = json!({"type": "?", "event_id": "x".repeat(ClientEvent::MAX_EVENT_ID_BYTES + 1)});
    assert_eq!(
        ClientEvent::parse(&long.to_string()).unwrap_err().event_id,
        None
    );
}
