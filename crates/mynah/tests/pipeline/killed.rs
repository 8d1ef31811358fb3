//! Processes that are killed in the middle of a sentence.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::checker;
use crate::client;
use crate::cluster::TestCluster;
use crate::sessions::{all_is_well, begin, results};
use crate::{open_segments, waiting};

const STAGES: [&str; 4] = ["vad", "asr", "translate", "speak"];

#[tokio::test(flavor = "multi_thread")]
async fn each_stage_is_killed_twice_in_a_row() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let mut stages: Vec<_> = STAGES.iter().map(|own| Some(cluster.stage(own))).collect();
    let speaking = begin(&cluster, &gateway);
    cluster.within_speech(speaking.len()).await;
    for (index, name) in STAGES.iter().enumerate() {
        for _ in 0..2 {
            cluster.chance(Duration::from_secs(1)).await;
            stages[index].take().unwrap().kill();
            stages[index] = Some(cluster.stage(name));
        }
    }
    all_is_well(&cluster, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stages_are_killed_at_once() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let (vad, speak) = (cluster.stage("vad"), cluster.stage("speak"));
    let (asr, translate) = (cluster.stage("asr"), cluster.stage("translate"));
    let speaking = begin(&cluster, &gateway);
    cluster.within_speech(speaking.len()).await;
    asr.kill();
    vad.kill();
    let _again = cluster.stage("vad,asr");
    cluster.chance(Duration::from_secs(3)).await;
    translate.kill();
    speak.kill();
    let _too = cluster.stage("translate,speak");
    all_is_well(&cluster, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_killed_and_its_clients_go_on_at_another() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let _stages = cluster.stage("vad,asr,translate,speak");
    let (first, second) = (cluster.gateway(), cluster.gateway());
    let speaking = begin(&cluster, &first);
    cluster.within_speech(speaking.len()).await;
    first.kill();
    let mut all = results(speaking).await;
    let forgetful = all.pop().unwrap();
    assert!(all.iter().all(|own| own.cut), "{all:?}");
    // All at once: a session is given up when it is silent for too long.
    let resumed = all
        .iter_mut()
        .map(|own| client::resume(&second.address, &cluster.speech, own));
    futures_util::future::join_all(resumed).await;
    for own in &all {
        assert!(own.closed && own.done.len() >= 2, "{own:?}");
    }
    // The session of a client that does not come back has an end all the same, and all its results.
    let session = forgetful.session.unwrap();
    let own = waiting::until("the session that was left has an end", async || {
        let own = checker::topics(&cluster).await.remove(&session)?;
        (!own.ends.is_empty() && own.faults().is_empty()).then_some(own)
    })
    .await;
    let faults = checker::check(&cluster, &all).await;
    assert!(faults.is_empty(), "{faults:#?}");
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
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let broken = [("MYNAH_TEST_FAULT", "commit_before_publish")];
    let short = [("MYNAH_GATEWAY__FLUSH_SECONDS", "5")];
    let gateway = cluster.gateway_with(&short);
    let _others = cluster.stage("vad,translate,speak");
    let mut asr = Some(cluster.stage_with("asr", &broken));
    let speaking = begin(&cluster, &gateway);
    // Killed again and again between a commit and what should have come before it.
    let mut lost = false;
    while !lost && !speaking.iter().all(JoinHandle::is_finished) {
        let caught = open_segments::until_one(&cluster, &speaking).await;
        asr.take().unwrap().kill();
        lost = caught && open_segments::is_one(&cluster).await;
        asr = Some(cluster.stage_with("asr", &broken));
    }
    assert!(lost, "no kill came between a commit and its text");
    let result = results(speaking).await;
    let faults = checker::check(&cluster, &result).await;
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("was not recognized")),
        "a loss was not seen: {faults:?}"
    );
}
