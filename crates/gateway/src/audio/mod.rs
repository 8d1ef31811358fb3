//! `GET /ws/audio`: the earlier protocol. Bare sound in binary messages, a word at the end of it,
//! then the results as the events of the other route.

mod message_rate;
mod reader;
mod text_message;

use std::time::Duration;

use axum::extract::ws::WebSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;

use crate::backend::{AudioInput, ResultStream};
use crate::config::Identity;
use crate::connection::CLOSING;
use crate::event_forwarder::EventFilter;
use crate::fault::End;
use crate::metrics;
use crate::protocol::{ClientReader, Protocol, ReadEnd, SessionParts};
use crate::send_queue::{self, SendQueue};
use crate::settings::GatewaySettings;
use reader::AudioReader;

/// The protocol, which has no way to resume a session.
pub(crate) struct AudioProtocol;

impl Protocol for AudioProtocol {
    fn name(&self) -> &'static str {
        "ws_audio"
    }

    fn can_resume(&self) -> bool {
        false
    }

    fn greet(&self, session: Uuid, send_queue: &SendQueue) {
        send_queue.greet(text_message::handshake(session));
        // Nothing but errors comes before the audio has ended.
        send_queue.hold();
    }

    fn filter(&self) -> EventFilter {
        EventFilter::results()
    }

    fn expiry(&self, settings: &GatewaySettings) -> (Duration, ReadEnd) {
        let limits = &settings.ws_audio;
        let end = End::expired(limits.session_seconds);
        (limits.session(), ReadEnd::Abort(end))
    }

    fn reader<'a>(
        &'a self,
        parts: SessionParts<'a>,
        input: Box<dyn AudioInput>,
        _streams: mpsc::Sender<Box<dyn ResultStream>>,
    ) -> Box<dyn ClientReader + 'a> {
        Box::new(AudioReader::new(parts, input))
    }
}

/// Closes the connection of a client that is refused.
pub(crate) async fn refuse(mut socket: WebSocket, end: End) {
    metrics::refused("overloaded");
    let (send_queue, outgoing) = send_queue::new(&Identity::shown(Uuid::new_v4()), 1);
    send_queue.send_close(end);
    let closing = async {
        for message in outgoing.left() {
            socket.send(message).await?;
        }
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<_, axum::Error>(())
    };
    let _ = timeout(CLOSING, closing).await;
}
