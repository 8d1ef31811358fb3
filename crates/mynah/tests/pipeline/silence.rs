//! A client that sends nothing after its sentence.

use mynah_bus::event::Body;
use mynah_bus::record::topic;
use mynah_bus::{PartitionRange, StartOffset};

use crate::checker;
use crate::client::push_to_talk;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_ends_without_more_audio_over_kafka() {
    let Some(world) = World::new().await else {
        return;
    };
    let gateway = world.gateway_with(&[("MYNAH_GATEWAY__PAUSE_MS", "350")]);
    let _stages = world.stage("vad,asr,translate,speak");
    let (heard, acknowledged) = push_to_talk(&gateway.address, &world.speech).await;
    assert!(heard.closed && heard.errors.is_empty(), "{heard:?}");
    assert_eq!(acknowledged, world.speech.samples.len() as u64);

    // The silence is on the bus as samples, marked, and with places like all others.
    let session = heard.session.clone().unwrap();
    let partitions = world.partitions().await;
    let spans = (0..partitions).map(|partition| PartitionRange {
        topic: topic::INGRESS.into(),
        partition,
        start: StartOffset::Timestamp(world.began_ms),
        stop_at_end: true,
    });
    let mut reader = world.bus.read(spans.collect()).await.unwrap();
    let mut end = 0;
    let mut inserted = 0;
    while let Some(record) = reader.next().await.unwrap() {
        if record.session() != Some(session.as_str()) {
            continue;
        }
        let kind = mynah_bus::event::Kind::AudioInput;
        let event = world.codec.decode(kind, &record.body).await.unwrap();
        let Body::AudioInput(input) = event.body else {
            panic!("not audio");
        };
        let chunk = input.chunk.unwrap();
        if chunk.end_sample <= end {
            continue;
        }
        assert_eq!(chunk.start_sample, end);
        end = chunk.end_sample;
        if chunk.inserted_silence {
            inserted += chunk.end_sample - chunk.start_sample;
        }
    }
    assert!(inserted >= 350 * 16, "{inserted}");
    let faults = checker::check(&world, &[heard]).await;
    assert!(faults.is_empty(), "{faults:#?}");
}
