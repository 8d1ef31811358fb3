//! Every format, in both ways of streaming, at several speeds, judged by ffprobe.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{Engine, TestServer, events, for_every_engine, probe};

for_every_engine!(
    every_format_streams_completely_at_every_speed,
    speed_changes_the_length_and_nothing_is_lost,
    what_is_not_said_is_mp3_of_the_alias_and_the_answer_says_who_spoke,
);

const TEXT: &str = "Every format has its own idea of a file.";

/// Name, codec by ffprobe, media type.
const FORMATS: [(&str, &str, &str); 6] = [
    ("mp3", "mp3", "audio/mpeg"),
    ("opus", "opus", "audio/ogg; codecs=opus"),
    ("aac", "aac", "audio/aac"),
    ("flac", "flac", "audio/flac"),
    ("wav", "pcm_s16le", "audio/wav"),
    ("pcm", "pcm_s16le", "audio/pcm"),
];

async fn every_format_streams_completely_at_every_speed(engine: Engine) {
    let server = TestServer::of(engine).await;
    for speed in [0.5, 1.0, 2.0] {
        let change = json!({"input": TEXT, "response_format": "pcm", "speed": speed, "seed": 5});
        let samples = server
            .speech(&change)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let seconds = samples.len() as f64 / 48_000.0;
        for (format, codec, kind) in FORMATS {
            for stream in ["audio", "sse"] {
                let change = json!({
                    "input": TEXT, "response_format": format, "speed": speed, "stream_format": stream,
                    "seed": 5,
                });
                let response = server.speech(&change).send().await.unwrap();
                assert_eq!(response.status(), 200, "{format} {stream} {speed}");
                assert_eq!(response.headers()["mynah-synthetic"], "1");
                let sent = response.headers()["content-type"]
                    .to_str()
                    .unwrap()
                    .to_owned();
                let file = if stream == "audio" {
                    assert_eq!(sent, kind);
                    response.bytes().await.unwrap().to_vec()
                } else {
                    assert_eq!(sent, "text/event-stream");
                    file_of(&response.text().await.unwrap())
                };
                let probed = probe(&file, format);
                assert_eq!(probed.codec, codec, "{format} {stream} {speed}");
                assert_eq!(probed.channels, 1);
                let rate = if format == "opus" { 48_000 } else { 24_000 };
                assert_eq!(probed.rate, rate, "{format}");
                // Codecs pad: mp3 and aac by some frames of up to 48 ms.
                let off = (probed.seconds - seconds).abs();
                assert!(
                    off < 0.2,
                    "{format} {stream} {speed}: {} not {seconds}",
                    probed.seconds
                );
                if format != "pcm" {
                    assert!(
                        probed.tags.contains("synthetic"),
                        "{format}: {}",
                        probed.tags
                    );
                    assert!(!probed.tags.contains("idea"), "{format} holds its text");
                }
            }
        }
    }
}

async fn speed_changes_the_length_and_nothing_is_lost(engine: Engine) {
    let server = TestServer::of(engine).await;
    let mut lengths = Vec::new();
    for speed in [0.25, 1.0, 4.0] {
        let change = json!({"input": TEXT, "response_format": "pcm", "speed": speed, "seed": 5});
        let samples = server
            .speech(&change)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        assert_eq!(samples.len() % 2, 0);
        lengths.push(samples.len() as f64);
    }
    for (length, factor) in [(lengths[0], 4.0), (lengths[2], 0.25)] {
        let ratio = length / lengths[1];
        assert!(
            (ratio / factor - 1.0).abs() < 0.05,
            "{ratio} instead of {factor}"
        );
    }
}

async fn what_is_not_said_is_mp3_of_the_alias_and_the_answer_says_who_spoke(engine: Engine) {
    let server = TestServer::of(engine).await;
    let change =
        json!({"instructions": "Whisper.", "seed": 7, "cfg_scale": 3, "voice": {"id": "alloy"}});
    let response = server
        .speech(&change)
        .header("x-request-id", "mine-1")
        .send()
        .await
        .unwrap();
    let headers = response.headers();
    assert_eq!(headers["content-type"], "audio/mpeg");
    assert_eq!(headers["mynah-engine"], engine.id());
    assert_eq!(headers["mynah-voice"], engine.alloy());
    let seed = if engine.samples() { "" } else { ", seed" };
    assert_eq!(
        headers["mynah-ignored"],
        format!("cfg_scale, instructions{seed}")
    );
    assert_eq!(headers["x-request-id"], "mine-1");
    assert_eq!(headers["cache-control"], "no-store");
    let timing = headers["server-timing"].to_str().unwrap();
    for part in ["queue;dur=", "first-audio;dur=", "encode;dur="] {
        assert!(timing.contains(part), "{timing}");
    }
}

/// The file inside the events.
fn file_of(stream: &str) -> Vec<u8> {
    let events = events(stream);
    let (last, deltas) = events.split_last().unwrap();
    assert_eq!(last.name, "speech.audio.done");
    let bytes = |delta: &crate::support::Received| {
        assert_eq!(delta.name, "speech.audio.delta");
        STANDARD
            .decode(delta.data["audio"].as_str().unwrap())
            .unwrap()
    };
    deltas.iter().flat_map(bytes).collect()
}
