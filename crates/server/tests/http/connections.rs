//! How many connections there may be, and what is answered when there are more.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use reqwest::Client;
use serde_json::json;

use crate::support::{Raw, SOON, TestServer, error};

/// A client with connections of its own, at this address of the loopback interface.
fn client_at(last: u8) -> Client {
    let address = Ipv4Addr::new(127, 0, 0, last);
    let client = Client::builder()
        .local_address(Some(address.into()))
        .pool_max_idle_per_host(0);
    client.build().unwrap()
}

/// Connections with the beginning of a head, which never ends.
async fn half_open(address: SocketAddr, count: usize) -> Vec<Raw> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut raw = Raw::connect(address).await;
        raw.send("GET /v1/models HTTP/1.1\r\nHost: local").await;
        all.push(raw);
    }
    all
}

/// A connection that a request was answered on, and that is kept: as soon as there is a place,
/// since the server may be about to notice that another connection was closed.
async fn used(address: SocketAddr) -> Raw {
    let kept = async {
        loop {
            let mut raw = Raw::connect(address).await;
            raw.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .await;
            let head = raw.head().await;
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            if !head.contains("connection: close") {
                return raw;
            }
        }
    };
    tokio::time::timeout(SOON, kept).await.expect("a place")
}

#[tokio::test(flavor = "multi_thread")]
async fn livez_answers_while_one_address_holds_2000_half_open_heads() {
    // Both ends of all connections are in this process.
    rlimit::increase_nofile_limit(8_192).unwrap();
    let server = TestServer::start().await;
    let held = half_open(server.address, 2_000).await;
    for path in ["/livez", "/readyz"] {
        let began = Instant::now();
        let response = client_at(1).get(server.url(path)).send().await.unwrap();
        let took = began.elapsed();
        println!("{path}: {took:?}");
        assert_eq!(response.status(), 200);
        // A probe waits a second; this machine may be busy.
        assert!(took < Duration::from_secs(5), "{path}: {took:?}");
    }
    // Another address is served as ever.
    let models = client_at(2).get(server.url("/v1/models")).send().await;
    assert_eq!(models.unwrap().status(), 200);
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_answers_when_all_connections_are_taken_and_other_requests_get_429() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.connections = 3;
        it.settings.limits.connections_per_address = 3;
    });
    let server = server.start().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(used(server.address).await);
    }
    for path in ["/livez", "/readyz"] {
        let response = client_at(2).get(server.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["connection"], "close");
    }
    for request in [
        client_at(2).get(server.url("/v1/models")),
        client_at(2).get(server.url("/livez/x")),
        client_at(2)
            .post(server.url("/v1/audio/speech"))
            .json(&json!({"input": "x".repeat(10_000)})),
    ] {
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("retry-after"));
        let (status, error) = error(response).await;
        assert_eq!((status, &error["code"]), (429, &json!("overloaded")));
    }
    drop(held);
    let served = async {
        let models = || client_at(2).get(server.url("/v1/models")).send();
        while models().await.unwrap().status() != 200 {}
    };
    tokio::time::timeout(SOON, served)
        .await
        .expect("a place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_per_address_are_limited() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.connections_per_address = 2;
    });
    let server = server.start().await;
    let models = async |last: u8| {
        let request = client_at(last).get(server.url("/v1/models"));
        request.send().await.unwrap()
    };
    let _first = used(server.address).await;
    assert_eq!(models(1).await.status(), 200, "the second");
    let mut second = used(server.address).await;
    let (status, error) = error(models(1).await).await;
    assert_eq!((status, &error["code"]), (429, &json!("rate_limited")));
    assert_eq!(models(2).await.status(), 200, "another address");
    let live = client_at(1).get(server.url("/livez")).send().await.unwrap();
    assert_eq!(live.status(), 200);
    second.hang_up().await;
    second.rest().await;
    let served = async { while models(1).await.status() != 200 {} };
    tokio::time::timeout(SOON, served)
        .await
        .expect("the place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_may_use_all_connections() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.connections = 4;
        it.settings.limits.connections_per_address = 1;
        it.settings.proxies = vec!["127.0.0.0/31".into()];
    });
    let server = server.start().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(used(server.address).await);
    }
    let models = client_at(1).get(server.url("/v1/models")).send().await;
    assert_eq!(models.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn upgraded_connection_keeps_its_slot_until_closed() {
    let upgrade = async |socket: WebSocketUpgrade| {
        socket.on_upgrade(async |mut socket| while let Some(Ok(_)) = socket.recv().await {})
    };
    let server = TestServer::build()
        .with(|it| {
            it.settings.limits.connections = 2;
            it.settings.limits.connections_per_address = 1;
        })
        .with_routes(axum::Router::new().route("/socket", get(upgrade)))
        .start()
        .await;
    let mut raw = Raw::connect(server.address).await;
    raw.send(
        "GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .await;
    assert!(raw.head().await.starts_with("HTTP/1.1 101"));
    let models = async || {
        let request = client_at(1).get(server.url("/v1/models"));
        request.send().await.unwrap().status().as_u16()
    };
    for _ in 0..20 {
        assert_eq!(models().await, 429);
    }
    drop(raw);
    let served = async { while models().await != 200 {} };
    tokio::time::timeout(SOON, served)
        .await
        .expect("the place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_64_kib_and_not_a_byte_more() {
    let server = TestServer::start().await;
    let head = |bytes: usize| {
        // No header alone is large.
        let mut head = String::from("GET /livez HTTP/1.1\r\nHost: localhost\r\n");
        let mut number = 0;
        while head.len() + 4_000 < bytes {
            head += &format!("x-{number}: {}\r\n", "a".repeat(3_000));
            number += 1;
        }
        let rest = bytes - head.len() - "x-rest: \r\n\r\n".len();
        head + &format!("x-rest: {}\r\n\r\n", "a".repeat(rest))
    };
    for (bytes, status) in [(64 << 10, "200"), ((64 << 10) + 1, "431"), (300_000, "431")] {
        let mut raw = Raw::connect(server.address).await;
        // The rest of a head that is too large may find the connection closed.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut raw.0, head(bytes).as_bytes()).await;
        let answer = tokio::time::timeout(SOON, raw.first_line()).await.unwrap();
        assert!(
            answer.contains(status) || (bytes > 100_000 && answer.is_empty()),
            "{bytes}: {answer}"
        );
    }
}
