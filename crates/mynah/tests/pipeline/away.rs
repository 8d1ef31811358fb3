//! What a stage needs is away for a while.

use std::time::Duration;

use crate::checker;
use crate::people::{all_is_well, begin};
use crate::services::{Fault, Proxy, Service, SmallDisk};
use crate::waiting;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_and_the_registry_go_away_for_a_while() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _stages = world.stage("vad,asr,translate,speak");
    let speaking = begin(&world, &gateway);
    world.within_speech(speaking.len()).await;
    let registry = Fault::kill(Service::Registry);
    let kafka = Fault::kill(Service::Kafka);
    kafka.end();
    registry.end();
    all_is_well(&world, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_object_store_goes_away_for_a_while() {
    let Some(world) = World::with_store().await else {
        return;
    };
    let gateway = world.gateway();
    let small = [("MYNAH_STORAGE__THRESHOLD_BYTES", "10000")];
    let stages = world.stage_with("vad,asr,translate,speak", &small);
    let speaking = begin(&world, &gateway);
    world.within_speech(speaking.len()).await;
    let outage = Fault::kill(Service::Minio);
    stages.until_retried("store").await;
    outage.end();
    all_is_well(&world, speaking).await;
}

/// A stage that can't reach the broker for ten seconds says so, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_cut_off_for_ten_seconds() {
    let Some(world) = World::new().await else {
        return;
    };
    let Some(proxy) = Proxy::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _others = world.stage("vad,translate,speak");
    let asr = world.stage_with("asr", &[("MYNAH_BUS__BROKERS", &proxy.brokers)]);
    let speaking = begin(&world, &gateway);
    world.within_speech(speaking.len()).await;
    asr.until_readyz(200).await;
    let cut = proxy.cut().await;
    // As long as the name says, and at least until it is noticed.
    let ten_seconds = tokio::time::sleep(Duration::from_secs(10));
    asr.until_readyz(503).await;
    ten_seconds.await;
    cut.end();
    asr.until_readyz(200).await;
    all_is_well(&world, speaking).await;
}

/// A disk that is full under the store: what was said waits until there is room.
#[tokio::test(flavor = "multi_thread")]
async fn the_disk_under_the_store_is_full_for_a_while() {
    let Some(world) = World::new().await else {
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
    let gateway = world.gateway_with(&stored);
    let stages = world.stage_with("vad,asr,translate,speak", &stored);
    let full = disk.fill();
    let speaking = begin(&world, &gateway);
    stages.until_retried("store").await;
    world.chance(Duration::from_secs(3)).await;
    full.end();
    all_is_well(&world, speaking).await;
}

/// Nothing is translated by nobody, and all of it once somebody is there again.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_stage_is_done_once_it_is_back() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _others = world.stage("vad,asr,speak");
    let speaking = begin(&world, &gateway);
    // All of it has been said and recognized by then.
    let all = waiting::until("every segment is recognized", async || {
        let topics = checker::topics(&world).await;
        let mut all: Vec<_> = topics.into_values().collect();
        all.retain(|own| !own.ends.is_empty() && own.texts.len() == own.segments.len());
        (all.len() >= speaking.len()).then_some(all)
    })
    .await;
    for own in all {
        assert!(own.translations.is_empty(), "{own:?}");
    }
    let _translate = world.stage("translate");
    all_is_well(&world, speaking).await;
}
