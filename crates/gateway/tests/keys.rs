//! Keys and what they may use, during sessions of both protocols, in this process and over a bus.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::SinkExt as _;
use harness::client::Client;
use harness::keys::{TestKeys, with_keys};
use harness::stages::TestBus;
use harness::{TEST_TIMEOUT, TestGateway, sentences};
use mynah_auth::AuthSettings;
use mynah_gateway::GatewaySettings;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, ORIGIN, RETRY_AFTER};

/// A key `ada` without limits.
fn ada() -> TestKeys {
    with_keys(&["ada"], AuthSettings::default())
}

/// A key `ada` with this many seconds of audio, which are practically not refilled.
fn ada_with_audio(seconds: u32) -> TestKeys {
    let settings = AuthSettings {
        audio_seconds_per_hour: AUDIO_PER_HOUR,
        audio_burst_seconds: seconds,
        ..AuthSettings::default()
    };
    with_keys(&["ada"], settings)
}

/// Seconds of audio per hour: a hundredth of a second per second.
const AUDIO_PER_HOUR: u32 = 36;

/// Gateways of both kinds. What is second lives as long as its gateway.
async fn gateways(keys: &TestKeys) -> [(TestGateway, Option<TestBus>); 2] {
    let local = TestGateway::with(GatewaySettings::default(), keys.authenticator.clone()).await;
    let bus = TestBus::start().await;
    let on_bus = TestGateway::on_with_keys(&bus, keys.authenticator.clone()).await;
    [(local, None), (on_bus, Some(bus))]
}

const KEY: [(tokio_tungstenite::tungstenite::http::HeaderName, &str); 1] =
    [(AUTHORIZATION, "Bearer ada")];
const PATHS: [&str; 2] = ["/v1/realtime/translations?model=test", "/ws/audio"];

async fn connect(gateway: &TestGateway, path: &str) -> Client {
    let mut client = gateway.try_open(path, &KEY).await.expect("a connection");
    client.event().await;
    client
}

/// Sends a sentence as the protocol of a path has it.
async fn send(client: &mut Client, path: &str, text: &str) {
    let pcm = sentences(&[text]);
    if path == "/ws/audio" {
        for piece in pcm.chunks(6_400) {
            let sent = client.socket.send(Message::binary(piece.to_vec())).await;
            if sent.is_err() {
                return;
            }
        }
    } else {
        client.append(&pcm, 9_600).await;
    }
}

#[tokio::test]
async fn a_session_ends_when_its_key_is_revoked() {
    for path in PATHS {
        for at in 0..2 {
            let keys = ada();
            let (gateway, _bus) = gateways(&keys).await.into_iter().nth(at).unwrap();
            let mut client = connect(&gateway, path).await;
            send(&mut client, path, "one").await;
            keys.revoke("ada");
            let ending = client.ending().await;
            assert_eq!(ending.close, Some(1008), "{path}");
            assert_eq!(ending.error_codes().last(), Some(&"invalid_api_key"));
        }
    }
}

