//! The end: what was begun is finished, and not for ever.

use futures_util::StreamExt as _;
use mynah_tone::{Behaviour, Fault};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Engine, TestServer, for_every_engine, until};

for_every_engine!(shutdown_finishes_a_started_stream);

async fn shutdown_finishes_a_started_stream(engine: Engine) {
    let server = TestServer::build_of(engine).with(|it| it.frames = 40);
    let server = server.start().await;
    let text = "One sentence of some length. And another sentence. ".repeat(10);
    let whole = server.synthesized_with_seed(&text, "pcm").await;
    let change = json!({"input": text, "response_format": "pcm", "seed": 1});
    let response = server.speech(&change).send().await.unwrap();
    assert_eq!(response.status(), 200);
    server.shutdown.cancel();
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    tokio::time::timeout(crate::support::SOON, refused)
        .await
        .expect("the listener closes");
    assert!(response.bytes().await.unwrap() == whole);
    server.stopped().await;
}

// What follows is held or stalled as ordered.

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_finishes_open_streams_and_refuses_new_requests() {
    let server = TestServer::start().await;
    let whole = server
        .synthesized("One sentence. And another sentence.", "pcm")
        .await;
    server.script.speech.once(Behaviour::default());
    server.script.speech.once(Behaviour::held());
    let change = json!({"input": "One sentence. And another sentence.", "response_format": "pcm"});
    let response = server.speech(&change).send().await.unwrap();
    let mut body = response.bytes_stream();
    let mut got = body.next().await.unwrap().unwrap().to_vec();

    server.shutdown.cancel();
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    tokio::time::timeout(crate::support::SOON, refused)
        .await
        .expect("the listener closes");
    server.script.speech.release(1);
    while let Some(part) = body.next().await {
        got.extend(part.unwrap());
    }
    assert_eq!(got.len(), whole.len());
    server.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_aborts_endless_streams() {
    let server = TestServer::build()
        .with(|it| it.settings.shutdown_seconds = 1)
        .start()
        .await;
    server
        .script
        .speech
        .once(Behaviour::failing(Fault::Stall).after_chunks(1));
    let script = server.script.clone();
    let response = server
        .speech(&json!({"input": "Never to be said.", "response_format": "pcm"}))
        .send();
    let response = response.await.unwrap();
    server.stop().await;
    until(&script.speech, |counts| counts.cancelled == 1).await;
    assert!(response.bytes().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connection_does_not_delay_shutdown() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/livez").send().await.unwrap().status(), 200);
    server.stop().await;
}
