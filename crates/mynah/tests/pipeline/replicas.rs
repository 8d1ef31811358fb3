//! Several replicas of a stage, and changes among them.

use std::time::Duration;

use crate::people::{all_is_well, begin, begin_so_many};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn replicas_come_go_and_freeze() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _others = world.stage("vad,translate,speak");
    let (steady, frozen) = (world.stage("asr"), world.stage("asr"));
    let speaking = begin(&world, &gateway);
    world.within_speech(speaking.len()).await;
    let freeze = frozen.freeze();
    for round in 0..3 {
        let guest = world.stage("asr");
        if round == 0 {
            // The frozen one is out of the group by then.
            guest.until_logged("partition assigned").await;
        } else {
            world.chance(Duration::from_secs(2)).await;
        }
        let left = guest.stop();
        eprintln!("left in {} ms", left.as_millis());
    }
    freeze.end();
    all_is_well(&world, speaking).await;
    drop(steady);
}

/// Every two seconds somebody joins or leaves, killed or in good order.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_rebalances_loses_nothing() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _steady = world.stage("vad,asr,translate,speak");
    let speaking = begin(&world, &gateway);
    let mut guests = Vec::new();
    for round in 0..8 {
        let began = tokio::time::Instant::now();
        if guests.len() < 2 && round % 3 != 2 {
            guests.push(world.stage("vad,asr,translate,speak"));
        } else if let Some(guest) = guests.pop() {
            if world.below(2) == 0 {
                guest.kill();
            } else {
                guest.stop();
            }
        }
        tokio::time::sleep_until(began + Duration::from_secs(2)).await;
    }
    all_is_well(&world, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_share_four_partitions() {
    let Some(world) = World::new().await else {
        return;
    };
    assert_eq!(world.partitions().await, 4);
    let gateway = world.gateway();
    let _replicas = [0; 3].map(|_| world.stage("vad,asr,translate,speak"));
    let speaking = begin_so_many(&world, &gateway, 8);
    all_is_well(&world, speaking).await;
}
