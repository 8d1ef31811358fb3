//! Decoding marks: what a replica that takes a partition over makes of them.

use mynah_bus::identity::SessionId;

use super::{DEAD_LETTERS, Decoding, SPEECH, TestBus, notified};
use crate::PipelineSettings;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_crashed_a_decoder_is_dead_letter() {
    let test = TestBus::new().await;
    let (session, other) = (SessionId::fresh(), SessionId::fresh());
    test.publish(&session, 0, "poison").await;
    let crashing = Decoding::hanging_on("poison");
    let first = test.run(crashing.clone());
    notified(&crashing.hangs).await;
    first.kill().await;

    test.publish(&session, 1, "poison").await;
    test.publish(&other, 0, "fine").await;
    let healthy = Decoding::default();
    let second = test.run(healthy.clone());
    let dead_letters = test.first(DEAD_LETTERS, 2).await;
    let header = |index: usize, name| dead_letters[index].headers.text(name);
    for index in 0..2 {
        let reason = header(index, "dlq.reason");
        assert_eq!(reason, Some("crashed_while_decoding"));
    }
    assert_eq!(header(0, "dlq.original.offset"), Some("0"));
    let speech = test.first(SPEECH, 1).await;
    assert_eq!(speech[0].session(), Some(other.as_str()));
    assert_eq!(*healthy.decoded.lock().unwrap(), ["fine"]);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoded_record_leaves_no_mark_for_the_next_replica() {
    let test = TestBus::new().await;
    let session = SessionId::fresh();
    for (index, text) in ["one", "two"].into_iter().enumerate() {
        test.publish(&session, index as u32, text).await;
        let stage = Decoding::default();
        let replica = test.run(stage.clone());
        test.first(SPEECH, index + 1).await;
        replica.stop().await;
        assert_eq!(*stage.decoded.lock().unwrap(), [text]);
    }
    assert!(test.is_empty(DEAD_LETTERS).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_revoked_during_a_decode_leaves_no_mark() {
    let test = TestBus::with(2, PipelineSettings::default()).await;
    // With two members the memory bus moves the last partition.
    test.publish(&test.session_in(1), 0, "slow").await;
    let slow = Decoding::hanging_on("slow");
    let first = test.run(slow.clone());
    notified(&slow.hangs).await;

    let successor = Decoding::default();
    let second = test.run(successor.clone());
    let speech = test.first(SPEECH, 1).await;
    assert_eq!(speech[0].partition, 1);
    assert_eq!(*successor.decoded.lock().unwrap(), ["slow"]);
    assert!(test.is_empty(DEAD_LETTERS).await);
    second.stop().await;
    first.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_stops_during_a_decode_leaves_no_mark() {
    let settings = PipelineSettings {
        drain_seconds: 1,
        ..PipelineSettings::default()
    };
    let test = TestBus::with(1, settings).await;
    test.publish(&SessionId::fresh(), 0, "slow").await;
    let slow = Decoding::hanging_on("slow");
    let first = test.run(slow.clone());
    notified(&slow.hangs).await;
    first.stop().await;

    let second = test.run(Decoding::default());
    test.first(SPEECH, 1).await;
    assert!(test.is_empty(DEAD_LETTERS).await);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_wait_for_a_decode_hold_no_slot() {
    let settings = PipelineSettings {
        concurrent: 2,
        ..PipelineSettings::default()
    };
    let test = TestBus::with(1, settings).await;
    let stage = Decoding::hanging_on("slow");
    let replica = test.run(stage.clone());
    test.publish(&SessionId::fresh(), 0, "slow").await;
    notified(&stage.begins).await;
    notified(&stage.hangs).await;
    test.publish(&SessionId::fresh(), 0, "waiting").await;
    notified(&stage.begins).await;

    let other = SessionId::fresh();
    test.publish(&other, 0, "plain").await;
    let speech = test.first(SPEECH, 1).await;
    assert_eq!(speech[0].session(), Some(other.as_str()));
    replica.kill().await;
}
