//! Processes that are killed in the middle of a sentence.

use std::time::Duration;

use crate::checker;
use crate::client;
use crate::people::{all_is_well, begin, heard};
use crate::world::World;

const STAGES: [&str; 4] = ["vad", "asr", "translate", "speak"];

#[tokio::test(flavor = "multi_thread")]
async fn each_stage_is_killed_twice_in_a_row() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let mut stages: Vec<_> = STAGES.iter().map(|own| Some(world.stage(own))).collect();
    let speaking = begin(&world, &gateway);
    for (index, name) in STAGES.iter().enumerate() {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(300 + world.below(900))).await;
            stages[index].take().unwrap().kill();
            stages[index] = Some(world.stage(name));
        }
    }
    all_is_well(&world, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stages_are_killed_at_once() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let (vad, speak) = (world.stage("vad"), world.stage("speak"));
    let (asr, translate) = (world.stage("asr"), world.stage("translate"));
    let speaking = begin(&world, &gateway);
    world.a_while().await;
    asr.kill();
    vad.kill();
    let _again = world.stage("vad,asr");
    world.a_while().await;
    translate.kill();
    speak.kill();
    let _too = world.stage("translate,speak");
    all_is_well(&world, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_killed_and_its_clients_go_on_at_another() {
    let Some(world) = World::new().await else {
        return;
    };
    let _stages = world.stage("vad,asr,translate,speak");
    let (first, second) = (world.gateway(), world.gateway());
    let speaking = begin(&world, &first);
    tokio::time::sleep(Duration::from_millis(2_000 + world.below(2_000))).await;
    first.kill();
    let mut all = heard(speaking).await;
    let forgetful = all.pop().unwrap();
    assert!(all.iter().all(|own| own.cut), "{all:?}");
    // All at once: a session is given up when it is silent for too long.
    let resumed = all
        .iter_mut()
        .map(|own| client::resume(&second.address, &world.speech, own));
    futures_util::future::join_all(resumed).await;
    for own in &all {
        assert!(own.closed && own.done.len() >= 2, "{own:?}");
    }
    // One who does not come back ends as aborted.
    tokio::time::sleep(Duration::from_secs(12)).await;
    let faults = checker::check(&world, &all).await;
    assert!(faults.is_empty(), "{faults:#?}");
    let topics = checker::topics(&world).await;
    let own = &topics[forgetful.session.as_ref().unwrap()];
    assert!(own.faults().is_empty(), "{:?}", own.faults());
    assert!(
        format!("{:?}", own.ends).contains("Aborted"),
        "{:?}",
        own.ends
    );
}

/// The checker can fail: a build that commits before it publishes loses what it works on when it
/// is killed, and the checker sees it.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_commits_before_it_publishes_is_caught() {
    let Some(world) = World::new().await else {
        return;
    };
    let broken = [("MYNAH_TEST_FAULT", "commit_before_publish")];
    let short = [("MYNAH_GATEWAY__FLUSH_SECONDS", "5")];
    let gateway = world.gateway_with(&short);
    let _others = world.stage("vad,translate,speak");
    let mut asr = Some(world.stage_with("asr", &broken));
    let speaking = begin(&world, &gateway);
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        asr.take().unwrap().kill();
        asr = Some(world.stage_with("asr", &broken));
    }
    let heard = heard(speaking).await;
    let faults = checker::check(&world, &heard).await;
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("was not recognised")),
        "a loss was not seen: {faults:?}"
    );
}
