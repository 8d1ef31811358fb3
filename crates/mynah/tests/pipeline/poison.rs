//! Records that no stage can process.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use mynah_bus::event::{
    AudioInput, AudioPayload, Body, Chunk, ClientOptions, Event, Kind, SegmentRange, SpeechSegment,
    TextRecognized, TextTranslated, Times,
};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::limits::{MAX_INLINE_BYTES, MAX_TEXT_BYTES};
use mynah_bus::{Headers, ProducerRecord};
use mynah_pipeline::{DeadLetter, DeadLetters};

use crate::checker::{self, TopicContents};
use crate::cluster::TestCluster;
use crate::corrupted::{self, Value};
use crate::services::{Fault, Service};
use crate::sessions::{all_is_well, begin, begin_so_many, results};
use crate::waiting;

const SEGMENT: SegmentRange = SegmentRange {
    index: 0,
    start_sample: 0,
    end_sample: 1_600,
};

/// Events that are well, one for each stage, of a session of its own.
pub(crate) fn well() -> [Event; 4] {
    with_sound(
        mynah_audio::encode_mono_wav(&[0.0; 1_600], mynah_audio::SampleRate::HZ_16000).unwrap(),
    )
}

fn with_sound(bytes: Vec<u8>) -> [Event; 4] {
    let session = SessionId::fresh();
    let audio = AudioPayload::Inline(bytes.into());
    let (options, times) = (ClientOptions::default(), Times::default());
    let chunk = Chunk {
        sequence: 0,
        start_sample: 0,
        end_sample: 1_600,
        is_last: false,
        inserted_silence: false,
    };
    let of = |stage, body| Event::new(session.clone(), stage, body);
    [
        of(
            Stage::Ingress,
            Body::AudioInput(AudioInput {
                audio: audio.clone(),
                sample_rate: 16_000,
                chunk: Some(chunk),
                preview: false,
                options: options.clone(),
            }),
        ),
        of(
            Stage::Detect,
            Body::SpeechSegment(SpeechSegment {
                segment: SEGMENT,
                audio,
                sample_rate: 16_000,
                options: options.clone(),
                times,
            }),
        ),
        of(
            Stage::Recognize,
            Body::TextRecognized(TextRecognized {
                segment: SEGMENT,
                text: "hello".into(),
                language: "en".into(),
                confidence: Some(0.5),
                recognizer: None,
                options: options.clone(),
                times,
            }),
        ),
        of(
            Stage::Translate,
            Body::TextTranslated(TextTranslated {
                segment: SEGMENT,
                text: "hola".into(),
                source_language: "en".into(),
                target_language: "es".into(),
                quality: None,
                translators: Vec::new(),
                via: None,
                options,
                times,
            }),
        ),
    ]
}

/// Publishes a body as it is, under a key of its own.
async fn poison(cluster: &TestCluster, kind: Kind, key: &str, body: Vec<u8>) {
    let record = ProducerRecord {
        topic: kind.topic().into(),
        key: Bytes::from(key.to_owned()),
        headers: Headers::default(),
        body: body.into(),
    };
    cluster.bus.publish(record).await.unwrap();
}

/// The letters of these keys, once there are as many.
async fn letters(cluster: &TestCluster, keys: &BTreeMap<String, String>) -> Vec<DeadLetter> {
    let all = DeadLetters::new(cluster.bus.clone());
    waiting::until("every record is a letter", async || {
        let mut own = all.list(None).await.unwrap();
        own.retain(|letter| letter.session().is_some_and(|key| keys.contains_key(key)));
        let missing = keys
            .iter()
            .filter(|(key, _)| !own.iter().any(|letter| letter.session() == Some(key)));
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            eprintln!("no letter yet of {missing:?}");
        }
        missing.is_empty().then_some(own)
    })
    .await
}

