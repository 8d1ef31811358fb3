//! Clients that send nothing after their sentence.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use futures_util::SinkExt;
use harness::client::Client;
use harness::stages::TestBus;
use harness::{TestGateway, pcm, utterance};
use mynah_audio::SampleRate;
use mynah_gateway::GatewaySettings;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

/// 200 ms of audio, as clients are advised to send.
const PIECE: usize = 9_600;

/// The detectors of the tests close a segment after 300 and 350 ms of silence.
const PAUSE_MS: u32 = 350;

/// A gateway on an interpreter in this process, and one on a bus.
async fn desks(change: fn(&mut GatewaySettings)) -> [(TestGateway, Option<TestBus>); 2] {
    let bus = TestBus::start().await;
    let on_bus = TestGateway::on_limited(&bus, change).await;
    [
        (TestGateway::limited(change).await, None),
        (on_bus, Some(bus)),
    ]
}

fn pause(settings: &mut GatewaySettings) {
    settings.pause_ms = Some(PAUSE_MS);
}

/// A sentence at 24 kHz whose length is a whole number of samples at 16 kHz.
fn sentence(text: &str) -> Vec<u8> {
    let mut samples = utterance(text, SampleRate::HZ_24000);
    samples.truncate(samples.len() / 3 * 3);
    pcm(&samples)
}

async fn done(client: &mut Client, segment: u64, text: &str) -> serde_json::Value {
    let done = client.event_of("session.segment.done").await;
    assert_eq!(done["segment"], segment, "{done}");
    assert_eq!(done["source"], text, "{done}");
    done
}

#[tokio::test]
async fn a_sentence_ends_without_more_audio() {
    for (gateway, bus) in desks(pause).await {
        let mut client = gateway.connect().await;
        let first = sentence("push to talk");
        client.append(&first, PIECE).await;
        let one = done(&mut client, 0, "push to talk").await;
        // What comes later continues after the silence.
        let second = sentence("and again");
        client.append(&second, PIECE).await;
        let two = done(&mut client, 1, "and again").await;
        let (end, start) = (&one["end_ms"], &two["start_ms"]);
        assert!(end.as_u64() <= start.as_u64(), "{end} {start}");
        client.close().await;
        let ending = client.ending().await;
        assert_eq!(ending.error_codes(), [""; 0]);
        assert_eq!(ending.close, Some(1000));

        let Some(bus) = bus else { continue };
        let acknowledged = ending.of("session.input_audio.acknowledged");
        let received = (first.len() + second.len()) as u64 / 2;
        let last = acknowledged.last().expect("the end is acknowledged");
        assert_eq!(last["through_sample"], received);
        let chunks = bus.ingress().await;
        let mut end = 0;
        let mut inserted = 0;
        for (number, came) in chunks.iter().enumerate() {
            assert_eq!(came.chunk.sequence, number as u64);
            assert_eq!(came.chunk.start_sample, end);
            end = came.chunk.end_sample;
            if came.chunk.inserted_silence {
                inserted += came.samples as u64;
            }
        }
        assert!(inserted >= 2 * 16 * u64::from(PAUSE_MS), "{inserted}");
        // Where nothing was left for the last chunk it is 20 ms of silence.
        assert!(
            [0, 320].contains(&(end - inserted - received * 2 / 3)),
            "{end} {inserted}"
        );
    }
}

#[tokio::test]
async fn a_resumed_session_counts_received_samples_only() {
    let bus = TestBus::start().await;
    let (one, another) = (
        TestGateway::on_limited(&bus, pause).await,
        TestGateway::on_limited(&bus, pause).await,
    );
    let mut client = one.try_connect("?model=test", &[]).await.unwrap();
    let created = client.event().await;
    let token = created["session"]["resume_token"].clone();
    let first = sentence("before");
    client.append(&first, PIECE).await;
    let before = done(&mut client, 0, "before").await;
    drop(client);

    let mut client = another.connect().await;
    let last_seq = [before["seq"].clone()];
    client
        .send(json!({"type": "session.resume", "resume_token": token, "last_seq": last_seq}))
        .await;
    let resumed = client.event_of("session.resumed").await;
    assert_eq!(resumed["through_sample"], first.len() as u64 / 2);
    client.append(&sentence("after"), PIECE).await;
    let after = done(&mut client, 1, "after").await;
    assert!(after["start_ms"].as_u64() >= before["end_ms"].as_u64());
    client.close().await;
    assert_eq!(client.ending().await.close, Some(1000));
}

#[tokio::test]
async fn an_idle_client_gets_all_results_before_the_close() {
    // No silence is inserted: the idle limit comes first.
    for (gateway, _) in desks(|settings| settings.idle_seconds = 1).await {
        let mut client = gateway.connect().await;
        client.append(&sentence("left alone"), PIECE).await;
        let ending = client.ending().await;
        assert_eq!(ending.recognized_audio(), "es: left alone");
        assert_eq!(ending.error_codes(), ["idle_timeout"]);
        assert_eq!(
            (ending.last_type(), ending.close),
            ("session.closed", Some(1001))
        );
    }
}

#[tokio::test]
async fn an_idle_client_of_the_earlier_protocol_gets_all_results() {
    for (gateway, _) in desks(|settings| settings.ws_audio.idle_seconds = 1).await {
        let mut client = gateway.try_open("/ws/audio", &[]).await.unwrap();
        client.event().await;
        let audio = pcm(&utterance("left alone", SampleRate::HZ_16000));
        for piece in audio.chunks(6_400) {
            client
                .socket
                .send(Message::binary(piece.to_vec()))
                .await
                .unwrap();
        }
        let ending = client.ending().await;
        assert_eq!(ending.recognized_audio(), "es: left alone");
        assert_eq!(ending.error_codes(), ["idle_timeout"]);
        assert_eq!(ending.close, Some(1001));
    }
}

#[tokio::test]
async fn silence_is_inserted_into_the_earlier_protocol_too() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on_limited(&bus, pause).await;
    let mut client = gateway.try_open("/ws/audio", &[]).await.unwrap();
    client.event().await;
    let audio = pcm(&utterance("one", SampleRate::HZ_16000));
    client.socket.send(Message::binary(audio)).await.unwrap();
    let silent = async {
        while !bus
            .ingress()
            .await
            .iter()
            .any(|came| came.chunk.inserted_silence)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(harness::TEST_TIMEOUT, silent)
        .await
        .expect("silence");
    client.send(json!({"event": "done"})).await;
    let ending = client.ending().await;
    assert_eq!(
        (ending.recognized_audio().as_str(), ending.close),
        ("es: one", Some(1000))
    );
}
