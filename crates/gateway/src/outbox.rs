//! What waits to be sent to one client, and the sending.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use bytes::Bytes;
use futures_util::{Sink, SinkExt};
use mynah_api::realtime::{ServerEvent, ServerEventBody};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::fault::{End, Fault};
use crate::metrics;
use crate::settings::GatewaySettings;

/// How long a client that was too slow gets to take the last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Where events go in. Bounded in bytes: whoever sends more waits.
#[derive(Clone)]
pub(crate) struct Outbox {
    parcels: mpsc::UnboundedSender<Parcel>,
    room: Arc<Semaphore>,
    max_bytes: usize,
    names: Arc<Names>,
}

/// Gives every event its name.
struct Names {
    session: String,
    next: AtomicU64,
}

/// A message and the room that it takes until it is sent.
struct Parcel {
    message: Message,
    _room: Option<OwnedSemaphorePermit>,
}

/// Nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsendable;

/// Where events come out.
pub(crate) struct Outgoing(mpsc::UnboundedReceiver<Parcel>);

/// An outbox for the session of this id.
pub(crate) fn new(session: &str, max_bytes: usize) -> (Outbox, Outgoing) {
    let (parcels, outgoing) = mpsc::unbounded_channel();
    // Eight digits are enough to tell sessions apart in a client's log.
    let digits = session.trim_start_matches("sess_").chars().take(8).collect();
    let names = Arc::new(Names { session: digits, next: AtomicU64::new(0) });
    let room = Arc::new(Semaphore::new(max_bytes));
    (Outbox { parcels, room, max_bytes, names }, Outgoing(outgoing))
}

impl Outbox {
    /// Sends an event, once there is room.
    pub(crate) async fn send(&self, body: ServerEventBody) -> Result<(), Unsendable> {
        let message = self.message(body)?;
        let Message::Text(text) = &message else { return Err(Unsendable) };
        let bytes = u32::try_from(text.len().min(self.max_bytes)).map_err(|_| Unsendable)?;
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await;
        let room = Some(room.map_err(|_| Unsendable)?);
        self.parcels.send(Parcel { message, _room: room }).map_err(|_| Unsendable)
    }

    /// Sends an error from which the session recovers.
    pub(crate) async fn fault(&self, fault: Fault) -> Result<(), Unsendable> {
        metrics::error(fault.code);
        self.send(ServerEventBody::Error { error: fault.into() }).await
    }

    /// Sends the last words, behind all else and whether there is room or not: they are few.
    pub(crate) fn farewell(&self, end: End) {
        for message in self.last_words(end) {
            // Nobody there to hear of it.
            let _ = self.parcels.send(Parcel { message, _room: None });
        }
    }

    fn last_words(&self, end: End) -> Vec<Message> {
        let (bodies, code) = match end {
            End::Left => return Vec::new(),
            End::Closed => (vec![ServerEventBody::Closed {}], 1000),
            End::Fault { fault, close, flushed } => {
                metrics::error(fault.code);
                let mut bodies = vec![ServerEventBody::Error { error: fault.into() }];
                bodies.extend(flushed.then_some(ServerEventBody::Closed {}));
                (bodies, close)
            }
        };
        let close = Message::Close(Some(CloseFrame { code, reason: "".into() }));
        bodies.into_iter().filter_map(|body| self.message(body).ok()).chain([close]).collect()
    }

    fn message(&self, body: ServerEventBody) -> Result<Message, Unsendable> {
        let number = self.names.next.fetch_add(1, Ordering::Relaxed);
        let event_id = format!("event_{}_{number}", self.names.session);
        let event = ServerEvent { event_id, body };
        serde_json::to_string(&event).map(|text| Message::Text(text.into())).map_err(|_| Unsendable)
    }
}

impl Outgoing {
    /// Sends what comes, and pings, until the close frame is sent or the client is gone.
    /// A client that takes nothing for too long is told so, if it still listens.
    pub(crate) async fn send_to<S: Sink<Message> + Unpin>(
        mut self,
        mut client: S,
        outbox: &Outbox,
        settings: &GatewaySettings,
    ) -> End {
        let mut ping = interval_at(Instant::now() + settings.ping(), settings.ping());
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let parcel = tokio::select! {
                parcel = self.0.recv() => match parcel {
                    Some(parcel) => parcel,
                    None => return End::Left,
                },
                _ = ping.tick() => Parcel { message: Message::Ping(Bytes::new()), _room: None },
            };
            let last = matches!(parcel.message, Message::Close(_));
            match timeout(settings.unread(), client.send(parcel.message)).await {
                Ok(Ok(())) if last => return End::Closed,
                Ok(Ok(())) => {}
                Ok(Err(_)) => return End::Left,
                Err(_) => {
                    let end = End::too_slow(settings.unread_seconds);
                    let told = async {
                        for message in outbox.last_words(end.clone()) {
                            client.send(message).await?;
                        }
                        Ok::<_, S::Error>(())
                    };
                    // It may be deaf for good.
                    let _ = timeout(LAST_WORDS, told).await;
                    return end;
                }
            }
        }
    }
}
