//! Sessions over a real socket, as a client sees them.

mod harness;

use std::collections::HashSet;

use harness::{TestGateway, sentences, silence, until};
use mynah_tone::{Behaviour, Fault};
use serde_json::{Value, json};

/// 200 ms of sound, as clients are advised to send.
const PIECE: usize = 9_600;

fn update(session: &Value) -> Value {
    json!({"type": "session.update", "event_id": "mine", "session": session})
}

fn with_transcription() -> Value {
    update(&json!({"audio": {"input": {"transcription": {"model": "any"}}}}))
}

#[tokio::test]
async fn a_whole_session() {
    let gateway = TestGateway::start().await;
    let mut client = gateway
        .try_connect("?model=gpt-realtime-translate", &[])
        .await
        .unwrap();

    let created = client.event().await;
    let session = &created["session"];
    assert_eq!(created["type"], "session.created");
    assert_eq!(session["type"], "translation");
    assert_eq!(session["model"], "gpt-realtime-translate");
    assert!(session["id"].as_str().unwrap().starts_with("sess_"));
    assert_eq!(session["audio"]["input"]["transcription"], Value::Null);
    assert_eq!(
        session["audio"]["output"],
        json!({"language": "es", "voice": "tone/alto"})
    );

    client.send(with_transcription()).await;
    let updated = client.event().await;
    assert_eq!(updated["type"], "session.updated");
    assert_eq!(
        updated["session"]["audio"]["input"]["transcription"]["model"],
        "any"
    );

    let pcm = sentences(&["Good morning.", "How are you?"]);
    client.append(&pcm, PIECE).await;
    client.close().await;
    let ending = client.ending().await;

    assert_eq!(
        ending.joined("session.input_transcript.delta"),
        "Good morning. How are you?"
    );
    let output = "es: Good morning. es: How are you?";
    assert_eq!(ending.joined("session.output_transcript.delta"), output);
    assert_eq!(ending.recognized_audio(), output);
    assert_eq!(ending.error_codes(), [""; 0]);
    assert_eq!(
        (ending.last_type(), ending.close),
        ("session.closed", Some(1000))
    );

    let done = ending.of("session.segment.done");
    assert_eq!(done.len(), 2);
    assert_eq!(
        (
            &done[1]["segment"],
            &done[1]["source"],
            &done[1]["source_language"]
        ),
        (&json!(1), &json!("How are you?"), &json!("en"))
    );
    let length_ms = pcm.len() as u64 / 48;
    assert!(done[1]["end_ms"].as_u64().unwrap() <= length_ms);

    // Sound is never placed before it was heard, nor over other sound.
    let mut free_at = 0;
    for event in ending.of("session.output_audio.delta") {
        let begins = event["elapsed_ms"].as_u64().unwrap();
        assert!(begins >= free_at, "{begins} < {free_at}");
        let bytes = event["delta"].as_str().unwrap().len() as u64 / 4 * 3;
        free_at = begins + (bytes / 48).saturating_sub(2);
    }

    let events = [vec![created, updated], ending.events].concat();
    let ids: HashSet<_> = events
        .iter()
        .map(|event| event["event_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), events.len(), "every event has an id of its own");
}

#[tokio::test]
async fn the_recognized_text_is_sent_only_where_it_is_wanted() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    client.append(&sentences(&["Hello."]), PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.joined("session.input_transcript.delta"), "");
    assert_eq!(
        ending.joined("session.output_transcript.delta"),
        "es: Hello."
    );
}

#[tokio::test]
async fn pieces_of_any_length_are_joined() {
    let pcm = sentences(&["pieces of any length"]);
    for piece in [1_001, 4_799, 48_000] {
        let gateway = TestGateway::start().await;
        let mut client = gateway.connect().await;
        client.append(&pcm, piece).await;
        client.close().await;
        let ending = client.ending().await;
        assert_eq!(
            ending.recognized_audio(),
            "es: pieces of any length",
            "in pieces of {piece} bytes"
        );
    }
}

#[tokio::test]
async fn half_a_sample_at_the_end_is_an_error_only() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    let mut pcm = sentences(&["nearly whole"]);
    pcm.push(7);
    client.append(&pcm, PIECE).await;
    client
        .send(json!({"type": "session.close", "event_id": "the end"}))
        .await;
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["odd_audio_length"]);
    assert_eq!(ending.of("error")[0]["error"]["event_id"], "the end");
    assert_eq!(ending.recognized_audio(), "es: nearly whole");
    assert_eq!(
        (ending.last_type(), ending.close),
        ("session.closed", Some(1000))
    );
}

