//! The messages of one WebSocket, whatever its protocol.

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use mynah_api::realtime::ClientEvent;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite;

use crate::fault::{End, Fault};
use crate::message_pacer::MessagePacer;
use crate::send_queue::SendQueue;
use crate::settings::GatewaySettings;

/// What a client sends.
pub(crate) type Messages = SplitStream<WebSocket>;

/// Watches the connection while the rest is interpreted. Returns when the client leaves.
/// A client that sent `session.close` gets one error for what it sends after it; others may have
/// sent it before they got the error that ends their session.
pub(crate) async fn watch(
    messages: &mut Messages,
    send_queue: &SendQueue,
    settings: &GatewaySettings,
    mut report: bool,
) -> End {
    let pace = MessagePacer::new(settings.messages_per_second);
    loop {
        pace.step().await;
        let lost = sleep_until(Instant::now() + 3 * settings.ping());
        let message = tokio::select! {
            message = messages.next() => message,
            () = lost => return End::lost(),
        };
        match message {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            // A client that resumed the session closes it again, since the first close may be lost.
            Some(Ok(Message::Text(text))) if is_close(&text) => {}
            Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                let message = "nothing is taken after session.close";
                let fault = Fault::client("session_closing", message);
                if std::mem::take(&mut report) && send_queue.fault(fault).await.is_err() {
                    return End::Left;
                }
            }
            Some(Ok(Message::Close(frame))) => return End::of_close_frame(frame.as_ref()),
            Some(Err(_)) | None => return End::Left,
        }
    }
}

/// Whether the client answers a close frame with its own, so that it has read everything.
pub(crate) async fn is_close_answered(messages: &mut Messages) -> bool {
    while let Some(Ok(message)) = messages.next().await {
        if matches!(message, Message::Close(_)) {
            return true;
        }
    }
    false
}

fn is_close(text: &str) -> bool {
    matches!(ClientEvent::parse(text), Ok(ClientEvent::Close(_)))
}

/// Sleeps until then; for ever without.
pub(crate) async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// What a broken socket means.
pub(crate) fn of_socket(error: axum::Error, limit: usize) -> End {
    match error
        .into_inner()
        .downcast::<tungstenite::Error>()
        .as_deref()
    {
        Ok(tungstenite::Error::Capacity(_)) => End::too_big(limit),
        Ok(
            tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )
            | tungstenite::Error::Io(_),
        ) => End::Left,
        Ok(tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_)) => End::broken_frame(),
        _ => End::Left,
    }
}
