//! What is kept of sessions that lost their connection: how many, for how long, how much, and what
//! is charged for audio that is sent again.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use harness::client::{Client, Ending, append};
use harness::keys::{TestKeys, with_keys};
use harness::{TEST_TIMEOUT, TestGateway, sentences, settings, until};
use mynah_auth::AuthSettings;
use mynah_tone::Behaviour;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::HeaderName;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;

/// 200 ms of audio.
const PIECE: usize = 9_600;

const KEY: [(HeaderName, &str); 1] = [(AUTHORIZATION, "Bearer ada")];

/// Seconds of audio per hour: a hundredth of a second per second.
const AUDIO_PER_HOUR: u32 = 36;

/// Connects. Waits for the slot of an earlier connection.
async fn connect(gateway: &TestGateway, headers: &[(HeaderName, &str)]) -> (Client, Value) {
    let connecting = async {
        loop {
            match gateway.try_connect("?model=test", headers).await {
                Ok(client) => return client,
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let mut client = timeout(TEST_TIMEOUT, connecting).await.expect("a slot");
    let session = client.event().await["session"].clone();
    (client, session)
}

fn resume(session: &Value) -> Value {
    json!({"type": "session.resume", "resume_token": session["resume_token"]})
}

async fn assert_unknown(client: &mut Client, session: &Value) {
    client.send(resume(session)).await;
    let error = client.event().await["error"].clone();
    assert_eq!(error["code"], "invalid_resume_token");
}

#[tokio::test]
async fn a_client_keeps_no_more_sessions_than_connections() {
    let gateway = TestGateway::limited(|settings| settings.max_connections_per_caller = 1).await;
    let (client, first) = connect(&gateway, &[]).await;
    drop(client);
    // The slot is free once the first session is kept.
    let (client, second) = connect(&gateway, &[]).await;
    drop(client);
    let (mut client, _) = connect(&gateway, &[]).await;
    assert_unknown(&mut client, &first).await;
    client.send(resume(&second)).await;
    assert_eq!(client.event().await["type"], "session.resumed");
}

#[tokio::test]
async fn a_revoked_key_ends_kept_sessions() {
    let keys = with_keys(&["ada"], AuthSettings::default());
    let mut settings = settings();
    settings.resume_seconds = 3_600;
    settings.max_connections_per_caller = 1;
    let gateway = TestGateway::with(settings, keys.authenticator.clone()).await;
    gateway.script.recognition.once(Behaviour::held());
    let (mut client, _) = connect(&gateway, &KEY).await;
    client.append(&sentences(&["one"]), PIECE).await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;
    drop(client);
    // There is a slot again: the session is kept without a connection.
    drop(connect(&gateway, &KEY).await);
    keys.revoke("ada");
    let cancelled = until(&gateway.script.recognition, |counts| counts.cancelled == 1);
    timeout(Duration::from_secs(2), cancelled)
        .await
        .expect("the engines stop");
}

#[tokio::test]
async fn results_beyond_the_limit_end_resuming() {
    let gateway = TestGateway::limited(|settings| {
        settings.max_outgoing_bytes = 64 << 10;
        settings.messages_per_second = 10_000;
    })
    .await;
    let (client, session) = connect(&gateway, &[]).await;
    let texts = vec!["one"; 300];
    let pcm = sentences(&texts);
    // Sent and read side by side: the send queue is as small as what is kept.
    let (mut sink, mut messages) = client.socket.split();
    let sending = tokio::spawn(async move {
        let close = json!({"type": "session.close"});
        for event in pcm.chunks(48_000).map(append).chain([close]) {
            sink.send(Message::text(event.to_string())).await.unwrap();
        }
    });
    let mut all = Ending {
        events: Vec::new(),
        close: None,
    };
    while let Some(message) = timeout(TEST_TIMEOUT, messages.next()).await.unwrap() {
        match message {
            Ok(Message::Text(text)) => all.events.push(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(frame)) => all.close = frame.map(|frame| frame.code.into()),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    sending.await.unwrap();
    assert_eq!(all.close, Some(1000));
    assert_eq!(all.error_codes(), ["session_not_resumable"]);
    assert_eq!(all.of("session.segment.done").len(), texts.len());
    let at = |kind: &str| all.events.iter().position(|own| own["type"] == kind);
    let error = at("error").unwrap();
    let is_numbered = |own: &Value| own["seq"].is_u64();
    assert!(all.events[..error].iter().any(is_numbered));
    assert!(!all.events[error..].iter().any(is_numbered));
    let (mut client, _) = connect(&gateway, &[]).await;
    assert_unknown(&mut client, &session).await;
}

fn ada_with_audio(seconds: u32) -> TestKeys {
    let settings = AuthSettings {
        audio_seconds_per_hour: AUDIO_PER_HOUR,
        audio_burst_seconds: seconds,
        ..AuthSettings::default()
    };
    with_keys(&["ada"], settings)
}

/// How much audio the key has used, which is more than its burst.
fn used(keys: &TestKeys, burst: u32) -> Duration {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let principal = keys.authenticator.authenticate(Some("ada"), local).unwrap();
    let exceeded = principal.check_audio_budget().unwrap_err();
    let rate = f64::from(AUDIO_PER_HOUR) / 3_600.0;
    Duration::from_secs(burst.into()) + exceeded.retry_after.mul_f64(rate)
}

/// The duration of PCM of the protocol.
fn duration(bytes: usize) -> Duration {
    Duration::from_secs_f64(bytes as f64 / 48_000.0)
}

#[tokio::test]
async fn audio_and_speech_that_come_again_are_charged_once() {
    let burst = 30;
    let keys = ada_with_audio(burst);
    let gateway = TestGateway::with(settings(), keys.authenticator.clone()).await;
    let pcm = sentences(&["one", "two", "three"]);
    let (mut client, session) = connect(&gateway, &KEY).await;
    client.append(&pcm, PIECE).await;
    let mut speech = 0;
    for _ in 0..3 {
        loop {
            let event = client.event().await;
            if let Some(delta) = event["delta"].as_str()
                && event["type"] == "session.output_audio.delta"
            {
                speech += delta.trim_end_matches('=').len() * 3 / 4;
            }
            if event["type"] == "session.segment.done" {
                break;
            }
        }
    }
    drop(client);
    // All speech comes again, three times.
    for _ in 0..3 {
        let (mut client, _) = connect(&gateway, &KEY).await;
        client.send(resume(&session)).await;
        let resumed = client.event().await;
        assert_eq!(resumed["through_sample"], json!(pcm.len() / 2));
        for _ in 0..3 {
            client.event_of("session.segment.done").await;
        }
    }
    let (mut client, _) = connect(&gateway, &KEY).await;
    let silence = vec![0; 15 * 48_000];
    client.append(&silence, silence.len()).await;
    client.append(&silence, silence.len()).await;
    client.close().await;
    client.ending().await;
    let expected = duration(pcm.len() + speech + 2 * silence.len());
    let actual = used(&keys, burst);
    let difference = actual.abs_diff(expected);
    let tolerance = duration(speech) / 4;
    assert!(difference < tolerance, "{actual:?} instead of {expected:?}");
}
