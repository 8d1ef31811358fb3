//! One client: what it sends and what it receives.

use std::collections::BTreeMap;

use mynah_api::realtime::{ClientEvent, ResumeSession, ServerEventBody, SessionUpdate};
use mynah_audio::Clip;
use mynah_realtime_client::{ClientError, EventReceiver, EventSender, connect};

use crate::checker::ClientResult;
use crate::waiting::DEADLINE;

/// A session from its first sample to its end, in real time.
pub(crate) async fn speak(address: String, speech: Clip) -> ClientResult {
    let (mut speaking, mut hearing) = connect(&format!("ws://{address}"), "m", None)
        .await
        .unwrap();
    configure(&mut speaking).await;
    let feeding = tokio::spawn(async move {
        // The gateway may be gone: that is what is being tested.
        let said = speaking.append_all(&speech.samples, true).await;
        if said.is_ok() {
            let _ = speaking.close().await;
        }
        speaking
    });
    let mut result = ClientResult::default();
    listen(&mut hearing, &mut result).await;
    feeding.abort();
    result
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
pub(crate) async fn send_recording(address: &str, speech: &Clip) -> (ClientResult, u64) {
    let (mut speaking, mut hearing) = connect(&format!("ws://{address}"), "m", None)
        .await
        .unwrap();
    configure(&mut speaking).await;
    speaking.append_all(&speech.samples, false).await.unwrap();
    let mut result = ClientResult::default();
    let mut acknowledged = 0;
    while result.done.is_empty() {
        let next = tokio::time::timeout(DEADLINE, hearing.next()).await;
        result.record(next.expect("a segment in time").unwrap().expect("open"));
    }
    speaking.close().await.unwrap();
    while let Some(event) = hearing.next().await.unwrap() {
        if let ServerEventBody::Acknowledged { through_sample } = &event {
            acknowledged = *through_sample;
        }
        result.record(event);
    }
    (result, acknowledged)
}

/// Listens until the connection ends, in whatever way.
pub(crate) async fn listen(hearing: &mut EventReceiver, result: &mut ClientResult) {
    loop {
        let next = tokio::time::timeout(DEADLINE, hearing.next()).await;
        match next.expect("an event arrives in time") {
            Ok(Some(event)) => result.record(event),
            Ok(None) => {
                result.cut = !result.closed;
                return;
            }
            Err(ClientError::Broken(_)) => {
                result.cut = true;
                return;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Goes on with a session that was cut off, at another gateway.
pub(crate) async fn resume(address: &str, speech: &Clip, result: &mut ClientResult) {
    let (mut speaking, mut hearing) = connect(&format!("ws://{address}"), "m", None)
        .await
        .unwrap();
    let resumed = ResumeSession {
        event_id: None,
        resume_token: result.token.clone().expect("a token"),
        last_seq: result.last_seq.values().copied().collect(),
    };
    configure(&mut speaking).await;
    speaking.send(&ClientEvent::Resume(resumed)).await.unwrap();
    let through = loop {
        match hearing.next().await.unwrap().expect("an answer") {
            ServerEventBody::Resumed { through_sample, .. } => break through_sample as usize,
            ServerEventBody::Error { error } => panic!("{error:?}"),
            ServerEventBody::Created { .. } | ServerEventBody::Updated { .. } => {}
            event => result.record(event),
        }
    };
    result.cut = false;
    let rest = Clip::new(
        speech.rate,
        speech.samples[through.min(speech.samples.len())..].to_vec(),
    );
    let feeding = tokio::spawn(async move {
        speaking.append_all(&rest.samples, true).await.unwrap();
        speaking.close().await.unwrap();
        speaking
    });
    listen(&mut hearing, result).await;
    feeding.abort();
}

/// The kind of a durable event, by its number.
pub(crate) const fn kind(seq: u64) -> u64 {
    (seq >> 16) & 0xf
}

/// The highest number of each kind.
pub(crate) type LastSeq = BTreeMap<u64, u64>;
