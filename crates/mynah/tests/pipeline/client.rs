//! One who speaks, and what they hear.

use std::collections::BTreeMap;

use mynah_api::realtime::{ClientEvent, ResumeSession, ServerEventBody, SessionUpdate};
use mynah_audio::Clip;
use mynah_gateway::client::{ClientError, EventReceiver, EventSender, connect};

use crate::checker::Heard;
use crate::waiting::DEADLINE;

/// A session from its first sample to its end, in real time.
pub(crate) async fn speak(address: String, speech: Clip) -> Heard {
    let (mut speaking, mut hearing) = connect(&format!("ws://{address}"), "m", None)
        .await
        .unwrap();
    configure(&mut speaking).await;
    let feeding = tokio::spawn(async move {
        // The gateway may be gone: that is what is being tested.
        let said = speaking.say(&speech, true).await;
        if said.is_ok() {
            let _ = speaking.close().await;
        }
        speaking
    });
    let mut heard = Heard::default();
    listen(&mut hearing, &mut heard).await;
    feeding.abort();
    heard
}

async fn configure(speaking: &mut EventSender) {
    let session = serde_json::json!({"audio": {
        "input": {"language": "en", "transcription": {"model": "any"}},
        "output": {"language": "es"},
    }});
    let update = SessionUpdate {
        event_id: None,
        session: serde_json::from_value(session).unwrap(),
    };
    speaking.update(update).await.unwrap();
}

/// Sends a recording at once and nothing after it, until a segment is done. Then says what else
/// came, and closes.
pub(crate) async fn push_to_talk(address: &str, speech: &Clip) -> (Heard, u64) {
    let (mut speaking, mut hearing) = connect(&format!("ws://{address}"), "m", None)
        .await
        .unwrap();
    configure(&mut speaking).await;
    speaking.say(speech, false).await.unwrap();
    let mut heard = Heard::default();
    let mut acknowledged = 0;
    while heard.done.is_empty() {
        let next = tokio::time::timeout(DEADLINE, hearing.next()).await;
        heard.hear(next.expect("a segment in time").unwrap().expect("open"));
    }
    speaking.close().await.unwrap();
    while let Some(event) = hearing.next().await.unwrap() {
        if let ServerEventBody::Acknowledged { through_sample } = &event {
            acknowledged = *through_sample;
        }
        heard.hear(event);
    }
    (heard, acknowledged)
}

/// Listens until the connection ends, in whatever way.
pub(crate) async fn listen(hearing: &mut EventReceiver, heard: &mut Heard) {
    loop {
        let next = tokio::time::timeout(DEADLINE, hearing.next()).await;
        match next.expect("something is heard in time") {
            Ok(Some(event)) => heard.hear(event),
            Ok(None) => {
                heard.cut = !heard.closed;
                return;
            }
            Err(ClientError::Broken(_)) => {
                heard.cut = true;
                return;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Goes on with a session that was cut off, at another gateway.
pub(crate) async fn resume(address: &str, speech: &Clip, heard: &mut Heard) {
    let (mut speaking, mut hearing) = connect(&format!("ws://{address}"), "m", None)
        .await
        .unwrap();
    let resumed = ResumeSession {
        event_id: None,
        resume_token: heard.token.clone().expect("a token"),
        last_seq: heard.last_seq.values().copied().collect(),
    };
    configure(&mut speaking).await;
    speaking.send(&ClientEvent::Resume(resumed)).await.unwrap();
    let through = loop {
        match hearing.next().await.unwrap().expect("an answer") {
            ServerEventBody::Resumed { through_sample, .. } => break through_sample as usize,
            ServerEventBody::Error { error } => panic!("{error:?}"),
            ServerEventBody::Created { .. } | ServerEventBody::Updated { .. } => {}
            event => heard.hear(event),
        }
    };
    heard.cut = false;
    let rest = Clip::new(
        speech.rate,
        speech.samples[through.min(speech.samples.len())..].to_vec(),
    );
    let feeding = tokio::spawn(async move {
        speaking.say(&rest, true).await.unwrap();
        speaking.close().await.unwrap();
        speaking
    });
    listen(&mut hearing, heard).await;
    feeding.abort();
}

/// The kind of a durable event, by its number.
pub(crate) const fn kind(seq: u64) -> u64 {
    (seq >> 16) & 0xf
}

/// The highest number of each kind.
pub(crate) type LastSeq = BTreeMap<u64, u64>;
