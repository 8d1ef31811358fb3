//! The one reader of results: all partitions of the result topics, without a group, so that
//! gateways work side by side. It compares keys and hands records on; it neither decodes nor
//! waits, so no session can delay another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mynah_bus::identity::SessionId;
use mynah_bus::record::topic;
use mynah_bus::{Bus, BusError, PartitionRange, Reader, Record, StartOffset};
use mynah_speech::Cancel;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::sleep;

use crate::metrics;

/// The topics that a gateway reads.
pub(crate) const RESULTS: [&str; 5] = [
    topic::RECOGNIZED,
    topic::TRANSLATED,
    topic::SYNTHESIZED,
    topic::STATUS,
    topic::PARTIAL,
];

/// What a record takes beside its body: offset, key, headers.
const ENVELOPE_BYTES: usize = 512;

/// How long the result dispatcher lets the bus recover after a fault.
const RECOVERY: Duration = Duration::from_millis(200);

/// Why nothing more comes into an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InboxClosed {
    /// The session has not read what came.
    Overflowed,
    /// Another connection of this gateway has taken up the session.
    Replaced,
    /// The bus is closed.
    Closed,
}

/// A record and the permit that it holds until it is processed.
#[derive(Debug)]
pub(crate) struct DeliveredRecord {
    pub(crate) record: Record,
    pub(crate) room: OwnedSemaphorePermit,
}

enum InboxMessage {
    Record(DeliveredRecord),
    Closed(InboxClosed),
}

/// Knows the sessions of this gateway.
#[derive(Default)]
pub(crate) struct ResultDispatcher(Mutex<Sessions>);

#[derive(Default)]
struct Sessions {
    by_key: HashMap<Bytes, Entry>,
    next: u64,
    closed: bool,
}

struct Entry {
    number: u64,
    messages: mpsc::UnboundedSender<InboxMessage>,
    room: Arc<Semaphore>,
}

/// Where a session's results come in. Dropping it ends that.
pub(crate) struct Inbox {
    dispatcher: Arc<ResultDispatcher>,
    key: Bytes,
    number: u64,
    messages: mpsc::UnboundedReceiver<InboxMessage>,
}

impl ResultDispatcher {
    /// Results of this session come from now on. An earlier inbox of it is [`InboxClosed::Replaced`].
    pub(crate) fn register(self: &Arc<Self>, session: &SessionId, max_bytes: usize) -> Inbox {
        let key = Bytes::copy_from_slice(session.as_str().as_bytes());
        let (sender, messages) = mpsc::unbounded_channel();
        let mut sessions = self.lock();
        let number = sessions.next;
        sessions.next += 1;
        if sessions.closed {
            // The receiver is right here.
            let _ = sender.send(InboxMessage::Closed(InboxClosed::Closed));
        } else {
            let room = Arc::new(Semaphore::new(max_bytes));
            let entry = Entry {
                number,
                messages: sender,
                room,
            };
            if let Some(before) = sessions.by_key.insert(key.clone(), entry) {
                let _ = before
                    .messages
                    .send(InboxMessage::Closed(InboxClosed::Replaced));
            }
        }
        drop(sessions);
        Inbox {
            dispatcher: Arc::clone(self),
            key,
            number,
            messages,
        }
    }

    /// Hands a record to its session, if it is one of this gateway's.
    fn deliver(&self, record: Record) {
        let Some(key) = &record.key else {
            return;
        };
        let mut sessions = self.lock();
        let Some(entry) = sessions.by_key.get(key) else {
            return;
        };
        let bytes = record.body.len() + ENVELOPE_BYTES;
        let room = u32::try_from(bytes)
            .ok()
            .and_then(|bytes| Arc::clone(&entry.room).try_acquire_many_owned(bytes).ok());
        let Some(room) = room else {
            metrics::overflowed();
            let key = key.clone();
            if let Some(entry) = sessions.by_key.remove(&key) {
                let _ = entry
                    .messages
                    .send(InboxMessage::Closed(InboxClosed::Overflowed));
            }
            return;
        };
        // A session that is just leaving does not read it.
        let _ = entry
            .messages
            .send(InboxMessage::Record(DeliveredRecord { record, room }));
    }

