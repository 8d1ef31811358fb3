//! Callers who leave, stall or never finish.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use mynah_tone::{Behaviour, Fault};
use serde_json::json;

use crate::support::{Raw, TestServer, until};

/// Endless speech, so that only leaving ends it.
fn endless() -> Behaviour {
    Behaviour {
        per_chunk: Duration::from_millis(20),
        ..Behaviour::failing(Fault::Runaway)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_mid_stream_stops_the_engine() {
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
        println!("{format}: stopped {took:?} after the caller left");
        // The requirement is 200 ms; a busy machine gets more, and still fails if nobody stops it.
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    assert_eq!(server.script.speech.counts().at_work(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_before_the_first_sound_stops_the_engine() {
    let server = TestServer::start().await;
    server.script.speech.once(Behaviour::held());
    let request = tokio::spawn(server.speech(&json!({})).send());
    until(&server.script.speech, |counts| counts.started == 1).await;
    request.abort();
    until(&server.script.speech, |counts| counts.cancelled == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_an_upload_stops_the_recogniser() {
    let server = TestServer::start().await;
    let file = server.spoken("Good morning.", "wav").await;
    server.script.recognition.once(Behaviour::held());
    let request = tokio::spawn(server.upload("/v1/audio/transcriptions", file, &[]).send());
    until(&server.script.recognition, |counts| counts.started == 1).await;
    request.abort();
    until(&server.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_does_not_read_is_given_up() {
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
        counts.started == 1 && counts.at_work() == 0
    })
    .await;
    assert_eq!(server.script.speech.counts().finished, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_is_not_waited_for() {
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
async fn half_a_body_is_not_waited_for() {
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
