//! Reference audio that crashed a replica, and the replay of its dead letter.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use mynah_audio::{Clip, SampleRate};
use mynah_bus::event::{
    AudioPayload, Body, ClientOptions, ConsentRecord, Event, SegmentRange, Speaker, TextTranslated,
    Times, VoiceRecording,
};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::record::topic;
use mynah_bus::{ConsumerEvent, Group, OffsetReset, Position, partition_of};
use mynah_pipeline::DeadLetters;

use crate::harness::{PARTITIONS, TIMEOUT, TestPipeline};

/// A translation to be spoken in the voice of a recording.
fn translation(session: &SessionId, recording: &Clip) -> Event {
    let reference = VoiceRecording {
        audio: AudioPayload::Inline(
            mynah_audio::encode_mono_wav(&recording.samples, recording.rate)
                .unwrap()
                .into(),
        ),
        text: Some("a recording".into()),
        consent: Some(ConsentRecord {
            speaker: "speaker".into(),
            statement: "I agree".into(),
            given_at: 1,
        }),
    };
    let body = Body::TextTranslated(TextTranslated {
        segment: SegmentRange {
            index: 0,
            start_sample: 0,
            end_sample: 16_000,
        },
        text: "hola".into(),
        source_language: "en".into(),
        target_language: "es".into(),
        quality: None,
        translators: Vec::new(),
        via: None,
        options: ClientOptions {
            voice: Some("tone/clone".into()),
            speaker: Speaker {
                id: None,
                reference: Some(reference),
            },
            ..ClientOptions::default()
        },
        times: Times::default(),
    });
    Event::new(session.clone(), Stage::Translate, body)
}

/// Leaves the mark of a replica that crashed while it decoded the first record of a partition.
async fn crash_while_decoding(pipeline: &TestPipeline, partition: u32) {
    let group = Group {
        name: Stage::Synthesize.service().into(),
        topic: topic::TRANSLATED.into(),
        offset_reset: OffsetReset::Earliest,
        commits: true,
    };
    let mut member = pipeline.bus.join(group).await.unwrap();
    let assigned = tokio::time::timeout(TIMEOUT, member.next()).await.unwrap();
    assert!(matches!(assigned, Ok(ConsumerEvent::Assigned(_))));
    let marked = Position {
        partition,
        offset: 0,
        metadata: "decoding=0".into(),
        metadata_at_release: Some(String::new()),
    };
    member.commit(marked).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_decodes_reference_audio_that_crashed_a_replica() {
    let mut pipeline = TestPipeline::new().await;
    let session = SessionId::fresh();
    let recording = Clip::silence(SampleRate::HZ_16000, std::time::Duration::from_secs(1));
    pipeline.publish(&translation(&session, &recording)).await;
    let partition = partition_of(session.as_str().as_bytes(), PARTITIONS);
    crash_while_decoding(&pipeline, partition).await;

    let running = pipeline.run(&[Stage::Synthesize]);
    let dead_letter = pipeline
        .next_of(&topic::dead_letters(topic::TRANSLATED))
        .await;
    let reason = dead_letter.headers.text("dlq.reason");
    assert_eq!(reason, Some("crashed_while_decoding"));
    let dead_letters = DeadLetters::new(pipeline.bus.clone());
    let all = dead_letters.list(None).await.unwrap();
    dead_letters.replay(&all[0]).await.unwrap();
    pipeline
        .until(|event| matches!(&event.body, Body::AudioSynthesis(speech) if speech.is_last))
        .await;
    assert_eq!(dead_letters.list(None).await.unwrap().len(), 1);
    running.stop().await;
}