    fn close(&self) {
        let mut sessions = self.lock();
        sessions.closed = true;
        for (_, entry) in sessions.by_key.drain() {
            let _ = entry
                .messages
                .send(InboxMessage::Closed(InboxClosed::Closed));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbox {
    /// The next record. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<DeliveredRecord, InboxClosed> {
        match self.messages.recv().await {
            Some(InboxMessage::Record(delivered)) => Ok(delivered),
            Some(InboxMessage::Closed(gone)) => Err(gone),
            None => Err(InboxClosed::Closed),
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut sessions = self.dispatcher.lock();
        if sessions
            .by_key
            .get(&self.key)
            .is_some_and(|entry| entry.number == self.number)
        {
            sessions.by_key.remove(&self.key);
        }
    }
}

/// Begins to read. What is published after this returns is read.
pub(crate) async fn start(
    bus: &dyn Bus,
    partitions: u32,
    dispatcher: Arc<ResultDispatcher>,
    stop: Cancel,
) -> Result<(), BusError> {
    let spans = RESULTS.iter().flat_map(|topic| {
        (0..partitions).map(|partition| PartitionRange {
            topic: (*topic).to_owned(),
            partition,
            start: StartOffset::Latest,
            stop_at_end: false,
        })
    });
    let reader = bus.read(spans.collect()).await?;
    tokio::spawn(stop.run_until_cancelled_owned(read(reader, dispatcher)));
    Ok(())
}

async fn read(mut reader: Box<dyn Reader>, dispatcher: Arc<ResultDispatcher>) {
    loop {
        match reader.next().await {
            Ok(Some(record)) => dispatcher.deliver(record),
            Ok(None) | Err(BusError::Closed) => break,
            Err(error) => {
                metrics::bus_fault();
                tracing::warn!(%error, "results can't be read for now");
                sleep(RECOVERY).await;
            }
        }
    }
    tracing::error!("results can't be read any more: the bus is closed");
    dispatcher.close();
}

#[cfg(test)]
mod tests {
    use mynah_bus::Headers;

    use super::*;

    fn record(session: &SessionId, bytes: usize) -> Record {
        Record {
            topic: topic::RECOGNIZED.into(),
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key: Some(Bytes::copy_from_slice(session.as_str().as_bytes())),
            headers: Headers::default(),
            body: vec![0; bytes].into(),
        }
    }

    #[tokio::test]
    async fn a_session_that_does_not_read_ends_and_others_continue() {
        let dispatcher = Arc::new(ResultDispatcher::default());
        let (slow, quick) = (SessionId::fresh(), SessionId::fresh());
        let mut slow_inbox = dispatcher.register(&slow, 2_000);
        let mut quick_inbox = dispatcher.register(&quick, 2_000);
        dispatcher.deliver(record(&slow, 2_000 - ENVELOPE_BYTES));
        for _ in 0..3 {
            dispatcher.deliver(record(&slow, 1));
            dispatcher.deliver(record(&quick, 1_000));
            assert!(quick_inbox.next().await.is_ok());
        }
        assert!(slow_inbox.next().await.is_ok());
        assert_eq!(
            slow_inbox.next().await.unwrap_err(),
            InboxClosed::Overflowed
        );
    }

    #[tokio::test]
    async fn the_last_who_registers_a_session_has_it() {
        let dispatcher = Arc::new(ResultDispatcher::default());
        let session = SessionId::fresh();
        let mut first = dispatcher.register(&session, 10_000);
        let mut second = dispatcher.register(&session, 10_000);
        assert_eq!(first.next().await.unwrap_err(), InboxClosed::Replaced);
        drop(first);
        dispatcher.deliver(record(&session, 1));
        dispatcher.deliver(record(&SessionId::fresh(), 1));
        assert!(second.next().await.is_ok());
        drop(second);
        assert!(dispatcher.lock().by_key.is_empty());
        dispatcher.close();
        let mut late = dispatcher.register(&session, 1);
        assert_eq!(late.next().await.unwrap_err(), InboxClosed::Closed);
    }
}
