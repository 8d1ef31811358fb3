//! Sessions over a bus, as a client sees them, with scripted stages on the other side.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../harness/mod.rs"]
mod harness;
mod resume;
mod slow_clients;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::client::{Client, Ending, append};
use harness::stages::{ReceivedChunk, Scenario, TestBus};
use harness::{TEST_TIMEOUT, TestGateway, sentences, silence};
use mynah_bus::identity::Stage;
use serde_json::{Value, json};
use tokio::time::timeout;

/// 200 ms of sound, as clients are advised to send.
const PIECE: usize = 9_600;

fn update(session: &Value) -> Value {
    json!({"type": "session.update", "event_id": "mine", "session": session})
}

async fn transcribed(gateway: &TestGateway) -> (Client, Value) {
    let mut client = gateway.try_connect("?model=test", &[]).await.unwrap();
    let created = client.event().await;
    client
        .send(update(
            &json!({"audio": {"input": {"transcription": {"model": "any"}}}}),
        ))
        .await;
    assert_eq!(client.event().await["type"], "session.updated");
    (client, created["session"].clone())
}

/// A session's name on the bus.
fn on_bus(session: &Value) -> String {
    let id = session["id"].as_str().unwrap().trim_start_matches("sess_");
    let part = |range| id.get(range).unwrap();
    format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}

async fn whole(scenario: Scenario, texts: &[&str]) -> Ending {
    let bus = TestBus::with(scenario).await;
    let gateway = TestGateway::on(&bus).await;
    let (mut client, _) = transcribed(&gateway).await;
    client.append(&sentences(texts), PIECE).await;
    client.close().await;
    client.ending().await
}

/// Each kind is in order, and all of a segment comes before its end.
fn assert_in_order(events: &[Value]) {
    let mut last = [None; 4];
    let mut settled = None;
    for event in events {
        let Some(seq) = event["seq"].as_u64() else {
            continue;
        };
        let (segment, kind) = (seq >> 20, (seq >> 16 & 0xf) as usize);
        assert!(
            last[kind] < Some(seq),
            "{seq} of kind {kind} after {last:?}"
        );
        last[kind] = Some(seq);
        assert!(
            settled < Some(segment),
            "{event} after the end of its segment"
        );
        if kind == 3 {
            settled = Some(segment);
        }
    }
}

#[tokio::test]
async fn a_whole_session() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let (mut client, session) = transcribed(&gateway).await;
    assert_eq!(session["audio"]["input"]["language"], "en");
    assert!(session["resume_token"].as_str().unwrap().len() > 60);

    let pcm = sentences(&["Good morning.", "How are you?"]);
    client.append(&pcm, PIECE).await;
    client.close().await;
    let ending = client.ending().await;

    assert_eq!(
        ending.joined("session.input_transcript.delta"),
        "Good morning. How are you?"
    );
    let output = "es: Good morning. es: How are you?";
    assert_eq!(ending.joined("session.output_transcript.delta"), output);
    assert_eq!(ending.recognized_audio(), output);
    assert_eq!(ending.error_codes(), [""; 0]);
    assert_eq!(
        (ending.last_type(), ending.close),
        ("session.closed", Some(1000))
    );
    assert_in_order(&ending.events);
    let done = ending.of("session.segment.done");
    assert_eq!(
        (&done[1]["segment"], &done[1]["source"], &done[1]["seq"]),
        (&json!(1), &json!("How are you?"), &json!(1 << 20 | 3 << 16))
    );
    assert!(done[0]["timings"]["total_ms"].is_u64());

    // All of the client's sound is acknowledged at the end.
    let samples = pcm.len() as u64 / 2;
    let acknowledged = ending.of("session.input_audio.acknowledged");
    assert_eq!(acknowledged.last().unwrap()["through_sample"], samples);

    let chunks = bus.chunks(&on_bus(&session));
    assert_whole(&chunks, samples);
    assert!(
        chunks
            .iter()
            .rev()
            .skip(1)
            .all(|came| came.samples == 3_200)
    );
    // One journey, and a step of it for every chunk.
    let traces: Vec<_> = chunks
        .iter()
        .map(|came| came.traceparent.clone().unwrap())
        .collect();
    assert!(traces.iter().all(|trace| trace[..36] == traces[0][..36]));
    assert_ne!(traces[0], traces[1]);
}

