//! Several replicas of a stage, and changes among them.

use std::time::Duration;

use crate::cluster::TestCluster;
use crate::sessions::{all_is_well, begin, begin_so_many};

#[tokio::test(flavor = "multi_thread")]
async fn replicas_come_go_and_freeze() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _others = cluster.stage("vad,translate,speak");
    let (steady, frozen) = (cluster.stage("asr"), cluster.stage("asr"));
    let speaking = begin(&cluster, &gateway);
    cluster.within_speech(speaking.len()).await;
    let freeze = frozen.freeze();
    for round in 0..3 {
        let guest = cluster.stage("asr");
        if round == 0 {
            // The frozen one is out of the group by then.
            guest.until_logged("partition assigned").await;
        } else {
            cluster.chance(Duration::from_secs(2)).await;
        }
        let left = guest.stop();
        eprintln!("left in {} ms", left.as_millis());
    }
    freeze.end();
    all_is_well(&cluster, speaking).await;
    drop(steady);
}

/// Every two seconds a replica joins or leaves, killed or in good order.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_rebalances_loses_nothing() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _steady = cluster.stage("vad,asr,translate,speak");
    let speaking = begin(&cluster, &gateway);
    let mut guests = Vec::new();
    for round in 0..8 {
        let began = tokio::time::Instant::now();
        if guests.len() < 2 && round % 3 != 2 {
            guests.push(cluster.stage("vad,asr,translate,speak"));
        } else if let Some(guest) = guests.pop() {
            if cluster.below(2) == 0 {
                guest.kill();
            } else {
                guest.stop();
            }
        }
        tokio::time::sleep_until(began + Duration::from_secs(2)).await;
    }
    all_is_well(&cluster, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_share_four_partitions() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    assert_eq!(cluster.partitions().await, 4);
    let gateway = cluster.gateway();
    let _replicas = [0; 3].map(|_| cluster.stage("vad,asr,translate,speak"));
    let speaking = begin_so_many(&cluster, &gateway, 8);
    all_is_well(&cluster, speaking).await;
}
