//! Clients that disconnect or do not read, and stages that take long or never end a session.

use super::*;

#[tokio::test]
async fn a_client_that_disconnects_publishes_nothing_more() {
    let bus = TestBus::idle().await;
    let gateway = TestGateway::on_limited(&bus, |settings| settings.max_connections = 1).await;
    let (mut client, _) = transcribed(&gateway).await;
    // One whole chunk, and most of another.
    client.append(&[0; 18_000], 18_000).await;
    client.event_of("session.input_audio.acknowledged").await;
    drop(client);
    // Its place is free once the gateway has noticed.
    let place = async { while gateway.try_connect("?model=test", &[]).await.is_err() {} };
    timeout(TEST_TIMEOUT, place).await.expect("a place");
    let chunks = bus.ingress().await;
    assert_eq!(chunks.len(), 1, "{chunks:?}");
    assert!(!chunks[0].chunk.is_last);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_others_continue() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on_limited(&bus, |settings| {
        settings.send_timeout_seconds = 1;
        settings.max_outgoing_bytes = 64 << 10;
        settings.max_connections = 2;
    })
    .await;
    let (mut deaf, _) = transcribed(&gateway).await;
    let texts: Vec<String> = (0..8)
        .map(|number| format!("sentence number {number}"))
        .collect();
    let pcm = sentences(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    deaf.append(&pcm, 48_000).await;
    deaf.close().await;
    let (mut client, _) = transcribed(&gateway).await;
    client.append(&sentences(&["one"]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: one");
    // Both places are free once it is closed.
    let places = async {
        let mut first = None;
        while first.is_none() {
            first = gateway.try_connect("?model=test", &[]).await.ok();
        }
        while gateway.try_connect("?model=test", &[]).await.is_err() {}
    };
    timeout(TEST_TIMEOUT, places).await.expect("two places");
    let ending = deaf.ending().await;
    assert!(ending.of("session.closed").is_empty());
    assert_ne!(ending.close, Some(1000));
}

#[tokio::test]
async fn a_session_without_an_end_times_out() {
    let bus = TestBus::idle().await;
    let gateway = TestGateway::on_limited(&bus, |settings| settings.flush_seconds = 1).await;
    let (mut client, _) = transcribed(&gateway).await;
    client.send(append(&[0; 4])).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["flush_timeout"]);
    assert_eq!(ending.close, Some(1011));
    assert!(bus.ingress().await[0].chunk.is_last);
}

#[tokio::test]
async fn slow_stages_have_time_as_long_as_something_comes() {
    let scenario = Scenario {
        work: Duration::from_millis(200),
        ..Scenario::default()
    };
    let bus = TestBus::with(scenario).await;
    let gateway = TestGateway::on_limited(&bus, |settings| settings.flush_seconds = 1).await;
    let mut client = gateway.connect().await;
    client.append(&sentences(&["one", "two"]), PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), [""; 0]);
    assert_eq!(ending.recognized_audio(), "es: one es: two");
}
