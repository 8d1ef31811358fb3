//! The listener for probes and metrics.

use std::sync::Arc;

use futures_util::FutureExt as _;
use mynah_server::{Ops, run_ops};
use reqwest::header::HOST;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn operators_routes_refuse_other_hosts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let ops = Ops::new(Arc::new(|| async { Vec::new() }.boxed()), stop.clone());
    ops.started();
    let hosts = ["metrics.example".to_owned()];
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { run_ops(listener, ops, &hosts, stop).await }
    });
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
