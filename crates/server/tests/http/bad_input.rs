//! What bad input gets: a clear error with a stable code.

use std::time::Duration;

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Engine, TestServer, error, for_every_engine, until};

for_every_engine!(speech_requests_that_cannot_be_served);

/// One error as it is read by clients: status, then body.
fn shown((status, error): &(u16, Value)) -> String {
    format!("{status} {}", serde_json::to_string(error).unwrap())
}

async fn speech_requests_that_cannot_be_served(engine: Engine) {
    let server = TestServer::build_of(engine).start().await;
    let (mute, language) = engine.mute_in();
    let mut seen = Vec::new();
    for (name, change) in [
        ("empty", json!({"input": ""})),
        ("only spaces", json!({"input": " \n "})),
        ("a pause too long", json!({"input": "One [pause:11s] two."})),
        ("over the limit", json!({"input": "a".repeat(4097)})),
        ("1 MB of one word", json!({"input": "a".repeat(1_000_000)})),
        (
            "only control characters",
            json!({"input": "\u{7}\u{b}\u{85}"}),
        ),
        ("input of the wrong type", json!({"input": 7})),
        ("no input", json!({"input": null})),
        ("unknown model", json!({"model": "gpt-9"})),
        (
            "unknown voice",
            json!({"voice": format!("{}/soprano", engine.id())}),
        ),
        ("unknown bare voice", json!({"voice": "nobody"})),
        ("voice of the wrong type", json!({"voice": ["alloy"]})),
        ("malformed language", json!({"language": "klingonese"})),
        (
            "unsupported language",
            json!({"voice": mute, "language": language}),
        ),
        ("language no engine has", json!({"language": "tlh"})),
        ("unknown format", json!({"response_format": "ogg"})),
        (
            "unknown stream format",
            json!({"stream_format": "websocket"}),
        ),
        ("too slow", json!({"speed": 0.2})),
        ("too fast", json!({"speed": 4.1})),
        ("speed of the wrong type", json!({"speed": "fast"})),
        ("negative seed", json!({"seed": -1})),
        (
            "instructions to an engine",
            json!({"model": engine.id(), "voice": engine.voice(), "instructions": "Hm"}),
        ),
        (
            "instructions too long",
            json!({"instructions": "a".repeat(4097)}),
        ),
    ] {
        let answer = error(server.speech(&change).send().await.unwrap()).await;
        seen.push(format!("{name}: {}", shown(&answer)));
    }
    let name = format!("speech_requests_that_cannot_be_served_by_{}", engine.id());
    insta::assert_snapshot!(name, seen.join("\n"));
    // Nothing was lost and nothing is stuck: only the next good request has reached the engine.
    server.synthesized("Hello.", "pcm").await;
    if let Some(frames) = server.frames() {
        assert_eq!(frames, 7);
    } else {
        until(&server.script.speech, |counts| {
            counts.started == 1 && counts.finished == 1
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_none() {
    let server = TestServer::start().await;
    let speech = server.url("/v1/audio/speech");
    let post = |body: &'static str, kind: &'static str| {
        server
            .client
            .post(&speech)
            .header("content-type", kind)
            .body(body)
    };
    let mut seen = Vec::new();
    for (name, request) in [
        ("not JSON", post("{\"input\": ", "application/json")),
        ("not an object", post("[1]", "application/json")),
        (
            "not UTF-8",
            server
                .client
                .post(&speech)
                .header("content-type", "application/json")
                .body(vec![0x22, 0xFF, 0x22]),
        ),
        (
            "not as JSON",
            post("input=Hi", "application/x-www-form-urlencoded"),
        ),
        ("no type", server.client.post(&speech).body("{}")),
        (
            "too large",
            post(
                // A body may hold 10 MiB of reference audio in base64, and 1 MiB besides.
                Box::leak(
                    " ".repeat((1 << 20) + (10 << 20) / 3 * 4 + 5)
                        .into_boxed_str(),
                ),
                "application/json",
            ),
        ),
        ("no such path", server.get("/v1/audio/sing")),
        ("no such page", server.get("/nothing")),
        ("no such model", server.get("/v1/models/gpt-9")),
        ("no such document", server.get("/docs/nothing")),
        ("wrong method", server.get("/v1/audio/speech")),
        (
            "unknown method",
            server
                .client
                .request(Method::DELETE, server.url("/v1/models")),
        ),
        (
            "not a form",
            server
                .client
                .post(server.url("/v1/audio/transcriptions"))
                .json(&json!({})),
        ),
    ] {
        let answer = error(request.send().await.unwrap()).await;
        seen.push(format!("{name}: {}", shown(&answer)));
    }
    insta::assert_snapshot!(seen.join("\n"));
    let response = server.get("/v1/audio/speech").send().await.unwrap();
    assert_eq!(response.headers()["allow"], "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_are_no_sound() {
    let server = TestServer::start().await;
    let wav = server.synthesized("A good recording.", "wav").await;
    let mp3 = server.synthesized("A good recording.", "mp3").await;
    let mut lying = encode_whole(
        &Clip::silence(SampleRate::HZ_16000, Duration::from_secs(1)),
        Format::Wav,
        &Tags::new(),
    )
    .unwrap();
    // More channels than frames have bytes for.
    lying[22] = 3;
    let mut seen = Vec::new();
    for (name, file) in [
        ("empty", Vec::new()),
        ("text", b"This is not audio.".to_vec()),
        (
            "a zip named .wav",
            b"PK\x03\x04\x14\0\0\0\x08\0".repeat(100),
        ),
        ("truncated mp3", mp3[..300].to_vec()),
        ("a header alone", wav[..44].to_vec()),
        ("a lying header", lying),
    ] {
        let response = server
            .upload("/v1/audio/transcriptions", file, &[])
            .send()
            .await
            .unwrap();
        seen.push(format!("{name}: {}", shown(&error(response).await)));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_with_fields_that_cannot_be_honoured() {
    let server = TestServer::start().await;
    let wav = server.synthesized("A good recording.", "wav").await;
    let mut seen = Vec::new();
    for (name, value) in [
        ("model", "gpt-9"),
        ("language", "klingonese"),
        ("language", "tlh"),
        ("response_format", "xml"),
        ("response_format", "diarized_json"),
        ("temperature", "3"),
        ("chunking_strategy", "server_vad"),
        ("max_line_width", "9"),
        ("timestamp_granularities[]", "word"),
        ("stream", "perhaps"),
    ] {
        let request = server.upload("/v1/audio/transcriptions", wav.clone(), &[(name, value)]);
        let answer = error(request.send().await.unwrap()).await;
        seen.push(format!("{name}={value}: {}", shown(&answer)));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_three_hours_is_over_the_limit() {
    let server = TestServer::start().await;
    // Three hours of silence fit into a small file when a codec is good at silence.
    let rate = SampleRate::new(SampleRate::MIN_HZ).unwrap();
    let silence = Clip::silence(rate, Duration::from_secs(3 * 3600));
    let file =
        tokio::task::spawn_blocking(move || encode_whole(&silence, Format::Flac, &Tags::new()));
    let file = file.await.unwrap().unwrap();
    assert!(file.len() < 25 << 20, "{} bytes", file.len());
    let response = server
        .upload("/v1/audio/transcriptions", file, &[])
        .send()
        .await
        .unwrap();
    let (status, error) = error(response).await;
    assert_eq!(
        (status, error["code"].as_str()),
        (400, Some("audio_too_long")),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_one_byte_more_than_allowed_is_refused() {
    let server = TestServer::build().with(|it| it.settings.limits.upload_bytes = 10_000);
    let server = server.start().await;
    for (bytes, status) in [(10_000, 400), (10_001, 413), (400_000, 413)] {
        let request = server.upload("/v1/audio/transcriptions", vec![0; bytes], &[]);
        let (got, error) = error(request.send().await.unwrap()).await;
        assert_eq!(got, status, "{bytes}: {error}");
    }
}
