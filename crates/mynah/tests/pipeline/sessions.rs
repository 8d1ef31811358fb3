//! Several sessions at the same time.

use tokio::task::JoinHandle;

use crate::checker::{self, ClientResult};
use crate::client;
use crate::cluster::{Process, TestCluster};

const SESSIONS: usize = 3;

/// Several sessions that begin now.
pub(crate) fn begin(cluster: &TestCluster, gateway: &Process) -> Vec<JoinHandle<ClientResult>> {
    begin_so_many(cluster, gateway, SESSIONS)
}

pub(crate) fn begin_so_many(
    cluster: &TestCluster,
    gateway: &Process,
    sessions: usize,
) -> Vec<JoinHandle<ClientResult>> {
    let one = || {
        tokio::spawn(client::speak(
            gateway.address.clone(),
            cluster.speech.clone(),
        ))
    };
    (0..sessions).map(|_| one()).collect()
}

pub(crate) async fn results(speaking: Vec<JoinHandle<ClientResult>>) -> Vec<ClientResult> {
    let mut all = Vec::new();
    for own in speaking {
        all.push(own.await.unwrap());
    }
    all
}

/// Every session got all results once, and no log holds a text.
pub(crate) async fn all_is_well(cluster: &TestCluster, speaking: Vec<JoinHandle<ClientResult>>) {
    let result = results(speaking).await;
    let faults = checker::check(cluster, &result).await;
    assert!(faults.is_empty(), "{faults:#?}");
    for own in &result {
        assert!(own.closed, "{own:?}");
        assert!(own.done.len() >= 2, "{own:?}");
        assert!(own.failed.is_empty(), "{own:?}");
    }
    let leaked = checker::leaked(cluster, &result);
    assert!(leaked.is_empty(), "{leaked:#?}");
}
