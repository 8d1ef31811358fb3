//! The one reader of results: all partitions of the result topics, without a group, so that
//! gateways work concurrently. It compares keys and forwards records; it neither decodes nor
//! waits, so no session can delay another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::RetryableWithContext;
use bytes::Bytes;
use mynah_bus::identity::SessionId;
use mynah_bus::record::topic;
use mynah_bus::{Bus, BusError, PartitionRange, Reader, Record, StartOffset};
use mynah_speech::Cancel;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::metrics;
use crate::retry::each;

/// The topics that a gateway reads.
pub(crate) const RESULTS: [&str; 5] = [
    topic::RECOGNIZED,
    topic::TRANSLATED,
    topic::SYNTHESIZED,
    topic::STATUS,
    topic::PARTIAL,
];

/// The size of a record beside its body: offset, key, headers.
const ENVELOPE_BYTES: usize = 512;

/// The delay before the result dispatcher reads again after a fault of the bus.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// Why an inbox receives no more records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InboxClosed {
    /// The session has not read its records.
    Overflowed,
    /// Another connection of this gateway has resumed the session.
    Replaced,
    /// The bus is closed.
    Closed,
}

/// A record and the permit that it holds until it is processed.
#[derive(Debug)]
pub(crate) struct DeliveredRecord {
    pub(crate) record: Record,
    pub(crate) permit: OwnedSemaphorePermit,
}

enum InboxMessage {
    Record(DeliveredRecord),
    Closed(InboxClosed),
}

/// The sessions of this gateway.
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
    permits: Arc<Semaphore>,
}

/// Receives a session's results until it is dropped.
pub(crate) struct Inbox {
    dispatcher: Arc<ResultDispatcher>,
    key: Bytes,
    number: u64,
    messages: mpsc::UnboundedReceiver<InboxMessage>,
}

impl ResultDispatcher {
    /// Registers a session: its results are received from now on. An earlier inbox of it is
    /// [`InboxClosed::Replaced`].
    pub(crate) fn register(self: &Arc<Self>, session: &SessionId, max_bytes: usize) -> Inbox {
        let key = Bytes::copy_from_slice(session.as_str().as_bytes());
        let (sender, messages) = mpsc::unbounded_channel();
        let mut sessions = self.lock();
        let number = sessions.next;
        sessions.next += 1;
        if sessions.closed {
            // The receiver exists.
            let _ = sender.send(InboxMessage::Closed(InboxClosed::Closed));
        } else {
            let permits = Arc::new(Semaphore::new(max_bytes));
            let entry = Entry {
                number,
                messages: sender,
                permits,
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

    /// Forwards a record to its session, if it is one of this gateway's.
    fn deliver(&self, record: Record) {
        let Some(key) = &record.key else {
            return;
        };
        let mut sessions = self.lock();
        let Some(entry) = sessions.by_key.get(key) else {
            return;
        };
        let bytes = record.body.len() + ENVELOPE_BYTES;
        let permit = u32::try_from(bytes).ok().and_then(|bytes| {
            Arc::clone(&entry.permits)
                .try_acquire_many_owned(bytes)
                .ok()
        });
        let Some(permit) = permit else {
            metrics::overflowed();
            let key = key.clone();
            if let Some(entry) = sessions.by_key.remove(&key) {
                let _ = entry
                    .messages
                    .send(InboxMessage::Closed(InboxClosed::Overflowed));
            }
            return;
        };
        // A session that is ending does not read it.
        let _ = entry
            .messages
            .send(InboxMessage::Record(DeliveredRecord { record, permit }));
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
            Some(InboxMessage::Closed(reason)) => Err(reason),
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

/// Starts to read: all records that are published after this returns.
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
    let attempt = |mut reader: Box<dyn Reader>| async move {
        let next = reader.next().await;
        (reader, next)
    };
    loop {
        let next;
        (reader, next) = attempt
            .retry(each(RETRY_DELAY))
            .context(reader)
            .when(|error| !matches!(error, BusError::Closed))
            .notify(|error, _| {
                metrics::bus_fault();
                tracing::warn!(%error, "results cannot be read for now");
            })
            .await;
        match next {
            Ok(Some(record)) => dispatcher.deliver(record),
            Ok(None) | Err(_) => break,
        }
    }
    tracing::error!("results cannot be read any more: the bus is closed");
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
    async fn the_latest_registration_of_a_session_receives_its_records() {
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
