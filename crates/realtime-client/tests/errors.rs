//! What becomes of a recording when the gateway reports errors: a server that follows a script.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use mynah_api::realtime::{ServerEventBody, SessionUpdate};
use mynah_realtime_client::{ClientError, Gateway, Recording, interpret};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

const TEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Samples of the recording: three messages.
const SAMPLES: usize = 14_400;

/// The first message of the recording.
const ACKNOWLEDGED: usize = 4_800;

enum Step {
    Send(Value),
    /// Reads until an event of this type.
    Until(&'static str),
    Close(u16),
}
use Step::{Close, Send, Until};

/// What a client did on one connection.
type Received = Vec<Value>;

struct Server {
    gateway: Gateway,
    connections: mpsc::UnboundedReceiver<Received>,
}

impl Server {
    /// Follows one script a connection. A connection is cut where its script ends.
    async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = Gateway {
            address: format!("ws://{}", listener.local_addr().unwrap()),
            key: None,
        };
        let (results, connections) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for script in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                let socket = accept_async(stream).await.unwrap();
                results.send(follow(socket, script).await).unwrap();
            }
        });
        Self {
            gateway,
            connections,
        }
    }

    async fn received(&mut self) -> Received {
        timeout(TEST_TIMEOUT, self.connections.recv())
            .await
            .unwrap()
            .unwrap()
    }
}

async fn follow(mut socket: WebSocketStream<TcpStream>, script: Vec<Step>) -> Received {
    let mut received = Vec::new();
    for step in script {
        match step {
            Send(event) => socket.send(Message::text(event.to_string())).await.unwrap(),
            Until(kind) => loop {
                let Some(Ok(Message::Text(text))) = socket.next().await else {
                    continue;
                };
                let event: Value = serde_json::from_str(&text).unwrap();
                let is_last = event["type"] == kind;
                received.push(event);
                if is_last {
                    break;
                }
            },
            Close(code) => {
                let frame = CloseFrame {
                    code: code.into(),
                    reason: "".into(),
                };
                socket.close(Some(frame)).await.unwrap();
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    }
    // Cut without a close frame. What the client still sends is read, so that all of the script
    // reaches it.
    tokio::spawn(async move {
        let stream = socket.get_mut();
        let _ = stream.shutdown().await;
        let _ = tokio::io::copy(stream, &mut tokio::io::sink()).await;
    });
    received
}

fn event(kind: &str, mut fields: Value) -> Step {
    fields["type"] = json!(kind);
    fields["event_id"] = json!("event_0");
    Send(fields)
}

fn session(token: Option<&str>) -> Value {
    json!({"session": {
        "id": "sess_0", "type": "translation", "model": "mynah", "expires_at": 1_800_003_600,
        "audio": {
            "input": {
                "transcription": null, "noise_reduction": null, "language": "en",
                "preview": false, "format": {"type": "audio/pcm", "rate": 24_000},
            },
            "output": {"language": "es", "voice": null},
        },
        "resume_token": token,
    }})
}

fn error(code: &str) -> Step {
    let error = json!({
        "type": "server_error", "code": code, "message": "text", "param": null, "event_id": null,
    });
    event("error", json!({"error": error}))
}

fn text(seq: u64) -> Step {
    let delta = json!({"delta": "uno", "elapsed_ms": 0, "seq": seq});
    event("session.output_transcript.delta", delta)
}

/// A connection whose session has some audio acknowledged and one result sent.
fn begun(token: Option<&str>) -> Vec<Step> {
    vec![
        event("session.created", session(token)),
        Until("session.update"),
        event("session.updated", session(token)),
        Until("session.input_audio_buffer.append"),
        event(
            "session.input_audio.acknowledged",
            json!({"through_sample": ACKNOWLEDGED}),
        ),
        text(1 << 16),
    ]
}

fn with(mut steps: Vec<Step>, more: Vec<Step>) -> Vec<Step> {
    steps.extend(more);
    steps
}

fn resumed() -> Vec<Step> {
    let mut answer = session(Some("token"));
    answer["through_sample"] = json!(ACKNOWLEDGED);
    vec![
        event("session.created", session(Some("other"))),
        Until("session.resume"),
        event("session.resumed", answer),
        Until("session.close"),
        text((1 << 20) | (1 << 16)),
        event("session.closed", json!({})),
        Close(1000),
    ]
}

fn recording() -> Recording {
    Recording {
        samples: Arc::from(vec![0.0; SAMPLES]),
        update: serde_json::from_value::<SessionUpdate>(json!({"session": {}})).unwrap(),
        in_real_time: false,
    }
}

/// All that came, and how it ended.
async fn outcome(gateway: &Gateway) -> (Vec<ServerEventBody>, Result<(), ClientError>) {
    let mut session = interpret(gateway.clone(), recording()).await.unwrap();
    let mut events = Vec::new();
    loop {
        match timeout(TEST_TIMEOUT, session.next()).await.unwrap() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, Ok(())),
            Err(error) => return (events, Err(error)),
        }
    }
}

