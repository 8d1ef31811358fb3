//! Routes of a server with endpoints for operators, as `mynah gateway` runs them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;

use futures_util::FutureExt as _;
use mynah_auth::{AuthSettings, Authenticator, KeyStore};
use mynah_http::{Dependency, ListenerSettings, OpsState, run_with_ops};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use support::TIMEOUT;

/// A running server that requires keys, and its key file.
async fn start() -> (String, KeyStore, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("keys.json");
    let keys = KeyStore::open(&path).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let auth = AuthSettings {
        require_keys: true,
        ..AuthSettings::default()
    };
    let authenticator = Authenticator::new(keys, address, auth);
    let settings = ListenerSettings {
        hosts: Vec::new(),
        origins: Vec::new(),
        exposed_headers: Vec::new(),
        connections: support::connection_limits(),
        grace: TIMEOUT,
    };
    let stop = CancellationToken::new();
    let ops = OpsState::new(
        Arc::new(|| async { Vec::<Dependency>::new() }.boxed()),
        stop.clone(),
    );
    ops.mark_started();
    let routes = axum::Router::new();
    let serving = run_with_ops(listener, routes, authenticator, ops, settings, stop);
    tokio::spawn(async move { serving.await.unwrap() });
    // Another process's view of the file.
    let cli = KeyStore::open(path).unwrap();
    (format!("http://{address}"), cli, data)
}

async fn status(url: &str, key: &str) -> u16 {
    let request = reqwest::Client::new().get(url).bearer_auth(key);
    request.send().await.unwrap().status().as_u16()
}

/// Waits until requests with a key get this status.
async fn until_answered(url: &str, key: &str, expected: u16) {
    let answered = async { while status(url, key).await != expected {} };
    let answered = tokio::time::timeout(TIMEOUT, answered).await;
    answered.unwrap_or_else(|_| panic!("{url} never answered {expected}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn added_and_revoked_keys_are_followed() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (url, cli, _data) = start().await;
    let url = format!("{url}/metrics");
    let (key, _) = cli.add("Ada").unwrap();
    until_answered(&url, key.expose_secret(), 200).await;
    cli.revoke("Ada").unwrap();
    until_answered(&url, key.expose_secret(), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_key_file_makes_the_server_unready() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (url, cli, _data) = start().await;
    let url = format!("{url}/readyz");
    let (key, _) = cli.add("Ada").unwrap();
    until_answered(&url, key.expose_secret(), 200).await;
    std::fs::write(cli.path(), "[").unwrap();
    until_answered(&url, key.expose_secret(), 503).await;
    let response = reqwest::get(&url).await.unwrap();
    let body = response.json::<Value>().await.unwrap();
    let reason = "the key file cannot be read";
    assert_eq!(
        body["needs"],
        json!([{"name": "keys", "ready": false, "reason": reason}])
    );
}
