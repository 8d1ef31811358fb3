//! The client of a test, and what it received until the end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use mynah_audio::{Clip, SampleRate, resample};
use mynah_tone::code;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::Response;

use super::TEST_TIMEOUT;

/// A connected client.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) response: Response<Option<Vec<u8>>>,
}

/// All that came until the connection was closed.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) events: Vec<Value>,
    /// The close frame's code; none where the connection broke.
    pub(crate) close: Option<u16>,
}

impl Client {
    pub(crate) async fn send(&mut self, event: Value) {
        self.send_text(event.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends sound in pieces of so many bytes, and goes on reading nothing.
    pub(crate) async fn append(&mut self, pcm: &[u8], piece: usize) {
        for piece in pcm.chunks(piece) {
            self.send(append(piece)).await;
        }
    }

    pub(crate) async fn close(&mut self) {
        self.send(json!({"type": "session.close"})).await;
    }

    /// The next message that is an event.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            let message = timeout(TEST_TIMEOUT, self.socket.next())
                .await
                .expect("in time");
            match message.expect("the connection is open").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected an event, came {other:?}"),
            }
        }
    }

    /// The next event of a type; those before it are dropped.
    pub(crate) async fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// All events up to the next of a type.
    pub(crate) async fn until_type(&mut self, kind: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            events.push(self.event().await);
            if events.last().is_some_and(|event| event["type"] == kind) {
                return events;
            }
        }
    }

    /// Everything until the end.
    pub(crate) async fn ending(&mut self) -> Ending {
        let mut ending = Ending {
            events: Vec::new(),
            close: None,
        };
        while let Some(message) = timeout(TEST_TIMEOUT, self.socket.next())
            .await
            .expect("in time")
        {
            match message {
                Ok(Message::Text(text)) => ending.events.push(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(frame)) => ending.close = frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        ending
    }
}

impl Ending {
    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|event| event["type"] == kind)
            .collect()
    }

    /// The deltas of a kind, put end to end.
    pub(crate) fn joined(&self, kind: &str) -> String {
        self.of(kind)
            .iter()
            .map(|event| event["delta"].as_str().unwrap())
            .collect()
    }

    /// The words of the received audio.
    pub(crate) fn recognized_audio(&self) -> String {
        let mut samples = Vec::new();
        for event in &self.events {
            if event["type"] == "session.segment.done" {
                // What a listener would hear between two segments.
                samples.extend([0.0; 4_800]);
            }
            if event["type"] != "session.output_audio.delta" {
                continue;
            }
            assert_eq!(event["format"], "pcm16");
            assert_eq!(
                (&event["sample_rate"], &event["channels"]),
                (&json!(24_000), &json!(1))
            );
            let pcm = STANDARD.decode(event["delta"].as_str().unwrap()).unwrap();
            let (pairs, rest) = pcm.as_chunks::<2>();
            assert!(rest.is_empty(), "half a sample");
            samples.extend(
                pairs
                    .iter()
                    .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0),
            );
        }
        code::decode(&resample(&Clip::new(SampleRate::HZ_24000, samples), code::RATE).samples)
    }

    /// The highest number of each kind.
    pub(crate) fn last_seq(&self) -> Vec<u64> {
        let mut highest = std::collections::BTreeMap::new();
        for seq in self.events.iter().filter_map(|event| event["seq"].as_u64()) {
            let own = highest.entry(seq >> 16 & 0xf).or_insert(seq);
            *own = seq.max(*own);
        }
        highest.into_values().collect()
    }

    pub(crate) fn error_codes(&self) -> Vec<&str> {
        self.of("error")
            .iter()
            .map(|event| event["error"]["code"].as_str().unwrap())
            .collect()
    }

    pub(crate) fn last_type(&self) -> &str {
        self.events
            .last()
            .map_or("", |event| event["type"].as_str().unwrap())
    }
}

/// The event that appends these bytes.
pub(crate) fn append(pcm: &[u8]) -> Value {
    json!({"type": "session.input_audio_buffer.append", "audio": STANDARD.encode(pcm)})
}