fn texts(events: &[ServerEventBody]) -> usize {
    let is_text = |event: &&ServerEventBody| matches!(event, ServerEventBody::OutputTranscript(_));
    events.iter().filter(is_text).count()
}

fn has_error(events: &[ServerEventBody]) -> bool {
    let is_error = |event: &ServerEventBody| matches!(event, ServerEventBody::Error { .. });
    events.iter().any(is_error)
}

#[tokio::test]
async fn a_session_resumes_after_a_recoverable_error() {
    for (code, close) in [
        ("bus_unavailable", 1011),
        ("client_too_slow", 1008),
        ("keepalive_timeout", 1001),
    ] {
        let lost = with(begun(Some("token")), vec![error(code), Close(close)]);
        let mut server = Server::start(vec![lost, resumed()]).await;
        let (events, end) = outcome(&server.gateway).await;
        assert!(end.is_ok(), "{code}: {end:?}");
        assert!(!has_error(&events), "{code}");
        assert_eq!(texts(&events), 2, "{code}");
        server.received().await;
        let second = server.received().await;
        let resume = second
            .iter()
            .find(|own| own["type"] == "session.resume")
            .unwrap();
        assert_eq!(resume["resume_token"], "token");
        assert_eq!(resume["last_seq"], json!([1 << 16]));
        let audio: usize = second
            .iter()
            .filter_map(|own| own["audio"].as_str())
            .map(|own| own.len() / 4 * 3 / 2)
            .sum();
        assert_eq!(audio, SAMPLES - ACKNOWLEDGED, "{code}");
    }
}

#[tokio::test]
async fn a_resume_that_the_bus_delays_is_repeated() {
    let lost = begun(Some("token"));
    let refused = vec![
        event("session.created", session(Some("other"))),
        Until("session.resume"),
        error("bus_unavailable"),
    ];
    let server = Server::start(vec![lost, refused, resumed()]).await;
    let (events, end) = outcome(&server.gateway).await;
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(texts(&events), 2);
}

#[tokio::test]
async fn other_errors_end_the_session_and_keep_its_results() {
    for code in [
        "session_aborted",
        "internal_error",
        "flush_timeout",
        "resumed_elsewhere",
        "invalid_api_key",
    ] {
        let lost = with(begun(Some("token")), vec![error(code), Close(1011)]);
        let server = Server::start(vec![lost]).await;
        let (events, end) = outcome(&server.gateway).await;
        let Err(ClientError::Refused { code: actual, .. }) = end else {
            panic!("{code}: {end:?}");
        };
        assert_eq!(actual, code);
        assert_eq!(texts(&events), 1, "{code}");
    }
}

#[tokio::test]
async fn an_early_end_is_an_error_after_its_results() {
    let early = vec![
        error("rate_limited"),
        text((1 << 20) | (1 << 16)),
        event("session.closed", json!({})),
        Close(1008),
    ];
    let server = Server::start(vec![with(begun(Some("token")), early)]).await;
    let (events, end) = outcome(&server.gateway).await;
    let is_limit = matches!(&end, Err(ClientError::Refused { code, .. }) if code == "rate_limited");
    assert!(is_limit, "{end:?}");
    assert_eq!(texts(&events), 2);
}

#[tokio::test]
async fn a_session_without_token_ends_with_its_error() {
    for (steps, expected) in [
        (
            with(begun(None), vec![error("client_too_slow"), Close(1008)]),
            Some("client_too_slow"),
        ),
        (
            with(
                begun(Some("token")),
                vec![error("session_not_resumable"), text(1 << 17)],
            ),
            None,
        ),
    ] {
        let server = Server::start(vec![steps]).await;
        let (events, end) = outcome(&server.gateway).await;
        assert!(texts(&events) >= 1 && !has_error(&events));
        match (end, expected) {
            (Err(ClientError::Refused { code, .. }), Some(expected)) => assert_eq!(code, expected),
            (Err(ClientError::Broken(_)), None) => {}
            (end, _) => panic!("{end:?}"),
        }
    }
}

#[tokio::test]
async fn a_refused_configuration_is_reported_at_once() {
    let refusing = vec![
        event("session.created", session(None)),
        Until("session.update"),
        error("unsupported_language"),
    ];
    let server = Server::start(vec![refusing]).await;
    let refused = interpret(server.gateway.clone(), recording()).await.err();
    let is_reported = matches!(&refused, Some(ClientError::Refused { code, .. }) if code == "unsupported_language");
    assert!(is_reported, "{refused:?}");
}
