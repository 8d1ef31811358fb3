//! The routes without a listener, as a transport of its own calls them.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use mynah_http::HostPolicy;
use mynah_server::{ServerSettings, router};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::support::TestServer;

fn speech(host: Option<&str>) -> Request<Body> {
    let body = json!({"input": "Hello there.", "model": "tts-1", "voice": "alloy"});
    let request = Request::post("/v1/audio/speech").header("content-type", "application/json");
    let request = match host {
        Some(host) => request.header("host", host),
        None => request,
    };
    request.body(body.to_string().into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn router_serves_requests_without_a_listener() {
    let server = TestServer::start().await;
    let stop = CancellationToken::new();
    let routes = router((server.parts)(), ServerSettings::default(), None, stop).unwrap();
    let response = routes.oneshot(speech(None)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().contains_key("x-request-id"));
    let audio = axum::body::to_bytes(response.into_body(), 1 << 24).await;
    assert!(!audio.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn router_checks_the_hosts_that_it_is_given() {
    let server = TestServer::start().await;
    let hosts = HostPolicy::new(server.address, &["relay.example".into()]);
    let stop = CancellationToken::new();
    let parts = (server.parts)();
    let routes = router(parts, ServerSettings::default(), Some(hosts), stop).unwrap();
    for (host, status) in [
        ("relay.example", StatusCode::OK),
        ("attacker.example", StatusCode::FORBIDDEN),
    ] {
        let response = routes.clone().oneshot(speech(Some(host))).await.unwrap();
        assert_eq!(response.status(), status, "{host}");
    }
}
