//! `/ws/audio`: the earlier protocol and each of its limits, at both session backends.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::time::Duration;

use futures_util::SinkExt;
use harness::client::{Client, Ending};
use harness::stages::{Scenario, TestBus};
use harness::{TEST_TIMEOUT, TestGateway};
use mynah_audio::{Clip, SampleRate, resample};
use mynah_gateway::GatewaySettings;
use mynah_tone::code;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::header::ORIGIN;

const PIECE: usize = 6_400;

/// A sentence at 16 kHz, with silence after it.
fn sentences(texts: &[&str]) -> Vec<u8> {
    let mut clip = Clip::silence(code::RATE, Duration::from_millis(300));
    for text in texts {
        clip.samples.extend(code::encode(text).samples);
        let silence = Clip::silence(code::RATE, Duration::from_secs(1));
        clip.samples.extend(silence.samples);
    }
    let clip = resample(&clip, SampleRate::HZ_16000);
    let bytes = |sample: &f32| ((sample * 32_767.0) as i16).to_le_bytes();
    clip.samples.iter().flat_map(bytes).collect()
}

/// A gateway at each kind of backend.
async fn backends(change: impl Fn(&mut GatewaySettings)) -> [(TestGateway, Option<TestBus>); 2] {
    let mut settings = GatewaySettings::default();
    change(&mut settings);
    let local = TestGateway::with(settings, harness::keys::no_keys()).await;
    let bus = TestBus::start().await;
    let on_bus = TestGateway::on_limited(&bus, change).await;
    [(local, None), (on_bus, Some(bus))]
}

async fn connect(gateway: &TestGateway) -> (Client, String) {
    let mut client = gateway.try_open("/ws/audio", &[]).await.unwrap();
    let hello = client.event().await;
    assert_eq!(hello["status"], "connected");
    let id = hello["correlation_id"].as_str().unwrap().to_owned();
    assert_eq!(hello.as_object().unwrap().len(), 2);
    (client, id)
}

async fn sound(client: &mut Client, pcm: &[u8]) {
    for piece in pcm.chunks(PIECE) {
        let piece = Message::binary(piece.to_vec());
        client.socket.send(piece).await.unwrap();
    }
}

fn assert_ended(ending: &Ending, code: &str, close: u16) {
    assert_eq!(ending.error_codes(), [code], "{ending:?}");
    assert_eq!(ending.close, Some(close), "{code}");
    assert_eq!(ending.events.len(), 1, "something came before the error");
}

#[tokio::test]
async fn a_whole_session() {
    for (gateway, bus) in backends(|_| {}).await {
        let (mut client, id) = connect(&gateway).await;
        let pcm = sentences(&["Good morning.", "How are you?"]);
        sound(&mut client, &pcm).await;
        client.send(json!({"event": "done"})).await;
        let ending = client.ending().await;
        let output = "es: Good morning. es: How are you?";
        assert_eq!(ending.recognized_audio(), output);
        assert_eq!(ending.joined("session.output_transcript.delta"), output);
        assert_eq!(
            ending.joined("session.input_transcript.delta"),
            "Good morning. How are you?"
        );
        assert_eq!(ending.of("session.segment.done").len(), 2);
        assert!(ending.of("session.input_audio.acknowledged").is_empty());
        assert_eq!(
            (ending.last_type(), ending.close),
            ("session.closed", Some(1000))
        );
        if let Some(bus) = bus {
            let chunks = bus.chunks(&id);
            let samples: usize = chunks.iter().map(|came| came.samples).sum();
            // Where the sound fills its chunks the last one is 20 ms of silence.
            let silence = samples - pcm.len() / 2;
            assert!(silence == 0 || silence == 320, "{silence}");
            assert_eq!(chunks.iter().filter(|came| came.chunk.is_last).count(), 1);
        }
    }
}