#[tokio::test]
async fn a_session_that_waits_for_results_ends_as_well() {
    let keys = ada();
    let gateway = TestGateway::with(GatewaySettings::default(), keys.authenticator.clone()).await;
    gateway
        .script
        .recognition
        .once(mynah_tone::Behaviour::held());
    let mut client = connect(&gateway, PATHS[0]).await;
    send(&mut client, PATHS[0], "stuck").await;
    client.close().await;
    harness::until(&gateway.script.recognition, |counts| counts.started == 1).await;
    keys.revoke("ada");
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["invalid_api_key"]);
    assert_eq!(ending.close, Some(1008));
    harness::until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_with_its_key() {
    let keys = ada();
    let settings = GatewaySettings {
        send_timeout_seconds: 3_600,
        flush_seconds: 3_600,
        max_connections: 1,
        ..GatewaySettings::default()
    };
    let gateway = TestGateway::with(settings, keys.authenticator.clone()).await;
    let mut client = connect(&gateway, PATHS[0]).await;
    let texts: Vec<String> = (0..8).map(|n| format!("sentence number {n}")).collect();
    let pcm = sentences(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    client.append(&pcm, 48_000).await;
    client.close().await;
    harness::until(&gateway.script.speech, |counts| counts.finished >= 4).await;
    keys.revoke("ada");
    // The socket is closed by the gateway although nothing was read of it.
    let mut bytes = Vec::new();
    let closed = async {
        // What the kernel kept may be read; then it is over.
        loop {
            let kept = client.socket.get_mut().read_buf(&mut bytes).await;
            if !matches!(kept, Ok(1..)) {
                return;
            }
            bytes.clear();
        }
    };
    timeout(TEST_TIMEOUT, closed).await.expect("it is closed");
}

#[tokio::test]
async fn audio_is_charged_and_its_end_is_rate_limited() {
    for path in PATHS {
        for at in 0..2 {
            let keys = ada_with_audio(1);
            let (gateway, _bus) = gateways(&keys).await.into_iter().nth(at).unwrap();
            let mut client = connect(&gateway, path).await;
            send(&mut client, path, "a first sentence").await;
            let ending = client.ending().await;
            assert_eq!(ending.error_codes(), ["rate_limited"], "{path}");
            assert_eq!(ending.close, Some(1008), "{path}");
            // A new session is refused while a status can say so.
            let refused = gateway.try_open(path, &KEY).await.err().unwrap();
            assert_eq!(refused.status(), 429, "{path}");
            let retry_after = refused.headers()[RETRY_AFTER].to_str().unwrap();
            assert!(retry_after.parse::<u64>().unwrap() > 1, "{path}");
        }
    }
}

#[tokio::test]
async fn speech_that_is_sent_is_charged_too() {
    let keys = ada_with_audio(1);
    let gateway = TestGateway::with(GatewaySettings::default(), keys.authenticator.clone()).await;
    let mut client = connect(&gateway, PATHS[0]).await;
    let pcm = sentences(&["a sentence"]);
    let received = Duration::from_secs_f64(pcm.len() as f64 / 48_000.0);
    // In one message, which is accepted whole.
    client.append(&pcm, pcm.len()).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.close, Some(1000));
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let principal = keys.authenticator.authenticate(Some("ada"), local).unwrap();
    let exceeded = principal.check_audio_budget().unwrap_err();
    let rate = f64::from(AUDIO_PER_HOUR) / 3_600.0;
    let used = Duration::from_secs(1) + exceeded.retry_after.mul_f64(rate);
    assert!(used > received, "{used:?} of which {received:?} came in");
}

#[tokio::test]
async fn every_attempt_with_a_key_counts_for_its_address() {
    let settings = AuthSettings {
        requests_per_minute: 1,
        request_burst: 4,
        ..AuthSettings::default()
    };
    let keys = with_keys(&["ada"], settings);
    let gateway = TestGateway::with(GatewaySettings::default(), keys.authenticator.clone()).await;
    let protocol = tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
    let subprotocols = "realtime, openai-insecure-api-key.eve";
    for expected in [401, 429] {
        for (name, value) in [
            (AUTHORIZATION, "Bearer eve"),
            (protocol.clone(), subprotocols),
        ] {
            for path in PATHS {
                let headers = [(name.clone(), value)];
                let refused = gateway.try_open(path, &headers).await.err().unwrap();
                assert_eq!(refused.status(), expected, "{value}");
                let retry_after = refused.headers().get(RETRY_AFTER);
                assert_eq!(retry_after.is_some(), expected == 429, "{value}");
            }
        }
    }
    // They do not count for the key of another client.
    connect(&gateway, PATHS[0]).await;
}

#[tokio::test]
async fn two_origins_are_refused() {
    let gateway = TestGateway::start().await;
    for path in PATHS {
        let twice = [(ORIGIN, "http://localhost"), (ORIGIN, "http://localhost")];
        let refused = gateway.try_open(path, &twice).await.err().unwrap();
        assert_eq!(refused.status(), 403, "{path}");
    }
}