#[tokio::test]
async fn a_session_without_sound_ends_at_once() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(
        (ending.events.len(), ending.last_type()),
        (1, "session.closed")
    );
    assert_eq!(ending.close, Some(1000));
}

#[tokio::test]
async fn a_slow_first_segment_keeps_its_place() {
    let gateway = TestGateway::start().await;
    gateway.script.recognition.once(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["slow", "fast"]), PIECE).await;
    client.close().await;
    until(&gateway.script.recognition, |counts| counts.finished == 1).await;
    gateway.script.recognition.release(1);
    let ending = client.ending().await;
    assert_eq!(
        ending.joined("session.output_transcript.delta"),
        "es: slow es: fast"
    );
    assert_eq!(ending.recognized_audio(), "es: slow es: fast");
    let order: Vec<_> = ending
        .of("session.segment.done")
        .iter()
        .map(|event| event["segment"].clone())
        .collect();
    assert_eq!(order, [0, 1]);
}

#[tokio::test]
async fn a_failed_segment_is_reported_and_the_next_continues() {
    let gateway = TestGateway::start().await;
    gateway
        .script
        .translation
        .once(Behaviour::failing(Fault::Crash));
    let mut client = gateway.connect().await;
    client.append(&sentences(&["broken"]), PIECE).await;
    let failed = client.event_of("session.segment.failed").await;
    assert_eq!(
        (&failed["segment"], &failed["code"]),
        (&json!(0), &json!("translation_failed"))
    );
    client.append(&sentences(&["sound"]), PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: sound");
    assert_eq!(ending.close, Some(1000));
}

#[tokio::test]
async fn previews_come_while_a_segment_is_open() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    client
        .send(update(&json!({"audio": {"input": {"preview": true}}})))
        .await;
    assert_eq!(
        client.event().await["session"]["audio"]["input"]["preview"],
        true
    );
    let pcm = sentences(&["the quick brown fox jumps"]);
    let (first, rest) = pcm.split_at(pcm.len() / 4 * 2);
    client.append(first, PIECE).await;
    let preview = client.event_of("session.input_transcript.preview").await;
    assert_eq!(preview["segment"], 0);
    assert!("the quick brown fox jumps".starts_with(preview["text"].as_str().unwrap()));
    client.append(rest, PIECE).await;
    client.close().await;
    assert_eq!(
        client.ending().await.recognized_audio(),
        "es: the quick brown fox jumps"
    );
}

#[tokio::test]
async fn a_change_of_language_applies_to_what_follows() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    let pcm = sentences(&["first"]);
    client.append(&pcm, PIECE).await;
    client
        .send(update(&json!({"audio": {"output": {"language": "fr"}}})))
        .await;
    client.append(&sentences(&["second"]), PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(
        ending.joined("session.output_transcript.delta"),
        "es: first fr: second"
    );
    let done = ending.of("session.segment.done");
    assert_eq!(
        (&done[0]["segment"], &done[1]["segment"]),
        (&json!(0), &json!(1))
    );
    // Places count from the beginning of the session.
    assert!(done[1]["start_ms"].as_u64().unwrap() >= pcm.len() as u64 / 48);
}

#[tokio::test]
async fn fields_without_effect_are_listed() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    client
        .send(update(&json!({
            "mood": 1,
            "audio": {"input": {"noise_reduction": {"type": "near_field"}, "gain": 2}},
        })))
        .await;
    let session = client.event().await["session"].clone();
    assert_eq!(
        session["ignored"],
        json!(["mood", "audio.input.gain", "audio.input.noise_reduction"])
    );
    assert_eq!(session["audio"]["input"]["noise_reduction"], Value::Null);
}