/// Chunks are numbered and placed without a gap, hold all of the sound, and the last one only is
/// flagged.
fn assert_whole(chunks: &[ReceivedChunk], samples_at_24k: u64) {
    let mut end = 0;
    for (number, came) in chunks.iter().enumerate() {
        assert_eq!(came.chunk.sequence, number as u64);
        assert_eq!(came.chunk.start_sample, end);
        assert_eq!(came.chunk.end_sample, end + came.samples as u64);
        assert_eq!(came.chunk.is_last, number + 1 == chunks.len());
        end = came.chunk.end_sample;
    }
    assert!(end.abs_diff(samples_at_24k * 2 / 3) <= 2, "{end}");
}

#[tokio::test]
async fn replicas_that_come_last_first_are_put_in_order() {
    let scenario = Scenario {
        backwards: true,
        ..Scenario::default()
    };
    let ending = whole(scenario, &["one", "two", "three"]).await;
    assert_eq!(ending.recognized_audio(), "es: one es: two es: three");
    assert_in_order(&ending.events);
    assert_eq!(ending.close, Some(1000));
}

#[tokio::test]
async fn the_second_record_of_an_identity_is_not_used() {
    let scenario = Scenario {
        twice: true,
        ..Scenario::default()
    };
    let ending = whole(scenario, &["one", "two"]).await;
    assert_eq!(ending.recognized_audio(), "es: one es: two");
    assert_eq!(ending.joined("session.input_transcript.delta"), "one two");
    assert_in_order(&ending.events);
    assert_eq!(ending.of("session.segment.done").len(), 2);
}

#[tokio::test]
async fn a_failed_segment_is_reported_in_order_and_the_others_continue() {
    for stage in [Stage::Recognize, Stage::Translate, Stage::Synthesize] {
        let scenario = Scenario {
            fail: [(1, stage)].into(),
            ..Scenario::default()
        };
        let ending = whole(scenario, &["one", "two", "three"]).await;
        assert_eq!(ending.recognized_audio(), "es: one es: three", "{stage:?}");
        let failed = ending.of("session.segment.failed");
        assert_eq!(failed.len(), 1);
        assert_eq!(
            (&failed[0]["segment"], &failed[0]["code"]),
            (&json!(1), &json!("unsupported"))
        );
        assert_in_order(&ending.events);
        assert_eq!(ending.close, Some(1000));
    }
}

#[tokio::test]
async fn segments_without_words_have_a_number_and_no_events() {
    let scenario = Scenario {
        empty: [0, 2].into(),
        ..Scenario::default()
    };
    let ending = whole(scenario, &["one", "two", "three"]).await;
    assert_eq!(ending.recognized_audio(), "es: two");
    let done = ending.of("session.segment.done");
    assert_eq!((done.len(), &done[0]["segment"]), (1, &json!(1)));
    assert_eq!(ending.close, Some(1000));
}

#[tokio::test]
async fn speech_of_another_rate_comes_at_24_khz() {
    let scenario = Scenario {
        rate: Some(16_000),
        ..Scenario::default()
    };
    assert_eq!(
        whole(scenario, &["one"]).await.recognized_audio(),
        "es: one"
    );
}

#[tokio::test]
async fn an_aborted_session_gets_its_results_and_an_error() {
    let scenario = Scenario {
        abort_after: Some(1),
        ..Scenario::default()
    };
    let ending = whole(scenario, &["one", "two"]).await;
    assert_eq!(ending.recognized_audio(), "es: one");
    assert_eq!(ending.error_codes(), ["session_aborted"]);
    assert_eq!(ending.close, Some(1011));
}

#[tokio::test]
async fn records_that_are_no_events_are_skipped() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let (mut client, session) = transcribed(&gateway).await;
    client.append(&silence(), PIECE).await;
    bus.publish_garbage(&on_bus(&session)).await;
    client.append(&sentences(&["one"]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: one");
}

#[tokio::test]
async fn a_session_without_audio_publishes_nothing() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let mut client = gateway.connect().await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(
        (ending.last_type(), ending.close),
        ("session.closed", Some(1000))
    );
    assert!(bus.ingress().await.is_empty());
}

