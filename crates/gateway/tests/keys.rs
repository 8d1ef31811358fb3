//! Keys and what they may use, during sessions of both protocols, in this process and over a bus.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::SinkExt as _;
use harness::stages::TestBus;
use harness::{Client, TEST_TIMEOUT, TestGateway, sentences};
use mynah_gateway::{Account, Caller, GatewaySettings, KeyCheck, KeyRefusal};
use mynah_speech::Cancel;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, ORIGIN, RETRY_AFTER};

/// One key, `ada`: it can be revoked, and has so much audio. Every check is counted.
#[derive(Clone, Default)]
struct Keys {
    revoked: Cancel,
    /// What is left, once it is bounded.
    left: Arc<Mutex<Option<Duration>>>,
    checks: Arc<Mutex<Vec<Option<IpAddr>>>>,
}

impl Keys {
    fn with_audio(seconds: u64) -> Self {
        let left = Some(Duration::from_secs(seconds));
        Self {
            left: Arc::new(Mutex::new(left)),
            ..Self::default()
        }
    }
}

impl KeyCheck for Keys {
    fn check(
        &self,
        key: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<mynah_gateway::Client, KeyRefusal> {
        self.checks.lock().unwrap().push(peer);
        match key {
            Some("ada") => Ok(mynah_gateway::Client {
                revoked: self.revoked.clone(),
                account: Arc::new(self.clone()),
                ..Caller::Key("ada".into()).into()
            }),
            Some("many") => Err(KeyRefusal::RateLimited {
                retry_after: Duration::from_millis(6_001),
            }),
            Some("unreadable") => Err(KeyRefusal::Unavailable),
            Some(_) => Err(KeyRefusal::Unknown),
            None => Err(KeyRefusal::Missing),
        }
    }
}

impl Account for Keys {
    fn check(&self) -> Result<(), Duration> {
        match *self.left.lock().unwrap() {
            Some(Duration::ZERO) => Err(Duration::from_secs(7)),
            _ => Ok(()),
        }
    }

    fn charge(&self, audio: Duration) {
        if let Some(left) = self.left.lock().unwrap().as_mut() {
            *left = left.saturating_sub(audio);
        }
    }
}

/// Gateways of both kinds. What is second lives as long as its gateway.
async fn gateways(keys: &Keys) -> [(TestGateway, Option<TestBus>); 2] {
    let local = TestGateway::with(GatewaySettings::default(), keys.clone()).await;
    let bus = TestBus::start().await;
    let on_bus = TestGateway::on_with_keys(&bus, keys.clone()).await;
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
            let keys = Keys::default();
            let (gateway, _bus) = gateways(&keys).await.into_iter().nth(at).unwrap();
            let mut client = connect(&gateway, path).await;
            send(&mut client, path, "one").await;
            keys.revoked.cancel();
            let ending = client.ending().await;
            assert_eq!(ending.close, Some(1008), "{path}");
            assert_eq!(ending.error_codes().last(), Some(&"invalid_api_key"));
        }
    }
}

#[tokio::test]
async fn a_session_that_waits_for_results_ends_as_well() {
    let keys = Keys::default();
    let gateway = TestGateway::with(GatewaySettings::default(), keys.clone()).await;
    gateway
        .script
        .recognition
        .once(mynah_tone::Behaviour::held());
    let mut client = connect(&gateway, PATHS[0]).await;
    send(&mut client, PATHS[0], "stuck").await;
    client.close().await;
    harness::until(&gateway.script.recognition, |counts| counts.started == 1).await;
    keys.revoked.cancel();
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["invalid_api_key"]);
    assert_eq!(ending.close, Some(1008));
    harness::until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_with_its_key() {
    let keys = Keys::default();
    let settings = GatewaySettings {
        send_timeout_seconds: 3_600,
        flush_seconds: 3_600,
        max_connections: 1,
        ..GatewaySettings::default()
    };
    let gateway = TestGateway::with(settings, keys.clone()).await;
    let mut client = connect(&gateway, PATHS[0]).await;
    let texts: Vec<String> = (0..8).map(|n| format!("sentence number {n}")).collect();
    let pcm = sentences(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    client.append(&pcm, 48_000).await;
    client.close().await;
    harness::until(&gateway.script.speech, |counts| counts.finished >= 4).await;
    keys.revoked.cancel();
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
        let keys = Keys::with_audio(1);
        for (gateway, _bus) in gateways(&keys).await {
            *keys.left.lock().unwrap() = Some(Duration::from_secs(1));
            let mut client = connect(&gateway, path).await;
            send(&mut client, path, "a first sentence").await;
            let ending = client.ending().await;
            assert_eq!(ending.error_codes(), ["rate_limited"], "{path}");
            assert_eq!(ending.close, Some(1008), "{path}");
            // A new session is refused while a status can say so.
            let refused = gateway.try_open(path, &KEY).await.err().unwrap();
            assert_eq!(refused.status(), 429, "{path}");
            assert_eq!(refused.headers()[RETRY_AFTER], "7", "{path}");
        }
    }
}

#[tokio::test]
async fn speech_that_is_sent_is_charged_too() {
    let keys = Keys::with_audio(600);
    let gateway = TestGateway::with(GatewaySettings::default(), keys.clone()).await;
    let mut client = connect(&gateway, PATHS[0]).await;
    let pcm = sentences(&["a sentence"]);
    let received = Duration::from_secs_f64(pcm.len() as f64 / 48_000.0);
    client.append(&pcm, 9_600).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.close, Some(1000));
    let used = Duration::from_secs(600) - keys.left.lock().unwrap().unwrap();
    assert!(used > received, "{used:?} of which {received:?} came in");
}

#[tokio::test]
async fn every_attempt_with_a_key_is_checked_with_its_address() {
    let keys = Keys::default();
    let gateway = TestGateway::with(GatewaySettings::default(), keys.clone()).await;
    let protocol = tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
    for (name, value, status, retry) in [
        (AUTHORIZATION, "Bearer eve", 401, None),
        (
            protocol.clone(),
            "realtime, openai-insecure-api-key.eve",
            401,
            None,
        ),
        (AUTHORIZATION, "Bearer many", 429, Some("7")),
        (
            protocol,
            "realtime, openai-insecure-api-key.many",
            429,
            Some("7"),
        ),
        (AUTHORIZATION, "Bearer unreadable", 503, Some("10")),
    ] {
        for path in PATHS {
            let headers = [(name.clone(), value)];
            let refused = gateway.try_open(path, &headers).await.err().unwrap();
            assert_eq!(refused.status(), status, "{value}");
            let after = refused.headers().get(RETRY_AFTER);
            assert_eq!(after.map(|after| after.to_str().unwrap()), retry, "{value}");
        }
    }
    let checks = keys.checks.lock().unwrap();
    assert_eq!(checks.len(), 10);
    assert!(checks.iter().all(|peer| *peer == "127.0.0.1".parse().ok()));
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
