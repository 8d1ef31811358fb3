//! Each limit at its boundary, and what a client is told.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use harness::client::append;
use harness::keys::with_keys;
use harness::{TEST_TIMEOUT, TestGateway, sentences, silence, until};
use mynah_auth::AuthSettings;
use mynah_gateway::GatewaySettings;
use mynah_tone::Behaviour;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, ORIGIN, SEC_WEBSOCKET_PROTOCOL};

/// What an HTTP answer says.
fn refusal(response: &Response<Option<Vec<u8>>>) -> (u16, Value) {
    let body = response.body().as_deref().unwrap_or_default();
    let error: Value = serde_json::from_slice(body).expect("an error in JSON");
    (response.status().as_u16(), error["error"]["code"].clone())
}

#[tokio::test]
async fn a_session_survives_invalid_messages_up_to_the_limit() {
    let gateway = TestGateway::limited(|settings| settings.max_invalid_messages = 6).await;
    let mut client = gateway.connect().await;
    let bad = [
        (Message::text("not json"), "invalid_json"),
        (Message::text("[1]"), "missing_event_type"),
        (
            Message::text(r#"{"type": "response.create"}"#),
            "unknown_event_type",
        ),
        (
            Message::text(r#"{"type": "session.update"}"#),
            "invalid_event",
        ),
        (Message::binary(vec![0; 8]), "binary_frame"),
    ];
    for (message, code) in bad {
        client.socket.send(message).await.unwrap();
        assert_eq!(client.event().await["error"]["code"], code);
    }
    // It still works.
    client
        .send(json!({"type": "session.update", "session": {}}))
        .await;
    assert_eq!(client.event().await["type"], "session.updated");
    // One more is too many.
    client
        .send(json!({"type": "session.input_audio_buffer.append", "audio": "%%%"}))
        .await;
    let ending = client.ending().await;
    assert_eq!(
        ending.error_codes(),
        ["invalid_base64", "too_many_invalid_messages"]
    );
    assert_eq!(ending.close, Some(1008));
}

#[tokio::test]
async fn a_message_may_have_just_so_many_bytes() {
    const MAX: usize = 2_048;
    let event = |bytes: usize| {
        let empty = json!({"type": "session.update", "event_id": "", "session": {}}).to_string();
        json!({"type": "session.update", "event_id": "x".repeat(bytes - empty.len()), "session": {}})
            .to_string()
    };
    // Beyond twice the limit the bytes are not even read.
    for too_many in [MAX + 1, 2 * MAX, 2 * MAX + 1, 10 * MAX] {
        let gateway = TestGateway::limited(|settings| settings.max_message_bytes = MAX).await;
        let mut client = gateway.connect().await;
        client.send_text(event(MAX)).await;
        assert_eq!(client.event().await["type"], "session.updated");
        client.send_text(event(too_many)).await;
        let ending = client.ending().await;
        assert_eq!(ending.error_codes(), ["message_too_big"], "{too_many}");
        assert_eq!(ending.close, Some(1009));
    }
}

#[tokio::test]
async fn one_event_may_hold_just_so_much_sound() {
    let gateway = TestGateway::limited(|settings| settings.max_chunk_ms = 100).await;
    let mut client = gateway.connect().await;
    client.send(append(&[0; 4_800])).await;
    client.send(append(&[0; 4_802])).await;
    assert_eq!(
        client.event_of("error").await["error"]["code"],
        "audio_chunk_too_long"
    );
    client.close().await;
    assert_eq!(client.ending().await.close, Some(1000));
}

#[tokio::test]
async fn places_are_limited_in_all_and_come_back() {
    let gateway = TestGateway::limited(|settings| settings.max_connections = 2).await;
    let _first = gateway.connect().await;
    let mut second = gateway.connect().await;
    let refused = gateway
        .try_connect("?model=test", &[])
        .await
        .err()
        .expect("a refusal");
    assert_eq!(refusal(&refused), (429, json!("overloaded")));
    assert!(refused.headers().contains_key("retry-after"));
    second.close().await;
    second.ending().await;
    drop(second);
    reconnect(&gateway).await;
}

/// Connects as soon as there is a place.
async fn reconnect(gateway: &TestGateway) {
    let place = async { while gateway.try_connect("?model=test", &[]).await.is_err() {} };
    timeout(TEST_TIMEOUT, place).await.expect("a place");
}

#[tokio::test]
async fn places_are_limited_for_each_key() {
    let settings = GatewaySettings {
        max_connections_per_caller: 1,
        ..GatewaySettings::default()
    };
    let keys = with_keys(&["ann", "bob"], AuthSettings::default());
    let gateway = TestGateway::with(settings, keys.authenticator.clone()).await;
    let connect = async |key: &str| {
        gateway
            .try_connect("?model=test", &[(AUTHORIZATION, &format!("Bearer {key}"))])
            .await
    };
    let _ann = connect("ann").await.expect("a connection");
    let refused = connect("ann").await.err().expect("a refusal");
    assert_eq!(refusal(&refused), (429, json!("rate_limited")));
    let _bob = connect("bob").await.expect("a connection");

    let refused = connect("eve").await.err().expect("a refusal");
    assert_eq!(refusal(&refused), (401, json!("invalid_api_key")));
    let refused = gateway
        .try_connect("?model=test", &[])
        .await
        .err()
        .expect("a refusal");
    assert_eq!(refusal(&refused), (401, json!("missing_api_key")));
}

#[tokio::test]
async fn a_browser_sends_its_key_as_a_subprotocol() {
    let keys = with_keys(&["ann"], AuthSettings::default());
    let gateway = TestGateway::with(GatewaySettings::default(), keys.authenticator.clone()).await;
    let protocols = "realtime, openai-insecure-api-key.ann";
    let headers = [
        (SEC_WEBSOCKET_PROTOCOL, protocols),
        (ORIGIN, "http://localhost:5173"),
    ];
    let client = gateway
        .try_connect("?model=test", &headers)
        .await
        .expect("a connection");
    assert_eq!(
        client.response.headers()[SEC_WEBSOCKET_PROTOCOL],
        "realtime"
    );
}

#[tokio::test]
async fn pages_of_other_origins_and_nameless_models_are_refused() {
    let gateway = TestGateway::limited(|settings| {
        settings.allowed_origins = vec!["https://mynah.example".into()];
    })
    .await;
    let from = async |origin: &str, query: &str| {
        gateway
            .try_connect(query, &[(ORIGIN, origin)])
            .await
            .map(|_| ())
    };
    assert!(from("https://mynah.example", "?model=test").await.is_ok());
    assert!(from("http://127.0.0.1:8080", "?model=test").await.is_ok());
    for (origin, query, expected) in [
        (
            "https://evil.example",
            "?model=test",
            (403, json!("origin_not_allowed")),
        ),
        ("null", "?model=test", (403, json!("origin_not_allowed"))),
        ("http://localhost", "", (400, json!("missing_field"))),
        ("http://localhost", "?model=", (400, json!("invalid_value"))),
    ] {
        let refused = from(origin, query).await.expect_err("a refusal");
        assert_eq!(refusal(&refused), expected);
    }
    let longest = format!("?model={}", "m".repeat(128));
    assert!(from("http://localhost", &longest).await.is_ok());
    assert!(from("http://localhost", &(longest + "m")).await.is_err());
}

#[tokio::test]
async fn an_idle_client_is_closed() {
    let gateway = TestGateway::limited(|settings| settings.idle_seconds = 1).await;
    let mut client = gateway.connect().await;
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["idle_timeout"]);
    assert_eq!(ending.close, Some(1001));
}

#[tokio::test]
async fn waiting_for_the_rest_is_not_idle() {
    let gateway = TestGateway::limited(|settings| settings.idle_seconds = 1).await;
    gateway
        .script
        .recognition
        .once(Behaviour::with_latency(Duration::from_millis(1_500)));
    let mut client = gateway.connect().await;
    client.append(&sentences(&["patience"]), 9_600).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(
        (ending.recognized_audio().as_str(), ending.close),
        ("es: patience", Some(1000))
    );
}

#[tokio::test]
async fn a_session_that_expires_has_got_everything() {
    let gateway = TestGateway::limited(|settings| settings.session_seconds = 1).await;
    let mut client = gateway.connect().await;
    client.append(&sentences(&["in time"]), 9_600).await;
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: in time");
    assert_eq!(ending.error_codes(), ["session_expired"]);
    assert_eq!(
        (ending.last_type(), ending.close),
        ("session.closed", Some(1008))
    );
}

#[tokio::test]
async fn results_that_take_too_long_time_out() {
    let gateway = TestGateway::limited(|settings| settings.flush_seconds = 1).await;
    gateway.script.recognition.once(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["stuck"]), 9_600).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["flush_timeout"]);
    assert_eq!(ending.close, Some(1011));
    until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed() {
    let gateway = TestGateway::limited(|settings| {
        settings.send_timeout_seconds = 1;
        settings.max_outgoing_bytes = 64 << 10;
        settings.max_connections = 1;
    })
    .await;
    let mut client = gateway.connect().await;
    let texts: Vec<String> = (0..8)
        .map(|number| format!("sentence number {number}"))
        .collect();
    let pcm = sentences(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    client.append(&pcm, 48_000).await;
    client.close().await;
    // Its place becomes free although it never left.
    reconnect(&gateway).await;
    let ending = client.ending().await;
    assert!(
        ending.of("session.closed").is_empty(),
        "it cannot have got everything"
    );
    assert_ne!(ending.close, Some(1000));
}

/// Whole events take longer to be taken than a client may take nothing.
#[tokio::test]
async fn a_client_that_reads_slowly_receives_the_end() {
    let gateway = TestGateway::limited(|settings| {
        settings.send_timeout_seconds = 1;
        // What is left at the end takes longer than this, too.
        settings.flush_seconds = 2;
    })
    .await;
    let mut client = gateway.connect().await;
    client
        .append(&sentences(&["heard", "slowly"]), 48_000)
        .await;
    client.close().await;
    let mut bytes = Vec::new();
    let mut buffer = [0; 1_024];
    let reading = async {
        // Until the close frame, which is the last that comes.
        while !bytes.ends_with(&[0x88, 2, 0x03, 0xe8]) {
            let read = client.socket.get_mut().read(&mut buffer).await.unwrap();
            assert_ne!(read, 0, "cut after {} bytes", bytes.len());
            bytes.extend_from_slice(&buffer[..read]);
            // Some 20 kB a second: a second or more for each event with sound.
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(3 * TEST_TIMEOUT, reading).await.expect("in time");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("session.closed") && !text.contains("client_too_slow"));
}

#[tokio::test]
async fn a_client_that_answers_no_pings_is_lost() {
    let gateway = TestGateway::limited(|settings| settings.ping_seconds = 1).await;
    let mut client = gateway.connect().await;
    // Below the protocol, so that pings stay without an answer.
    let mut bytes = Vec::new();
    let read = client.socket.get_mut().read_to_end(&mut bytes);
    timeout(TEST_TIMEOUT, read).await.expect("in time").unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("keepalive_timeout"), "{text}");
    assert!(
        bytes.windows(2).any(|frame| frame == [0x89, 0]),
        "no ping came"
    );
}

#[tokio::test]
async fn a_client_that_answers_pings_may_be_silent() {
    let gateway = TestGateway::limited(|settings| settings.ping_seconds = 1).await;
    let mut client = gateway.connect().await;
    let mut pings = 0;
    while pings < 4 {
        let message = timeout(TEST_TIMEOUT, client.socket.next())
            .await
            .expect("in time");
        pings += usize::from(matches!(message, Some(Ok(Message::Ping(_)))));
    }
    client.close().await;
    assert_eq!(client.ending().await.close, Some(1000));
}

#[tokio::test]
async fn a_client_that_sends_too_fast_loses_nothing() {
    let gateway = TestGateway::limited(|settings| settings.messages_per_second = 50).await;
    let mut client = gateway.connect().await;
    let began = std::time::Instant::now();
    for _ in 0..75 {
        client.send(append(&[0; 2])).await;
    }
    client.close().await;
    assert_eq!(client.ending().await.close, Some(1000));
    assert!(
        began.elapsed() >= Duration::from_millis(500),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn bytes_that_are_no_frames_are_an_error() {
    let gateway = TestGateway::start().await;
    let mut client = gateway.connect().await;
    // A frame with a reserved bit.
    client
        .socket
        .get_mut()
        .write_all(&[0xf1, 0x80, 0, 0, 0, 0])
        .await
        .unwrap();
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["protocol_error"]);
    assert_eq!(ending.close, Some(1002));
}

#[tokio::test]
async fn a_shutdown_lets_sessions_interpret_all_audio() {
    let gateway = Arc::new(TestGateway::start().await);
    gateway.script.recognition.once(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["before the end"]), 9_600).await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;

    gateway.shutdown.cancel();
    let refused = gateway
        .try_connect("?model=test", &[])
        .await
        .err()
        .expect("a refusal");
    assert_eq!(refusal(&refused), (503, json!("shutting_down")));
    gateway.script.recognition.release(1);

    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: before the end");
    assert_eq!(ending.error_codes(), ["server_shutting_down"]);
    assert_eq!(
        (ending.last_type(), ending.close),
        ("session.closed", Some(1001))
    );
    timeout(TEST_TIMEOUT, gateway.gateway.drained())
        .await
        .expect("all sessions end");
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let gateway = TestGateway::limited(|settings| settings.shutdown_seconds = 1).await;
    gateway.script.recognition.once(Behaviour::held());
    let mut client = gateway.connect().await;
    client.append(&sentences(&["stuck"]), 9_600).await;
    client.append(&silence(), 9_600).await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;
    gateway.shutdown.cancel();
    let ending = client.ending().await;
    assert_eq!(
        ending.error_codes(),
        ["server_shutting_down", "flush_timeout"]
    );
    assert_eq!(ending.close, Some(1011));
    timeout(TEST_TIMEOUT, gateway.gateway.drained())
        .await
        .expect("all sessions end");
}
