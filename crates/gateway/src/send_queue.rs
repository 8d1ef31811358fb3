//! What waits to be sent to one client, and the sending.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, close_code};
use bytes::Bytes;
use futures_util::{Sink, SinkExt};
use mynah_api::realtime::{ServerEvent, ServerEventBody};
use mynah_http::{PeerProgress, Progress, Stalled, unless_stalled};
use mynah_speech::Cancel;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::fault::{End, Fault};
use crate::metrics;
use crate::settings::GatewaySettings;

/// How long a client that was too slow gets to take the closing messages.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The sending half of a queue. Bounded in bytes: a sender of more waits.
#[derive(Clone)]
pub(crate) struct SendQueue {
    messages: mpsc::UnboundedSender<QueuedMessage>,
    space: Arc<Semaphore>,
    max_bytes: usize,
    names: Arc<Names>,
    /// What waits for `done`; none once it may go.
    held: Arc<Mutex<Option<Vec<QueuedMessage>>>>,
    /// Whether events that wait are dropped instead of sent.
    discarding: Arc<AtomicBool>,
}

/// Gives every event its name.
struct Names {
    session: String,
    next: AtomicU64,
}

/// A message and the permit that it holds until it is sent.
struct QueuedMessage {
    message: Message,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SendQueueClosed;

/// Where events come out.
pub(crate) struct Outgoing(mpsc::UnboundedReceiver<QueuedMessage>);

/// A send queue for the session of this id.
pub(crate) fn new(session: &str, max_bytes: usize) -> (SendQueue, Outgoing) {
    let (messages, outgoing) = mpsc::unbounded_channel();
    // Eight digits are enough to tell sessions apart in a client's log.
    let digits = session
        .trim_start_matches("sess_")
        .chars()
        .take(8)
        .collect();
    let names = Arc::new(Names {
        session: digits,
        next: AtomicU64::new(0),
    });
    let space = Arc::new(Semaphore::new(max_bytes));
    (
        SendQueue {
            messages,
            space,
            max_bytes,
            names,
            held: Arc::default(),
            discarding: Arc::default(),
        },
        Outgoing(outgoing),
    )
}

impl SendQueue {
    /// Queues an event, once there is space.
    pub(crate) async fn send(&self, body: ServerEventBody) -> Result<(), SendQueueClosed> {
        let message = self.message(body)?;
        let Message::Text(text) = &message else {
            return Err(SendQueueClosed);
        };
        let bytes = u32::try_from(text.len().min(self.max_bytes)).map_err(|_| SendQueueClosed)?;
        let space = Arc::clone(&self.space).acquire_many_owned(bytes).await;
        let space = Some(space.map_err(|_| SendQueueClosed)?);
        let queued = QueuedMessage {
            message,
            _permit: space,
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_mut() {
            Some(held) => held.push(queued),
            None => self.messages.send(queued).map_err(|_| SendQueueClosed)?,
        }
        Ok(())
    }

    /// Sends a text that is no event, before anything else.
    pub(crate) fn greet(&self, text: String) {
        // The connection has ended.
        let _ = self.messages.send(QueuedMessage {
            message: Message::Text(text.into()),
            _permit: None,
        });
    }

    /// Holds all events back from now on, but for the closing messages.
    pub(crate) fn hold(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get_or_insert_default();
    }

    /// Sends what was held back, and holds nothing back any more.
    pub(crate) fn release(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for queued in held.take().into_iter().flatten() {
            let _ = self.messages.send(queued);
        }
    }

    /// Drops the events that wait, so that nothing goes out any more but the closing messages.
    pub(crate) fn discard(&self) {
        self.discarding.store(true, Ordering::Relaxed);
    }

    /// Sends an error from which the session recovers.
    pub(crate) async fn fault(&self, fault: Fault) -> Result<(), SendQueueClosed> {
        metrics::error(fault.code);
        self.send(ServerEventBody::Error {
            error: fault.into(),
        })
        .await
    }

    /// Queues the closing messages, behind all others and beyond the limit: they are few.
    pub(crate) fn send_close(&self, end: End) {
        for message in self.closing_messages(end) {
            // The connection has ended.
            let _ = self.messages.send(QueuedMessage {
                message,
                _permit: None,
            });
        }
    }

    fn closing_messages(&self, end: End) -> Vec<Message> {
        let (body, code) = match end {
            End::Left | End::ClosedByClient => return Vec::new(),
            End::Closed => (ServerEventBody::Closed {}, close_code::NORMAL),
            End::Fault {
                close,
                flushed: true,
                ..
            } => (ServerEventBody::Closed {}, close),
            End::Fault {
                fault,
                close,
                flushed: false,
            } => {
                metrics::error(fault.code);
                (
                    ServerEventBody::Error {
                        error: fault.into(),
                    },
                    close,
                )
            }
        };
        let close = Message::Close(Some(CloseFrame {
            code,
            reason: "".into(),
        }));
        self.message(body).into_iter().chain([close]).collect()
    }

    fn message(&self, body: ServerEventBody) -> Result<Message, SendQueueClosed> {
        let number = self.names.next.fetch_add(1, Ordering::Relaxed);
        let event_id = format!("event_{}_{number}", self.names.session);
        let event = ServerEvent { event_id, body };
        serde_json::to_string(&event)
            .map(|text| Message::Text(text.into()))
            .map_err(|_| SendQueueClosed)
    }
}

impl Outgoing {
    /// What was put in so far.
    pub(crate) fn left(mut self) -> impl Iterator<Item = Message> {
        std::iter::from_fn(move || self.0.try_recv().ok()).map(|queued| queued.message)
    }