#[tokio::test]
async fn previews_come_to_those_who_asked() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let mut client = gateway.connect().await;
    client
        .send(update(&json!({"audio": {"input": {"preview": true}}})))
        .await;
    assert_eq!(client.event().await["type"], "session.updated");
    let pcm = sentences(&["the quick brown fox jumps"]);
    let (first, rest) = pcm.split_at(pcm.len() / 4 * 2);
    client.append(first, PIECE).await;
    let preview = client.event_of("session.input_transcript.preview").await;
    assert_eq!(preview["segment"], 0);
    assert_eq!(preview["seq"], Value::Null);
    client.append(rest, PIECE).await;
    client.close().await;
    assert_eq!(
        client.ending().await.recognized_audio(),
        "es: the quick brown fox jumps"
    );
}

#[tokio::test]
async fn a_change_holds_from_the_very_sample_on() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let (mut client, session) = transcribed(&gateway).await;
    // No whole number of chunks, nor of steps from 24 to 16 kHz.
    let mut first = sentences(&["first"]);
    first.truncate(first.len() / 9_600 * 9_600 + 2_002);
    client.append(&first, PIECE).await;
    client
        .send(update(
            &json!({"audio": {"output": {"language": "fr", "voice": "espeak/fr"}}}),
        ))
        .await;
    let second = sentences(&["second"]);
    client.append(&second, PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(
        ending.joined("session.output_transcript.delta"),
        "es: first fr: second"
    );
    let updated = ending.of("session.updated");
    assert_eq!(
        updated[0]["session"]["audio"]["output"],
        json!({"language": "fr", "voice": "espeak/fr"})
    );
    let chunks = bus.chunks(&on_bus(&session));
    assert_whole(&chunks, (first.len() + second.len()) as u64 / 2);
    let change = chunks
        .iter()
        .find(|came| came.wishes.target.as_deref() == Some("fr"))
        .unwrap();
    // To the sample, but for less than a step of three.
    let place = change.chunk.start_sample * 3 / 2;
    assert!((first.len() as u64 / 2 - place) < 3, "{place}");
    assert_eq!(change.wishes.voice.as_deref(), Some("espeak/fr"));
}

#[tokio::test]
async fn a_recording_travels_in_the_events_where_it_is_small() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let mut client = gateway.connect().await;
    let consent = json!({"speaker": "Ann", "statement": "I agree."});
    let with = |bytes: usize| {
        let audio = STANDARD.encode(vec![7; bytes]);
        update(&json!({"speaker_reference": {"audio": audio}, "consent": consent}))
    };
    client.send(with(65_537)).await;
    let error = client.event().await["error"].clone();
    assert_eq!(error["code"], "unsupported_speaker_reference");
    assert!(error["message"].as_str().unwrap().contains("65536"));
    client.send(with(65_536)).await;
    assert_eq!(client.event().await["type"], "session.updated");
    client.append(&silence(), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.close, Some(1000));
    for came in bus.ingress().await {
        let recording = came.wishes.speaker.reference.unwrap();
        assert_eq!(recording.consent.unwrap().speaker, "Ann");
    }
}

#[tokio::test]
async fn a_silent_client_is_kept_alive() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on_limited(&bus, |settings| {
        settings.bus.keepalive_seconds = 1;
    })
    .await;
    let (mut client, session) = transcribed(&gateway).await;
    let session = on_bus(&session);
    client.append(&[0; 9_600], PIECE).await;
    let came = async {
        loop {
            let chunks = bus.chunks(&session);
            if chunks.iter().filter(|came| came.samples == 0).count() >= 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(TEST_TIMEOUT, came).await.expect("signs of life");
    client.close().await;
    assert_eq!(client.ending().await.close, Some(1000));
    assert_whole(&bus.chunks(&session), 4_800);
}

#[tokio::test]
async fn gateways_work_side_by_side() {
    let bus = TestBus::start().await;
    let (one, two) = (TestGateway::on(&bus).await, TestGateway::on(&bus).await);
    let talk = async |gateway: &TestGateway, text: &str| {
        let (mut client, _) = transcribed(gateway).await;
        client.append(&sentences(&[text]), PIECE).await;
        client.close().await;
        client.ending().await.recognized_audio()
    };
    let said = tokio::join!(
        talk(&one, "one"),
        talk(&two, "two"),
        talk(&one, "three"),
        talk(&two, "four")
    );
    let expected = ["es: one", "es: two", "es: three", "es: four"];
    assert_eq!(<[String; 4]>::from(said), expected);
}
