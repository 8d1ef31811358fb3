//! `audio.input.format` is an order: honoured, or refused.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use harness::client::Client;
use harness::stages::TestBus;
use harness::{TestGateway, pcm, utterance};
use mynah_audio::{SampleRate, a_law, mu_law};
use serde_json::{Value, json};

/// Bytes in one message, no whole number of samples.
const PIECE: usize = 4_801;

async fn backends() -> [TestGateway; 2] {
    let bus = TestBus::start().await;
    [TestGateway::start().await, TestGateway::on(&bus).await]
}

fn update(session: &Value) -> Value {
    json!({"type": "session.update", "event_id": "mine", "session": session})
}

fn input(format: &Value) -> Value {
    update(&json!({"audio": {"input": {"format": format}}}))
}

/// The byte of a law that is nearest to each sample.
fn encoded(samples: &[f32], law: fn(u8) -> f32) -> Vec<u8> {
    let table: Vec<f32> = (0..=u8::MAX).map(law).collect();
    let nearest = |sample: &f32| {
        let distance = |byte: &u8| (table[usize::from(*byte)] - sample).abs();
        (0..=u8::MAX)
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap()
    };
    samples.iter().map(nearest).collect()
}

/// A sentence in a format, with the silence that ends it.
fn audio(text: &str, kind: &str, hz: u32) -> Vec<u8> {
    let mut samples = utterance(text, SampleRate::new(hz).unwrap());
    samples.resize(samples.len() + hz as usize, 0.0);
    match kind {
        "audio/pcmu" => encoded(&samples, mu_law),
        "audio/pcma" => encoded(&samples, a_law),
        _ => pcm(&samples),
    }
}

async fn changed(client: &mut Client, event: Value) -> Value {
    client.send(event).await;
    let updated = client.event().await;
    assert_eq!(updated["type"], "session.updated", "{updated}");
    updated["session"]["audio"]["input"]["format"].clone()
}

#[tokio::test]
async fn audio_is_taken_at_the_rate_that_was_declared() {
    for (format, kind, hz) in [
        (
            json!({"type": "audio/pcm", "rate": 24_000}),
            "audio/pcm",
            24_000,
        ),
        (json!({"type": "audio/pcm"}), "audio/pcm", 24_000),
        (
            json!({"type": "audio/pcm", "rate": 16_000}),
            "audio/pcm",
            16_000,
        ),
        (
            json!({"type": "audio/pcm", "rate": 8_000}),
            "audio/pcm",
            8_000,
        ),
        (
            json!({"type": "audio/pcm", "rate": 11_025}),
            "audio/pcm",
            11_025,
        ),
        (
            json!({"type": "audio/pcm", "rate": 44_100}),
            "audio/pcm",
            44_100,
        ),
        (
            json!({"type": "audio/pcm", "rate": 48_000}),
            "audio/pcm",
            48_000,
        ),
        (json!({"type": "audio/pcmu"}), "audio/pcmu", 8_000),
        (json!({"type": "audio/pcma"}), "audio/pcma", 8_000),
    ] {
        for gateway in backends().await {
            let mut client = gateway.connect().await;
            let shown = changed(&mut client, input(&format)).await;
            assert_eq!(shown, json!({"type": kind, "rate": hz}));
            client
                .append(&audio("As it was said.", kind, hz), PIECE)
                .await;
            client.close().await;
            let ending = client.ending().await;
            assert_eq!(ending.recognized_audio(), "es: As it was said.", "{format}");
            assert_eq!(ending.error_codes(), [""; 0], "{format}");
            let done = ending.of("session.segment.done");
            let end_ms = done[0]["end_ms"].as_u64().unwrap();
            let all_ms = 300 + 60 * "As it was said.".len() as u64 + 1_000;
            assert!(end_ms <= all_ms, "{format}: {end_ms} of {all_ms}");
        }
    }
}

#[tokio::test]
async fn the_names_of_the_earlier_realtime_api_are_known() {
    for gateway in backends().await {
        let mut client = gateway.connect().await;
        let earlier = update(&json!({"input_audio_format": "g711_ulaw"}));
        let shown = changed(&mut client, earlier).await;
        assert_eq!(shown, json!({"type": "audio/pcmu", "rate": 8_000}));
        client
            .append(&audio("one", "audio/pcmu", 8_000), PIECE)
            .await;
        client.close().await;
        assert_eq!(client.ending().await.recognized_audio(), "es: one");
    }
}

#[tokio::test]
async fn unsupported_formats_are_refused_and_change_nothing() {
    let audio_format = "session.audio.input.format";
    for (event, param) in [
        (
            input(&json!({"type": "audio/opus"})),
            format!("{audio_format}.type"),
        ),
        (
            input(&json!({"rate": 24_000})),
            format!("{audio_format}.type"),
        ),
        (
            input(&json!({"type": "audio/pcm", "rate": 0})),
            format!("{audio_format}.rate"),
        ),
        (
            input(&json!({"type": "audio/pcm", "rate": 1e9})),
            format!("{audio_format}.rate"),
        ),
        (
            input(&json!({"type": "audio/pcm", "rate": "16000"})),
            format!("{audio_format}.rate"),
        ),
        (
            input(&json!({"type": "audio/pcmu", "rate": 24_000})),
            format!("{audio_format}.rate"),
        ),
        (input(&json!(24_000)), audio_format.to_owned()),
        (
            update(&json!({"input_audio_format": "mp3"})),
            format!("{audio_format}.type"),
        ),
        (
            update(&json!({"audio": {"output": {"format": {"type": "audio/pcmu"}}}})),
            "session.audio.output.format".to_owned(),
        ),
    ] {
        for gateway in backends().await {
            let mut client = gateway.connect().await;
            client.send(event.clone()).await;
            let error = client.event().await["error"].clone();
            assert_eq!(
                (&error["code"], &error["param"], &error["event_id"]),
                (&json!("unsupported"), &json!(param), &json!("mine")),
                "{event}"
            );
            client
                .append(&audio("one", "audio/pcm", 24_000), PIECE)
                .await;
            client.close().await;
            assert_eq!(
                client.ending().await.recognized_audio(),
                "es: one",
                "{event}"
            );
        }
    }
}

#[tokio::test]
async fn a_format_may_change_within_a_session() {
    for gateway in backends().await {
        let mut client = gateway.connect().await;
        client
            .append(&audio("one", "audio/pcm", 24_000), PIECE)
            .await;
        client.send(input(&json!({"type": "audio/pcma"}))).await;
        client
            .append(&audio("two", "audio/pcma", 8_000), PIECE)
            .await;
        client
            .send(input(&json!({"type": "audio/pcm", "rate": 44_100})))
            .await;
        client
            .append(&audio("three", "audio/pcm", 44_100), PIECE)
            .await;
        // Half a sample is told, and is no part of what follows.
        client.append(&[1], PIECE).await;
        client.send(input(&Value::Null)).await;
        client
            .append(&audio("four", "audio/pcm", 24_000), PIECE)
            .await;
        client.close().await;
        let ending = client.ending().await;
        assert_eq!(
            ending.recognized_audio(),
            "es: one es: two es: three es: four"
        );
        assert_eq!(ending.error_codes(), ["odd_audio_length"]);
    }
}