    /// Sends what comes, and pings, until the close frame is sent or the connection is lost.
    /// A client that takes nothing for too long gets an error, if it reads again. What it takes is
    /// what its machine acknowledges; where that is not known, whole messages.
    pub(crate) async fn send_to<S: Sink<Message> + Unpin>(
        mut self,
        mut client: S,
        send_queue: &SendQueue,
        settings: &GatewaySettings,
        progress: Option<&PeerProgress>,
    ) -> End {
        let progress = progress.map(|progress| progress as &dyn Progress);
        let mut ping = interval_at(Instant::now() + settings.ping(), settings.ping());
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let queued = tokio::select! {
                queued = self.0.recv() => match queued {
                    Some(queued) => queued,
                    None => return End::Left,
                },
                _ = ping.tick() => QueuedMessage { message: Message::Ping(Bytes::new()), _permit: None },
            };
            // Events hold permits; closing messages do not.
            if queued._permit.is_some() && send_queue.discarding.load(Ordering::Relaxed) {
                continue;
            }
            let last = matches!(queued.message, Message::Close(_));
            let sending = client.send(queued.message);
            match unless_stalled(settings.send_timeout(), progress, sending).await {
                Ok(Ok(())) if last => return End::Closed,
                Ok(Ok(())) => {}
                Ok(Err(_)) => return End::Left,
                Err(Stalled) => {
                    let end = End::too_slow(settings.send_timeout_seconds);
                    let closing = async {
                        for message in send_queue.closing_messages(end.clone()) {
                            client.send(message).await?;
                        }
                        Ok::<_, S::Error>(())
                    };
                    // It may never read again.
                    let _ = timeout(CLOSE_TIMEOUT, closing).await;
                    return end;
                }
            }
        }
    }
}

/// How long a client whose key was revoked gets to take the last event.
const REVOKED_FLUSH: Duration = Duration::from_millis(500);

/// Sends what is left, as long as the client takes it. A shutdown waits no longer than
/// `flush_seconds`, a key that is revoked no longer than [`REVOKED_FLUSH`].
pub(crate) async fn send_rest(
    sending: impl Future<Output = End>,
    (revoked, shutdown): (&Cancel, &Cancel),
    settings: &GatewaySettings,
) {
    let shut_down = async {
        shutdown.cancelled().await;
        sleep(settings.flush()).await;
    };
    let refused = async {
        revoked.cancelled().await;
        sleep(REVOKED_FLUSH).await;
    };
    tokio::select! {
        _ = sending => {}
        () = shut_down => {}
        () = refused => {}
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;

    /// A client that takes nothing until the gateway has timed out once.
    #[derive(Default)]
    struct SlowClient(Vec<Message>);

    impl Sink<Message> for &mut SlowClient {
        type Error = Infallible;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Infallible> {
            self.0.push(message);
            Ok(())
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            if self.0.len() == 1 {
                Poll::Pending
            } else {
                Poll::Ready(Ok(()))
            }
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }
    }

    fn text(bytes: usize) -> ServerEventBody {
        let delta = "x".repeat(bytes);
        ServerEventBody::OutputTranscript(mynah_api::realtime::TranscriptDelta {
            delta,
            elapsed_ms: 0,
            seq: None,
        })
    }

    #[tokio::test]
    async fn a_client_that_was_too_slow_gets_an_error() {
        let settings = GatewaySettings {
            send_timeout_seconds: 1,
            ..GatewaySettings::default()
        };
        let (send_queue, outgoing) = new("sess_0123456789", settings.max_outgoing_bytes);
        send_queue.send(text(1)).await.unwrap();
        send_queue.send(text(1)).await.unwrap();
        let mut client = SlowClient::default();
        let end = outgoing
            .send_to(&mut client, &send_queue, &settings, None)
            .await;
        assert_eq!(end, End::too_slow(1));
        let [_, Message::Text(error), Message::Close(Some(frame))] = client.0.as_slice() else {
            panic!("{:?}", client.0);
        };
        assert!(
            error.contains("client_too_slow") && error.contains("event_01234567_"),
            "{error}"
        );
        assert_eq!(frame.code, 1008);
    }

    #[tokio::test]
    async fn a_sender_beyond_the_limit_waits() {
        let (send_queue, mut outgoing) = new("sess_0", 1_000);
        send_queue.send(text(500)).await.unwrap();
        let second = send_queue.send(text(500));
        tokio::pin!(second);
        let waiting = futures_util::poll!(&mut second).is_pending();
        assert!(waiting, "there was no space for it");
        outgoing.0.recv().await.unwrap();
        second.await.unwrap();
        // What is larger than all space waits until everything else is gone, and then goes too.
        outgoing.0.recv().await.unwrap();
        send_queue.send(text(5_000)).await.unwrap();
    }
}