#[tokio::test]
async fn unsupported_updates_are_refused_and_change_nothing() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    let reference = json!({"audio": "AAAA"});
    for (session, code, param) in [
        (
            json!({"audio": {"output": {"language": "??"}}}),
            "invalid_language",
            "session.audio.output.language",
        ),
        (
            json!({"audio": {"output": {"language": "de"}}}),
            "unsupported_language",
            "session.audio.output.language",
        ),
        (
            json!({"audio": {"input": {"language": "de"}}}),
            "unsupported_language",
            "session.audio.input.language",
        ),
        (
            json!({"audio": {"output": {"voice": "nobody"}}}),
            "unsupported_voice",
            "session.audio.output.voice",
        ),
        (
            json!({"speaker_reference": reference}),
            "consent_required",
            "session.consent",
        ),
        (
            json!({"speaker_reference": reference, "consent": {"speaker": "Ana", "statement": " "}}),
            "consent_required",
            "session.consent",
        ),
        (
            json!({"speaker_reference": {"audio": "?"}, "consent": {"speaker": "Ana", "statement": "I agree."}}),
            "unsupported_speaker_reference",
            "session.speaker_reference",
        ),
        (
            json!({
                "speaker_reference": reference,
                "consent": {"speaker": "Ana", "statement": "I agree."},
                "audio": {"output": {"voice": "alto"}},
            }),
            "unsupported_speaker_reference",
            "session.speaker_reference",
        ),
        (
            json!({"audio": {"output": {"voice": "tone/clone"}}}),
            "unsupported_speaker_reference",
            "session.speaker_reference",
        ),
    ] {
        client.send(update(&session)).await;
        let event = client.event().await;
        let error = &event["error"];
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!(code), &json!(param)),
            "{event}"
        );
        assert_eq!(error["event_id"], "mine");
    }
    client.append(&sentences(&["Hello."]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: Hello.");
}

#[tokio::test]
async fn the_same_language_is_spoken_again_in_the_voice_chosen() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    client
        .send(update(
            &json!({"audio": {"output": {"language": "en", "voice": "bass"}}}),
        ))
        .await;
    assert_eq!(
        client.event().await["session"]["audio"]["output"]["voice"],
        "tone/bass"
    );
    client.append(&sentences(&["Hello."]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "Hello.");
}

#[tokio::test]
async fn a_translation_is_spoken_in_the_voice_of_a_recording() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    let consent = json!({"speaker": "Ana", "statement": "I agree."});
    let mut voices = Vec::new();
    for session in [
        json!({"speaker_reference": {"audio": "AAAA"}, "consent": consent}),
        json!({"speaker_reference": null}),
        json!({"speaker_reference": {"audio": "AAAA", "text": "Hi."}, "consent": consent}),
    ] {
        client.send(update(&session)).await;
        let event = client.event().await;
        voices.push(event["session"]["audio"]["output"]["voice"].clone());
    }
    assert_eq!(voices, ["tone/clone", "tone/alto", "tone/clone"]);
    client.append(&sentences(&["Hello."]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: Hello.");
}

#[tokio::test]
async fn a_client_that_disconnects_stops_the_engines() {
    let gateway = TestGateway::limited(|settings| settings.resume_seconds = 0).await;
    gateway.script.recognition.always(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["gone"]), PIECE).await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;
    drop(client);
    until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn a_disconnect_after_session_close_stops_the_engines() {
    let gateway = TestGateway::limited(|settings| settings.resume_seconds = 0).await;
    gateway.script.recognition.always(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["gone"]), PIECE).await;
    client.close().await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;
    drop(client);
    until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn nothing_is_taken_after_the_end() {
    let gateway = TestGateway::start().await;
    gateway.script.recognition.once(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["last"]), PIECE).await;
    client.close().await;
    client.append(&silence(), PIECE).await;
    let error = client.event_of("error").await;
    assert_eq!(error["error"]["code"], "session_closing");
    gateway.script.recognition.release(1);
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: last");
    assert_eq!(ending.close, Some(1000));
}
