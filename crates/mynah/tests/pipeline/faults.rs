//! What it must survive.

use std::time::Duration;

use bytes::Bytes;
use mynah_bus::record::topic;
use mynah_bus::{Headers, Outgoing};
use tokio::task::JoinHandle;

use crate::checker::{self, Heard};
use crate::client;
use crate::world::{Process, World, service};

const STAGES: [&str; 4] = ["vad", "asr", "translate", "speak"];
const SESSIONS: usize = 3;

/// Several people who begin to speak now.
fn begin(world: &World, gateway: &Process) -> Vec<JoinHandle<Heard>> {
    let one = || tokio::spawn(client::speak(gateway.address.clone(), world.speech.clone()));
    (0..SESSIONS).map(|_| one()).collect()
}

async fn heard(speaking: Vec<JoinHandle<Heard>>) -> Vec<Heard> {
    let mut all = Vec::new();
    for own in speaking {
        all.push(own.await.unwrap());
    }
    all
}

/// Everybody was answered, all of it, once.
async fn all_is_well(world: &World, speaking: Vec<JoinHandle<Heard>>) {
    let heard = heard(speaking).await;
    let faults = checker::check(world, &heard).await;
    assert!(faults.is_empty(), "{faults:#?}");
    for own in &heard {
        assert!(own.closed, "{own:?}");
        assert!(own.done.len() >= 2, "{own:?}");
        assert!(own.failed.is_empty(), "{own:?}");
    }
}

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

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_and_the_registry_go_away_for_a_while() {
    let Some(world) = World::new().await else {
        return;
    };
    // While a broker is away nobody can tell whether a client is.
    let patient = [("MYNAH_GATEWAY__BUS__PUBLISH_SECONDS", "60")];
    let gateway = world.gateway_with(&patient);
    let _stages = world.stage("vad,asr,translate,speak");
    let speaking = begin(&world, &gateway);
    world.a_while().await;
    tokio::task::spawn_blocking(|| {
        service("kill", "registry");
        service("kill", "kafka");
        service("start", "kafka");
        service("start", "registry");
    })
    .await
    .unwrap();
    all_is_well(&world, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_come_go_and_freeze() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _others = world.stage("vad,translate,speak");
    let (steady, frozen) = (world.stage("asr"), world.stage("asr"));
    let speaking = begin(&world, &gateway);
    world.a_while().await;
    frozen.signal("-STOP");
    for _ in 0..3 {
        let guest = world.stage("asr");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let left = guest.stop();
        eprintln!("left in {} ms", left.as_millis());
    }
    frozen.signal("-CONT");
    all_is_well(&world, speaking).await;
    drop(steady);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_object_store_goes_away_for_a_while() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let small = [("MYNAH_STORAGE__THRESHOLD_BYTES", "10000")];
    let _stages = world.stage_with("vad,asr,translate,speak", &small);
    let speaking = begin(&world, &gateway);
    world.a_while().await;
    tokio::task::spawn_blocking(|| {
        service("kill", "minio");
        std::thread::sleep(Duration::from_secs(3));
        service("start", "minio");
    })
    .await
    .unwrap();
    all_is_well(&world, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_of_every_kind_goes_to_the_dead_letters() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway();
    let _stages = world.stage("vad,asr,translate,speak");
    let speaking = begin(&world, &gateway);
    let bodies: [(&[u8], &str); 4] = [
        (b"\x09magic", "wrong_magic"),
        (b"", "too_short"),
        (b"\x00\x7f\xff\xff\xffunknown", "unknown_schema"),
        (b"\x00\x00\x00\x00\x01\x02", "undecodable"),
    ];
    let of = [
        topic::INGRESS,
        topic::SEGMENT,
        topic::RECOGNISED,
        topic::TRANSLATED,
    ];
    let key = uuid::Uuid::new_v4().to_string();
    for topic in of {
        for (body, _) in bodies {
            let record = Outgoing {
                topic: topic.into(),
                key: Bytes::from(key.clone()),
                headers: Headers::default(),
                body: Bytes::from_static(body),
            };
            world.bus.publish(record).await.unwrap();
        }
    }
    all_is_well(&world, speaking).await;
    let letters = mynah_pipeline::Letters::new(world.bus.clone());
    let letters = letters.list(None).await.unwrap();
    for topic in of {
        let own = letters
            .iter()
            .filter(|own| own.topic() == topic && own.session() == Some(&key));
        let mut reasons: Vec<_> = own.map(|own| own.reason().to_owned()).collect();
        reasons.sort();
        assert_eq!(reasons.len(), 4, "{topic}: {reasons:?}");
        assert!(
            reasons.contains(&"wrong_magic".to_owned()),
            "{topic}: {reasons:?}"
        );
    }
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
