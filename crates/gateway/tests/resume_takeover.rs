//! Sessions that are resumed more than once, in this process and over a bus.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::collections::HashMap;

use harness::client::{Client, Ending};
use harness::stages::TestBus;
use harness::{TestGateway, sentences};
use serde_json::{Value, json};

/// 200 ms of audio.
const PIECE: usize = 9_600;

/// Gateways of both kinds. What is second lives as long as its gateway.
async fn gateways() -> [(TestGateway, Option<TestBus>); 2] {
    let local = TestGateway::start().await;
    let bus = TestBus::start().await;
    let on_bus = TestGateway::on_limited(&bus, |settings| settings.pause_ms = Some(60_000)).await;
    [(local, None), (on_bus, Some(bus))]
}

async fn transcribed(gateway: &TestGateway) -> (Client, Value) {
    let mut client = gateway.try_connect("?model=test", &[]).await.unwrap();
    let session = client.event().await["session"].clone();
    let update = json!({"type": "session.update", "session": {"audio": {"input": {"transcription": {"model": "any"}}}}});
    client.send(update).await;
    assert_eq!(client.event().await["type"], "session.updated");
    (client, session)
}

/// Connects, and resumes the session after these events. Returns the samples that it has.
async fn resumed(gateway: &TestGateway, session: &Value, received: &Ending) -> (Client, usize) {
    let (mut client, _) = transcribed(gateway).await;
    let resume = json!({
        "type": "session.resume",
        "resume_token": session["resume_token"],
        "last_seq": received.last_seq(),
    });
    client.send(resume).await;
    let resumed = client.event().await;
    assert_eq!(resumed["type"], "session.resumed", "{resumed}");
    assert_eq!(resumed["session"]["id"], session["id"]);
    (client, resumed["through_sample"].as_u64().unwrap() as usize)
}

fn nothing() -> Ending {
    Ending {
        events: Vec::new(),
        close: None,
    }
}

/// Every number came once, and in order within its kind.
fn assert_in_order(events: &[Value]) {
    let mut last: HashMap<u64, u64> = HashMap::new();
    for seq in events.iter().filter_map(|own| own["seq"].as_u64()) {
        let earlier = last.insert(seq >> 16 & 0xf, seq);
        assert!(earlier < Some(seq), "{seq} after {earlier:?}");
    }
}

#[tokio::test]
async fn a_session_is_taken_over_and_resumed_again() {
    for (gateway, _bus) in gateways().await {
        let pcm = sentences(&["one", "two", "three"]);
        let third = pcm.len() / 3 / 2 * 2;
        let mut all = nothing();
        let (mut first, session) = transcribed(&gateway).await;
        first.append(&pcm[..third], PIECE).await;
        all.events
            .extend(first.until_type("session.input_audio.acknowledged").await);

        // The first connection is still there.
        let (mut second, through) = resumed(&gateway, &session, &all).await;
        let ending = first.ending().await;
        assert_eq!(ending.error_codes(), ["resumed_elsewhere"]);
        assert_eq!(ending.close, Some(1008));
        // What the first connection was sent before it lost the session comes again.
        second.append(&pcm[2 * through..2 * third], PIECE).await;
        all.events
            .extend(second.until_type("session.segment.done").await);
        drop(second);

        let (mut client, through) = resumed(&gateway, &session, &all).await;
        client.append(&pcm[2 * through..], PIECE).await;
        client.close().await;
        let rest = client.ending().await;
        assert_eq!(rest.close, Some(1000));
        assert_eq!(rest.error_codes(), [""; 0]);
        all.events.extend(rest.events);
        assert_in_order(&all.events);
        let texts = all.joined("session.input_transcript.delta");
        assert_eq!(texts, "one two three");
        assert_eq!(all.recognized_audio(), "es: one es: two es: three");
    }
}

#[tokio::test]
async fn resumes_amid_results_lose_and_repeat_none() {
    for (gateway, _bus) in gateways().await {
        let words = ["one", "two", "three", "four"];
        let pcm = sentences(&words);
        let (mut client, session) = transcribed(&gateway).await;
        client.append(&pcm, PIECE).await;
        client.close().await;
        let mut all = nothing();
        // A connection is lost after each third numbered event, while the next ones are produced.
        for _ in 0..4 {
            let mut numbered = 0;
            while numbered < 3 {
                let event = client.event().await;
                numbered += usize::from(event["seq"].is_u64());
                all.events.push(event);
            }
            drop(client);
            let (next, through) = resumed(&gateway, &session, &all).await;
            client = next;
            client.append(&pcm[2 * through..], PIECE).await;
            client.close().await;
        }
        let rest = client.ending().await;
        assert_eq!(rest.close, Some(1000));
        all.events.extend(rest.events);
        assert_eq!(all.error_codes(), [""; 0]);
        assert_in_order(&all.events);
        let texts = all.joined("session.input_transcript.delta");
        assert_eq!(texts, words.join(" "));
        let done = all.of("session.segment.done");
        let sources: Vec<_> = done
            .iter()
            .map(|own| own["source"].as_str().unwrap())
            .collect();
        assert_eq!(sources, words);
        assert_eq!(all.recognized_audio(), "es: one es: two es: three es: four");
    }
}
