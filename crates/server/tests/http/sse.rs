//! The events of speech, word for word.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mynah_tone::{Behaviour, Fault};
use serde_json::json;

use crate::support::{Engine, TestServer, error, events, for_every_engine};

for_every_engine!(events_carry_the_audio_of_the_body_and_usage);

async fn events_carry_the_audio_of_the_body_and_usage(engine: Engine) {
    let server = TestServer::of(engine).await;
    for input in ["Hi.", "A first sentence, not too short. And a second one."] {
        let body = server.synthesized_with_seed(input, "pcm").await;
        let change = json!({
            "input": input, "response_format": "pcm", "stream_format": "sse", "seed": 1,
        });
        let response = server.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let events = events(&response.text().await.unwrap());
        let (done, deltas) = events.split_last().unwrap();
        let mut sound = Vec::new();
        for delta in deltas {
            assert_eq!(delta.name, "speech.audio.delta");
            assert_eq!(delta.data["type"], "speech.audio.delta");
            let audio = STANDARD.decode(delta.data["audio"].as_str().unwrap());
            sound.extend(audio.unwrap());
        }
        assert!(sound == body, "{} bytes, not {}", sound.len(), body.len());
        assert_eq!(done.name, "speech.audio.done");
        let usage = &done.data["usage"];
        let [input, output, total] = ["input_tokens", "output_tokens", "total_tokens"]
            .map(|name| usage[name].as_u64().unwrap());
        assert!(
            input > 0 && output > 0 && input + output == total,
            "{usage}"
        );
    }
}

// The following tests need an engine with known chunks or scripted failures.

/// The events of a response, with the size in place of the audio.
fn transcript(stream: &str) -> String {
    let mut lines = Vec::new();
    for mut event in events(stream) {
        if let Some(audio) = event.data.get("audio") {
            let bytes = STANDARD.decode(audio.as_str().unwrap()).unwrap();
            event.data["audio"] = format!("[{} bytes]", bytes.len()).into();
        }
        lines.push(format!("event: {}\ndata: {}", event.name, event.data));
    }
    lines.join("\n\n")
}

async fn stream(server: &TestServer) -> String {
    let change = json!({"input": "Hi.", "response_format": "pcm", "stream_format": "sse"});
    let response = server.speech(&change).send().await.unwrap();
    assert_eq!(response.status(), 200);
    transcript(&response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn audio_comes_in_deltas_and_ends_with_usage() {
    let server = TestServer::start().await;
    insta::assert_snapshot!(stream(&server).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn later_failure_is_the_last_speech_event() {
    let server = TestServer::start().await;
    server
        .script
        .speech
        .always(Behaviour::failing(Fault::Crash).after_chunks(1));
    let change =
        json!({"input": "Hi there, all.", "response_format": "pcm", "stream_format": "sse"});
    let response = server.speech(&change).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let received = events(&response.text().await.unwrap());
    assert_eq!(received[0].name, "speech.audio.delta");
    let last = received.last().unwrap();
    insta::assert_snapshot!(format!("event: {}\ndata: {}", last.name, last.data));
}

#[tokio::test(flavor = "multi_thread")]
async fn later_failure_breaks_a_plain_response() {
    let server = TestServer::start().await;
    server
        .script
        .speech
        .always(Behaviour::failing(Fault::Crash).after_chunks(1));
    for format in ["pcm", "wav", "mp3", "opus", "flac", "aac"] {
        let change = json!({"input": "Hi there, all of you.", "response_format": format});
        let response = server.speech(&change).send().await.unwrap();
        // If the encoder has returned no bytes yet, the error is in time for the status.
        if response.status() == 200 {
            assert!(
                response.bytes().await.is_err(),
                "{format}: a half file passed for a whole one"
            );
        } else {
            assert_eq!(error(response).await.1["code"], "engine_failed", "{format}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failure_before_first_audio_has_a_status() {
    let server = TestServer::start().await;
    for fault in [Fault::Crash, Fault::Panic] {
        for stream in ["audio", "sse"] {
            server.script.speech.once(Behaviour::failing(fault));
            let response = server
                .speech(&json!({"stream_format": stream}))
                .send()
                .await
                .unwrap();
            let (status, error) = error(response).await;
            assert_eq!(
                (status, error["code"].as_str()),
                (500, Some("engine_failed")),
                "{fault:?}"
            );
        }
    }
}
