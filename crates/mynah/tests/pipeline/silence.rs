//! A client that sends nothing after its sentence.

use mynah_bus::event::Body;
use mynah_bus::record::topic;
use mynah_bus::{PartitionRange, StartOffset};

use crate::checker;
use crate::client::send_recording;
use crate::cluster::TestCluster;

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_ends_without_more_audio_over_kafka() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway_with(&[("MYNAH_GATEWAY__PAUSE_MS", "350")]);
    let _stages = cluster.stage("vad,asr,translate,speak");
    let (result, acknowledged) = send_recording(&gateway.address, &cluster.speech).await;
    assert!(result.closed && result.errors.is_empty(), "{result:?}");
    assert_eq!(acknowledged, cluster.speech.samples.len() as u64);

    // The silence is on the bus as samples, marked, and with places like all others.
    let session = result.session.clone().unwrap();
    let partitions = cluster.partitions().await;
    let spans = (0..partitions).map(|partition| PartitionRange {
        topic: topic::INGRESS.into(),
        partition,
        start: StartOffset::Timestamp(cluster.began_ms),
        stop_at_end: true,
    });
    let mut reader = cluster.bus.read(spans.collect()).await.unwrap();
    let mut end = 0;
    let mut inserted = 0;
    while let Some(record) = reader.next().await.unwrap() {
        if record.session() != Some(session.as_str()) {
            continue;
        }
        let kind = mynah_bus::event::Kind::AudioInput;
        let event = cluster.codec.decode(kind, &record.body).await.unwrap();
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
    let faults = checker::check(&cluster, &[result]).await;
    assert!(faults.is_empty(), "{faults:#?}");
}
