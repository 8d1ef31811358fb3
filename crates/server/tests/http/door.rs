//! The server around another one's routes, as `mynah gateway` runs it.

use std::sync::Arc;

use futures_util::FutureExt as _;
use mynah_server::{Authenticator, Dependency, KeyStore, Ops, ServerSettings, run_door};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::SOON;

/// A running one that needs keys, and its file of keys.
async fn door() -> (String, KeyStore, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("keys.json");
    let keys = KeyStore::open(&path).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = ServerSettings {
        require_keys: true,
        ..ServerSettings::default()
    };
    let authenticator = Authenticator::new(keys, address, &settings);
    let stop = CancellationToken::new();
    let ops = Ops::new(
        Arc::new(|| async { Vec::<Dependency>::new() }.boxed()),
        stop.clone(),
    );
    ops.started();
    tokio::spawn(async move {
        let served = run_door(
            listener,
            axum::Router::new(),
            authenticator,
            ops,
            &settings,
            stop,
        )
        .await;
        served.unwrap();
    });
    // Another process's view of the file.
    let cli = KeyStore::open(path).unwrap();
    (format!("http://{address}"), cli, data)
}

async fn status(url: &str, key: &str) -> u16 {
    let request = reqwest::Client::new().get(url).bearer_auth(key);
    request.send().await.unwrap().status().as_u16()
}

/// Waits until requests with a key are answered so.
async fn until_answered(url: &str, key: &str, expected: u16) {
    let answered = async { while status(url, key).await != expected {} };
    let answered = tokio::time::timeout(SOON, answered).await;
    answered.unwrap_or_else(|_| panic!("{url} never answered {expected}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_follows_keys_that_are_made_and_revoked() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (url, cli, _data) = door().await;
    let url = format!("{url}/metrics");
    let (key, _) = cli.add("Ada").unwrap();
    until_answered(&url, key.reveal(), 200).await;
    cli.revoke("Ada").unwrap();
    until_answered(&url, key.reveal(), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_reports_a_damaged_file_of_keys() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (url, cli, _data) = door().await;
    let url = format!("{url}/readyz");
    let (key, _) = cli.add("Ada").unwrap();
    until_answered(&url, key.reveal(), 200).await;
    std::fs::write(cli.path(), "[").unwrap();
    until_answered(&url, key.reveal(), 503).await;
    let response = reqwest::get(&url).await.unwrap();
    let body = response.json::<Value>().await.unwrap();
    let reason = "the file of keys cannot be read";
    assert_eq!(
        body["needs"],
        json!([{"name": "keys", "ready": false, "reason": reason}])
    );
}
