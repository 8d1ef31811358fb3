//! What a stage needs is away for a while.

use std::time::Duration;

use crate::checker;
use crate::cluster::TestCluster;
use crate::services::{Fault, Proxy, Service, SmallDisk};
use crate::sessions::{all_is_well, begin};
use crate::waiting;

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_and_registry_outage_loses_nothing() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _stages = cluster.stage("vad,asr,translate,speak");
    let speaking = begin(&cluster, &gateway);
    cluster.within_speech(speaking.len()).await;
    let registry = Fault::kill(Service::Registry);
    let kafka = Fault::kill(Service::Kafka);
    kafka.end();
    registry.end();
    all_is_well(&cluster, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_store_outage_loses_nothing() {
    let Some(cluster) = TestCluster::with_store().await else {
        return;
    };
    let gateway = cluster.gateway();
    let small = [("MYNAH_STORAGE__THRESHOLD_BYTES", "10000")];
    let stages = cluster.stage_with("vad,asr,translate,speak", &small);
    let speaking = begin(&cluster, &gateway);
    cluster.within_speech(speaking.len()).await;
    let outage = Fault::kill(Service::Minio);
    stages.until_retried("store").await;
    outage.end();
    all_is_well(&cluster, speaking).await;
}

/// A stage that can't reach the broker for ten seconds says so, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_cut_off_for_ten_seconds() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let Some(proxy) = Proxy::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _others = cluster.stage("vad,translate,speak");
    let asr = cluster.stage_with("asr", &[("MYNAH_BUS__BROKERS", &proxy.brokers)]);
    let speaking = begin(&cluster, &gateway);
    cluster.within_speech(speaking.len()).await;
    asr.until_readyz(200).await;
    let cut = proxy.cut().await;
    // As long as the name says, and at least until it is noticed.
    let ten_seconds = tokio::time::sleep(Duration::from_secs(10));
    asr.until_readyz(503).await;
    ten_seconds.await;
    cut.end();
    asr.until_readyz(200).await;
    all_is_well(&cluster, speaking).await;
}

/// A full disk under the store: the audio waits until there is space.
#[tokio::test(flavor = "multi_thread")]
async fn the_disk_under_the_store_is_full_for_a_while() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    let url = format!("file://{}", disk.folder.path().display());
    let stored = [
        ("MYNAH_STORAGE__URL", url.as_str()),
        ("MYNAH_STORAGE__THRESHOLD_BYTES", "10000"),
    ];
    let gateway = cluster.gateway_with(&stored);
    let stages = cluster.stage_with("vad,asr,translate,speak", &stored);
    let full = disk.fill();
    let speaking = begin(&cluster, &gateway);
    stages.until_retried("store").await;
    cluster.chance(Duration::from_secs(3)).await;
    full.end();
    all_is_well(&cluster, speaking).await;
}

/// Without a translator nothing is translated, and all of it once one is back.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_stage_is_done_once_it_is_back() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _others = cluster.stage("vad,asr,speak");
    let speaking = begin(&cluster, &gateway);
    // All of it has been said and recognized by then.
    let all = waiting::until("every segment is recognized", async || {
        let topics = checker::topics(&cluster).await;
        let mut all: Vec<_> = topics.into_values().collect();
        all.retain(|own| !own.ends.is_empty() && own.texts.len() == own.segments.len());
        (all.len() >= speaking.len()).then_some(all)
    })
    .await;
    for own in all {
        assert!(own.translations.is_empty(), "{own:?}");
    }
    let _translate = cluster.stage("translate");
    all_is_well(&cluster, speaking).await;
}
