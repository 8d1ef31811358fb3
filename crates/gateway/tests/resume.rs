//! Sessions that lose their connection and are resumed, in one process without a bus.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::collections::HashSet;
use std::net::SocketAddr;

use harness::client::{Client, Ending};
use harness::{TEST_TIMEOUT, TestGateway, sentences, until};
use mynah_api::realtime::{ServerEventBody, SessionUpdate};
use mynah_realtime_client::{Gateway, Recording, interpret};
use mynah_tone::Behaviour;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// 200 ms of audio, as clients are advised to send.
const PIECE: usize = 9_600;

/// The number of the first part of the second segment's speech.
const SECOND_SPEECH: u64 = (1 << 20) | (2 << 16);

fn with_transcription() -> Value {
    json!({"type": "session.update", "session": {"audio": {"input": {"transcription": {"model": "any"}}}}})
}

async fn transcribed(gateway: &TestGateway) -> (Client, Value) {
    let mut client = gateway.try_connect("?model=test", &[]).await.unwrap();
    let session = client.event().await["session"].clone();
    client.send(with_transcription()).await;
    assert_eq!(client.event().await["type"], "session.updated");
    (client, session)
}

fn resume(session: &Value, last_seq: &[u64]) -> Value {
    json!({
        "type": "session.resume",
        "resume_token": session["resume_token"],
        "last_seq": last_seq,
    })
}

/// Reads until the event with this sequence number.
async fn until_seq(client: &mut Client, seq: u64) -> Ending {
    let mut received = Ending {
        events: Vec::new(),
        close: None,
    };
    loop {
        let event = client.event().await;
        let is_last = event["seq"] == json!(seq);
        received.events.push(event);
        if is_last {
            return received;
        }
    }
}

fn assert_numbered_once(events: &[Value]) {
    let numbers: Vec<_> = events
        .iter()
        .filter_map(|own| own["seq"].as_u64())
        .collect();
    let once: HashSet<_> = numbers.iter().collect();
    assert_eq!(
        once.len(),
        numbers.len(),
        "an event came twice: {numbers:?}"
    );
}

#[tokio::test]
async fn a_lost_session_resumes_with_equal_text_and_no_duplicates() {
    let gateway = TestGateway::start().await;
    let pcm = sentences(&["one", "two", "three"]);
    let sent = pcm.len() * 7 / 10 / 2 * 2;
    let (mut client, session) = transcribed(&gateway).await;
    client.append(&pcm[..sent], PIECE).await;
    let received = until_seq(&mut client, SECOND_SPEECH).await;
    drop(client);

    let (mut client, _) = transcribed(&gateway).await;
    client.send(resume(&session, &received.last_seq())).await;
    let resumed = client.event().await;
    assert_eq!(resumed["type"], "session.resumed", "{resumed}");
    assert_eq!(resumed["session"]["id"], session["id"]);
    assert_eq!(resumed["session"]["expires_at"], session["expires_at"]);
    let through = resumed["through_sample"].as_u64().unwrap() as usize;
    assert!(through > 0 && through * 2 <= sent, "{through} of {sent}");
    client.append(&pcm[through * 2..], PIECE).await;
    client.close().await;
    let rest = client.ending().await;

    assert_eq!(rest.error_codes(), [""; 0]);
    assert_eq!(rest.close, Some(1000));
    let all = Ending {
        events: [received.events, rest.events].concat(),
        close: None,
    };
    assert_numbered_once(&all.events);
    let input = all.joined("session.input_transcript.delta");
    assert_eq!(input, "one two three");
    let output = "es: one es: two es: three";
    assert_eq!(all.joined("session.output_transcript.delta"), output);
    assert_eq!(all.recognized_audio(), output);
    let acknowledged = all.of("session.input_audio.acknowledged");
    let last = acknowledged.last().expect("acknowledgements");
    assert_eq!(last["through_sample"], json!(pcm.len() / 2));
}

#[tokio::test]
async fn a_client_without_events_receives_all_of_them_again() {
    let gateway = TestGateway::start().await;
    let pcm = sentences(&["one", "two", "three"]);
    let (mut client, session) = transcribed(&gateway).await;
    client.append(&pcm[..pcm.len() / 2 / 2 * 2], PIECE).await;
    client.event_of("session.segment.done").await;
    drop(client);
    let (mut client, _) = transcribed(&gateway).await;
    client.send(resume(&session, &[])).await;
    let resumed = client.event().await;
    let through = resumed["through_sample"].as_u64().unwrap() as usize;
    client.append(&pcm[through * 2..], PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_numbered_once(&ending.events);
    assert_eq!(ending.recognized_audio(), "es: one es: two es: three");
    assert_eq!(
        ending.joined("session.input_transcript.delta"),
        "one two three"
    );
}

#[tokio::test]
async fn a_closed_session_delivers_the_rest_to_the_next_connection() {
    let gateway = TestGateway::start().await;
    gateway.script.translation.once(Behaviour::held());
    let (mut client, session) = transcribed(&gateway).await;
    client.append(&sentences(&["one", "two"]), PIECE).await;
    client.close().await;
    until(&gateway.script.translation, |counts| counts.started > 0).await;
    drop(client);
    let (mut client, _) = transcribed(&gateway).await;
    client.send(resume(&session, &[])).await;
    assert_eq!(client.event().await["type"], "session.resumed");
    // The client does not know whether this had arrived.
    client.close().await;
    gateway.script.translation.release(1);
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), [""; 0]);
    assert_eq!(ending.recognized_audio(), "es: one es: two");
    assert_eq!(ending.close, Some(1000));
}

