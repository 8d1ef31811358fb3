//! Sessions that are resumed after their connection was lost, over a bus.

use super::*;

/// What a client got before its connection was lost.
struct Lost {
    session: Value,
    got: Ending,
    pcm: Vec<u8>,
}

/// So many bytes of its sound it has sent by then: two sentences, and a bit.
fn sent(pcm: &[u8]) -> usize {
    pcm.len() * 7 / 10 / 2 * 2
}

/// A client that has got the first sentence, and is cut off in the middle of the second.
async fn lost(gateway: &TestGateway, pcm: Vec<u8>) -> Lost {
    let (mut client, session) = transcribed(gateway).await;
    client.append(&pcm[..sent(&pcm)], PIECE).await;
    let mut got = Ending {
        events: Vec::new(),
        close: None,
    };
    loop {
        let event = client.event().await;
        let is_spoken = event["seq"] == json!((1 << 20) | (2 << 16));
        got.events.push(event);
        if is_spoken {
            break;
        }
    }
    Lost { session, got, pcm }
}

/// The same of three sentences, by a gateway that is there no more.
async fn lost_after_one_sentence(bus: &TestBus) -> Lost {
    let gateway = TestGateway::on(bus).await;
    lost(&gateway, sentences(&["one", "two", "three"])).await
}

async fn resume(client: &mut Client, lost: &Lost, last_seq: &[u64]) -> Value {
    client
        .send(json!({
            "type": "session.resume",
            "resume_token": lost.session["resume_token"],
            "last_seq": last_seq,
        }))
        .await;
    client.event().await
}

#[tokio::test]
async fn a_session_resumes_at_another_gateway() {
    let bus = TestBus::start().await;
    let lost = lost_after_one_sentence(&bus).await;

    let gateway = TestGateway::on(&bus).await;
    let (mut client, _) = transcribed(&gateway).await;
    let resumed = resume(&mut client, &lost, &lost.got.last_seq()).await;
    assert_eq!(resumed["type"], "session.resumed");
    assert_eq!(resumed["session"]["id"], lost.session["id"]);
    assert_eq!(resumed["session"]["expires_at"], lost.session["expires_at"]);
    let through = resumed["through_sample"].as_u64().unwrap() as usize;
    assert!(through > 0 && through * 2 <= sent(&lost.pcm));
    client.append(&lost.pcm[through * 2..], PIECE).await;
    client.close().await;
    let rest = client.ending().await;

    assert_eq!(rest.close, Some(1000));
    assert_in_order(&rest.events);
    let both = Ending {
        events: [lost.got.events, rest.events].concat(),
        close: None,
    };
    assert_eq!(both.recognized_audio(), "es: one es: two es: three");
    assert_eq!(
        both.joined("session.input_transcript.delta"),
        "one two three"
    );
    assert_in_order(&both.events);
    assert_whole(
        &bus.chunks(&on_bus(&lost.session)),
        lost.pcm.len() as u64 / 2,
    );
}

#[tokio::test]
async fn a_client_without_events_receives_all_again() {
    let bus = TestBus::start().await;
    let lost = lost_after_one_sentence(&bus).await;
    let gateway = TestGateway::on(&bus).await;
    let mut client = gateway.connect().await;
    let resumed = resume(&mut client, &lost, &[]).await;
    let through = resumed["through_sample"].as_u64().unwrap() as usize;
    client.append(&lost.pcm[through * 2..], PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: one es: two es: three");
    // It did not ask for the recognized text.
    assert_eq!(ending.joined("session.input_transcript.delta"), "");
}

#[tokio::test]
async fn a_session_whose_sound_is_all_there_gets_the_rest_and_ends() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let (mut client, session) = transcribed(&gateway).await;
    client.append(&sentences(&["one", "two"]), PIECE).await;
    client.close().await;
    let got = client.ending().await;
    let lost = Lost {
        session,
        got,
        pcm: Vec::new(),
    };
    // It lost everything after the first sentence.
    let first: Vec<u64> = (0..4)
        .map(|kind| (kind << 16) | (0xffff * u64::from(kind == 2)))
        .collect();
    let mut client = gateway.connect().await;
    let resumed = resume(&mut client, &lost, &first).await;
    assert_eq!(resumed["type"], "session.resumed");
    let rest = client.ending().await;
    assert_eq!(rest.recognized_audio(), "es: two");
    assert_eq!(rest.joined("session.output_transcript.delta"), " es: two");
    assert_eq!(rest.close, Some(1000));
    assert!(lost.got.close == Some(1000));
}

#[tokio::test]
async fn a_session_that_never_had_sound_is_resumed_from_its_beginning() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let (_, session) = transcribed(&gateway).await;
    let lost = Lost {
        session,
        got: Ending {
            events: Vec::new(),
            close: None,
        },
        pcm: sentences(&["one"]),
    };
    let mut client = gateway.connect().await;
    let resumed = resume(&mut client, &lost, &[]).await;
    assert_eq!(resumed["through_sample"], 0);
    client.append(&lost.pcm, PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.recognized_audio(), "es: one");
    assert!(lost.got.events.is_empty());
}

#[tokio::test]
async fn a_foreign_token_is_refused() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let stranger = TestGateway::on_limited(&bus, |settings| {
        settings.resume_key = "a secret of other gateways".to_owned().into();
    })
    .await;
    let (_, foreign) = transcribed(&stranger).await;
    let (mut client, own) = transcribed(&gateway).await;
    for token in [json!("AQID"), foreign["resume_token"].clone()] {
        client
            .send(json!({"type": "session.resume", "resume_token": token, "event_id": "mine"}))
            .await;
        let error = client.event().await["error"].clone();
        assert_eq!(
            (&error["code"], &error["event_id"]),
            (&json!("invalid_resume_token"), &json!("mine"))
        );
    }
    // The fresh session goes on.
    client.append(&sentences(&["one"]), PIECE).await;
    client
        .send(json!({"type": "session.resume", "resume_token": own["resume_token"]}))
        .await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: one");
    assert_eq!(ending.error_codes(), ["resume_too_late"]);
}

#[tokio::test]
async fn the_last_connection_that_resumes_a_session_has_it() {
    let bus = TestBus::start().await;
    let gateway = TestGateway::on(&bus).await;
    let (mut first, session) = transcribed(&gateway).await;
    first.append(&sentences(&["one"]), PIECE).await;
    first.event_of("session.segment.done").await;
    let lost = Lost {
        session,
        got: Ending {
            events: Vec::new(),
            close: None,
        },
        pcm: Vec::new(),
    };
    let mut second = gateway.connect().await;
    let resumed = resume(&mut second, &lost, &lost.got.last_seq()).await;
    assert_eq!(resumed["type"], "session.resumed");
    let ending = first.ending().await;
    assert_eq!(ending.error_codes(), ["resumed_elsewhere"]);
    assert_eq!(ending.close, Some(1008));
    second.close().await;
    assert_eq!(second.ending().await.recognized_audio(), "es: one");
    assert!(lost.pcm.is_empty());
}

#[tokio::test]
async fn without_a_durable_bus_no_token_is_issued() {
    let bus = TestBus::start().await;
    let own = Arc::new(bus.bus.clone());
    let gateway =
        TestGateway::on_other(&bus, own, mynah_gateway::GatewaySettings::default(), false).await;
    let (mut client, session) = transcribed(&gateway).await;
    assert_eq!(session.get("resume_token"), None);
    client.append(&sentences(&["one"]), PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.recognized_audio(), "es: one");
    assert!(ending.of("session.input_audio.acknowledged").is_empty());
    assert!(ending.events.iter().all(|event| event.get("seq").is_none()));
}