#[tokio::test]
async fn nothing_comes_before_done() {
    for (gateway, bus) in backends(|_| {}).await {
        let (mut client, id) = connect(&gateway).await;
        sound(&mut client, &sentences(&["early"])).await;
        if let Some(bus) = bus {
            // It is published while it arrives, and the results are there.
            let came = async {
                while bus.chunks(&id).len() < 5 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(TEST_TIMEOUT, came).await.expect("chunks");
        }
        let early = timeout(Duration::from_millis(500), client.event()).await;
        assert!(early.is_err(), "{early:?}");
        client.send(json!({"event": "done"})).await;
        assert_eq!(client.ending().await.recognized_audio(), "es: early");
    }
}

#[tokio::test]
async fn a_client_may_choose_languages_and_voice() {
    for (gateway, bus) in backends(|_| {}).await {
        let (mut client, id) = connect(&gateway).await;
        client
            .send(json!({
                "event": "start", "language": "en", "target_language": "fr",
                "sample_rate_hz": 16_000, "mood": "good",
            }))
            .await;
        sound(&mut client, &sentences(&["one"])).await;
        client.send(json!({"event": "done"})).await;
        assert_eq!(client.ending().await.recognized_audio(), "fr: one");
        if let Some(bus) = bus {
            let wishes = bus.chunks(&id)[0].wishes.clone();
            assert_eq!(wishes.source.as_deref(), Some("en"));
        }
    }
}

#[tokio::test]
async fn what_is_not_the_protocol_closes_with_1003() {
    let start = |field: &str, value: Value| {
        let mut start = json!({"event": "start"});
        start[field] = value;
        Message::text(start.to_string())
    };
    for (gateway, _) in backends(|_| {}).await {
        for (message, code) in [
            (Message::text("hello"), "invalid_json"),
            (Message::text("{}"), "invalid_event"),
            (Message::text(r#"{"event": "stop"}"#), "invalid_event"),
            (Message::text(r#"{"event": "done"}"#), "no_audio"),
            (Message::binary(vec![0; 3]), "odd_audio_length"),
            (start("language", json!("??")), "invalid_language"),
            (
                start("sample_rate_hz", json!(8_000)),
                "unsupported_sample_rate",
            ),
        ] {
            let (mut client, _) = connect(&gateway).await;
            client.socket.send(message).await.unwrap();
            assert_ended(&client.ending().await, code, 1003);
        }
        let (mut client, _) = connect(&gateway).await;
        sound(&mut client, &[0; 64]).await;
        client.send(json!({"event": "start"})).await;
        assert_ended(&client.ending().await, "invalid_event", 1003);
    }
}

#[tokio::test]
async fn unsupported_options_are_refused() {
    let gateway = TestGateway::start().await;
    let (mut client, _) = connect(&gateway).await;
    client
        .send(json!({"event": "start", "target_language": "de"}))
        .await;
    sound(&mut client, &[0; 64]).await;
    assert_ended(&client.ending().await, "unsupported_language", 1003);
}

#[tokio::test]
async fn messages_and_sessions_have_a_largest_size() {
    for (gateway, _) in backends(|settings| settings.ws_audio.max_buffer_bytes = 131_076).await {
        let (mut client, _) = connect(&gateway).await;
        client
            .socket
            .send(Message::binary(vec![0; 65_538]))
            .await
            .unwrap();
        assert_ended(&client.ending().await, "message_too_big", 1009);

        let (mut client, _) = connect(&gateway).await;
        for bytes in [65_536, 65_536, 4, 2] {
            client
                .socket
                .send(Message::binary(vec![0; bytes]))
                .await
                .unwrap();
        }
        assert_ended(&client.ending().await, "too_much_audio", 1009);
    }
}

#[tokio::test]
async fn all_messages_of_a_second_are_counted() {
    for (gateway, _) in backends(|settings| settings.ws_audio.max_messages_per_second = 5).await {
        let (mut client, _) = connect(&gateway).await;
        for _ in 0..6 {
            client
                .socket
                .send(Message::binary(vec![0; 2]))
                .await
                .unwrap();
        }
        assert_ended(&client.ending().await, "too_many_messages", 1008);
    }
}

#[tokio::test]
async fn a_silent_client_is_closed_when_it_has_been_idle() {
    for (gateway, _) in backends(|settings| settings.ws_audio.idle_seconds = 1).await {
        let began = Instant::now();
        let (mut client, _) = connect(&gateway).await;
        assert_ended(&client.ending().await, "idle_timeout", 1001);
        assert!(began.elapsed() >= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_session_expires_between_two_messages() {
    for (gateway, _) in backends(|settings| settings.ws_audio.session_seconds = 1).await {
        let began = Instant::now();
        let (mut client, _) = connect(&gateway).await;
        sound(&mut client, &[0; 2]).await;
        assert_ended(&client.ending().await, "session_expired", 1008);
        assert!(began.elapsed() >= Duration::from_secs(1));
    }
}

/// Each message puts the idle limit off: a session with pauses outlasts it.
#[tokio::test]
async fn messages_put_off_the_idle_limit() {
    let settings = |settings: &mut GatewaySettings| {
        settings.ws_audio.idle_seconds = 2;
        settings.ws_audio.session_seconds = 3;
    };
    for (gateway, _) in backends(settings).await {
        let (client, _) = connect(&gateway).await;
        let Client { socket, .. } = client;
        let (mut sink, mut events) = futures_util::StreamExt::split(socket);
        let sending = async {
            // Until the gateway closes.
            while sink.send(Message::binary(vec![0; 2])).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let event = async {
            let next = timeout(TEST_TIMEOUT, futures_util::StreamExt::next(&mut events));
            let Ok(Some(Ok(Message::Text(text)))) = next.await else {
                panic!("the gateway ends the session with an event");
            };
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let event = tokio::select! {
            biased;
            event = event => event,
            () = sending => panic!("closed without an event"),
        };
        assert_eq!(event["error"]["code"], "session_expired");
    }
}

#[tokio::test]
async fn waiting_for_the_results_is_not_idle() {
    let bus = TestBus::idle().await;
    let gateway = TestGateway::on_limited(&bus, |settings| {
        settings.ws_audio.idle_seconds = 1;
        settings.flush_seconds = 2;
    })
    .await;
    let (mut client, _) = connect(&gateway).await;
    sound(&mut client, &[0; 64]).await;
    client.send(json!({"event": "done"})).await;
    assert_ended(&client.ending().await, "flush_timeout", 1011);
}

#[tokio::test]
async fn connections_are_limited_by_a_close_code() {
    for (gateway, _) in backends(|settings| settings.ws_audio.max_connections = 1).await {
        let _first = connect(&gateway).await;
        let mut second = gateway.try_open("/ws/audio", &[]).await.unwrap();
        assert_ended(&second.ending().await, "overloaded", 1013);
        // The other route has places of its own.
        gateway.connect().await;
    }
    for (gateway, _) in backends(|settings| settings.ws_audio.max_connections = 0).await {
        let mut refused = gateway.try_open("/ws/audio", &[]).await.unwrap();
        assert_ended(&refused.ending().await, "overloaded", 1013);
    }
}

#[tokio::test]
async fn pages_of_other_origins_see_403() {
    for (gateway, _) in backends(|_| {}).await {
        let refused = gateway
            .try_open("/ws/audio", &[(ORIGIN, "https://elsewhere.example")])
            .await;
        assert_eq!(refused.err().unwrap().status(), 403);
    }
}

#[tokio::test]
async fn a_violation_aborts_and_what_was_published_stays() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    for leaves in [false, true] {
        let (mut client, id) = connect(&gateway).await;
        sound(&mut client, &[0; 16_000]).await;
        let came = async {
            while bus.chunks(&id).len() < 2 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(TEST_TIMEOUT, came).await.expect("chunks");
        if leaves {
            drop(client);
        } else {
            client.send_text("stop").await;
            assert_ended(&client.ending().await, "invalid_json", 1003);
        }
        gateway.connect().await.close().await;
        let chunks = bus.chunks(&id);
        assert_eq!(chunks.len(), 2);
        assert!(chunks.iter().all(|came| !came.chunk.is_last));
    }
}

#[tokio::test]
async fn a_failed_segment_is_told() {
    let scenario = Scenario {
        fail: [(0, mynah_bus::identity::Stage::Translate)].into(),
        ..Scenario::default()
    };
    let bus = TestBus::with(scenario).await;
    let gateway = TestGateway::on(&bus).await;
    let (mut client, _) = connect(&gateway).await;
    sound(&mut client, &sentences(&["one", "two"])).await;
    client.send(json!({"event": "done"})).await;
    let ending = client.ending().await;
    assert_eq!(ending.of("session.segment.failed").len(), 1);
    assert_eq!(ending.recognized_audio(), "es: two");
    assert_eq!(ending.close, Some(1000));
}

#[tokio::test]
async fn a_shutdown_interprets_all_audio() {
    for (gateway, _) in backends(|_| {}).await {
        let (mut client, _) = connect(&gateway).await;
        sound(&mut client, &sentences(&["before the end"])).await;
        // Read before the shutdown: a pong comes after all before it.
        client
            .socket
            .send(Message::Ping(Vec::new().into()))
            .await
            .unwrap();
        let pong = timeout(
            TEST_TIMEOUT,
            futures_util::StreamExt::next(&mut client.socket),
        );
        assert!(matches!(pong.await, Ok(Some(Ok(Message::Pong(_))))));
        gateway.shutdown.cancel();
        let ending = client.ending().await;
        assert_eq!(ending.recognized_audio(), "es: before the end");
        assert_eq!(ending.error_codes(), ["server_shutting_down"]);
        assert_eq!(ending.close, Some(1001));
        timeout(TEST_TIMEOUT, gateway.gateway.drained())
            .await
            .expect("all sessions end");
    }
}
