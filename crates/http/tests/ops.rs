//! The listener for probes and metrics.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;

use futures_util::FutureExt as _;
use mynah_http::{OpsState, run_ops};
use reqwest::header::HOST;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn ops_endpoints_refuse_other_hosts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let ops = OpsState::new(Arc::new(|| async { Vec::new() }.boxed()), stop.clone());
    ops.mark_started();
    let hosts = vec!["metrics.example".to_owned()];
    let connections = support::connection_limits();
    let running = tokio::spawn(run_ops(listener, ops, hosts, connections, stop.clone()));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    for route in ["livez", "startupz", "readyz", "metrics"] {
        for (host, status) in [
            (address.to_string(), 200),
            ("localhost".into(), 200),
            ("metrics.example:9090".into(), 200),
            ("attacker.example".into(), 403),
            ("metrics.example.attacker.example".into(), 403),
            ("10.0.0.1".into(), 403),
        ] {
            let request = client.get(format!("http://{address}/{route}"));
            let response = request.header(HOST, &host).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{route} of {host}");
        }
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}