#[tokio::test]
async fn the_connection_that_resumes_takes_the_session_over() {
    let gateway = TestGateway::start().await;
    let (mut first, session) = transcribed(&gateway).await;
    first.append(&sentences(&["one"]), PIECE).await;
    first.event_of("session.segment.done").await;
    let (mut second, _) = transcribed(&gateway).await;
    second.send(resume(&session, &[])).await;
    assert_eq!(second.event().await["type"], "session.resumed");
    let ending = first.ending().await;
    assert_eq!(ending.error_codes(), ["resumed_elsewhere"]);
    assert_eq!(ending.close, Some(1008));
    second.append(&sentences(&["two"]), PIECE).await;
    second.close().await;
    assert_eq!(second.ending().await.recognized_audio(), "es: one es: two");
}

#[tokio::test]
async fn a_session_without_audio_resumes_from_its_beginning() {
    let gateway = TestGateway::start().await;
    let (client, session) = transcribed(&gateway).await;
    drop(client);
    let (mut client, _) = transcribed(&gateway).await;
    client.send(resume(&session, &[])).await;
    let resumed = client.event().await;
    assert_eq!(resumed["through_sample"], 0, "{resumed}");
    client.append(&sentences(&["one"]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: one");
}

#[tokio::test]
async fn an_expired_token_is_refused_and_its_engines_have_stopped() {
    let gateway = TestGateway::limited(|settings| settings.resume_seconds = 1).await;
    gateway.script.recognition.once(Behaviour::held());
    let (mut client, session) = transcribed(&gateway).await;
    client.append(&sentences(&["one"]), PIECE).await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;
    drop(client);
    until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
    let (mut client, _) = transcribed(&gateway).await;
    client.send(resume(&session, &[])).await;
    let error = client.event().await["error"].clone();
    assert_eq!(error["code"], "invalid_resume_token");
    // The session of this connection goes on.
    client.append(&sentences(&["two"]), PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: two");
}

#[tokio::test]
async fn a_token_of_another_process_is_refused() {
    let (gateway, other) = (TestGateway::start().await, TestGateway::start().await);
    let (_client, foreign) = transcribed(&other).await;
    let (mut client, _) = transcribed(&gateway).await;
    for session in [foreign, json!({"resume_token": "AQID"})] {
        client.send(resume(&session, &[])).await;
        let error = client.event().await["error"].clone();
        assert_eq!(error["code"], "invalid_resume_token");
    }
}

#[tokio::test]
async fn a_client_that_closes_its_connection_stops_the_engines_at_once() {
    let gateway = TestGateway::limited(|settings| settings.resume_seconds = 3_600).await;
    gateway.script.recognition.always(Behaviour::held());
    let (mut client, _) = transcribed(&gateway).await;
    client.append(&sentences(&["gone"]), PIECE).await;
    until(&gateway.script.recognition, |counts| counts.started == 1).await;
    let frame = CloseFrame {
        code: 1000.into(),
        reason: "".into(),
    };
    client.socket.close(Some(frame)).await.unwrap();
    until(&gateway.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn without_resume_seconds_no_token_is_issued() {
    let gateway = TestGateway::limited(|settings| settings.resume_seconds = 0).await;
    let (mut client, session) = transcribed(&gateway).await;
    assert_eq!(session.get("resume_token"), None);
    client.append(&sentences(&["one"]), PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: one");
    assert!(ending.of("session.input_audio.acknowledged").is_empty());
    assert!(ending.events.iter().all(|event| event.get("seq").is_none()));
}

/// Forwards connections to a gateway, and cuts the first after so many bytes of the client.
async fn cutting_proxy(gateway: SocketAddr, cut_after: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        cut(client, gateway, cut_after).await;
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(gateway).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    address
}

async fn cut(client: TcpStream, gateway: SocketAddr, cut_after: usize) {
    let server = TcpStream::connect(gateway).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
    });
    let (mut passed, mut bytes) = (0, [0; 4_096]);
    while passed < cut_after {
        let count = from_client.read(&mut bytes).await.unwrap();
        to_server.write_all(&bytes[..count]).await.unwrap();
        passed += count;
    }
    back.abort();
}

#[tokio::test]
async fn the_client_resumes_by_itself_when_its_connection_is_cut() {
    let gateway = TestGateway::start().await;
    let pcm = sentences(&["one", "two", "three"]);
    // Base64 has four bytes for three: in the middle of the second sentence.
    let address = cutting_proxy(gateway.address(), pcm.len() / 2 / 3 * 4).await;
    let (pairs, _) = pcm.as_chunks::<2>();
    let samples = pairs
        .iter()
        .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0);
    let update: SessionUpdate = serde_json::from_value(with_transcription()).unwrap();
    let recording = Recording {
        samples: samples.collect(),
        update,
        in_real_time: false,
    };
    let gateway_address = Gateway {
        address: format!("ws://{address}"),
        key: None,
    };
    let mut session = interpret(gateway_address, recording).await.unwrap();
    let mut events = Vec::new();
    loop {
        let next = tokio::time::timeout(TEST_TIMEOUT, session.next()).await;
        match next.expect("an event in time").unwrap() {
            Some(event) => events.push(event),
            None => break,
        }
    }
    let resumed = |event: &ServerEventBody| matches!(event, ServerEventBody::Resumed { .. });
    assert_eq!(events.iter().filter(|own| resumed(own)).count(), 1);
    let mut sources = Vec::new();
    let mut output = String::new();
    for event in &events {
        match event {
            ServerEventBody::SegmentDone(done) => sources.push(done.source.clone()),
            ServerEventBody::OutputTranscript(delta) => output.push_str(&delta.delta),
            ServerEventBody::Error { error } => panic!("{error:?}"),
            _ => {}
        }
    }
    assert_eq!(sources, ["one", "two", "three"]);
    assert_eq!(output, "es: one es: two es: three");
}