/// Every letter says why, and holds what was published.
async fn all_are_buried(
    cluster: &TestCluster,
    keys: BTreeMap<String, String>,
    bodies: &BTreeMap<String, Vec<u8>>,
) {
    let letters = letters(cluster, &keys).await;
    let mut seen = BTreeSet::new();
    for letter in letters {
        let key = letter.session().unwrap();
        // A letter may be there twice; the first one counts.
        if !seen.insert(key.to_owned()) {
            continue;
        }
        assert!(
            keys[key].ends_with(letter.reason()),
            "{}: {}",
            keys[key],
            letter.error()
        );
        assert_eq!(letter.class(), "invalid", "{}", letter.error());
        assert!(letter.body() == bodies[key], "the body is untouched");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_event_go_to_the_dead_letters() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _stages = cluster.stage("vad,asr,translate,speak");
    let speaking = begin(&cluster, &gateway);
    let (mut keys, mut bodies) = (BTreeMap::new(), BTreeMap::new());
    for kind in well().map(|event| event.kind()) {
        for (body, reason) in [
            (&b"\x09magic"[..], "wrong_magic"),
            (b"", "too_short"),
            (b"\x00\x7f\xff\xff\xffunknown", "unknown_schema"),
            // A real schema, and not what it says.
            (&corrupted::cut_off(&cluster, kind).await, "undecodable"),
        ] {
            let key = SessionId::fresh().to_string();
            poison(&cluster, kind, &key, body.to_vec()).await;
            bodies.insert(key.clone(), body.to_vec());
            keys.insert(key, format!("{} {reason}", kind.record()));
        }
    }
    all_are_buried(&cluster, keys, &bodies).await;
    all_is_well(&cluster, speaking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_break_a_rule_go_to_the_dead_letters() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let gateway = cluster.gateway();
    let _stages = cluster.stage("vad,asr,translate,speak");
    let speaking = begin(&cluster, &gateway);
    let too_large = || Value::Bytes(vec![0; MAX_INLINE_BYTES + 1]);
    let other = || Value::Bytes(b"other bytes".to_vec());
    let long = || Value::String("a".repeat(MAX_TEXT_BYTES + 1));
    let text = |own: &str| Value::String(own.to_owned());
    let rules: Vec<(usize, &str, Value, &str)> = vec![
        (0, "end_sample", Value::Long(-1), "invalid"),
        (0, "sample_rate_hz", Value::Int(0), "invalid"),
        (0, "sample_rate_hz", Value::Int(8_000), "invalid_audio"),
        (0, "end_sample", Value::Long(1_599), "invalid_audio"),
        (0, "audio_bytes", Value::Bytes(Vec::new()), "invalid"),
        (0, "audio_bytes", too_large(), "invalid"),
        (0, "audio_bytes", other(), "invalid"),
        (0, "event_type", text("SpeechSegmentEvent"), "invalid"),
        (0, "event_id", text("no uuid"), "invalid"),
        (0, "correlation_id", text("another key"), "invalid"),
        (1, "end_sample", Value::Long(0), "invalid"),
        (1, "audio_bytes", too_large(), "invalid"),
        (1, "audio_bytes", other(), "invalid"),
        (2, "confidence", Value::Float(1.5), "invalid"),
        (2, "language", text(""), "invalid"),
        (2, "text", long(), "invalid"),
        (2, "source_service", text(""), "invalid"),
        (3, "text", text("  "), "invalid"),
        (3, "target_language", text(""), "invalid"),
        (
            3,
            "target_language",
            text("not a language"),
            "invalid_language",
        ),
        (3, "quality_score", Value::Float(f32::NAN), "invalid"),
    ];
    let (mut keys, mut bodies) = (BTreeMap::new(), BTreeMap::new());
    for (stage, field, value, reason) in rules {
        let event = &well()[stage];
        let body = corrupted::with(&cluster, event, field, value).await;
        let key = event.session.to_string();
        poison(&cluster, event.kind(), &key, body.clone()).await;
        bodies.insert(key.clone(), body);
        keys.insert(key, format!("{} {field} {reason}", event.kind().record()));
    }
    // Well in every other respect, and no audio.
    for event in &with_sound(b"RIFF, but no more of it".to_vec())[..2] {
        let key = SessionId::fresh().to_string();
        let mut event = event.clone();
        event.session = SessionId::parse(&key).unwrap();
        let body = cluster.codec.encode(&event).await.unwrap().to_vec();
        poison(&cluster, event.kind(), &key, body.clone()).await;
        bodies.insert(key.clone(), body);
        keys.insert(
            key,
            format!("{} audio invalid_audio", event.kind().record()),
        );
    }
    all_are_buried(&cluster, keys, &bodies).await;
    all_is_well(&cluster, speaking).await;
}

/// A segment whose audio can't be read becomes a letter once patience is at its end; the client
/// gets an event; and when the cause is gone the letter is processed.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_processed_once_its_cause_is_gone() {
    let Some(cluster) = TestCluster::with_store().await else {
        return;
    };
    let stored = [("MYNAH_STORAGE__THRESHOLD_BYTES", "10000")];
    let hasty = [stored[0], ("MYNAH_PIPELINE__OUTAGE_SECONDS", "1")];
    let gateway = cluster.gateway();
    let _others = cluster.stage_with("vad,translate,speak", &stored);
    let speaking = begin_so_many(&cluster, &gateway, 1);
    let session = waiting::until("all segments wait in the store", async || {
        let mut topics = checker::topics(&cluster).await.into_iter();
        let waits =
            |(_, own): &(String, TopicContents)| !own.ends.is_empty() && !own.stored.is_empty();
        topics.find(waits).map(|(session, _)| session)
    })
    .await;
    // A recognizer starts only where there is a store. This one begins when it is gone.
    let asr = cluster.stage_with("asr", &hasty);
    let freeze = asr.freeze();
    let outage = Fault::kill(Service::Minio);
    freeze.end();
    let all = DeadLetters::new(cluster.bus.clone());
    let letters = async || {
        let mut own = all.list(None).await.unwrap();
        own.retain(|letter| letter.session() == Some(&session));
        own
    };
    waiting::until("a segment becomes a letter", async || {
        (!letters().await.is_empty()).then_some(())
    })
    .await;
    outage.end();
    let result = results(speaking).await.pop().unwrap();
    assert!(result.closed && !result.failed.is_empty(), "{result:?}");
    let mut own = letters().await;
    assert!(own.iter().all(|own| own.class() == "transient"));
    // A letter may be there twice; the first one of each record counts.
    let mut records = BTreeSet::new();
    own.retain(|letter| {
        let header = |wanted| letter.headers().find(|(name, _)| *name == wanted);
        let place = ["dlq.original.partition", "dlq.original.offset"].map(header);
        records.insert(place.map(|own| own.map(|(_, value)| value.to_owned())))
    });
    assert_eq!(own.len(), result.failed.len());
    for letter in &own {
        let place = [letter.partition().to_string(), letter.offset().to_string()];
        cluster.runs(&["dlq", "replay", letter.topic(), &place[0], &place[1]]);
    }
    waiting::until("every segment is recognized", async || {
        let topics = checker::topics(&cluster).await;
        let own = &topics[&session];
        (own.texts.len() == own.segments.len()).then_some(())
    })
    .await;
}
