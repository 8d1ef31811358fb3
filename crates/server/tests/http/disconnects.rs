//! Clients that disconnect, stall or never finish.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use mynah_tone::{Behaviour, Fault};
use serde_json::json;

use crate::support::{Engine, Raw, TestServer, for_every_engine, until};

for_every_engine!(
    disconnected_client_costs_no_more_work,
    client_that_never_reads_is_disconnected,
);

/// The head of a request for a body of so many bytes.
fn head(bytes: usize) -> String {
    format!(
        "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {bytes}\r\n\r\n"
    )
}

/// A request for far more speech than the buffers hold, once there is a slot.
async fn long_request(server: &TestServer) -> Raw {
    let body = json!({
        "input": TestServer::long_text(), "model": "tts-1", "voice": "alloy",
        "response_format": "pcm",
    });
    let body = body.to_string();
    loop {
        let mut raw = Raw::connect_narrowly(server.address).await;
        raw.send(head(body.len()) + &body).await;
        let answer = raw.head().await;
        if answer.starts_with("HTTP/1.1 200") {
            return raw;
        }
        // An earlier disconnect may not be noticed yet.
        assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    }
}

async fn disconnected_client_costs_no_more_work(engine: Engine) {
    let server = TestServer::build_of(engine).narrow(0).start().await;
    for _ in 0..5 {
        let mut raw = long_request(&server).await;
        // The server sees the end of what is sent, and closes what it sends.
        raw.hang_up().await;
        raw.rest().await;
        if let Some(before) = server.frames() {
            let more = server.settled_frames() - before;
            println!("{more} frames since the connection was closed");
            // It closes moments before it lets go of the speech, and on a busy machine these are
            // some frames of a tiny model. How many come after that is counted below.
            assert!(more <= FEW, "{more} frames after the disconnect");
        }
        server.served_at_last().await;
    }
}

/// Two seconds of audio, of six minutes that were requested.
const FEW: u64 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn dropped_speech_costs_at_most_one_more_frame() {
    let server = TestServer::build_of(Engine::Qwen3).narrow(0);
    let server = server.start().await;
    for _ in 0..10 {
        let mut speech = server.speech_without_http(&TestServer::long_text());
        assert!(speech.next().await.unwrap().is_ok());
        drop(speech);
        let before = server.frames().unwrap();
        let more = server.settled_frames() - before;
        assert!(more <= 1, "{more} frames after the disconnect");
    }
}

async fn client_that_never_reads_is_disconnected(engine: Engine) {
    let server = TestServer::build_of(engine).narrow(0);
    let server = server.with(|it| it.settings.limits.stall_seconds = 1);
    let server = server.start().await;
    let _raw = long_request(&server).await;
    server.served_at_last().await;
}

// What follows orders what the engine does, or never comes to an engine.

/// Endless speech, so that only leaving ends it.
fn endless() -> Behaviour {
    Behaviour {
        per_chunk: Duration::from_millis(20),
        ..Behaviour::failing(Fault::Runaway)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnect_during_stream_stops_the_engine() {
    let server = TestServer::start().await;
    for (turn, format) in ["pcm", "mp3", "aac"].into_iter().enumerate() {
        server.script.speech.once(endless());
        let change = json!({"input": "word ".repeat(100), "response_format": format});
        let response = server.speech(&change).send().await.unwrap();
        let mut body = response.bytes_stream();
        assert!(!body.next().await.unwrap().unwrap().is_empty());
        let left = Instant::now();
        drop(body);
        until(&server.script.speech, move |counts| {
            counts.cancelled == turn + 1
        })
        .await;
        let took = left.elapsed();
        println!("{format}: stopped {took:?} after the disconnect");
        // The requirement is 200 ms; a busy machine gets more time, and still fails without a stop.
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    assert_eq!(server.script.speech.counts().in_progress(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnect_before_first_audio_stops_the_engine() {
    let server = TestServer::start().await;
    server.script.speech.once(Behaviour::held());
    let request = tokio::spawn(server.speech(&json!({})).send());
    until(&server.script.speech, |counts| counts.started == 1).await;
    request.abort();
    until(&server.script.speech, |counts| counts.cancelled == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnect_during_upload_stops_the_recognizer() {
    let server = TestServer::start().await;
    let file = server.synthesized("Good morning.", "wav").await;
    server.script.recognition.once(Behaviour::held());
    let request = tokio::spawn(server.upload("/v1/audio/transcriptions", file, &[]).send());
    until(&server.script.recognition, |counts| counts.started == 1).await;
    request.abort();
    until(&server.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_stops_reading_is_disconnected() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.stall_seconds = 1;
        it.synthesis.ahead_seconds = 3600;
    });
    let server = server.start().await;
    // As fast as it can, until the sockets are full.
    server
        .script
        .speech
        .once(Behaviour::failing(Fault::Runaway));
    let body = json!({"input": "word ".repeat(800), "model": "tts-1", "voice": "alloy", "response_format": "pcm"});
    let body = body.to_string();
    let mut raw = Raw::connect(server.address).await;
    let head =
        "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    raw.send(format!(
        "{head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    assert!(raw.head().await.starts_with("HTTP/1.1 200"));
    until(&server.script.speech, |counts| {
        counts.started == 1 && counts.in_progress() == 0
    })
    .await;
    assert_eq!(server.script.speech.counts().finished, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn incomplete_head_times_out() {
    let server = TestServer::build().with(|it| it.settings.limits.head_seconds = 1);
    let server = server.start().await;
    let mut half = Raw::connect(server.address).await;
    half.send("POST /v1/audio/speech HTTP/1.1\r\nHost: local")
        .await;
    let mut silent = Raw::connect(server.address).await;
    let (half, silent) = tokio::join!(half.rest(), silent.rest());
    assert!(
        !half.contains(" 200 ") && silent.is_empty(),
        "{half}{silent}"
    );
    assert_eq!(
        server.speech(&json!({})).send().await.unwrap().status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn incomplete_body_times_out() {
    let server = TestServer::build().with(|it| it.settings.limits.body_seconds = 1);
    let server = server.start().await;
    for (path, kind) in [
        ("speech", "application/json"),
        ("transcriptions", "multipart/form-data; boundary=b"),
    ] {
        let mut raw = Raw::connect(server.address).await;
        let head =
            format!("POST /v1/audio/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}");
        raw.send(format!("{head}\r\nContent-Length: 1000\r\n\r\n--b\r\n"))
            .await;
        let answer = raw.rest().await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("request_timeout"), "{answer}");
    }
}
